"""What stands and hangs in a hall: tanks, pumps, pipes with flanges and valves, rails, steelwork."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from samples.camera import UP, Vectors, unit
from samples.render import Cylinder, Quad
from samples.surfaces import Colour

PAINTS: tuple[Colour, ...] = (
    (176, 180, 182),
    (150, 154, 158),
    (62, 104, 70),
    (52, 88, 136),
    (196, 160, 44),
    (150, 46, 40),
    (205, 204, 198),
    (120, 112, 100),
)
STEEL: Colour = (118, 122, 124)
_YELLOW: Colour = (206, 170, 40)
_FLANGE_STEP = 1.6  # metres between the flanges of a pipe


@dataclass(frozen=True)
class Room:
    """Corners of the hall in metres from the camera."""

    low: Vectors
    high: Vectors


def tanks(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Upright vessels in three corners, each with a foot, bands, a ladder and a pipe from its top."""
    low, high = room.low, room.high
    found = []
    for x, y in ((low[0], low[1]), (high[0], low[1]), (high[0], high[1])):
        radius = float(rng.uniform(0.6, 1.15))
        foot = np.array([x - np.sign(x) * (radius + 0.5), y - np.sign(y) * (radius + 0.5), low[2]])
        height = float(rng.uniform(2.2, 4.0))
        colour = PAINTS[int(rng.choice([0, 1, 3, 6, 7], p=[0.3, 0.2, 0.15, 0.25, 0.1]))]
        band = tuple(0.78 * channel for channel in colour)
        found.append(Cylinder(foot, foot + UP * 0.12, radius * 1.08, (92, 92, 90), 0.0))
        found.append(Cylinder(foot, foot + UP * height, radius, colour, 0.2))
        for share in (0.3, 0.62, 0.97):
            ring = foot + UP * height * share
            found.append(Cylinder(ring, ring + UP * 0.07, radius * 1.035, band))
        found += _ladder(foot, radius, height)
        top, rise = foot + UP * height, high[2] - 0.6
        found += _pipe([top, (top[0], top[1], rise), (0.2 * top[0], top[1], rise)], 0.09, PAINTS[1])
    return found


def _ladder(foot: Vectors, radius: float, height: float) -> list[Cylinder]:
    """A ladder on the side of a tank, turned a little away from the camera."""
    inward = unit(np.array([-foot[0], -0.4 * foot[1], 0.0]))
    side = np.cross(UP, inward)
    start = foot + inward * (radius + 0.12)
    found = [
        Cylinder(start + side * shift, start + side * shift + UP * (height + 0.7), 0.022, _YELLOW)
        for shift in (-0.2, 0.2)
    ]
    for rung in np.arange(0.3, height + 0.5, 0.3):
        at = start + UP * rung
        found.append(Cylinder(at - side * 0.2, at + side * 0.2, 0.014, _YELLOW))
    return found


def wall_pipes(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Upright pipes along the walls, and banks of level ones before them."""
    found = []
    for axis in (0, 1):
        for side in (room.low, room.high):
            inward = -np.sign(side[axis])
            for _ in range(int(rng.integers(2, 4))):
                radius = float(rng.uniform(0.05, 0.13))
                foot = np.array([0.0, 0.0, room.low[2]])
                foot[axis] = side[axis] + inward * (radius + 0.12)
                foot[1 - axis] = rng.uniform(room.low[1 - axis] * 0.6, room.high[1 - axis] * 0.6)
                found += _pipe([foot, (foot[0], foot[1], room.high[2])], radius, _paint(rng))
            height = float(rng.uniform(-1.2, 0.4))
            for _ in range(int(rng.integers(1, 5))):
                radius = float(rng.choice([0.04, 0.06, 0.09, 0.13]))
                start = np.array([*room.low[:2], height + radius])
                end = np.array([*room.high[:2], height + radius])
                start[axis] = end[axis] = side[axis] + inward * (radius + 0.3)
                found += _pipe([start, end], radius, _paint(rng))
                found += _valve(start + (end - start) * rng.uniform(0.25, 0.75), radius, axis, inward)
                height += 2 * radius + float(rng.uniform(0.12, 0.3))
    return found


def _valve(at: Vectors, radius: float, axis: int, inward: float) -> list[Cylinder]:
    """A valve's body on a level pipe, with a stem into the room and a red wheel on it."""
    out = np.eye(3)[axis] * inward
    along = np.eye(3)[1 - axis]
    wheel = at + out * (2 * radius + 0.14)
    body = Cylinder(at - along * 1.3 * radius, at + along * 1.3 * radius, 1.5 * radius, (84, 90, 96))
    stem = Cylinder(at, wheel + out * 0.03, 0.018, (150, 150, 148), 0.4)
    rim = Cylinder(wheel, wheel + out * 0.02, 0.07 + radius, (164, 40, 34))
    inner = Cylinder(wheel + out * 0.02, wheel + out * 0.022, 0.045 + 0.8 * radius, (70, 30, 28), 0.0)
    hub = Cylinder(wheel, wheel + out * 0.035, 0.03, (164, 40, 34))
    return [body, stem, rim, inner, hub]


def rack(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """The pipes under the ceiling."""
    found = []
    x = float(rng.uniform(room.low[0] * 0.6, 0))
    for _ in range(int(rng.integers(4, 7))):
        radius = float(rng.choice([0.06, 0.1, 0.14, 0.2]))
        x += radius + 0.12
        z = room.high[2] - 0.75
        found += _pipe([(x, room.low[1], z), (x, room.high[1], z)], radius, _paint(rng))
        x += radius
    return found


def pumps(room: Room, rng: np.random.Generator) -> tuple[list[Cylinder], list[Quad]]:
    """Two or three pumps on plinths along the wall on +Y: motor, coupling, casing, and the pipe they feed."""
    cylinders, quads = [], []
    y, floor = room.high[1] - 1.5, room.low[2]
    along = np.array([1.0, 0.0, 0.0])
    colour = _paint(rng)
    for x in np.linspace(room.low[0] + 1.4, room.high[0] - 3.6, int(rng.integers(2, 4))):
        quads += box((x - 0.2, y - 0.4, floor), (x + 1.5, y + 0.4, floor + 0.18), (104, 104, 100), rng)
        axis = np.array([x, y, floor + 0.5])
        cylinders.append(Cylinder(axis, axis + along * 0.75, 0.24, colour))
        for fin in np.linspace(0.12, 0.63, 7):
            cylinders.append(Cylinder(axis + along * fin, axis + along * (fin + 0.025), 0.265, colour, 0.1))
        cylinders.append(Cylinder(axis, axis + along * 1.2, 0.05, (168, 168, 166), 0.5))
        cylinders.append(Cylinder(axis + along * 1.02, axis + along * 1.24, 0.3, (86, 98, 108)))
        outlet = axis + along * 1.13
        cylinders += _pipe(
            [outlet, outlet + UP * 1.6, (outlet[0], room.high[1], outlet[2] + 1.6)], 0.08, colour
        )
        for leg in (0.15, 0.6):
            quads += box(
                (x + leg - 0.05, y - 0.2, floor + 0.18), (x + leg + 0.05, y + 0.2, floor + 0.35), STEEL, rng
            )
    return cylinders, quads


def rails(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """A yellow hand rail along the wall on -X."""
    x = room.low[0] + float(rng.uniform(1.3, 1.8))
    start, end = room.low[1] + 2.9, room.high[1] - 2.4
    floor = room.low[2]
    found = [
        Cylinder(np.array([x, start, floor + up]), np.array([x, end, floor + up]), 0.024, _YELLOW)
        for up in (0.55, 1.1)
    ]
    for y in np.linspace(start, end, 5):
        found.append(Cylinder(np.array([x, y, floor]), np.array([x, y, floor + 1.1]), 0.024, _YELLOW))
    return found


def steelwork(room: Room, rng: np.random.Generator) -> list[Quad]:
    """Beams across the ceiling, a cable tray along a wall, cabinets on the floor."""
    low, high = room.low, room.high
    found = []
    for y in np.linspace(low[1], high[1], 5)[1:-1] + rng.uniform(-0.3, 0.3, 3):
        found += box((low[0], y - 0.12, high[2] - 0.38), (high[0], y + 0.12, high[2]), (142, 130, 78), rng)
        found += box(
            (low[0], y - 0.2, high[2] - 0.42), (high[0], y + 0.2, high[2] - 0.38), (142, 130, 78), rng
        )
    found += box((low[0] + 0.5, low[1], 1.9), (low[0] + 0.9, high[1], 2.0), (134, 138, 140), rng)
    for y in (low[1] + 2.4 + rng.uniform(0, 0.5), 0.5 + rng.uniform(0, 0.5)):
        tall = low[2] + rng.uniform(1.2, 2.0)
        found += box((high[0] - 0.55, y, low[2]), (high[0], y + 0.9, tall), (166, 170, 166), rng)
    return found


def _paint(rng: np.random.Generator) -> Colour:
    return PAINTS[int(rng.integers(len(PAINTS)))]


def _pipe(points: list, radius: float, colour: Colour) -> list[Cylinder]:
    """A pipe through points, with pairs of flanges along it and an elbow at each bend."""
    found = []
    way = [np.array(point, dtype=float) for point in points]
    for start, end in pairwise(way):
        found.append(Cylinder(start, end, radius, colour, 0.3))
        along, length = unit(end - start), float(np.linalg.norm(end - start))
        for at in np.arange(0.8, length - 0.2, _FLANGE_STEP):
            for shift in (-0.035, 0.015):
                middle = start + along * (at + shift)
                found.append(Cylinder(middle, middle + along * 0.03, radius * 1.55 + 0.015, colour, 0.15))
    for bend in way[1:-1]:
        half = UP * radius * 1.15
        found.append(Cylinder(bend - half, bend + half, radius * 1.15, colour, 0.2))
    return found


def box(low: tuple, high: tuple, colour: Colour, rng: np.random.Generator) -> list[Quad]:
    """The six sides of a box, each with its own light, grain and worn edges."""
    found = []
    start, span = np.array(low, float), np.array(high, float) - np.array(low, float)
    for axis, lights in enumerate(((0.62, 0.66), (0.8, 0.76), (0.45, 1.05))):
        one, two = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
        right, down = one * (span @ one), two * (span @ two)
        size = (max(8, round(span @ one / 0.015)), max(8, round(span @ two / 0.015)))
        for light, shift in zip(lights, (0.0, float(span[axis])), strict=True):
            page = np.empty((size[1], size[0], 3), np.float32)
            page[:] = np.array(colour) * light
            page *= 1 + 0.03 * rng.standard_normal((size[1], size[0], 1)).astype(np.float32)
            page[[0, -1]] *= 0.7
            page[:, [0, -1]] *= 0.7
            found.append(Quad(start + np.eye(3)[axis] * shift, right, down, page))
    return found
