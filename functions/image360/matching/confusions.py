"""Which characters an engine reads for which, how often, and what follows from it.

A letter read for a digit, or a digit for a letter, breaks the shape of a tag; so it can be undone. A digit
read as another digit makes another tag; it is never undone, however often it happens.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

DIGITS = frozenset("0123456789")

# A pair seen less often is an accident, not a habit of engines.
_HABIT = 9
# A class of look-alikes that grows beyond this would make tags alike that nobody confuses.
_LARGEST_CLASS = 5
# Beyond these a text is a riddle, not a misreading.
_MAX_PLACES = 6
_MAX_READINGS = 256
# A character is read right so many times oftener than any confusion of it.
_RIGHT = 10_000


@dataclass(frozen=True)
class Confusions:
    """A table of confusions: how often ``read`` stood where ``printed`` was printed.

    Args:
        counts: (printed, read, times), upper case, sorted.
    """

    counts: tuple[tuple[str, str, int], ...]

    @staticmethod
    def of(counts: Mapping[tuple[str, str], int]) -> "Confusions":
        """The table of these counts."""
        return Confusions(tuple(sorted((p, r, n) for (p, r), n in counts.items() if n > 0)))

    @cached_property
    def folds(self) -> dict[str, str]:
        """Each letter that looks like a digit, with that digit; where it looks like two, the commoner one."""
        best: dict[str, tuple[int, str]] = {}
        for (one, other), times in self._pairs.items():
            if times >= _HABIT and (one in DIGITS) != (other in DIGITS):
                digit, letter = (one, other) if one in DIGITS else (other, one)
                best[letter] = max(best.get(letter, (0, "")), (times, digit))
        return {letter: digit for letter, (_, digit) in sorted(best.items())}

    @cached_property
    def wide_folds(self) -> dict[str, str]:
        """``folds``, and letters that look like other letters. No class holds two digits."""
        classes: dict[str, str] = {}
        for letter, digit in self.folds.items():
            classes.setdefault(digit, digit)
            classes[digit] += letter
        class_of = {character: members for members in classes.values() for character in members}
        for (one, other), times in sorted(self._pairs.items(), key=lambda pair: (-pair[1], pair[0])):
            if times >= _HABIT and DIGITS.isdisjoint((one, other)):
                members = "".join(sorted({*class_of.get(one, one), *class_of.get(other, other)}))
                if len(members) <= _LARGEST_CLASS and len(DIGITS.intersection(members)) <= 1:
                    class_of.update(dict.fromkeys(members, members))
        # Digits sort before letters, so a class with a digit folds to its digit.
        return {c: members[0] for c, members in sorted(class_of.items()) if c != members[0]}

    @cached_property
    def _pairs(self) -> Counter[tuple[str, str]]:
        """The counts, whichever of the two was printed."""
        pairs: Counter[tuple[str, str]] = Counter()
        for printed, read, times in self.counts:
            pairs[min(printed, read), max(printed, read)] += times
        return pairs

    @cached_property
    def _fold(self) -> dict[int, str]:
        return {ord(letter): digit for letter, digit in self.folds.items()}

    @cached_property
    def _wide_fold(self) -> dict[int, str]:
        return {ord(letter): other for letter, other in self.wide_folds.items()}

    @cached_property
    def _looks(self) -> dict[str, str]:
        """For each letter its digit, for each digit its letters."""
        looks: dict[str, str] = {}
        for letter, digit in self.folds.items():
            looks[letter] = digit
            looks[digit] = looks.get(digit, "") + letter
        return looks

    def fold(self, key: str) -> str:
        """The key with each letter that looks like a digit written as that digit."""
        return key.translate(self._fold)

    def wide_fold(self, key: str) -> str:
        """The key with each character as the first of its class of look-alikes."""
        return key.translate(self._wide_fold)

    def confused_places(self, read: str, true: str) -> tuple[int, ...] | None:
        """Where two keys differ, if every difference is a letter and the digit it looks like; else None."""
        if len(read) != len(true):
            return None
        places = tuple(i for i, (r, t) in enumerate(zip(read, true, strict=True)) if r != t)
        known = all(true[i] in self._looks.get(read[i], "") for i in places)
        return places if places and known else None

    def other_readings(self, key: str, places: tuple[int, ...]) -> list[str] | None:
        """Every key that could have been printed if any of ``places`` was confused, ``key`` itself included.

        Sorted. None where there are too many to tell them apart.
        """
        if len(places) > _MAX_PLACES:
            return None
        choices = [sorted({key[i], *self._looks.get(key[i], "")}) for i in places]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > _MAX_READINGS:
            return None
        readings: list[str] = []
        for letters in product(*choices):
            characters = list(key)
            for place, letter in zip(places, letters, strict=True):
                characters[place] = letter
            readings.append("".join(characters))
        return sorted(readings)

    def weight(self, key: str, printed: str, places: tuple[int, ...]) -> int:
        """How often ``key`` is read where ``printed`` is printed, beside other keys for the same places."""
        weight = 1
        for i in places:
            pair = min(key[i], printed[i]), max(key[i], printed[i])
            weight *= _RIGHT if key[i] == printed[i] else self._pairs[pair]
        return weight


# Own OCR on 10 000 plates with capitals of 6 to 25 px, whichever of the two was printed.
_SEEN = """
5S 440 8B 333 0O 289 0Q 207 1I 112 1T 44 0D 40 2Z 32 4A 29 DO 27 IL 26 6G 26 0B 19 7T 19 6B 12 LU 11 1L 9
"""
# Letters of plain print that look alike: they count as habits, however seldom own OCR takes them for others.
_ALIKE = "HN HM MN VY CG EF PR KX UV"


def _common() -> Confusions:
    words = _SEEN.split()
    seen = {(pair[0], pair[1]): int(times) for pair, times in zip(words[::2], words[1::2], strict=True)}
    return Confusions.of({(pair[0], pair[1]): _HABIT for pair in _ALIKE.split()} | seen)


COMMON_CONFUSIONS = _common()
"""What engines confuse anywhere."""
