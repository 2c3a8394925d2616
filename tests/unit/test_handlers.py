"""What CDF's runtime asks of the two entry files."""

import inspect
import subprocess
import sys

import pytest

import detect_handler
import match_handler

ALLOWED = {"client", "data", "secrets", "function_call_info"}


@pytest.mark.parametrize("module", [detect_handler, match_handler])
def test_a_handler_takes_only_what_cdf_hands_over(module):
    assert set(inspect.signature(module.handle).parameters) <= ALLOWED
    assert not inspect.iscoroutinefunction(module.handle)


@pytest.mark.parametrize("module", ["detect_handler", "match_handler"])
def test_importing_a_handler_loads_no_engine(module):
    heavy = "{'cv2', 'openvino', 'rapidocr', 'onnxruntime', 'shapely', 'scipy'}"
    code = f"import {module}, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
