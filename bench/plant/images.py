"""Images of a plant: boxes with texts where tags are split, stacked, apart, merged, and among other signs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw

from bench.plant.lists import Plant
from bench.plant.noise import bare, confused, sure
from bench.plant.plates import Pixels, Reader, font_of, photographed
from bench.plant.texts import SIGNS, numbered_sign

Random = np.random.Generator
Corners = NDArray[np.float64]

# So many of a hundred images are of each kind.
SHARES = {
    "single": 20, "two lines": 17, "two boxes": 14, "three lines": 9, "across": 12, "above": 6, "merged": 8,
    "half listed": 5, "far apart": 9, "missing": 10,
}  # fmt: skip
_READ = 0.05  # of the images are drawn and read by the real engine
_CELL = 700.0  # px between plates that have nothing to do with each other
_COLUMNS = 3
_SPHERE = 0.4  # of the other images hold unit vectors
_FOCAL = 1600.0  # px


@dataclass(frozen=True)
class Box:
    """A text where it stands: corners (4, 2) in px or (4, 3) unit vectors, from its upper left on."""

    text: str
    polygon: Corners
    confidence: float


@dataclass(frozen=True)
class Scene:
    """An image: its boxes, the places of the assets on it, and what kind of image it is."""

    boxes: tuple[Box, ...]
    assets: tuple[int, ...]
    kind: str


@dataclass(frozen=True)
class _Part:
    """A piece of a text on a plate, in heights of its capitals from the plate's upper left."""

    text: str
    x: float
    y: float
    scale: float = 1.0

    @property
    def width(self) -> float:
        return 0.62 * self.scale * max(1, len(self.text))


def scenes(plant: Plant, seed: int, count: int, reader: Reader) -> list[Scene]:
    """About ``count`` images, of every kind in ``SHARES``; the same for a plant of every size."""
    made: list[Scene] = []
    for number, (kind, share) in enumerate(SHARES.items()):
        maker = _Maker(plant, np.random.default_rng([seed, 6, number]))
        for _ in range(max(1, round(count * share / sum(SHARES.values())))):
            made.append(maker.scene(kind, reader))
    return made


def is_settled(scene: Scene, places: dict[str, set[int]]) -> bool:
    """Whether the boxes can tell: a part that is another listed tag by itself could be just that.

    Args:
        scene: An image.
        places: By the letters and digits of each name and alias, the places of the assets that it names.
    """
    if scene.kind.startswith("half listed"):
        return True
    return all(places.get(bare(box.text), set()) <= set(scene.assets) for box in scene.boxes)


class _Maker:
    """Lays out plates with tags of the core of a plant."""

    def __init__(self, plant: Plant, random: Random) -> None:
        self.plant = plant
        self.random = random
        doubled = {plant.assets[place].name for place in plant.doubles}
        names = {a.name: place for place, a in enumerate(plant.assets[: plant.core]) if a.name}
        self.names = {name: place for name, place in names.items() if name not in doubled}
        self.every = list(self.names)
        self.cuttable = [name for name in self.every if len(_pieces(name)) > 1]
        self.halved = [name for name in self.every if name.rpartition("-")[0] in self.names]

    def scene(self, kind: str, reader: Reader) -> Scene:
        """An image of a kind."""
        random = self.random
        tags, plates = self._plates(kind)
        for _ in range(int(random.integers(0, 5))):
            text = SIGNS[int(random.integers(len(SIGNS)))] if random.random() < 0.6 else numbered_sign(random)
            plates.append([_Part(text, 0, 0, float(random.uniform(0.6, 1.5)))])
        assets = tuple(self.names[tag] for tag in tags)
        if random.random() < _READ:
            return Scene(self._read(plates, reader), assets, f"{kind}, ocr")
        turn = float(random.uniform(-0.26, 0.26) if random.random() < 0.4 else 0.0)
        boxes = [box for cell, parts in enumerate(plates) for box in self._placed(cell, parts, turn)]
        random.shuffle(boxes)  # type: ignore[arg-type]
        is_round = random.random() < _SPHERE
        return Scene(tuple(_on_sphere(boxes) if is_round else boxes), assets, kind)

    def _one(self, of: list[str] | tuple[str, ...]) -> str:
        return of[int(self.random.integers(len(of)))]

    def _plates(self, kind: str) -> tuple[list[str], list[list[_Part]]]:
        """The listed tags on the plates, and the parts of each group of plates."""
        one, two, cut = self._one(self.every), self._one(self.every), self._one(self.cuttable)
        missing = self._one([t for t in self.plant.unlisted if len(_pieces(t)) > 1])
        ways: dict[str, Callable[[], tuple[list[str], list[list[_Part]]]]] = {
            "single": lambda: ([one], [[_Part(one, 0, 0)]]),
            "two lines": lambda: ([cut], [self._lines(self._cut(cut))]),
            "two boxes": lambda: ([cut], [self._row(self._cut(cut))]),
            "three lines": lambda: ([cut], [self._lines(self._cut(cut, 3))]),
            "across": self._across,
            "above": lambda: ([one, two], [self._lines([one, two], 2.2, 5.0)]),
            "merged": lambda: ([one, two], [[_Part(self._one((" ", "", " / ")).join([one, two]), 0, 0)]]),
            "half listed": self._half_listed,
            "far apart": lambda: ([], [[_Part(piece, 0, 0)] for piece in self._cut(cut)]),
            "missing": lambda: ([], [self._lines(self._cut(missing))]),
        }
        return ways[kind]()

    def _across(self) -> tuple[list[str], list[list[_Part]]]:
        """Two plates of two lines, side by side: nothing is to be joined across them."""
        tags = [self._one(self.cuttable), self._one(self.cuttable)]
        left = self._lines(self._cut(tags[0]))
        away = max(part.x + part.width for part in left) + float(self.random.uniform(1.5, 4))
        right = [_Part(p.text, p.x + away, p.y, p.scale) for p in self._lines(self._cut(tags[1]))]
        return tags, [[*left, *right]]

    def _half_listed(self) -> tuple[list[str], list[list[_Part]]]:
        """A tag whose first line is a listed tag by itself."""
        if not self.halved:
            return self._plates("two lines")
        whole = self._one(self.halved)
        first, _, last = whole.rpartition("-")
        return [whole], [self._lines([first, self._one(("-", "")) + last])]

    def _cut(self, tag: str, most: int = 2) -> list[str]:
        """A tag in ``most`` lines, broken at its separators; these stay, or not, at the ends of the lines."""
        pieces = _pieces(tag)
        cuts = sorted((self.random.permutation(len(pieces) - 1)[: most - 1] + 1).tolist())
        lines = ["".join(pieces[a:b]) for a, b in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
        if self.random.random() < 0.5:
            return lines
        return [line.rstrip("-. ") if line.rstrip("-. ") else line for line in lines]

    def _lines(self, texts: list[str], least: float = 1.15, most: float = 1.7) -> list[_Part]:
        """Lines below each other, left-aligned or centred, ``least`` to ``most`` heights apart."""
        pitch, is_centred = float(self.random.uniform(least, most)), self.random.random() < 0.5
        width = max(len(text) for text in texts)
        return [
            _Part(text, 0.31 * (width - len(text)) if is_centred else 0.0, i * pitch)
            for i, text in enumerate(texts)
        ]

    def _row(self, texts: list[str]) -> list[_Part]:
        """Boxes beside each other."""
        x, parts = 0.0, []
        for text in texts:
            parts.append(_Part(text, x, float(self.random.uniform(-0.06, 0.06))))
            x = parts[-1].x + parts[-1].width + float(self.random.uniform(0.25, 1.2))
        return parts

    def _placed(self, cell: int, parts: list[_Part], turn: float) -> Iterator[Box]:
        """The boxes of a group of plates, turned, in its own place on the image."""
        random = self.random
        height = float(random.uniform(14, 38))
        corner = np.array([cell % _COLUMNS, cell // _COLUMNS]) * _CELL + random.uniform(0, 40, 2)
        rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        for part in parts:
            x, y, width, tall = part.x, part.y, part.width, part.scale
            box = np.array([[x, y], [x + width, y], [x + width, y + tall], [x, y + tall]]) * height
            box += random.uniform(-0.03, 0.03, (4, 2)) * height
            text, confidence = part.text, sure(random)
            if random.random() < 0.06:
                text, confidence = confused(random, text, 1), float(random.uniform(0.6, 0.97))
            yield Box(text, box @ rotation + corner, confidence)

    def _read(self, plates: list[list[_Part]], reader: Reader) -> tuple[Box, ...]:
        """What the real engine reads in a picture of the plates."""
        picture = self._picture(plates)
        return tuple(
            Box(text, np.array(corners), confidence) for text, confidence, corners in reader.read_all(picture)
        )

    def _picture(self, plates: list[list[_Part]]) -> Pixels:
        random = self.random
        drawn = Picture.new(
            "L", (1150, 60 + 230 * (1 + (len(plates) - 1) // 2)), int(random.integers(90, 200))
        )
        pen = ImageDraw.Draw(drawn)
        for cell, parts in enumerate(plates):
            size = int(random.integers(22, 44))
            font = font_of(random, size)
            x, y = 40 + 560 * (cell % 2), 40 + 230 * (cell // 2)
            # In this font the parts are as wide as they are; the rest keeps its gaps.
            unit = font.getlength("0") / 0.62
            right = x + max(unit * p.x + font.getlength(p.text) for p in parts)
            low = y + max(size * (p.y + 1) for p in parts)
            pen.rectangle((x - 12, y - 10, right + 12, low + 10), fill=235)
            for part in parts:
                pen.text((x + unit * part.x, y + size * part.y), part.text, font=font, fill=25)
        return photographed(random, np.array(drawn, dtype=np.float64))


def _pieces(tag: str) -> list[str]:
    """The parts of a tag with the separators behind them; without any, six characters and the rest."""
    ends = [i + 1 for i, c in enumerate(tag[:-1]) if c in "-. " and i] or ([6] if len(tag) > 9 else [])
    return [tag[a:b] for a, b in zip([0, *ends], [*ends, len(tag)], strict=True)]


def _on_sphere(boxes: list[Box]) -> Iterator[Box]:
    """The boxes as unit vectors in CDF axes (X left, Y back, Z up), from a camera that looks to the front."""
    for box in boxes:
        flat = (box.polygon - np.array([_COLUMNS * _CELL / 2, _CELL])) / _FOCAL
        rays = np.stack([-flat[:, 0], np.full(len(flat), -1.0), -flat[:, 1]], axis=1)
        yield Box(box.text, rays / np.linalg.norm(rays, axis=1, keepdims=True), box.confidence)
