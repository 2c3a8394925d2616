"""Result files of 3D jobs: what is taken from them, and what is refused with its name."""

import json
import math
from typing import Any

import numpy as np
import pytest

from image360.detection.result_files import read_result_file
from image360.detection.skeleton import skeleton_of
from image360.errors import ResultFileError
from image360.geometry import direction_to_phi_theta, face_uv_to_direction

PLACES = [(0.2, 0.3), (0.4, 0.3), (0.4, 0.35), (0.2, 0.35)]  # clockwise from the upper left
IMAGE = ("views", "img1")


def block(places: Any = PLACES, face: str = "left") -> list[float]:
    """A polygon as result files hold it."""
    phi, theta = direction_to_phi_theta(face_uv_to_direction(face, *zip(*places, strict=True)))
    return [len(places), *(float(angle) for pair in zip(phi, theta, strict=True) for angle in pair)]


def detection(data: Any = None, **changes: Any) -> dict[str, Any]:
    """A text of a result file."""
    polygon = {"version": "2.0.0", "data": block() if data is None else data}
    return {"key": "k1", "text": "21-P-1001", "confidence": 0.93, "polygon": polygon, **changes}


def image(*detections: Any, name: str = "img1") -> dict[str, Any]:
    """What a result file says of an image."""
    return {"instanceId": {"space": "views", "externalId": name}, "detections": list(detections)}


def content(*images: Any, **changes: Any) -> bytes:
    """A result file."""
    return json.dumps({"version": "1.0.0", "images": list(images), **changes}).encode()


def refusal_of(data: bytes) -> str:
    with pytest.raises(ResultFileError) as refusal:
        read_result_file(data, "'file'")
    return str(refusal.value)


def error_of(*detections: Any) -> str:
    """Why the one image of a file is refused; an image beside it is taken all the same."""
    file = read_result_file(content(image(*detections), image(detection(), name="img2")), "'file'")
    assert list(file.detections) == [("views", "img2")]
    (error,) = file.errors.values()
    return error


@pytest.mark.parametrize("face", ["front", "back", "left", "right", "top", "bottom"])
def test_a_text_is_taken_with_its_key_and_its_place(face):
    data = block(face=face)
    file = read_result_file(content(image(detection(data))), "'file'")
    ((found,),) = file.detections.values()
    assert (found.key, found.region.text, found.region.confidence) == ("k1", "21-P-1001", 0.93)
    expected = face_uv_to_direction(face, *zip(*PLACES, strict=True))
    assert np.allclose(found.region.polygon, expected)


def test_an_image_without_text_is_told_from_one_that_is_not_named():
    file = read_result_file(content(image()), "'file'")
    assert file.detections == {IMAGE: []}
    assert file.errors == {}
    assert read_result_file(content(), "'file'").detections == {}


def test_three_thousand_texts_on_an_image_are_taken():
    corners = [
        [(u, v), (u + 0.01, v), (u + 0.01, v + 0.005), (u, v + 0.005)]
        for u in np.linspace(0.01, 0.95, 60)
        for v in np.linspace(0.01, 0.95, 50)
    ]
    file = read_result_file(content(image(*(detection(block(each)) for each in corners))), "'file'")
    assert len(file.detections[IMAGE]) == 3000


@pytest.mark.parametrize("data", [b"", b"  \n"])
def test_an_empty_file_is_not_a_file_without_text(data):
    assert refusal_of(data) == "result file 'file' is empty: no text detection writes that"


def test_a_cut_file_is_refused():
    assert "not JSON" in refusal_of(content(image(detection()))[:-40])


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'"text"',
        content(image(detection()), version="2.0.0"),
        content(image(detection()), more=1),
        content({**image(detection()), "face": "front"}),
        content({"instanceId": {"space": "", "externalId": "x"}, "detections": []}),
        content({"instanceId": "img1", "detections": []}),
        content(image(detection()), images={"img1": [detection()]}),
        content(image(detection())) * 2,
    ],
    ids=str,
)
def test_a_file_of_another_shape_is_refused_whole(data):
    message = refusal_of(data)
    assert "of no shape that is known here (assumed-1)" in message
    assert "python -m image360 skeleton FILE" in message


def test_a_refusal_shows_keys_and_types_and_no_content():
    secret = {"21-P-1001": [1.5], "texts": [{"value": "21-P-1001", "score": 0.5}, {"value": "x", "box": [1]}]}
    message = refusal_of(json.dumps(secret).encode())
    assert "1001" not in message
    assert '"value": "string", "score?": "number", "box?": ' in message
    assert '"<key>": {"list of": ["number"], "length": 1}' in message


def test_an_error_on_an_image_shows_no_content_either():
    error = error_of({"text": "21-P-1001", "21-P-1001": "21-P-1001"})
    assert "1001" not in error
    assert '"text": "string"' in error


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "not one number of corners"),
        ([4, *block()[1:-1]], "not one number of corners"),
        ([3.5, *block()[1:8]], "not one number of corners"),
        ([*block(), *block()], "not one number of corners"),
        ([2, *block()[1:5]], "it has 2 corners"),
        ([0], "it has 0 corners"),
        ([4, -0.1, *block()[2:]], "outside the image: phi"),
        ([4, math.pi + 0.1, *block()[2:]], "outside the image: phi"),
        ([4, block()[1], -0.1, *block()[3:]], "outside the image: theta"),
        ([4, block()[1], 360.0, *block()[3:]], "outside the image: theta"),
        (block(PLACES[::-1]), "counterclockwise"),
        (block([PLACES[0], PLACES[2], PLACES[1], PLACES[3]]), "not convex"),
        (block([PLACES[0]] * 4), "no area"),
        (block([(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)]), "no area"),
        ([3, 0.5, 0.0, 0.5, 2.1, 3.0, 4.2], "spans half of the image"),
        ([4, math.nan, *block()[2:]], "finite number"),
        ([4, math.inf, *block()[2:]], "finite number"),
        ([4, 10**400, *block()[2:]], "detections.1.polygon.data.1: Input should be a valid number"),
        ([4, "1.5", *block()[2:]], "valid number"),
        ([4, None, *block()[2:]], "valid number"),
        ([True, *block()[1:]], "valid number"),
    ],
)
def test_a_polygon_that_cannot_be_is_an_error_of_its_image_alone(data, reason):
    assert reason in error_of(detection(), detection(data))


@pytest.mark.parametrize(
    "wrong",
    [
        {"confidence": 1.5},
        {"confidence": -0.1},
        {"confidence": math.nan},
        {"confidence": "0.9"},
        {"text": None},
        {"key": ""},
        {"key": 1},
        {"language": "en"},
        {"polygon": {"version": "1.0.0", "data": block()}},
        {"polygon": block()},
    ],
    ids=str,
)
def test_a_text_that_is_not_fully_understood_is_an_error_of_its_image_alone(wrong):
    assert "nothing is taken for this image" in error_of(detection(**wrong))


def test_an_image_that_is_named_twice_is_an_error():
    file = read_result_file(content(image(detection()), image()), "'file'")
    assert file.detections == {}
    assert file.errors == {IMAGE: "the result file names the image twice"}


def test_angles_of_single_precision_are_taken():
    data = [4.0, *(float(np.float32(each)) for each in block(face="top")[1:])]
    assert read_result_file(content(image(detection(data))), "'file'").errors == {}


def test_a_skeleton_of_lines_of_json_is_that_of_one_line():
    lines = b'{"uid": "a", "image": ["s", "x"]}\n{"uid": "b", "image": []}\n'
    shape = {"uid": "string", "image": {"list of": ["string"], "length": "0..2"}}
    assert skeleton_of(lines) == {"lines of JSON": [shape], "lines": 2}


def test_a_map_from_content_is_shown_as_one_entry():
    shape = skeleton_of(json.dumps({"tag" + "x" * n: {"n": n} for n in range(41)}).encode())
    assert shape == {"<key>": {"n": "integer"}}


def test_what_is_no_json_has_a_size():
    assert skeleton_of(b"\x1f\x8b\x00")["bytes"] == 3
