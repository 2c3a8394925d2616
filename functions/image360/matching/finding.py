"""What the levels are asked, and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from image360.matching.confusions import DIGITS
from image360.matching.learned import LearnedAlias
from image360.matching.match import Level
from image360.matching.normaliser import Reading, is_written_alike
from image360.matching.register import Label, Labels, Register


@dataclass(frozen=True, slots=True)
class Hold:
    """What forbids an approval.

    Args:
        keeps: What it leaves of the score.
        is_lifted: Whether it goes once people have confirmed places where the text was read: then it is no
            sign that the same letters stand for another asset elsewhere.
    """

    reason: str
    keeps: float
    is_lifted: bool = False


MAY_BE_MISSING = Hold("as it stands it is a tag of the site's form that may be missing in the list", 0.4)
PARTED_OTHERWISE = Hold("its separators stand elsewhere", 0.3, is_lifted=True)
MAY_GO_ON = Hold("the text may go on beyond its end", 0.5)
PLAIN = Hold("such a short or plain text need not be a tag", 0.6)

LISTED: tuple[Level, ...] = ("exact", "normalised", "alias")
"""The levels at which the list itself has the text."""
# How often a level is right when the text was read with confidence 1, and nothing speaks against it.
TRUST: dict[Level, float] = {
    "exact": 0.995,
    "normalised": 0.99,
    "alias": 0.98,
    "learned": 0.98,
    "misread": 0.97,
    "partial": 0.96,
    "fuzzy": 0.8,
}
APPROVE_FROM = 0.9


@dataclass(frozen=True)
class Asked:
    """A text, the register it is looked up in, and the labels that look like it.

    Args:
        alike: Those that differ from the text at most by letters that look like digits.
    """

    reading: Reading
    register: Register
    alike: list[Label]

    @staticmethod
    def of(text: str, register: Register) -> "Asked":
        reading = register.read(text)
        return Asked(reading, register, register.alike(reading.key))

    @property
    def key(self) -> str:
        return self.reading.key

    def holds_of_marks(self, label: Label, places: Sequence[int] = ()) -> list[Hold]:
        """What the separators forbid, where the whole text is to be this label with ``places`` confused."""
        if is_written_alike(self.reading.text, label.text):
            return []
        model, gaps, listed = self.register.model, self.reading.gaps, self.register.read(label.text)
        holds = [PARTED_OTHERWISE] * model.is_parted_otherwise(gaps[1:-1], listed, places)
        return holds + [MAY_GO_ON] * model.may_be_cut(self.reading, listed)

    @property
    def is_no_tag(self) -> bool:
        """Whether the rules of the site say that it is none."""
        return self.register.rules.is_no_tag(self.reading.text)

    @cached_property
    def is_tag(self) -> bool:
        """Whether the text is a tag of the site's form."""
        return self.register.model.is_tag(self.reading.key)


@dataclass(frozen=True)
class Finding:
    """What a level found.

    Args:
        level: The level.
        labels: Of every asset that is equally near, one each, best first.
        reason: How the text came to the first.
        holds: What forbids an approval.
        penalty: Taken from the score of the level, 0..1.
        also: Further tags in the text.
        span: Where in the text the tag stands, from 0 to 1.
        learned: What people have confirmed of the text, where that names the first.
    """

    level: Level
    labels: Labels
    reason: str
    holds: tuple[Hold, ...] = ()
    penalty: float = 0.0
    also: tuple["Finding", ...] = ()
    span: tuple[float, float] = (0.0, 1.0)
    learned: LearnedAlias | None = None

    @property
    def trust(self) -> float:
        """The score before anything outside the text counts."""
        return TRUST[self.level] - self.penalty

    @property
    def approves(self) -> bool:
        """Whether it is approved where the text is read well."""
        return len(self.labels) == 1 and not self.holds and self.trust >= APPROVE_FROM


def has_digit(key: str) -> bool:
    """Whether one of 0 to 9 is in a key."""
    return not DIGITS.isdisjoint(key)
