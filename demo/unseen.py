"""Approvals that Cognite's viewer does not show where they stand, and what it shows that is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from cognite.client import CogniteClient

from demo.projects import Project
from demo.score import WHOLE, StoredLink
from demo.viewer import VERSIONS
from demo.viewer.drawn import Drawn, Seen
from demo.viewer.requests.annotations import AssetName

SAME = 1e-6  # of a unit vector: CDF may keep angles as 32-bit numbers, and both are read from there
Names = Mapping[int, str]  # external ids of classic assets by internal id


@dataclass(frozen=True)
class Sight:
    """The links, each with whether it is seen, and what is seen otherwise than it stands in the store."""

    links: tuple[StoredLink, ...]
    unseen: tuple[str, ...]


def look(client: CogniteClient, project: Project, links: Sequence[StoredLink]) -> Sight:
    """Look for the links in each version of the viewer; an approval is seen when all of them show it."""
    names = project.asset_ids(client)
    looks = {version: project.seen(client, version) for version in VERSIONS}
    told = [
        f"viewer {version}: {each}"
        for version, seen in looks.items()
        for each in _differences(seen, links, names)
    ]
    judged = (
        replace(link, is_seen=all(_is_seen(link, seen, names) for seen in looks.values())) for link in links
    )
    return Sight(tuple(judged), tuple(told))


def _differences(seen: Seen, links: Iterable[StoredLink], names: Names) -> Iterator[str]:
    approved = [link for link in links if link.status == "approved"]
    yield from (f"{each.image}: {each.why}" for each in seen.hidden)
    for link in approved:
        if not any(_shows(each, link, names) for each in seen.drawn):
            yield f"{link.asset} on {link.image}, {link.part}, is not drawn"
    for each in seen.drawn:
        if not any(_shows(each, link, names) for link in approved):
            yield f"{_named(each.asset, names)} on {each.image} is drawn, and not approved"
    images = _images(approved)
    for asset, found in seen.images_of.items():
        wanted = images.get(_named(asset, names), frozenset())
        if found != wanted:
            yield f"{_named(asset, names)} is found on {sorted(found)}, approved on {sorted(wanted)}"


def _is_seen(link: StoredLink, seen: Seen, names: Names) -> bool:
    """A link is seen where it is drawn, and where its image is found for its asset."""
    return any(
        _shows(each, link, names) and each.image in seen.images_of.get(each.asset, ())
        for each in seen.drawn
        if each.asset is not None
    )


def _shows(drawn: Drawn, link: StoredLink, names: Names) -> bool:
    where = (drawn.image, drawn.face or WHOLE, _named(drawn.asset, names))
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


def _named(asset: AssetName | None, names: Names) -> str:
    """Return the external id of an asset; what is no asset of the site goes by what the viewer has of it."""
    match asset:
        case (_, external_id):
            return external_id
        case int():
            return names.get(asset, str(asset))
        case _:
            return asset or "something without an asset"
