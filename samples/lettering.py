"""A plate's face as a texture: lettering in the fonts and styles found in plants, and where its ink is."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CAP = 72  # pixels of a capital letter in the texture
_LINE_STEP = 1.55  # line spacing in capital heights
_BRIDGED = frozenset("0234568960ABCDGOPQRS&")  # glyphs a stencil cuts through the middle
Rgb = tuple[int, int, int]
Pixels = NDArray[np.uint8]

STYLES = ("plain", "stencil", "engraved", "low_contrast")
_PLAIN_FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "barlow/Barlow-Medium.ttf",
    "barlow/Barlow-Bold.ttf",
    "ibm_plex_sans/IBMPlexSans[wdth,wght].ttf",
    "overpass/Overpass[wght].ttf",
    "roboto/Roboto[wdth,wght].ttf",
    "roboto_condensed/RobotoCondensed[wght].ttf",
    "saira/Saira[wdth,wght].ttf",
    "share_tech/ShareTech-Regular.ttf",
)
_STENCIL_FONTS = ("black_ops_one/BlackOpsOne-Regular.ttf", "DejaVuSans-Bold.ttf", "barlow/Barlow-Bold.ttf")
# background and ink
_PLAIN_COLOURS: tuple[tuple[Rgb, Rgb], ...] = (
    ((240, 240, 236), (18, 18, 20)),
    ((236, 232, 218), (25, 22, 20)),
    ((238, 196, 30), (15, 15, 12)),
    ((22, 22, 24), (238, 238, 235)),
    ((24, 62, 130), (242, 242, 240)),
    ((176, 28, 26), (245, 244, 240)),
    ((20, 96, 62), (240, 244, 238)),
    ((205, 208, 210), (20, 22, 26)),
)
_PLAIN_ODDS = (0.26, 0.16, 0.2, 0.1, 0.08, 0.06, 0.04, 0.1)
_STENCIL_COLOURS: tuple[tuple[Rgb, Rgb], ...] = (
    ((198, 200, 196), (26, 26, 28)),
    ((214, 172, 48), (24, 22, 18)),
    ((96, 104, 110), (236, 236, 230)),
)


@dataclass(frozen=True)
class Lettering:
    """How a plate is lettered: all that its texture depends on."""

    lines: tuple[str, ...]
    style: str
    font: str
    ground: Rgb
    ink: Rgb
    padding: tuple[float, float]
    framed: bool
    seed: int


@dataclass(frozen=True)
class Measures:
    """In texture pixels: its size, each line's origin, the box (left, top, right, bottom) of all ink."""

    width: int
    height: int
    origins: tuple[tuple[int, int], ...]
    ink: tuple[float, float, float, float]


def choose(lines: tuple[str, ...], style: str, rng: np.random.Generator) -> Lettering:
    """Font, colours and padding for a style, by chance."""
    fonts = _STENCIL_FONTS if style == "stencil" else _PLAIN_FONTS
    ground, ink = _colours(style, rng)
    return Lettering(
        lines,
        style,
        fonts[int(rng.integers(len(fonts)))],
        ground,
        ink,
        (float(rng.uniform(0.9, 1.5)), float(rng.uniform(0.5, 0.85))),
        style == "plain" and bool(rng.random() < 0.6),
        int(rng.integers(2**31)),
    )


def _colours(style: str, rng: np.random.Generator) -> tuple[Rgb, Rgb]:
    if style == "plain":
        return _PLAIN_COLOURS[int(rng.choice(len(_PLAIN_COLOURS), p=_PLAIN_ODDS))]
    if style == "stencil":
        return _STENCIL_COLOURS[int(rng.integers(len(_STENCIL_COLOURS)))]
    grey = rng.integers(120, 185, 1) + rng.integers(-6, 7, 3)
    step = int(rng.integers(25, 36)) * (1 if style == "low_contrast" and rng.random() < 0.4 else -1)
    return _rgb(grey), _rgb(grey + step)


def _rgb(values: NDArray[np.int64]) -> Rgb:
    red, green, blue = (int(value) for value in values)
    return red, green, blue


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    """The font at the size whose capital letters are CAP pixels high."""
    folder, _, file = name.rpartition("/")
    if folder:
        root = Path(str(importlib.import_module(f"fontpkg_{folder}").__file__)).parent / "files"
    else:
        root = Path(mpl.get_data_path()) / "fonts" / "ttf"
    size = 100.0
    for _ in range(3):
        font = ImageFont.truetype(str(root / file), size)
        if "[" in file:
            axes = font.get_variation_axes()
            font.set_variation_by_axes(
                [550 if b"eight" in axis["name"] else axis["default"] for axis in axes]
            )
        _, top, _, bottom = font.getbbox("H", anchor="ls")
        size *= CAP / (bottom - top)
    return font


def measure(lettering: Lettering) -> Measures:
    """Where everything goes in the texture; the ink box is exact."""
    font = _font(lettering.font)
    boxes = [font.getbbox(line, anchor="ls") for line in lettering.lines]
    widest = max(right - left for left, _, right, _ in boxes)
    pad_x, pad_y = (round(share * CAP) for share in lettering.padding)
    width = int(widest) + 2 * pad_x
    height = round(CAP * (1 + _LINE_STEP * (len(boxes) - 1))) + 2 * pad_y
    origins, inks = [], []
    for row, (left, top, right, bottom) in enumerate(boxes):
        x = round((width - (right - left)) / 2 - left)
        y = pad_y + round(CAP * (1 + _LINE_STEP * row))
        origins.append((x, y))
        inks.append((x + left, y + top, x + right, y + bottom))
    low, high = np.min(inks, axis=0), np.max(inks, axis=0)
    return Measures(
        width, height, tuple(origins), (float(low[0]), float(low[1]), float(high[2]), float(high[3]))
    )


def draw(lettering: Lettering) -> Pixels:
    """The texture, (height, width, 3)."""
    size = measure(lettering)
    rng = np.random.default_rng(lettering.seed)
    plate = np.empty((size.height, size.width, 3), np.float32)
    plate[:] = lettering.ground
    if lettering.framed:
        cv2.rectangle(plate, (9, 9), (size.width - 10, size.height - 10), lettering.ink, 5)
    if lettering.style != "stencil":
        _screws(plate)
    ink = _ink(lettering, size)
    if lettering.style == "engraved":
        plate += 26 * (np.roll(ink, (4, 4), (0, 1)) - ink)[..., None].clip(0)
        plate -= 40 * (np.roll(ink, (-3, -3), (0, 1)) - ink)[..., None].clip(0)
    if lettering.style == "stencil":
        ink = np.clip(ink * (0.88 + 0.25 * _cloud(rng, size, 6)), 0, 1)
    plate += ink[..., None] * (np.array(lettering.ink, np.float32) - plate)
    plate *= (1 + 0.05 * _cloud(rng, size, 40) + 0.025 * _cloud(rng, size, 3))[..., None]
    return np.clip(plate, 0, 255).astype(np.uint8)


def _screws(plate: NDArray[np.float32]) -> None:
    height, width = plate.shape[:2]
    for x in (26, width - 27):
        cv2.circle(plate, (x + 2, height // 2 + 2), 12, (70, 70, 70), -1, cv2.LINE_AA)
        cv2.circle(plate, (x, height // 2), 11, (165, 165, 162), -1, cv2.LINE_AA)
        cv2.line(plate, (x - 7, height // 2 - 4), (x + 7, height // 2 + 4), (85, 85, 85), 3)


def _ink(lettering: Lettering, size: Measures) -> NDArray[np.float32]:
    """How much ink covers each texture pixel, 0..1."""
    font = _font(lettering.font)
    page = Image.new("L", (size.width, size.height))
    pen = ImageDraw.Draw(page)
    for line, (x, y) in zip(lettering.lines, size.origins, strict=True):
        pen.text((x, y), line, fill=255, font=font, anchor="ls")
        if lettering.style == "stencil" and "BlackOps" not in lettering.font:
            _bridge(pen, font, line, (x, y))
    return np.asarray(page, np.float32) / 255


def _bridge(
    pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, line: str, origin: tuple[int, int]
) -> None:
    """Cuts the bridges that hold the inner parts of a stencil's letters."""
    x, y = origin
    for at, letter in enumerate(line):
        if letter in _BRIDGED:
            left, _, right, _ = font.getbbox(letter, anchor="ls")
            middle = x + font.getlength(line[:at]) + (left + right) / 2
            half = CAP * 0.055
            pen.rectangle((middle - half, y - CAP * 1.3, middle + half, y + CAP * 0.3), fill=0)


def _cloud(rng: np.random.Generator, size: Measures, grain: int) -> NDArray[np.float32]:
    """Soft noise about zero; grain is the size of its blotches in texture pixels."""
    small = rng.standard_normal((size.height // grain + 2, size.width // grain + 2)).astype(np.float32)
    return cv2.resize(small, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
