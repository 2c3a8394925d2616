"""Which text regions of an image may be neighbours in one printed tag: boxes of a line, lines of a plate.

Every measure is in line heights, so it holds at any distance. The limits are those of print: parts of a tag
have one size and one direction, and stand nearer to each other than plates do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from image360.matching.plane import Plane, Points, frame

_HEIGHTS = 1.75  # the taller line by the lower one
_SLANT = np.deg2rad(15.0)
_OVERLAP = -0.4  # boxes of an engine overlap a little
_WORD_GAP = 2.0  # between boxes of a line
_LINE_GAP = 0.9  # between lines of a plate
_ASIDE = 0.8  # between the left ends, or the middles, of two lines of a plate
_SHARED = 0.5  # of the lower box, what two boxes of a line have in common in height
_NEAREST = 3  # neighbours that are followed on each side

Next = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Layout:
    """For each box the nearest ones that follow it on its line, and that stand below it on its plate."""

    right: Next
    below: Next


def layout(quads: dict[int, Points]) -> Layout:
    """The layout of boxes (4, D), by place; all in pixels or all on the sphere."""
    places = sorted(quads)
    if not places:
        return Layout({}, {})
    stacked = np.stack([quads[place] for place in places])
    right: Next = {}
    below: Next = {}
    for i, place in enumerate(places):
        boxes = _seen_from(stacked, i)
        right[place] = tuple(places[j] for j in _nearest(boxes, i, _follows))
        below[place] = tuple(places[j] for j in _nearest(boxes, i, _is_below))
    return Layout(right, below)


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Boxes as seen from one of them, in its line heights: arrays (N,), 0 at its middle."""

    left: Points
    right: Points
    top: Points
    bottom: Points
    height: Points
    slant: Points

    @property
    def across(self) -> Points:
        return (self.left + self.right) / 2


def _nearest(boxes: _Boxes, i: int, gap_between: Callable[[_Boxes, int], Points]) -> list[int]:
    with np.errstate(invalid="ignore", divide="ignore"):
        alike = (boxes.height <= _HEIGHTS) & (boxes.height >= 1 / _HEIGHTS) & (np.abs(boxes.slant) <= _SLANT)
        gaps = np.where(alike, gap_between(boxes, i), np.nan)
    found = [int(j) for j in np.flatnonzero(np.isfinite(gaps)) if j != i]
    return sorted(found, key=lambda j: (float(gaps[j]), j))[:_NEAREST]


def _seen_from(quads: Points, i: int) -> _Boxes:
    plane = Plane.at(quads[i])
    flat = plane.project(quads)
    own = flat[i]
    flat = (flat - own.mean(axis=0)) @ np.stack(frame(own)).T
    flat = flat / (np.linalg.norm(own[3] - own[0] + own[2] - own[1]) / 2)
    across = (flat[:, 1] - flat[:, 0] + flat[:, 2] - flat[:, 3]) / 2
    heights = np.linalg.norm(flat[:, 3] - flat[:, 0] + flat[:, 2] - flat[:, 1], axis=1) / 2
    return _Boxes(
        left=(flat[:, 0, 0] + flat[:, 3, 0]) / 2,
        right=(flat[:, 1, 0] + flat[:, 2, 0]) / 2,
        top=(flat[:, 0, 1] + flat[:, 1, 1]) / 2,
        bottom=(flat[:, 2, 1] + flat[:, 3, 1]) / 2,
        height=heights,
        slant=np.arctan2(across[:, 1], across[:, 0]),
    )


def _follows(boxes: _Boxes, i: int) -> Points:
    """The gap to a box that goes on to the right, at one height; else NaN."""
    size = (1 + boxes.height) / 2
    gap = (boxes.left - boxes.right[i]) / size
    shared = np.minimum(boxes.bottom, boxes.bottom[i]) - np.maximum(boxes.top, boxes.top[i])
    level = shared >= _SHARED * np.minimum(boxes.height, 1)
    return np.where(level & (gap >= _OVERLAP) & (gap <= _WORD_GAP), gap, np.nan)


def _is_below(boxes: _Boxes, i: int) -> Points:
    """The gap to the next line of a plate, left-aligned or centred; else NaN."""
    size = (1 + boxes.height) / 2
    gap = (boxes.top - boxes.bottom[i]) / size
    aligned = np.minimum(np.abs(boxes.left - boxes.left[i]), np.abs(boxes.across - boxes.across[i]))
    return np.where((aligned <= _ASIDE * size) & (gap >= _OVERLAP) & (gap <= _LINE_GAP), gap, np.nan)
