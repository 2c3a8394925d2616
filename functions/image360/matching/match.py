"""What the matcher answers: a match, and the explanation of it."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from image360.matching.asset import Asset
from image360.matching.learned import Lesson

Level = Literal["exact", "normalised", "alias", "learned", "misread", "partial", "fuzzy"]
"""How a text came to its asset, the most trusted first. ``learned``: by an alias that people confirmed."""

Decision = Literal["approve", "suggest", "none"]


@dataclass(frozen=True)
class Match:
    """A text and its best asset.

    Args:
        asset: The asset; None exactly when ``decision`` is "none".
        decision: "approve": safe without a person; "suggest": a person looks; "none": no link.
        level: How the text came to the asset; None without one.
        score: 0..1, grows with trust: about the probability that the asset is the one on the plate.
            At least 0.9 exactly when ``decision`` is "approve".
        runner_up: The next asset, where another is as near.
        reason: One sentence for people.
        regions: Places of the text regions used, ascending; () for a text without regions.
        polygon: Of the whole tag, corners from the upper left of the reading direction; None without regions.
        also: Further tags in the same text.
        span: Where along the text the tag stands: (0, 1) where it is all of the text.
        learned: What people have confirmed of the text, where that names the asset, at whatever level;
            without an asset, what they have rejected.
    """

    asset: Asset | None
    decision: Decision
    level: Level | None
    score: float
    runner_up: Asset | None
    reason: str
    regions: tuple[int, ...] = ()
    polygon: NDArray[np.float64] | None = field(default=None, compare=False)
    also: list["Match"] = field(default_factory=list["Match"])
    span: tuple[float, float] = (0.0, 1.0)
    learned: Lesson | None = None


def shown(text: str) -> str:
    """A text as reasons quote it: one line of 60 characters at most, without control characters."""
    line = " ".join(text[:200].split())
    if not line.isprintable():
        line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return line if len(line) <= 60 else line[:57] + "..."


def title(asset: Asset) -> str:
    """What people call an asset."""
    return shown(asset.name or asset.external_id or repr(asset.key))


@dataclass(frozen=True)
class Explanation:
    """The path of a decision: ``steps`` holds each level that was tried and what it said."""

    text: str
    key: str
    steps: tuple[str, ...]
    match: Match

    def __str__(self) -> str:
        named = f" {title(self.match.asset)}" if self.match.asset else ""
        lines = [f"text   {self.text!r}", f"key    {self.key!r}", *(f"       {step}" for step in self.steps)]
        return "\n".join(
            [*lines, f"so     {self.match.decision}{named} ({self.match.score:.2f}): {self.match.reason}"]
        )
