"""From which confidence on a text can be approved: own OCR reads rendered plates, the matcher matches them.

The list is harsher than a site: beside each tag it holds eight others that differ in one digit, and one tag
in seven is missing. So a misread digit often gives a listed tag, and only the confidence is left to tell.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console

from image360.detection.ocr import engine_named
from image360.matching import Asset, AssetIndex

SEED = 21
PLATES = 3000
CAPS = (6, 7, 8, 9, 10, 12, 14, 17, 20, 25)
STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
FONTS = (
    "fontpkg_barlow/files/Barlow-Medium.ttf",
    "fontpkg_barlow/files/Barlow-Bold.ttf",
    "fontpkg_share_tech/files/ShareTech-Regular.ttf",
    "fontpkg_roboto_condensed/files/RobotoCondensed[wght].ttf",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
)
INKS = ((20, 235), (235, 30), (30, 200), (60, 150), (200, 110))  # text and plate, 0..255


def tag(random: np.random.Generator) -> str:
    """A tag in one of three ways of writing."""
    unit, group = (
        random.choice([21, 23, 30, 71, 81]),
        random.choice(["PT", "TT", "FIC", "LAH", "PSV", "ESDV"]),
    )
    plant, part = random.choice(["LAB", "HAD", "MBP"]), random.choice(["CT", "CP", "AA"])
    number, suffix = random.integers(1000, 10_000), random.choice(["", "", "A", "B"])
    written = (
        f"{unit}-{group}-{number}{suffix}",
        f"{random.choice(list('PVKTE'))}-{number // 10}{suffix}",
        f"50{plant}{random.choice([10, 20])}{part}{number % 20:03d}",
    )
    return str(random.choice(written))


def plate(random: np.random.Generator, text: str, fonts: list[Path]) -> np.ndarray:
    """A plate (height, width, 3): tilted, blurred, noisy, its capitals of one of ``CAPS`` in px."""
    font = ImageFont.truetype(str(fonts[random.integers(len(fonts))]), 64)
    ink, ground = INKS[random.integers(len(INKS))]
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
    noisy = picture + random.normal(0, random.choice([2, 5, 10]), picture.shape)
    _, packed = cv2.imencode(
        ".jpg",
        np.clip(noisy, 0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, random.choice([60, 80, 90])],
    )
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


def list_around(random: np.random.Generator, printed: list[str]) -> list[Asset]:
    """The printed tags but one in seven, and eight neighbours of each."""
    missing = {text for text in printed if random.random() < 1 / 7}
    names = set(printed)
    for text in printed:
        for _ in range(8):
            i = int(random.choice([i for i, c in enumerate(text) if c.isdigit()]))
            names.add(f"{text[:i]}{random.integers(10)}{text[i + 1 :]}")
    return [Asset(name, name) for name in sorted(names - missing)]


def measure(console: Console) -> str:
    """Read and match the plates; the table tells by level and confidence how many assets are right."""
    random = np.random.default_rng(SEED)
    fonts = [Path(str(import_module(file.split("/")[0]).__file__)).parents[1] / file for file in FONTS]
    engine = engine_named("ocr")
    printed = [tag(random) for _ in range(PLATES)]
    console.print(f"reading {PLATES} plates")
    reads = [engine.read_line(plate(random, text, fonts)) for text in printed]
    index = AssetIndex.build(list_around(random, sorted(set(printed))))
    # Without the confidence, so that it shows what it is worth.
    matches = index.match([text for text, _ in reads])
    counts: dict[tuple[str, float], list[int]] = defaultdict(lambda: [0, 0])
    for text, (_, confidence), match in zip(printed, reads, matches, strict=True):
        if match.decision == "approve" and match.asset and match.level:
            level = "misread" if match.level == "misread" else "exact, normalised"
            count = counts[level, max(step for step in STEPS if step <= confidence)]
            count[0] += 1
            count[1] += match.asset.key != text
    return "\n".join(_table(counts, len(index.assets)))


def _table(counts: dict[tuple[str, float], list[int]], assets: int) -> Iterator[str]:
    yield "# What a confidence of own OCR is worth"
    yield ""
    yield f"{PLATES} plates with capitals of {CAPS[0]} to {CAPS[-1]} px, {assets} assets, seed {SEED}."
    yield "The assets that would be approved if the confidence (in the least certain character) did not"
    yield "count, and the wrong ones among them."
    yield ""
    yield "| level | confidence from | assets | wrong | share |"
    yield "|---|---|---|---|---|"
    for (level, step), (total, wrong) in sorted(counts.items()):
        yield f"| {level} | {step} | {total} | {wrong} | {100 * wrong / total:.1f} % |"


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
