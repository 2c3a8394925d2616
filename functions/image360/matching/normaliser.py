"""The one normal form of names, aliases and texts.

A key is what is left of a text when everything is taken away that a plate, an engine or an asset list
may write one way or another: Unicode forms, full-width and look-alike characters, case, accents on their
own, separators, blanks and marks at the edges. Two texts with one key are the same tag, written differently.
A key is pure and idempotent.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

VERSION = 3
"""Raised whenever any text gets another key than before: a saved index is then built anew."""

_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТУХ", "ABESIJKMHOPCTYX", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
# Signs that a multilingual engine reads for a stroke or a ring of Latin print.
_SIGNS = {"−": "-", "一": "-", "ー": "-", "丨": "|", "〇": "0"}
_LOOK_ALIKES = _CYRILLIC | _GREEK | _SIGNS

_UPPER = bytes(range(256)).upper()
_NO_KEY = bytes(code for code in range(128) if not chr(code).isalnum())
_NO_KEY_OR_END = _NO_KEY.replace(b"\n", b"")
_OUTLINE = bytes(ord("x") if chr(code).isalnum() else code for code in range(128)) + bytes(128)
_CHARACTER = re.compile("[0-9A-Za-z]")
# Of what parts the characters of a plain text: every kind of blank is one, control characters are nothing.
_PLAIN = str.maketrans({c: " " if c.isspace() else None for c in map(chr, range(128)) if not c.isprintable()})
# So many texts are normalised at once where all of them are plain.
_AT_ONCE = 1000


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
        if self.text.isascii():
            return tuple(_CHARACTER.split(self.text.translate(_PLAIN)))
        return _taken_apart(self.text)[1]


@dataclass(frozen=True)
class Normaliser:
    """The normal form, as one site wants it.

    Args:
        look_alikes: Further pairs (letter or digit, the one of A-Z and 0-9 that it stands for), such as
            ("Ø", "0") where lists or plates of the site write the one for the other.

    Raises:
        ValueError: A pair is none of two single characters that keys are made of, or would chain.
    """

    look_alikes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        sources = {normalise(one) for one, _ in self.look_alikes}
        for one, other in self.look_alikes:
            if len(normalise(one)) != 1 or not (
                other.isascii() and other.isalnum() and other.isupper() | other.isdigit()
            ):
                raise ValueError(f"{one!r}: {other!r} must be one letter or digit, and one of A-Z or 0-9")
            if len(other) != 1 or other in sources:
                raise ValueError(f"{one!r}: {other!r} must lead to one character that is itself left alone")

    @cached_property
    def _table(self) -> Mapping[int, str]:
        return {ord(normalise(one)): other for one, other in self.look_alikes}

    def key(self, text: str) -> str:
        """The key of a text."""
        key = normalise(text)
        return key.translate(self._table) if self.look_alikes else key

    def keys(self, texts: Sequence[str]) -> list[str]:
        """The keys of many texts."""
        parts = (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
        keys = chain.from_iterable(map(_normalised, parts))
        return [key.translate(self._table) for key in keys] if self.look_alikes else list(keys)

    def read(self, text: str) -> Reading:
        """A text with its key and the separators between the key's characters."""
        return Reading(text, self.key(text))


COMMON_NORMALISER = Normaliser()
"""Of a site that sets nothing."""


def normalise(text: str) -> str:
    """The key of a text: its letters and digits, upper case, in one script."""
    if text.isascii():
        return text.encode().translate(_UPPER, _NO_KEY).decode()
    return _taken_apart(text)[0]


def is_written_alike(one: str, other: str) -> bool:
    """Whether two plain texts have the same marks and blanks at the same places."""
    if not (one.isascii() and other.isascii()):
        return False
    return one.encode().translate(_OUTLINE) == other.encode().translate(_OUTLINE)


def _normalised(texts: Sequence[str]) -> list[str]:
    joined = "\n".join(texts)
    if joined.isascii() and joined.count("\n") == len(texts) - 1:
        return joined.encode().translate(_UPPER, _NO_KEY_OR_END).decode().split("\n")
    return [normalise(text) for text in texts]


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
