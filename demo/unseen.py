"""Approvals that Cognite's viewer does not show where they stand, and what it shows that is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from cognite.client import CogniteClient

from demo.projects import Project
from demo.score import WHOLE, StoredLink
from demo.viewer import VERSIONS
from demo.viewer.drawn import AssetId, Drawn, Seen

SAME = 1e-6  # of a unit vector: CDF may keep angles as 32-bit numbers, and both are read from there


def unseen(client: CogniteClient, project: Project, links: Sequence[StoredLink]) -> list[str]:
    """Name what each version of the viewer shows otherwise than the store has it; empty when all is seen."""
    approved = [link for link in links if link.status == "approved"]
    assets = project.asset_ids(client)
    return [
        f"viewer {version}: {told}"
        for version in VERSIONS
        for told in _differences(project.seen(client, version), approved, assets)
    ]


def _differences(seen: Seen, approved: Sequence[StoredLink], assets: Mapping[int, str]) -> Iterator[str]:
    for link in approved:
        if not any(_is_shown(link, each, assets) for each in seen.drawn):
            yield f"{link.asset} on {link.image}, {link.part}, is not drawn"
    for each in seen.drawn:
        if not any(_is_shown(link, each, assets) for link in approved):
            yield f"{_named(each.asset, assets)} on {each.image} is drawn, and not approved"
    images = _images(approved)
    for asset, found in seen.images_of.items():
        wanted = images.get(_named(asset, assets), frozenset())
        if found != wanted:
            yield f"{_named(asset, assets)} is found on {sorted(found)}, approved on {sorted(wanted)}"


def _is_shown(link: StoredLink, drawn: Drawn, assets: Mapping[int, str]) -> bool:
    where = (drawn.image, drawn.face or WHOLE, _named(drawn.asset, assets))
    return (
        where == (link.image, link.part, link.asset)
        and drawn.polygon.shape == link.polygon.shape
        and bool(np.abs(drawn.polygon - link.polygon).max() < SAME)
    )


def _images(links: Iterable[StoredLink]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for link in links:
        found[link.asset] = found.get(link.asset, frozenset()) | {link.image}
    return found


def _named(asset: AssetId, assets: Mapping[int, str]) -> str:
    return asset[1] if isinstance(asset, tuple) else assets[asset]
