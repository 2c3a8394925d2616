"""What people have said of a text, as the matcher takes it: what it names, and what it does not."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class LearnedAlias:
    """A text that people have confirmed to name an asset.

    Args:
        key: The key of the text.
        asset: The key of the asset.
        always: Somebody has said of the text itself that it names the asset; else people have said so of
            places where it was read.
        told: Who has said it, of which images, and when.
    """

    key: str
    asset: Hashable
    always: bool = False
    told: str = ""


@dataclass(frozen=True)
class LearnedRejection:
    """A text of which people have said that it does not name an asset; the same fields."""

    key: str
    asset: Hashable
    told: str = ""


Lesson = LearnedAlias | LearnedRejection
