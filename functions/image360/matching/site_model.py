"""What a tag looks like at one site, learned from its asset list.

It answers two questions: could this text be a correctly read tag that is not in the list, and may an end
of it have been cut off.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from image360.matching.confusions import DIGITS
from image360.matching.normaliser import Reading

_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_NUMBER = re.compile(r"[0-9]*")
_AS_NINES = str.maketrans("012345678", "999999999")
# A separator that this share of the list carries belongs to the site's way of writing tags.
_SEPARATOR_SHARE = 0.1
# So many tags show how a site writes; the order of a list is the same on every machine.
_SAMPLE = 5_000


def runs(key: str) -> list[str]:
    """The runs of letters and of digits, in order."""
    return _RUNS.findall(key)


def shape(key: str) -> str:
    """The runs by kind and length: "21PT1019" is "9:2 A:2 9:4"."""
    return " ".join(f"{'9' if run[0] in DIGITS else 'A'}:{len(run)}" for run in runs(key))


@dataclass(frozen=True)
class SiteModel:
    """The patterns of a site's tags.

    Args:
        shapes: The known shapes, with the numbers that lead in each ("" where none does).
        groups: The known letter groups: those that come first in a tag, and those that come later.
        separators: What the site writes between runs.
    """

    shapes: dict[str, frozenset[str]]
    groups: tuple[frozenset[str], frozenset[str]]
    separators: frozenset[str]

    @staticmethod
    def learn(keys: Iterable[str], readings: Sequence[Reading]) -> "SiteModel":
        """The model of the keys of names and aliases; of some of them, in the order of the list, as written."""
        leading: dict[str, set[str]] = defaultdict(set)
        for key in keys:
            number = _NUMBER.match(key)
            leading[key.translate(_AS_NINES)].add(number.group() if number else "")
        shapes: dict[str, set[str]] = defaultdict(set)
        groups: tuple[set[str], set[str]] = (set(), set())
        for form, numbers in leading.items():
            shapes[shape(form)] |= numbers
            for place, group in enumerate(_letter_groups(form)):
                groups[min(place, 1)].add(group)
        return SiteModel(
            {form: frozenset(numbers) for form, numbers in shapes.items()},
            (frozenset(groups[0]), frozenset(groups[1])),
            _separators(readings[:: max(1, len(readings) // _SAMPLE)]),
        )

    def is_tag(self, key: str) -> bool:
        """Whether a key has a shape of the site, with a leading number and letter groups known there."""
        numbers = self.shapes.get(shape(key))
        return (
            numbers is not None
            and _leading_number(key) in numbers
            and all(group in self.groups[min(place, 1)] for place, group in enumerate(_letter_groups(key)))
        )

    def may_be_cut(self, reading: Reading, label: Reading) -> bool:
        """Whether the text goes on with a separator at an end where the label has none."""
        ends = ((reading.gaps[0], label.gaps[0]), (reading.gaps[-1], label.gaps[-1]))
        return any(mark in self.separators and mark not in listed for gap, listed in ends for mark in gap)


def _separators(readings: Sequence[Reading]) -> frozenset[str]:
    marks = Counter(mark for reading in readings for gap in reading.gaps[1:-1] for mark in gap if mark != " ")
    return frozenset(mark for mark, count in marks.items() if count >= _SEPARATOR_SHARE * len(readings))


def _leading_number(key: str) -> str:
    number = _NUMBER.match(key)
    return number.group() if number else ""


def _letter_groups(key: str) -> list[str]:
    return [run for run in runs(key) if run[0] not in DIGITS]
