"""The hall around one camera: its room with the shadows of what stands there, and the plates' brackets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.camera import UP, Vectors, unit
from samples.equipment import STEEL, Room, pumps, rack, rails, steelwork, tanks, wall_pipes
from samples.layout import Plate
from samples.render import Cylinder, Quad
from samples.surfaces import Colour, Floats, Shadow, ceiling, floor, noise_tile, wall

_WALLS: tuple[Colour, ...] = ((172, 180, 180), (188, 184, 168), (150, 164, 172), (178, 182, 172))
_EYE = 1.7  # metres of the camera above the floor


@dataclass(frozen=True)
class Scene:
    """All that is drawn under the plates, and the noise that roughens cylinders."""

    quads: tuple[Quad, ...]
    cylinders: tuple[Cylinder, ...]
    tile: Floats


def build(plates: tuple[Plate, ...], rng: np.random.Generator) -> Scene:
    """The hall around one image's plates."""
    low = -np.array([*rng.uniform(4.2, 6.5, 2), _EYE])
    room = Room(low, np.array([*rng.uniform(4.2, 6.5, 2), rng.uniform(3.2, 4.4)]))
    machines, plinths = pumps(room, rng)
    cylinders = tanks(room, rng) + machines + wall_pipes(room, rng) + rack(room, rng) + rails(room, rng)
    quads = _room(room, cylinders, plinths, rng) + plinths + steelwork(room, rng)
    return Scene(tuple(quads), tuple(cylinders + _brackets(plates, room)), noise_tile(rng))


def _room(room: Room, cylinders: list[Cylinder], plinths: list[Quad], rng: np.random.Generator) -> list[Quad]:
    """The six sides of the room."""
    low, span = room.low, room.high - room.low
    colour = _WALLS[int(rng.integers(len(_WALLS)))]
    top = np.array([low[0], low[1], room.high[2]])
    found = []
    for axis in (0, 1):
        for at in (low, room.high):
            corner = top.copy()
            corner[axis] = at[axis]
            shadows = [_on_wall(one, corner, axis) for one in cylinders if _near(one, at[axis], axis)]
            page = wall(rng, (float(span[1 - axis]), float(span[2])), shadows, colour)
            found.append(Quad(corner, np.eye(3)[1 - axis] * span[1 - axis], -UP * span[2], page))
    along, across = np.array([span[0], 0, 0]), np.array([0, span[1], 0])
    size = float(span[0]), float(span[1])
    found.append(Quad(low, along, across, floor(rng, size, _on_floor(room, cylinders, plinths))))
    lamps = [(size[0] * x, size[1] * y) for x in (0.25, 0.75) for y in (0.3, 0.7)]
    found.append(Quad(top, along, across, ceiling(rng, size, lamps)))
    return found


def _near(cylinder: Cylinder, at: float, axis: int) -> bool:
    """Whether a cylinder runs along a wall, close enough to shade it."""
    return abs(cylinder.start[axis] - at) < 0.8 and abs(cylinder.end[axis] - at) < 0.8


def _on_wall(cylinder: Cylinder, corner: Vectors, axis: int) -> Shadow:
    """The soft shadow a cylinder casts on a wall, a little below it."""
    start, end = (
        (float(point[1 - axis] - corner[1 - axis]), float(corner[2] - point[2]) + 0.15)
        for point in (cylinder.start, cylinder.end)
    )
    return Shadow(start, end, 2 * cylinder.radius, 0.06 + 0.3 * cylinder.radius, 0.45)


def _on_floor(room: Room, cylinders: list[Cylinder], plinths: list[Quad]) -> list[Shadow]:
    """The shadows around the feet of tanks and pipes, and under the pumps."""
    found = []
    for one in cylinders:
        if one.start[2] <= room.low[2] + 0.01 and one.radius > 0.05:
            foot = _flat(one.start - room.low)
            found.append(Shadow(foot, foot, 2.3 * one.radius, 0.1 + 0.3 * one.radius, 0.6))
    for quad in plinths:
        corners = quad.hull() - room.low
        if np.ptp(corners[:, 2]) < 0.01 and corners[0, 2] < 0.01:
            middle = corners[:, 1].mean()
            ends = [(float(x), float(middle)) for x in (corners[:, 0].min(), corners[:, 0].max())]
            found.append(Shadow(ends[0], ends[1], 1.0, 0.2, 0.55))
    return found


def _flat(point: Vectors) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _brackets(plates: tuple[Plate, ...], room: Room) -> list[Cylinder]:
    """A post to the floor behind each low plate, a rod to the ceiling behind each high one."""
    found = []
    for plate in plates:
        middle = plate.outline.mean(axis=0)
        behind = middle + unit(middle) * 0.05
        goal = behind.copy()
        goal[2] = room.high[2] if middle[2] > 0.25 else room.low[2]
        found.append(Cylinder(behind, goal, 0.018, STEEL, 0.3))
        found.append(Cylinder(goal - UP * 0.02, goal + UP * 0.02, 0.07, STEEL, 0.1))
    return found
