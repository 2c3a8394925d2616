"""The OCR engine that comes along: RapidOCR with its PP-OCRv6 models, on the runtime that is installed.

Why these, and why these settings: docs/decisions/0002-own-ocr-engine.md; how a deployment chooses the
runtime: docs/decisions/0009-what-a-function-carries.md.
"""

import sys
import unicodedata
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np

from image360.detection.ocr import Read
from image360.detection.views import Pixels
from image360.errors import SetupError
from image360.geometry import Array

_MODELS = {
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}  # of the package


@dataclass(frozen=True)
class Runtime:
    """What computes the models, and the detector whose cost it can bear."""

    name: str  # of the package, and RapidOCR's own name for it
    detector: str
    detector_of_ours: bool = False  # the model lies beside this file: no package of reasonable size has it


OPENVINO = Runtime("openvino", "PP-OCRv6_det_small.onnx")
ONNXRUNTIME = Runtime("onnxruntime", "PP-OCRv6_det_tiny.onnx", detector_of_ours=True)


def installed_runtime() -> Runtime:
    """Return the best runtime that the requirements of this deployment brought along.

    Raises:
        SetupError: There is none.
    """
    for runtime in (OPENVINO, ONNXRUNTIME):
        if find_spec(runtime.name):
            return runtime
    raise SetupError(
        "own OCR is not part of this deployment, neither openvino nor onnxruntime is installed: select the "
        "module image360_ocr or image360_ocr_tiny in config.<env>.yaml and deploy again, or set 'engine' to "
        "what this deployment has"
    )


def settings_on(runtime: Runtime) -> Mapping[str, str]:
    """Return the settings of the engine on a runtime, without loading it."""
    versions = {package: version(package) for package in ("rapidocr", runtime.name)}
    models = {"det": runtime.detector, **{part.lower(): name for part, name in _MODELS.items()}}
    return {**versions, **models, "precision": "f32"}


# f32: by itself OpenVINO computes in bf16 where the CPU can, and then what is read depends on the machine.
# The cache is of compiled shapes: without a limit it grows with every width of text.
_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "CPU_RUNTIME_CACHE_CAPACITY": "32"}
# RapidOCR turns a crop upright that is this much taller than wide, and one that the classifier is this
# sure about.
_TALL = 1.5
_UPSIDE_DOWN = ("180", 0.9)


class RapidOcrEngine:
    """RapidOCR: one thread, single precision, no network."""

    name = "ocr"

    def __init__(self, runtime: Runtime | None = None) -> None:
        """Load the models, for the runtime that is installed unless another is given.

        Raises:
            SetupError: There is no runtime, or a model is not where it should be.
        """
        self._runtime = runtime or installed_runtime()
        self._rapid = _load(self._runtime)

    @property
    def settings(self) -> Mapping[str, str]:
        """Models, the versions of what runs them, and the precision."""
        return settings_on(self._runtime)

    def read(self, picture: Pixels) -> list[Read]:
        """All text in a picture (height, width, 3) RGB."""
        from rapidocr.main import RapidOCRError

        try:
            crops, found = self._rapid.detect_and_crop(_bgr(picture), {})
        except RapidOCRError:  # RapidOCR's way to say that there is no text
            return []
        upright, turns = self._rapid.cls_and_rotate(crops)
        quads = [
            _from_upper_left(np.asarray(box, np.float64), label, score)
            for box, (label, score) in zip(found.boxes, turns.cls_res, strict=True)
        ]
        lines = self._recognise(upright)
        return [Read(text, quad, sure) for quad, (text, sure) in zip(quads, lines, strict=True)]

    def read_line(self, picture: Pixels) -> tuple[str, float]:
        """Text and confidence of a picture (height, width, 3) RGB that holds one upright line."""
        return self._recognise([_bgr(picture)])[0]

    def _recognise(self, crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Text, and the confidence in its least certain letter or digit, of each crop."""
        read = self._rapid.recognize_txt(crops)
        return [
            # The models know full-width letters and write some signs in that form.
            (unicodedata.normalize("NFKC", text).strip(), _least_certain(text, line.confs))
            for text, line in zip(read.txts, read.word_results, strict=True)
        ]


def _least_certain(text: str, confidences: Sequence[float]) -> float:
    # Blanks and dashes are the least certain of all, and nobody tells two tags apart by them.
    return min((c for letter, c in zip(text, confidences, strict=False) if letter.isalnum()), default=0.0)


def _bgr(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[..., ::-1])


def _from_upper_left(box: Array, label: str, score: float) -> Array:
    """The box with the corner first at which reading begins, once RapidOCR has turned its crop."""
    upper, right, lower, left = np.trunc(np.linalg.norm(box - np.roll(box, -1, axis=0), axis=1))
    tall = max(right, left) >= _TALL * max(upper, lower)
    upside_down = label == _UPSIDE_DOWN[0] and score > _UPSIDE_DOWN[1]
    return np.roll(box, -(tall + 2 * upside_down), axis=0)


def _models(runtime: Runtime) -> dict[str, Path]:
    """Return where the three models are."""
    import rapidocr

    of_package, of_ours = Path(rapidocr.__file__).parent / "models", Path(__file__).parent
    detector = (of_ours if runtime.detector_of_ours else of_package) / runtime.detector
    return {"Det": detector, **{part: of_package / name for part, name in _MODELS.items()}}


def _load(runtime: Runtime) -> Any:  # RapidOCR is typed as far as its constructor
    # Without this module openvino cannot report to its maker that it was imported, which it does otherwise.
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))
    from rapidocr import EngineType, RapidOCR
    from rapidocr.main import RapidOCRError

    params: dict[str, Any] = {
        "Global.log_level": "critical",
        "Global.max_side_len": 100_000,  # never shrinks a view
        "Global.return_word_box": True,  # the confidence of each character comes with it
        # Faint and small text is let through: the close-up of each line judges it anew.
        "Det.thresh": 0.2,
        "Det.box_thresh": 0.35,
        "EngineConfig.openvino.inference_num_threads": 1,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "Rec.rec_batch_num": 1,  # no line is padded to the width of another, so none depends on another
    }
    for part, path in _models(runtime).items():
        if not path.is_file():  # RapidOCR would download it
            raise SetupError(f"{path} is missing: install rapidocr {version('rapidocr')} and image360 again")
        params[f"{part}.engine_type"] = EngineType(runtime.name)
        params[f"{part}.model_path"] = str(path)
    rapid: Any = RapidOCR(params=params)
    blank = np.zeros((736, 736, 3), np.uint8)
    # The models are loaded at first use: here.
    with _openvino_properties() if runtime == OPENVINO else nullcontext():
        rapid.cls_and_rotate([blank[:48]])
        rapid.recognize_txt([blank[:48]])
        with suppress(RapidOCRError):  # there is nothing to see
            rapid.detect_and_crop(blank, {})
    return rapid


@contextmanager
def _openvino_properties() -> Generator[None]:
    """Hand OpenVINO the properties that RapidOCR has no parameters for."""
    from rapidocr.inference_engine.openvino import main

    module = cast("Any", main)
    original = module.CPUConfig

    class WithProperties(original):
        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), **_PROPERTIES}

    module.CPUConfig = WithProperties
    try:
        yield
    finally:
        module.CPUConfig = original
