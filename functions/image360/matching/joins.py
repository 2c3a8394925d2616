"""The matches of one image: regions that are parts of one tag are joined, every other one stands alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from image360.matching.decision import clean_confidence, held_back, match_text
from image360.matching.layout import Layout, layout
from image360.matching.match import Level, Match, shown
from image360.matching.plane import Points, as_quad, part_of, tight_quad
from image360.matching.region import TextRegion
from image360.matching.register import Register

# A join stands for a tag only where it is one as a whole.
_WHOLE: tuple[Level | None, ...] = ("exact", "normalised", "alias", "learned", "misread")
# How a tag may have been parted: at a hyphen, anywhere, at a blank.
_BETWEEN = ("-", "", " ")
_MOST_PARTS = 4


@dataclass(frozen=True, eq=False)
class _Join:
    """Regions that make one tag: their places in reading order, and the match of the joined text."""

    parts: tuple[int, ...]
    match: Match


def match_image(regions: Sequence[TextRegion], register: Register) -> list[Match]:
    """The matches of the text regions of one image; see ``AssetIndex.match_regions``."""
    # Whatever the order of the regions, the same parts are joined.
    order = sorted(range(len(regions)), key=lambda i: _order(regions[i]))
    ranked = [regions[i] for i in order]
    quads = [as_quad(region.polygon) for region in ranked]
    keys = [register.read(region.text).key for region in ranked]
    neighbours = _neighbours(quads, keys)
    groups = _groups(neighbours, keys, register)
    joins = _choose([join for parts in groups if (join := _join(parts, ranked, register))])
    joined = {part for join in joins for part in join.parts}
    alone = [
        _Join((i,), _match_readings(region.text, region.other_readings, region.confidence, register))
        for i, region in enumerate(ranked)
        if i not in joined
    ]
    settled = joined | {x.parts[0] for x in alone if x.match.decision == "approve"}
    matches = [
        _at(_unless_it_goes_on(x, neighbours, ranked, settled, register), x.parts, ranked, quads, order)
        for x in [*joins, *alone]
    ]
    return sorted(matches, key=lambda match: match.regions)


def _order(region: TextRegion) -> tuple[str, tuple[str, ...], float, tuple[int, ...], bytes]:
    polygon = region.polygon
    confidence = clean_confidence(region.confidence)
    return region.text, tuple(sorted(region.other_readings)), confidence, polygon.shape, polygon.tobytes()


def _neighbours(quads: list[Points | None], keys: list[str]) -> Layout:
    """Who follows whom, among regions with a box and a letter or digit; pixels and sphere apart."""
    usable = {i: quad for i, quad in enumerate(quads) if quad is not None and keys[i]}
    planar = layout({i: quad for i, quad in usable.items() if quad.shape[1] == 2})
    sphere = layout({i: quad for i, quad in usable.items() if quad.shape[1] == 3})
    return Layout(planar.right | sphere.right, planar.below | sphere.below)


def _groups(neighbours: Layout, keys: list[str], register: Register) -> list[tuple[int, ...]]:
    """The groups of regions that may make a tag of the list, in reading order."""
    groups: list[tuple[int, ...]] = []
    growing: list[tuple[int, ...]] = [(i,) for i in sorted(neighbours.right) if register.begins_tag(keys[i])]
    while growing:
        growing = [
            (*parts, i)
            for parts in growing
            for i in _next(parts, neighbours)
            if register.begins_tag("".join(keys[part] for part in (*parts, i)))
        ]
        groups.extend(growing)
        growing = [parts for parts in growing if len(parts) < _MOST_PARTS]
    return groups


def _next(parts: tuple[int, ...], neighbours: Layout) -> list[int]:
    """Regions that may go on after ``parts``: on the line of the last, or below its line."""
    line = [parts[-1]]
    for before, part in reversed(list(pairwise(parts))):
        if part not in neighbours.right[before]:
            break
        line.append(before)
    below = [i for part in line for i in neighbours.below[part]]
    return [i for i in dict.fromkeys([*neighbours.right[parts[-1]], *below]) if i not in parts]


def _join(parts: tuple[int, ...], regions: list[TextRegion], register: Register) -> _Join | None:
    """The parts as one tag, or None where they make none."""
    texts = [regions[i].text for i in parts]
    key = register.read("".join(texts)).key
    if not register.tags(register.alike(key)):
        return None
    confidence = min(clean_confidence(regions[i].confidence) for i in parts)
    written = max((between.join(texts) for between in _BETWEEN), key=lambda text: _score(text, register))
    others = tuple(
        "-".join([*texts[:n], other, *texts[n + 1 :]])
        for n, i in enumerate(parts)
        for other in regions[i].other_readings
    )
    match = _match_readings(written, others, confidence, register)
    if match.level not in _WHOLE:
        return None
    return _Join(
        parts, replace(match, reason=f"{match.reason} (joined from {' and '.join(map(shown, texts))})")
    )


def _score(text: str, register: Register) -> float:
    match = match_text(text, 1.0, register)
    return match.score if match.level in _WHOLE else -1.0


def _match_readings(text: str, others: Sequence[str], confidence: float, register: Register) -> Match:
    """The match of a text, held back unless every other reading is approved for the very same asset."""
    match = match_text(text, confidence, register)
    differing: list[str] = []
    for reading in sorted(others):
        other = match_text(reading, confidence, register)
        if other.decision != "approve" or not _same_asset(other, match):
            differing.append(reading)
        if match.asset is None:
            match = other
    return held_back(match, f"other views read {', '.join(map(shown, differing))}") if differing else match


def _same_asset(one: Match, other: Match) -> bool:
    return one.asset is not None and other.asset is not None and one.asset.key == other.asset.key


def _choose(joins: list[_Join]) -> list[_Join]:
    """The longest joins first, each region in one of them at most.

    Where two joins of one length claim a region for different assets, nobody can tell which is printed.
    """
    chosen: list[_Join] = []
    taken: set[int] = set()
    for join in sorted(
        joins, key=lambda x: (-len(x.parts), _WHOLE.index(x.match.level), -x.match.score, x.parts)
    ):
        if taken.isdisjoint(join.parts):
            rivals = [
                x
                for x in joins
                if len(x.parts) == len(join.parts)
                and not set(x.parts).isdisjoint(join.parts)
                and not _same_asset(x.match, join.match)
            ]
            match = held_back(join.match, "a part of it fits another tag as well") if rivals else join.match
            chosen.append(_Join(join.parts, match))
            taken.update(join.parts)
    return chosen


def _unless_it_goes_on(
    found: _Join, neighbours: Layout, regions: list[TextRegion], settled: set[int], register: Register
) -> Match:
    """The match, held back where a neighbour makes it another tag of the site's form, missing in the list."""
    parts = found.parts
    if found.match.decision != "approve" or parts[0] not in neighbours.right:
        return found.match
    longer = [(*parts, i) for i in _next(parts, neighbours) if i not in settled]
    longer += [
        (i, *parts) for i in neighbours.right if i not in settled and parts[0] in _next((i,), neighbours)
    ]
    for group in longer:
        text = "-".join(regions[i].text for i in group)
        key = register.read(text).key
        if not any(x.key == key for x in register.alike(key)) and register.model.is_tag(key):
            return held_back(
                found.match, f"with its neighbour it reads {shown(text)}, which is not in the list"
            )
    return found.match


def _at(
    match: Match,
    parts: tuple[int, ...],
    regions: list[TextRegion],
    quads: list[Points | None],
    order: list[int],
) -> Match:
    """The match with its regions, by the caller's numbers, and the polygon of the whole tag."""
    places = tuple(sorted(order[i] for i in parts))
    boxes = [quad for i in parts if (quad := quads[i]) is not None]
    whole = regions[parts[0]].polygon
    if len(parts) > 1:
        return replace(match, regions=places, polygon=tight_quad(np.concatenate(boxes), boxes[0]))

    def cut(each: Match) -> Match:
        polygon = part_of(boxes[0], *each.span) if boxes and each.span != (0.0, 1.0) else whole
        return replace(each, regions=places, polygon=polygon)

    return replace(cut(match), also=[cut(other) for other in match.also])
