"""Draws flat textures and cylinders on a cube face, nearest first by inverse depth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from samples.camera import Raster, Vectors, unit
from samples.surfaces import Colour, Floats

_SUN = unit(np.array([0.35, 0.25, 0.9]))  # where most of the lamps' light comes from


@dataclass(frozen=True)
class Quad:
    """A texture (h, w, 3) on the parallelogram corner, corner + right, corner + down; metres."""

    corner: Vectors
    right: Vectors
    down: Vectors
    texture: Floats

    def hull(self) -> Vectors:
        """Corners (4, 3)."""
        return self.corner + np.array([0 * self.right, self.right, self.right + self.down, self.down])


@dataclass(frozen=True)
class Cylinder:
    """A solid cylinder between two points of its axis."""

    start: Vectors
    end: Vectors
    radius: float
    colour: Colour
    gloss: float = 0.25

    def hull(self) -> Vectors:
        """Corners (8, 3) of the box around it."""
        _, side, other = self.axes()
        ring = [self.radius * (i * side + j * other) for i in (-1, 1) for j in (-1, 1)]
        return np.array([point + offset for point in (self.start, self.end) for offset in ring])

    def axes(self) -> Vectors:
        """Rows: the axis and two directions square to it, all of length one."""
        along = unit(self.end - self.start)
        helper = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
        side = unit(np.cross(along, helper))
        return np.stack([along, side, np.cross(along, side)])


class Canvas:
    """The pixels of one face with its margin, and how near each of them is."""

    def __init__(self, raster: Raster, tile: Floats) -> None:
        """tile is the noise (512, 512) that roughens cylinders."""
        self._raster = raster
        self._to_ray = raster.pixel_to_ray()
        self._tile = tile
        self.pixels: Floats = np.zeros((raster.size, raster.size, 3), np.float32)
        self._near: Floats = np.zeros((raster.size, raster.size), np.float32)

    def quad(self, quad: Quad) -> None:
        """Draws a quad where nothing nearer stands."""
        box = self._raster.bounds(quad.hull())
        if box is None:
            return
        across, along, near = _on_plane(quad, self._to_ray, box, 1)
        target, depth = self._window(box)
        seen = (across >= 0) & (across <= 1) & (along >= 0) & (along <= 1) & (near > depth)
        if not seen.any():
            return
        height, width = quad.texture.shape[:2]
        colour = _sample(quad.texture, across * width - 0.5, along * height - 0.5)
        target[seen] = colour[seen]
        depth[seen] = near[seen]

    def cylinder(self, cylinder: Cylinder) -> None:
        """Draws a cylinder with both its ends where nothing nearer stands."""
        box = self._raster.bounds(cylinder.hull())
        if box is None:
            return
        axes = cylinder.axes()
        k, p, q = _linear(axes @ self._to_ray, box)
        eye = -(axes @ cylinder.start)
        length = float(np.linalg.norm(cylinder.end - cylinder.start))
        a, b = p * p + q * q, p * eye[1] + q * eye[2]
        root = b * b - a * np.float32(eye[1] ** 2 + eye[2] ** 2 - cylinder.radius**2)
        reach = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, 0)
        at = eye[0] + reach * k
        self._paint(
            cylinder, box, (p * reach + eye[1], q * reach + eye[2], at), reach, (at >= 0) & (at <= length)
        )
        for end in (0.0, length):
            reach = (end - eye[0]) / np.where(np.abs(k) < 1e-6, 1e-6, k)
            x, y = p * reach + eye[1], q * reach + eye[2]
            self._paint(
                cylinder, box, (x, y, np.full_like(x, end)), reach, x * x + y * y <= cylinder.radius**2, end
            )

    def _paint(
        self,
        cylinder: Cylinder,
        box: tuple[int, int, int, int],
        point: tuple[Floats, Floats, Floats],
        reach: Floats,
        hit: Floats,
        end: float | None = None,
    ) -> None:
        """Shades the points (in the cylinder's axes) that are hit and nearer than what is there."""
        target, depth = self._window(box)
        hit = hit & (reach > 0)
        near = np.where(hit, 1 / np.maximum(reach, 1e-6), 0)
        seen = hit & (near > depth)
        if not seen.any():
            return
        x, y, along = (part[seen] for part in point)
        axes = cylinder.axes().astype(np.float32)
        if end is None:
            normal = np.stack([np.zeros_like(x), x, y], axis=1) / cylinder.radius
        else:
            normal = np.tile(np.array([1 if end else -1, 0, 0], np.float32), (len(x), 1))
        sight = np.stack([along, x, y], axis=1) + (axes @ cylinder.start).astype(np.float32)
        facing = -(normal * sight).sum(axis=1) / np.sqrt((sight * sight).sum(axis=1))
        turn = np.arctan2(y, x) * cylinder.radius
        rows, columns = np.mod(turn * 160, 512).astype(int) % 512, np.mod(along * 160, 512).astype(int) % 512
        rough = 1 + 0.045 * self._tile[rows, columns]
        target[seen] = _lit(cylinder, normal @ axes, facing, rough)
        depth[seen] = near[seen]

    def _window(self, box: tuple[int, int, int, int]) -> tuple[Floats, Floats]:
        left, top, right, bottom = box
        return self.pixels[top:bottom, left:right], self._near[top:bottom, left:right]

    def overlay(self, quad: Quad, alpha: Floats, samples: int = 3) -> None:
        """Lays a texture with its cover alpha (h, w) over all, samples x samples rays a pixel."""
        box = self._raster.bounds(quad.hull())
        if box is None:
            return
        across, along, near = _on_plane(quad, self._to_ray, box, samples)
        height, width = alpha.shape
        layer = np.dstack([quad.texture * alpha[..., None], alpha])
        layer = _shrunk(layer, across, along)
        height, width = layer.shape[:2]
        colour = _sample(layer, across * width - 0.5, along * height - 0.5, cv2.BORDER_CONSTANT)
        colour *= (near > 0)[..., None]
        left, top, right, bottom = box
        colour = cv2.resize(colour, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        target, _ = self._window(box)
        target *= 1 - colour[..., 3:]
        target += colour[..., :3]


def _lit(cylinder: Cylinder, normal: Floats, facing: Floats, rough: Floats) -> Floats:
    """Colour under lamps above and light from the camera's side (facing, 0..1), with a streak of gloss."""
    direct = np.maximum(normal @ _SUN.astype(np.float32), 0)
    light = 0.3 + 0.18 * normal[:, 2] + 0.4 * direct + 0.35 * facing
    gloss = 255 * cylinder.gloss * direct**12
    return np.clip(np.array(cylinder.colour, np.float32) * (light * rough)[:, None] + gloss[:, None], 0, 255)


def _linear(
    matrix: Vectors, box: tuple[int, int, int, int], samples: int = 1
) -> tuple[Floats, Floats, Floats]:
    """The three rows of matrix @ (column, row, 1) over a pixel box, samples x samples to a pixel."""
    left, top, right, bottom = box
    inner = (np.arange(samples) + 0.5) / samples - 0.5
    columns = (np.arange(left, right)[:, None] + inner).ravel()
    rows = (np.arange(top, bottom)[:, None] + inner).ravel()
    first, second, third = (
        (line[0] * columns[None] + line[1] * rows[:, None] + line[2]).astype(np.float32) for line in matrix
    )
    return first, second, third


def _on_plane(
    quad: Quad, to_ray: Vectors, box: tuple[int, int, int, int], samples: int
) -> tuple[Floats, Floats, Floats]:
    """Where rays meet a quad's plane (0..1 across, 0..1 along) and the inverse depth there."""
    inverse = np.linalg.inv(np.stack([quad.right, quad.down, quad.corner], axis=1))
    x, y, near = _linear(inverse @ to_ray, box, samples)
    safe = np.where(near > 1e-6, near, 1e-6)
    return x / safe, y / safe, near


def _shrunk(layer: Floats, across: Floats, along: Floats) -> Floats:
    """The texture at about the density of the samples, so that none of its pixels is skipped."""
    height, width = layer.shape[:2]
    inside = (np.abs(across - 0.5) < 0.6) & (np.abs(along - 0.5) < 0.6)
    if not inside.any():
        return layer
    steps_x = np.hypot(np.diff(across, axis=1, append=0), np.diff(across, axis=0, append=0))[inside]
    steps_y = np.hypot(np.diff(along, axis=1, append=0), np.diff(along, axis=0, append=0))[inside]
    wide = min(width, max(4, round(1 / float(np.median(steps_x)))))
    tall = min(height, max(4, round(1 / float(np.median(steps_y)))))
    return cv2.resize(layer, (wide, tall), interpolation=cv2.INTER_AREA)


def _sample(texture: Floats, x: Floats, y: Floats, border: int = cv2.BORDER_REPLICATE) -> Floats:
    return cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=border)
