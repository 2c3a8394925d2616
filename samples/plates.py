"""A plate in its place: where its board, its letters and their outlines lie."""

from dataclasses import dataclass

import numpy as np

from samples.camera import Array, face_index, to_pixels
from samples.lettering import Lettering
from samples.mix import SMALL_CAP, TILTED, Wanted


@dataclass(frozen=True, eq=False)
class Design:
    """How a plate is made. Lengths in cap heights; board coordinates from its upper left corner, y down."""

    wanted: Wanted
    lettering: Lettering
    board: tuple[float, float]  # width, height
    offset: tuple[float, float]  # of the lettering's drawing on the board
    bare: bool  # painted straight on the wall or vessel, without a board

    @property
    def ink(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.lettering.ink
        x, y = self.offset
        return (left + x, top + y, right + x, bottom + y)


@dataclass(frozen=True, eq=False)
class Plate:
    """A design hung in a scene: its centre, the directions of reading and of letters, its cap in metres."""

    design: Design
    centre: Array
    right: Array
    up: Array
    cap: float

    @property
    def normal(self) -> Array:
        return np.cross(self.right, self.up)

    def point(self, x: Array, y: Array) -> Array:
        """Points (..., 3) of board coordinates."""
        width, height = self.design.board
        across, down = np.asarray(x) - width / 2, np.asarray(y) - height / 2
        return self.centre + self.cap * (across[..., None] * self.right - down[..., None] * self.up)

    def _corners(self, left: float, top: float, right: float, bottom: float) -> Array:
        points = self.point(np.array([left, right, right, left]), np.array([top, top, bottom, bottom]))
        return points / np.linalg.norm(points, axis=1, keepdims=True)

    def text_polygon(self) -> Array:
        """Directions (4, 3) to the corners of the ink's tight box, clockwise from the upper left."""
        return self._corners(*self.design.ink)

    def plate_polygon(self) -> Array:
        """Directions (4, 3) to the corners of the board; of the painted area where there is no board."""
        return self._corners(0.0, 0.0, *self.design.board)

    def tilt(self) -> float:
        """Degrees between the plate's normal and the ray to its text."""
        left, top, right, bottom = self.design.ink
        middle = self.point(np.array((left + right) / 2), np.array((top + bottom) / 2))
        cosine = -float(self.normal @ middle) / float(np.linalg.norm(middle))
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

    def cap_px(self, turn: Array, px: int) -> float:
        """Mean height of the capitals in pixels of the face that shows it; ``turn``: from scene to image."""
        heights = []
        for (left, right), base in zip(
            self.design.lettering.spans, self.design.lettering.baselines, strict=True
        ):
            x = np.linspace(left, right, 9) + self.design.offset[0]
            y = np.full(9, base + self.design.offset[1])
            foot, middle, head = (self.point(x, y - up) @ turn.T for up in (0.0, 0.5, 1.0))
            faces = face_index(middle)
            heights.append(np.linalg.norm(to_pixels(head, faces, px) - to_pixels(foot, faces, px), axis=1))
        return float(np.mean(heights))

    def over_seam(self, turn: Array) -> bool:
        """Whether the text, not its margins, shows on more than one face."""
        left, top, right, bottom = self.design.ink
        x, y = np.meshgrid(np.linspace(left, right, 25), np.linspace(top, bottom, 5))
        return len(np.unique(face_index(self.point(x, y) @ turn.T))) > 1

    def traits(self, turn: Array, px: int) -> list[str]:
        """What makes it hard to read, as the truth file words it."""
        found = {
            "two_lines": len(self.design.lettering.lines) > 1,
            "seam": self.over_seam(turn),
            "tilted": self.tilt() > TILTED,
            "small": self.cap_px(turn, px) < SMALL_CAP,
            "painted": self.design.bare,
        }
        return [trait for trait, holds in found.items() if holds]
