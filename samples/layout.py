"""Where the plates of a site hang: the fixed mix of what makes reading hard, and a place for each around the camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from samples.camera import UP, Vectors, face_of, project, unit
from samples.lettering import CAP, Lettering, Measures, choose, measure
from samples.tags import AssetList
from samples.texts import other_text

NOMINAL_PX = 1024  # the face width that wanted cap heights are meant for
_TILTED = (36.5, 49.5)
_STRAIGHT = (0.0, 28.0)
_WIDEST = 0.62  # rad; no text is wider, as seen from the camera
_MARGIN = 0.035  # rad between neighbouring plates
_TRIES = 4000
# Shares of the tag plates; a little above the floor the site promises.
_SHARES = {
    "hard": 0.115,
    "low_contrast": 0.115,
    "two_lines": 0.10,
    "seam": 0.12,
    "tilted": 0.225,
    "small": 0.175,
}


@dataclass(frozen=True)
class Wish:
    """What a plate shall be, before it has a place."""

    kind: str
    lines: tuple[str, ...]
    tag: str | None
    asset: str | None
    style: str
    cap_px: float
    tilted: bool
    seam: bool


@dataclass(frozen=True)
class Plate:
    """A plate in its place: the texture's upper left corner and its two sides in metres from the camera."""

    wish: Wish
    lettering: Lettering
    measures: Measures
    corner: Vectors
    right: Vectors
    down: Vectors
    tilt_deg: float

    def points(self, box: tuple[float, float, float, float]) -> Vectors:
        """Corners (4, 3) of a box in texture pixels, from the upper left in reading order."""
        left, top, right, bottom = box
        across = np.array([left, right, right, left]) / self.measures.width
        along = np.array([top, top, bottom, bottom]) / self.measures.height
        return self.corner + across[:, None] * self.right + along[:, None] * self.down

    @property
    def outline(self) -> Vectors:
        """Corners (4, 3) of the plate."""
        return self.points((0, 0, self.measures.width, self.measures.height))

    @property
    def ink(self) -> Vectors:
        """Corners (4, 3) of the ink box."""
        return self.points(self.measures.ink)

    def cap_px(self, face_px: int) -> float:
        """Mean height of the capital letters in pixels of the faces they appear on."""
        base = np.array(self.measures.origins, float)[:, 1]
        across = np.linspace(self.measures.ink[0], self.measures.ink[2], 5) / self.measures.width
        heights = []
        for y in base:
            foot = self.corner + across[:, None] * self.right + y / self.measures.height * self.down
            head = foot - CAP / self.measures.height * self.down
            for pair in np.stack([foot, head], axis=1):
                low, high = project(face_of(pair.mean(axis=0)), pair) * face_px
                heights.append(math.dist(low, high))
        return float(np.mean(heights))


def wishes(listing: AssetList, count: int, rng: np.random.Generator) -> tuple[tuple[Wish, ...], ...]:
    """The plates of a site's images: 132..158 tags in the list, 15 that are not, 72 other texts, the mix fixed."""
    total = int(rng.integers(132, 159))
    assets = listing.assets
    chosen = [assets[at] for at in _spread(assets, total - total // 8, rng)]
    chosen += [chosen[at] for at in rng.choice(len(chosen), total // 8, replace=False)]
    named = [(asset.name, asset.external_id) for asset in chosen]
    strangers = rng.choice(len(listing.unlisted), 15, replace=False)
    tags = _mixed(named, rng) + _mixed([(listing.unlisted[at], None) for at in strangers], rng)
    texts = [_text_wish(rng) for _ in range(72)]
    return tuple(tuple(deal) for deal in _deal(tags, count, rng, texts))


def _spread(assets: tuple, total: int, rng: np.random.Generator) -> list[int]:
    """Assets by chance, each format about as often as the others are."""
    forms: dict[str, list[int]] = {}
    for at, asset in enumerate(assets):
        forms.setdefault(_form(asset.name), []).append(at)
    weight = {"loop": 0.58, "suffix": 0.08, "pump": 0.1, "vessel": 0.1, "kks": 0.14}
    picked: list[int] = []
    for form, share in weight.items():
        picked += [int(at) for at in rng.choice(forms[form], round(share * total), replace=False)]
    rest = np.setdiff1d(forms["loop"], picked)
    picked += [int(at) for at in rng.choice(rest, max(0, total - len(picked)), replace=False)]
    return [picked[at] for at in rng.permutation(len(picked))[:total]]


def _form(name: str) -> str:
    if "-" not in name:
        return "kks"
    if name.startswith("P-"):
        return "pump"
    if "-VA-" in name:
        return "vessel"
    return "suffix" if name[-1].isalpha() else "loop"


def _flags(count: int, share: float, rng: np.random.Generator) -> list[bool]:
    """Exactly the share, rounded up, of the flags are set."""
    return [bool(flag) for flag in rng.permutation(count) < math.ceil(share * count)]


def _mixed(named: list[tuple[str, str | None]], rng: np.random.Generator) -> list[Wish]:
    count = len(named)
    flags = {name: _flags(count, share, rng) for name, share in _SHARES.items()}
    order = rng.permutation(count)
    hard, low = math.ceil(_SHARES["hard"] * count), math.ceil(_SHARES["low_contrast"] * count)
    found = []
    for at, (tag, asset) in enumerate(named):
        style = "plain"
        if order[at] < hard:
            style = "stencil" if order[at] % 2 else "engraved"
        elif order[at] < hard + low:
            style = "low_contrast"
        lines = _split(tag) if flags["two_lines"][at] else (tag,)
        cap = _cap(flags["small"][at], rng)
        found.append(Wish("tag", lines, tag, asset, style, cap, flags["tilted"][at], flags["seam"][at]))
    return found


def _cap(small: bool, rng: np.random.Generator) -> float:
    """A cap height: small ones evenly over 8..15.3, the others from 17 to 60 and more often small than big."""
    if small:
        return float(rng.uniform(8.2, 15.3))
    return float(17 * (60 / 17) ** (rng.random() ** 1.7))


def _split(tag: str) -> tuple[str, str]:
    """The two lines a tag is painted on."""
    if "-" not in tag:
        return tag[:7], tag[7:]
    head, _, tail = tag.rpartition("-")
    return head, tail


def _text_wish(rng: np.random.Generator) -> Wish:
    style = str(rng.choice(["plain", "stencil", "engraved", "low_contrast"], p=[0.8, 0.08, 0.06, 0.06]))
    cap = _cap(bool(rng.random() < 0.2), rng)
    return Wish("text", other_text(rng), None, None, style, cap, bool(rng.random() < 0.15), False)


def _deal(tags: list[Wish], count: int, rng: np.random.Generator, texts: list[Wish]) -> list[list[Wish]]:
    """Hands the plates out over the images; seam plates evenly, and no tag twice in one image."""
    hands: list[list[Wish]] = [[] for _ in range(count)]
    ordered = sorted((tags[at] for at in rng.permutation(len(tags))), key=lambda wish: not wish.seam)
    for wish in ordered:
        free = [hand for hand in hands if all(other.tag != wish.tag for other in hand)]
        min(free, key=len).append(wish)
    for text in texts:
        min(hands, key=len).append(text)
    return hands


def place(hand: tuple[Wish, ...], rng: np.random.Generator) -> tuple[Plate, ...]:
    """A place for every plate of one image, none before another; the largest and the seams first.

    Raises:
        RuntimeError: There is no room; a seed that does this is a defect of the figures above.
    """
    taken: list[tuple[float, float, float, float]] = []
    plates: list[Plate] = []
    for wish in sorted(hand, key=lambda wish: (not wish.seam, -wish.cap_px * max(map(len, wish.lines)))):
        lettering = choose(wish.lines, wish.style, rng)
        plate, box = _find_room(wish, lettering, taken, rng)
        taken.append(box)
        plates.append(plate)
    return tuple(plates[at] for at in rng.permutation(len(plates)))


def _find_room(
    wish: Wish, lettering: Lettering, taken: list[tuple[float, float, float, float]], rng: np.random.Generator
) -> tuple[Plate, tuple[float, float, float, float]]:
    measures = measure(lettering)
    for _ in range(_TRIES):
        plate = _hang(wish, lettering, measures, rng)
        box = _extent(plate.outline)
        if plate_fits(plate, box) and not any(_overlap(box, other) for other in taken):
            return plate, box
    raise RuntimeError(f"no room for the plate {' '.join(wish.lines)}: use fewer or smaller plates per image")


def plate_fits(plate: Plate, box: tuple[float, float, float, float]) -> bool:
    """Over a seam if it shall be (a fifth of the ink or more on either side), else on one face; not too steep."""
    west, east, low, high = box
    if low < -1.05 or high > 0.98 or east - west > 1.3:
        return False
    left, top, right, bottom = plate.measures.ink
    inset = 0.2 if plate.wish.seam else -0.06
    dx, dy = inset * (right - left), inset * (bottom - top)
    inner = plate.points((left + dx, top + dy, right - dx, bottom - dy))
    return (len({face_of(corner) for corner in inner}) > 1) == plate.wish.seam


def _hang(wish: Wish, lettering: Lettering, measures: Measures, rng: np.random.Generator) -> Plate:
    """The plate at a direction by chance, turned and sized as wished."""
    azimuth, elevation = _aim(wish.seam, rng)
    ray = np.array(
        [
            math.cos(elevation) * math.sin(azimuth),
            math.cos(elevation) * math.cos(azimuth),
            math.sin(elevation),
        ]
    )
    across = unit(np.cross(ray, UP))
    down = np.cross(ray, across)
    roll = math.radians(float(rng.normal(0, 2.0)))
    across, down = (
        math.cos(roll) * across + math.sin(roll) * down,
        math.cos(roll) * down - math.sin(roll) * across,
    )
    tilt = math.radians(float(rng.uniform(*(_TILTED if wish.tilted else _STRAIGHT))))
    turn = float(rng.choice([0.0, math.pi])) + float(rng.normal(0, 0.35))
    axis = math.cos(turn) * down + math.sin(turn) * across
    across, down = _rotate(across, axis, tilt), _rotate(down, axis, tilt)
    distance = float(rng.uniform(1.5, 3.2))
    middle = (measures.ink[0] + measures.ink[2]) / 2, (measures.ink[1] + measures.ink[3]) / 2
    scale = wish.cap_px / (NOMINAL_PX / 2) * distance / CAP
    for _ in range(4):
        corner = ray * distance - scale * (middle[0] * across + middle[1] * down)
        plate = Plate(
            wish, lettering, measures, corner, across * scale * measures.width, down * scale * measures.height,
            math.degrees(tilt),
        )  # fmt: skip
        wide = _width(plate.ink)
        scale *= min(wish.cap_px / plate.cap_px(NOMINAL_PX), _WIDEST / wide)
    return plate


def _width(ink: Vectors) -> float:
    """The angle an ink box spans across, rad."""
    left, right = unit((ink[0] + ink[3]) / 2), unit((ink[1] + ink[2]) / 2)
    return math.acos(float(np.clip(left @ right, -1, 1)))


def _aim(seam: bool, rng: np.random.Generator) -> tuple[float, float]:
    """Azimuth and elevation, at a cube seam or anywhere about the horizon."""
    if not seam:
        return float(rng.uniform(-math.pi, math.pi)), float(rng.triangular(-0.85, -0.05, 0.75))
    quarter = int(rng.integers(4)) * math.pi / 2
    if rng.random() < 0.75:
        return quarter + math.pi / 4 + float(rng.normal(0, 0.04)), float(rng.uniform(-0.5, 0.5))
    beside = float(rng.uniform(-0.4, 0.4))
    return quarter + beside, math.copysign(math.atan(math.cos(beside)), rng.random() - 0.5) + float(
        rng.normal(0, 0.01)
    )


def _rotate(vector: Vectors, axis: Vectors, angle: float) -> Vectors:
    """A vector turned about a unit axis (Rodrigues)."""
    along = axis * (axis @ vector)
    return along + math.cos(angle) * (vector - along) + math.sin(angle) * np.cross(axis, vector)


def _extent(outline: Vectors) -> tuple[float, float, float, float]:
    """West, east, low and high of an outline, rad, with half the margin; the azimuth may pass pi."""
    rays = unit(np.concatenate([outline, (outline + np.roll(outline, 1, axis=0)) / 2]))
    azimuth = np.arctan2(rays[:, 0], rays[:, 1])
    azimuth = azimuth[0] + (azimuth - azimuth[0] + math.pi) % (2 * math.pi) - math.pi
    elevation = np.arcsin(rays[:, 2])
    spare = _MARGIN / 2
    wide = spare / math.cos(float(np.abs(elevation).max()))
    return (
        float(azimuth.min()) - wide, float(azimuth.max()) + wide,
        float(elevation.min()) - spare, float(elevation.max()) + spare,
    )  # fmt: skip


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    if one[2] >= other[3] or other[2] >= one[3]:
        return False
    apart = ((one[0] + one[1] - other[0] - other[1]) / 2 + math.pi) % (2 * math.pi) - math.pi
    return abs(apart) < (one[1] - one[0] + other[1] - other[0]) / 2
