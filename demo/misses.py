"""Why a tag of the truth was missed, as far as the truth and what was read tell."""

from demo.score import Outcome
from demo.truth import LEGIBLE_CAP_PX


def why_missed(outcome: Outcome, engine: str) -> str:
    """Name what makes a plate hard to read for an engine, and whether anything was read on it."""
    plate = outcome.plate
    reasons: list[str] = []
    if "seam" in plate.traits:
        alone = ", each of which Vision reads alone" if engine == "vision" else ""
        reasons.append(f"over the edge of two faces{alone}")
    if plate.cap_px < LEGIBLE_CAP_PX:
        reasons.append(f"letters of {plate.cap_px:.0f} px, legible from {LEGIBLE_CAP_PX:.0f}")
    if plate.style != "plain":
        reasons.append(plate.style.replace("_", " "))
    if "tilted" in plate.traits:
        reasons.append(f"seen at {plate.tilt_deg:.0f}°")
    if "two_lines" in plate.traits:
        reasons.append("on two lines")
    if not outcome.read:
        reasons.append("nothing read")
    return "; ".join(reasons) or "read otherwise, or in parts"
