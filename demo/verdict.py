"""How right a row of the report is, in a mark and a few words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from demo.findings import ReportRow
from demo.score import Outcome, PlateMap
from demo.truth import Plate


@dataclass(frozen=True)
class Verdict:
    """Marks are "right", "wrong" (an approval of another asset), "missed" (a tag nobody is shown) and
    "open"; ``plate`` is the one beneath, None where there is none."""

    mark: Literal["right", "wrong", "missed", "open"]
    words: str
    plate: Plate | None


def judge(row: ReportRow, image: str, plates: PlateMap, outcomes: Mapping[str, Outcome]) -> Verdict:
    """Holds one row against the truth.

    Args:
        row: The row.
        image: Id of its image.
        plates: Finds the plate under the row's polygon.
        outcomes: What became of each tag, by the plate's id.
    """
    plate = plates.plate_under(image, [row.polygon])
    if row.decision == "none":
        return _left_alone(plate, outcomes)
    right = plate is not None and row.asset is not None and plate.asset == row.asset.external_id
    if row.decision == "approve":
        return Verdict("right", "right asset", plate) if right else Verdict("wrong", "wrong approval", plate)
    if right:
        return Verdict("right", "right asset, a person decides", plate)
    return Verdict("open", "another asset, a person decides", plate)


def _left_alone(plate: Plate | None, outcomes: Mapping[str, Outcome]) -> Verdict:
    if plate is None or plate.asset is None:
        return Verdict("right", "nothing to link", plate)
    if outcomes[plate.id].result == "missed":
        return Verdict("missed", "missed", plate)
    return Verdict("open", f"{outcomes[plate.id].result} by another row", plate)
