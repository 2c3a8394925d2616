"""A scene around the camera: solids, lamps, the sky, and the places where a plate can be put."""

from dataclasses import dataclass, field

import numpy as np

from samples.camera import Array
from samples.materials import Colour, Material
from samples.solids import Solid

X, Y, Z = np.eye(3)


@dataclass(frozen=True)
class Lamp:
    """Light from around a point; ``power`` is the light on a surface that faces it from one metre."""

    centre: Array
    power: Colour
    size: float = 0.4


@dataclass(frozen=True)
class Mount:
    """A place for plates.

    kind: "face" (a flat rectangle, ``right`` and ``up`` along its sides), "pipe" (the line from -length/2 to
    length/2 along ``right`` on a pipe or vessel of ``radius``; the plate may turn about it) or "stand" (the
    plate gets a post of its own).
    paintable: whether letters may be painted on it without a plate.
    """

    kind: str
    centre: Array
    right: Array
    up: Array
    length: float
    height: float
    radius: float = 0.0
    paintable: bool = False
    solid: Solid | None = None


@dataclass
class Scene:
    """All that is around the camera, which stands at the origin, Z up, ``floor`` below it."""

    floor: float
    above: Colour  # light from above and from below where nothing is in the way
    below: Colour
    solids: list[Solid] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    kept_clear: list[Array] = field(default_factory=list)  # (4, 3) quads over which no plate hangs: doors
    sun: Array | None = None  # unit vector towards it
    ceiling: float | None = None  # above the camera; None under the open sky

    def add(self, *solids: Solid) -> None:
        self.solids.extend(solids)


def frame(forward: Array, up: Array = Z) -> Array:
    """Rows x, y, z of a local frame with z along ``forward`` and y as near to ``up`` as can be."""
    z = forward / np.linalg.norm(forward)
    side = up if abs(z @ up) < 0.99 else X
    x = np.cross(side, z)
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def box(centre: Array, half: tuple[float, float, float], material: Material, turn: float = 0.0) -> Solid:
    """A box, turned about Z by ``turn`` radians."""
    c, s = np.cos(turn), np.sin(turn)
    axes = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return Solid("box", np.asarray(centre, float), axes, np.array(half, float), material)


def panel(
    centre: Array, normal: Array, width: float, height: float, material: Material, up: Array = Z
) -> Solid:
    return Solid(
        "panel",
        np.asarray(centre, float),
        frame(np.asarray(normal, float), up),
        np.array([width / 2, height / 2, 1e-3]),
        material,
        casts=False,
    )


def rod(a: Array, b: Array, radius: float, material: Material, end_radius: float | None = None) -> Solid:
    """A cylinder (or a cone's stump) from a to b."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    length = float(np.linalg.norm(b - a))
    mean = radius if end_radius is None else (radius + end_radius) / 2
    taper = 0.0 if end_radius is None else (end_radius - radius) / length
    half = np.array([mean, mean, length / 2])
    return Solid("cylinder", (a + b) / 2, frame((b - a) / length, Y), half, material, taper)


def ball(
    centre: Array, half: tuple[float, float, float], material: Material, axes: Array | None = None
) -> Solid:
    axes = np.eye(3) if axes is None else axes
    return Solid("ellipsoid", np.asarray(centre, float), axes, np.array(half, float), material)
