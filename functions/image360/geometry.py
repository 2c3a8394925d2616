"""Directions in a 360° image: cube faces, phi/theta, panoramas, and polygons on the sphere.

A direction is a vector in the image's own frame, CDF axes: front looks along -Y, right along -X,
left along +X, back along +Y, top along +Z. A face coordinate ``(u, v)`` runs 0..1 over the face image
from its upper left corner, u to the right, v down, measured at pixel edges. phi and theta are the
numbers of ``Cognite360ImageAnnotation.polygon`` as Cognite's viewer (Reveal) reads them: phi is the angle
from +Y (the back face), theta the angle around +Y from +Z (top) towards +X (left).

A straight side on a face, in a perspective view and between two directions is the same curve seen from
the image's centre, so a polygon is its corners and nothing else. Polygons here are convex, (N, 3), and
smaller than a half sphere; the order of their corners is kept.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FACES = ("front", "back", "left", "right", "top", "bottom")

# One frame per face, in the order of FACES. Its rows are the direction that 1-2u counts along, the
# direction that 1-2v counts along, and the direction the face looks to.
FACE_FRAMES: Array = np.array(
    [
        [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
        [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        [[0, -1, 0], [0, 0, 1], [-1, 0, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
    ],
    dtype=np.float64,
)
FACE_FRAMES.setflags(write=False)

_FACE_NAMES = np.array(FACES)
_TURN = 2 * np.pi
# A fragment below a thousandth of a pixel of a 1024 px face is rounding, not a fragment.
_EMPTY_FRAGMENT = 1e-9


class FaceFragment(NamedTuple):
    """The part of a polygon that lies on one face: ``vertices`` (M, 2) are its (u, v) corners."""

    face: str
    vertices: Array


def face_uv_to_direction(face: ArrayLike, u: ArrayLike, v: ArrayLike) -> Array:
    """The unit direction of a place on a face.

    Args:
        face: A face name, or an array of them.
        u: 0..1 from the left to the right edge of the face.
        v: 0..1 from the upper to the lower edge. All three broadcast.

    Returns:
        (..., 3) unit vectors.

    Raises:
        ValueError: A face name is none of FACES.
    """
    index, a, b = np.broadcast_arrays(
        _face_index(face), 1 - 2 * np.asarray(u, np.float64), 1 - 2 * np.asarray(v, np.float64)
    )
    frame = FACE_FRAMES[index]
    return _unit(a[..., None] * frame[..., 0, :] + b[..., None] * frame[..., 1, :] + frame[..., 2, :])


def direction_to_face_uv(direction: ArrayLike) -> tuple[NDArray[np.str_], Array, Array]:
    """The face that a direction meets, and where; the inverse of ``face_uv_to_direction``.

    Args:
        direction: (..., 3), of any length but zero.

    Returns:
        Face names, u and v, each of shape (...). A direction on an edge of the cube belongs to the face
        that comes first in FACES.

    Raises:
        ValueError: A direction has no length or is not finite.
    """
    index, u, v = direction_to_face_index_uv(direction)
    return _FACE_NAMES[index], u, v


def direction_to_face_index_uv(direction: ArrayLike) -> tuple[NDArray[np.intp], Array, Array]:
    """As ``direction_to_face_uv``, with the face as its position in FACES."""
    d = _directions(direction)
    index = np.argmax(d @ FACE_FRAMES[:, 2].T, axis=-1)
    a, b, depth = np.moveaxis(np.einsum("...ij,...j->...i", FACE_FRAMES[index], d), -1, 0)
    return index, (1 - a / depth) / 2, (1 - b / depth) / 2


def direction_to_phi_theta(direction: ArrayLike) -> tuple[Array, Array]:
    """phi and theta of a direction (..., 3) of any length but zero.

    Returns:
        phi in [0, pi] and theta in [0, 2 pi), each of shape (...). theta stays below 2 pi when it is
        rounded to float32. At phi = 0 and phi = pi theta means nothing and is 0.

    Raises:
        ValueError: A direction has no length or is not finite.
    """
    x, y, z = np.moveaxis(_directions(direction) + 0.0, -1, 0)  # + 0.0 makes -0.0 a plain zero
    # atan2 and not acos: acos loses half the digits at the poles, the centres of front and back.
    phi = np.arctan2(np.hypot(x, z), y)
    theta = np.mod(np.arctan2(x, z), _TURN)
    return phi, np.where(theta.astype(np.float32) >= _TURN, 0.0, theta)


def phi_theta_to_direction(phi: ArrayLike, theta: ArrayLike) -> Array:
    """The unit direction (..., 3) of phi and theta in radians; they broadcast."""
    phi, theta = np.broadcast_arrays(np.asarray(phi, np.float64), np.asarray(theta, np.float64))
    return np.stack([np.sin(phi) * np.sin(theta), np.cos(phi), np.sin(phi) * np.cos(theta)], axis=-1)


def direction_to_panorama_uv(direction: ArrayLike) -> tuple[Array, Array]:
    """Where a direction (..., 3) lies in an equirectangular panorama, front in its middle.

    Returns:
        u and v, each of shape (...): u 0..1 from the left to the right edge (it wraps there), v 0..1
        from top to bottom.

    Raises:
        ValueError: A direction has no length or is not finite.
    """
    x, y, z = np.moveaxis(_directions(direction), -1, 0)
    return 0.5 + np.arctan2(-x, -y) / _TURN, 0.5 - np.arctan2(z, np.hypot(x, y)) / np.pi


def clip_to_faces(polygon: ArrayLike, least_share: float = 0.0) -> list[FaceFragment]:
    """Cut a convex polygon (N, 3) into the parts that lie on each face.

    The parts cover the polygon and overlap nowhere. A part below a billionth of its face is left out as
    empty, and so is one below ``least_share`` of the polygon's solid angle.

    Returns:
        The parts in the order of FACES, corners in the polygon's order.
    """
    corners = _directions(polygon)
    least = least_share * polygon_area(corners) if least_share else 0.0
    fragments: list[FaceFragment] = []
    for face, (right, up, ahead) in zip(FACES, FACE_FRAMES, strict=True):
        part = _clip(corners, (ahead - right, ahead + right, ahead - up, ahead + up))
        if len(part) < 3 or (least and polygon_area(part) < least):
            continue
        a, b, depth = np.stack([right, up, ahead]) @ part.T
        vertices = np.clip(np.stack([(1 - a / depth) / 2, (1 - b / depth) / 2], axis=-1), 0, 1)
        if _planar_area(vertices) >= _EMPTY_FRAGMENT:
            fragments.append(FaceFragment(face, vertices))
    return fragments


def polygon_area(polygon: ArrayLike) -> float:
    """The solid angle of a convex polygon (N, 3), in steradians."""
    return float(abs(_triangle_areas(_directions(polygon)).sum()))


def polygon_centre(polygon: ArrayLike) -> Array:
    """The unit direction (3,) of the centre of area of a convex polygon (N, 3)."""
    corners = _directions(polygon)
    weights = np.abs(_triangle_areas(corners))
    middles = corners[0] + corners[1:-1] + corners[2:]
    # A polygon without area is a line: its centre is the mean of its corners.
    return _unit(weights @ middles if weights.sum() > 0 else corners.sum(axis=0))


def polygon_intersection(one: ArrayLike, other: ArrayLike) -> Array:
    """The common part (M, 3) of two convex polygons (N, 3), M = 0 where they share none."""
    corners, frame = _directions(one), _directions(other)
    sides = np.cross(frame, np.roll(frame, -1, axis=0))
    sides *= np.sign(sides @ polygon_centre(frame))[:, None]
    return _clip(corners, sides)


def polygon_iou(one: ArrayLike, other: ArrayLike) -> float:
    """Overlap of two convex polygons (N, 3): common solid angle over that of both together, 0..1."""
    common = polygon_intersection(one, other)
    shared = polygon_area(common) if len(common) >= 3 else 0.0
    together = polygon_area(one) + polygon_area(other) - shared
    return shared / together if together > 0 else 0.0


def _face_index(face: ArrayLike) -> NDArray[np.intp]:
    names = np.asarray(face)
    matches = names[..., None] == _FACE_NAMES
    if not matches.any(axis=-1).all():
        unknown = sorted({str(name) for name in np.ravel(names)} - set(FACES))
        raise ValueError(f"no such face: {', '.join(unknown)}. Faces are {', '.join(FACES)}.")
    return np.argmax(matches, axis=-1)


def _directions(value: ArrayLike) -> Array:
    """(..., 3) of unit length, so that no later product can overflow or vanish."""
    d = np.asarray(value, np.float64)
    if d.ndim == 0 or d.shape[-1] != 3:
        raise ValueError(f"directions have three coordinates; got an array of shape {d.shape}")
    largest = np.abs(d).max(axis=-1, keepdims=True, initial=0.0)
    if not (np.isfinite(largest) & (largest > 0)).all():
        raise ValueError("a direction has no length or is not finite; give vectors that point somewhere")
    return _unit(d / largest)


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _clip(polygon: Array, normals: Iterable[Array]) -> Array:
    """Sutherland-Hodgman: what of ``polygon`` (N, 3) lies on the inner side of every plane through 0."""
    for normal in normals:
        if len(polygon) < 3:
            return polygon[:0]
        polygon = _clip_once(polygon, polygon @ normal)
    return polygon


def _clip_once(polygon: Array, height: Array) -> Array:
    kept: list[Array] = []
    for i, corner in enumerate(polygon):
        following = (i + 1) % len(polygon)
        here, there = height[i], height[following]
        if here >= 0:
            kept.append(corner)
        if (here > 0 > there) or (here < 0 < there):
            kept.append(corner + here / (here - there) * (polygon[following] - corner))
    return np.array(kept, np.float64).reshape(-1, 3)


def _triangle_areas(corners: Array) -> Array:
    """Signed solid angles of the triangles fanned out from the first corner (Van Oosterom, Strackee)."""
    corners = _unit(corners)
    first, second, third = corners[0], corners[1:-1], corners[2:]
    volume = np.cross(second, third) @ first
    return 2 * np.arctan2(volume, 1 + second @ first + third @ first + np.sum(second * third, axis=-1))


def _planar_area(vertices: Array) -> float:
    x, y = vertices.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
