"""Close-ups of one line of text, straight from the faces: where exactly it is, and what it says again."""

import numpy as np
from numpy.typing import ArrayLike

from image360.detection.ink import Box, ink_corners
from image360.detection.views import Cube, Pixels, view_of_quad
from image360.geometry import Array

# Pixels: the height of a line in a close-up, and what is shown around the detector's box.
_HEIGHT, _ABOVE, _BESIDE = 48, 24, 48
_WIDEST = 1600
# A line that goes on beyond its box is followed this many times, each time by its height and no more.
_STEPS = 8


def find_ink(cube: Cube, quad: ArrayLike, letters: int) -> Array | None:
    """The quadrilateral that the ink of a line of text fills.

    Args:
        cube: The image.
        quad: (4, 3): where a detector saw the line, from the upper left of the reading direction onwards.
        letters: How many letters and digits were read there.

    Returns:
        (4, 3) directions in the same order, or None where no letters stand out from their ground.
    """
    ink: Array | None = None
    outline = np.asarray(quad, np.float64)
    for _ in range(_STEPS):
        box = Box(_BESIDE, _ABOVE, _width(outline), _HEIGHT)
        view = view_of_quad(outline, box.width, box.height, _BESIDE, _ABOVE)
        corners = ink_corners(cube.render(view), box, letters)
        if corners is None:
            break
        ink = view.directions(corners)
        if box.left <= corners[0, 0] and corners[1, 0] <= box.left + box.width:
            break
        room = 0.15 * (corners[3, 1] - corners[0, 1] + corners[2, 1] - corners[1, 1])
        outline = view.directions(corners + room * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]))
    return ink


def line_picture(cube: Cube, ink: ArrayLike) -> Pixels:
    """A picture (height, width, 3) of one upright line of text, framed as a recogniser is used to.

    Args:
        cube: The image.
        ink: (4, 3): the quadrilateral that the ink of the line fills.
    """
    beside, above = round(0.2 * _HEIGHT), round(0.15 * _HEIGHT)
    height = _HEIGHT - 2 * above
    return cube.render(
        view_of_quad(ink, max(round(_width(ink) * height / _HEIGHT), 1), height, beside, above)
    )


def _width(quad: ArrayLike) -> int:
    """How wide a quadrilateral is when it is _HEIGHT pixels high."""
    first, second, third, fourth = np.asarray(quad, np.float64)
    along = np.linalg.norm(second - first) + np.linalg.norm(third - fourth)
    down = np.linalg.norm(fourth - first) + np.linalg.norm(third - second)
    return int(np.clip(round(_HEIGHT * along / max(down, 1e-9)), 4, _WIDEST))
