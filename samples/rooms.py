"""The stations of the plant: each builds the scene around one camera."""

from collections.abc import Callable

import numpy as np

from samples import fittings as f
from samples import materials as m
from samples.camera import Array
from samples.materials import Material
from samples.piping import actuator, bracket, flange, gauge, pipe, transmitter, valve
from samples.scene import Lamp, Scene, X, Y, Z, box, panel, rod
from samples.yards import deck

EYE = 1.65  # m above the floor

_FLOORS = (m.CONCRETE, m.CONCRETE.painted("#7f8a86"), m.CONCRETE.painted("#8a7f74"), m.TREAD)
_WALLS = (m.BLOCKS, m.FORMWORK, m.BLOCKS.painted("#c5cdc6"), m.BLOCKS.painted("#d9d3bf"))
_PIPES = (
    m.CLADDING,
    m.CLADDING,
    m.PAINT.painted("#2f7d54"),
    m.PAINT.painted("#8e979c"),
    m.WORN.painted("#4a6d8c"),
    m.PAINT.painted("#c79a12"),
    m.STEEL,
    m.WORN.painted("#8f9a9b"),
    m.PAINT.painted("#9c2b22"),
)
_VALVES = (m.PAINT.painted("#3c6ea5"), m.PAINT.painted("#7d8488"), m.WORN.painted("#2f6d4f"))

Plan = tuple[float, float, float, float]


def pick(options: tuple[Material, ...], rng: np.random.Generator) -> Material:
    return options[rng.integers(len(options))]


def at(x: float, y: float, z: float) -> Array:
    return np.array([x, y, z], float)


def shell(scene: Scene, plan: Plan, top: float, wall: Material, floor: Material) -> None:
    """Floor, walls and ceiling of a room; ``plan``: its x and y ranges, ``top``: above the camera."""
    x0, x1, y0, y1 = plan
    scene.ceiling = top
    middle = at((x0 + x1) / 2, (y0 + y1) / 2, 0)
    height, level = top + EYE, (top - EYE) / 2
    scene.add(panel(middle - Z * EYE, Z, x1 - x0, y1 - y0, floor, up=Y))
    scene.add(panel(middle + Z * top, -Z, x1 - x0, y1 - y0, m.SHEET.painted("#c3c7c6"), up=Y))
    for place, normal, width in (
        (at(x0, middle[1], 0), X, y1 - y0),
        (at(x1, middle[1], 0), -X, y1 - y0),
        (at(middle[0], y0, 0), Y, x1 - x0),
        (at(middle[0], y1, 0), -Y, x1 - x0),
    ):
        side = panel(place + Z * level, normal, width, height, wall)
        scene.add(side)
        f.flat(
            scene,
            place + Z * (level - 0.2),
            normal,
            width - 0.4,
            height - 1.2,
            wall.tile != "corrugated",
            side,
        )
        half = (0.008, width / 2, 0.06) if abs(normal[0]) > 0.5 else (width / 2, 0.008, 0.06)
        scene.add(box(place - Z * (EYE - 0.06), half, m.PAINT.painted("#4d5357")))


def lights(scene: Scene, plan: Plan, top: float, power: float, drop: float = 0.5) -> None:
    """Four luminaires."""
    x0, x1, y0, y1 = plan
    along = X if x1 - x0 < y1 - y0 else Y
    for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
        place = at(x * 0.52, y * 0.52, top - drop)
        f.luminaire(scene, place, along)
        scene.lamps.append(Lamp(place - Z * 0.05, (power, power * 0.96, power * 0.88), 0.5))


def roof_beams(scene: Scene, plan: Plan, top: float, material: Material) -> None:
    x0, x1, y0, y1 = plan
    for y in np.arange(y0 + 0.7, y1, 1.6):
        f.beam(scene, at(x0, y, top - 0.14), at(x1, y, top - 0.14), 0.26, material)


def wall_pipes(
    scene: Scene, start: Array, along: Array, out: Array, length: float, rng: np.random.Generator
) -> None:
    """Pipes along a wall, one above the other, with valves and flanges; ``start`` is on the wall."""
    level = rng.uniform(-1.0, -0.75)
    while level < 1.0:
        radius = float(rng.choice([0.05, 0.07, 0.09, 0.12]))
        material = pick(_PIPES, rng)
        line = start + out * (radius + 0.12) + Z * level
        end = line + along * length
        pipe(scene, [line, end, end - out * (radius + 0.12)], radius, material)
        for d in np.arange(0.4, length, 1.3):
            bracket(scene, start + along * d + Z * (level - radius - 0.02), out, 2 * radius + 0.12)
        where = line + along * rng.uniform(0.25, 0.75) * length
        draw = rng.random()
        if draw < 0.45 and radius < 0.1:
            valve(scene, where, along, out if draw < 0.3 else Z, radius, pick(_VALVES, rng))
        elif draw < 0.8:
            flange(scene, where, along, radius, material)
        level += 2 * radius + rng.uniform(0.28, 0.5)


def overhead(scene: Scene, a: Array, b: Array, count: int, rng: np.random.Generator) -> None:
    """Parallel pipes under the ceiling, on hangers."""
    along = (b - a) / np.linalg.norm(b - a)
    side = np.cross(Z, along)
    offset = 0.0
    for _ in range(count):
        radius = float(rng.choice([0.04, 0.06, 0.08, 0.11]))
        offset += radius + 0.05
        pipe(scene, [a + side * offset, b + side * offset], radius, pick(_PIPES, rng))
        offset += radius + 0.05
    length = float(np.linalg.norm(b - a))
    for d in np.arange(0.5, length, 1.7):
        low = a + along * d - Z * 0.14
        f.beam(scene, low - side * 0.1, low + side * (offset + 0.1), 0.07, m.GALVANISED)
        for s in (-0.05, offset + 0.05):
            scene.add(rod(low + side * s, low + side * s + Z * 1.6, 0.008, m.STEEL))


def pump_room(rng: np.random.Generator) -> Scene:
    """Pumps below pipes, a vessel, a switchboard, a drum."""
    scene = Scene(EYE, (0.38, 0.39, 0.41), (0.19, 0.185, 0.18))
    plan = (-rng.uniform(2.0, 2.7), rng.uniform(2.2, 3.0), -rng.uniform(1.9, 2.5), rng.uniform(2.7, 3.6))
    x0, x1, y0, y1 = plan
    top = rng.uniform(2.2, 2.8)
    shell(scene, plan, top, pick(_WALLS, rng), pick(_FLOORS, rng))
    lights(scene, plan, top, 1.7)
    wall_pipes(scene, at(x0, y1, 0.35), X, -Y, (x1 - x0) * 0.55, rng)
    for k, x in enumerate((x0 + 0.9, x0 + 2.4)):
        colour = m.PAINT.painted(str(rng.choice(["#2f6d4f", "#2f5d86", "#6f787c"])))
        f.pump(scene, at(x, y1 - 0.75, -EYE), X, 0.62, colour)
        riser = at(x + 0.36, y1 - 0.75, -EYE + 0.9)
        pipe(
            scene,
            [riser, riser + Z * (1.2 + 0.3 * k), at(x + 0.36, y1 - 0.2, -EYE + 2.1 + 0.3 * k)],
            0.07,
            m.CLADDING,
        )
        gauge(scene, riser + Z * rng.uniform(0.3, 0.6), -Y)
    f.tank(
        scene,
        at(x1 - 0.75, y1 - 0.85, -EYE),
        rng.uniform(0.45, 0.6),
        rng.uniform(2.6, 3.1),
        pick(_PIPES[:2], rng),
    )
    f.cabinet(scene, at(x0 + 0.25, -0.35, -EYE), X, 1.3, 1.9, m.PAINT.painted("#c9ccc7"))
    f.tray(scene, at(x0, y0 + 0.45, top - 0.7), at(x1, y0 + 0.45, top - 0.7), 0.4)
    overhead(scene, at(x0, -0.4, top - 1.0), at(x1, -0.4, top - 1.0), 3, rng)
    f.extinguisher(scene, at(x1, y0 + 0.5, -0.9), -X)
    f.junction_box(scene, at(x1, rng.uniform(0.2, 0.8), 0.1), -X, 0.42, 0.52)
    f.drum(scene, at(x1 - 0.45, y0 + 1.15, -EYE), m.WORN.painted("#22508a"))
    transmitter(scene, at(x0 + 1.9, y0 + 0.12, 0.15), Y)
    f.stripe(
        scene, at(x0 + 0.8, y0 + 0.9, -EYE), at(x1 - 0.8, y0 + 0.9, -EYE), 0.09, m.PAINT.painted("#d9ad10")
    )
    return scene


def gallery(rng: np.random.Generator) -> Scene:
    """A narrow room with pipes along both walls and overhead."""
    scene = Scene(EYE, (0.37, 0.38, 0.40), (0.18, 0.18, 0.175))
    plan = (-rng.uniform(1.7, 2.1), rng.uniform(1.7, 2.2), -rng.uniform(2.4, 3.0), rng.uniform(3.2, 4.6))
    x0, x1, y0, y1 = plan
    top = rng.uniform(1.9, 2.3)
    shell(scene, plan, top, pick(_WALLS, rng), m.GRATING if rng.random() < 0.7 else m.TREAD)
    lights(scene, plan, top, 1.3, 0.3)
    wall_pipes(scene, at(x0, y0 + 0.9, 0.1), Y, X, (y1 - y0) * rng.uniform(0.35, 0.5), rng)
    wall_pipes(scene, at(x1, y0 + 0.2, 0.2), Y, -X, (y1 - y0) * rng.uniform(0.35, 0.55), rng)
    overhead(scene, at(0.5, y0, top - 0.75), at(0.5, y1, top - 0.75), 3, rng)
    f.tray(scene, at(x1 - 0.5, y0, top - 0.5), at(x1 - 0.5, y1, top - 0.5), 0.35)
    actuator(scene, at(x0 + 0.5, y1 - 0.9, -1.1), Y, 0.09)
    pipe(scene, [at(x0 + 0.5, y1 - 2.2, -1.1), at(x0 + 0.5, y1, -1.1)], 0.09, pick(_PIPES, rng))
    f.junction_box(scene, at(x1, y1 - 0.9, 0.2), -X, 0.5, 0.6)
    f.door(scene, at(x0 * 0.4, y1, -EYE), -Y, m.PAINT.painted("#5d7f92"))
    transmitter(scene, at(x1 - 0.14, y1 - 1.7, 0.0), -X)
    f.extinguisher(scene, at(x1 * 0.6, y0, -0.9), Y)
    for x in (x0 + 0.75, x1 - 0.75):
        f.stripe(scene, at(x, y0, -EYE), at(x, y1, -EYE), 0.07, m.PAINT.painted("#d9ad10"))
    return scene


def switch_room(rng: np.random.Generator) -> Scene:
    """Switchboards on both sides, cable ladders above, light walls."""
    scene = Scene(EYE, (0.46, 0.47, 0.48), (0.25, 0.25, 0.245))
    plan = (-rng.uniform(1.8, 2.3), rng.uniform(1.8, 2.4), -rng.uniform(2.2, 2.8), rng.uniform(2.6, 3.4))
    x0, x1, y0, y1 = plan
    top = rng.uniform(1.7, 2.1)
    shell(scene, plan, top, m.BLOCKS.painted("#dedbd0"), m.CONCRETE.painted("#8f9a9c"))
    lights(scene, plan, top, 1.4, 0.25)
    colour = m.PAINT.painted(str(rng.choice(["#c9ccc7", "#b9c2c4", "#d3cfc0"])))
    f.cabinet(scene, at(x0 + 0.25, (y0 + y1) / 2, -EYE), X, (y1 - y0) * 0.85, 1.95, colour)
    f.cabinet(scene, at(x1 - 0.25, y1 - 1.3, -EYE), -X, 2.0, 1.95, colour)
    f.tray(scene, at(x0 + 0.35, y0, top - 0.35), at(x0 + 0.35, y1, top - 0.35), 0.4)
    f.tray(scene, at(x1 - 0.35, y0, top - 0.35), at(x1 - 0.35, y1, top - 0.35), 0.4)
    f.duct(scene, at(0.1, y0, top - 0.3), at(0.1, y1, top - 0.3), 0.45)
    f.door(scene, at(x0 * 0.2, y0, -EYE), Y, m.PAINT.painted("#8b9aa2"))
    f.extinguisher(scene, at(x1, y0 + 0.6, -0.9), -X)
    f.junction_box(scene, at(x1, y0 + 1.3, 0.0), -X, 0.4, 0.4)
    f.stripe(scene, at(x0 + 0.75, y0, -EYE), at(x0 + 0.75, y1, -EYE), 0.1, m.HAZARD)
    return scene


def vessel_hall(rng: np.random.Generator) -> Scene:
    """A high hall with vessels, steelwork and a skylight."""
    scene = Scene(EYE, (0.42, 0.44, 0.47), (0.20, 0.195, 0.19))
    plan = (-rng.uniform(2.6, 3.4), rng.uniform(2.6, 3.6), -rng.uniform(2.0, 2.6), rng.uniform(3.4, 4.4))
    x0, x1, y0, y1 = plan
    top = rng.uniform(3.0, 3.8)
    shell(scene, plan, top, pick((*_WALLS, m.FORMWORK), rng), pick(_FLOORS, rng))
    steel = m.PAINT.painted(str(rng.choice(["#5f7f8f", "#7a8a80", "#8f8f86"])))
    roof_beams(scene, plan, top, steel)
    lights(scene, plan, top, 2.6, 0.7)
    for x in (x0 + 0.2, x1 - 0.2):
        f.column(scene, at(x, y0 + 1.2, -EYE), top + EYE, 0.22, steel)
    f.tank(
        scene, at(x0 + 1.0, y1 - 1.1, -EYE), rng.uniform(0.6, 0.75), rng.uniform(3.0, 3.8), pick(_PIPES, rng)
    )
    f.tank(scene, at(x1 - 0.9, y1 - 1.2, -EYE), rng.uniform(0.45, 0.65), rng.uniform(2.5, 3.4), m.CLADDING)
    f.lying_tank(scene, at((x0 + x1) / 2, y1 - 0.7, -EYE), X, 0.42, 1.7, pick(_PIPES, rng))
    f.ladder(scene, at(x0 + 1.0, y1 - 1.1 - 0.85, -EYE), 3.4, -Y)
    wall_pipes(scene, at(x1, y0 + 0.3, 0.3), Y, -X, (y1 - y0) * 0.4, rng)
    overhead(scene, at(x0, 0.9, 2.0), at(x1, 0.9, 2.0), 4, rng)
    f.railing(scene, at(x0 + 0.4, y0 + 0.55, -EYE), at(x1 - 1.4, y0 + 0.55, -EYE))
    f.pump(scene, at(x1 - 1.0, -0.6, -EYE), Y, 0.55, m.PAINT.painted("#2f5d86"))
    f.junction_box(scene, at(x0, 0.5, 0.0), X, 0.5, 0.6)
    f.extinguisher(scene, at(x0, -0.6, -0.9), X)
    f.tray(scene, at(x0 + 0.5, y0, top - 1.0), at(x0 + 0.5, y1, top - 1.0), 0.4)
    scene.add(panel(at(0, (y0 + y1) / 2, top - 0.01), -Z, 0.9, (y1 - y0) * 0.7, m.SKYLIGHT, up=Y))
    scene.lamps.append(Lamp(at(0, (y0 + y1) / 2, top - 0.2), (1.6, 1.8, 2.1), 0.9))
    return scene


ROOMS: tuple[Callable[[np.random.Generator], Scene], ...] = (
    pump_room,
    deck,
    gallery,
    vessel_hall,
    switch_room,
    pump_room,
    deck,
    vessel_hall,
)
