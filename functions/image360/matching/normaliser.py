"""The one normal form of names, aliases and texts.

A key is what is left of a text when everything is taken away that a plate, an engine or an asset list
may write one way or another: Unicode forms, full-width and look-alike characters, case, accents on their
own, separators, blanks and marks at the edges. Two texts with one key are the same tag, written differently.
``normalise`` is pure and idempotent.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

VERSION = 1
"""Raised whenever any text gets another key than before: a saved index is then built anew."""

_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТУХ", "ABESIJKMHOPCTYX", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
# Signs that a multilingual engine reads for a stroke or a ring of Latin print.
_SIGNS = {"−": "-", "一": "-", "ー": "-", "丨": "|", "〇": "0"}
_LOOK_ALIKES = _CYRILLIC | _GREEK | _SIGNS


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart.

    ``gaps[i]`` is what stood before the i-th character of ``key``, ``gaps[-1]`` what stood after the last:
    blanks as " ", every dash as "-", other separators as they are.
    """

    text: str
    key: str
    gaps: tuple[str, ...]


def normalise(text: str) -> str:
    """The key of a text: its letters and digits, upper case, in one script."""
    return read(text).key


def read(text: str) -> Reading:
    """A text with its key and the separators between the key's characters."""
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
    return Reading(text, "".join(key), tuple(gaps))


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
