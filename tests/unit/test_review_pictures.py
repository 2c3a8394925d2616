"""What the review app shows of a text: a crop, the image around it, and how reading and tag differ."""

import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from painted_cube import PaintedCube
from PIL import Image

from image360.geometry import FACES, clip_to_faces, face_uv_to_direction, polygon_centre
from review import around
from review.difference import as_html, difference, in_words
from review.pictures import HEIGHT, LINE, WIDTH, Photograph, PictureError, View, crop, small_faces

DIRECTIONS = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda d: np.linalg.norm(d) > 0.1)
FACE_FILES = SimpleNamespace(faces=dict.fromkeys(FACES, 1))


def photograph(faces):
    pictures = {name: Image.fromarray(pixels) for name, pixels in faces.items()}
    return Photograph(SimpleNamespace(), FACE_FILES, pictures)


def square_at(direction, size=0.03):
    """A small square around a direction."""
    ahead = np.array(direction) / np.linalg.norm(direction)
    aside = np.cross(ahead, [0.3, 0.5, 0.8])
    aside /= np.linalg.norm(aside)
    up = np.cross(aside, ahead)
    corners = [ahead + size * (a * aside + b * up) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return [corner / np.linalg.norm(corner) for corner in corners]


@given(DIRECTIONS)
def test_what_is_outlined_is_where_the_polygon_points(direction):
    polygon = square_at(direction)
    view = View.of(polygon)
    middle = view.rays @ [WIDTH / 2, HEIGHT / 2, 1]
    assert middle @ polygon_centre(polygon) > 0.999999
    for corner, (x, y) in zip(polygon, view.places(polygon), strict=True):
        ray = view.rays @ [x, y, 1]
        assert ray @ corner / np.linalg.norm(ray) > 0.999999


PLACES = [
    ("front", 0.5, 0.5),
    ("left", 0.001, 0.4),
    ("top", 0.999, 0.999),
]  # in a face, on a seam, in a corner


@pytest.mark.parametrize(("face", "u", "v"), PLACES)
def test_a_plate_is_whole_in_the_crop_over_a_seam_and_a_corner_too(face, u, v):
    """Red where the polygon is, grey all around: so it is in the picture, wherever the seams are."""
    cube = PaintedCube(256)
    polygon = square_at(face_uv_to_direction(face, u, v), 0.05)
    for fragment in clip_to_faces(polygon):
        pixels = (fragment.vertices * 256).round().astype(int)
        (left, top), (right, bottom) = pixels.min(axis=0), pixels.max(axis=0)
        cube.faces[fragment.face][top : bottom + 1, left : right + 1] = (200, 0, 0)
    picture = np.asarray(Image.open(io.BytesIO(crop(photograph(cube.faces), polygon))), int)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(picture[HEIGHT // 2, WIDTH // 2] - (200, 0, 0)).max() < 30
    assert np.abs(picture[10, 10] - 120).max() < 40
    drawn = np.abs(picture - LINE).max(axis=-1) < 60
    assert drawn.sum() > 200


def test_what_is_no_polygon_has_no_picture_and_says_so():
    with pytest.raises(PictureError, match="where the text is"):
        View.of([])


def test_a_face_that_is_no_picture_is_named(monkeypatch):
    monkeypatch.setattr("review.pictures.download", lambda _client, files: [b"no picture" for _ in files])
    image = SimpleNamespace(faces={face: SimpleNamespace(id=1) for face in FACES})
    with pytest.raises(PictureError, match="the back face of the image is no readable picture"):
        Photograph(SimpleNamespace(), image).faces(["back"])


# The image around it


@pytest.mark.parametrize("face", FACES)
@given(st.floats(0, 1), st.floats(0, 1))
def test_each_place_of_a_face_stands_on_the_cube_where_it_points(face, u, v):
    x, y, z, _ = around.placed(face) @ [(u - 0.5) * around.SIDE, (v - 0.5) * around.SIDE, 0, 1]
    there = np.array([x, y, z]) / np.linalg.norm([x, y, z])
    np.testing.assert_allclose(there, around.CSS_AXES @ face_uv_to_direction(face, u, v), atol=1e-9)


@given(DIRECTIONS)
def test_the_cube_is_turned_until_the_text_is_ahead(direction):
    direction = np.array(direction) / np.linalg.norm(direction)
    yaw, pitch = np.radians(around.turn_to(direction))
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    turned = np.array(about_x) @ about_y @ around.CSS_AXES @ direction
    np.testing.assert_allclose(turned, [0, 0, -1], atol=1e-9)


def test_the_page_around_holds_six_faces_asks_nobody_and_shows_markup_as_text():
    page = around.page(small_faces(photograph(PaintedCube(64).faces), 16), square_at((1, 0.1, 0)), "<b>x</b>")
    assert page.count("data:image/jpeg;base64,") == 6
    assert re.findall(r"(?:src|href)=\"(?!data:)", page) == []
    assert "://" not in page
    assert "<b>x" not in page
    assert page.count("<polygon") == 1


# The difference


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_pieces_are_both_texts(read, tag):
    pieces = difference(read, tag)
    assert "".join(each.read for each in pieces) == read
    assert "".join(each.tag for each in pieces) == tag


def test_each_character_that_differs_is_marked_and_said():
    assert "<del>O</del>" in as_html("21-PT-1O01", "21-PT-1001")
    assert "<ins>0</ins>" in as_html("21-PT-1O01", "21-PT-1001")
    assert in_words("21-PT-1O01", "21-PT-1001") == "read O for 0"
    assert in_words("PT1", "PT-1") == "read nothing for -"
    assert in_words("PT-1", "PT-1") == "no character differs"


@given(st.text(max_size=30), st.text(max_size=30))
def test_markup_in_a_text_stays_text(read, tag):
    tags = re.sub(r"</?(div|code|del|ins)( class=\"difference\")?>", "", as_html(read, tag))
    assert "<" not in tags
    assert as_html("<script>", "x").count("<script") == 0
