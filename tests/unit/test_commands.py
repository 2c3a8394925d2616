"""The commands: a detector told line by line, and the shape of a file without its content."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from image360.__main__ import confidence_of, main
from image360.geometry import FACES, direction_to_face_uv, face_uv_to_direction
from image360.matching import Asset, AssetIndex, TextRegion

PX = 512


def run(*lines: Any) -> "subprocess.CompletedProcess[str]":
    """Run the detector as whoever starts it does."""
    told = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    command = [sys.executable, "-m", "image360", "read"]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False)


def paint(path: Path, text: str = "") -> str:
    """Paint a face, with a plate whose text begins at its upper left quarter; return where it lies."""
    picture = Image.new("RGB", (PX, PX), (120, 130, 135))
    if text:
        draw = ImageDraw.Draw(picture)
        draw.rectangle((110, 110, 400, 170), fill="white")
        draw.text((128, 120), text, font=ImageFont.load_default(36), fill="black")
    picture.save(path)
    return str(path)


def test_a_skeleton_shows_keys_and_types_and_no_content(tmp_path, capsys):
    file = tmp_path / "result.json"
    file.write_text('{"texts": [{"value": "21-P-1001", "score": 0.5}]}')
    assert main(["skeleton", str(file)]) == 0
    item = {"value": "string", "score": "number"}
    assert json.loads(capsys.readouterr().out) == {"texts": {"list of": [item], "length": 1}}


def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path, capsys):
    assert main(["skeleton", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("image360: [Errno 2]")


def test_each_picture_that_cannot_be_read_has_its_answer_in_order(tmp_path):
    (tmp_path / "noise.jpg").write_bytes(b"noise")
    blank = paint(tmp_path / "blank.png")
    faces = dict.fromkeys(FACES, blank) | {"top": str(tmp_path / "noise.jpg")}
    done = run(
        {"image": "gone", "file": str(tmp_path / "gone.jpg")},
        {"image": "noise", "file": str(tmp_path / "noise.jpg")},
        {"image": "cube", "faces": faces},
        {"image": "blank", "file": blank},
    )
    gone, noise, cube, last = map(json.loads, done.stdout.splitlines())
    assert (gone["image"], "No such file" in gone["error"]) == ("gone", True)
    assert noise == {"image": "noise", "error": "noise.jpg is no JPEG or PNG image: replace the file"}
    assert cube == {"image": "cube", "error": "face top is no JPEG or PNG image: replace the file"}
    assert last == {"image": "blank", "regions": []}
    assert done.returncode == 0


@pytest.mark.parametrize(
    "line", ["nonsense", {"image": "x"}, {"image": "x", "faces": {"front": "f"}}, {"file": "f"}], ids=str
)
def test_a_line_that_tells_no_picture_ends_the_program(line):
    done = run(line)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("image360: line 1 of standard input: ")


def test_a_text_that_views_read_differently_is_not_sure_enough_to_be_approved():
    polygon = face_uv_to_direction("front", [0.2, 0.4, 0.4, 0.2], [0.3, 0.3, 0.35, 0.35])
    agreed = TextRegion("21-PT-1019", polygon, 0.99)
    disputed = TextRegion("21-PT-1019", polygon, 0.99, ("21-PT-1018",))
    index = AssetIndex.build([Asset(("sp", "a"), "21-PT-1019")])
    texts, sure = ["21-PT-1019"] * 2, [confidence_of(agreed), confidence_of(disputed)]
    assert [match.decision for match in index.match(texts, sure)] == ["approve", "suggest"]


@pytest.mark.ocr
def test_a_single_face_is_read_as_it_lies(tmp_path):
    done = run({"image": "flat", "file": paint(tmp_path / "face.png", "21-PT-1019")})
    (region,) = json.loads(done.stdout)["regions"]
    assert region["text"] == "21-PT-1019"
    (left, top), (right, bottom) = np.min(region["polygon"], axis=0), np.max(region["polygon"], axis=0)
    assert (0.2 < left < 0.27, 0.5 < right < 0.75) == (True, True)
    assert (0.2 < top < 0.27, 0.3 < bottom < 0.36) == (True, True)


@pytest.mark.ocr
def test_the_faces_of_an_image_are_read_as_the_function_reads_them(tmp_path):
    blank = paint(tmp_path / "blank.png")
    faces = dict.fromkeys(FACES, blank) | {"left": paint(tmp_path / "left.png", "21-PT-1019")}
    done = run({"image": "cube", "faces": faces})
    (region,) = json.loads(done.stdout)["regions"]
    assert region["text"] == "21-PT-1019"
    assert np.allclose(np.linalg.norm(region["polygon"], axis=1), 1, atol=1e-5)
    face, u, v = direction_to_face_uv(np.mean(region["polygon"], axis=0))
    assert (str(face), 0.3 < u < 0.6, 0.2 < v < 0.35) == ("left", True, True)
