"""What CDF's runtime asks of the two entry files."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import detect_handler
import match_handler

ALLOWED = {"client", "data", "secrets", "function_call_info"}


@pytest.mark.parametrize("module", [detect_handler, match_handler])
def test_a_handler_takes_only_what_cdf_hands_over(module):
    assert set(inspect.signature(module.handle).parameters) <= ALLOWED
    assert not inspect.iscoroutinefunction(module.handle)


# Each takes its time to load, and a call that does not need it must not wait for it.
ENGINES = {"cv2", "onnxruntime", "openvino", "rapidocr", "scipy", "shapely"}
PICTURES = {"PIL", "image360.detect_here", "image360.detection.faces", "image360.detection.views"}
MATCHING = {"rapidfuzz", "image360.match", "image360.matching.index", "image360.matching.levels"}


def loaded_by(code: str) -> set[str]:
    """The modules that a new process has loaded after this code."""
    code = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["detect_handler", "match_handler"])
def test_importing_a_handler_loads_nothing_that_only_a_step_needs(module):
    loaded = loaded_by(f"import {module}")
    assert "image360.call" in loaded
    assert not loaded & (ENGINES | PICTURES | MATCHING)
    assert not {name for name in loaded if name.startswith(("image360.check", "image360.detection"))}


@pytest.mark.parametrize("module", ["image360.detect", "image360.shard"])
def test_a_step_that_only_asks_for_jobs_loads_neither_engine_nor_pictures(module):
    assert not loaded_by(f"import {module}") & (ENGINES | PICTURES)


def test_matching_loads_neither_engine_nor_pictures():
    assert not loaded_by("import image360.match, image360.report") & (ENGINES | PICTURES)


@pytest.mark.parametrize("module", [detect_handler, match_handler])
def test_every_step_of_a_handler_can_be_loaded(module):
    for place in module.STEPS.values():
        name, function = place.split(":")
        assert callable(getattr(import_module(name), function))
