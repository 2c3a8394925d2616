"""What tells a reading from a tag, character by character."""

import difflib
import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A stretch of both texts: the same in both, or what stands in one for what stands in the other."""

    read: str
    tag: str

    @property
    def is_same(self) -> bool:
        """Whether both texts have it."""
        return self.read == self.tag


def difference(read: str, tag: str) -> list[Piece]:
    """Cut two texts into pieces that are the same and pieces that differ, in order."""
    matcher = difflib.SequenceMatcher(None, read, tag, autojunk=False)
    return [Piece(read[a:b], tag[c:d]) for _, a, b, c, d in matcher.get_opcodes()]


def as_html(read: str, tag: str) -> str:
    """Return two lines of HTML, what was read above the tag; both are text, never markup."""
    pieces = difference(read, tag)
    above = "".join(_marked(each.read, "del", each, len(each.tag)) for each in pieces)
    below = "".join(_marked(each.tag, "ins", each, len(each.read)) for each in pieces)
    return f'<div class="difference"><code>{above}</code><code>{below}</code></div>'


def in_words(read: str, tag: str) -> str:
    """Return the differences as a sentence, for who cannot see colours."""
    said = [
        f"{each.read or 'nothing'} for {each.tag or 'nothing'}"
        for each in difference(read, tag)
        if not each.is_same
    ]
    return f"read {'; '.join(said)}" if said else "no character differs"


def _marked(text: str, element: str, piece: Piece, width: int) -> str:
    shown = html.escape(text.ljust(width, "\u00a0"))
    return shown if piece.is_same else f"<{element}>{shown}</{element}>"
