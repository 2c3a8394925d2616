"""Lines of text in a plane: the pixels of a picture, or the plane that touches the sphere at the text.

Straight lines stay straight when a picture is seen from its centre, so on the tangent plane a printed line
is a straight box, and boxes can be compared as on paper.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_NOTHING = 1e-9
_FAR = 1e9


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane with its origin (D,) and two axes (2, D); D is 3 on the sphere and 2 in pixels."""

    origin: Points
    axes: Points

    @staticmethod
    def at(points: Points) -> "Plane":
        """The plane at the middle of points (N, D): their own for D = 2, the tangent plane for D = 3."""
        middle = points.mean(axis=0)
        if points.shape[1] == 2:
            return Plane(middle, np.eye(2))
        normal = _unit(middle)
        # The axis of the frame that lies nearest to the plane is a safe start for the first axis.
        start: Points = np.eye(3)[int(np.argmin(np.abs(normal)))]
        first = _unit(start - (start @ normal) * normal)
        return Plane(normal, np.stack([first, np.cross(normal, first)]))

    def project(self, points: Points) -> Points:
        """(..., D) -> (..., 2); NaN for points that are not before the plane."""
        if points.shape[-1] == 3:
            depth = (points @ self.origin)[..., None]
            points = points / np.where(depth > 0.1, depth, np.nan)
        return (points - self.origin) @ self.axes.T

    def lift(self, points: Points) -> Points:
        """(..., 2) -> (..., D), unit vectors on the sphere."""
        lifted = self.origin + points @ self.axes
        return lifted if lifted.shape[-1] == 2 else lifted / np.linalg.norm(lifted, axis=-1, keepdims=True)


def as_quad(polygon: Points) -> Points | None:
    """The box (4, D) of a line of text, from the upper left of its reading direction.

    A polygon of four corners is its own box; another gets the box along its first edge. None where there is
    no box: fewer than three corners, another shape, not finite, no width or height (as where sides cross).
    """
    if not _is_drawn(polygon):
        return None
    plane = Plane.at(polygon)
    flat = plane.project(polygon)
    along = flat[1] - flat[0]
    if len(flat) == 4:
        along = along + flat[2] - flat[3]
        # Sides that cross leave no line height.
        if np.linalg.norm(flat[3] - flat[0] + flat[2] - flat[1]) < _NOTHING:
            return None
    if not np.isfinite(flat).all() or np.linalg.norm(along) < _NOTHING:
        return None
    along = _unit(along)
    # The first edge runs along the top of the text, so the text lies on its lower side.
    down = _turned(along, flat.mean(axis=0) - flat[0])
    if np.ptp(flat @ np.stack([along, down]).T, axis=0).min() < _NOTHING:
        return None
    return polygon if len(flat) == 4 else plane.lift(_box(flat, along, down))


def _is_drawn(polygon: Points) -> bool:
    if polygon.ndim != 2 or len(polygon) < 3 or polygon.shape[1] not in (2, 3):
        return False
    if not (np.abs(polygon) < _FAR).all():
        return False
    # Directions all around the sphere have no tangent plane in common.
    return polygon.shape[1] == 2 or bool(np.linalg.norm(polygon.mean(axis=0)) > 0.5)


def frame(quad: Points) -> tuple[Points, Points]:
    """The unit vectors along the text and down, of a box (4, 2) in a plane."""
    along = _unit(quad[1] - quad[0] + quad[2] - quad[3])
    return along, _turned(along, quad[3] - quad[0] + quad[2] - quad[1])


def tight_quad(points: Points, like: Points) -> Points:
    """The least rectangle (4, D) around points (N, D), from the upper left as the box ``like`` reads."""
    plane = Plane.at(points)
    flat = plane.project(points)
    along, down = frame(plane.project(like))
    # The least rectangle has a side on the hull, hence along some pair of points.
    pairs = (flat[None, :, :] - flat[:, None, :]).reshape(-1, 2)
    lengths = np.linalg.norm(pairs, axis=1)
    angles = np.arctan2(pairs[:, 1], pairs[:, 0])[lengths > _NOTHING] % (np.pi / 2)
    turns = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    across = np.stack([-turns[:, 1], turns[:, 0]], axis=1)
    areas = np.ptp(flat @ turns.T, axis=0) * np.ptp(flat @ across.T, axis=0)
    best = int(np.flatnonzero(areas <= areas.min() * (1 + 1e-9))[0])
    sides = np.concatenate([turns[[best]], across[[best]], -turns[[best]], -across[[best]]])
    side = sides[int(np.argmax(sides @ along))]
    return plane.lift(_box(flat, side, _turned(side, down)))


def part_of(quad: Points, start: float, end: float) -> Points:
    """The part (4, D) of a box (4, D) from one share of its line to another, 0..1."""
    plane = Plane.at(quad)
    left_top, right_top, right_bottom, left_bottom = plane.project(quad)
    top, bottom = right_top - left_top, right_bottom - left_bottom
    flat = [
        left_top + start * top,
        left_top + end * top,
        left_bottom + end * bottom,
        left_bottom + start * bottom,
    ]
    return plane.lift(np.stack(flat))


def _unit(vector: Points) -> Points:
    return vector / np.sqrt(vector @ vector)


def _turned(along: Points, towards: Points) -> Points:
    """The vector across ``along`` on the side of ``towards``."""
    down = np.array([-along[1], along[0]])
    return down if float(towards @ down) >= 0 else -down


def _box(flat: Points, along: Points, down: Points) -> Points:
    axes = np.stack([along, down])
    sides = flat @ axes.T
    left, top = sides.min(axis=0)
    right, bottom = sides.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes
