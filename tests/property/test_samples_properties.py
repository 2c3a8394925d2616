"""The sample generator's own geometry, and its mix for any seed."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.camera import FACES, face_index, to_pixels, turn_about_z, views
from samples.materials import PAINT
from samples.mix import wanted_plates
from samples.scene import frame
from samples.solids import FAR, Solid
from samples.tags import Register, register

units = st.floats(-1, 1)
points = st.tuples(units, units, units).filter(lambda p: np.linalg.norm(p) > 0.1)


@cache
def listing() -> Register:
    return register(np.random.default_rng(0))


@given(points, st.floats(0, 6.28))
def test_a_direction_is_seen_where_it_is_projected(point: tuple[float, float, float], angle: float) -> None:
    direction = np.array(point)
    face = face_index(direction)
    x, y = to_pixels(direction, face, 512)
    assert -1e-6 <= x <= 512 + 1e-6
    assert -1e-6 <= y <= 512 + 1e-6
    turn = turn_about_z(angle)
    view = views(turn, 512)[face]
    assert view.face == FACES[face]
    ray = view.ray_matrix((0.0, 0.0)) @ (x, y, 1.0)
    seen = turn @ ray
    assert np.allclose(seen / np.linalg.norm(seen), direction / np.linalg.norm(direction), atol=1e-9)


@given(st.sampled_from(["box", "panel", "cylinder", "ellipsoid"]), points, points, st.floats(-0.3, 0.3))
@settings(max_examples=60)
def test_rays_meet_a_solid_on_its_surface_and_within_its_outline(
    kind: str, place: tuple[float, float, float], axis: tuple[float, float, float], taper: float
) -> None:
    axes = frame(np.array(axis) / np.linalg.norm(axis))
    half = np.array([0.4, 0.4, 0.7]) if kind == "cylinder" else np.array([0.4, 0.6, 0.7])
    centre = np.array(place) / np.linalg.norm(place) * 3
    solid = Solid(kind, centre, axes, half, PAINT, taper if kind == "cylinder" else 0.0)
    aims = solid.centre + np.random.default_rng(0).uniform(-0.9, 0.9, (200, 3))
    rays = aims.astype(np.float32)
    t = solid.meet(rays)
    hit = t < FAR
    local = solid.local(rays[hit] * t[hit, None])
    assert np.abs(off_surface(solid, local)).max(initial=0) < 1e-3
    normals, _ = solid.surface(local)
    towards = np.einsum("ij,ij->i", normals, rays[hit]) < 1e-3
    assert kind == "panel" or towards.sum() >= 0.98 * len(towards)  # a rim belongs to either side
    ends = (solid.outline - solid.centre) @ solid.axes.T
    assert (local.max(axis=0, initial=-9) <= ends.max(axis=0) + 2e-3).all()
    assert (local.min(axis=0, initial=9) >= ends.min(axis=0) - 2e-3).all()


def off_surface(solid: Solid, local: np.ndarray) -> np.ndarray:
    """How far local points are off the surface; 0 on it."""
    if solid.kind == "panel":
        return local[:, 2]
    if solid.kind == "box":
        return np.abs(local / solid.half).max(axis=1) - 1
    if solid.kind == "ellipsoid":
        return np.linalg.norm(local / solid.half, axis=1) - 1
    side = np.hypot(local[:, 0], local[:, 1]) - (solid.half[0] + solid.taper * local[:, 2])
    end = np.abs(local[:, 2]) - solid.half[2]
    return np.where(np.abs(side) < np.abs(end), side, end)


@given(st.integers(0, 2**63))
@settings(max_examples=12, deadline=None)
def test_the_mix_is_dealt_for_any_seed(seed: int) -> None:
    plates = wanted_plates(listing(), np.random.default_rng(seed))
    tags = [w for w in plates if w.asset is not None]
    n = len(tags)
    assert n >= 130
    assert sum(w.style in {"stencil", "engraved"} for w in tags) >= 0.10 * n
    assert sum(w.style == "low_contrast" for w in tags) >= 0.10 * n
    assert sum(len(w.lines) == 2 for w in tags) >= 0.08 * n
    assert sum(w.seam for w in tags) >= 0.10 * n
    assert sum(w.tilted for w in tags) >= 0.20 * n
    assert sum(w.cap_px < 16 for w in tags) >= 0.15 * n
    assert sum(w.style == "plain" and w.cap_px >= 16 for w in tags) >= 0.45 * n
    assert all(8 <= w.cap_px <= 60 for w in plates)
    for i in range(8):
        here = [w.tag for w in plates if w.station == i and w.tag]
        assert len(set(here)) == len(here)
