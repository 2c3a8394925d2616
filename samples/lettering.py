"""Letters on plates: lines of text drawn with fonts that come in Python packages."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fontpkg.pil
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CAP = 96  # px of a capital letter in every drawing
_INK = 24  # of 255: what counts as painted
_GAP = 0.62  # between two lines, in cap heights

# name -> weight; DejaVu comes with matplotlib, the others with fontpkg.
PRINTED = (
    ("Barlow", 500),
    ("Barlow", 600),
    ("IBM Plex Sans", 500),
    ("IBM Plex Sans", 600),
    ("Overpass", 600),
    ("Roboto", 500),
    ("Roboto Condensed", 500),
    ("Roboto Condensed", 600),
    ("Share Tech", 400),
    ("DejaVuSans", 400),
    ("DejaVuSans-Bold", 700),
    ("DejaVuSansMono-Bold", 700),
)
STENCILS = (("Black Ops One", 400), ("Barlow", 700), ("Overpass", 700))
ARROWS = (("DejaVuSans-Bold", 700), ("IBM Plex Sans", 600), ("Overpass", 600))
_BRIDGED = frozenset("0468ABDOPQR9")


@dataclass(frozen=True)
class Lettering:
    """Drawn text. All figures are in cap heights, from the upper left corner of the drawing.

    ``mask`` (h, w), 0..255, has CAP pixels to a cap height. ``ink`` is the tight box (left, top, right,
    bottom) around all that is painted; ``baselines`` tells where the capitals of each line stand, ``spans``
    from where to where it runs.
    """

    lines: tuple[str, ...]
    mask: NDArray[np.uint8]
    ink: tuple[float, float, float, float]
    baselines: tuple[float, ...]
    spans: tuple[tuple[float, float], ...]


def letter(lines: tuple[str, ...], font: tuple[str, int], stencilled: bool = False) -> Lettering:
    """The lines, centred over one another. ``stencilled`` cuts bridges where the font has none."""
    face = _face(*font)
    drawn = [_draw_line(line, face, stencilled and font[0] != "Black Ops One") for line in lines]
    width = max(d.shape[1] for d in drawn)
    step = round((1 + _GAP) * CAP)
    pad = round(0.35 * CAP)
    mask = np.zeros((step * (len(lines) - 1) + CAP + 2 * pad, width), np.uint8)
    baselines, spans = [], []
    for i, line in enumerate(drawn):
        left = (width - line.shape[1]) // 2
        top = pad + i * step - pad
        rows = mask[top : top + line.shape[0], left : left + line.shape[1]]
        np.maximum(rows, line[: rows.shape[0]], out=rows)
        columns = np.flatnonzero((line > _INK).any(axis=0))
        baselines.append((pad + i * step + CAP) / CAP)
        spans.append(((left + int(columns[0])) / CAP, (left + int(columns[-1]) + 1) / CAP))
    rows, columns = np.flatnonzero((mask > _INK).any(axis=1)), np.flatnonzero((mask > _INK).any(axis=0))
    ink = (int(columns[0]) / CAP, int(rows[0]) / CAP, (int(columns[-1]) + 1) / CAP, (int(rows[-1]) + 1) / CAP)
    return Lettering(lines, mask, ink, tuple(baselines), tuple(spans))


def _draw_line(line: str, face: ImageFont.FreeTypeFont, bridged: bool) -> NDArray[np.uint8]:
    """One line (CAP + 2 * 0.35 CAP rows), its capitals from 0.35 CAP to 1.35 CAP."""
    pad = round(0.35 * CAP)
    width = int(face.getlength(line)) + 2 * pad
    image = Image.new("L", (width, CAP + 2 * pad), 0)
    draw = ImageDraw.Draw(image)
    draw.text((pad, pad + CAP), line, fill=255, font=face, anchor="ls")
    if bridged:
        for i, char in enumerate(line):
            if char in _BRIDGED:
                left = pad + face.getlength(line[:i])
                middle = left + face.getlength(char) * (0.42 if char in "46PR9" else 0.5)
                draw.rectangle((middle - 0.045 * CAP, 0, middle + 0.045 * CAP, CAP + 2 * pad), fill=0)
    return np.asarray(image)


@cache
def _face(name: str, weight: int) -> ImageFont.FreeTypeFont:
    """The font, at the size at which its capitals are CAP pixels high."""
    tall = _open(name, weight, 1000)
    _, top, _, bottom = tall.getbbox("H", anchor="ls")
    return _open(name, weight, 1000 * CAP / (bottom - top))


def _open(name: str, weight: int, size: float) -> ImageFont.FreeTypeFont:
    basic = ImageFont.Layout.BASIC
    if name.startswith("DejaVu"):
        path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
        return ImageFont.truetype(str(path), size, layout_engine=basic)
    return fontpkg.pil.truetype(name, size, weight, layout_engine=basic)
