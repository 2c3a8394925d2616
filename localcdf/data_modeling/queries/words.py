"""Full-text search: how text is cut into words, and when a document matches.

The words are those of the documentation's tokenization rules. All words of a query are compared whole, but
the last one, which may stand for every word that begins so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LETTER = r"[^\W\d_]"
WORD = re.compile(rf"\w(?:\w|(?<={LETTER})[.':’](?={LETTER})|(?<=\d)[.,;'’](?=\d))*")


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case."""
    return [each.lower() for each in WORD.findall(text)]


@dataclass(frozen=True)
class WordQuery:
    """A parsed query."""

    words: tuple[str, ...]
    every: bool  # AND: a document must have every word
    prefix: bool  # whether the last word stands for all that begin so

    @classmethod
    def parse(cls, text: str, operator: str, *, prefix_with_and: bool = False) -> "WordQuery":
        """Parse a query."""
        every = operator == "AND"
        return cls(tuple(words(text)), every, prefix_with_and or not every)

    def relevance(self, texts: Sequence[str]) -> tuple[int, int] | None:
        """Return how well a document matches (words found, then whole phrases), or None when it does not."""
        documents = [words(text) for text in texts]
        known = {word for document in documents for word in document}
        found = sum(self._is_in(known, index) for index in range(len(self.words)))
        if not found or (self.every and found < len(self.words)):
            return None
        phrases = sum(self._has_phrase(document) for document in documents)
        return found, phrases

    def _is_in(self, known: set[str], index: int) -> bool:
        word = self.words[index]
        if word in known:
            return True
        is_prefix = index == len(self.words) - 1 and self.prefix
        return is_prefix and any(each.startswith(word) for each in known)

    def _has_phrase(self, document: Sequence[str]) -> bool:
        size = len(self.words)
        return any(tuple(document[start : start + size]) == self.words for start in range(len(document)))
