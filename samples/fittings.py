"""Things that stand and hang in a plant, each built from a few solids."""

from dataclasses import replace

import numpy as np

from samples import materials as m
from samples.camera import Array
from samples.materials import Material
from samples.piping import flange
from samples.scene import Mount, Scene, X, Y, Z, ball, box, frame, panel, rod
from samples.solids import Solid


def flat(
    scene: Scene,
    centre: Array,
    normal: Array,
    width: float,
    height: float,
    paintable: bool = True,
    solid: Solid | None = None,
) -> None:
    """A flat upright place for plates."""
    axes = frame(normal)
    scene.mounts.append(Mount("face", centre, axes[0], axes[1], width, height, 0.0, paintable, solid))


def tank(scene: Scene, foot: Array, radius: float, height: float, material: Material) -> None:
    """An upright vessel: skirt, shell, domed ends, nozzle and manway; plates hang on its shell."""
    top = foot + Z * height
    low = foot + Z * 0.35
    scene.add(
        rod(foot, low, radius * 0.98, m.PAINT.painted("#6f767a")),
        rod(low, top, radius, material),
        ball(top, (radius, radius, 0.45 * radius), material),
        rod(top + Z * 0.4 * radius, top + Z * (0.4 * radius + 0.35), 0.09, m.STEEL),
    )
    for share in (0.3, 0.7):
        ring = low + Z * share * (height - 0.35)
        scene.add(rod(ring - Z * 0.02, ring + Z * 0.02, radius * 1.012, material))
    towards = -foot / np.linalg.norm(foot[:2])
    towards[2] = 0
    side = np.cross(Z, towards)
    out = np.cos(0.9) * towards + np.sin(0.9) * side
    hole = foot + Z * 0.95 + out * radius
    scene.add(
        rod(hole - out * 0.1, hole + out * 0.12, 0.24, material),
        rod(hole + out * 0.12, hole + out * 0.16, 0.3, m.STEEL),
    )
    for turn in np.arange(12) * np.pi / 6:
        bolt = hole + 0.265 * (np.cos(turn) * np.cross(Z, out) + np.sin(turn) * Z)
        scene.add(rod(bolt + out * 0.15, bolt + out * 0.19, 0.014, m.GALVANISED))
    scene.mounts.append(Mount("pipe", foot + Z * height * 0.55, Z, X, height * 0.7, 0.0, radius * 1.015))


def cabinet(
    scene: Scene, foot: Array, towards: Array, width: float, height: float, material: Material
) -> None:
    """A switchboard: plinth, doors with gaps, handles, lamps and louvres."""
    turn = float(np.arctan2(towards[1], towards[0]))
    towards = np.array([np.cos(turn), np.sin(turn), 0.0])
    side = np.cross(Z, towards)
    depth = 0.22
    scene.add(
        box(foot + Z * 0.05, (depth - 0.02, width / 2 - 0.01, 0.05), m.RUBBER, turn),
        box(foot + Z * (0.1 + height / 2), (depth, width / 2, height / 2), material, turn),
    )
    doors = max(1, round(width / 0.65))
    for i in range(doors):
        door = width / doors
        middle = foot + side * ((i + 0.5) * door - width / 2) + Z * (0.1 + height / 2) + towards * depth
        leaf = box(middle + towards * 0.008, (0.009, door / 2 - 0.008, height / 2 - 0.012), material, turn)
        scene.add(leaf)
        grip = middle + side * (door / 2 - 0.07) + towards * 0.03
        scene.add(box(grip, (0.014, 0.012, 0.07), m.RUBBER, turn))
        vent = middle - Z * (height / 2 - 0.22) + towards * 0.018
        scene.add(replace(panel(vent, towards, door * 0.55, 0.22, m.LOUVRE), casts=False))
        for k, code in enumerate(("#2f9e44", "#c92a2a", "#e8c021")):
            lamp = middle + Z * (height / 2 - 0.16) + side * (k - 1) * 0.07 + towards * 0.017
            scene.add(rod(lamp, lamp + towards * 0.015, 0.015, m.PAINT.painted(code)))
        flat(scene, middle + towards * 0.0175 + Z * 0.12, towards, door - 0.05, height - 0.85, solid=leaf)


def pump(scene: Scene, foot: Array, along: Array, size: float, colour: Material) -> None:
    """A pump set on a plinth: motor with fins, guard, volute and nozzles."""
    turn = float(np.arctan2(along[1], along[0]))
    scene.add(
        box(foot + Z * 0.1, (1.05 * size, 0.42 * size, 0.1), m.CONCRETE, turn),
        box(foot + Z * 0.24, (0.95 * size, 0.32 * size, 0.04), m.PAINT.painted("#5b6468"), turn),
    )
    axis = foot + Z * (0.28 + 0.34 * size)
    motor = axis - along * 0.5 * size
    scene.add(
        rod(
            motor - along * 0.4 * size,
            motor + along * 0.35 * size,
            0.27 * size,
            replace(m.MOTOR, colour=colour.colour),
        ),
        rod(motor - along * 0.5 * size, motor - along * 0.4 * size, 0.28 * size, m.PAINT.painted("#33383b")),
        box(motor + Z * 0.30 * size, (0.14 * size, 0.12 * size, 0.07 * size), colour, turn),
        box(motor - Z * 0.28 * size, (0.25 * size, 0.24 * size, 0.05 * size), colour, turn),
        rod(axis - along * 0.15 * size, axis + along * 0.2 * size, 0.15 * size, m.PAINT.painted("#e0b000")),
        rod(axis + along * 0.2 * size, axis + along * 0.45 * size, 0.17 * size, colour),
        rod(axis + along * 0.45 * size, axis + along * 0.7 * size, 0.36 * size, colour),
        rod(axis + along * 0.7 * size, axis + along * 0.95 * size, 0.14 * size, colour),
        box(
            axis + along * 0.55 * size - Z * 0.34 * size, (0.1 * size, 0.25 * size, 0.08 * size), colour, turn
        ),
    )
    flange(scene, axis + along * 0.95 * size, along, 0.13 * size, colour)
    riser = axis + along * 0.58 * size
    scene.add(rod(riser, riser + Z * 0.62 * size, 0.11 * size, colour))
    flange(scene, riser + Z * 0.62 * size, Z, 0.11 * size, colour)


def tray(scene: Scene, a: Array, b: Array, width: float) -> None:
    """A cable ladder with cables, from a to b, level."""
    along = (b - a) / np.linalg.norm(b - a)
    side = np.cross(Z, along)
    length = float(np.linalg.norm(b - a))
    turn = float(np.arctan2(along[1], along[0]))
    for s in (-1, 1):
        scene.add(box((a + b) / 2 + s * side * width / 2, (length / 2, 0.006, 0.045), m.GALVANISED, turn))
    for d in np.arange(0.15, length, 0.3):
        scene.add(
            replace(box(a + d * along - Z * 0.035, (0.015, width / 2, 0.01), m.GALVANISED, turn), casts=False)
        )
    cables = replace(
        box((a + b) / 2 - Z * 0.005, (length / 2, 0.44 * width, 0.02), m.CABLES, turn), casts=True
    )
    scene.add(
        replace(
            cables,
            axes=np.array([cables.axes[1], -cables.axes[0], cables.axes[2]]),
            half=cables.half[[1, 0, 2]],
        )
    )


def beam(scene: Scene, a: Array, b: Array, size: float, material: Material, up: Array = Z) -> None:
    """An I-beam; ``up`` is the direction of its web."""
    along = (b - a) / np.linalg.norm(b - a)
    side = np.cross(up, along)
    axes = np.array([along, side, up])
    length = float(np.linalg.norm(b - a)) / 2
    centre = (a + b) / 2
    for offset, half in (
        (np.zeros(3), (length, 0.04 * size, 0.5 * size)),
        (up * 0.46 * size, (length, 0.45 * size, 0.045 * size)),
        (-up * 0.46 * size, (length, 0.45 * size, 0.045 * size)),
    ):
        scene.add(Solid("box", centre + offset, axes, np.array(half), material))


def column(
    scene: Scene, foot: Array, height: float, size: float, material: Material, towards: Array = X
) -> None:
    """A steel column with a base plate; plates hang on its flange."""
    beam(scene, foot, foot + Z * height, size, material, up=towards)
    scene.add(box(foot + Z * 0.012, (0.8 * size, 0.8 * size, 0.012), material))
    for s in (-1, 1):
        face = foot + Z * 1.6 + s * towards * 0.51 * size
        flat(scene, face, s * towards, 0.9 * size, 1.6)


def railing(scene: Scene, a: Array, b: Array) -> None:
    yellow = m.PAINT.painted("#d9a800")
    length = float(np.linalg.norm(b - a))
    for height in (0.55, 1.1):
        scene.add(rod(a + Z * height, b + Z * height, 0.021, yellow))
    for d in np.linspace(0, 1, max(2, round(length / 1.2) + 1)):
        scene.add(rod(a + d * (b - a), a + d * (b - a) + Z * 1.1, 0.021, yellow))
    turn = float(np.arctan2(*(b - a)[1::-1]))
    scene.add(box((a + b) / 2 + Z * 0.07, (length / 2, 0.004, 0.06), yellow, turn))


def luminaire(scene: Scene, at: Array, along: Array, length: float = 1.2) -> None:
    """A hanging lamp: housing and a bright tube below."""
    turn = float(np.arctan2(along[1], along[0]))
    scene.add(
        replace(box(at + Z * 0.035, (length / 2, 0.09, 0.03), m.PAINT.painted("#d9dcdb"), turn), casts=False)
    )
    scene.add(replace(box(at, (length / 2 - 0.02, 0.065, 0.012), m.LAMP, turn), casts=False))
    for s in (-0.4, 0.4):
        scene.add(
            replace(
                rod(at + along * s * length, at + along * s * length + Z * 0.8, 0.006, m.STEEL), casts=False
            )
        )


def extinguisher(scene: Scene, at: Array, out: Array) -> None:
    """A fire extinguisher on a wall."""
    red = m.PAINT.painted("#b5201b")
    body = at + out * 0.11
    scene.add(
        rod(body, body + Z * 0.48, 0.085, red),
        ball(body + Z * 0.48, (0.085, 0.085, 0.06), red),
        rod(body + Z * 0.52, body + Z * 0.6, 0.02, m.RUBBER),
        box(body + Z * 0.61, (0.02, 0.06, 0.012), m.RUBBER),
        rod(body + Z * 0.18, body + Z * 0.3, 0.0865, m.PAINT.painted("#e9e6de")),
        rod(
            body + Z * 0.57 + np.cross(Z, out) * 0.03,
            body + Z * 0.12 + np.cross(Z, out) * 0.1,
            0.012,
            m.RUBBER,
        ),
    )


def drum(scene: Scene, foot: Array, material: Material) -> None:
    scene.add(rod(foot, foot + Z * 0.88, 0.29, material))
    for height in (0.02, 0.3, 0.58, 0.86):
        scene.add(rod(foot + Z * (height - 0.012), foot + Z * (height + 0.012), 0.3, material))


def junction_box(scene: Scene, at: Array, out: Array, width: float, height: float) -> None:
    """A box on a wall with a conduit upwards; plates hang on its lid."""
    turn = float(np.arctan2(out[1], out[0]))
    body = box(at + out * 0.06, (0.06, width / 2, height / 2), m.PAINT.painted("#a5aaa8"), turn)
    scene.add(body)
    scene.add(
        box(
            at + out * 0.123, (0.004, width / 2 - 0.008, height / 2 - 0.008), m.PAINT.painted("#b0b5b3"), turn
        )
    )
    flat(scene, at + out * 0.1275, out, width - 0.02, height - 0.02, solid=body)
    scene.add(rod(at + out * 0.05 + Z * height / 2, at + out * 0.05 + Z * 3.2, 0.013, m.GALVANISED))
    for s in (-0.3, 0.0, 0.3):
        foot = at + out * 0.06 - Z * height / 2 + np.cross(Z, out) * s * width
        scene.add(rod(foot, foot - Z * 0.05, 0.014, m.RUBBER))


def door(scene: Scene, foot: Array, out: Array, colour: Material) -> None:
    """A steel door in its frame, with a handle and a kick plate; no plates over it."""
    turn = float(np.arctan2(out[1], out[0]))
    side = np.cross(Z, out)
    scene.add(box(foot + Z * 1.05, (0.03, 0.56, 1.05), m.PAINT.painted("#4a5054"), turn))
    scene.add(box(foot + Z * 1.02 + out * 0.03, (0.01, 0.48, 0.99), colour, turn))
    scene.add(box(foot + Z * 0.17 + out * 0.042, (0.003, 0.45, 0.12), m.STEEL, turn))
    grip = foot + Z * 1.0 + side * 0.4 + out * 0.08
    scene.add(rod(grip - out * 0.04, grip, 0.012, m.STEEL), rod(grip, grip - side * 0.12, 0.011, m.STEEL))
    corners = [
        foot + s * side * 0.6 + Z * z + out * 0.04 for s, z in ((-1, 2.12), (1, 2.12), (1, 0), (-1, 0))
    ]
    scene.kept_clear.append(np.array(corners))


def ladder(scene: Scene, foot: Array, height: float, out: Array) -> None:
    side = np.cross(Z, out)
    yellow = m.PAINT.painted("#d9a800")
    for s in (-0.2, 0.2):
        scene.add(rod(foot + side * s, foot + side * s + Z * height, 0.02, yellow))
    for step in np.arange(0.25, height, 0.28):
        scene.add(rod(foot - side * 0.2 + Z * step, foot + side * 0.2 + Z * step, 0.012, yellow))


def duct(scene: Scene, a: Array, b: Array, size: float) -> None:
    """An air duct with joints and outlets."""
    along = (b - a) / np.linalg.norm(b - a)
    turn = float(np.arctan2(along[1], along[0]))
    length = float(np.linalg.norm(b - a))
    scene.add(box((a + b) / 2, (length / 2, size / 2, size * 0.35), m.GALVANISED, turn))
    for d in np.arange(0.6, length, 1.2):
        scene.add(box(a + d * along, (0.018, size / 2 + 0.02, size * 0.35 + 0.02), m.GALVANISED, turn))
        vent = a + (d + 0.5) * along - Z * (size * 0.35 + 0.002)
        scene.add(panel(vent, -Z, 0.4, size * 0.6, m.LOUVRE, up=Y))


def stripe(scene: Scene, a: Array, b: Array, width: float, material: Material) -> None:
    """A line painted on the floor."""
    middle = (a + b) / 2 + Z * 0.003
    along = (b - a) / np.linalg.norm(b - a)
    scene.add(panel(middle, Z, width, float(np.linalg.norm(b - a)), material, up=along))


def lying_tank(
    scene: Scene, foot: Array, along: Array, radius: float, length: float, material: Material
) -> None:
    """A horizontal vessel on two saddles, with nozzles on top; plates hang along its side."""
    axis = foot + Z * (0.45 + radius)
    a, b = axis - along * length / 2, axis + along * length / 2
    turn = float(np.arctan2(along[1], along[0]))
    axes = frame(along, Z)
    scene.add(rod(a, b, radius, material))
    for end in (a, b):
        scene.add(ball(end, (radius, radius, 0.4 * radius), material, axes))
        scene.add(rod(end - along * 0.02, end + along * 0.02, 1.012 * radius, material))
    for s in (-0.3, 0.3):
        saddle = foot + along * s * length
        scene.add(box(saddle + Z * 0.3, (0.08, 0.8 * radius, 0.3), m.PAINT.painted("#5b6468"), turn))
        scene.add(box(saddle + Z * 0.06, (0.2, 0.95 * radius, 0.06), m.CONCRETE, turn))
    for s in (-0.2, 0.25):
        top = axis + along * s * length + Z * radius
        scene.add(rod(top - Z * 0.1, top + Z * 0.22, 0.07, material))
        flange(scene, top + Z * 0.22, Z, 0.07, m.STEEL)
    scene.mounts.append(Mount("pipe", axis, along, Z, 0.9 * length, 0.0, radius * 1.01))
