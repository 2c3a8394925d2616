"""Pipes and what sits on them, each thing built from a few solids."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from samples import materials as m
from samples.camera import Array
from samples.materials import Material
from samples.plates import Plate
from samples.scene import Mount, Scene, Y, Z, ball, box, frame, rod
from samples.solids import Solid


def pipe(scene: Scene, points: list[Array], radius: float, material: Material, tags: bool = True) -> None:
    """A pipe through the points, with rounded elbows; long straight parts can carry plates."""
    bend = 1.9 * radius
    for i, (a, b) in enumerate(pairwise(points)):
        along = (b - a) / np.linalg.norm(b - a)
        start = a if i == 0 else a + bend * along
        end = b if i == len(points) - 2 else b - bend * along
        scene.add(rod(start, end, radius, material))
        length = float(np.linalg.norm(end - start))
        if tags and length > 0.5:
            scene.mounts.append(Mount("pipe", (start + end) / 2, along, Z, length - 0.1, 0.0, radius))
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        scene.add(*_elbow(before, corner, after, bend, radius, material))


def _elbow(
    before: Array, corner: Array, after: Array, bend: float, radius: float, material: Material
) -> Iterator[Solid]:
    a = (before - corner) / np.linalg.norm(before - corner)
    b = (after - corner) / np.linalg.norm(after - corner)
    middle = corner + bend * (a + b)
    turns = np.linspace(0, np.pi / 2, 6)
    arc = [middle - bend * (np.cos(t) * b + np.sin(t) * a) for t in turns]
    for p, q in pairwise(arc):
        yield rod(p, q, radius, material)
    for p in arc[1:-1]:
        yield ball(p, (radius, radius, radius), material)


def flange(
    scene: Scene, at: Array, along: Array, radius: float, material: Material, bolts: bool = True
) -> None:
    """A pair of flanges with bolts around a pipe."""
    thick = max(0.018, 0.22 * radius)
    scene.add(
        rod(at - along * thick * 1.15, at - along * thick * 0.12, 1.75 * radius, material),
        rod(at + along * thick * 0.12, at + along * thick * 1.15, 1.75 * radius, material),
    )
    if not bolts:
        return
    sides = frame(along, Y)
    for turn in np.arange(8) * np.pi / 4 + 0.2:
        place = at + 1.45 * radius * (np.cos(turn) * sides[0] + np.sin(turn) * sides[1])
        scene.add(rod(place - along * thick * 1.7, place + along * thick * 1.7, 0.13 * radius, m.GALVANISED))


def valve(scene: Scene, at: Array, along: Array, up: Array, radius: float, colour: Material) -> None:
    """A hand valve in a pipe: body between flanges, bonnet, stem and hand wheel."""
    reach = 2.1 * radius
    flange(scene, at - along * reach, along, radius, colour)
    flange(scene, at + along * reach, along, radius, colour)
    scene.add(
        ball(at, (1.55 * radius, 1.55 * radius, 1.35 * radius), colour, frame(up, along)),
        rod(at, at + up * 2.4 * radius, 0.85 * radius, colour, 0.6 * radius),
        rod(at + up * 2.2 * radius, at + up * 2.5 * radius, 1.1 * radius, colour),
        rod(at + up * 2.5 * radius, at + up * 4.6 * radius, 0.17 * radius, m.STEEL),
    )
    wheel(scene, at + up * 4.2 * radius, up, 1.7 * radius, m.PAINT.painted("#a8261f"))


def wheel(scene: Scene, at: Array, axis: Array, radius: float, material: Material) -> None:
    sides = frame(axis, Y)
    turns = np.linspace(0, 2 * np.pi, 15)
    rim = [at + radius * (np.cos(t) * sides[0] + np.sin(t) * sides[1]) for t in turns]
    for a, b in pairwise(rim):
        scene.add(rod(a, b, 0.075 * radius, material))
    for a in rim[::5]:
        scene.add(rod(at, a, 0.055 * radius, material))
    scene.add(rod(at - axis * 0.08 * radius, at + axis * 0.12 * radius, 0.18 * radius, material))


def actuator(scene: Scene, at: Array, along: Array, radius: float) -> None:
    """A control valve: body and diaphragm drive."""
    body = m.PAINT.painted("#3c6ea5")
    flange(scene, at - along * 2.1 * radius, along, radius, body)
    flange(scene, at + along * 2.1 * radius, along, radius, body)
    top = at + Z * 5.0 * radius
    scene.add(
        ball(at, (1.6 * radius, 1.6 * radius, 1.5 * radius), body),
        rod(at, top, 0.45 * radius, m.STEEL),
        rod(top, top + Z * 0.9 * radius, 1.0 * radius, body, 2.4 * radius),
        rod(top + Z * 0.9 * radius, top + Z * 1.1 * radius, 2.6 * radius, body),
        ball(top + Z * 1.1 * radius, (2.3 * radius, 2.3 * radius, 0.8 * radius), body),
        box(
            at + Z * 3.2 * radius + along * 1.1 * radius, (0.6 * radius, 0.7 * radius, 0.9 * radius), m.PAINT
        ),
    )


def gauge(scene: Scene, root: Array, towards: Array, size: float = 0.06) -> None:
    """A pressure gauge on a stub out of a pipe, its dial towards the given direction."""
    foot = root + towards / np.linalg.norm(towards) * 0.14
    at = foot + Z * 0.14
    scene.add(rod(root, foot, 0.009, m.STEEL), ball(foot, (0.014, 0.014, 0.014), m.STEEL))
    towards = towards / np.linalg.norm(towards)
    scene.add(
        rod(foot, at, 0.009, m.STEEL),
        rod(at - towards * 0.02, at + towards * 0.018, size, m.STEEL),
        rod(at + towards * 0.018, at + towards * 0.021, 0.9 * size, m.DIAL),
        rod(at + towards * 0.021, at + towards * 0.024, 0.1 * size, m.RUBBER),
    )
    side = np.cross(Z, towards)
    for turn in np.radians(np.arange(-130, 131, 26)):
        mark = at + towards * 0.0205 + 0.74 * size * (np.sin(turn) * side + np.cos(turn) * Z)
        scene.add(rod(mark, mark + towards * 0.002, 0.035 * size, m.RUBBER))
    tip = at + towards * 0.023 + 0.66 * size * (np.sin(0.7) * side + np.cos(0.7) * Z)
    scene.add(rod(at + towards * 0.023, tip, 0.03 * size, m.RUBBER))


def transmitter(scene: Scene, at: Array, towards: Array) -> None:
    """A field instrument on a bracket: round housing with covers, manifold and tubes below."""
    towards = towards / np.linalg.norm(towards)
    scene.add(rod(at - Z * 0.16 - towards * 0.2, at - Z * 0.16, 0.02, m.GALVANISED))
    body = m.PAINT.painted("#2d6fa3")
    scene.add(
        rod(at - towards * 0.075, at + towards * 0.075, 0.052, body),
        rod(at + towards * 0.06, at + towards * 0.09, 0.057, m.GALVANISED),
        rod(at + towards * 0.09, at + towards * 0.092, 0.042, m.GLASS),
        rod(at - towards * 0.09, at - towards * 0.06, 0.057, body),
        rod(at - Z * 0.11, at - Z * 0.04, 0.03, m.STEEL),
        box(at - Z * 0.16, (0.05, 0.045, 0.05), m.STEEL, float(np.arctan2(towards[1], towards[0]))),
    )
    side = np.cross(Z, towards)
    scene.add(rod(at - Z * 0.16 + side * 0.03, at - Z * 0.5 + side * 0.03, 0.008, m.STEEL))
    scene.add(rod(at - Z * 0.16 - side * 0.03, at - Z * 0.5 - side * 0.03, 0.008, m.STEEL))


def bracket(scene: Scene, at: Array, out: Array, reach: float) -> None:
    """A bracket under a pipe, from a wall."""
    turn = float(np.arctan2(out[1], out[0]))
    scene.add(box(at + out * reach / 2, (reach / 2, 0.02, 0.02), m.GALVANISED, turn))
    scene.add(rod(at + out * reach * 0.85, at - Z * reach * 0.7, 0.012, m.GALVANISED))


def support(scene: Scene, plate: Plate, mount: Mount) -> None:
    """What holds a plate that hangs on no flat surface: bands around a pipe, a post, or rods from above."""
    width, height = (side * plate.cap for side in plate.design.board)
    if mount.kind == "pipe":
        along = abs(float(plate.right @ mount.right)) > 0.7
        reach, axis = (0.36 * width, plate.right) if along else (0.3 * height, plate.up)
        middle = plate.centre - mount.right * ((plate.centre - mount.centre) @ mount.right)
        axis_point = plate.centre - (middle - mount.centre)
        for s in (-reach, reach) if mount.radius < 0.4 else ():
            band = axis_point + axis * s
            scene.add(
                rod(
                    band - mount.right * 0.008,
                    band + mount.right * 0.008,
                    mount.radius * 1.03 + 0.003,
                    m.STEEL,
                )
            )
    elif mount.kind == "stand":
        behind = plate.centre - plate.normal * 0.02
        if behind[2] < 0.35 or scene.ceiling is None:
            foot = np.array([behind[0], behind[1], -scene.floor])
            scene.add(rod(foot, behind, 0.022, m.GALVANISED), rod(foot, foot + Z * 0.012, 0.09, m.GALVANISED))
        else:
            for s in (-0.38, 0.38):
                end = behind + plate.right * s * width
                scene.add(rod(end, np.array([end[0], end[1], scene.ceiling]), 0.006, m.STEEL))
