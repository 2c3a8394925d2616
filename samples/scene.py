"""What stands in the hall around one camera: the room, tanks, pipes with flanges, trays, and the plates' brackets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.camera import UP, Vectors, unit
from samples.layout import Plate
from samples.render import Cylinder, Quad
from samples.surfaces import Colour, Shadow, ceiling, floor, noise_tile, wall

_PIPES: tuple[Colour, ...] = (
    (176, 180, 182), (150, 154, 158), (62, 104, 70), (52, 88, 136), (196, 160, 44), (150, 46, 40), (205, 204, 198),
    (120, 112, 100),
)  # fmt: skip
_WALLS: tuple[Colour, ...] = ((172, 180, 180), (188, 184, 168), (150, 164, 172), (178, 182, 172))
_STEEL: Colour = (118, 122, 124)


@dataclass(frozen=True)
class Room:
    """Corners of the hall in metres from the camera."""

    low: Vectors
    high: Vectors


@dataclass(frozen=True)
class Scene:
    """All that is drawn, and the noise of its surfaces."""

    quads: tuple[Quad, ...]
    cylinders: tuple[Cylinder, ...]
    tile: np.ndarray


def build(plates: tuple[Plate, ...], rng: np.random.Generator) -> Scene:
    """The hall around one image's plates."""
    room = Room(
        -np.array([*rng.uniform(4.2, 6.5, 2), 1.7]),
        np.array([*rng.uniform(4.2, 6.5, 2), rng.uniform(3.2, 4.4)]),
    )
    standing = _tanks(room, rng) + _columns(room, rng)
    pipes = _wall_pipes(room, rng) + _overhead_pipes(room, rng)
    boxes = _beams(room, rng) + _trays(room, rng)
    quads = _walls(room, standing, pipes, rng) + boxes
    return Scene(tuple(quads), tuple(standing + pipes + _brackets(plates, room)), noise_tile(rng))


def _tanks(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Upright vessels near the corners, with a skirt and a rim."""
    found = []
    for x, y in ((room.low[0], room.low[1]), (room.high[0], room.low[1]), (room.high[0], room.high[1])):
        radius = float(rng.uniform(0.6, 1.15))
        foot = np.array([x - np.sign(x) * (radius + 0.5), y - np.sign(y) * (radius + 0.5), room.low[2]])
        height = float(rng.uniform(2.2, 4.0))
        colour = _PIPES[int(rng.choice([0, 1, 6]))]
        found.append(Cylinder(foot, foot + UP * 0.12, radius * 1.08, (92, 92, 90), 0.0))
        found.append(Cylinder(foot, foot + UP * height, radius, colour, 0.2))
        for share in (0.3, 0.62, 0.97):
            found.append(
                Cylinder(
                    foot + UP * height * share, foot + UP * (height * share + 0.05), radius * 1.025, colour
                )
            )
        top = foot + UP * height
        found += _piped(
            [top, [*top[:2], room.high[2] - 0.6], [0.2 * top[0], top[1], room.high[2] - 0.6]], 0.09, _PIPES[1]
        )
    return found


def _columns(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Vertical pipes along the walls."""
    found = []
    for axis in (0, 1):
        for wall_at in (room.low, room.high):
            for _ in range(int(rng.integers(2, 4))):
                radius = float(rng.uniform(0.05, 0.13))
                foot = np.array([0.0, 0.0, room.low[2]])
                foot[axis] = wall_at[axis] - np.sign(wall_at[axis]) * (radius + 0.12)
                foot[1 - axis] = rng.uniform(room.low[1 - axis] * 0.6, room.high[1 - axis] * 0.6)
                top = foot + UP * (room.high[2] - room.low[2])
                found += _piped([foot, top], radius, _PIPES[int(rng.integers(len(_PIPES)))])
    return found


def _wall_pipes(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Horizontal pipes along the walls, several in a bank."""
    found = []
    for axis in (0, 1):
        for wall_at in (room.low, room.high):
            height = float(rng.uniform(-1.2, 0.4))
            for _ in range(int(rng.integers(1, 5))):
                radius = float(rng.choice([0.04, 0.06, 0.09, 0.13]))
                start = np.array([room.low[0], room.low[1], height + radius])
                end = np.array([room.high[0], room.high[1], height + radius])
                start[axis] = end[axis] = wall_at[axis] - np.sign(wall_at[axis]) * (radius + 0.3)
                found += _piped([start, end], radius, _PIPES[int(rng.integers(len(_PIPES)))])
                height += 2 * radius + float(rng.uniform(0.12, 0.3))
    return found


def _overhead_pipes(room: Room, rng: np.random.Generator) -> list[Cylinder]:
    """Pipe rack under the ceiling."""
    found = []
    x = float(rng.uniform(room.low[0] * 0.6, 0))
    for _ in range(int(rng.integers(4, 7))):
        radius = float(rng.choice([0.06, 0.1, 0.14, 0.2]))
        x += radius + 0.12
        z = room.high[2] - 0.75
        found += _piped(
            [[x, room.low[1], z], [x, room.high[1], z]], radius, _PIPES[int(rng.integers(len(_PIPES)))]
        )  # fmt: skip
        x += radius
    return found


def _piped(points: list, radius: float, colour: Colour) -> list[Cylinder]:
    """A pipe through points, with flanges every 1.6 metres and a ball at each bend."""
    found = []
    way = [np.array(point, dtype=float) for point in points]
    for start, end in zip(way, way[1:], strict=False):
        found.append(Cylinder(start, end, radius, colour, 0.3))
        along, length = unit(end - start), float(np.linalg.norm(end - start))
        for at in np.arange(0.8, length - 0.2, 1.6):
            for shift in (-0.035, 0.015):
                middle = start + along * (at + shift)
                found.append(Cylinder(middle, middle + along * 0.03, radius * 1.55 + 0.015, colour, 0.15))
    for bend in way[1:-1]:
        found.append(
            Cylinder(bend - UP * radius * 1.15, bend + UP * radius * 1.15, radius * 1.15, colour, 0.2)
        )
    return found


def _beams(room: Room, rng: np.random.Generator) -> list[Quad]:
    """Steel beams across the ceiling."""
    found = []
    for y in np.linspace(room.low[1], room.high[1], 5)[1:-1] + rng.uniform(-0.3, 0.3, 3):
        found += _box(
            np.array([room.low[0], y - 0.12, room.high[2] - 0.38]),
            np.array([room.high[0], y + 0.12, room.high[2]]),
            (142, 130, 78),
            rng,
        )
    return found


def _trays(room: Room, rng: np.random.Generator) -> list[Quad]:
    """A cable tray along one wall and cabinets on the floor before it."""
    x = room.low[0] + 0.5
    found = _box(
        np.array([x, room.low[1], 1.9]), np.array([x + 0.4, room.high[1], 2.0]), (134, 138, 140), rng
    )
    for y in rng.uniform(room.low[1] + 1, room.high[1] - 2, 2):
        found += _box(
            np.array([room.high[0] - 0.55, y, room.low[2]]),
            np.array([room.high[0], y + 0.9, room.low[2] + rng.uniform(1.2, 2.0)]),
            (166, 170, 166),
            rng,
        )
    return found


def _box(low: Vectors, high: Vectors, colour: Colour, rng: np.random.Generator) -> list[Quad]:
    """The six sides of a box, each with its own light, grain and worn edges."""
    found = []
    span = high - low
    for axis in range(3):
        one, two = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
        for side, at in ((-1, low), (1, high)):
            light = (0.62, 0.8, 0.45, 1.05)[(axis == 1) if axis < 2 else 2 + (side > 0)]
            right, down = one * (span @ one), two * (span @ two)
            corner = low + np.eye(3)[axis] * (at - low)[axis]
            size = (max(8, round(span @ one / 0.015)), max(8, round(span @ two / 0.015)))
            page = np.empty((size[1], size[0], 3), np.float32)
            page[:] = np.array(colour) * light
            page *= 1 + 0.04 * rng.standard_normal((size[1], size[0], 1)).astype(np.float32)
            page[[0, -1]] *= 0.7
            page[:, [0, -1]] *= 0.7
            found.append(Quad(corner, right, down, page))
    return found


def _walls(
    room: Room, standing: list[Cylinder], pipes: list[Cylinder], rng: np.random.Generator
) -> list[Quad]:
    """The six sides of the room, with the shadows of what stands near them."""
    low, high = room.low, room.high
    span = high - low
    colour = _WALLS[int(rng.integers(len(_WALLS)))]
    found = []
    for axis in (0, 1):
        for at in (low, high):
            corner = np.array([low[0], low[1], high[2]])
            corner[axis] = at[axis]
            right = np.eye(3)[1 - axis] * span[1 - axis]
            shadows = [
                _on_wall(one, corner, axis) for one in standing + pipes if _near_wall(one, at[axis], axis)
            ]
            page = wall(rng, (float(span[1 - axis]), float(span[2])), shadows, colour)
            found.append(Quad(corner, right, -UP * span[2], page))
    feet = [one for one in standing if one.start[2] <= low[2] + 0.01]
    shadows = [
        Shadow((foot[0], foot[1]), (foot[0], foot[1]), 2.3 * one.radius, 0.1 + 0.3 * one.radius, 0.6)
        for one in feet
        for foot in [one.start - low]
    ]
    along, across = np.array([span[0], 0, 0]), np.array([0, span[1], 0])
    found.append(Quad(low, along, across, floor(rng, (float(span[0]), float(span[1])), shadows)))
    lamps = [(float(span[0] * x), float(span[1] * y)) for x in (0.25, 0.75) for y in (0.3, 0.7)]
    top = np.array([low[0], low[1], high[2]])
    found.append(Quad(top, along, across, ceiling(rng, (float(span[0]), float(span[1])), lamps)))
    return found


def _near_wall(cylinder: Cylinder, at: float, axis: int) -> bool:
    return abs(cylinder.start[axis] - at) < 0.8 and abs(cylinder.end[axis] - at) < 0.8


def _on_wall(cylinder: Cylinder, corner: Vectors, axis: int) -> Shadow:
    """The soft shadow a cylinder casts on a wall, a little below it."""
    ends = [
        (float(point[1 - axis] - corner[1 - axis]), float(corner[2] - point[2]) + 0.15)
        for point in (cylinder.start, cylinder.end)
    ]
    return Shadow(ends[0], ends[1], 2 * cylinder.radius, 0.06 + 0.3 * cylinder.radius, 0.45)


def _brackets(plates: tuple[Plate, ...], room: Room) -> list[Cylinder]:
    """A post to the floor behind each low plate, a rod to the ceiling behind each high one."""
    found = []
    for plate in plates:
        middle = plate.outline.mean(axis=0)
        behind = middle + unit(middle) * 0.05
        goal = behind.copy()
        goal[2] = room.high[2] if middle[2] > 0.25 else room.low[2]
        found.append(Cylinder(behind, goal, 0.018, _STEEL, 0.3))
        found.append(Cylinder(goal - UP * 0.02, goal + UP * 0.02, 0.07, _STEEL, 0.1))
    return found
