"""Texts as they can be looked at."""

import unicodedata

LONGEST_TEXT = 160
"""Characters of a text that the page shows of what was read; more is cut, and their number given."""


def visible(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text so that it can be looked at: what controls, hides or reverses is spelled out, the rest is cut.

    Text from photographs and asset lists may hold anything. HTML cannot hold control characters at all, and
    a right-to-left override would turn what stands beside it around.
    """
    shown = "".join(_spelled(character) for character in text[:longest])
    return shown if len(text) <= longest else f"{shown}… ({len(text)} characters)"


def _spelled(character: str) -> str:
    unseen = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return f"[U+{ord(character):04X}]" if unseen else character
