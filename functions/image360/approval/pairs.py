"""Several links of one asset on one image: CDF may keep them in one edge, of which a viewer draws the last.

Source of what the viewer draws: measured on version 4.35. CDF's service takes links back by asset and image
only, so nothing is taken back unless every link of the pair is ours: corner by corner what this run wants.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from image360.approval.places import Place, SpherePlace
from image360.approval.plan import Link, StoredLink, by_pair

SAME_CORNER = 1e-5  # of a unit vector: CDF keeps angles as 32-bit numbers


@dataclass(frozen=True)
class Merged:
    """The wanted links of pairs of which CDF made one edge."""

    own: tuple[tuple[Link, ...], ...] = ()  # by pair: every link that CDF holds of the pair is among them
    shared: tuple[Link, ...] = ()  # with links of others on the same pair


def merged_links(wanted: Iterable[Link], stored: Iterable[StoredLink]) -> Merged:
    """Return the wanted links that CDF holds in an edge with others."""
    held = by_pair(stored)
    own: list[tuple[Link, ...]] = []
    shared: list[Link] = []
    for pair, links in by_pair(wanted).items():
        there = held.get(pair, [])
        if len({each.id for each in there}) == len(there):
            continue
        ours = tuple(link for link in links if _is_in(link.place, there))
        if all(any(is_same_polygon(each.place, link.place) for link in ours) for each in there):
            own.append(ours)
        else:
            shared += ours
    return Merged(tuple(own), tuple(shared))


def better_link(links: Sequence[Link]) -> Link:
    """Return the one of several links of a pair that is kept where CDF keeps one."""
    return max(links, key=lambda link: (link.confidence, link.text, _corners(link.place).tolist()))


def is_same_polygon(one: Place, other: Place) -> bool:
    """Whether two polygons are one, corner by corner."""
    if one.holder != other.holder:
        return False
    first, second = _corners(one), _corners(other)
    return first.shape == second.shape and bool(np.abs(first - second).max() < SAME_CORNER)


def _is_in(place: Place, stored: Iterable[StoredLink]) -> bool:
    return any(is_same_polygon(place, each.place) for each in stored)


def _corners(place: Place) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(place.polygon if isinstance(place, SpherePlace) else place.vertices)
