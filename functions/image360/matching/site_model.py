"""What a tag looks like at one site, learned from its asset list.

It answers two questions: could this text be a correctly read tag that is not in the list, and may an end
of it have been cut off.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from image360.matching.normaliser import Reading

_RUNS = re.compile(r"[0-9]+|[^0-9]+")
# A separator that this share of the list carries belongs to the site's way of writing tags.
_SEPARATOR_SHARE = 0.1


def runs(key: str) -> list[str]:
    """The runs of letters and of digits, in order."""
    return _RUNS.findall(key)


def shape(key: str) -> str:
    """The runs by kind and length: "21PT1019" is "9:2 A:2 9:4"."""
    return " ".join(f"{'9' if _is_number(run) else 'A'}:{len(run)}" for run in runs(key))


def _is_number(run: str) -> bool:
    return run[0] in "0123456789"


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
    def learn(readings: Iterable[Reading]) -> "SiteModel":
        """The model of these names and aliases."""
        shapes: dict[str, set[str]] = defaultdict(set)
        groups: tuple[set[str], set[str]] = (set(), set())
        separators: Counter[str] = Counter()
        total = 0
        for reading in readings:
            total += 1
            separators.update({mark for gap in reading.gaps[1:-1] for mark in gap if mark != " "})
            shapes[shape(reading.key)].add(_leading_number(reading.key))
            for place, group in enumerate(_letter_groups(reading.key)):
                groups[min(place, 1)].add(group)
        return SiteModel(
            {form: frozenset(numbers) for form, numbers in shapes.items()},
            (frozenset(groups[0]), frozenset(groups[1])),
            frozenset(mark for mark, count in separators.items() if count >= _SEPARATOR_SHARE * total),
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


def _leading_number(key: str) -> str:
    first = runs(key)[0]
    return first if _is_number(first) else ""


def _letter_groups(key: str) -> list[str]:
    return [run for run in runs(key) if not _is_number(run)]
