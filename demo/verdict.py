"""How right a row of the report is, in a mark and a few words."""

from collections.abc import Mapping

from demo.score import Outcome, PlateMap
from demo.truth import Plate
from report.findings import Mark, ReportRow, Verdict


def judge(row: ReportRow, image: str, plates: PlateMap, outcomes: Mapping[str, Outcome]) -> Verdict:
    """Hold one row against the truth.

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
        mark, words = ("right", "right asset") if right else ("wrong", "wrong approval")
        return _verdict(mark, words, plate)
    if right:
        return _verdict("right", "right asset, a person decides", plate)
    return _verdict("open", "another asset, a person decides", plate)


def _left_alone(plate: Plate | None, outcomes: Mapping[str, Outcome]) -> Verdict:
    if plate is None or plate.asset is None:
        return _verdict("right", "nothing to link", plate)
    if outcomes[plate.id].result == "missed":
        return _verdict("missed", "missed", plate)
    return _verdict("open", f"{outcomes[plate.id].result} by another row", plate)


def _verdict(mark: Mark, words: str, plate: Plate | None) -> Verdict:
    return Verdict(mark, words, *(plate.painted, plate.asset) if plate else (None, None))
