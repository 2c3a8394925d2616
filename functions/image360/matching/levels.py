"""The levels: each tries to find a text in the register in its own way, and says what it found or why not.

They are tried in the order of ``LEVELS``; the first that finds an asset decides. A finding names every
asset that is equally near, and everything that forbids an approval.
"""

from collections.abc import Callable

from image360.matching.confirmed import with_lessons
from image360.matching.finding import Asked, Finding
from image360.matching.misread import find_misread
from image360.matching.near import find_near
from image360.matching.parts import find_parts
from image360.matching.whole import find_alias, find_name

LEVELS: tuple[tuple[str, Callable[[Asked], Finding | str]], ...] = (
    ("exact, normalised", find_name),
    ("alias", find_alias),
    ("misread", find_misread),
    ("partial", find_parts),
    ("fuzzy", find_near),
)


NO_TAG = "by the rules of the site it is no tag"


def find(asked: Asked) -> tuple[Finding | None, list[str]]:
    """The finding of the first level that has one, with people's word; and what each level tried said."""
    if asked.is_no_tag:
        return None, [NO_TAG]
    steps: list[str] = []
    for name, search in LEVELS:
        result = search(asked)
        if isinstance(result, Finding):
            return with_lessons(result, asked), steps
        steps.append(f"{name}: {result}")
    return with_lessons(None, asked), steps
