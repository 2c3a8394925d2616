"""The queue as CSV: what goes out is harmless, and of what comes back each row that does not fit is named."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image360.state import work_items
from review.assets import key_text
from review.sheet import COLUMNS, FORMULA, Sheet, SheetError, export, harmless, read
from tests.contract.people import decide, key_of, pairs
from tests.contract.plants import Plant
from tests.contract.review_plants import APPROVED, STATUS, decisions, deployed, desk, matched, verdicts

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A project of some kind."""
    with deployed(request.param, tmp_path_factory.mktemp("cdf")) as made:
        yield made


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant that was matched; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    with matched(project) as made:
        yield made


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
hybrid = pytest.mark.parametrize("project", ["hybrid"], indirect=True)


def exported(plant: Plant) -> Rows:
    """The rows of an export, sorted by text and image."""
    at = desk(plant)
    text = export(at.waiting.all(), at.assets).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return sorted(rows, key=lambda row: (row["text"], row["image"]))


def as_csv(rows: Rows, separator: str = ",", encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def imported(plant: Plant, content: bytes) -> Sheet:
    at = desk(plant)
    return read(content, at.waiting, at.assets)


def faults(plant: Plant, rows: Rows) -> list[tuple[int, str]]:
    return [(fault.row, fault.why) for fault in imported(plant, as_csv(rows)).faults]


@every_kind
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_was_filled_in_is_decided_and_applied_by_the_next_run(plant: Plant, separator: str) -> None:
    rows = exported(plant)
    assert [row["text"] for row in rows] == ["21 PT 1003"] * 3 + ["21PT1003", "45_VA_0012"]
    rows[0]["verdict"] = "approve"
    rows[1]["verdict"], rows[1]["note"] = " Reject ", "not there"
    rows[4]["verdict"], rows[4]["instead"] = "change", key_text(key_of(plant, "21-PT-1002"))
    sheet = imported(plant, as_csv(rows, separator))
    assert (sheet.faults, sheet.blank) == ((), 2)
    assert verdicts(plant) == []  # to read is not to write
    outcome = desk(plant).write(sheet.rulings)
    assert len(outcome.written) == 3
    assert verdicts(plant) == [("a", "approve"), ("b", "change"), ("b", "reject")]
    plant.match()
    assert pairs(plant) == sorted([*APPROVED, ("a", "21-pt-1003"), ("b", "21-pt-1002")])


def filled(row: int, **cells: str) -> Callable[[Rows], None]:
    return lambda rows: rows[row].update(cells)


ROWS_THAT_DO_NOT_FIT = {
    "verdict is 'maybe': write approve, reject, change or nothing": {"verdict": "maybe"},
    "verdict is '': write approve, reject, change or nothing": {"note": "?"},
    "instead names the asset of a change, and is empty otherwise": {"verdict": "change"},
    "always is 'perhaps': write yes or nothing": {"verdict": "approve", "always": "perhaps"},
    "always is said of what is approved or changed, and is empty otherwise": {
        "verdict": "reject",
        "always": "yes",
    },
    "always begins as a formula does ('=1'): write it without": {"verdict": "approve", "always": "=1"},
    "instead: there is no asset 'no such'": {"verdict": "change", "instead": "no such"},
    "verdict begins as a formula does ('=1+1'): write it without": {"verdict": "=1+1"},
    "note begins as a formula does ('@SUM(A1)'): write it without": {"verdict": "reject", "note": "@SUM(A1)"},
    "instead begins as a formula does ('+x'): write it without": {"verdict": "change", "instead": "+x"},
    "there is no proposal 'pr_x' any more: export the queue anew": {"verdict": "reject", "proposal": "pr_x"},
    "text is '=cmd', that of the proposal is '21 PT 1003': was the sheet sorted?": {
        "verdict": "reject",
        "text": "=cmd",
    },
    "image is 'zz', that of the proposal is 'a': was the sheet sorted?": {"verdict": "reject", "image": "zz"},
}


@hybrid
def test_each_row_that_does_not_fit_is_named_and_the_others_are_taken(plant: Plant) -> None:
    good = {"verdict": "approve"}
    for why, cells in ROWS_THAT_DO_NOT_FIT.items():
        rows = exported(plant)
        rows[0].update(cells)
        rows[4].update(good)
        assert faults(plant, rows) == [(2, why)]
        assert len(imported(plant, as_csv(rows)).rulings) == 1
    asset = key_text(key_of(plant, "21-PT-1003"))
    rows = exported(plant)
    rows[0].update(verdict="change", instead=asset)
    assert faults(plant, rows) == [(2, "instead is the asset that was proposed: approve it")]


@hybrid
def test_what_contradicts_an_earlier_row_does_not_fit(plant: Plant) -> None:
    rows = exported(plant)
    rows[2].update(verdict="approve")
    rows[3].update(verdict="reject")  # the same asset at another place of the image
    assert rows[2]["image"] == rows[3]["image"] == "c"
    assert faults(plant, rows) == [(5, "an earlier row says approve of the same asset on the same image")]
    rows[3].update(verdict="approve")
    (ruling,) = imported(plant, as_csv(rows)).rulings
    assert len(ruling.places) == 2
    assert faults(plant, [rows[2], rows[2]]) == [(3, "an earlier row is of the same proposal")]


@hybrid
def test_a_row_says_always_of_its_own_text(plant: Plant) -> None:
    rows = exported(plant)
    rows[2].update(verdict="approve", note="the first")
    rows[3].update(verdict="approve", always="Yes")  # the same asset at another place of the image
    assert (rows[2]["text"], rows[3]["text"]) == ("21 PT 1003", "21PT1003")
    desk(plant).write(imported(plant, as_csv(rows)).rulings)
    (decision,) = decisions(plant)
    assert (decision["always"], decision["text"], decision["note"]) == (True, "21PT1003", "the first")


@hybrid
def test_what_somebody_has_decided_meanwhile_does_not_fit(plant: Plant) -> None:
    rows = exported(plant)
    rows[0].update(verdict="approve")
    sheet = imported(plant, as_csv(rows))
    decide(plant, "a", "21-PT-1003", "reject")
    assert faults(plant, rows) == [(2, "somebody has decided on it meanwhile")]
    outcome = desk(plant).write(sheet.rulings)  # looked at before, written after
    assert outcome.written == ()
    assert ["anna@plant has decided: reject" in why for why in outcome.refused.values()] == [True]


@hybrid
def test_a_row_of_another_length_is_named(plant: Plant) -> None:
    lines = as_csv(exported(plant)).decode("utf-8-sig").splitlines()
    lines[2] += ",more"
    sheet = imported(plant, "\n".join(lines).encode())
    assert [(each.row, each.why) for each in sheet.faults] == [(3, "it has 13 cells, the head has 12")]


@hybrid
def test_a_file_that_is_none_is_refused_as_a_whole_and_says_why(plant: Plant) -> None:
    rows = exported(plant)
    without = [{name: cell for name, cell in row.items() if name != "verdict"} for row in rows]
    more = [{**row, "colour": "red"} for row in rows]
    for content, said in {
        b"": "wrong columns, missing: proposal",
        as_csv(without): "wrong columns, missing: verdict. The columns are proposal",
        as_csv(more): "wrong columns, unknown: colour",
        as_csv(rows, encoding="utf-16"): "the file is in UTF-16: save it as CSV UTF-8",
        as_csv([{**rows[0], "note": "ungültig"}], encoding="latin-1"): "row 2 is not UTF-8",
        b"PK\x03\x04\xff": "row 1 is not UTF-8",
        as_csv(rows).replace(b"note", b"verdict", 1): "twice: verdict",
    }.items():
        with pytest.raises(SheetError, match=said):
            imported(plant, content)
    with pytest.raises(SheetError, match="more than 20 MB"):
        imported(plant, b" " * 20_000_001)


@given(st.text(max_size=20))
def test_no_cell_that_goes_out_is_a_formula_and_each_is_told_from_the_others(text: str) -> None:
    assert not harmless(text).startswith(FORMULA)
    assert harmless(text).endswith(text)


def test_the_columns_are_these() -> None:
    assert COLUMNS[-4:] == ("verdict", "instead", "always", "note")
