"""Views of a cube show what its faces hold, without seams."""

import numpy as np
import pytest

from image360.detection.views import Cube, View, ring_plan, view_of_quad, view_plan, view_towards
from image360.errors import BadImageError
from image360.geometry import FACES, face_uv_to_direction

SIDE = 128
FACE_VIEWS = {
    "front": (0, 0),
    "right": (90, 0),
    "back": (180, 0),
    "left": (-90, 0),
    "top": (0, 90),
    "bottom": (0, -90),
}


def colours(directions):
    """Any smooth picture of the whole sphere: a colour for each direction."""
    x, y, z = np.moveaxis(directions, -1, 0)
    waves = [np.sin(7 * x + 2 * z), np.cos(5 * y - 3 * x), np.sin(6 * z + 4 * y)]
    return 127.5 + 100 * np.stack(waves, axis=-1)


def smooth_faces(side=SIDE):
    middles = (np.arange(side) + 0.5) / side
    return {
        name: np.round(colours(face_uv_to_direction(name, middles, middles[:, None]))).astype(np.uint8)
        for name in FACES
    }


def pixel_directions(view):
    return view.directions(
        np.stack(np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5), -1)
    )


@pytest.mark.parametrize("name", FACES)
def test_a_view_of_one_face_is_that_face(name):
    noise = np.random.default_rng(7)
    faces = {face: noise.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for face in FACES}
    seen = Cube(faces).render(view_towards(*FACE_VIEWS[name], 90, SIDE))
    assert (seen == faces[name]).all()


@pytest.mark.parametrize(
    "view",
    [
        view_towards(45, 0, 60, 200),  # over a seam
        view_towards(45, 35.264, 60, 200),  # over a corner of the cube
        view_towards(-135, -35.264, 100, 200),
        view_towards(170, 80, 75, 200),
        view_towards(-90, -45, 5, 200),  # a few pixels of a seam, large
    ],
)
def test_a_view_agrees_with_the_sphere_also_at_seams_and_corners(view):
    seen = Cube(smooth_faces()).render(view)
    assert np.abs(seen - colours(pixel_directions(view))).max() < 2.0


def test_a_view_that_shows_most_of_the_sphere_is_right_everywhere():
    view = view_towards(20, 10, 160, 400)
    assert np.abs(Cube(smooth_faces()).render(view) - colours(pixel_directions(view))).max() < 2.0


def test_places_and_directions_of_a_view_are_inverse():
    view = view_towards(30, -20, 70, 300)
    places = np.random.default_rng(3).uniform(0, 300, (50, 2))
    assert np.allclose(view.places(view.directions(places)), places, atol=1e-9)


def test_a_view_looks_where_it_is_told():
    assert np.allclose(
        view_towards(90, 0, 60, 100).directions([50, 50]), face_uv_to_direction("right", 0.5, 0.5)
    )
    assert np.allclose(
        view_towards(0, 45, 60, 100).directions([50, 50]), face_uv_to_direction("front", 0.5, 0)
    )
    upper_left = view_towards(0, 0, 90, 100).directions([0, 0])
    assert np.allclose(upper_left, face_uv_to_direction("front", 0, 0))


def test_a_flat_quadrilateral_becomes_an_upright_rectangle():
    # A rectangle on a wall, seen at a slant.
    corners = np.array([[-1, -2, 1], [1, -3, 1], [1, -3, 0.5], [-1, -2, 0.5]], float)
    view = view_of_quad(corners, 90, 30, beside=6, above=4)
    assert (view.width, view.height) == (102, 38)
    assert np.allclose(view.places(corners), [[6, 4], [96, 4], [96, 34], [6, 34]])
    middle = corners.mean(axis=0)
    assert np.allclose(view.places(middle), [51, 19])


def test_a_quadrilateral_without_area_is_refused():
    corners = face_uv_to_direction("front", [0.4, 0.5, 0.6, 0.5], 0.5)
    with pytest.raises(ValueError, match="lie on one line"):
        view_of_quad(corners, 90, 30)


@pytest.mark.parametrize(("face_side", "view_side"), [(64, 736), (1024, 736), (1536, 896), (2048, 1184)])
def test_views_have_the_pixels_of_their_faces(face_side, view_side):
    plan = view_plan(face_side)
    assert len(plan) == 24
    assert {(view.width, view.height) for view in plan} == {(view_side, view_side)}


@pytest.mark.parametrize("plan", [view_plan(1024), ring_plan(90, 15, 100)], ids=["R60", "R90"])
def test_text_up_to_twelve_degrees_is_whole_in_some_view(plan):
    random = np.random.default_rng(5)
    middle = random.normal(size=(3000, 3))
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    along = np.cross(middle, random.normal(size=(3000, 3)))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    half, tall = np.tan(np.radians(6)), np.tan(np.radians(1))
    corners = np.stack(
        [middle + x * half * along + y * tall * np.cross(middle, along) for x in (-1, 1) for y in (-1, 1)], 1
    )
    assert np.logical_or.reduce([_whole(view, corners) for view in plan]).all()


def _whole(view: View, corners):
    before = ((corners @ np.linalg.inv(view.matrix).T)[..., 2] > 0).all(axis=1)
    with np.errstate(divide="ignore"):
        places = view.places(corners)
    return before & ((places > 0) & (places < view.width)).all(axis=(1, 2))


def test_faces_of_different_sizes_are_refused_by_name():
    faces = smooth_faces(64)
    faces["top"] = faces["top"][:32, :32]
    with pytest.raises(BadImageError, match="top 32 x 32"):
        Cube(faces)
