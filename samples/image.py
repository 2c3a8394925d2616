"""Renders one 360° image: the hall, the plates over it, what the camera does to both, and the JPEG files."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from samples.camera import FACES, Raster, Vectors, unit
from samples.layout import NOMINAL_PX, Plate
from samples.lettering import draw
from samples.render import Canvas, Quad
from samples.scene import Scene, build
from samples.surfaces import Floats

_MARGIN = 12  # pixels around a face for blur to see beyond its border


def render(plates: tuple[Plate, ...], folder: Path, seed: tuple[int, int], face_px: int) -> None:
    """Writes the six faces of one image."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([*seed, 1])
    scene = build(plates, rng)
    textures = [(plate, draw(plate.lettering)) for plate in plates]
    blur, noise = float(rng.uniform(0.35, 0.75)), float(rng.uniform(1.2, 3.2))
    light = rng.uniform(-0.12, 0.12, 3)
    quality = int(rng.integers(86, 94))
    folder.mkdir(parents=True)
    for face in FACES:
        raster = Raster(face, face_px, _MARGIN)
        pixels = _face(scene, textures, raster, blur * face_px / NOMINAL_PX, light)
        pixels += noise * rng.standard_normal(pixels.shape[:2]).astype(np.float32)[..., None]
        inner = np.clip(pixels[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] + 0.5, 0, 255).astype(np.uint8)
        data = io.BytesIO()
        Image.fromarray(inner).save(data, "JPEG", quality=quality)
        (folder / f"{face}.jpg").write_bytes(data.getvalue())


def _face(
    scene: Scene, textures: list[tuple[Plate, np.ndarray]], raster: Raster, blur: float, light: Vectors
) -> Floats:
    """Pixels (size, size, 3), 0..255, of a face with its margin."""
    canvas = Canvas(raster, scene.tile)
    for quad in scene.quads:
        canvas.quad(quad)
    for cylinder in scene.cylinders:
        canvas.cylinder(cylinder)
    canvas.pixels = cv2.GaussianBlur(canvas.pixels, (0, 0), 0.7)
    for plate, texture in textures:
        _hang(canvas, plate, texture)
    pixels = cv2.GaussianBlur(canvas.pixels, (0, 0), max(blur, 0.2))
    return pixels * _uneven(raster, light)[..., None]


def _hang(canvas: Canvas, plate: Plate, texture: np.ndarray) -> None:
    """A plate with its drop shadow and the light it stands in."""
    height, width = texture.shape[:2]
    spare = round(0.35 * min(height, 110))
    page = np.zeros((height + 2 * spare, width + 2 * spare, 3), np.float32)
    cover = np.zeros(page.shape[:2], np.float32)
    cover[spare + 8 : spare + height + 14, spare + 4 : spare + width + 10] = 0.6
    cover = cv2.GaussianBlur(cover, (0, 0), spare / 3)
    inner = slice(spare, spare + height), slice(spare, spare + width)
    rng = np.random.default_rng(plate.lettering.seed)
    slope = 1 + np.linspace(*rng.uniform(-0.16, 0.1, 2), width)[None]
    slope = slope + np.linspace(0.06, -0.08, height)[:, None]
    page[inner] = np.clip(texture * slope[..., None], 0, 255)
    page[spare : spare + 3, inner[1]] *= 1.15
    page[spare + height - 4 : spare + height, inner[1]] *= 0.6
    cover[inner] = 1.0
    corners = plate.points((-spare, -spare, width + spare, height + spare))
    canvas.overlay(Quad(corners[0], corners[1] - corners[0], corners[3] - corners[0], page), cover)


def _uneven(raster: Raster, light: Vectors) -> Floats:
    """Brightness by direction: one side of the hall is lit less than the other."""
    at = np.arange(0, raster.size + 31, 32)
    pixels = np.stack([*np.meshgrid(at, at), np.ones((len(at), len(at)))], axis=-1)
    coarse = (1 + unit(pixels @ raster.pixel_to_ray().T) @ light).astype(np.float32)
    pixel = np.arange(raster.size, dtype=np.float32) / 32
    return cv2.remap(coarse, *np.meshgrid(pixel, pixel), cv2.INTER_LINEAR)
