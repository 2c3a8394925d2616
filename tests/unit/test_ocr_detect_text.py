"""Text detection of a whole image: six faces in, tight text regions out."""

import numpy as np
import pytest
from painted_cube import PaintedCube

from image360.detection.ocr import Read, detect_text, engine_named, reading_settings
from image360.geometry import FACES, clip_to_faces, face_uv_to_direction, polygon_iou

PLATES = {
    "21-PT-1019": {"towards": face_uv_to_direction("front", 0.0, 0.45), "cap_px": 18},
    "45-VA-0012": {"towards": face_uv_to_direction("right", 0.5, 0.5), "cap_px": 20, "turn": 90},
    "33-HV-2040": {"towards": face_uv_to_direction("back", 0.5, 0.4), "cap_px": 20, "turn": 180},
    "P-88031": {"towards": face_uv_to_direction("back", 0.3, 0.7), "cap_px": 20, "slant": 40},
    "62-FT": {"towards": face_uv_to_direction("left", 0.5, 0.50), "cap_px": 16, "room": 0.2},
    "3301A": {"towards": face_uv_to_direction("left", 0.5, 0.55), "cap_px": 16, "room": 0.2},
    "PLANT": {"towards": face_uv_to_direction("bottom", 0.5, 0.2), "cap_px": 70},
}


@pytest.fixture(scope="module")
def painted():
    cube = PaintedCube(768)
    return cube, {text: cube.paint(text, **how) for text, how in PLATES.items()}


@pytest.fixture(scope="module")
def regions(painted):
    cube, _ = painted
    return {region.text: region for region in detect_text(cube.faces, engine_named("ocr"))}


@pytest.mark.ocr
def test_each_text_is_read_once_and_right(regions):
    assert sorted(regions) == sorted(PLATES)
    assert all(region.other_readings == () for region in regions.values())
    assert all(region.confidence > 0.9 for region in regions.values())


@pytest.mark.ocr
@pytest.mark.parametrize("text", PLATES)
def test_polygons_are_tight_and_begin_where_reading_begins(painted, regions, text):
    ink = painted[1][text].ink
    polygon = regions[text].polygon
    assert polygon_iou(polygon, ink) > 0.75
    assert np.linalg.norm(ink[:, None] - polygon, axis=-1).argmin(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.ocr
def test_the_text_over_a_seam_lies_on_two_faces(regions):
    assert [part.face for part in clip_to_faces(regions["21-PT-1019"].polygon)] == ["front", "left"]


class ScriptedEngine:
    """Sees one white plate, and says what it is told each time it sees it whole, and of the close-up."""

    name = "scripted"

    def __init__(self, said, again):
        self.settings = {}
        self.said, self.again, self.sure = list(said), again, 0.9

    def read(self, picture):
        rows, columns = np.nonzero(picture[..., 0] > 128)
        if not len(rows) or not self.said:
            return []
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        if left == 0 or right == 736 or top == 0 or bottom == 736:
            return []
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
        return [Read(self.said.pop(0), corners, self.sure)]

    def read_line(self, picture):
        return self.again


@pytest.fixture
def plate_in_two_views():
    faces = {name: np.zeros((128, 128, 3), np.uint8) for name in FACES}
    faces["front"][62:66, 90:97] = 255
    return faces


def test_views_that_read_a_whole_text_differently_leave_a_doubt(plate_in_two_views):
    engine = ScriptedEngine(["21-PT-1019", "21-PT-1018"], ("21-PT-1019", 0.95))
    (region,) = detect_text(plate_in_two_views, engine)
    assert engine.said == []
    assert region.text == "21-PT-1019"
    assert region.other_readings == ("21-PT-1018",)


def test_a_close_up_that_reads_otherwise_leaves_a_doubt(plate_in_two_views):
    engine = ScriptedEngine(["21-PT-1019", "21-PT-1019"], ("21-PT-1079", 0.99))
    (region,) = detect_text(plate_in_two_views, engine)
    assert (region.text, region.other_readings) == ("21-PT-1019", ("21-PT-1079",))


class TurningEngine(ScriptedEngine):
    """Reads a close-up otherwise when it is handed over a second time: turned upside down."""

    def read_line(self, picture):
        return self.again.pop(0)


@pytest.mark.parametrize(("upright", "read"), [(0.99, "21-PT-1019"), (0.6, "6101-1d-12")])
def test_a_text_is_upside_down_only_if_that_reads_better_than_all_views(plate_in_two_views, upright, read):
    engine = TurningEngine(["21-PT-1019"] * 2, [("21-PT-1019", 0.55), ("6101-1d-12", 0.85)])
    engine.sure = upright
    (region,) = detect_text(plate_in_two_views, engine)
    assert (region.text, region.other_readings) == (read, ())


def test_what_decides_a_reading_is_the_engine_and_the_method(plate_in_two_views):
    engine = ScriptedEngine([], ("", 0.0))
    engine.settings = {"models": "v6"}
    assert reading_settings(engine) == {"models": "v6", "method": "2"}


def test_corners_are_unit_vectors_also_where_only_a_box_is_known(monkeypatch):
    monkeypatch.setattr("image360.detection.ocr.find_ink", lambda *_: None)
    faces = {name: np.zeros((128, 128, 3), np.uint8) for name in FACES}
    faces["front"][56:70, 44:84] = 255
    found = detect_text(faces, ScriptedEngine(["21-PT-1019"] * 9, ("21-PT-1019", 0.9)))
    assert found
    for region in found:
        assert np.linalg.norm(region.polygon, axis=-1) == pytest.approx(np.ones(4), abs=1e-9)
