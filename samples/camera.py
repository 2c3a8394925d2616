"""The six cube faces and the directions through their pixels (CDF axes of the image's own frame, Z up)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]

# face: (centre, A, B); the direction through (u, v) is centre + (1 - 2u) A + (1 - 2v) B
_AXES: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "front": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "back": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
    "left": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "right": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "top": ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    "bottom": ((0, 0, -1), (1, 0, 0), (0, -1, 0)),
}
FACES = tuple(_AXES)
UP = np.array([0.0, 0.0, 1.0])
NEAREST = 0.05  # metres: what is nearer to the face's eye plane is cut off


def unit(vectors: Vectors) -> Vectors:
    """Vectors (..., 3) scaled to length one."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def basis(face: str) -> Vectors:
    """Rows centre, A, B of a face, 3x3."""
    return np.array(_AXES[face], dtype=float)


def face_of(direction: Vectors) -> str:
    """The face a direction (3,) falls on."""
    return max(FACES, key=lambda face: float(direction @ basis(face)[0]))


def project(face: str, points: Vectors) -> Vectors:
    """Points (n, 3) in front of a face's eye plane as its (u, v), (n, 2); outside 0..1 when beside it."""
    depth, a, b = basis(face) @ points.T
    return np.stack([(1 - a / depth) / 2, (1 - b / depth) / 2], axis=1)


@dataclass(frozen=True)
class Raster:
    """A face's pixels with a margin around, so that blur at the border sees what the neighbour face sees."""

    face: str
    face_px: int
    margin: int

    @property
    def size(self) -> int:
        """Pixels per side with both margins."""
        return self.face_px + 2 * self.margin

    def pixel_to_ray(self) -> Vectors:
        """3x3 matrix from (column, row, 1) to the ray through that pixel's centre, whose depth is 1."""
        centre, a, b = basis(self.face)
        step = 2.0 / self.face_px
        start = 1.0 + (self.margin - 0.5) * step
        return np.stack([-a * step, -b * step, centre + start * (a + b)], axis=1)

    def bounds(self, points: Vectors) -> tuple[int, int, int, int] | None:
        """Pixel box (left, top, right, bottom) around the hull of points (n, 3), None when out of sight."""
        seen = _in_front(points, basis(self.face)[0])
        if not len(seen):
            return None
        pixels = project(self.face, seen) * self.face_px + self.margin
        low = np.clip(np.floor(pixels.min(axis=0)) - 1, 0, self.size).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0)) + 1, 0, self.size).astype(int)
        if (low >= high).any():
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _in_front(points: Vectors, axis: Vectors) -> Vectors:
    """The points before the eye plane, and where segments to the points behind it cross it."""
    depth = points @ axis
    front, back = points[depth >= NEAREST], points[depth < NEAREST]
    if not len(front) or not len(back):
        return front
    near, far = depth[depth >= NEAREST], depth[depth < NEAREST]
    share = (near[:, None] - NEAREST) / (near[:, None] - far[None, :])
    cuts = front[:, None] + share[..., None] * (back[None] - front[:, None])
    return np.concatenate([front, cuts.reshape(-1, 3)])
