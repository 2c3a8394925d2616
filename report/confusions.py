"""Which characters were read for which, on the tags whose asset is known."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from image360.matching.normaliser import normalise
from report.findings import ReportRow

MOST_WRONG = 2  # characters that may be wrong in a text, for the places to tell which was read for which


@dataclass(frozen=True)
class Confusion:
    """A character that was read for another, how often, and a text in which it was."""

    read: str
    meant: str
    times: int
    example: str


def confusions(rows: Iterable[ReportRow]) -> list[Confusion]:
    """Count them, the most frequent first.

    What stands there is known of the truth, where there is one, and else of what was approved. A suggestion
    tells nothing: it may be another asset.
    """
    seen: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for row in rows:
        for pair in _wrong(row):
            seen[pair] += 1
            examples.setdefault(pair, row.text)
    ordered = sorted(seen.items(), key=lambda each: (-each[1], each[0]))
    return [Confusion(read, meant, times, examples[read, meant]) for (read, meant), times in ordered]


def _wrong(row: ReportRow) -> list[tuple[str, str]]:
    meant, read = normalise(_meant(row)), normalise(row.text)
    edits = Levenshtein.editops(meant, read)
    if not meant or not 1 <= len(edits) <= MOST_WRONG or any(each.tag != "replace" for each in edits):
        return []
    return [(read[each.dest_pos], meant[each.src_pos]) for each in edits]


def _meant(row: ReportRow) -> str:
    if row.verdict is not None:
        return row.verdict.painted or ""
    return row.asset.name if row.asset and row.decision == "approve" else ""
