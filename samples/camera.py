"""The 360° camera: cube faces, rays and projection.

A direction is a vector in the image's own frame (X right-handed with Z up). A face shows the directions
``forward + a * across + b * up`` with a = 1 - 2u and b = 1 - 2v; u runs right, v down, 0..1 between the outer
edges of the pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FACES = ("front", "back", "left", "right", "top", "bottom")

# Rows: across (a grows to the left of the face), up, forward.
_AXES: dict[str, Array] = {
    "front": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "back": np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]]),
    "left": np.array([[0, 1.0, 0], [0, 0, 1], [1, 0, 0]]),
    "right": np.array([[0, -1.0, 0], [0, 0, 1], [-1, 0, 0]]),
    "top": np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "bottom": np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]),
}
_FORWARDS = np.array([_AXES[face][2] for face in FACES])


def turn_about_z(angle: float) -> Array:
    """The matrix (3, 3) that turns column vectors about Z by ``angle`` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class View:
    """One cube face as a picture of ``px`` pixels and ``margin`` more on each side.

    ``axes`` (3, 3): rows across, up and forward, in the frame in which the scene is built.
    """

    face: str
    axes: Array
    px: int
    margin: int = 0

    @property
    def size(self) -> int:
        return self.px + 2 * self.margin

    def ray_matrix(self, shift: tuple[float, float] = (0.5, 0.5)) -> Array:
        """(3, 3): (x, y, 1) of a pixel -> its ray of depth 1; ``shift`` (0..1): where inside the pixel."""
        across, up, forward = self.axes
        step = 2.0 / self.px
        x, y = shift[0] - self.margin, shift[1] - self.margin
        corner = forward + (1 - x * step) * across + (1 - y * step) * up
        return np.column_stack([-step * across, -step * up, corner])


def views(turn: Array, px: int, margin: int = 0) -> list[View]:
    """The six faces of an image whose frame is ``turn`` (3, 3) times the frame of the scene."""
    return [View(face, _AXES[face] @ turn, px, margin) for face in FACES]


def face_index(directions: Array) -> NDArray[np.intp]:
    """The face (index into FACES) that shows each direction (..., 3) of the image's frame."""
    return np.argmax(directions @ _FORWARDS.T, axis=-1)


def to_pixels(directions: Array, faces: NDArray[np.intp], px: int) -> Array:
    """Pixel coordinates (..., 2) of directions (..., 3) on the planes of the given faces (...)."""
    axes = np.array([_AXES[face] for face in FACES])[faces]
    local = np.einsum("...ij,...j->...i", axes, directions)
    return (1.0 - local[..., :2] / local[..., 2:]) * (0.5 * px)
