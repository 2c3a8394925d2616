"""Where the plates hang: on which walls, pipes and posts, wholly in sight and apart from each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.camera import FACES, Array, face_index, to_pixels, views
from samples.plates import Design, Plate
from samples.render import visible
from samples.scene import Mount, Scene, Z
from samples.solids import FAR

_DEPTH_PX = 176
_TRIES = 320  # candidates of one round
_ROUNDS_ON_MOUNTS = 7  # before a plate gets a post of its own
_ROUNDS = 14
_GAP = 0.45  # kept free around a board, in cap heights
_CAP_RANGE = (0.004, 0.26)  # m: letters that sign makers make
_STEEPEST = np.sin(np.radians(68))  # how far above or below the camera
_MOST_ROLL = 0.26  # rad, of letters against the upright
_TILT_RANGES = {False: (0.0, 33.5), True: (36.0, 49.5)}


_WIDEST_STAND = 1.1  # m
_ANYWHERE = Mount("stand", np.zeros(3), np.zeros(3), Z, 0.0, 0.0)


class NoRoomError(Exception):
    """The scene has no place for a plate."""


@dataclass(frozen=True)
class _Candidates:
    """n places: the boards' centres, their directions (each (n, 3)) and the mount of each (n,)."""

    centre: Array
    right: Array
    up: Array
    mount: NDArray[np.intp]

    def __getitem__(self, at: NDArray[np.bool_]) -> "_Candidates":
        return _Candidates(self.centre[at], self.right[at], self.up[at], self.mount[at])


def hang(
    scene: Scene, turn: Array, designs: list[Design], rng: np.random.Generator
) -> list[tuple[Plate, Mount]]:
    """A place for each design, in their order; ``turn``: from the scene to the image. Raises NoRoomError."""
    room = _Room(scene, turn)
    order = sorted(range(len(designs)), key=lambda i: _difficulty(designs[i]), reverse=True)
    hung: dict[int, tuple[Plate, Mount]] = {i: room.place(designs[i], rng) for i in order}
    return [hung[i] for i in range(len(designs))]


def _difficulty(design: Design) -> float:
    wanted = design.wanted
    area = design.board[0] * design.board[1] * wanted.cap_px**2
    return area * (1 + 3 * wanted.seam + wanted.tilted + 3 * design.bare)


class _Room:
    """What is taken already, and what stands in the way."""

    def __init__(self, scene: Scene, turn: Array) -> None:
        self._turn = turn
        self._floor = scene.floor
        self._mounts = [_ANYWHERE, *scene.mounts]
        self._depth = _depths(scene, turn)
        self._taken = list(scene.kept_clear)  # quads (4, 3), the boards with a gap around them

    def place(self, design: Design, rng: np.random.Generator) -> tuple[Plate, Mount]:
        for attempt in range(_ROUNDS):
            stands = attempt >= _ROUNDS_ON_MOUNTS and not design.bare
            candidates = self._free_standing(design, rng) if stands else self._draw(design, rng)
            if not len(candidates.centre):
                continue
            caps = self._caps(candidates, design)
            right, up = candidates.right * caps[:, None], candidates.up * caps[:, None]
            fits = self._fit(candidates, caps, design) & self._face_camera(candidates, design)
            fits &= self._free(candidates.centre, right, up, design)
            for i in np.flatnonzero(fits):
                plate = Plate(
                    design, candidates.centre[i], candidates.right[i], candidates.up[i], float(caps[i])
                )
                if self._as_wanted(plate):
                    self._taken.append(
                        _boards(plate.centre[None], right[i : i + 1], up[i : i + 1], design, _GAP)[0]
                    )
                    return plate, self._mounts[candidates.mount[i]]
        raise NoRoomError(f"no place for {design.wanted}")

    def _draw(self, design: Design, rng: np.random.Generator) -> _Candidates:
        """Places on all mounts, even over the sphere; over a seam where the design wants one."""
        directions = _directions(design.wanted.seam, rng) @ self._turn
        drawn = []
        for k, mount in enumerate(self._mounts):
            if mount is _ANYWHERE or (design.bare and not mount.paintable):
                continue
            some = (
                _on_face(mount, k, directions)
                if mount.kind == "face"
                else self._on_pipe(mount, k, design, rng)
            )
            drawn.append(some)
        if not drawn:
            raise NoRoomError("no wall to paint letters on")
        joined = [
            np.concatenate(parts)
            for parts in zip(*((d.centre, d.right, d.up, d.mount) for d in drawn), strict=True)
        ]
        candidates = _Candidates(joined[0], joined[1], joined[2], joined[3])
        order = rng.permutation(len(candidates.centre))
        candidates = candidates[order]
        roll = rng.normal(0, 0.015, len(order))[:, None]
        right = np.cos(roll) * candidates.right + np.sin(roll) * candidates.up
        up = np.cos(roll) * candidates.up - np.sin(roll) * candidates.right
        return _Candidates(candidates.centre, right, up, candidates.mount)

    def _free_standing(self, design: Design, rng: np.random.Generator) -> _Candidates:
        """Places in front of everything else, for plates on posts or hanging from above."""
        image = _directions(design.wanted.seam, rng)
        ray = image @ self._turn
        away = np.minimum(rng.uniform(0.9, 2.4, len(ray)), 0.85 * self._seen(image))
        low, high = np.radians(_TILT_RANGES[design.wanted.tilted])
        turn = (rng.uniform(low, high, len(ray)) * rng.choice([-1, 1], len(ray)))[:, None]
        normal = np.cos(turn) * -ray + np.sin(turn) * np.cross(Z, -ray) + (1 - np.cos(turn)) * -ray[:, 2:] * Z
        up = Z - normal[:, 2:] * normal
        up /= np.linalg.norm(up, axis=1, keepdims=True) + 1e-9
        return _Candidates(ray * away[:, None], np.cross(up, normal), up, np.zeros(len(ray), np.intp))

    def _seen(self, directions: Array) -> Array:
        """Distance (...) to what is nearest in unit directions (..., 3) of the image."""
        faces = face_index(directions)
        at = np.clip(to_pixels(directions, faces, _DEPTH_PX).astype(int), 0, _DEPTH_PX - 1)
        return self._depth[faces, at[..., 1], at[..., 0]]

    def _on_pipe(self, mount: Mount, k: int, design: Design, rng: np.random.Generator) -> _Candidates:
        if design.wanted.seam:
            seams = np.array([self._turn.T @ (a - b) for a, b in _SEAMS])
            along = -(seams @ mount.centre) / (seams @ mount.right + 1e-12)
            along = np.repeat(along, 4) + rng.normal(0, 0.01, 4 * len(along))
            along = along[np.abs(along) < mount.length / 2]
        else:
            along = rng.uniform(-0.5, 0.5, 12) * mount.length
        foot = mount.centre + along[:, None] * mount.right
        towards = -(foot - (foot @ mount.right)[:, None] * mount.right)
        towards /= np.linalg.norm(towards, axis=1, keepdims=True) + 1e-9
        angle = rng.uniform(-1, 1, (len(foot), 1)) * (0.85 if design.wanted.tilted else 0.45)
        normal = np.cos(angle) * towards + np.sin(angle) * np.cross(mount.right, towards)
        across = np.broadcast_to(mount.right, normal.shape)
        standing = abs(float(mount.right @ Z)) > 0.7
        up = across * np.sign(mount.right @ Z) if standing else np.cross(normal, across)
        up = np.where(up[:, 2:] < 0, -up, up)
        centre = foot + normal * (mount.radius + 0.012)
        return _Candidates(centre, np.cross(up, normal), up, np.full(len(foot), k))

    def _caps(self, candidates: _Candidates, design: Design) -> Array:
        """Cap heights in metres (n,) that give the wanted height in pixels of a face of 1024."""
        centre = candidates.centre @ self._turn.T
        up = candidates.up @ self._turn.T
        faces = face_index(centre)
        step = 0.004
        span = to_pixels(centre + step * up, faces, 1024) - to_pixels(centre - step * up, faces, 1024)
        return design.wanted.cap_px * 2 * step / np.maximum(np.linalg.norm(span, axis=1), 1e-6)

    def _fit(self, candidates: _Candidates, caps: Array, design: Design) -> NDArray[np.bool_]:
        """Whether the letters have a size that is made, and the board lies on its mount."""
        fits = (caps > _CAP_RANGE[0]) & (caps < _CAP_RANGE[1])
        for k in np.unique(candidates.mount):
            mount = self._mounts[k]
            here = candidates.mount == k
            away = candidates.centre[here] - mount.centre
            width, height = (side * caps[here] for side in design.board)
            if mount.kind == "stand":
                ok = (width < _WIDEST_STAND) & (candidates.centre[here][:, 2] > 0.3 - self._floor)
            elif mount.kind == "face":
                ok = np.abs(away @ mount.right) + width / 2 < mount.length / 2
                ok &= np.abs(away @ mount.up) + height / 2 < mount.height / 2
            elif abs(float(mount.right @ Z)) > 0.7:
                ok = (width < np.clip(5 * mount.radius, 0.12, 0.3 + mount.radius)) & (height < mount.length)
            else:
                ok = (height < max(2.4 * mount.radius, 0.08)) & (width < mount.length)
            fits[here] &= ok
        return fits

    def _face_camera(self, candidates: _Candidates, design: Design) -> NDArray[np.bool_]:
        """Tilt, height above the camera and roll of the letters within what is wanted."""
        ray = candidates.centre / np.linalg.norm(candidates.centre, axis=1, keepdims=True)
        normal = np.cross(candidates.right, candidates.up)
        tilt = np.degrees(np.arccos(np.clip(-np.einsum("ij,ij->i", normal, ray), -1, 1)))
        low, high = _TILT_RANGES[design.wanted.tilted]
        upright = Z - ray[:, 2:] * ray
        aside = np.cross(ray, upright)
        roll = np.arctan2(
            np.einsum("ij,ij->i", candidates.up, aside), np.einsum("ij,ij->i", candidates.up, upright)
        )
        return (tilt > low) & (tilt < high) & (np.abs(ray[:, 2]) < _STEEPEST) & (np.abs(roll) < _MOST_ROLL)

    def _free(self, centre: Array, right: Array, up: Array, design: Design) -> NDArray[np.bool_]:
        """Whether nothing hides the boards and they overlap no other."""
        width, height = (side / 2 + _GAP for side in design.board)
        x, y = np.meshgrid(np.linspace(-width, width, 11), np.linspace(-height, height, 5))
        points = centre[:, None] + x.reshape(1, -1, 1) * right[:, None] + y.reshape(1, -1, 1) * up[:, None]
        away = np.linalg.norm(points, axis=2)
        seen = self._seen(points @ self._turn.T)
        free = (seen > away * 0.985 - 0.02).all(axis=1)
        if self._taken:
            free &= ~_overlap(_boards(centre, right, up, design, _GAP), np.array(self._taken)).any(axis=1)
        return free

    def _as_wanted(self, plate: Plate) -> bool:
        """Whether the traits hold for the plate as it is, not only for its centre."""
        wanted = plate.design.wanted
        cap, tilt = plate.cap_px(self._turn, 1024), plate.tilt()
        low, high = _TILT_RANGES[wanted.tilted]
        near = 0.94 * wanted.cap_px < cap < 1.06 * wanted.cap_px
        if not (
            near
            and 8 <= cap <= 60
            and (cap < 15.8) == (wanted.cap_px < 16)
            and low - 0.1 <= tilt <= high + 0.4
        ):
            return False
        if wanted.cap_px >= 16 and cap < 16.2:
            return False
        return plate.over_seam(self._turn) == wanted.seam


_FORWARDS = [view.axes[2] for view in views(np.eye(3), 1)]
_SEAMS = [
    (_FORWARDS[i], _FORWARDS[j])
    for i in range(len(FACES))
    for j in range(i)
    if abs(float(_FORWARDS[i] @ _FORWARDS[j])) < 0.5
]


def _directions(seam: bool, rng: np.random.Generator) -> Array:
    """Unit directions (n, 3) of the image, even over the sphere or along the seams."""
    if not seam:
        drawn = rng.standard_normal((_TRIES, 3))
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    edges = rng.integers(len(_SEAMS), size=_TRIES)
    first, second = (np.array([pair[k] for pair in _SEAMS])[edges] for k in (0, 1))
    drawn = first + second + rng.uniform(-0.95, 0.95, (_TRIES, 1)) * np.cross(first, second)
    drawn += rng.normal(0, 0.02, drawn.shape)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _on_face(mount: Mount, k: int, directions: Array) -> _Candidates:
    normal = np.cross(mount.right, mount.up)
    t = (mount.centre @ normal) / np.where(np.abs(directions @ normal) < 1e-6, 1e-6, directions @ normal)
    points = directions * t[:, None]
    away = points - mount.centre
    hit = (
        (t > 0.3)
        & (np.abs(away @ mount.right) < mount.length / 2)
        & (np.abs(away @ mount.up) < mount.height / 2)
    )
    n = int(hit.sum())
    centre = points[hit] + normal * 0.006
    return _Candidates(centre, np.tile(mount.right, (n, 1)), np.tile(mount.up, (n, 1)), np.full(n, k))


def _boards(centre: Array, right: Array, up: Array, design: Design, pad: float) -> Array:
    """Corners (n, 4, 3) of boards with ``pad`` cap heights around; right and up are one cap height long."""
    width, height = (side / 2 + pad for side in design.board)
    signs = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)]) * (width, height)
    return centre[:, None] + signs[None, :, :1] * right[:, None] + signs[None, :, 1:] * up[:, None]


def _overlap(boards: Array, taken: Array) -> NDArray[np.bool_]:
    """(n, m): whether quads (n, 4, 3) and (m, 4, 3) overlap as seen from the origin: no side parts them."""

    def parted(a: Array, b: Array) -> NDArray[np.bool_]:
        sides = np.cross(a, np.roll(a, -1, axis=1))
        inner = np.sign(np.einsum("nki,nki->nk", sides, np.roll(a, -2, axis=1)))
        beyond = np.einsum("nki,mji->nmkj", sides * inner[..., None], b) <= 0
        return beyond.all(axis=3).any(axis=2)

    return ~(parted(boards, taken) | parted(taken, boards).T)


def _depths(scene: Scene, turn: Array) -> Array:
    """Distance to what is nearest, (6, px, px) over the faces, thin things widened by a pixel."""
    out = np.empty((len(FACES), _DEPTH_PX, _DEPTH_PX))
    for i, view in enumerate(views(turn, _DEPTH_PX)):
        _, t = visible(scene.solids, view)[0]
        x, y = np.meshgrid(np.arange(_DEPTH_PX), np.arange(_DEPTH_PX))
        rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ view.ray_matrix().T
        away = np.minimum(t.reshape(x.shape) * np.linalg.norm(rays, axis=2), FAR)
        grid = np.pad(away, 1, mode="edge")
        near = [grid[a : a + _DEPTH_PX, b : b + _DEPTH_PX] for a in range(3) for b in range(3)]
        out[i] = np.min(near, axis=0)
    return out
