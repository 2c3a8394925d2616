"""A cube with plates painted on it: flat pictures anywhere around the viewer, over seams as well."""

from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from image360.detection.views import View
from image360.geometry import FACES, face_uv_to_direction

FONT = font_manager.findfont("DejaVu Sans")


@dataclass
class Plate:
    """A painted plate; ``ink`` (4, 3) is the true ink box of its text, from the upper left onwards."""

    ink: np.ndarray


def written(text, height=64, dark=(20, 20, 25), light=(235, 235, 225), room=0.5):
    """A plate's picture, and the (left, top, right, bottom) of its ink."""
    font = ImageFont.truetype(FONT, height)
    left, top, right, bottom = font.getbbox(text)
    around = round(room * height)
    picture = Image.new("RGB", (right - left + 2 * around, bottom - top + 2 * around), light)
    ImageDraw.Draw(picture).text((around - left, around - top), text, font=font, fill=dark)
    ink = np.abs(np.asarray(picture, int) - light).sum(axis=-1) > np.abs(np.subtract(dark, light)).sum() / 2
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return np.asarray(picture), (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


class PaintedCube:
    """Six grey faces to paint on."""

    def __init__(self, side=512):
        wall = np.random.default_rng(side).normal(120, 4, (6, side, side, 3)).clip(0, 255).astype(np.uint8)
        self.faces = dict(zip(FACES, wall, strict=True))
        self.side = side

    def paint(self, text, towards, cap_px=20, turn=0.0, slant=0.0, **writing):
        """Paint a plate whose middle lies ``towards`` a direction.

        turn: of the text in degrees, clockwise. slant: of the plate in degrees, its right side further away.
        """
        picture, (left, top, right, bottom) = written(text, **writing)
        height, width = picture.shape[:2]
        view = View(
            _plane(towards, turn, slant, cap_px / self.side * 2 / (bottom - top), width, height),
            width,
            height,
        )
        middles = (np.arange(self.side) + 0.5) / self.side
        fine = cv2.GaussianBlur(picture, (0, 0), (bottom - top) / cap_px / 2)
        for name in FACES:
            directions = face_uv_to_direction(name, middles, middles[:, None])
            ahead = directions @ np.asarray(towards) > 0.3
            if not ahead.any():
                continue
            places = view.places(np.where(ahead[..., None], directions, towards)).astype(np.float32)
            inside = ahead & (places > 0).all(axis=-1) & (places < [width, height]).all(axis=-1)
            painted = cv2.remap(fine, places - 0.5, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            self.faces[name][inside] = painted[inside]
        return Plate(view.directions([[left, top], [right, top], [right, bottom], [left, bottom]]))


def _plane(towards, turn, slant, step, width, height):
    ahead = np.asarray(towards, float) / np.linalg.norm(towards)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    down = np.cross(ahead, right)
    turn, slant = np.radians(turn), np.radians(slant)
    right, down = np.cos(turn) * right + np.sin(turn) * down, np.cos(turn) * down - np.sin(turn) * right
    right = np.cos(slant) * right + np.sin(slant) * ahead
    return np.stack(
        [step * right, step * down, ahead - step * (width / 2 * right + height / 2 * down)], axis=1
    )
