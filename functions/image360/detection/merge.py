"""Sightings of text in overlapping views become regions: one place, one text, and what speaks against it.

All pure, and the same whatever the order of the sightings.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from image360.geometry import Array, polygon_area, polygon_centre, polygon_intersection

# Two outlines are of one text when they share this much of the smaller one.
_SAME_PLACE = 0.5
# How far a detector's box stands off from the ink, as a share of its height (measured, decision record 2).
_MARGIN = 0.2
# What is read with less confidence than this is not read, and speaks against nothing.
_LEAST_BELIEVED = 0.5


class Reading(NamedTuple):
    """What was read, and the engine's confidence in it, 0..1."""

    text: str
    confidence: float


@dataclass(frozen=True, eq=False)
class Sighting:
    """Text that an engine saw in one view.

    Args:
        text: As read.
        confidence: 0..1.
        quad: (4, 3) directions of the engine's box, from the upper left of the reading direction onwards.
        ink: (4, 3) as well: what the ink of the whole line fills, or None where that could not be told.
        cut: The box touches the border of the view, so the text may go on beyond it.
    """

    text: str
    confidence: float
    quad: Array
    ink: Array | None
    cut: bool

    @property
    def outline(self) -> Array:
        """The ink where it is known; where not, the box without the margin that detectors leave."""
        return without_margin(self.quad) if self.ink is None else self.ink


def key(text: str) -> str:
    """What of a reading counts when readings are compared: letters and digits, without case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def group(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """Put sightings of one text together: outlines that share a place, directly or by others between."""
    ordered = sorted(sightings, key=_order)
    near = _near(ordered)
    groups: list[list[int]] = []
    for i, sighting in enumerate(ordered):
        same = [g for g in groups if any(near[i, j] and _same_place(sighting, ordered[j]) for j in g)]
        groups = [g for g in groups if g not in same]
        groups.append(sorted([i, *(j for g in same for j in g)]))
    return [[ordered[i] for i in g] for g in sorted(groups)]


def _near(sightings: Sequence[Sighting]) -> NDArray[np.bool_]:
    """(N, N): which outlines might touch, by circles around them."""
    if not sightings:
        return np.zeros((0, 0), np.bool_)
    centres = np.array([polygon_centre(s.outline) for s in sightings])
    reach = np.array(
        [np.linalg.norm(s.outline - c, axis=1).max() for s, c in zip(sightings, centres, strict=True)]
    )
    return np.linalg.norm(centres[:, None] - centres, axis=-1) <= reach[:, None] + reach


def outline_of(sightings: Iterable[Sighting]) -> Array:
    """The outline (4, 3) of one text: that of the sighting which read most of it, and well."""
    best = max(sightings, key=lambda s: (s.ink is not None, len(key(s.text)) * s.confidence**2, not s.cut))
    return best.outline


def without_margin(quad: Array) -> Array:
    """The part (4, 3) of a detector's box (4, 3) that ink usually fills; unit vectors both."""
    inner = inner_part(quad)
    return inner / np.linalg.norm(inner, axis=1, keepdims=True)


def inner_part(quad: Array) -> Array:
    """The same in a plane: corners (4, 2) of the part of a box, those of the box given."""
    first, second, third, fourth = quad
    along, down = second - first + third - fourth, fourth - first + third - second
    tall = np.linalg.norm(down) / 2
    beside = min(_MARGIN * tall / np.linalg.norm(along) * 2, 0.3) * along / 2
    above = _MARGIN * down / 2
    return quad + np.array([beside + above, above - beside, -beside - above, beside - above])


def whole(sightings: Iterable[Sighting], outline: Array) -> list[Sighting]:
    """The sightings whose box holds the text from end to end."""
    left, right = (outline[0] + outline[3]) / 2, (outline[1] + outline[2]) / 2
    tall = np.linalg.norm(outline[3] - outline[0])
    inwards = min(0.25 * tall / np.linalg.norm(right - left), 0.5) * (right - left)
    ends = np.array([left + inwards, right - inwards])
    return [s for s in sightings if not s.cut and _holds(s.quad, ends)]


def settle(readings: Iterable[Reading]) -> tuple[Reading, tuple[str, ...]] | None:
    """The reading that most confidence stands for, and the others that somebody believed in.

    Returns:
        The best reading, with the mean confidence of those that agree with it, and the other readings, the
        likeliest first; None where nothing was read that the engine itself believes.
    """
    by_key: dict[str, list[Reading]] = defaultdict(list)
    for reading in sorted(readings, reverse=True):
        if key(reading.text):
            by_key[key(reading.text)].append(reading)
    ranked = sorted(by_key.values(), key=lambda same: (-sum(r.confidence for r in same), same))
    believed = [agreed for same in ranked if (agreed := _agreed(same)).confidence >= _LEAST_BELIEVED]
    return (believed[0], tuple(reading.text for reading in believed[1:])) if believed else None


def held(part: Array, whole: Array) -> float:
    """The share of one outline's solid angle that lies in another."""
    common = polygon_intersection(part, whole)
    return polygon_area(common) / polygon_area(part) if len(common) >= 3 else 0.0


def _same_place(one: Sighting, other: Sighting) -> bool:
    return max(held(one.outline, other.outline), held(other.outline, one.outline)) > _SAME_PLACE


def _agreed(same: Sequence[Reading]) -> Reading:
    """Readings that agree as one: the spelling with the most confidence, the mean confidence of all."""
    spellings: dict[str, float] = defaultdict(float)
    for reading in same:
        spellings[reading.text] += reading.confidence
    text = max(spellings, key=lambda spelling: (spellings[spelling], spelling))
    return Reading(text, sum(reading.confidence for reading in same) / len(same))


def _holds(quad: Array, points: Array) -> bool:
    sides = np.cross(quad, np.roll(quad, -1, axis=0))
    inwards = np.sign(sides @ polygon_centre(quad))
    return bool((points @ (sides * inwards[:, None]).T >= 0).all())


def _order(sighting: Sighting) -> tuple[bool, float, str, tuple[float, ...]]:
    return sighting.cut, -sighting.confidence, sighting.text, tuple(sighting.quad.ravel())
