"""Why a tag of the truth was missed, as far as the truth and what was read tell."""

import numpy as np
from numpy.typing import NDArray

from demo.score import Outcome
from demo.truth import LEGIBLE_CAP_PX
from image360.geometry import clip_to_faces, direction_to_face_uv

FACE_BY_FACE = "vision"  # the engine that reads each face alone, in upright boxes
TURNED = 20.0  # degrees from level on its face at which text is told to be turned
STEP = 1e-4  # of a line of text, from its start: both ends of so short a piece lie on one face


def why_missed(outcome: Outcome, engine: str) -> str:
    """Name what makes a plate hard to read for an engine, and whether anything was read on it."""
    plate = outcome.plate
    reasons: list[str] = []
    if "seam" in plate.traits:
        faces = " and ".join(part.face for part in clip_to_faces(plate.text_polygon))
        alone = ", and Vision reads each face alone" if engine == FACE_BY_FACE else ""
        reasons.append(f"over the seam of {faces}{alone}")
    if plate.cap_px < LEGIBLE_CAP_PX:
        reasons.append(f"letters of {plate.cap_px:.0f} px, legible from {LEGIBLE_CAP_PX:.0f}")
    if plate.style != "plain":
        reasons.append(plate.style.replace("_", " "))
    turn = turn_on_face(plate.text_polygon)
    if engine == FACE_BY_FACE and turn > TURNED:
        reasons.append(f"turned by {turn:.0f}° on the face")
    if "tilted" in plate.traits:
        reasons.append(f"seen at {plate.tilt_deg:.0f}°")
    if "two_lines" in plate.traits:
        reasons.append("on two lines")
    if not outcome.read:
        reasons.append("nothing read")
    return "; ".join(reasons) or "read otherwise, or in parts"


def turn_on_face(polygon: NDArray[np.float64]) -> float:
    """The angle between a line of text (N, 3) and the level on its face: 0 as one reads, 180 upside down."""
    start, end = polygon[:2]
    _, u, v = direction_to_face_uv(np.array([start, start + STEP * (end - start)]))
    return float(np.degrees(abs(np.arctan2(v[1] - v[0], u[1] - u[0]))))
