"""Filters of things that are linked to assets: by their external ids, trees and subtrees."""

from typing import Any

from localcdf.assets.table import find_assets, subtree_ids, subtrees
from localcdf.endpoint import Call
from localcdf.filters import any_of

TREES = ("rootAssetIds", "assetSubtreeIds")
LINKED = ("assetExternalIds", *TREES)
LINKED_TESTS = {name: any_of("assetIds") for name in ("assetIds", *LINKED)}


def resolve_assets(call: Call, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the filter with what names assets replaced by their internal ids.

    External ids of no asset match nothing; unknown trees, and those too large together, are refused.
    """
    resolved: dict[str, Any] = {
        name: subtree_ids(call, subtrees(call, wanted[name])) for name in TREES if name in wanted
    }
    if "assetExternalIds" in wanted:
        named = [{"externalId": each} for each in wanted["assetExternalIds"]]
        resolved["assetExternalIds"] = {each["id"] for each in find_assets(call, named, ignore_unknown=True)}
    return wanted | resolved
