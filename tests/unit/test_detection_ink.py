"""The ink of a line is found where its letters are, not where a detector's box ends."""

import cv2
import numpy as np
import pytest
from painted_cube import PaintedCube, written

from image360.detection.closeup import find_ink, line_picture
from image360.detection.ink import Box, ink_corners
from image360.detection.views import Cube
from image360.geometry import face_uv_to_direction, polygon_iou

TEXT = "21-PT-1019"
LETTERS = 8


def close_up(**writing):
    """A close-up with the text in its middle: the picture, a detector's box, the true corners."""
    picture, (left, top, right, bottom) = written(TEXT, 40, room=1.2, **writing)
    box = Box(left - 6, top - 6, right - left + 12, bottom - top + 12)
    return picture, box, np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


@pytest.mark.parametrize(
    "colours",
    [
        {},
        {"dark": (250, 250, 250), "light": (10, 60, 30)},
        {"dark": (150, 150, 150), "light": (175, 175, 175)},
        {"dark": (200, 40, 40), "light": (40, 110, 40)},
    ],
    ids=["dark on light", "light on dark", "faint", "red on green"],
)
def test_the_corners_are_those_of_the_ink(colours):
    picture, box, truth = close_up(**colours)
    assert np.abs(ink_corners(picture, box, LETTERS) - truth).max() <= 1.5


def test_noise_and_blur_move_the_corners_little():
    picture, box, truth = close_up()
    noise = np.random.default_rng(2).normal(0, 20, picture.shape)
    rough = np.clip(cv2.GaussianBlur(picture, (0, 0), 2) + noise, 0, 255).astype(np.uint8)
    assert np.abs(ink_corners(rough, box, LETTERS) - truth).max() <= 4


def test_a_letter_that_the_box_left_out_is_found():
    picture, box, truth = close_up()
    narrow = box._replace(width=box.width - 30)
    assert np.abs(ink_corners(picture, narrow, LETTERS) - truth).max() <= 1.5


def test_the_rim_of_a_small_plate_within_the_box_is_not_ink():
    picture, box, truth = close_up()
    plate = picture[box.top - 4 : box.top + box.height + 4, box.left - 4 : box.left + box.width + 4]
    wall = np.full_like(picture, (90, 60, 120))
    wall[box.top - 4 : box.top + box.height + 4, box.left - 4 : box.left + box.width + 4] = plate
    wide = Box(box.left - 8, box.top - 8, box.width + 16, box.height + 16)
    assert np.abs(ink_corners(wall, wide, LETTERS) - truth).max() <= 1.5


def test_a_line_that_climbs_has_corners_that_climb():
    picture, box, truth = close_up()
    middle = (picture.shape[1] / 2, picture.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, 3, 1)
    turned = cv2.warpAffine(picture, turn, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    expected = truth @ turn[:, :2].T + turn[:, 2]
    assert np.abs(ink_corners(turned, box, LETTERS) - expected).max() <= 4


def test_a_blank_wall_has_no_ink():
    assert ink_corners(np.full((96, 300, 3), 128, np.uint8), Box(48, 24, 204, 48), 5) is None


@pytest.mark.parametrize("name", ["front", "left", "back", "top"])
@pytest.mark.parametrize("u", [0.5, 1.0], ids=["on a face", "over a seam"])
def test_ink_is_found_on_the_sphere_from_a_loose_box(name, u):
    cube = PaintedCube()
    plate = cube.paint(TEXT, face_uv_to_direction(name, u, 0.35), cap_px=16, slant=20)
    loose = plate.ink + 0.004 * np.sign(plate.ink - plate.ink.mean(axis=0))
    assert polygon_iou(find_ink(Cube(cube.faces), loose, LETTERS), plate.ink) > 0.85


def test_a_line_that_a_view_cut_off_is_followed_to_its_end():
    cube = PaintedCube()
    plate = cube.paint(TEXT, face_uv_to_direction("left", 1.0, 0.5), cap_px=20)
    third = plate.ink.copy()
    third[1:3] = (2 * plate.ink[[0, 3]] + plate.ink[[1, 2]]) / 3
    assert polygon_iou(find_ink(Cube(cube.faces), third, 3), plate.ink) > 0.85


def test_the_picture_of_a_line_is_upright_and_framed():
    cube = PaintedCube()
    plate = cube.paint(TEXT, face_uv_to_direction("right", 0.4, 0.6), cap_px=24, turn=180)
    picture = line_picture(Cube(cube.faces), plate.ink)
    assert picture.shape[0] == 48
    straight, (left, top, right, bottom) = written(TEXT)
    expected = cv2.resize(
        straight[top:bottom, left:right], (picture.shape[1] - 20, 34), interpolation=cv2.INTER_AREA
    )
    likeness = np.corrcoef(picture[7:41, 10:-10].ravel(), expected.ravel())[0, 1]
    assert likeness > 0.9


def test_nothing_is_found_where_no_letters_are():
    wall = face_uv_to_direction("front", [0.3, 0.6, 0.6, 0.3], [0.5, 0.5, 0.53, 0.53])
    flat = {name: np.full((128, 128, 3), 99, np.uint8) for name in PaintedCube(64).faces}
    assert find_ink(Cube(flat), wall, 4) is None
