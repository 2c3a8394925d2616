"""What a report tells: what was read on each image, what was decided on it, why, and how right it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from demo.score import Score
from demo.site import SiteImage
from demo.tables import SiteAsset
from demo.truth import Truth


@dataclass(frozen=True, eq=False)
class ReportRow:
    """One match of one image: a text region, or several joined to one tag.

    Args:
        text: As read.
        polygon: (N, 3) unit directions of the whole tag, convex.
        decision: What was decided, after the config's levels and caps.
        confidence: The engine's, 0..1.
        level, score: Of the match; None and 0 where there is no asset.
        asset: The asset that was linked or suggested.
        runner_up: The asset that came second.
        reason: Why, in words.
        other_readings: What other views read at the same place.
    """

    text: str
    polygon: NDArray[np.float64]
    decision: Literal["approve", "suggest", "none"]
    confidence: float = 1.0
    level: str | None = None
    score: float = 0.0
    asset: SiteAsset | None = None
    runner_up: SiteAsset | None = None
    reason: str = ""
    other_readings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ReportImage:
    """One image with all that was read on it; ``problem`` says why it was not processed, if so."""

    image: SiteImage
    rows: tuple[ReportRow, ...]
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """A run to tell about.

    Args:
        site: Name of the site.
        summary: As in summary.json; the keys that need a truth may be missing.
        images: In the order of the page.
        truth, score: Both, or None for a site without a truth: its columns then vanish.
    """

    site: str
    summary: Mapping[str, Any]
    images: tuple[ReportImage, ...]
    truth: Truth | None = None
    score: Score | None = None
