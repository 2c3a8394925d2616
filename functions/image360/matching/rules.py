"""What a site may set for its matching, beside its asset list."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from image360.matching.confusions import COMMON_CONFUSIONS, Confusions
from image360.matching.normaliser import COMMON_NORMALISER, Normaliser

# Longer texts are on no sign that a pattern is written for.
_LONGEST = 500


@dataclass(frozen=True)
class Rules:
    """The rules of a site.

    Args:
        normaliser: How names and texts are brought to one form.
        confusions: What engines read for what.
        no_tags: Patterns of texts that get no link, such as "DN* PN*": * for any characters, ? for one, [0-9]
            for one of these. Case does not count, and blanks count as one. Matched in linear time.
    """

    normaliser: Normaliser = COMMON_NORMALISER
    confusions: Confusions = COMMON_CONFUSIONS
    no_tags: tuple[str, ...] = ()

    @cached_property
    def _no_tags(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(translate(" ".join(pattern.upper().split()))) for pattern in self.no_tags)

    def is_no_tag(self, text: str) -> bool:
        """Whether the site says that such a text is no tag."""
        if not self.no_tags or len(text) > _LONGEST:
            return False
        line = " ".join(text.upper().split())
        return any(pattern.match(line) for pattern in self._no_tags)


COMMON_RULES = Rules()
"""Of a site that sets nothing."""
