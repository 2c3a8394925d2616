"""Perspective views of a 360° image: what text detection looks at instead of the raw faces.

Text over a seam of the cube is whole in one of the overlapping views, and no view is stretched the way the
corners of a face are (facts and figures: docs/decisions/0002-own-ocr-engine.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from image360.errors import BadImageError
from image360.geometry import (
    FACE_FRAMES,
    FACES,
    Array,
    direction_to_face_index_uv,
    face_uv_to_direction,
    polygon_centre,
)

Pixels = NDArray[np.uint8]

# The border that cubic sampling reaches into beyond a face.
_BORDER = 2


@dataclass(frozen=True, eq=False)
class View:
    """A flat picture of a part of the sphere.

    Args:
        matrix: (3, 3): the direction of the picture's place (x, y) is ``matrix @ (x, y, 1)``, of any
            length. x and y count pixels from the upper left corner of the picture, y down; the middle of
            the first pixel is (0.5, 0.5).
        width: In pixels.
        height: In pixels.
    """

    matrix: Array
    width: int
    height: int

    def directions(self, places: ArrayLike) -> Array:
        """Unit directions (..., 3) of places (..., 2) in the picture."""
        xy = np.asarray(places, np.float64)
        d = xy @ self.matrix[:, :2].T + self.matrix[:, 2]
        return d / np.linalg.norm(d, axis=-1, keepdims=True)

    def places(self, directions: ArrayLike) -> Array:
        """Places (..., 2) in the picture's plane of directions (..., 3) before it; the inverse."""
        xyw = np.asarray(directions, np.float64) @ np.linalg.inv(self.matrix).T
        return xyw[..., :2] / xyw[..., 2:]


def view_towards(yaw: float, pitch: float, fov: float, side: int) -> View:
    """A square view with ``side`` pixels and a field of view of ``fov``.

    yaw turns to the right from the front face, pitch up. Angles in degrees.
    """
    (sin_yaw, sin_pitch), (cos_yaw, cos_pitch) = (
        np.sin(np.radians([yaw, pitch])),
        np.cos(np.radians([yaw, pitch])),
    )
    ahead = np.array([-sin_yaw * cos_pitch, -cos_yaw * cos_pitch, sin_pitch])
    right = np.array([-cos_yaw, sin_yaw, 0.0])
    down = np.array([-sin_pitch * sin_yaw, -sin_pitch * cos_yaw, -cos_pitch])
    half = np.tan(np.radians(fov) / 2)
    step = 2 * half / side
    return View(np.stack([right * step, down * step, ahead - half * (right + down)], axis=1), side, side)


def view_around(polygon: ArrayLike, fov: float, side: int) -> View:
    """A square view with the middle of a polygon (N, 3) in its own middle; see ``view_towards``."""
    x, y, z = polygon_centre(polygon)
    return view_towards(np.degrees(np.arctan2(-x, -y)), np.degrees(np.arcsin(z)), fov, side)


def view_of_quad(quad: ArrayLike, width: int, height: int, beside: int = 0, above: int = 0) -> View:
    """A picture in which a flat quadrilateral is upright and rectangular.

    Args:
        quad: (4, 3) directions of its corners: upper left, upper right, lower right, lower left.
        width: Of the quadrilateral in the picture, in pixels.
        height: As well.
        beside: What the picture shows to the left and to the right of it, in pixels.
        above: What it shows above and below.

    Raises:
        ValueError: Three of the corners lie on one line.
    """
    first, second, third, fourth = np.asarray(quad, np.float64)
    # What looks like a parallelogram from somewhere: weights that make its diagonals meet in their middles.
    try:
        weights = cast("Array", np.linalg.solve(np.stack([first, -second, third], axis=1), fourth))
    except np.linalg.LinAlgError as error:
        raise ValueError("three corners of a quadrilateral lie on one line") from error
    start = weights[0] * first
    along, down = (weights[1] * second - start) / width, (fourth - start) / height
    origin = start - beside * along - above * down
    return View(np.stack([along, down, origin], axis=1), width + 2 * beside, height + 2 * above)


def ring_plan(fov: float, overlap: float, side: int) -> tuple[View, ...]:
    """Square views that cover the sphere so that what is ``overlap`` degrees wide is whole in one of them.

    Rings of views at equal steps of pitch, the poles among them. Angles in degrees.
    """
    reach = fov - overlap
    rings = int(np.ceil(180 / reach))
    views: list[View] = []
    for pitch in np.linspace(90, -90, rings + 1):
        # Meridians come together towards the poles, so a ring there needs fewer views. A quarter of a step
        # towards the equator is where its views must still overlap (tests measure the cover).
        widest = np.cos(np.radians(max(abs(pitch) - reach / 4, 0)))
        count = 1 if abs(pitch) == 90 else int(np.ceil(360 * widest / reach - 1e-9))
        views += [view_towards(360 * i / count, float(pitch), fov, side) for i in range(count)]
    return tuple(views)


def view_plan(face_side: int) -> tuple[View, ...]:
    """The views that text is read in, for faces of ``face_side`` pixels (plan R60 of the decision record)."""
    fov, overlap = 60.0, 15.0
    # As many pixels as the face has in its middle; no less than the detector works with in any case.
    side = max(736, 32 * round(face_side * np.tan(np.radians(fov / 2)) / 32))
    return ring_plan(fov, overlap, side)


class Cube:
    """The six faces of an image, to be looked at from its centre."""

    def __init__(self, faces: Mapping[str, Pixels]) -> None:
        """Take the six faces by name, each (N, N, 3) RGB.

        Raises:
            BadImageError: The faces differ in size.
        """
        side = faces["front"].shape[0]
        if {faces[name].shape for name in FACES} != {(side, side, 3)}:
            sizes = ", ".join(f"{name} {faces[name].shape[1]} x {faces[name].shape[0]}" for name in FACES)
            raise BadImageError(f"the faces of an image must be of one size; here they are {sizes} px")
        self.side = side
        self._tiles = _tiles(faces, side)

    def render(self, view: View) -> Pixels:
        """The view's picture (height, width, 3) RGB, seamless over the borders of faces."""
        import cv2

        x = np.arange(view.width, dtype=np.float32) + 0.5
        y = np.arange(view.height, dtype=np.float32)[:, None] + 0.5
        columns, rows, nearest = np.zeros((3, view.height, view.width), np.float32)
        for index, frame in enumerate(FACE_FRAMES):
            # a, b and depth of a face are planes over the picture, so no direction is ever computed.
            a, b, depth = (w[0] * x + (w[1] * y + w[2]) for w in (frame @ view.matrix).astype(np.float32))
            seen = depth > nearest
            if not seen.any():
                continue
            np.copyto(nearest, depth, where=seen)
            half = self.side / 2
            np.divide(a, depth, out=a, where=seen)
            np.divide(b, depth, out=b, where=seen)
            np.copyto(columns, half - half * a + (_BORDER - 0.5), where=seen)
            np.copyto(rows, half - half * b + (_BORDER - 0.5 + index * self._tile_side), where=seen)
        return cast("Pixels", cv2.remap(self._tiles, columns, rows, cv2.INTER_CUBIC))

    @property
    def _tile_side(self) -> int:
        return self.side + 2 * _BORDER


def _tiles(faces: Mapping[str, Pixels], side: int) -> Pixels:
    """The six faces one below the other, each with a border of its neighbours' pixels."""
    import cv2

    tile = side + 2 * _BORDER
    tiles = np.zeros((len(FACES), tile, tile, 3), np.uint8)
    for index, name in enumerate(FACES):
        tiles[index, _BORDER:-_BORDER, _BORDER:-_BORDER] = faces[name]
    border = np.ones((tile, tile), bool)
    border[_BORDER:-_BORDER, _BORDER:-_BORDER] = False
    row, column = np.nonzero(border)
    u, v = (column + 0.5 - _BORDER) / side, (row + 0.5 - _BORDER) / side
    neighbour, u, v = direction_to_face_index_uv(face_uv_to_direction(np.array(FACES)[:, None], u, v))
    across = np.clip(u * side - 0.5, 0, side - 1) + _BORDER
    down = np.clip(v * side - 0.5, 0, side - 1) + _BORDER + neighbour * tile
    stack = tiles.reshape(-1, tile, 3)
    tiles[:, border] = cv2.remap(stack, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)
    return stack
