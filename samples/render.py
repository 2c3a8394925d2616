"""From a scene to the light in the pixels of one cube face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.camera import Array, View
from samples.light import Floats, LightMap, fall, shine, surroundings
from samples.scene import Scene
from samples.solids import FAR, NEAR, Solid, turned
from samples.textures import sample

Pixels = NDArray[np.int32]

_NOTHING = -1
_AROUND = np.ones((3, 3), np.uint8)
# Places inside a pixel that are looked at again where it shows an edge.
_SHIFTS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))


def render(scene: Scene, maps: dict[int, LightMap], view: View) -> Floats:
    """Linear light (size, size, 3) of a face with its margin, edges smoothed."""
    size = view.size
    ids, t = visible(scene.solids, view)[0]
    light = _shade(scene, maps, view, ids, t, _rays(view, _all_pixels(size), (0.5, 0.5)))
    mask = _edges(ids.reshape(size, size))
    edge = cv2.findNonZero(mask).reshape(-1, 2)
    flat = edge[:, 1] * size + edge[:, 0]
    seen = visible(scene.solids, view, _SHIFTS, mask)
    ids = np.concatenate([found[flat] for found, _ in seen])
    t = np.concatenate([nearest[flat] for _, nearest in seen])
    rays = np.concatenate([_rays(view, edge, shift) for shift in _SHIFTS])
    # A lamp's rim is averaged as the sensor would show it, not as ten times white.
    again = np.minimum(_shade(scene, maps, view, ids, t, rays), 3.0)
    light[flat] = again.reshape(len(_SHIFTS), -1, 3).mean(axis=0)
    return light.reshape(size, size, 3)


def visible(
    solids: list[Solid],
    view: View,
    shifts: tuple[tuple[float, float], ...] = ((0.5, 0.5),),
    mask: NDArray[np.uint8] | None = None,
) -> list[tuple[NDArray[np.int16], Floats]]:
    """For each shift: of each pixel (flat) the index of the nearest solid (-1: none) and t along its ray.

    Pixels outside ``mask`` are left alone.
    """
    found = [
        (np.full(view.size**2, _NOTHING, np.int16), np.full(view.size**2, FAR, np.float32)) for _ in shifts
    ]
    for i, solid in enumerate(solids):
        pixels = _covered(solid.outline, view, mask)
        if pixels is None:
            continue
        flat = pixels[:, 1] * view.size + pixels[:, 0]
        for (ids, nearest), shift in zip(found, shifts, strict=True):
            t = solid.meet(_rays(view, pixels, shift))
            won = t < nearest[flat]
            hit = flat[won]
            ids[hit] = i
            nearest[hit] = t[won]
    return found


def clip_to_front(points: Array, view: View) -> Array:
    """The part of the hull of points (n, 3) that lies in front of the face, in the face's local frame."""
    local = points @ view.axes.T
    near = max(NEAR, 0.02 * float(np.abs(local).max()))
    ahead = local[:, 2] >= near
    if ahead.all() or not ahead.any():
        return local[ahead]
    inside, outside = local[ahead], local[~ahead]
    share = ((inside[:, 2] - near)[:, None] / (inside[:, 2][:, None] - outside[:, 2][None]))[..., None]
    cuts = inside[:, None] + share * (outside[None] - inside[:, None])
    return np.concatenate([inside, cuts.reshape(-1, 3)])


def _covered(outline: Array, view: View, mask: NDArray[np.uint8] | None) -> Pixels | None:
    """The pixels (n, 2) that the hull of an outline can cover; None where there are none."""
    local = clip_to_front(outline, view)
    if len(local) < 3:
        return None
    at = (1 - local[:, :2] / local[:, 2:]) * (0.5 * view.px) + view.margin - 0.5
    low = np.maximum(np.floor(at.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(at.max(axis=0)).astype(int) + 2, view.size)
    if (low >= high).any():
        return None
    inside = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    hull = cv2.convexHull(np.rint((at - low) * 16).astype(np.int32))
    cv2.fillConvexPoly(inside, hull, 1, shift=4)
    if mask is not None:  # looked at beside the pixels' centres, too
        inside = cv2.dilate(inside, _AROUND)
        inside &= mask[low[1] : high[1], low[0] : high[0]]
    pixels = cv2.findNonZero(inside)
    return None if pixels is None else pixels.reshape(-1, 2) + low.astype(np.int32)


def _all_pixels(size: int) -> Pixels:
    at = np.arange(size, dtype=np.int32)
    return np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)


def _rays(view: View, pixels: Pixels, shift: tuple[float, float]) -> Floats:
    matrix = view.ray_matrix(shift)
    return turned(pixels.astype(np.float32), matrix[:, :2], matrix[:, 2])


def _edges(ids: NDArray[np.int16]) -> NDArray[np.uint8]:
    edge = np.zeros(ids.shape, np.uint8)
    across = ids[:, 1:] != ids[:, :-1]
    down = ids[1:] != ids[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def _shade(
    scene: Scene, maps: dict[int, LightMap], view: View, ids: NDArray[np.int16], t: Floats, rays: Floats
) -> Floats:
    light = np.empty((len(ids), 3), np.float32)
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=_NOTHING - 1))
    for lo, hi in zip(starts, [*starts[1:], len(order)], strict=True):
        at, i = order[lo:hi], int(ordered[lo])
        if i == _NOTHING:
            light[at] = sky(rays[at])
        else:
            light[at] = _shade_solid(scene, scene.solids[i], maps.get(i), view, t[at], rays[at])
    return light


def _shade_solid(
    scene: Scene, solid: Solid, light_map: LightMap | None, view: View, t: Floats, rays: Floats
) -> Floats:
    material = solid.material
    points = rays * t[:, None]
    local = solid.local(points)
    normals, uv = solid.surface(local)
    to_eye = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    slant = -np.einsum("ij,ij->i", normals, to_eye)
    footprint = t * np.float32(2 / view.px) / np.maximum(slant, 0.12)
    pattern = sample(material.tile, uv, material.scale, footprint)
    bright, share = pattern[:, :1], pattern[:, 1:]
    colour = (np.float32(material.colour) * (1 - share) + np.float32(material.second) * share) * bright
    if material.glow:
        return colour * np.float32(material.glow)
    lit = fall(scene, points, normals) if light_map is None else light_map.at(local[:, :2])
    out = colour * lit
    if material.metal:
        mirrored = to_eye + (2 * slant)[:, None] * normals
        out *= np.float32(1 - material.metal)
        out += np.float32(material.metal) * colour * surroundings(scene, mirrored)
    if material.gloss > 0.1:
        sharpness = 60.0 if material.metal else 28.0
        out += (
            np.float32(material.gloss) * bright * shine(scene, points, normals, sharpness) * np.float32(0.35)
        )
    return out


def sky(rays: Floats) -> Floats:
    """Clouds thinning out towards the top; (n, 3)."""
    d = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    up = np.maximum(d[:, 2], 0.02)
    plane = d[:, :2] / (up[:, None] + np.float32(0.25))
    cloud = sample("clouds", plane.astype(np.float32), 3.0, np.full(len(d), 0.003, np.float32))[:, 1:]
    blue = (
        np.float32((0.30, 0.47, 0.78)) * (1.25 - 0.55 * d[:, 2:3])
        + np.float32((0.25, 0.22, 0.17)) * (1 - up[:, None]) ** 4
    )
    return (blue * (1 - cloud) + np.float32((0.95, 0.96, 0.98)) * cloud) * np.float32(2.0)
