"""Which links CDF should hold, as the audit rows of an image tell, and which are not where they were."""

from dataclasses import replace

from image360.approval.places import FacePlace
from image360.approval.plan import StoredLink
from image360.history import missing, standing
from image360.state.audit import Action, AuditRow
from image360.state.pairs import Pair

PAIR = Pair(("sp", "img"), ("sp", "pump"))


def place(left: float, file: int = 1) -> FacePlace:
    return FacePlace(file, ((left, 0.1), (left + 0.1, 0.1), (left + 0.1, 0.2), (left, 0.2)))


HERE, THERE = place(0.1), place(0.7)
SHOWN = StoredLink(PAIR.asset, HERE, 1)


def row(at: int, action: Action, name: str, where: FacePlace = HERE) -> AuditRow:
    return AuditRow(f"run{at}", "call", action, PAIR, (where,), ((name, "approved:x"),), at=at)


def names(*rows: AuditRow) -> list[str]:
    return [each.name for each in standing(rows)]


def lost(stored: list[StoredLink], *rows: AuditRow, holders: tuple[int, ...] = (1,)) -> list[str]:
    return [each.name for each in missing(rows, stored, {PAIR}, holders)]


def test_a_link_stands_until_a_later_row_ends_it() -> None:
    written = row(1, "approve", "1")
    assert names(written) == ["1"]
    assert names(written, row(2, "promote", "1")) == ["1"]
    assert names(written, row(2, "take_back", "1")) == []
    assert names(row(2, "gone", "1"), written) == []
    assert names(written, row(2, "take_back", "2", THERE)) == ["1"]
    assert names(written, row(2, "take_back", "1"), row(3, "approve", "3")) == ["3"]


def test_a_link_that_was_written_in_the_place_of_another_takes_its_part() -> None:
    assert names(row(1, "approve", "1"), row(2, "approve", "2")) == ["2"]
    assert names(row(1, "approve", "1"), row(2, "approve", "2", THERE)) == ["1", "2"]


def test_what_is_not_where_it_was_is_missing() -> None:
    written = row(1, "approve", "1")
    assert lost([SHOWN], written) == []
    assert lost([], written) == ["1"]
    assert lost([replace(SHOWN, place=THERE)], written) == ["1"]
    assert lost([replace(SHOWN, asset=("sp", "valve"))], written) == ["1"]
    assert lost([replace(SHOWN, id=2)], written) == ["1"]


def test_what_is_there_without_its_asset_is_not_missing() -> None:
    """Its object has lost the asset: nobody has decided on the link."""
    assert lost([replace(SHOWN, asset=None)], row(1, "approve", "1")) == []


def test_what_went_with_its_file_is_not_missing() -> None:
    assert lost([], row(1, "approve", "1"), holders=(2,)) == []


def test_of_a_row_without_ids_nothing_is_missing() -> None:
    assert lost([], replace(row(1, "approve", "1"), links=())) == []
