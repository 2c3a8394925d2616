"""What is made of an answer of Vision: regions, or why there are none, for each image."""

from typing import Any

import numpy as np
import pytest

from image360.catalog.image import FaceFile, Image
from image360.detection.jobs import Done, Failed, JobState, Running
from image360.detection.vision_answers import read_answer
from image360.geometry import FACES, direction_to_face_uv, face_uv_to_direction

Item = dict[str, Any]
BOX = {"xMin": 0.2, "xMax": 0.4, "yMin": 0.3, "yMax": 0.35}
PUMP = {"text": "21-P-1001", "confidence": 0.9, "textRegion": BOX}


def image(name: str, first: int) -> Image:
    """An image whose faces are six files in a row."""
    return Image("s", name, "c", {face: FaceFile(first + n, 0) for n, face in enumerate(FACES)})


A, B = image("a", 10), image("b", 20)


def item(file: int, *texts: Any) -> Item:
    return {"fileId": file, "predictions": {"textPredictions": list(texts)}}


def answer(*changed: Item, **fields: Any) -> Item:
    """A completed job on both images, with other items for some files."""
    items = {file: item(file) for first in (10, 20) for file in range(first, first + 6)}
    items |= {each["fileId"]: each for each in changed}
    return {"status": "Completed", "items": list(items.values()), "failedItems": [], **fields}


def read(given: Any) -> JobState:
    return read_answer(given, [A, B], 0.4)


def done(given: Any) -> Done:
    state = read(given)
    assert isinstance(state, Done), state
    return state


def error_of_a(given: Any) -> str:
    """Why image a cannot be taken; image b is."""
    state = done(given)
    assert (list(state.regions), list(state.errors)) == (["b"], ["a"])
    return state.errors["a"]


def test_a_box_becomes_four_directions_from_the_upper_left_clockwise() -> None:
    (region,) = done(answer(item(12, PUMP))).regions["a"]
    corners = [(0.2, 0.3), (0.4, 0.3), (0.4, 0.35), (0.2, 0.35)]
    wanted = [face_uv_to_direction("left", u, v) for u, v in corners]
    np.testing.assert_allclose(region.polygon, wanted, atol=1e-12)
    assert (region.text, region.confidence) == ("21-P-1001", 0.9)


@pytest.mark.parametrize("number", range(6))
def test_each_file_is_a_face_of_its_own_image(number: int) -> None:
    state = done(answer(item(20 + number, PUMP)))
    (region,) = state.regions["b"]
    faces, u, v = direction_to_face_uv(region.polygon)
    assert set(faces) == {FACES[number]}
    np.testing.assert_allclose([u.min(), u.max(), v.min(), v.max()], [0.2, 0.4, 0.3, 0.35])
    assert state.regions["a"] == []


def test_an_image_without_text_has_an_empty_list() -> None:
    assert done(answer({"fileId": 10, "predictions": {}})) == Done({"a": [], "b": []})
    assert done(answer({"fileId": 10, "predictions": {"textPredictions": None}})) == Done({"a": [], "b": []})


def test_a_text_without_confidence_has_the_least_that_was_asked_for() -> None:
    text = {"text": "21-P-1001", "confidence": None, "textRegion": BOX}
    assert done(answer(item(10, text))).regions["a"][0].confidence == 0.4


def test_a_file_of_another_image_is_nobodys() -> None:
    assert done(answer(item(99, PUMP))) == Done({"a": [], "b": []})


NAN, HUGE = float("nan"), 10**400
MALFORMED = {
    "no width": (PUMP | {"textRegion": BOX | {"xMin": 0.4}}, "the box has no area"),
    "turned over": (PUMP | {"textRegion": BOX | {"yMin": 0.9}}, "the box has no area"),
    "right of it": (PUMP | {"textRegion": BOX | {"xMax": 1.1}}, "xMax"),
    "left of it": (PUMP | {"textRegion": BOX | {"xMin": -0.1}}, "xMin"),
    "NaN": (PUMP | {"textRegion": BOX | {"xMin": NAN}}, "xMin"),
    "huge": (PUMP | {"textRegion": BOX | {"xMax": HUGE}}, "xMax"),
    "in words": (PUMP | {"textRegion": BOX | {"xMin": "0.2"}}, "xMin"),
    "half a box": (PUMP | {"textRegion": {"xMin": 0.2, "xMax": 0.4}}, "yMin"),
    "no box": ({"text": "21-P-1001"}, "textRegion"),
    "empty text": (PUMP | {"text": ""}, "text"),
    "no text": (PUMP | {"text": None}, "text"),
    "half a character": (PUMP | {"text": "\ud800"}, "text"),
    "too sure": (PUMP | {"confidence": 1.5}, "confidence"),
    "unsure": (PUMP | {"confidence": NAN}, "confidence"),
    "nothing": (None, "textPredictions.1"),
}


@pytest.mark.parametrize("name", list(MALFORMED))
def test_nothing_is_taken_of_an_image_with_a_malformed_text(name: str) -> None:
    text, said = MALFORMED[name]
    error = error_of_a(answer(item(11, PUMP, text)))
    assert error.startswith("face back: what Vision says is not understood: predictions.textPredictions.1")
    assert said in error
    assert "21-P-1001" not in error


def test_a_file_that_is_nowhere_is_named() -> None:
    given = answer()
    given["items"] = given["items"][1:]
    assert error_of_a(given) == "face front: Vision says nothing about file 10"


@pytest.mark.parametrize("odd", [{"predictions": {}}, {"fileId": "12", "predictions": {}}, None, 12])
def test_an_item_that_names_no_file_leaves_its_file_without_word(odd: Any) -> None:
    given = answer()
    given["items"][2] = odd
    assert error_of_a(given) == "face left: Vision says nothing about file 12"


def test_a_file_of_a_failed_batch_is_named_with_the_reason() -> None:
    batch = {"errorMessage": "too dark", "items": [{"fileId": 10}, {"fileId": 11}]}
    given = answer(failedItems=[batch])
    given["items"] = given["items"][2:]
    assert error_of_a(given) == "face front: Vision could not read its batch: too dark"


def test_a_file_with_an_error_of_its_own_is_named_with_it() -> None:
    given = answer({"fileId": 10, "errorMessage": "too dark", "predictions": {}})
    assert error_of_a(given) == "face front: Vision could not read it: too dark"


def test_a_file_of_which_two_things_are_said_is_not_taken() -> None:
    twice = "face front: Vision speaks of file 10 twice"
    assert error_of_a(answer(failedItems=[{"items": [{"fileId": 10}]}])) == twice
    given = answer()
    given["items"].append(item(10, PUMP))
    assert error_of_a(given) == twice


@pytest.mark.parametrize("status", ["Queued", "Running", "Distributing", "Distributed", "Collecting"])
def test_a_job_that_has_not_ended_runs(status: str) -> None:
    assert read({"status": status, "items": []}) == Running()
    assert read(answer(status=status)) == Running()  # the batches that are done are taken with the others


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": "Failed", "errorMessage": "no capacity"}, "the Vision job has failed: no capacity"),
        ({"status": "Failed", "errorMessage": None}, "the Vision job has failed: it gives no reason"),
        ({"status": "Vanished"}, "the Vision job has a status that is not known here: 'Vanished'"),
        ({"items": []}, "Vision's answer about its job is not understood: status: Field required"),
        ({"status": "Completed", "items": {}}, "not understood: items: "),
        ([], "not understood"),
        (None, "not understood"),
    ],
    ids=str,
)
def test_a_job_that_brings_nothing_says_why(given: Any, said: str) -> None:
    state = read(given)
    assert isinstance(state, Failed)
    assert said in state.reason


def test_a_completed_job_without_items_leaves_every_image_an_error() -> None:
    state = done({"status": "Completed"})
    assert (state.regions, list(state.errors)) == ({}, ["a", "b"])
