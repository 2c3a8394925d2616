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

    ``patterns``: by shape, the known values of each run; None for a run that counts (a number that is not the
    leading one), where any digits will do.
    ``separators``: what the site writes between runs.
    """

    patterns: dict[str, tuple[frozenset[str] | None, ...]]
    separators: frozenset[str]

    @staticmethod
    def learn(readings: Iterable[Reading]) -> "SiteModel":
        """The model of these names and aliases."""
        values: dict[str, list[set[str]]] = defaultdict(list)
        separators: Counter[str] = Counter()
        total = 0
        for reading in readings:
            total += 1
            separators.update({mark for gap in reading.gaps[1:-1] for mark in gap if mark != " "})
            parts = runs(reading.key)
            known = values[shape(reading.key)]
            known.extend(set() for _ in parts[len(known) :])
            for run, value in zip(known, parts, strict=True):
                run.add(value)
        return SiteModel(
            {form: _pattern(known) for form, known in values.items()},
            frozenset(mark for mark, count in separators.items() if count >= _SEPARATOR_SHARE * total),
        )

    def is_tag(self, key: str) -> bool:
        """Whether a key has a shape of the site, its leading number and letter groups known in that shape."""
        pattern = self.patterns.get(shape(key))
        return pattern is not None and all(
            known is None or run in known for known, run in zip(pattern, runs(key), strict=True)
        )

    def may_be_cut(self, reading: Reading, label: Reading) -> bool:
        """Whether the text goes on with a separator at an end where the label has none."""
        ends = ((reading.gaps[0], label.gaps[0]), (reading.gaps[-1], label.gaps[-1]))
        return any(mark in self.separators and mark not in listed for gap, listed in ends for mark in gap)


def _pattern(known: list[set[str]]) -> tuple[frozenset[str] | None, ...]:
    return tuple(
        None if i > 0 and _is_number(next(iter(values))) else frozenset(values)
        for i, values in enumerate(known)
    )
