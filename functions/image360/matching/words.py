"""Which keys are too weak to be trusted as tags: words, single letters, bare numbers.

Most text on a photograph is no tag. An asset that is called "PUMP", "A" or "100" must not catch every sign
that says so.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from image360.matching.confusions import DIGITS

Strength = Literal["tag", "weak", "word"]
"""tag: may be approved; weak: may be suggested; word: gets no link."""

# Words that signs, nameplates and notices of a plant carry, wherever it stands.
_SIGN_WORDS = """
ACCESS AID AIR ALARM ALWAYS AREA ASSEMBLY AUTHORISED AUTHORIZED AUTO BAR BARG BAY BEFORE BOTTOM BREAKER
BUILDING BYPASS CABLE CAUTION CLEAN CLEAR CLOSED COLD COLUMN COMPRESSOR CONTROL COOLER COOLING CRANE CRUDE
DANGER DATE DECK DISCHARGE DO DOOR DRAIN DRUM ELECTRICAL EMERGENCY ENTRY EQUIPMENT EXCHANGER EXIT
EXTINGUISHER EYE FAN FEED FILTER FIRE FIRST FLAMMABLE FLARE FLOOR FLOW FUEL GAS GATE GENERATOR GLYCOL HAZARD
HEADER HEARING HEAT HEATER HELMET HIGH HOSE HOT HYDRANT INLET INSPECTED INSTRUMENT ITEM KEEP KNOCKOUT LADDER
LEVEL LIFT LINE LOAD LOCAL LOCKED LOW LUBE MADE MAIN MANIFOLD MANUAL MAX MAXIMUM METER MIN MODEL MOTOR MUST
NITROGEN NO NORMALLY NOT NOTICE OFF OIL ON ONLY OPEN OUT OUTLET PANEL PERSONNEL PIPE POINT POTABLE POWER PPE
PRESSURE PRODUCED PROTECTION PULL PUMP PUSH RACK RECYCLE RELIEF RESET RETURN ROOM SAFETY SAMPLE SCRUBBER SEAL
SEAWATER SEPARATOR SERIAL SERVICE SET SHOWER SKID SMOKING SPARE STAGE STAIR STANDBY START STATION STEAM STEP
STOP STORE STRAINER SUCTION SUPPLY SURFACE SWITCH SYSTEM TAG TANK TEMP TEMPERATURE TEST TOP TRAIN TRANSMITTER
TRAY TYPE UNIT USE VALVE VENT VESSEL VOLT WARNING WASH WATER WEIGHT WELL ZONE
"""
COMMON_WORDS = frozenset(_SIGN_WORDS.split())
_SHORT_FOR_WORDS = "ASSET ATEX EQ EQUIP EX EXD EXI INSTR LO NC NR POS REF SIL TAGNO XMTR"
ABBREVIATIONS = frozenset(_SHORT_FOR_WORDS.split())
"""Short for a word of the kind; they stand beside tags on plates."""
_POINTERS = "BEHIND BELOW ABOVE FOR FROM NEAR SEE TO TOWARDS VIA"
REFERENCES = frozenset(_POINTERS.split())
"""What stands beside them is somewhere else."""
# A word that so many descriptions share is a word of the site.
_COMMON_FROM = 3
# A word that is glued to a tag, or to another word, is told from them only if it is as long as this.
_GLUED = 4
_LONGEST = 30
# "PUMP 1", "DECK 6" and "ZONE 2" are words with a number; "PUMP-1019" is a tag.
_WORD_LENGTH = 4

_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[^0-9]+")
_LONG_NUMBER = re.compile(r"[0-9]{3}")
_MEASURE = re.compile(
    r"(?!0[0-9])[0-9.,/+-]*[0-9](?:(?<=[0-9]{2})[ACW]|V|VAC|VDC|MA|HZ|KHZ|KW|MW|KVA|BAR|BARG|BARA|MBAR|PSI|KPA|MPA|KG|TON|MM|CM|RPM|%|ST|ND|RD|TH)"
)


def words(text: str) -> list[str]:
    """The runs of letters in a text, upper case."""
    return _WORD.findall(text.upper())


def is_measure(token: str) -> bool:
    """Whether a token is a number with its unit, such as "230V" or "2nd"; "02A" is the end of a tag."""
    return len(token) < 16 and _MEASURE.fullmatch(token.upper()) is not None


@dataclass(frozen=True)
class Vocabulary:
    """The words of a site.

    Args:
        common: The common words, and those that several descriptions of the asset list share.
        known: Those that may stand beside a tag without being part of it.
        folded: Of these the longer ones, each letter that looks like a digit written as that digit.
        fold: What folds.
    """

    common: frozenset[str]
    known: frozenset[str]
    folded: frozenset[str]
    fold: Callable[[str], str]

    @staticmethod
    def of(descriptions: Iterable[str], fold: Callable[[str], str]) -> "Vocabulary":
        """The vocabulary of a site with these descriptions."""
        counts = Counter(word for description in descriptions for word in set(words(description)))
        common = COMMON_WORDS.union(word for word, count in counts.items() if count >= _COMMON_FROM)
        # Shorter words may be parts of tags.
        known = COMMON_WORDS | ABBREVIATIONS | REFERENCES | {word for word in common if len(word) >= _GLUED}
        folded = frozenset(fold(word) for word in known if len(word) >= _GLUED)
        return Vocabulary(common, known, folded, fold)

    def knows(self, token: str) -> bool:
        """Whether a token is a known word, or made of known words, look-alikes counted as equal."""
        if token in self.known:
            return True
        return (
            _GLUED <= len(token) <= _LONGEST and _is_wordy(token) and self._is_made_of_words(self.fold(token))
        )

    def _is_made_of_words(self, folded: str) -> bool:
        if folded in self.folded:
            return True
        ends = range(_GLUED, len(folded) - _GLUED + 1)
        return any(folded[:end] in self.folded and self._is_made_of_words(folded[end:]) for end in ends)

    def borders(self, token: str) -> Iterator[int]:
        """Where a known word at one end of a token meets the rest."""
        if len(token) <= _GLUED:
            return
        folded = self.fold(token)
        for length in range(_GLUED, min(len(token), _LONGEST)):
            if folded[:length] in self.folded and _is_wordy(token[:length]):
                yield length
            if folded[-length:] in self.folded and _is_wordy(token[-length:]):
                yield len(token) - length


def _is_wordy(token: str) -> bool:
    """Whether more than half of a token are letters; digits alone may look like a word."""
    return sum(map(DIGITS.__contains__, token)) * 2 < len(token)


def is_surely_tag(key: str) -> bool:
    """Whether a name with this key can be trusted as a tag, however it is written."""
    if len(key) < 4 or not _DIGIT.search(key):
        return False
    groups = _LETTERS.findall(key)
    if not groups:
        return False
    # A word of a sign is as long as this, and so is the run of letters that it stands in.
    return _LONG_NUMBER.search(key) is not None or min(map(len, groups)) < _WORD_LENGTH


def strength(text: str, key: str, common: frozenset[str]) -> Strength:
    """How far a name, external id or alias can be trusted to be nothing but a tag.

    Args:
        text: As the asset list writes it.
        key: Its key.
        common: Of the site's vocabulary.
    """
    if is_surely_tag(key):
        return "tag"
    letters = words(text)
    if not _DIGIT.search(key):
        is_word = len(key) < 4 or any(word in common for word in letters)
        return "word" if is_word else "weak"
    if not letters:
        return "weak" if len(key) >= 4 else "word"
    if len(key) < 4:
        return "weak" if len(key) == 3 else "word"
    named = all(word in COMMON_WORDS and len(word) >= _WORD_LENGTH for word in letters)
    return "weak" if named else "tag"
