"""The bodies a scene is made of, and where rays from the camera meet them.

The camera is at the origin. Each solid has a local frame: ``centre`` and ``axes`` (rows are the local x, y, z
in the scene's frame). Rays need not be of unit length; hits are given as the parameter t along them.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.camera import Array
from samples.materials import Material

Floats = NDArray[np.float32]

FAR = np.float32(1e9)
NEAR = 0.02  # m
_SEAL = 0.001  # m by which panels reach over their edges, so that corners of rooms are tight
_RING = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
_PHI = (1 + 5**0.5) / 2
_DODECAHEDRON = np.array(
    [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    + [
        p
        for a in (-1, 1)
        for b in (-1, 1)
        for p in ((0, a / _PHI, b * _PHI), (a / _PHI, b * _PHI, 0), (b * _PHI, 0, a / _PHI))
    ]
)
_DODECAHEDRON = _DODECAHEDRON / (3**0.5 * 0.7946)  # its inscribed sphere has radius 1


@dataclass(frozen=True, eq=False)
class Solid:
    """A body. ``half`` holds half its extents along the local axes.

    kind: "box", "panel" (x and y, seen from +z), "cylinder" (along z; ``taper`` is the growth of the radius
    per metre of z) or "ellipsoid".
    """

    kind: str
    centre: Array
    axes: Array
    half: Array
    material: Material
    taper: float = 0.0
    casts: bool = True  # takes light away from floors and walls

    @cached_property
    def outline(self) -> Array:
        """Points (n, 3) in the scene's frame whose convex hull holds the solid."""
        if self.kind == "box":
            local = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * self.half
        elif self.kind == "panel":
            local = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * self.half
        elif self.kind == "cylinder":
            ring = np.stack([np.cos(_RING), np.sin(_RING)], axis=1) / np.cos(np.pi / len(_RING))
            ends = []
            for z in (-self.half[2], self.half[2]):
                radius = self.half[0] + self.taper * z
                ends.append(np.column_stack([ring * radius, np.full(len(ring), z)]))
            local = np.concatenate(ends)
        else:
            local = _DODECAHEDRON * self.half
        return self.centre + local @ self.axes

    def meet(self, rays: Floats) -> Floats:
        """First hit of each ray (n, 3) from the camera: t (n,), FAR where it misses."""
        direction = turned(rays, self.axes)
        origin = (-self.axes @ self.centre).astype(np.float32)
        return _MEET[self.kind](self, origin, direction)

    def local(self, points: Floats) -> Floats:
        """Points (n, 3) of the scene in the local frame."""
        return turned(points, self.axes, -self.axes @ self.centre)

    def surface(self, local: Floats) -> tuple[Floats, Floats]:
        """Normals (n, 3) in the scene's frame and texture coordinates (n, 2) in metres at local points."""
        normal, uv = _SURFACE[self.kind](self, local)
        return turned(normal, self.axes.T), uv


def turned(points: Floats, matrix: Array, shift: Array | None = None) -> Floats:
    """matrix (m, n) times each of the points (k, n), then shifted: (k, m)."""
    if len(points) == 0:
        return np.zeros((0, len(matrix)), np.float32)
    whole = matrix if shift is None else np.column_stack([matrix, shift])
    return cv2.transform(np.ascontiguousarray(points)[:, None], whole).reshape(len(points), -1)


def _meet_box(solid: Solid, origin: Floats, direction: Floats) -> Floats:
    safe = np.where(np.abs(direction) < 1e-9, np.float32(1e-9), direction)
    half = solid.half.astype(np.float32)
    t1 = (-half - origin) / safe
    t2 = (half - origin) / safe
    enter = np.minimum(t1, t2).max(axis=1)
    leave = np.maximum(t1, t2).min(axis=1)
    return np.where((enter < leave) & (enter > NEAR), enter, FAR)


def _meet_panel(solid: Solid, origin: Floats, direction: Floats) -> Floats:
    dz = np.where(np.abs(direction[:, 2]) < 1e-9, np.float32(1e-9), direction[:, 2])
    t = -origin[2] / dz
    inside = np.abs(origin[0] + t * direction[:, 0]) <= np.float32(solid.half[0] + _SEAL)
    inside &= np.abs(origin[1] + t * direction[:, 1]) <= np.float32(solid.half[1] + _SEAL)
    return np.where(inside & (t > NEAR), t, FAR)


def _meet_cylinder(solid: Solid, origin: Floats, direction: Floats) -> Floats:
    k, half = np.float32(solid.taper), np.float32(solid.half[2])
    dx, dy, dz = direction.T
    ox, oy, oz = origin
    radius = np.float32(solid.half[0]) + k * oz
    a = dx * dx + dy * dy - (k * k) * dz * dz
    b = ox * dx + oy * dy - (k * radius) * dz
    c = ox * ox + oy * oy - radius * radius
    disc = b * b - a * c
    root = np.sqrt(np.maximum(disc, 0))
    side = (-b - root) / np.where(np.abs(a) < 1e-12, np.float32(1e-12), a)
    on_side = (disc > 0) & (np.abs(oz + side * dz) <= half) & (side > NEAR)
    t = np.where(on_side, side, FAR)
    # The only end that can be seen is the one the camera is outside of.
    if abs(oz) > half:
        end = np.float32(np.copysign(half, oz))
        cap = (end - oz) / np.where(np.abs(dz) < 1e-9, np.float32(1e-9), dz)
        x, y = ox + cap * dx, oy + cap * dy
        r = np.float32(solid.half[0]) + k * end
        t = np.where((x * x + y * y <= r * r) & (cap > NEAR) & (cap < t), cap, t)
    return t


def _meet_ellipsoid(solid: Solid, origin: Floats, direction: Floats) -> Floats:
    half = solid.half.astype(np.float32)
    o, d = origin / half, direction / half
    a = np.einsum("ij,ij->i", d, d)
    b = d @ o
    disc = b * b - a * (o @ o - 1)
    t = (-b - np.sqrt(np.maximum(disc, 0))) / a
    return np.where((disc > 0) & (t > NEAR), t, FAR)


def _surface_box(solid: Solid, local: Floats) -> tuple[Floats, Floats]:
    share = local / solid.half.astype(np.float32)
    axis = np.argmax(np.abs(share), axis=1)
    rows = np.arange(len(local))
    normal = np.zeros_like(local)
    normal[rows, axis] = np.sign(share[rows, axis])
    uv = local[rows[:, None], np.array([[1, 2], [0, 2], [0, 1]])[axis]]
    return normal, uv


def _surface_panel(_: Solid, local: Floats) -> tuple[Floats, Floats]:
    normal = np.zeros_like(local)
    normal[:, 2] = 1
    return normal, local[:, :2]


def _surface_cylinder(solid: Solid, local: Floats) -> tuple[Floats, Floats]:
    x, y, z = local.T
    r = np.sqrt(x * x + y * y) + np.float32(1e-9)
    cap = np.abs(z) > np.float32(solid.half[2] * 0.9999 - 1e-4)
    cap &= r < np.float32(solid.half[0] - 1e-4) + np.float32(solid.taper) * z
    normal = np.stack([x / r, y / r, np.full_like(z, -solid.taper)], axis=1)
    normal[cap] = 0
    normal[cap, 2] = np.sign(z[cap])
    uv = np.stack([np.arctan2(y, x) * np.float32(solid.half[0]), z], axis=1)
    uv[cap] = local[cap, :2]
    return normal, uv


def _surface_ellipsoid(solid: Solid, local: Floats) -> tuple[Floats, Floats]:
    normal = local / (solid.half.astype(np.float32) ** 2)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    around = np.arctan2(local[:, 1], local[:, 0]) * np.float32(solid.half[0])
    return normal, np.stack([around, local[:, 2]], axis=1)


_MEET = {"box": _meet_box, "panel": _meet_panel, "cylinder": _meet_cylinder, "ellipsoid": _meet_ellipsoid}
_SURFACE = {
    "box": _surface_box,
    "panel": _surface_panel,
    "cylinder": _surface_cylinder,
    "ellipsoid": _surface_ellipsoid,
}
