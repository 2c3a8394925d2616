"""Why a tag was missed is told from the truth, by what is hard for the engine that read it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.misses import turn_on_face, why_missed
from demo.score import Outcome
from demo.truth import Plate
from image360.geometry import face_uv_to_direction


def text(u: float, v: float, turn: float = 0.0, face: str = "front") -> NDArray[np.float64]:
    """A line of text in the middle of which is (u, v), turned clockwise by so many degrees."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [0.05, 0.015]
    across, down = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    du, dv = (half @ [[across, down], [-down, across]]).T
    return face_uv_to_direction(face, u + du, v + dv)


MIDDLE = text(0.5, 0.5)
PLATE = Plate("p1", "st01", "tag", ("21-P-1",), "21-P-1", "pump", MIDDLE, MIDDLE, 20.0, 45.0, "plain", ())
ON_SEAM = {"traits": ("seam",), "text_polygon": text(1.0, 0.5)}


@pytest.mark.parametrize(
    ("changes", "engine", "said"),
    [
        (ON_SEAM, "vision", "over the seam of front and right, and Vision reads each face alone"),
        (ON_SEAM, "ocr", "over the seam of front and right"),
        ({"cap_px": 9.4, "traits": ("small",)}, "ocr", "letters of 9 px, legible from 16"),
        ({"style": "low_contrast"}, "ocr", "low contrast"),
        ({"traits": ("two_lines", "tilted")}, "vision", "seen at 45°; on two lines"),
        ({"text_polygon": text(0.4, 0.6, turn=90)}, "vision", "turned by 90° on the face"),
        ({"text_polygon": text(0.4, 0.6, turn=90)}, "ocr", "read otherwise, or in parts"),
        ({}, "ocr", "read otherwise, or in parts"),
    ],
)
def test_what_is_hard_about_a_plate_is_told(changes, engine, said):
    plate = replace(PLATE, **changes)
    assert why_missed(Outcome(plate, "missed", ("21-P-",)), engine) == said


def test_a_plate_on_which_nothing_was_read_is_told():
    assert why_missed(Outcome(PLATE, "missed", ()), "vision") == "nothing read"


@pytest.mark.parametrize("face", ["front", "left", "top", "bottom"])
@pytest.mark.parametrize("turn", [0, 35, 90, 180])
def test_the_turn_of_text_is_measured_on_its_face(face, turn):
    assert turn_on_face(text(0.3, 0.6, turn, face)) == pytest.approx(turn, abs=0.5)
