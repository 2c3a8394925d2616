"""Why a tag was missed is told from the truth, by what is hard for the engine that read it."""

from dataclasses import replace

import numpy as np
import pytest

from demo.misses import why_missed
from demo.score import Outcome
from demo.truth import Plate

PLATE = Plate(
    "p1", "st01", "tag", ("21-P-1",), "21-P-1", "pump", np.eye(3), np.eye(3), 20.0, 45.0, "plain", ()
)


@pytest.mark.parametrize(
    ("changes", "engine", "said"),
    [
        ({"traits": ("seam",)}, "vision", "over the edge of two faces, each of which Vision reads alone"),
        ({"traits": ("seam",)}, "ocr", "over the edge of two faces"),
        ({"cap_px": 9.4, "traits": ("small",)}, "ocr", "letters of 9 px, legible from 16"),
        ({"style": "low_contrast"}, "ocr", "low contrast"),
        ({"traits": ("two_lines", "tilted")}, "vision", "seen at 45°; on two lines"),
        ({}, "ocr", "read otherwise, or in parts"),
    ],
)
def test_what_is_hard_about_a_plate_is_told(changes, engine, said):
    plate = replace(PLATE, **changes)
    assert why_missed(Outcome(plate, "missed", ("21-P-",)), engine) == said


def test_a_plate_on_which_nothing_was_read_is_told():
    assert why_missed(Outcome(PLATE, "missed", ()), "vision") == "nothing read"
