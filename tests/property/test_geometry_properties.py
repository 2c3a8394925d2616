"""What holds for every direction and every convex polygon."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from image360.geometry import (
    FACES,
    clip_to_faces,
    direction_to_face_uv,
    direction_to_phi_theta,
    face_uv_to_direction,
    phi_theta_to_direction,
    polygon_area,
    polygon_centre,
    polygon_intersection,
    polygon_iou,
)

shares = st.floats(0, 1)
coordinates = st.floats(-1e6, 1e6, allow_nan=False)
directions = hnp.arrays(np.float64, 3, elements=coordinates).filter(lambda d: np.linalg.norm(d) > 1e-9)


@st.composite
def polygons(draw, largest=1.0):
    """Convex polygons anywhere: corners on an ellipse around a direction, at least a thousandth wide."""
    centre = draw(directions)
    centre = centre / np.linalg.norm(centre)
    side = np.cross(centre, np.eye(3)[np.argmin(np.abs(centre))])
    side /= np.linalg.norm(side)
    up = np.cross(side, centre)
    count = draw(st.integers(3, 8))
    gaps = np.array(draw(st.lists(st.floats(0.2, 1), min_size=count, max_size=count)))
    turns = np.cumsum(gaps) / gaps.sum() * 2 * np.pi
    width, height = draw(st.floats(1e-3, largest)), draw(st.floats(1e-3, largest))
    corners = centre + np.outer(width * np.cos(turns), side) + np.outer(height * np.sin(turns), up)
    return corners / np.linalg.norm(corners, axis=1, keepdims=True)


@given(st.sampled_from(FACES), shares, shares)
def test_face_to_direction_to_face_is_the_same_place(face, u, v):
    direction = face_uv_to_direction(face, u, v)
    assert abs(np.linalg.norm(direction) - 1) < 1e-12
    back, u_back, v_back = direction_to_face_uv(direction)
    # A place on an edge may come back on the neighbour: there only the direction is one.
    assert np.linalg.norm(face_uv_to_direction(back, u_back, v_back) - direction) < 1e-9
    if min(u, v, 1 - u, 1 - v) > 1e-9:
        assert back == face
        assert abs(u_back - u) < 1e-9
        assert abs(v_back - v) < 1e-9


@given(directions)
def test_direction_to_face_to_direction_is_the_same_direction(direction):
    face, u, v = direction_to_face_uv(direction)
    assert -1e-12 <= u <= 1 + 1e-12
    assert -1e-12 <= v <= 1 + 1e-12
    assert np.linalg.norm(face_uv_to_direction(face, u, v) - direction / np.linalg.norm(direction)) < 1e-9


@given(directions)
def test_direction_to_phi_theta_to_direction_is_the_same_direction(direction):
    phi, theta = direction_to_phi_theta(direction)
    assert 0 <= phi <= np.pi
    assert np.linalg.norm(phi_theta_to_direction(phi, theta) - direction / np.linalg.norm(direction)) < 1e-7


@given(st.floats(-1e-6, 1e-6), st.floats(0.001, np.pi - 0.001))
def test_theta_stays_below_a_whole_turn_in_single_precision(step, phi):
    _, theta = direction_to_phi_theta(phi_theta_to_direction(phi, 2 * np.pi + step))
    assert 0 <= float(np.float32(theta)) < 2 * np.pi


@given(directions)
def test_theta_in_single_precision_is_below_a_whole_turn_everywhere(direction):
    _, theta = direction_to_phi_theta(direction)
    assert 0 <= float(np.float32(theta)) < 2 * np.pi


@given(polygons())
def test_the_fragments_areas_add_up_to_the_polygon(polygon):
    fragments = clip_to_faces(polygon)
    assert len({fragment.face for fragment in fragments}) == len(fragments) > 0
    areas = [polygon_area(face_uv_to_direction(face, *vertices.T)) for face, vertices in fragments]
    # Each empty fragment that was left out may hold a billionth of a face.
    assert abs(sum(areas) - polygon_area(polygon)) < 6 * 4e-9


@given(polygons(), st.integers(0, 2**32 - 1))
def test_every_place_in_the_polygon_lies_in_one_fragment(polygon, seed):
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(polygon)), 20)
    places = weights @ polygon
    faces, u, v = direction_to_face_uv(places)
    fragments = dict(clip_to_faces(polygon))
    for face, place in zip(faces, np.stack([u, v], axis=-1), strict=True):
        if np.minimum(place, 1 - place).min() < 1e-4:
            continue  # so near an edge that the neighbour may hold it, or an empty fragment was left out
        outline = fragments[str(face)]
        side = np.roll(outline, -1, axis=0) - outline
        offset = place - outline
        turn = side[:, 0] * offset[:, 1] - side[:, 1] * offset[:, 0]
        assert (turn > -1e-9).all() or (turn < 1e-9).all()


@given(polygons())
def test_fragments_lie_on_their_faces(polygon):
    for _, vertices in clip_to_faces(polygon):
        assert len(vertices) >= 3
        assert vertices.min() >= 0
        assert vertices.max() <= 1


@given(polygons(largest=0.5), polygons(largest=0.5))
def test_overlap_is_the_same_both_ways(one, other):
    assert abs(polygon_iou(one, other) - polygon_iou(other, one)) < 1e-6
    assert 0 <= polygon_iou(one, other) <= 1 + 1e-9


@given(polygons(largest=0.5), st.floats(0.3, 0.9))
def test_a_polygon_holds_its_own_shrunk_copy(polygon, scale):
    centre = polygon_centre(polygon)
    smaller = centre + scale * (polygon / (polygon @ centre)[:, None] - centre)
    common = polygon_intersection(polygon, smaller)
    assert abs(polygon_area(common) - polygon_area(smaller)) < 1e-9


@given(polygons(largest=0.5))
def test_corner_order_changes_no_area_or_centre(polygon):
    turned = np.roll(polygon[::-1], 1, axis=0)
    assert abs(polygon_area(turned) - polygon_area(polygon)) < 1e-12
    assert np.linalg.norm(polygon_centre(turned) - polygon_centre(polygon)) < 1e-3
