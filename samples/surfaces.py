"""Textures of a plant's large surfaces, lit and shaded once: walls, floor, ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PITCH = 0.01  # metres a texture pixel covers
Floats = NDArray[np.float32]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Shadow:
    """A strip or disc in a surface's own metres that keeps light off it; soft is the blur's width."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    soft: float
    depth: float


def noise_tile(rng: np.random.Generator, size: int = 512) -> Floats:
    """Noise about zero that repeats without an edge, several grains."""
    tile = np.zeros((size, size), np.float32)
    for cells, strength in ((8, 1.0), (32, 0.6), (128, 0.5), (512, 0.35)):
        grid = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), 2, mode="wrap")
        step = size // cells
        wide = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
        tile += strength * wide[2 * step : 2 * step + size, 2 * step : 2 * step + size]
    return tile / float(tile.std())


def wall(
    rng: np.random.Generator, size: tuple[float, float], shadows: list[Shadow], colour: Colour
) -> Floats:
    """A panelled wall (height, width, 3): joints, ribs, a darker dado, stains under the joints."""
    page = _blank(size, colour)
    height, width = page.shape[:2]
    panel = int(rng.integers(90, 140))
    offset = int(rng.integers(panel))
    rib = np.sin(2 * np.pi * np.arange(width) / 30) * (0.025 if rng.random() < 0.6 else 0.0)
    page *= (1 + rib.astype(np.float32))[None, :, None]
    tone = np.repeat(rng.normal(1, 0.02, width // panel + 2), panel)[offset : offset + width]
    page *= tone.astype(np.float32)[None, :, None]
    for x in range(panel - offset, width, panel):
        cv2.line(page, (x, 0), (x, height), tuple(channel * 0.55 for channel in colour), 2)
        cv2.line(
            page, (x + 2, 0), (x + 2, height), tuple(min(255.0, channel * 1.12) for channel in colour), 1
        )
        for y in range(40, height, 80):
            cv2.circle(page, (x - 6, y), 1, tuple(channel * 0.6 for channel in colour), -1)
    dado = height - int(rng.integers(90, 130))
    page[dado:] *= np.array((0.62, 0.66, 0.7), np.float32)
    cv2.line(page, (0, dado), (width, dado), tuple(channel * 0.45 for channel in colour), 3)
    page *= _stains(rng, (height, width))
    fall = np.linspace(1.08, 0.8, height, dtype=np.float32)
    return _finish(rng, page * fall[:, None, None], shadows)


def floor(rng: np.random.Generator, size: tuple[float, float], shadows: list[Shadow]) -> Floats:
    """Concrete with joints, a field of steel grating, a painted walkway and oil stains."""
    page = _blank(size, (122, 121, 116))
    height, width = page.shape[:2]
    for x in range(int(rng.integers(100, 250)), width, 300):
        cv2.line(page, (x, 0), (x, height), (70, 70, 68), 2)
    for y in range(int(rng.integers(100, 250)), height, 300):
        cv2.line(page, (0, y), (width, y), (70, 70, 68), 2)
    oil = np.zeros((height, width), np.float32)
    for _ in range(14):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(8, 45)), int(rng.integers(5, 25)))
        cv2.ellipse(oil, centre, axes, float(rng.integers(180)), 0, 360, float(rng.uniform(0.1, 0.3)), -1)
    page *= 1 - cv2.GaussianBlur(oil, (0, 0), 5)[..., None]
    _grating(page, (int(width * rng.uniform(0.1, 0.5)), int(height * rng.uniform(0.1, 0.5))))
    lane = int(height * rng.uniform(0.3, 0.7))
    for y in (lane - 60, lane + 60):
        cv2.line(page, (0, y), (width, y), (196, 164, 40), 9)
    return _finish(rng, page, shadows)


def _grating(page: Floats, corner: tuple[int, int]) -> None:
    """Steel grating of 4 by 3 metres over a dark pit."""
    x, y = corner
    field = page[y : y + 300, x : x + 400]
    field[:] = (34, 35, 36)
    field[::4] = (112, 114, 114)
    field[1::4] = (84, 86, 88)
    field[:, ::10] = (98, 100, 100)
    cv2.rectangle(page, (x, y), (x + 400, y + 300), (128, 128, 122), 5)


def ceiling(rng: np.random.Generator, size: tuple[float, float], lamps: list[tuple[float, float]]) -> Floats:
    """A dark deck with ribs and glowing lamps."""
    page = _blank(size, (96, 100, 102))
    height, width = page.shape[:2]
    ribs = 1 + 0.16 * np.sign(np.sin(2 * np.pi * np.arange(width) / 36))
    page *= cv2.GaussianBlur(ribs.astype(np.float32)[None], (0, 0), 2)[0][None, :, None]
    glow = np.zeros((height, width), np.float32)
    boxes = [(round(x / PITCH), round(y / PITCH)) for x, y in lamps]
    for x, y in boxes:
        cv2.rectangle(glow, (x - 70, y - 16), (x + 70, y + 16), 1.0, -1)
    soft = cv2.GaussianBlur(
        cv2.resize(glow, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA), (0, 0), 5.6
    )
    page *= 1 + 1.4 * cv2.resize(soft, (width, height))[..., None]
    page = _finish(rng, page, [])
    for x, y in boxes:
        cv2.rectangle(page, (x - 72, y - 17), (x + 72, y + 17), (70, 72, 72), -1)
        cv2.rectangle(page, (x - 68, y - 13), (x + 68, y + 13), (252, 252, 244), -1)
    return page


def _blank(size: tuple[float, float], colour: Colour) -> Floats:
    page = np.empty((round(size[1] / PITCH), round(size[0] / PITCH), 3), np.float32)
    page[:] = colour
    return page


def _stains(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Streaks that ran down, brown more than grey."""
    height, width = shape
    runs = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(10, 22))):
        x, y = int(rng.integers(width)), int(rng.integers(height // 2))
        length, thick = int(rng.integers(60, 260)), int(rng.integers(1, 5))
        runs[y : y + length, x : x + thick] = np.linspace(0.4, 0, length)[: height - y, None]
    runs = cv2.GaussianBlur(runs, (0, 0), 1.6)
    return 1 - runs[..., None] * np.array((0.5, 0.75, 1.0), np.float32)


def _finish(rng: np.random.Generator, page: Floats, shadows: list[Shadow]) -> Floats:
    """Grain, the dark of the corners and the shadows of what stands before the surface."""
    height, width = page.shape[:2]
    tile = noise_tile(rng)
    grain = np.tile(tile, (height // 512 + 1, width // 512 + 1))[:height, :width]
    broad = cv2.resize(tile[:64, :64], (width, height), interpolation=cv2.INTER_CUBIC)
    page = page * (1 + 0.022 * grain + 0.03 * broad)[..., None]
    across = np.minimum(np.arange(width), np.arange(width)[::-1]) * PITCH
    along = np.minimum(np.arange(height), np.arange(height)[::-1]) * PITCH
    corner = (1 - 0.42 * np.exp(-across / 0.45))[None] * (1 - 0.42 * np.exp(-along / 0.45))[:, None]
    page *= corner.astype(np.float32)[..., None] * _shaded(shadows, (height, width))[..., None]
    return np.clip(page, 0, 255)


def _shaded(shadows: list[Shadow], shape: tuple[int, int]) -> Floats:
    """The light that the shadows leave, (height, width); drawn coarsely, for they are soft."""
    coarse = 4 * PITCH
    height, width = shape[0] // 4 + 1, shape[1] // 4 + 1
    left = np.ones((height, width), np.float32)
    for shadow in shadows:
        dark = np.zeros((height, width), np.float32)
        start, end = ([round(at / coarse) for at in point] for point in (shadow.start, shadow.end))
        cv2.line(dark, start, end, shadow.depth, max(1, round(shadow.width / coarse)))
        left *= 1 - cv2.GaussianBlur(dark, (0, 0), shadow.soft / coarse)
    return cv2.resize(left, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
