"""Faces, directions, phi/theta: held against places measured in Cognite's own viewer."""

import json
from pathlib import Path

import numpy as np
import pytest

from image360.geometry import (
    FACES,
    clip_to_faces,
    direction_to_face_uv,
    direction_to_panorama_uv,
    direction_to_phi_theta,
    face_uv_to_direction,
    phi_theta_to_direction,
    polygon_area,
    polygon_centre,
    polygon_intersection,
    polygon_iou,
)

MEASURED = json.loads((Path(__file__).parent / "data" / "image360_vectors.json").read_text())
VECTORS = MEASURED["vectors"]
POLYGONS = MEASURED["polygons"]
TOLERANCE = 1e-6


def column(position):
    return np.array([row[position] for row in VECTORS])


def angle(one, other):
    return np.linalg.norm(np.cross(one, other), axis=-1)


def pose_matrix(euler):
    """Image frame to world as Reveal turns it: first around Y, then Z, then X (CDF axes)."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(euler), np.sin(euler)
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return around_x @ around_z @ around_y


def square(face, left, upper, right, lower):
    return face_uv_to_direction(face, [left, right, right, left], [upper, upper, lower, lower])


def test_there_are_enough_measured_places():
    assert len(VECTORS) == 144
    assert len(POLYGONS) == 18
    assert {row[0] for row in VECTORS} == set(FACES)


def test_a_face_place_points_where_the_viewer_shows_it():
    directions = face_uv_to_direction(column(0), column(1), column(2))
    assert angle(directions, column(4)).max() < TOLERANCE
    assert np.sum(directions * column(4), axis=-1).min() > 0


def test_a_face_place_points_into_the_world_as_the_viewer_shows_it():
    for face, u, v, euler, *_, world in VECTORS:
        direction = pose_matrix(euler) @ face_uv_to_direction(face, u, v)
        assert np.linalg.norm(direction - world) < TOLERANCE


def test_phi_and_theta_are_those_of_the_viewer():
    phi, theta = direction_to_phi_theta(column(4))
    assert np.abs(phi - column(5)).max() < TOLERANCE
    turn = np.abs(theta - column(6)) % (2 * np.pi)
    assert np.minimum(turn, 2 * np.pi - turn)[~column(7)].max() < TOLERANCE


def test_the_viewers_phi_and_theta_give_the_direction_back():
    assert np.linalg.norm(phi_theta_to_direction(column(5), column(6)) - column(4), axis=-1).max() < TOLERANCE


@pytest.mark.parametrize("row", range(len(POLYGONS)))
def test_polygons_for_the_viewer_are_read_where_they_were_drawn(row):
    face, corners, euler, data, world = POLYGONS[row]
    count, angles = data[0], np.reshape(data[1:], (-1, 2))
    assert count == len(angles) == len(corners)
    drawn = face_uv_to_direction(face, *np.transpose(corners))
    assert np.linalg.norm(phi_theta_to_direction(*angles.T) - drawn, axis=-1).max() < TOLERANCE
    assert np.linalg.norm(drawn @ pose_matrix(euler).T - world, axis=-1).max() < TOLERANCE


def test_an_unknown_face_is_named_in_the_error():
    with pytest.raises(ValueError, match="no such face: upper"):
        face_uv_to_direction("upper", 0.5, 0.5)
    with pytest.raises(ValueError, match="no such face: nadir"):
        face_uv_to_direction(["front", "nadir"], 0.5, 0.5)


@pytest.mark.parametrize("bad", [[0, 0, 0], [np.nan, 0, 1], [np.inf, 0, 0]])
def test_a_direction_that_points_nowhere_is_refused(bad):
    with pytest.raises(ValueError, match="no length or is not finite"):
        direction_to_face_uv(bad)


def test_a_direction_has_three_coordinates():
    with pytest.raises(ValueError, match="three coordinates"):
        direction_to_phi_theta([1.0, 0.0])


def test_one_place_gives_plain_values():
    face, u, v = direction_to_face_uv([0, -2, 0])
    assert face == "front"
    assert (float(u), float(v)) == (0.5, 0.5)
    assert face_uv_to_direction("front", 0.5, 0.5).shape == (3,)


def test_faces_and_coordinates_broadcast():
    grid = face_uv_to_direction(np.array(FACES)[:, None], np.linspace(0.1, 0.9, 5), 0.25)
    assert grid.shape == (6, 5, 3)
    faces, u, v = direction_to_face_uv(grid)
    assert (faces == np.array(FACES)[:, None]).all()
    assert np.allclose(u, np.linspace(0.1, 0.9, 5), atol=1e-12)
    assert np.allclose(v, 0.25, atol=1e-12)


def test_no_directions_are_no_places():
    faces, u, v = direction_to_face_uv(np.empty((0, 3)))
    assert faces.shape == u.shape == v.shape == (0,)


def test_directions_of_any_length_are_taken():
    for length in (1e-300, 1e-3, 1e300):
        face, u, v = direction_to_face_uv(np.array([0.3, -1.0, 0.2]) * length)
        assert face == "front"
        assert np.allclose([u, v], [0.35, 0.4])


def test_theta_is_zero_where_it_means_nothing():
    for direction in ([0.0, -1.0, 0.0], [-0.0, -1.0, -0.0], [-0.0, 1.0, -0.0]):
        assert direction_to_phi_theta(direction)[1] == 0


def test_faces_meet_as_the_cube_is_glued():
    run = np.linspace(0.05, 0.95, 7)
    glued = [
        (("front", 0, run), ("left", 1, run)),
        (("front", run, 0), ("top", run, 1)),
        (("back", run, 0), ("top", 1 - run, 0)),
        (("left", run, 1), ("bottom", 0, 1 - run)),
        (("right", run, 0), ("top", 1, 1 - run)),
        (("right", run, 1), ("bottom", 1, run)),
        (("back", 0, run), ("right", 1, run)),
    ]
    for one, other in glued:
        assert np.allclose(face_uv_to_direction(*one), face_uv_to_direction(*other), atol=1e-15)


def test_a_panorama_has_front_in_its_middle_and_right_to_the_right():
    for face, place in {
        "front": (0.5, 0.5),
        "right": (0.75, 0.5),
        "left": (0.25, 0.5),
        "top": (None, 0.0),
        "bottom": (None, 1.0),
    }.items():
        u, v = direction_to_panorama_uv(face_uv_to_direction(face, 0.5, 0.5))
        assert v == pytest.approx(place[1])
        assert place[0] is None or u == pytest.approx(place[0])
    behind, _ = direction_to_panorama_uv(face_uv_to_direction("back", [0.49, 0.51], 0.5))
    assert behind[0] > 0.99
    assert behind[1] < 0.01


def test_a_polygon_inside_one_face_is_its_own_fragment():
    (fragment,) = clip_to_faces(square("top", 0.2, 0.3, 0.5, 0.4))
    assert fragment.face == "top"
    assert np.allclose(fragment.vertices, [[0.2, 0.3], [0.5, 0.3], [0.5, 0.4], [0.2, 0.4]], atol=1e-12)


def test_a_polygon_over_a_corner_of_the_cube_has_three_fragments():
    corner = np.array([1.0, -1.0, 1.0])
    polygon = corner + 0.2 * np.array([[1, 1, 0], [-1, 0, 1], [0, -1, -1]])
    fragments = clip_to_faces(polygon)
    assert [fragment.face for fragment in fragments] == ["front", "left", "top"]
    areas = [polygon_area(face_uv_to_direction(face, *uv.T)) for face, uv in fragments]
    assert sum(areas) == pytest.approx(polygon_area(polygon), rel=1e-9)


def test_a_sliver_on_the_next_face_can_be_left_out():
    polygon = face_uv_to_direction("front", [0.6, 1.001, 1.001, 0.6], [0.4, 0.4, 0.5, 0.5])
    assert [fragment.face for fragment in clip_to_faces(polygon)] == ["front", "right"]
    assert [fragment.face for fragment in clip_to_faces(polygon, least_share=0.02)] == ["front"]


def test_a_whole_face_is_a_sixth_of_the_sphere():
    for face in FACES:
        whole = square(face, 0, 0, 1, 1)
        assert polygon_area(whole) == pytest.approx(4 * np.pi / 6)
        assert [fragment.face for fragment in clip_to_faces(whole)] == [face]
        assert np.allclose(polygon_centre(whole), face_uv_to_direction(face, 0.5, 0.5))


def test_overlap_is_one_with_itself_and_zero_with_the_far_side():
    patch = square("left", 0.4, 0.4, 0.6, 0.5)
    assert polygon_iou(patch, patch) == pytest.approx(1)
    assert polygon_iou(patch, -patch) == 0
    assert len(polygon_intersection(patch, square("left", 0.7, 0.4, 0.8, 0.5))) == 0


def test_overlap_counts_what_is_shared():
    one = square("left", 0.5, 0.5, 0.500004, 0.500002)
    half = square("left", 0.500002, 0.5, 0.500006, 0.500002)
    assert polygon_iou(one, half) == pytest.approx(1 / 3, rel=1e-3)
