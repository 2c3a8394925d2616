"""Plates as photographs show them, read by the product's own engine."""

from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from image360.detection.ocr import Engine, engine_named

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
    """Draws texts on plates and reads them."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._fonts = [Path(str(import_module(f.split("/")[0]).__file__)).parents[1] / f for f in _FONTS]
        self._engine: Engine = engine_named("ocr")

    def read(self, text: str) -> tuple[str, float]:
        """What the engine reads on a plate with this text, and its confidence."""
        return self._engine.read_line(plate(self._random, text, self._fonts))


def plate(random: np.random.Generator, text: str, fonts: list[Path]) -> np.ndarray:
    """A plate (height, width, 3): tilted, blurred, noisy, its capitals of one of ``CAPS`` in px."""
    font = ImageFont.truetype(str(fonts[random.integers(len(fonts))]), 64)
    ink, ground = _INKS[random.integers(len(_INKS))]
    left, top, right, bottom = font.getbbox(text)
    width, height = int(right - left) + 40, int(bottom - top) + 36
    drawn = Image.new("L", (width, height), ground)
    ImageDraw.Draw(drawn).text((20 - left, 18 - top), text, font=font, fill=ink)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.uniform(-0.06, 0.06, (4, 2)).astype(np.float32) * height
    turn = cv2.getPerspectiveTransform(corners, moved)
    picture = cv2.warpPerspective(np.array(drawn), turn, (width, height), borderValue=ground)
    scale = random.choice(CAPS) / (bottom - top)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6 * random.uniform(0.3, 0.9) / scale)
    squeezed = scale * random.uniform(0.6, 1.0)
    picture = cv2.resize(picture, None, fx=squeezed, fy=scale, interpolation=cv2.INTER_AREA)
    noise = picture + random.normal(0, random.choice([2, 5, 10]), picture.shape)
    _, packed = cv2.imencode(
        ".jpg",
        np.clip(noise, 0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, random.choice([60, 80, 90])],
    )
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)
