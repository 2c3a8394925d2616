"""The queue as a spreadsheet: written as CSV, and read back with what people have filled in, row by row.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`. What was read on a photograph is a stranger's
text: such cells are written with an apostrophe before them. What comes back with a formula in it is refused.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

from image360.state.decisions import Verdict
from image360.state.pairs import AssetKey, Pair
from review.assets import Assets, Told, key_text
from review.verdicts import Ruling
from review.waiting import Proposal, Waiting

TOLD = ("proposal", "image", "text", "asset", "asset_name", "level", "score", "reason")
FILLED = ("verdict", "instead", "always", "note")
COLUMNS = (*TOLD, *FILLED)
COMPARED = ("image", "text", "asset")  # a sheet whose columns were sorted one by one is found out
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SEPARATORS = (",", ";", "\t")  # a spreadsheet takes that of its country
MOST_BYTES = 20_000_000
MOST_NOTE = 1000
YES = "yes"  # in the column `always`


class SheetError(Exception):
    """The file as a whole cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Fault:
    """A row that does not fit; rows count as in a spreadsheet, the head is the first."""

    row: int
    why: str


@dataclass(frozen=True)
class Sheet:
    """What a file says: decisions to write, rows that do not fit, and how many say nothing."""

    rulings: tuple[Ruling, ...]
    faults: tuple[Fault, ...]
    blank: int


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Mapping[str, str]


def export(proposals: Iterable[Proposal], assets: Assets) -> bytes:
    """Return the CSV of proposals: UTF-8 with a mark that spreadsheets know it by."""
    rows = list(proposals)
    told = assets.told(each.pair.asset for each in rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in rows:
        cells = _told(each, told.get(each.pair.asset))
        writer.writerow([*(harmless(cells[name]) for name in TOLD), *("" for _ in FILLED)])
    return text.getvalue().encode("utf-8-sig")


def read(content: bytes, waiting: Waiting, assets: Assets) -> Sheet:
    """Read a file back, and hold each row against what waits; nothing is written.

    Raises:
        SheetError: It is too large, no CSV in UTF-8, or has other columns.
    """
    rows, faults = _rows(content)
    filled = [each for each in rows if any(each.cells[name].strip() for name in FILLED)]
    good = [row for row in filled if not (why := _badly_filled(row)) or faults.append(Fault(row.number, why))]
    stored = {each.external_id: each for each in _named(waiting, [row.cells["proposal"] for row in good])}
    open_ = {each.external_id for each in waiting.undecided([each for each in stored.values() if each.waits])}
    instead = assets.called(row.cells["instead"].strip() for row in good if row.cells["instead"].strip())
    rulings: dict[Pair, Ruling] = {}
    for row in good:
        proposal = stored.get(row.cells["proposal"])
        why = _unfit(row, proposal, open_, instead)
        if proposal is not None and not why:
            ruling = _ruling(row, proposal, instead)
            before = rulings.get(proposal.pair)
            why = _contradiction(before, ruling, proposal)
            if not why:
                rulings[proposal.pair] = _together(before, ruling) if before else ruling
        if why:
            faults.append(Fault(row.number, why))
    ordered = tuple(sorted(faults, key=lambda fault: fault.row))
    return Sheet(tuple(rulings.values()), ordered, len(rows) - len(filled))


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _told(proposal: Proposal, asset: Told | None) -> Mapping[str, str]:
    return {
        "proposal": proposal.external_id,
        "image": proposal.pair.image[1],
        "text": proposal.text,
        "asset": key_text(proposal.pair.asset),
        "asset_name": asset.name if asset else "",
        "level": proposal.level or "",
        "score": f"{proposal.score:.3f}",
        "reason": proposal.reason,
    }


def _rows(content: bytes) -> tuple[list[_Row], list[Fault]]:
    if len(content) > MOST_BYTES:
        raise SheetError(f"the file has more than {MOST_BYTES // 1_000_000} MB: export the queue anew")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError("the file is in UTF-16: save it as CSV UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise SheetError(f"row {row} is not UTF-8: save the file as CSV UTF-8") from None
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise SheetError(f"the file is no CSV: {error}") from None
    _require_columns([name.strip() for name in lines[0]] if lines else [])
    names = [name.strip() for name in lines[0]]
    rows: list[_Row] = []
    faults: list[Fault] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            faults.append(Fault(number, f"it has {len(cells)} cells, the head has {len(names)}"))
        else:
            rows.append(_Row(number, dict(zip(names, cells, strict=True))))
    return rows, faults


def _require_columns(names: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    double = sorted({name for name in names if names.count(name) > 1})
    said = [
        f"{what}: {', '.join(each) or 'one without a name'}"
        for what, each in (("missing", missing), ("unknown", unknown), ("twice", double))
        if each
    ]
    if said:
        raise SheetError(f"wrong columns, {'; '.join(said)}. The columns are {', '.join(COLUMNS)}")


def _badly_filled(row: _Row) -> str | None:
    """Say what is wrong with what a person has filled in, whatever waits."""
    for name in FILLED:
        if row.cells[name].startswith(FORMULA):
            return f"{name} begins as a formula does ({row.cells[name][:20]!r}): write it without"
    verdict, instead = row.cells["verdict"].strip().lower(), row.cells["instead"].strip()
    if verdict not in get_args(Verdict):
        return f"verdict is {verdict!r}: write {', '.join(get_args(Verdict))} or nothing"
    if (verdict == "change") != bool(instead):
        return "instead names the asset of a change, and is empty otherwise"
    if len(row.cells["note"]) > MOST_NOTE:
        return f"note has more than {MOST_NOTE} characters"
    return _bad_always(row.cells["always"].strip().lower(), verdict)


def _bad_always(always: str, verdict: str) -> str | None:
    if always not in ("", YES):
        return f"always is {always!r}: write {YES} or nothing"
    if always and verdict == "reject":
        return "always is said of what is approved or changed, and is empty otherwise"
    return None


def _unfit(
    row: _Row, proposal: Proposal | None, open_: set[str], instead: Mapping[str, AssetKey]
) -> str | None:
    """Say why a row does not fit what waits."""
    if proposal is None:
        return f"there is no proposal {row.cells['proposal']!r} any more: export the queue anew"
    told = _told(proposal, None)
    for name in COMPARED:
        if row.cells[name] != harmless(told[name]):
            here, there = row.cells[name], told[name]
            return f"{name} is {here!r}, that of the proposal is {there!r}: was the sheet sorted?"
    if proposal.external_id not in open_:
        return "somebody has decided on it meanwhile"
    name = row.cells["instead"].strip()
    if name and name not in instead:
        return f"instead: there is no asset {name!r}"
    if name and instead[name] == proposal.pair.asset:
        return "instead is the asset that was proposed: approve it"
    return None


def _ruling(row: _Row, proposal: Proposal, instead: Mapping[str, AssetKey]) -> Ruling:
    verdict = cast("Verdict", row.cells["verdict"].strip().lower())
    name = row.cells["instead"].strip()
    note = row.cells["note"].strip() or None
    always = bool(row.cells["always"].strip())
    return Ruling(proposal.pair, (proposal,), verdict, instead[name] if name else None, note, always)


def _together(before: Ruling, ruling: Ruling) -> Ruling:
    """Return what two rows say of one pair; first comes the place of whose text one says always."""
    first, second = (ruling, before) if ruling.always and not before.always else (before, ruling)
    return replace(first, places=(*first.places, *second.places), note=ruling.note or before.note)


def _contradiction(before: Ruling | None, ruling: Ruling, proposal: Proposal) -> str | None:
    """Say when an earlier row is of the same proposal, or says something else of its pair."""
    if before is None:
        return None
    if proposal in before.places:
        return "an earlier row is of the same proposal"
    if (before.verdict, before.instead) != (ruling.verdict, ruling.instead):
        return f"an earlier row says {before.verdict} of the same asset on the same image"
    return None


def _named(waiting: Waiting, external_ids: Sequence[str]) -> list[Proposal]:
    """Return the proposals of these ids; what can be no id is of none."""
    return waiting.named(sorted({name for name in external_ids if 0 < len(name) <= 255 and "\0" not in name}))
