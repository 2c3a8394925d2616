"""What the camera makes of the light: plates on top of the scene, glow, blur, exposure, noise, 8 bits."""

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.boards import MARGIN, Picture
from samples.camera import View
from samples.light import Floats, LightMap, fall, shine
from samples.plates import Plate
from samples.render import clip_to_front
from samples.scene import Mount, Scene

OVERSAMPLING = 3  # pixels of a plate's picture to a pixel of the face
_STEPS = 4095


def lit_board(
    scene: Scene, maps: dict[int, LightMap], plate: Plate, mount: Mount, picture: Picture
) -> Floats:
    """The board in the light that falls on it, (h, w, 4): light times coverage, and coverage."""
    rows, columns = 5, 9
    width, height = (side + 2 * MARGIN for side in plate.design.board)
    x, y = np.meshgrid(np.linspace(0, width, columns) - MARGIN, np.linspace(0, height, rows) - MARGIN)
    points = plate.point(x, y).reshape(-1, 3).astype(np.float32)
    normals = np.broadcast_to(plate.normal.astype(np.float32), points.shape)
    on_wall = next((m for m in maps.values() if m.solid is mount.solid), None)
    light = (
        fall(scene, points, normals) if on_wall is None else on_wall.at(on_wall.solid.local(points)[:, :2])
    )
    size = picture.alpha.shape[::-1]
    light = cv2.resize(light.reshape(rows, columns, 3), size, interpolation=cv2.INTER_LINEAR)
    glare = cv2.resize(
        shine(scene, points, normals, 24.0).reshape(rows, columns, 3), size, interpolation=cv2.INTER_CUBIC
    )
    out = np.empty((*picture.alpha.shape, 4), np.float32)
    out[..., :3] = picture.colour * light + picture.gloss[..., None] * np.clip(glare, 0, 0.8) * np.float32(
        0.3
    )
    out[..., 3] = picture.alpha
    return out


def put(face: Floats, view: View, plate: Plate, board: Floats) -> None:
    """Lays the lit board (h, w, 4) over the light of a face, where it shows there."""
    height, width = board.shape[:2]
    k = height / (plate.design.board[1] + 2 * MARGIN)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    points = plate.point(corners[:, 0] / k - MARGIN, corners[:, 1] / k - MARGIN)
    local = clip_to_front(points, view)
    if len(local) < 3:
        return
    at = (1 - local[:, :2] / local[:, 2:]) * (0.5 * view.px) + view.margin
    low = np.maximum(np.floor(at.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(at.max(axis=0)).astype(int) + 1, view.size)
    if (low >= high).any():
        return
    size = (high - low) * OVERSAMPLING
    to_face = _homography(points, corners, view, low)
    warped = cv2.warpPerspective(board, to_face, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    small = cv2.resize(warped, tuple(int(s) for s in high - low), interpolation=cv2.INTER_AREA)
    part = face[low[1] : high[1], low[0] : high[0]]
    part *= 1 - small[..., 3:]
    part += small[..., :3]


def _homography(
    points: NDArray[np.float64], corners: NDArray[np.float64], view: View, low: NDArray[np.intp]
) -> Floats:
    """From pixels of the board's picture to finer pixels of a part of a face; centres at whole numbers."""
    # The board is a plane: its points are linear in its pixels, the face shows ratios of them.
    origin, across, down = (
        points[0],
        (points[1] - points[0]) / corners[2, 0],
        (points[3] - points[0]) / corners[2, 1],
    )
    plane = view.axes @ np.column_stack([across, down, origin])
    half = 0.5 * view.px
    to_pixels = np.array(
        [[-half, 0, half + view.margin - low[0]], [0, -half, half + view.margin - low[1]], [0, 0, 1]]
    )
    finer = np.array([[OVERSAMPLING, 0, -0.5], [0, OVERSAMPLING, -0.5], [0, 0, 1.0]])
    centres = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return finer @ to_pixels @ plane @ centres


def glow(scene: Scene, view: View) -> Floats:
    """The veil of light around lamps (size, size, 3): a function of the direction, so that faces agree."""
    coarse = np.linspace(0, view.size - 1, 96)
    x, y = np.meshgrid(coarse, coarse)
    rays = (np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3) @ view.ray_matrix().T).astype(
        np.float32
    )
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    veil = np.zeros_like(rays)
    for lamp in scene.lamps:
        away = float(np.linalg.norm(lamp.centre))
        cosine = rays @ (lamp.centre / away).astype(np.float32)
        angle = np.arccos(np.clip(cosine, -1, 1))
        veil += (
            (0.035 / (1 + (angle / 0.10) ** 2))[:, None] * np.float32(lamp.power) / np.float32(max(away, 1.0))
        )
    maps = np.meshgrid(*(2 * [np.linspace(0, 95, view.size, dtype=np.float32)]))
    return cv2.remap(veil.reshape(96, 96, 3).astype(np.float32), *maps, cv2.INTER_LINEAR)


def exposure(faces: list[Floats]) -> float:
    """The factor that brings the middle of the picture to a middle grey."""
    light = np.concatenate([f[::16, ::16].reshape(-1, 3) for f in faces]) @ np.float32(
        (0.2126, 0.7152, 0.0722)
    )
    return float(0.34 / np.exp(np.mean(np.log(np.maximum(light, 1e-3)))))


def to_bytes(
    light: Floats, view: View, gain: float, blur: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The picture (px, px, 3) RGB of a face's light with its margin."""
    soft = cv2.GaussianBlur(light, (0, 0), blur)[
        view.margin : view.size - view.margin, view.margin : view.size - view.margin
    ]
    level = np.minimum(soft * np.float32(gain * _STEPS / 4), _STEPS).astype(np.int16)
    tone = _CURVE[level]
    grain = rng.standard_normal((view.px, view.px), np.float32)
    colour_grain = cv2.resize(
        rng.standard_normal((view.px // 2, view.px // 2, 3), np.float32),
        (view.px, view.px),
        interpolation=cv2.INTER_LINEAR,
    )
    strength = 1.5 + 1.8 * (1 - tone / 255)
    tone = tone + strength * (grain[..., None] * np.float32(0.8) + colour_grain * np.float32(0.6))
    return np.clip(np.rint(tone), 0, 255).astype(np.uint8)


def _curve() -> Floats:
    """Linear light 0..4 -> 0..255: the sRGB curve, its top rolled off as cameras do."""
    x = np.arange(_STEPS + 1) / _STEPS * 4
    y = x * (1 + x / 6.0) / (1 + x * 0.95)
    y = y / y[-1] * 1.02
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * np.maximum(y, 1e-9) ** (1 / 2.4) - 0.055)
    return np.clip(srgb * 255, 0, 255).astype(np.float32)


_CURVE = _curve()
