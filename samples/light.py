"""How light falls: baked maps with soft shadows for floors and walls, a plain formula for everything else."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.camera import Array
from samples.scene import Lamp, Scene
from samples.solids import Solid
from samples.textures import look_up

Floats = NDArray[np.float32]

_TEXEL = 0.05  # m
_MOST_TEXELS = 220
_SKY_DIRECTIONS = 20
_LAMP_POINTS = 5
_SHARE_HIDDEN = 0.82  # of the light that a body in the way takes
_SUN = np.array((2.6, 2.45, 2.15), np.float32)


@dataclass(frozen=True)
class LightMap:
    """Light (rows, columns, 3) on a panel; ``texel`` is its pitch in metres."""

    solid: Solid
    light: Floats
    texel: float

    def at(self, uv: Floats) -> Floats:
        """Light (n, 3) at local points (n, 2)."""
        x = (uv[:, 0] + np.float32(self.solid.half[0])) / np.float32(self.texel) - np.float32(0.5)
        y = (uv[:, 1] + np.float32(self.solid.half[1])) / np.float32(self.texel) - np.float32(0.5)
        return look_up(self.light, x, y, cv2.BORDER_REPLICATE)


def bake(scene: Scene) -> dict[int, LightMap]:
    """The light maps of the large panels, by index into ``scene.solids``."""
    casters = [s for s in scene.solids if s.casts and float(np.sort(s.half)[1:].sum()) > 0.06]
    outlines = [s.outline for s in casters]
    return {
        i: _bake_panel(scene, solid, outlines)
        for i, solid in enumerate(scene.solids)
        if solid.kind == "panel" and 4 * solid.half[0] * solid.half[1] > 3 and not solid.material.glow
    }


def fall(scene: Scene, points: Floats, normals: Floats) -> Floats:
    """Light (n, 3) on points (n, 3) with unit normals (n, 3): from around, lamps and sun, no cast shadows."""
    light = _around(scene, normals)
    # Near the floor and close below the ceiling less arrives.
    height = (points[:, 2] + np.float32(scene.floor))[:, None]
    light *= np.float32(1) - np.float32(0.45) * np.exp(-np.maximum(height, 0) / np.float32(0.35))
    for lamp in scene.lamps:
        light += 0.85 * _from_lamp(lamp.centre, lamp, points, normals)
    if scene.sun is not None:
        light += np.maximum(normals @ scene.sun.astype(np.float32), 0)[:, None] * _SUN
    return light


def shine(scene: Scene, points: Floats, normals: Floats, sharpness: float) -> Floats:
    """Highlights (n, 3) of lamps and sun on the way to the camera, before the material's gloss."""
    to_eye = -points / np.linalg.norm(points, axis=1, keepdims=True)
    out = np.zeros_like(points)
    for lamp in scene.lamps:
        to = lamp.centre.astype(np.float32) - points
        away = np.einsum("ij,ij->i", to, to)
        half = to / np.sqrt(away)[:, None] + to_eye
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        facing = np.maximum(np.einsum("ij,ij->i", half, normals), 0) ** np.float32(sharpness)
        out += (facing / (away + 0.5))[:, None] * np.float32(lamp.power) * np.float32(4)
    if scene.sun is not None:
        half = scene.sun.astype(np.float32) + to_eye
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        facing = np.maximum(np.einsum("ij,ij->i", half, normals), 0) ** np.float32(sharpness)
        out += facing[:, None] * _SUN * np.float32(1.5)
    return out


def surroundings(scene: Scene, directions: Floats) -> Floats:
    """What a mirror would show (n, 3) in unit directions (n, 3): bright above, dark below."""
    up = directions[:, 2]
    share = np.clip(up * 1.6 + 0.42, 0, 1)[:, None]
    wave = 0.85 + 0.15 * np.sin(7 * np.arctan2(directions[:, 1], directions[:, 0]) + 3 * up)
    lamps = np.exp(-(((up - 0.75) / 0.12) ** 2))
    colour = np.float32(scene.below) * (1 - share) + np.float32(scene.above) * share
    return (colour * (wave + 0.8 * lamps)[:, None] * np.float32(1.3)).astype(np.float32)


def _around(scene: Scene, normals: Floats) -> Floats:
    share = (0.5 + 0.5 * normals[:, 2:3]).astype(np.float32)
    return np.float32(scene.below) * (1 - share) + np.float32(scene.above) * share


def _from_lamp(centre: Array, lamp: Lamp, points: Floats, normals: Floats) -> Floats:
    to = centre.astype(np.float32) - points
    away = np.einsum("ij,ij->i", to, to)
    facing = np.einsum("ij,ij->i", to, normals) / np.sqrt(away)
    # Large lamps wrap a little around edges.
    facing = np.maximum(facing * 0.9 + 0.1, 0)
    return (facing / (away + np.float32(lamp.size**2 + 0.3)))[:, None] * np.float32(lamp.power)


def _bake_panel(scene: Scene, solid: Solid, outlines: list[Array]) -> LightMap:
    texel = max(_TEXEL, 2 * float(solid.half[:2].max()) / _MOST_TEXELS)
    shape = tuple(max(2, int(np.ceil(2 * h / texel))) for h in solid.half[1::-1])
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) + np.float32(0.5)
    local = np.stack([x * texel - solid.half[0], y * texel - solid.half[1], np.zeros_like(x)], axis=-1)
    points = (local.reshape(-1, 3) @ solid.axes + solid.centre).astype(np.float32)
    normals = np.broadcast_to(solid.axes[2].astype(np.float32), points.shape)
    shadows = _Shadows(solid, shape, texel, outlines)

    light = _around(scene, normals) * shadows.of_sky()
    for lamp in scene.lamps:
        light += _from_lamp(lamp.centre, lamp, points, normals) * shadows.of_lamp(lamp)
    if scene.sun is not None:
        facing = max(float(solid.axes[2] @ scene.sun), 0.0)
        light += facing * _SUN * shadows.of_directions(scene.sun[None], blur=0.7)
    light *= _corners(local.reshape(-1, 3), solid)
    return LightMap(solid, np.ascontiguousarray(light.reshape(*shape, 3), np.float32), texel)


def _corners(local: Array, solid: Solid) -> Floats:
    """Corners of a room get less light."""
    gap = np.minimum(solid.half[0] - np.abs(local[:, 0]), solid.half[1] - np.abs(local[:, 1]))
    return (1 - 0.35 * np.exp(-gap / 0.35)).astype(np.float32)[:, None]


class _Shadows:
    """Shadows on one panel: outlines of bodies drawn along the light, averaged over points of the light."""

    def __init__(self, solid: Solid, shape: tuple[int, ...], texel: float, outlines: list[Array]) -> None:
        self._solid, self._shape, self._texel = solid, shape, texel
        local = [(o - solid.centre) @ solid.axes.T for o in outlines]
        kept = [p for p in local if p[:, 2].max() > 0.01 and p[:, 2].min() > -0.5]
        self._ends = np.cumsum([len(p) for p in kept])[:-1] if kept else np.array([], int)
        self._points = np.concatenate(kept) if kept else np.zeros((0, 3))

    def of_sky(self) -> Floats:
        k = np.arange(_SKY_DIRECTIONS) + 0.5
        sine = np.sqrt(k / _SKY_DIRECTIONS * 0.96)
        turn = k * 2.399963  # the golden angle spreads them evenly
        directions = np.column_stack([sine * np.cos(turn), sine * np.sin(turn), np.sqrt(1 - sine**2)])
        return self.of_directions(directions @ self._solid.axes, blur=2.5)

    def of_directions(self, directions: Array, blur: float) -> Floats:
        local = directions @ self._solid.axes.T
        height = np.maximum(self._points[:, 2], 0)
        falls = [self._points[:, :2] - height[:, None] * d[:2] / d[2] for d in local if d[2] > 0.05]
        return self._average(falls, blur)

    def of_lamp(self, lamp: Lamp) -> Floats:
        turn = np.arange(_LAMP_POINTS) * 2 * np.pi / _LAMP_POINTS
        spread = np.column_stack([np.cos(turn), np.sin(turn), 0 * turn]) * lamp.size
        falls = []
        for source in (lamp.centre + spread - self._solid.centre) @ self._solid.axes.T:
            if source[2] > 0.05:
                height = np.clip(self._points[:, 2], 0, source[2] * 0.93)
                share = (source[2] / (source[2] - height))[:, None]
                falls.append(source[:2] + (self._points[:, :2] - source[:2]) * share)
        return self._average(falls, 1.6)

    def _average(self, falls: list[Array], blur: float) -> Floats:
        """1 in full light, less where bodies stand between; (texels, 1)."""
        total = np.zeros(self._shape, np.float32)
        for fall_ in falls:
            mask = np.zeros(self._shape, np.uint8)
            at = (fall_ + self._solid.half[:2]) / self._texel - 0.5
            fixed = np.rint(np.clip(at, -2000, 4000) * 16).astype(np.int32)
            for part in np.split(fixed, self._ends):
                if len(part):
                    cv2.fillConvexPoly(mask, cv2.convexHull(part), 1, shift=4)
            total += mask
        hidden = cv2.GaussianBlur(total / max(len(falls), 1), (0, 0), blur)
        return 1 - np.float32(_SHARE_HIDDEN) * hidden.reshape(-1, 1)
