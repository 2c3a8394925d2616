"""The folders of which the toolkit makes the functions hold what functions/ holds and they may carry."""

import hashlib
import os
import re
import subprocess
import sys

import pytest
import yaml

from deploy.variants import CODE, ROOT, SUFFIXES, VARIANTS, is_link, unwanted, wanted

OCR_PACKAGES = {"openvino", "onnxruntime", "rapidocr", "opencv-python-headless", "pillow"}
CARRIED = {
    "ocr": OCR_PACKAGES - {"onnxruntime"},
    "ocr_tiny": OCR_PACKAGES - {"openvino"},
    "light": set(),
}


def requirements(variant):
    return (ROOT / "variants" / variant / "requirements.txt").read_text("utf-8").splitlines()


def test_every_link_is_in_place_and_nothing_else_lies_there():
    links = wanted()
    missing = [str(link) for link, source in links.items() if not is_link(link, source)]
    assert (missing, unwanted(links)) == ([], []), "run `make links` and commit what it changes"


def test_the_full_variant_carries_all_code_of_the_functions():
    code = {
        path.relative_to(ROOT / CODE).as_posix()
        for path in (ROOT / CODE).rglob("*")
        if path.suffix in SUFFIXES
    }
    carried = {
        path.relative_to(ROOT / "variants/ocr").as_posix()
        for path in (ROOT / "variants/ocr").rglob("*")
        if path.suffix in SUFFIXES
    }
    assert code - carried == {
        "image360/__main__.py",
        "image360/detection/MODELS.md",
        "image360/detection/PP-OCRv6_det_tiny.onnx",
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_requirements_are_pinned_without_hashes_and_hold_the_engine_of_the_variant_alone(variant):
    lines = requirements(variant)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[0-9][a-z0-9.]*", line) for line in lines), lines
    names = {line.partition("==")[0] for line in lines}
    assert names & OCR_PACKAGES == CARRIED[variant]
    assert {"cognite-sdk", "httpx2", "numpy", "pydantic-core", "rapidfuzz"} <= names


def test_what_is_common_to_the_variants_has_one_version():
    assert set(requirements("light")) < set(requirements("ocr_tiny"))
    assert set(requirements("light")) < set(requirements("ocr"))


def test_the_requirements_are_made_for_the_runtime_of_the_functions():
    functions = [
        yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "modules").rglob("*.Function.yaml")
    ]
    assert {each["runtime"] for each in functions} == {"py312"}
    assert "--python-version 3.12 --python-platform linux" in (ROOT / "Makefile").read_text("utf-8")


# What the requirements of the light variant do not install.
LIGHT = """
import sys
MISSING = {"cv2", "PIL", "openvino", "onnxruntime", "rapidocr"}
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in MISSING else found(name)
"""


def in_light_variant(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "variants" / "light")}
    command = [sys.executable, "-B", "-c", LIGHT + code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("handler", ["detect_handler", "match_handler"])
def test_the_light_variant_loads_its_handlers_without_a_package_of_own_ocr(handler):
    done = in_light_variant(f"import {handler}")
    assert done.returncode == 0, done.stderr


def test_own_ocr_that_is_not_there_is_named_with_the_module_to_select():
    done = in_light_variant("from image360.detection.ocr import engine_named; engine_named('ocr')")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("image360.errors.SetupError: own OCR is not part of this deployment")
    assert "select the module image360_ocr or image360_ocr_tiny" in last


def test_what_is_left_out_is_there_to_be_left_out():
    assert all((ROOT / CODE / name).is_file() for variant in VARIANTS.values() for name in variant.left_out)


def test_the_tiny_detector_is_the_file_that_its_note_describes():
    detection = ROOT / CODE / "image360" / "detection"
    content = (detection / "PP-OCRv6_det_tiny.onnx").read_bytes()
    note = (detection / "MODELS.md").read_text("utf-8")
    assert hashlib.sha256(content).hexdigest() in note
    assert f"{len(content):,} bytes".replace(",", " ") in note


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_copies_stand_in_for_links_on_a_checkout_without_symlinks(tmp_path):
    clone = tmp_path / "clone"
    run(
        "git",
        "clone",
        "-q",
        "--depth",
        "1",
        "-c",
        "core.symlinks=false",
        f"file://{ROOT}",
        clone,
        cwd=tmp_path,
    )
    assert not any(path.is_symlink() for path in clone.rglob("*"))
    links = wanted(clone)
    said = run(sys.executable, "-m", "deploy.variants", "--copies", cwd=clone)
    assert f"{len(links)} paths changed: all copies are in place" in said
    assert "modules/image360_ocr/functions/fn_image360_detect" in said.splitlines()
    for link, source in links.items():
        if source.is_dir():
            copied = {path.relative_to(link): path.read_bytes() for path in link.rglob("*") if path.is_file()}
            assert copied == {
                path.relative_to(source): path.read_bytes() for path in source.rglob("*") if path.is_file()
            }
        else:
            assert link.read_bytes() == source.read_bytes(), link
    run(sys.executable, "-m", "deploy.variants", cwd=clone)
    assert all(is_link(link, source) for link, source in links.items())
