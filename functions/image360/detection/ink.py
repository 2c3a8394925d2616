"""Where the ink of a line of text ends, in a close-up of it.

A detector's box stands off from the letters by an amount of its own, and now and then it leaves the last one
out. The letters themselves say where the line is: marks of one height on two straight lines.
"""

from typing import NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from image360.detection.views import Pixels
from image360.geometry import Array

Mask = NDArray[np.bool_]

# Shares of the box's height that a letter may have: the box stands off from the line, or cuts it a little.
_LETTER_HEIGHT = (0.25, 1.2)
# Shares of the letters' median height.
_SAME_HEIGHT = (0.7, 1.4)
_STANDS_OUT = 0.25
_WIDEST_GAP = 0.6
_WIDEST_LETTER = 1.6
# Share of the box's width that its line fills at least, or it is not the line.
_LEAST_COVER = 0.5


class Box(NamedTuple):
    """Where a line of text is expected in a close-up, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def core(self) -> tuple[slice, slice]:
        """Rows and columns of the part that holds letters and their ground, and nothing around a plate."""
        inset = min(round(0.15 * self.height), self.width // 4)
        rows = slice(self.top + round(0.3 * self.height), self.top + round(0.7 * self.height))
        return rows, slice(self.left + inset, self.left + self.width - inset)


class Marks(NamedTuple):
    """Connected patches of one shade that end inside the close-up: upright boxes and areas in pixels."""

    left: Array
    top: Array
    right: Array
    bottom: Array
    area: Array

    @property
    def width(self) -> Array:
        return self.right - self.left

    @property
    def height(self) -> Array:
        return self.bottom - self.top

    @property
    def across(self) -> Array:
        return (self.left + self.right) / 2

    @property
    def down(self) -> Array:
        return (self.top + self.bottom) / 2

    def only(self, chosen: Mask) -> Self:
        return type(self)(*(values[chosen] for values in self))


class Line(NamedTuple):
    """A nearly level line: y is ``slope * x + offset``."""

    slope: float
    offset: float

    def at(self, x: Array) -> Array:
        return self.slope * x + self.offset


class Fit(NamedTuple):
    """The corners (4, 2) of a line of letters, and how much it looks like one."""

    corners: Array
    likeness: float


def ink_corners(picture: Pixels, box: Box, letters: int) -> Array | None:
    """The quadrilateral that the ink of an upright line of text fills.

    Args:
        picture: (height, width, 3): a close-up with room around the box on every side.
        box: Where the line is expected. Letters beyond its ends are found when they stand next to it.
        letters: How many letters and digits were read there.

    Returns:
        (4, 2) pixels: upper left, upper right, lower right, lower left; None where no letters stand out from
        their ground.
    """
    import cv2

    shades = _shades(picture, box)
    threshold, _ = cv2.threshold(np.ascontiguousarray(shades[box.core]), 0, 255, cv2.THRESH_OTSU)
    dark = shades <= threshold
    fits = [_fit(mask, box, letters) for mask in (dark, ~dark)]
    best = max((fit for fit in fits if fit), key=lambda fit: fit.likeness, default=None)
    return best.corners if best else None


def _shades(picture: Pixels, box: Box) -> Pixels:
    """The picture as shades (height, width) along the colour in which letters and ground differ most."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]] / box.height
    place = np.stack([np.ones_like(rows), rows, columns], axis=-1)
    core = picture[box.core].reshape(-1, 3).astype(np.float64)
    # Light falls unevenly on a plate: its slope is taken out first, or it would outdo faint letters.
    slope = cast("Array", np.linalg.lstsq(place[box.core].reshape(-1, 3), core)[0])
    even = picture - place @ slope
    core = even[box.core].reshape(-1, 3)
    shades = even @ np.linalg.eigh(core.T @ core)[1][:, -1]
    low, high = np.percentile(shades[box.core], [1, 99])
    return np.clip((shades - low) / (high - low + 1e-6) * 255, 0, 255).astype(np.uint8)


def _fit(mask: Mask, box: Box, letters: int) -> Fit | None:
    """The line of letters, if ``mask`` is their ink."""
    marks = _marks(mask)
    line = _letters(marks, box)
    if not len(line.left):
        return None
    height = float(np.median(line.height))
    upper, lower = _straight(line.across, line.top, height), _straight(line.across, line.bottom, height)
    top, bottom = upper.at(marks.across), lower.at(marks.across)
    slack = _STANDS_OUT * (bottom - top)
    level = (marks.top > top - slack) & (marks.bottom < bottom + slack)
    level &= (marks.down > top) & (marks.down < bottom) & (marks.area >= 0.01 * height**2)
    own = level & _within(marks.across, box)
    if not own.any():
        return None
    covered = float(marks.width[own].sum()) / box.width
    # Ground, taken for ink, covers more than half and is one patch rather than one for each letter.
    apart = min(1.0, len(line.left) / max(letters, 1))
    likeness = covered * (1 - float(mask[box.core].mean())) * (0.3 + 0.7 * apart)
    left, right = _grown(marks, own, level, height)
    ends = np.array([left, right])
    (a, b), (d, c) = upper.at(ends), lower.at(ends)
    if right - left < _LEAST_COVER * box.width or min(d - a, c - b) < 0.5 * height:
        return None
    return Fit(np.array([[left, a], [right, b], [right, c], [left, d]]), likeness)


def _marks(mask: Mask) -> Marks:
    import cv2

    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    left, top, width, height, area = boxes[1:].T.astype(np.float64)
    marks = Marks(left, top, left + width, top + height, area)
    rows, columns = mask.shape
    return marks.only((left > 0) & (top > 0) & (marks.right < columns) & (marks.bottom < rows))


def _letters(marks: Marks, box: Box) -> Marks:
    """The marks that are letters of the line: on its middle, of one height, no bars and no blocks."""
    middle = box.top + box.height / 2
    least, most = (share * box.height for share in _LETTER_HEIGHT)
    full = marks.area / (marks.width * marks.height)
    solid = (full > 0.9) & (marks.width >= 0.4 * marks.height)
    letters = marks.only(
        _within(marks.across, box)
        & (marks.top < middle)
        & (marks.bottom > middle)
        & (marks.height >= least)
        & (marks.height <= most)
        & (full > 0.1)
        & ~solid
    )
    if not len(letters.left):
        return letters
    height = np.median(letters.height)
    return letters.only(
        (letters.height > _SAME_HEIGHT[0] * height) & (letters.height < _SAME_HEIGHT[1] * height)
    )


def _within(across: Array, box: Box) -> Mask:
    return (across > box.left - 2) & (across < box.left + box.width + 2)


def _straight(x: Array, y: Array, height: float) -> Line:
    """The line through most of the points, by the median of the slopes between them (Theil, Sen)."""
    one, other = np.triu_indices(len(x), 1)
    apart = np.abs(x[other] - x[one]) > 0.8 * height
    slope = 0.0
    if len(x) >= 3 and apart.any():
        slope = float(np.median((y[other] - y[one])[apart] / (x[other] - x[one])[apart]))
    return Line(slope, float(np.median(y - slope * x)))


def _grown(marks: Marks, own: Mask, level: Mask, height: float) -> tuple[float, float]:
    """The ends of the line, with the letters next to it that the box left out."""
    outside = marks.only(level & ~own & (marks.width < _WIDEST_LETTER * height))
    letter = outside.height > 0.6 * height
    right = _reach(float(marks.right[own].max()), outside.left, outside.right, letter, height)
    left = -_reach(-float(marks.left[own].min()), -outside.right, -outside.left, letter, height)
    return left, right


def _reach(end: float, begins: Array, ends: Array, letter: Mask, height: float) -> float:
    """Where the line ends to one side: over letters, and over dashes that letters follow."""
    reach = end
    for i in np.argsort(begins):
        if -0.1 * height <= begins[i] - reach < _WIDEST_GAP * height:
            reach = float(ends[i])
            end = reach if letter[i] else end
    return end
