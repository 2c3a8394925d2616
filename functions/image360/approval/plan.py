"""The plan of a run: which links would be written, as pure data. Applying it is a separate step.

A link says that an asset is seen at a place: on a face file, or on the sphere of an image. Where links hang
on face files, a tag over a cube seam has one link for each of its parts.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from image360.approval.places import Place, at_one_place
from image360.matching import Match


@dataclass(frozen=True)
class Link:
    """A link that is wanted."""

    asset: Hashable  # the key of the asset: (space, external id) of a node, or a classic asset's id
    place: Place
    text: str
    confidence: float


@dataclass(frozen=True)
class StoredLink:
    """A link that CDF holds already, whoever made it, in whatever status."""

    asset: Hashable
    place: Place


def links_of(match: Match, text: str, places: Iterable[Place]) -> list[Link]:
    """Return the links of a match: one for each of its places."""
    if match.asset is None:
        raise ValueError("only a match with an asset can be linked")
    key = match.asset.key
    return [Link(key, place, text, match.score) for place in places]


def missing_links(wanted: Iterable[Link], stored: Sequence[StoredLink]) -> list[Link]:
    """Return the wanted links that CDF does not hold at that place yet.

    A stored link counts whoever made it and whatever its status: what a person rejected or moved to
    another status is not written again.
    """
    held: dict[Hashable, list[Place]] = {}
    for link in stored:
        held.setdefault((link.asset, link.place.holder), []).append(link.place)
    missing: list[Link] = []
    for link in wanted:
        places = held.setdefault((link.asset, link.place.holder), [])
        if not any(at_one_place(link.place, place) for place in places):
            missing.append(link)
            places.append(link.place)
    return missing
