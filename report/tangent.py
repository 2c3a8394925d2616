"""The plane that touches the sphere at a polygon: there its sides are straight, and lengths nearly true."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

LEAST_COSINE = np.cos(np.radians(80))
"""Beyond 80 degrees from its middle the plane runs off to infinity: nothing there is projected."""


@dataclass(frozen=True, eq=False)
class TangentPlane:
    """A plane at distance 1 from the image's centre, seen from there: x runs right, y down, in units of 1.

    Args:
        frame: (3, 3), rows: unit vectors along x and y, and the direction of the plane's middle.
    """

    frame: NDArray[np.float64]

    @classmethod
    def at(cls, polygon: ArrayLike) -> Self:
        """The plane in the middle of a polygon (N, 3), x along its first side: the line of text."""
        corners = _unit(np.asarray(polygon, dtype=np.float64))
        middle = _unit(corners.mean(axis=0))
        side = corners[1] - corners[0]
        # A side without length gives no line to turn to: any will do.
        if np.linalg.norm(np.cross(side, middle)) < 1e-12:
            side = np.eye(3)[np.argmin(np.abs(middle))]
        x = _unit(side - (side @ middle) * middle)
        return cls(np.array([x, np.cross(middle, x), middle]))

    def project(self, directions: ArrayLike) -> NDArray[np.float64] | None:
        """Points (N, 2) of directions (N, 3); None where one lies beyond 80 degrees from the middle."""
        along = _unit(np.asarray(directions, dtype=np.float64)) @ self.frame.T
        if (along[:, 2] < LEAST_COSINE).any():
            return None
        return along[:, :2] / along[:, 2:]

    def directions(self, points: ArrayLike) -> NDArray[np.float64]:
        """Unit directions (..., 3) of points (..., 2)."""
        points = np.asarray(points, dtype=np.float64)
        return _unit(points[..., :1] * self.frame[0] + points[..., 1:] * self.frame[1] + self.frame[2])

    def shape(self, polygons: Iterable[ArrayLike]) -> shapely.Geometry:
        """The union of polygons (N, 3); empty where one of them lies beyond the plane."""
        shapes: list[shapely.Geometry] = []
        for polygon in polygons:
            points = self.project(polygon)
            if points is None or len(points) < 3:
                return shapely.Polygon()
            shapes.append(shapely.make_valid(shapely.Polygon(points)))
        return shapely.union_all(shapes)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
