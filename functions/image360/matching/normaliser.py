"""The one normal form of names, aliases and texts.

A key is what is left of a text when everything is taken away that a plate, an engine or an asset list
may write one way or another: Unicode forms, full-width and look-alike characters, case, accents on their
own, separators, blanks and marks at the edges. Two texts with one key are the same tag, written differently.
A key is pure and idempotent.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

VERSION = 2
"""Raised whenever any text gets another key than before: a saved index is then built anew."""

_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТУХ", "ABESIJKMHOPCTYX", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
# Signs that a multilingual engine reads for a stroke or a ring of Latin print.
_SIGNS = {"−": "-", "一": "-", "ー": "-", "丨": "|", "〇": "0"}
_LOOK_ALIKES = _CYRILLIC | _GREEK | _SIGNS

_UPPER = bytes(range(256)).upper()
_NO_KEY = bytes(code for code in range(128) if not chr(code).isalnum())


@dataclass(frozen=True)
class Reading:
    """A text taken apart: its key, and on demand what stood between the characters of the key."""

    text: str
    key: str

    @cached_property
    def gaps(self) -> tuple[str, ...]:
        """What stood before each character of the key, and last what stood after it.

        Blanks as " ", every dash as "-", other separators as they are.
        """
        return _taken_apart(self.text)[1]


def normalise(text: str) -> str:
    """The key of a text: its letters and digits, upper case, in one script."""
    if text.isascii():
        return text.encode().translate(_UPPER, _NO_KEY).decode()
    return _taken_apart(text)[0]


def read(text: str) -> Reading:
    """A text with its key and the separators between the key's characters."""
    return Reading(text, normalise(text))


def _taken_apart(text: str) -> tuple[str, tuple[str, ...]]:
    key: list[str] = []
    gaps: list[str] = []
    gap: list[str] = []
    for character in unicodedata.normalize("NFKC", text):
        letters, separator = _parts(character)
        for letter in letters:
            key.append(letter)
            gaps.append("".join(gap))
            gap.clear()
        gap.append(separator)
    gaps.append("".join(gap))
    return "".join(key), tuple(gaps)


@lru_cache(maxsize=4096)
def _parts(character: str) -> tuple[str, str]:
    """What a character adds to the key, and else what it is as a separator ("" where it is nothing)."""
    if character.isspace():
        return "", " "
    category = unicodedata.category(character)
    if category[0] in "MC":
        return "", ""
    folded = "".join(_folded(upper) for upper in character.upper())
    letters = "".join(letter for letter in folded if letter.isalnum())
    if letters or not folded:
        return letters, ""
    return "", "-" if category == "Pd" else folded


def _folded(upper: str) -> str:
    if unicodedata.category(upper) == "Nd":
        return str(unicodedata.decimal(upper))
    # Hangul letters that stand alone would grow together once what parts them is gone.
    if "\u1100" <= upper <= "\u11ff":
        return ""
    return _LOOK_ALIKES.get(upper, upper)
