"""Stations under the open sky."""

import numpy as np

from samples import fittings as f
from samples import materials as m
from samples.camera import Array
from samples.materials import Material
from samples.piping import flange, pipe, transmitter, valve
from samples.scene import Scene, X, Y, Z, ball, box, panel, rod

_EYE = 1.65
_PIPES = (
    m.CLADDING,
    m.CLADDING,
    m.PAINT.painted("#2f7d54"),
    m.WORN.painted("#8f9a9b"),
    m.PAINT.painted("#c79a12"),
)


def _at(x: float, y: float, z: float) -> Array:
    return np.array([x, y, z], float)


def deck(rng: np.random.Generator) -> Scene:
    """A place between a fire wall, a pipe rack and vessels, under the sky."""
    scene = Scene(_EYE, (0.95, 1.02, 1.15), (0.42, 0.40, 0.37))
    high, turn = rng.uniform(0.6, 1.0), rng.uniform(0.3, 2.8)
    scene.sun = _at(np.cos(turn) * np.cos(high), -np.sin(turn) * np.cos(high), np.sin(high))
    y1, x0, x1 = rng.uniform(2.2, 2.9), -rng.uniform(2.1, 2.8), rng.uniform(2.3, 3.0)
    floor = m.CONCRETE if rng.random() < 0.6 else m.TREAD
    scene.add(panel(_at(0, 0, -_EYE), Z, 11, 11, floor, up=Y))
    scene.add(panel(_at(0, 0, -_EYE - 0.02), Z, 160, 160, m.CONCRETE.painted("#8d8a80"), up=Y))
    _fire_wall(scene, y1, x0 - 0.6, x1 + 0.8)
    _building(scene, x0)
    _rack(scene, x1, rng)
    f.tank(scene, _at(-0.4, -3.1, -_EYE), rng.uniform(0.7, 0.95), rng.uniform(3.4, 4.6), m.CLADDING)
    f.lying_tank(scene, _at(-2.6, -3.2, -_EYE), X, 0.5, 1.9, m.WORN.painted("#c9ccc8"))
    f.railing(scene, _at(x0 + 0.3, -1.75, -_EYE), _at(x1 - 0.6, -1.75, -_EYE))
    f.pump(scene, _at(0.9, y1 - 0.9, -_EYE), X, 0.6, m.PAINT.painted("#2f6d4f"))
    transmitter(scene, _at(-1.0, y1 - 0.14, 0.1), -Y)
    f.drum(scene, _at(x0 + 0.7, y1 - 0.6, -_EYE), m.WORN.painted("#22508a"))
    _skyline(scene, rng)
    return scene


def _fire_wall(scene: Scene, y: float, x0: float, x1: float) -> None:
    wall = panel(_at((x0 + x1) / 2, y, -_EYE + 1.6), -Y, x1 - x0, 3.2, m.FORMWORK)
    scene.add(wall, box(_at((x0 + x1) / 2, y + 0.13, -_EYE + 1.6), ((x1 - x0) / 2, 0.12, 1.6), m.FORMWORK))
    scene.add(box(_at((x0 + x1) / 2, y + 0.08, 1.58), ((x1 - x0) / 2 + 0.03, 0.14, 0.03), m.GALVANISED))
    f.flat(scene, wall.centre, -Y, x1 - x0 - 0.3, 2.6, solid=wall)
    f.junction_box(scene, _at(x0 + 0.9, y, -0.1), -Y, 0.45, 0.5)


def _building(scene: Scene, x: float) -> None:
    """The side of a building: sheet on a concrete foot, a door, a gutter."""
    side = panel(_at(x, 0.2, 0.9), X, 5.0, 4.2, m.SHEET.painted("#b9c3c2"))
    foot = panel(_at(x + 0.03, 0.2, -_EYE + 0.35), X, 5.0, 0.7, m.FORMWORK)
    scene.add(side, foot, box(_at(x - 0.3, 0.2, 0.6), (0.28, 2.5, 2.25), m.SHEET))
    f.flat(scene, _at(x, 0.2, 0.6), X, 4.6, 2.6, False, side)
    f.door(scene, _at(x, -0.9, -_EYE), X, m.PAINT.painted("#5d7f92"))
    scene.add(rod(_at(x + 0.06, 2.3, 2.95), _at(x + 0.06, 2.3, -_EYE), 0.045, m.GALVANISED))
    scene.add(box(_at(x + 0.08, 0.2, 2.98), (0.08, 2.5, 0.06), m.GALVANISED))
    f.extinguisher(scene, _at(x, 0.5, -0.9), X)


def _rack(scene: Scene, x: float, rng: np.random.Generator) -> None:
    """A pipe rack: portals of steel, two levels of pipes, some of them overhead."""
    steel = m.PAINT.painted("#6f8791")
    for y in (-3.2, 0.9, 5.0):
        for column in (x, x + 2.2):
            f.column(scene, _at(column, y, -_EYE), 4.4, 0.2, steel)
        for z in (1.5, 2.6):
            f.beam(scene, _at(x - 1.0, y, z), _at(x + 2.3, y, z), 0.2, steel)
    for z in (1.6, 2.7):
        place = x - 0.95
        while place < x + 2.0:
            radius = float(rng.choice([0.05, 0.08, 0.11, 0.15]))
            place += radius
            pipe(scene, [_at(place, -7, z + radius), _at(place, 7, z + radius)], radius, _pick(rng))
            place += radius + rng.uniform(0.06, 0.25)
    for k, z in enumerate((-0.9, -0.35, 0.25)):
        radius = 0.06 + 0.02 * k
        line = _at(x - 0.25, 0, z)
        material = _pick(rng)
        pipe(scene, [line - Y * 3.0, line + Y * 1.6, line + Y * 1.6 + Z * 3], radius, material)
        valve(scene, line + Y * rng.uniform(-1.6, 0.2), Y, -X, radius, m.PAINT.painted("#3c6ea5"))
        flange(scene, line + Y * 0.9, Y, radius, material)


def _pick(rng: np.random.Generator) -> Material:
    return _PIPES[rng.integers(len(_PIPES))]


def _skyline(scene: Scene, rng: np.random.Generator) -> None:
    """What stands far off: halls, storage tanks, stacks."""
    for _ in range(26):
        turn = rng.uniform(0, 2 * np.pi)
        foot = np.array([np.cos(turn), np.sin(turn), 0.0]) * rng.uniform(18, 60) - Z * _EYE
        draw = rng.random()
        grey = m.PAINT.painted(str(rng.choice(["#9aa5ab", "#b7bcbc", "#8795a0", "#c7c9c4"])))
        if draw < 0.45:
            half = (rng.uniform(2, 6), rng.uniform(2, 5), rng.uniform(1.5, 4))
            scene.add(box(foot + Z * half[2], half, grey, turn))
        elif draw < 0.8:
            radius, height = rng.uniform(1.5, 4), rng.uniform(3, 8)
            scene.add(
                rod(foot, foot + Z * height, radius, grey),
                ball(foot + Z * height, (radius, radius, radius * 0.25), grey),
            )
        else:
            scene.add(rod(foot, foot + Z * rng.uniform(10, 22), 0.7, grey, 0.4))
