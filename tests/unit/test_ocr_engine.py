"""The engine that comes along, on real pixels: what it reads, where, and that it talks to nobody."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from painted_cube import written

from image360.detection.ocr import engine_named
from image360.detection.rapid import RapidOcrEngine
from image360.errors import SetupError

pytestmark = pytest.mark.ocr
TEXT = "21-PT-1019"


@pytest.fixture(scope="module")
def engine():
    return engine_named("ocr")


def wall_with_text(turn):
    """A grey picture with the text in its middle, turned clockwise, and the true corners of its ink."""
    plate, (left, top, right, bottom) = written(TEXT, 44)
    wall = np.full((736, 736, 3), 128, np.uint8)
    upper, before = (736 - plate.shape[0]) // 2, (736 - plate.shape[1]) // 2
    wall[upper : upper + plate.shape[0], before : before + plate.shape[1]] = plate
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    corners += [before, upper]
    matrix = cv2.getRotationMatrix2D((368, 368), -turn, 1)
    turned = cv2.warpAffine(wall, matrix, (736, 736), borderValue=(128, 128, 128))
    return turned, corners @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("turn", [0, 25, 60, 90, 180, 270])
def test_a_turned_text_is_read_and_its_box_begins_where_reading_begins(engine, turn):
    picture, corners = wall_with_text(turn)
    (read,) = engine.read(picture)
    assert read.text == TEXT
    assert 0.9 < read.confidence <= 1
    assert np.abs(read.quad - corners).max() < 60
    nearest = np.linalg.norm(corners[:, None] - read.quad, axis=-1).argmin(axis=1)
    assert list(nearest) == [0, 1, 2, 3]


def test_a_line_is_read(engine):
    text, confidence = engine.read_line(written(TEXT, 44, room=0.2)[0])
    assert text == TEXT
    assert confidence > 0.9


def test_where_no_text_is_nothing_is_read(engine):
    assert engine.read(np.full((736, 736, 3), 90, np.uint8)) == []
    assert engine.read_line(np.full((48, 320, 3), 90, np.uint8))[0] == ""


def test_the_same_picture_gives_the_same_reads(engine):
    picture, _ = wall_with_text(10)
    first, second = engine.read(picture)[0], engine.read(picture)[0]
    assert (first.text, first.confidence) == (second.text, second.confidence)
    assert (first.quad == second.quad).all()


def test_the_settings_name_models_versions_and_precision(engine):
    assert engine.settings["precision"] == "f32"
    assert engine.settings["rec"].startswith("PP-OCRv6")
    assert {"rapidocr", "openvino", "det", "cls"} <= set(engine.settings)


def test_the_models_run_as_the_settings_say(engine):
    for part in ("text_det", "text_cls", "text_rec"):
        model = getattr(engine._rapid, part).session.session.get_compiled_model()
        assert model.get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"
        assert model.get_property("INFERENCE_NUM_THREADS") == 1


def test_a_missing_model_is_named_and_not_downloaded(monkeypatch):
    monkeypatch.setitem(RapidOcrEngine.__init__.__globals__["_MODELS"], "Rec", "gone.onnx")
    with pytest.raises(SetupError, match=r"gone\.onnx is missing: install rapidocr"):
        RapidOcrEngine()


def test_an_unknown_engine_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="no OCR engine is called 'tesseract'; there is ocr"):
        engine_named("tesseract")


WITHOUT_NETWORK = """
import socket, sys
class NoNetwork(socket.socket):
    def __init__(self, *args, **kwargs):
        raise AssertionError("the engine opened a socket")
socket.socket = NoNetwork
socket.getaddrinfo = NoNetwork
from image360.detection.ocr import engine_named
heavy = {"cv2", "openvino", "rapidocr"} & set(sys.modules)
assert not heavy, f"loaded before an engine was made: {heavy}"
import numpy, logging
engine = engine_named("ocr")
picture = numpy.full((736, 736, 3), 230, numpy.uint8)
import cv2
cv2.putText(picture, "PUMP 4", (200, 300), cv2.FONT_HERSHEY_SIMPLEX, 2, (10, 10, 10), 4)
print([read.text for read in engine.read(picture)])
assert not [name for name in sys.modules if name.startswith("openvino_telemetry.")]
"""


def test_the_engine_works_without_network_writes_nothing_home_and_keeps_quiet(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['PUMP 4']"
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
