"""Where the plates of a site hang: a place for each around the camera, none before another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from samples.camera import UP, Vectors, face_of, project, unit
from samples.lettering import CAP, Lettering, Measures, choose, measure
from samples.mix import Wish

NOMINAL_PX = 1024  # the face width that wanted cap heights are meant for
_TILTED = (36.5, 49.5)
_STRAIGHT = (0.0, 28.0)
_WIDEST = 0.62  # rad; no text is wider, as seen from the camera
_MARGIN = 0.035  # rad between neighbouring plates
_TRIES = 4000


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
        if _fits(plate, box) and not any(_overlap(box, other) for other in taken):
            return plate, box
    raise RuntimeError(f"no room for the plate {' '.join(wish.lines)}: use fewer or smaller plates per image")


def _fits(plate: Plate, box: tuple[float, float, float, float]) -> bool:
    """Over a seam if it shall be (a fifth of the ink or more on each side), else on one face; not steep."""
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
    level = np.array([math.sin(azimuth), math.cos(azimuth), 0.0])
    ray = math.cos(elevation) * level + math.sin(elevation) * UP
    tilt = float(rng.uniform(*(_TILTED if wish.tilted else _STRAIGHT)))
    across, down = _turned(ray, math.radians(tilt), rng)
    distance = float(rng.uniform(1.5, 3.2))
    middle = (measures.ink[0] + measures.ink[2]) / 2, (measures.ink[1] + measures.ink[3]) / 2
    scale = wish.cap_px / (NOMINAL_PX / 2) * distance / CAP
    for _ in range(4):  # the cap height and the width depend on the direction as well; this settles fast
        corner = ray * distance - scale * (middle[0] * across + middle[1] * down)
        right, below = across * scale * measures.width, down * scale * measures.height
        plate = Plate(wish, lettering, measures, corner, right, below, tilt)
        scale *= min(wish.cap_px / plate.cap_px(NOMINAL_PX), _WIDEST / _width(plate.ink))
    return plate


def _turned(ray: Vectors, tilt: float, rng: np.random.Generator) -> tuple[Vectors, Vectors]:
    """Reading direction and down of a plate whose normal is `tilt` off the ray, mostly about its upright."""
    across = unit(np.cross(ray, UP))
    down = np.cross(ray, across)
    roll = math.radians(float(rng.normal(0, 2.0)))
    across, down = _rotate(across, ray, roll), _rotate(down, ray, roll)
    turn = float(rng.choice([0.0, math.pi])) + float(rng.normal(0, 0.35))
    axis = math.cos(turn) * down + math.sin(turn) * across
    return _rotate(across, axis, tilt), _rotate(down, axis, tilt)


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
    height = math.copysign(math.atan(math.cos(beside)), rng.random() - 0.5)
    return quarter + beside, height + float(rng.normal(0, 0.01))


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
