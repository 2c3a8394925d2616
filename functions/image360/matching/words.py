"""Which keys are too weak to be trusted as tags: words, single letters, bare numbers; and which words are none.

Most text on a photograph is no tag. An asset that is called "PUMP", "A" or "100" must not catch every sign
that says so.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

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
# Short for a word of the kind; they stand beside tags on plates.
ABBREVIATIONS = frozenset(
    [
        "ASSET",
        "ATEX",
        "EQ",
        "EQUIP",
        "EX",
        "EXD",
        "EXI",
        "INSTR",
        "LO",
        "NC",
        "NR",
        "POS",
        "REF",
        "SIL",
        "TAGNO",
        "XMTR",
    ]
)
# What stands beside them is somewhere else.
REFERENCES = frozenset(["BEHIND", "BELOW", "ABOVE", "FOR", "FROM", "NEAR", "SEE", "TO", "TOWARDS", "VIA"])
# A word that so many descriptions share is a word of the site.
_COMMON_FROM = 3
# "PUMP 1", "DECK 6" and "ZONE 2" are words with a number; "PUMP-1019" is a tag.
_WORD_LENGTH = 4
_NUMBER_LENGTH = 2

_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"[0-9]+")
_LONG_NUMBER = re.compile(r"[0-9]{3}")
_MEASURE = re.compile(
    r"[0-9.,/+-]*[0-9](?:V|VAC|VDC|A|MA|HZ|KHZ|W|KW|MW|KVA|BAR|BARG|BARA|MBAR|PSI|KPA|MPA|KG|T|TON|C|F|MM|CM|M|L|RPM|%)"
)


def words(text: str) -> list[str]:
    """The runs of letters in a text, upper case."""
    return _WORD.findall(text.upper())


def is_measure(token: str) -> bool:
    """Whether a token is a number with its unit, such as "230V" or "4-20mA"."""
    return len(token) < 16 and _MEASURE.fullmatch(token.upper()) is not None


def words_of_the_site(descriptions: Iterable[str]) -> frozenset[str]:
    """The common words, and those that several descriptions of the asset list share."""
    counts = Counter(word for description in descriptions for word in set(words(description)))
    return COMMON_WORDS.union(word for word, count in counts.items() if count >= _COMMON_FROM)


def strength(text: str, key: str, common: frozenset[str]) -> Strength:
    """How far a name, external id or alias can be trusted to be nothing but a tag.

    Args:
        text: As the asset list writes it.
        key: Its key.
        common: ``words_of_the_site``.
    """
    if _LONG_NUMBER.search(key) and len(key) > 3 and not key.isdigit():
        return "tag"
    numbers = _DIGITS.findall(key)
    letters = words(text)
    if not numbers:
        is_word = len(key) < 4 or any(word in common for word in letters)
        return "word" if is_word else "weak"
    if not letters:
        return "weak" if len(key) >= 4 else "word"
    if len(key) < 4:
        return "weak" if len(key) == 3 else "word"
    named = all(word in COMMON_WORDS and len(word) >= _WORD_LENGTH for word in letters)
    return "weak" if named and max(map(len, numbers)) <= _NUMBER_LENGTH else "tag"
