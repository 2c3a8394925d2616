"""What a tag looks like at one site, learned from its asset list.

It answers two questions: could this text be a correctly read tag that is not in the list, and may an end
of it have been cut off.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from image360.matching.confusions import DIGITS
from image360.matching.hashing import Hashes, Places, Weights, Written
from image360.matching.normaliser import Reading

# At the edge of a tag without separators it is a crumb.
_POINT = "."
_GROUP = re.compile("[^0-9]+")
# A separator that this share of the list carries belongs to the site's way of writing tags.
_SEPARATOR_SHARE = 0.1
# A form with fewer tags than these, and than this share of the list, is an oddity of single tags: on grown
# lists none of 890 misread texts was an unlisted tag of such a form.
_MANY, _MANY_SHARE = 20, 0.01


class _Kinds(dict[int, str]):
    """The kind of each character of a key: "9" for the ten digits, "A" for all others."""

    def __missing__(self, code: int) -> str:
        return "9" if chr(code) in DIGITS else "A"


_KINDS = _Kinds({code: "9" if chr(code) in DIGITS else "A" for code in range(128)})


def shape(key: str) -> str:
    """The kinds of a key's characters, and so its runs of letters and digits: "21PT1019" is "99AA9999"."""
    return key.translate(_KINDS)


@dataclass(frozen=True)
class SiteModel:
    """The patterns of a site's tags.

    Args:
        shapes: The known shapes, with the numbers that lead in each ("" where none does), and how many tags
            each of them leads.
        groups: The known letter groups: those that come first in a tag, and those that come later.
        separators: What the site writes between runs.
        many: A form with so many tags is common.
    """

    shapes: dict[str, Counter[str]]
    groups: tuple[frozenset[str], frozenset[str]]
    separators: frozenset[str]
    many: float

    @staticmethod
    def learn(
        keys: Sequence[str], written: Written, is_trusted: Callable[[int], bool], readings: Sequence[Reading]
    ) -> "SiteModel":
        """The model of a list.

        Args:
            keys: Of all names and aliases.
            written: The same keys.
            is_trusted: Whether the key at a place is a tag.
            readings: Some tags as the list writes them.
        """
        shapes: dict[str, Counter[str]] = defaultdict(Counter)
        groups: tuple[set[str], set[str]] = (set(), set())
        for places in _alike(written):
            if any(map(is_trusted, places)):
                key = keys[places[0]]
                shapes[shape(key)][_leading_number(key)] += len(places)
                for place, group in enumerate(_GROUP.findall(key)):
                    groups[min(place, 1)].add(group)
        return SiteModel(
            dict(shapes),
            (frozenset(groups[0]), frozenset(groups[1])),
            _separators(readings),
            min(_MANY, _MANY_SHARE * len(keys)),
        )

    def is_tag(self, key: str) -> bool:
        """Whether a key has a shape of the site, with a leading number and letter groups known there."""
        numbers = self.shapes.get(shape(key))
        if numbers is None or _leading_number(key) not in numbers:
            return False
        first, *later = _GROUP.findall(key) or [""]
        return first in self.groups[0] and self.groups[1].issuperset(later)

    def is_common_tag(self, key: str) -> bool:
        """Whether many tags of the site are of the form of this one."""
        return self.is_tag(key) and self.shapes[shape(key)][_leading_number(key)] >= self.many

    def may_be_cut(self, reading: Reading, label: Reading) -> bool:
        """Whether the text goes on, at an end where the label does not, with a separator of such tags."""
        return self.goes_on(reading.gaps[0], label, 0) or self.goes_on(reading.gaps[-1], label, -1)

    def is_parted_otherwise(self, gaps: Sequence[str], label: Reading, places: Sequence[int]) -> bool:
        """Whether the separators of a text are not the label's, beyond such as are just missing.

        They stand where the label has none, and are missing where it has some; or one is missing beside one
        of the confused ``places``, so that what was read there may be the separator.

        Args:
            gaps: Between the characters of the text that are to be the label.
            label: The label.
            places: Of the confused characters.
        """
        if not any(gaps):
            return False
        pairs = list(zip(gaps, label.gaps[1:-1], strict=True))
        lost = [i for i, (gap, listed) in enumerate(pairs) if listed and not gap]
        if not lost:
            return False
        more = any(gap and not listed and not self.separators.isdisjoint(gap) for gap, listed in pairs)
        return more or any(i in places or i + 1 in places for i in lost)

    def goes_on(self, gap: str, label: Reading, end: int) -> bool:
        """``may_be_cut`` at one end, 0 or -1, of which the gap is given."""
        if not gap:
            return False
        own = self.separators.intersection("".join(label.gaps[1:-1])) or self.separators - {_POINT}
        return any(mark in own and mark not in label.gaps[end] for mark in gap)


def _alike(written: Written) -> Iterator[list[int]]:
    """The places of keys that differ in digits only, those of a leading number apart."""
    weights = Weights({}).upto(int(max(written.codes.max(initial=0), ord("9"))))
    for length, places in written.by_length():
        forms = _forms(written, places, length, weights)
        order = np.argsort(forms, kind="stable")
        firsts = np.flatnonzero(np.diff(forms[order])) + 1
        ends = [*firsts.tolist(), len(order)]
        sorted_places = places[order].tolist()
        start = 0
        for end in ends:
            yield sorted_places[start:end]
            start = end


def _forms(written: Written, places: Places, length: int, weights: Hashes) -> Hashes:
    """For keys of one length a hash of what the model learns from each."""
    starts = written.starts[places]
    forms = np.zeros(len(places), np.uint64)
    leading = np.ones(len(places), np.bool_)
    base = np.uint64(len(weights) * 2 + 1)
    for place in range(length):
        codes = written.codes[starts + place]
        digits = (codes >= ord("0")) & (codes <= ord("9"))
        leading &= digits
        forms = forms * base + weights[np.where(digits & ~leading, ord("9"), codes)]
    return forms


def _separators(readings: Iterable[Reading]) -> frozenset[str]:
    tags = list(readings)
    marks = Counter(mark for tag in tags for gap in tag.gaps[1:-1] for mark in gap if mark != " ")
    return frozenset(mark for mark, count in marks.items() if count >= _SEPARATOR_SHARE * len(tags))


def _leading_number(key: str) -> str:
    return key[: len(key) - len(key.lstrip("0123456789"))]
