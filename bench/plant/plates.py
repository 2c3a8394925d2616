"""Plates as photographs show them, read by the product's own engine; what was read is kept in out/."""

import hashlib
import json
from functools import cached_property
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from image360.detection.ocr import Engine, engine_named

Random = np.random.Generator
Pixels = np.ndarray

KEPT = Path(__file__).parents[2] / "out" / "bench" / "plates.json"
CAPS = (6, 7, 8, 9, 10, 12, 14, 17, 20, 25)
_FONTS = (
    "fontpkg_barlow/files/Barlow-Medium.ttf",
    "fontpkg_barlow/files/Barlow-Bold.ttf",
    "fontpkg_share_tech/files/ShareTech-Regular.ttf",
    "fontpkg_roboto_condensed/files/RobotoCondensed[wght].ttf",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
)
_INKS = ((20, 235), (235, 30), (30, 200), (60, 150), (200, 110))  # text and plate, 0..255


class Reader:
    """Draws texts on plates and reads them, each picture once on a machine."""

    def __init__(self, kept: Path = KEPT) -> None:
        self._file = kept
        self._kept: dict[str, list[tuple[str, float, list[list[float]]]]] = {}
        if kept.exists():
            self._kept = json.loads(kept.read_text("utf-8"))

    def read(self, random: Random, text: str, look: Random | None = None) -> tuple[str, float]:
        """What the engine reads on a plate with this text, and its confidence; ``look`` as of ``plate``."""
        picture = plate(random, text, look)
        key = self._key("line", picture)
        if key not in self._kept:
            self._kept[key] = [(*self._engine.read_line(picture), [])]
        return self._kept[key][0][0], self._kept[key][0][1]

    def read_all(self, picture: Pixels) -> list[tuple[str, float, list[list[float]]]]:
        """All that the engine reads in a picture: texts, confidences and corners (4, 2) in px."""
        key = self._key("page", picture)
        if key not in self._kept:
            reads = self._engine.read(picture)
            self._kept[key] = [(r.text, r.confidence, np.round(r.quad, 1).tolist()) for r in reads]
        return self._kept[key]

    def keep(self) -> None:
        """Write down what was read, for the next time."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._kept), "utf-8")
        part.replace(self._file)

    @cached_property
    def _engine(self) -> Engine:
        return engine_named("ocr")

    @staticmethod
    def _key(way: str, picture: Pixels) -> str:
        return f"{way} {hashlib.sha256(picture.tobytes()).hexdigest()[:24]}"


def plate(random: Random, text: str, look: Random | None = None) -> Pixels:
    """A plate (height, width, 3): tilted, blurred, noisy, its capitals of one of ``CAPS`` in px.

    ``look`` draws what stays the same on every photograph from one station: font, ink and size.
    """
    look = look or random
    font = font_of(look, 64)
    ink, ground = _INKS[look.integers(len(_INKS))]
    left, top, right, bottom = font.getbbox(text)
    width, height = int(right - left) + 40, int(bottom - top) + 36
    drawn = Image.new("L", (width, height), ground)
    ImageDraw.Draw(drawn).text((20 - left, 18 - top), text, font=font, fill=ink)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.uniform(-0.06, 0.06, (4, 2)).astype(np.float32) * height
    turn = cv2.getPerspectiveTransform(corners, moved)
    picture = cv2.warpPerspective(np.array(drawn), turn, (width, height), borderValue=ground)
    scale = look.choice(CAPS) / (bottom - top)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6 * random.uniform(0.3, 0.9) / scale)
    squeezed = scale * look.uniform(0.6, 1.0)
    small = cv2.resize(picture, None, fx=squeezed, fy=scale, interpolation=cv2.INTER_AREA)
    return photographed(random, small)


def font_of(random: Random, size: int) -> ImageFont.FreeTypeFont:
    """One of the fonts of plates."""
    file = _FONTS[random.integers(len(_FONTS))]
    root = Path(str(import_module(file.split("/")[0]).__file__)).parents[1]
    return ImageFont.truetype(str(root / file), size)


def photographed(random: Random, picture: Pixels) -> Pixels:
    """A grey picture (height, width) with the noise of a camera and as a JPEG keeps it (height, width, 3)."""
    noise = picture + random.normal(0, random.choice([2, 5, 10]), picture.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.choice([60, 80, 90]))]
    _, packed = cv2.imencode(".jpg", np.clip(noise, 0, 255).astype(np.uint8), quality)
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert unpacked is not None
    return unpacked
