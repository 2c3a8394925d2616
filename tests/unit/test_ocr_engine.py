"""The engine that comes along, on real pixels: what it reads, where, and that it talks to nobody."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from painted_cube import written

from image360.detection import rapid
from image360.detection.ocr import engine_named
from image360.detection.rapid import ONNXRUNTIME, OPENVINO, RapidOcrEngine
from image360.errors import SetupError

pytestmark = pytest.mark.ocr
TEXT = "21-PT-1019"


@pytest.fixture(scope="module", params=[OPENVINO, ONNXRUNTIME], ids=lambda runtime: runtime.name)
def engine(request):
    return RapidOcrEngine(request.param)


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


@pytest.mark.parametrize(
    ("runtime", "detector"),
    [(OPENVINO, "PP-OCRv6_det_small.onnx"), (ONNXRUNTIME, "PP-OCRv6_det_tiny.onnx")],
)
def test_the_settings_name_models_versions_and_precision(runtime, detector):
    settings = rapid.settings_on(runtime)
    assert settings.keys() == {"rapidocr", runtime.name, "det", "cls", "rec", "precision"}
    assert (settings["det"], settings["precision"]) == (detector, "f32")
    assert settings["rec"].startswith("PP-OCRv6")


def test_the_engine_has_the_settings_of_its_runtime(engine):
    assert engine.settings == rapid.settings_on(engine._runtime)


def test_openvino_comes_first_and_a_deployment_without_a_runtime_is_named(monkeypatch):
    installed = {"openvino", "onnxruntime"}
    monkeypatch.setattr(rapid, "find_spec", lambda name: name in installed or None)
    assert rapid.installed_runtime() == OPENVINO
    installed.remove("openvino")
    assert rapid.installed_runtime() == ONNXRUNTIME
    installed.clear()
    with pytest.raises(SetupError, match="select the module image360_ocr or image360_ocr_tiny"):
        engine_named("ocr")


def test_the_models_run_on_openvino_as_the_settings_say():
    engine = RapidOcrEngine(OPENVINO)
    for part in ("text_det", "text_cls", "text_rec"):
        model = getattr(engine._rapid, part).session.session.get_compiled_model()
        assert model.get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"
        assert model.get_property("INFERENCE_NUM_THREADS") == 1


def test_the_models_run_on_onnxruntime_on_one_thread():
    engine = RapidOcrEngine(ONNXRUNTIME)
    for part in ("text_det", "text_cls", "text_rec"):
        options = getattr(engine._rapid, part).session.session.get_session_options()
        assert options.intra_op_num_threads == 1


def test_a_missing_model_is_named_and_not_downloaded(monkeypatch):
    monkeypatch.setitem(rapid._MODELS, "Rec", "gone.onnx")
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
