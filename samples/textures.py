"""Tileable surface patterns, made once per process, and the look-up that samples pictures at points.

A tile is a picture (512, 512, 2): how bright the surface is there (around 1), and how much of the material's
second colour shows (0..1). It comes with ever smaller copies, so that far surfaces do not glitter.
"""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIZE = 512
_LEVELS = 7
_DITHER = np.random.default_rng(5).uniform(-0.5, 0.5, 8191).astype(np.float32)


def look_up(picture: Floats, x: Floats, y: Floats, border: int) -> Floats:
    """Bilinear samples of ``picture`` at pixel centres (x, y) (n,): (n, channels)."""
    n = len(x)
    width = 1024
    rows = -(-n // width)
    maps = np.zeros((2, rows * width), np.float32)
    maps[0, :n], maps[1, :n] = x, y
    got = cv2.remap(
        picture,
        maps[0].reshape(rows, width),
        maps[1].reshape(rows, width),
        cv2.INTER_LINEAR,
        borderMode=border,
    )
    return got.reshape(rows * width, -1)[:n]


def sample(tile: str, uv: Floats, scale: float, footprint: Floats) -> Floats:
    """The tile at uv (n, 2) in metres, repeated every ``scale``; ``footprint`` (n,): metres a pixel spans."""
    levels = _pyramid(tile)
    texels = footprint * np.float32(SIZE / scale)
    # A little chance in the choice of the level hides where one gives way to the next.
    fine = np.log2(np.maximum(texels, 1e-6)) + np.resize(_DITHER, len(texels))
    level = np.clip(np.rint(fine), 0, _LEVELS - 1).astype(np.int8)
    turns = uv * np.float32(1 / scale)
    turns = turns - np.floor(turns)
    out = np.empty((len(uv), 2), np.float32)
    for k in range(int(level.min()), int(level.max()) + 1):
        at = np.flatnonzero(level == k)
        if len(at):
            side = np.float32(SIZE >> k)
            here = turns[at] * side - np.float32(0.5)
            out[at] = look_up(levels[k], here[:, 0], here[:, 1], cv2.BORDER_WRAP)
    return out


@cache
def _pyramid(tile: str) -> list[Floats]:
    level = _TILES[tile](np.random.default_rng(sum(tile.encode()))).astype(np.float32)
    levels = [level]
    for _ in range(_LEVELS - 1):
        level = np.ascontiguousarray(
            level.reshape(level.shape[0] // 2, 2, level.shape[1] // 2, 2, 2).mean((1, 3))
        )
        levels.append(level)
    return levels


def noise(
    rng: np.random.Generator, size: int, slope: float, stretch: tuple[float, float] = (1.0, 1.0)
) -> Floats:
    """Tileable noise (size, size), mean 0, deviation 1; a larger ``slope`` makes larger blotches."""
    fy = np.fft.fftfreq(size)[:, None] * stretch[1]
    fx = np.fft.rfftfreq(size)[None, :] * stretch[0]
    power = np.maximum(np.hypot(fx, fy), 1.0 / size) ** -slope
    power[0, 0] = 0
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((size, size))) * power, (size, size))
    return (field / field.std()).astype(np.float32)


def _tile(bright: NDArray[np.floating], mix: NDArray[np.floating] | float = 0.0) -> Floats:
    bright = np.asarray(bright, np.float32)
    return np.stack([bright, np.broadcast_to(np.float32(mix), bright.shape)], axis=-1)


def _grid() -> tuple[Floats, Floats]:
    at = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
    return np.meshgrid(at, at)


def _line(at: Floats, width: float) -> Floats:
    """1 on a line at 0 (and 1, as the tile repeats) that is ``width`` of the tile wide, soft by a texel."""
    away = np.minimum(at, 1 - at)
    return np.clip((width / 2 - away) * SIZE + 0.5, 0, 1)


def _patches(rng: np.random.Generator, share: float, slope: float = 1.4) -> Floats:
    field = noise(rng, SIZE, slope)
    edge = np.quantile(field, 1 - share)
    return np.clip((field - edge) * 2.5, 0, 1)


def _paint(rng: np.random.Generator) -> Floats:
    bright = 1 + 0.03 * noise(rng, SIZE, 1.6) + 0.012 * noise(rng, SIZE, 0.4)
    return _tile(bright, 0.5 * _patches(rng, 0.012, 1.2))


def _worn(rng: np.random.Generator) -> Floats:
    bright = 1 + 0.05 * noise(rng, SIZE, 1.6) + 0.02 * noise(rng, SIZE, 0.5)
    return _tile(bright, 0.85 * _patches(rng, 0.06, 1.3))


def _concrete(rng: np.random.Generator) -> Floats:
    pores = _patches(rng, 0.01, 0.7)
    bright = 1 + 0.055 * noise(rng, SIZE, 1.5) + 0.03 * noise(rng, SIZE, 0.6)
    return _tile(bright * (1 - 0.35 * pores), 0.6 * _patches(rng, 0.05, 1.7))


def _brushed(rng: np.random.Generator) -> Floats:
    return _tile(1 + 0.06 * noise(rng, SIZE, 0.7, (8.0, 0.6)) + 0.03 * noise(rng, SIZE, 1.5))


def _cladding(rng: np.random.Generator) -> Floats:
    """Sheet around insulation: a lapped seam once a tile, rivets beside it, shallow dents."""
    x, y = _grid()
    seam = _line(y, 0.012)
    lap = np.clip(1 - np.minimum(y, 1) / 0.05, 0, 1)
    rivets = (np.hypot(np.mod(x * 8, 1) - 0.5, (y - 0.03) * 8) < 0.06).astype(np.float32)
    bright = 1 + 0.04 * noise(rng, SIZE, 1.7) + 0.02 * noise(rng, SIZE, 0.8, (0.5, 5.0)) + 0.10 * lap
    return _tile(bright * (1 - 0.55 * seam) * (1 - 0.4 * rivets))


def _corrugated(rng: np.random.Generator) -> Floats:
    x, _ = _grid()
    wave = np.mod(x * 4, 1)
    slope = np.clip((wave - 0.35) * 14, 0, 1) - np.clip((wave - 0.85) * 14, 0, 1)
    edge = np.exp(-(((wave - 0.38) / 0.035) ** 2)) - 0.9 * np.exp(-(((wave - 0.89) / 0.035) ** 2))
    return _tile(0.94 + 0.08 * slope + 0.22 * edge + 0.02 * noise(rng, SIZE, 1.6))


def _blocks(rng: np.random.Generator) -> Floats:
    """Painted blockwork: four courses of two blocks, joints a little darker."""
    x, y = _grid()
    course = np.floor(y * 4)
    joint = np.maximum(
        _line(np.mod(y * 4, 1), 0.05), _line(np.mod(x * 2 + 0.5 * np.mod(course, 2), 1), 0.025)
    )
    joint = cv2.GaussianBlur(joint, (0, 0), 1.2)
    shade = np.roll(joint, (-2, -2), (0, 1)) - np.roll(joint, (2, 2), (0, 1))
    tone = rng.uniform(-0.03, 0.03, (4, 2))[course.astype(int), np.floor(np.mod(x * 2, 2)).astype(int) % 2]
    return _tile(
        1 - 0.22 * joint + 0.10 * shade + tone + 0.03 * noise(rng, SIZE, 0.9), 0.4 * _patches(rng, 0.02)
    )


def _formwork(rng: np.random.Generator) -> Floats:
    """Cast concrete: panel joints and tie holes."""
    x, y = _grid()
    joint = np.maximum(_line(x, 0.006), _line(y, 0.006))
    holes = np.zeros_like(x)
    for cx in (0.2, 0.8):
        for cy in (0.25, 0.75):
            holes = np.maximum(holes, np.clip((0.013 - np.hypot(x - cx, y - cy)) * 300, 0, 1))
    streaks = noise(rng, SIZE, 1.2, (4.0, 0.5))
    bright = 1 + 0.06 * noise(rng, SIZE, 1.7) + 0.03 * noise(rng, SIZE, 0.6) + 0.03 * streaks
    return _tile(bright * (1 - 0.4 * joint) * (1 - 0.6 * holes), 0.5 * _patches(rng, 0.05, 1.7))


def _grating(rng: np.random.Generator) -> Floats:
    """Floor grating: bearing bars along y, twisted cross bars along x; dark below (second colour)."""
    x, y = _grid()
    bars = _line(np.mod(x * 8, 1), 0.24)
    cross = _line(np.mod(y * 4, 1), 0.07)
    solid = np.maximum(bars, cross)
    bright = (1 + 0.05 * noise(rng, SIZE, 1.3)) * (0.85 + 0.3 * cross)
    return _tile(bright, 1 - solid)


def _tread(rng: np.random.Generator) -> Floats:
    """Tread plate: raised lentils, turned by a right angle from one to the next."""
    x, y = _grid()
    u, v = np.mod(x * 8, 1) - 0.5, np.mod(y * 8, 1) - 0.5
    odd = np.mod(np.floor(x * 8) + np.floor(y * 8), 2) == 1
    along, across = np.where(odd, u + v, u - v), np.where(odd, u - v, u + v)
    lentil = np.clip(1 - (along / 0.62) ** 2 - (across / 0.20) ** 2, 0, 1) ** 0.5
    relief = np.roll(lentil, (2, 2), (0, 1)) - np.roll(lentil, (-2, -2), (0, 1))
    return _tile(1 + 0.22 * relief + 0.12 * lentil + 0.06 * noise(rng, SIZE, 1.5), 0.5 * _patches(rng, 0.04))


def _hazard(rng: np.random.Generator) -> Floats:
    x, y = _grid()
    stripe = np.clip((np.abs(np.mod(x + y, 0.5) - 0.25) - 0.125) * SIZE, 0, 1)
    return _tile(1 + 0.05 * noise(rng, SIZE, 1.4), stripe)


def _fins(rng: np.random.Generator) -> Floats:
    """Cooling fins along y, as on a motor."""
    x, _ = _grid()
    fin = np.mod(x * 12, 1)
    return _tile(
        0.35 + 0.85 * np.clip(np.minimum(fin, 1 - fin) * 6 - 0.6, 0, 1) + 0.03 * noise(rng, SIZE, 1.2)
    )


def _louvre(rng: np.random.Generator) -> Floats:
    _, y = _grid()
    slat = np.mod(y * 10, 1)
    return _tile(1.05 - 0.75 * np.clip((slat - 0.62) * 5, 0, 1) + 0.02 * noise(rng, SIZE, 1.2))


def _cables(rng: np.random.Generator) -> Floats:
    """Cables side by side, along y."""
    x, y = _grid()
    wave = x + 0.01 * np.sin(2 * np.pi * y) * np.sin(2 * np.pi * 3 * x)
    lane = np.mod(wave * 7, 1)
    return _tile(0.25 + 0.9 * np.sqrt(np.clip(1 - (2 * lane - 1) ** 2, 0, 1)) + 0.02 * noise(rng, SIZE, 1.0))


def _clouds(rng: np.random.Generator) -> Floats:
    field = noise(rng, SIZE, 1.9)
    return _tile(np.ones((SIZE, SIZE), np.float32), np.clip(0.45 + 0.42 * field, 0, 1))


_TILES: dict[str, Callable[[np.random.Generator], Floats]] = {
    "paint": _paint,
    "worn": _worn,
    "concrete": _concrete,
    "brushed": _brushed,
    "cladding": _cladding,
    "corrugated": _corrugated,
    "blocks": _blocks,
    "formwork": _formwork,
    "grating": _grating,
    "tread": _tread,
    "hazard": _hazard,
    "fins": _fins,
    "louvre": _louvre,
    "cables": _cables,
    "clouds": _clouds,
}
