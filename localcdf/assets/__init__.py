"""Classic assets: their hierarchy, their lists, and a plain search."""

from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from typing import Any

from localcdf.assets import table
from localcdf.assets.listing import scan
from localcdf.assets.models import (
    Asset,
    AssetList,
    Assets,
    AssetsById,
    AssetSearch,
    AssetsToChange,
    AssetsToDelete,
    SearchWords,
)
from localcdf.assets.table import (
    ASSETS,
    UNKNOWN_SUBTREE,
    assets_to_change,
    check_writable,
    children_of,
    find_assets,
    shown,
    subtree_ids,
)
from localcdf.datasets import DATA_SET_LOOKED_UP
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import PAGED, decode_cursor, list_order, page
from localcdf.patches import apply_update
from localcdf.plain import ATOMIC, check_record, create_all
from localcdf.project import REFUSAL, require_asset_centric
from localcdf.readings import Reading
from localcdf.records import TAKEN, UNKNOWN_IDS, Record
from localcdf.rights import OUT_OF_SCOPE

SEARCH_WORDS = Reading(
    "asset-search-words",
    {
        "any": "a search finds assets that hold any of its words",
        "all": "a search finds assets that hold all of its words",
    },
)
WHAT = "assets"
NAMED = (UNKNOWN_IDS,)


def create(call: Call) -> Any:
    """Store new assets."""
    require_asset_centric(call, WHAT)
    documents = [each.model_dump(by_alias=True, exclude_none=True) for each in call.body.items]
    return create_all(call, documents, _insert)


def _insert(call: Call, documents: Sequence[Record]) -> list[Record]:
    for document in documents:
        check_writable(call, document)
    return shown(call, table.insert(call, documents), None)


def retrieve(call: Call) -> dict[str, Any]:
    """Return assets by identifier, in the order asked for."""
    found = find_assets(
        call,
        [each.identifier() for each in call.body.items],
        ignore_unknown=call.body.ignore_unknown_ids,
    )
    return {"items": shown(call, found, call.body.aggregated_properties)}


def list_matching(call: Call) -> dict[str, Any]:
    """Return one page of the assets that match the filter."""
    query: AssetList = call.body
    for name in ("advanced_filter", "sort"):
        if getattr(query, name) is not None:
            raise CdfError(400, f"{AssetList.model_fields[name].alias} is not served by the local CDF")
    order = list_order(call)
    after = decode_cursor(query, query.cursor, order.start)
    rows = scan(call, query.filter, order, after, query.share)
    answer = page(call, rows, query.limit, query, order.position)
    return answer | {"items": shown(call, answer["items"], query.aggregated_properties)}


def search(call: Call) -> dict[str, Any]:
    """Return the assets that hold the words, first those that are them, then those that begin so."""
    query: AssetSearch = call.body
    words = query.search or SearchWords()
    enough = any if call.reads(SEARCH_WORDS, "any") else all
    found = scan(call, query.filter)
    ranked = ((rank, record) for record in found if (rank := _rank(record, words, enough)))
    best = nsmallest(query.limit, ranked, key=lambda each: (-each[0], each[1]["id"]))
    return {"items": shown(call, [record for _, record in best], None)}


def _rank(record: Record, words: SearchWords, enough: Callable[[Iterable[bool]], bool]) -> int:
    """Return how well a record matches, by whether enough of the words are in it; 0 where it does not."""
    name, description = (record.get(field, "").lower() for field in ("name", "description"))
    asked = [(words.name, name), (words.description, description), (words.query, f"{name} {description}")]
    for wanted, text in asked:
        if wanted is not None and not enough(word in text for word in wanted.lower().split()):
            return 0
    given = [(wanted.lower(), text) for wanted, text in asked if wanted is not None]
    return 1 + sum((text == wanted) + text.startswith(wanted) for wanted, text in given)


def update(call: Call) -> dict[str, Any]:
    """Change assets; the result must still be an asset that could have been created."""
    require_asset_centric(call, WHAT)
    assets = assets_to_change(call, [each.identifier() for each in call.body.items])
    changed = [apply_update(asset, item.update) for asset, item in zip(assets, call.body.items, strict=True)]
    for asset in changed:
        check_record(Asset, asset)
        check_writable(call, asset)
    return {"items": shown(call, [table.replace(call, asset) for asset in changed], None)}


def delete(call: Call) -> dict[str, Any]:
    """Remove assets, with all below them or only where nothing is left below."""
    require_asset_centric(call, WHAT)
    found = assets_to_change(
        call,
        [each.identifier() for each in call.body.items],
        ignore_unknown=call.body.ignore_unknown_ids,
    )
    gone = {each["id"] for each in found}
    if call.body.recursive:
        gone = subtree_ids(call, sorted(gone))
    elif below := children_of(call, gone) - gone:
        raise CdfError(
            400,
            f"{len(below)} assets are children of these, such as {min(below)}: set recursive, or name them",
        )
    ASSETS.delete(call.db, gone)
    return {}


UNSERVED = ("advancedFilter and sort are a 400", "filter.geoLocation is a 400")
ENDPOINTS = [
    Endpoint(
        "POST",
        "/assets",
        create,
        Assets,
        status=201,
        writes=True,
        rights=("assetsAcl:WRITE",),
        assumed=(
            ATOMIC,
            TAKEN,
            DATA_SET_LOOKED_UP,
            REFUSAL,
        ),
    ),
    Endpoint(
        "POST",
        "/assets/byids",
        retrieve,
        AssetsById,
        rights=("assetsAcl:READ",),
        assumed=(
            *NAMED,
            OUT_OF_SCOPE,
        ),
    ),
    Endpoint(
        "POST",
        "/assets/list",
        list_matching,
        AssetList,
        rights=("assetsAcl:READ",),
        lags=True,
        assumed=(*PAGED, UNKNOWN_SUBTREE),
        unserved=UNSERVED,
    ),
    Endpoint(
        "POST",
        "/assets/search",
        search,
        AssetSearch,
        rights=("assetsAcl:READ",),
        lags=True,
        assumed=(SEARCH_WORDS, UNKNOWN_SUBTREE),
        unserved=UNSERVED[1:],
    ),
    Endpoint(
        "POST",
        "/assets/update",
        update,
        AssetsToChange,
        writes=True,
        rights=("assetsAcl:WRITE",),
        assumed=(
            *NAMED,
            TAKEN,
            DATA_SET_LOOKED_UP,
            REFUSAL,
        ),
        unserved=("an asset moves within its own tree only, and a root not at all",),
    ),
    Endpoint(
        "POST",
        "/assets/delete",
        delete,
        AssetsToDelete,
        writes=True,
        rights=("assetsAcl:WRITE",),
        assumed=(
            *NAMED,
            REFUSAL,
        ),
        unserved=("files, events and annotations still name an asset that is deleted",),
    ),
]
SCHEMA: str = table.SCHEMA
