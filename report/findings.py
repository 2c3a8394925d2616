"""What a report tells: what was read on each image, what was decided on it, why, and how right it was.

The truth, where there is one, comes as plain values beside what was found (`Judgement`, `Verdict`, `Miss`):
the report does not know how they came about.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
Decision = Literal["approve", "suggest", "none"]
Mark = Literal["right", "wrong", "missed", "open"]


@dataclass(frozen=True)
class FaceFile:
    """One cube face: its name, and the bytes of its picture, good or bad."""

    face: str
    content: bytes


@dataclass(frozen=True)
class NamedAsset:
    """An asset as people know it. The name may be empty: asset lists hold such rows."""

    name: str
    external_id: str
    description: str = ""


@dataclass(frozen=True)
class Verdict:
    """How right a row is, in a mark and a few words.

    Args:
        mark: "wrong" is an approval of another asset, "missed" a tag that nobody is shown.
        painted: What stands on the plate beneath; None where there is none.
        asset: The asset of that plate.
    """

    mark: Mark
    words: str
    painted: str | None = None
    asset: str | None = None


@dataclass(frozen=True, eq=False)
class ReportRow:
    """One match of one image: a text region, or several joined to one tag.

    Args:
        text: As read.
        polygon: (N, 3) unit directions of the whole tag, convex.
        decision: What was decided, after the config's levels and caps, and what people have said.
        confidence: The engine's, 0..1; None for what a person has found.
        level, score: Of the match; None and 0 where there is no asset.
        asset: The asset that was linked or suggested.
        runner_up: The asset that came second.
        reason: Why, in words.
        other_readings: What other views read at the same place.
        verdict: Of the truth, where there is one.
    """

    text: str
    polygon: Polygon
    decision: Decision
    confidence: float | None = 1.0
    level: str | None = None
    score: float = 0.0
    asset: NamedAsset | None = None
    runner_up: NamedAsset | None = None
    reason: str = ""
    other_readings: tuple[str, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, eq=False)
class Miss:
    """A tag of the truth that was neither approved nor suggested; lengths in pixels of a face, degrees."""

    polygon: Polygon
    painted: str
    asset: str
    read: tuple[str, ...]
    why: str
    style: str
    is_legible: bool
    cap_px: float
    tilt_deg: float


@dataclass(frozen=True, eq=False)
class Outline:
    """A polygon (N, 3) that is drawn and has no row: what is true there, or a wrong link in the store."""

    kind: Literal["truth", "wrong"]
    polygon: Polygon
    label: str


def no_faces() -> Iterable[FaceFile]:
    """Return no face at all."""
    return ()


@dataclass(frozen=True, eq=False)
class ReportImage:
    """One image with all that was read on it.

    Args:
        id: By which it goes.
        rows: All that was read; rows without an asset are what was left alone.
        about: What else is to be said of it, such as where it was taken.
        problem: Why it was not processed, if so.
        faces: Loads the face files, those that are there; called once, when the page is built.
    """

    id: str
    rows: tuple[ReportRow, ...]
    about: str = ""
    problem: str = ""
    faces: Callable[[], Iterable[FaceFile]] = no_faces
    misses: tuple[Miss, ...] = ()
    outlines: tuple[Outline, ...] = ()


@dataclass(frozen=True)
class Floor:
    """One demand on a run: what it is about, what is wanted, what was reached."""

    name: str
    wanted: str
    reached: str
    holds: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.reached}, wanted {self.wanted}"


@dataclass(frozen=True)
class WrongLink:
    """A wrong approval in the store; `painted` is None where there is no plate."""

    image: str
    text: str
    asset: str
    painted: str | None
    is_listed: bool
    """Whether the plate's asset is in the asset list."""


@dataclass(frozen=True)
class Style:
    """How many plates of one style or trait there are, and how many were approved."""

    name: str
    approved: int
    total: int


@dataclass(frozen=True)
class Judgement:
    """A run against the truth; the unit is one plate on one image.

    Args:
        tags: Plates whose asset is in the asset list.
        approved, suggested, missed: Of those.
        approvals: In the store, right or wrong.
        on_text: Share of the approvals whose outline lies on the text.
    """

    tags: int
    approved: int
    suggested: int
    missed: int
    approvals: int
    wrong: tuple[WrongLink, ...]
    duplicates: int
    on_text: float
    floors: tuple[Floor, ...] = ()
    styles: tuple[Style, ...] = ()

    @property
    def precision(self) -> float | None:
        """Share of the approvals that are right; None where there are none."""
        return 1 - len(self.wrong) / self.approvals if self.approvals else None

    @property
    def recall(self) -> float | None:
        """Share of the tags that are approved; None where there are none."""
        return self.approved / self.tags if self.tags else None


@dataclass(frozen=True)
class Funnel:
    """From images to decisions, of the whole run, whatever part of it the page shows.

    Args:
        regions: Text regions that were read; None where nothing tells.
        tags: Texts that name an asset: approved or suggested.
        left: Texts that were left alone; None where nothing tells.
    """

    images: int
    regions: int | None
    approved: int
    suggested: int
    left: int | None

    @property
    def tags(self) -> int:
        """Texts that name an asset."""
        return self.approved + self.suggested


@dataclass(frozen=True)
class Call:
    """One call of a function, as its run node tells."""

    run: str
    step: str
    status: str
    started: str
    seconds: float
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Costs:
    """What a run took.

    Args:
        images: Seconds by image, where they are known.
        requests: Numbers by endpoint, where they were counted.
        calls: Of the functions.
    """

    images: Mapping[str, float] = field(default_factory=dict[str, float])
    requests: Mapping[str, int] = field(default_factory=dict[str, int])
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """A run to tell about.

    Args:
        title: Name of the run or the site.
        images: Those that the page shows, in its order.
        funnel: Counts of the whole run; None: those of the images that are shown.
        facts: What else is to be known, by name.
        notes: What is to be said before all else: what was left out, what the engine could not do.
        judgement: None without a truth: what comes of it then vanishes.
    """

    title: str
    images: tuple[ReportImage, ...]
    funnel: Funnel | None = None
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()
    costs: Costs = field(default_factory=Costs)
    judgement: Judgement | None = None
