"""What answers are worth: precision with its interval, recall, abstention, the frontier of the own score."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from bench.plant import images, texts
from bench.plant.images import Scene
from bench.plant.lists import labels_of
from bench.plant.noise import bare
from bench.plant.texts import SHARES, Query
from image360.matching import Asset

_Z = 1.96  # of a two-sided interval of 95 %
FRONTIER = (0.999, 0.997, 0.995, 0.99, 0.98)
"""Precisions at which the recall by the own score is told."""


@dataclass(frozen=True)
class Link:
    """An asset that a matcher names for a text."""

    place: int
    score: float
    approved: bool


Answer = tuple[Link, ...]
"""The links of one text, the main one first; () for none."""


@dataclass(frozen=True)
class Count:
    """Counts over the texts of one kind. ``right``: of the approvals; ``shown``: the asset came first."""

    texts: int = 0
    readable: int = 0
    found: int = 0
    shown: int = 0
    approvals: int = 0
    right: int = 0
    lured: int = 0

    def __add__(self, other: "Count") -> "Count":
        mine, theirs = vars(self), vars(other)
        return Count(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Quality:
    """The figures of a matcher on one list.

    Args:
        kinds: Counts by kind of text, of texts that can tell.
        frontier: By each precision of ``FRONTIER``, the recall where everything above one score is accepted.
        unsettled: Texts that are, letter by letter, another listed tag than that on the plate.
        unsettled_approvals: So many of them are approved for that tag. They count nowhere else.
        wrong: The wrong approvals: kind, text, confidence, place of the asset.
    """

    kinds: dict[str, Count]
    frontier: dict[float, float]
    unsettled: int
    unsettled_approvals: int
    wrong: tuple[tuple[str, str, float, int], ...]

    @property
    def all(self) -> Count:
        """The counts over all kinds."""
        return sum(self.kinds.values(), Count())

    @property
    def precision(self) -> float:
        """Right approvals per approval."""
        return ratio(self.all.right, self.all.approvals)

    @property
    def precision_from(self) -> float:
        """The lower end of the interval (Wilson, 95 %) of the precision."""
        return wilson(self.all.right, self.all.approvals)

    @property
    def recall(self) -> float:
        """Readable texts whose asset is approved."""
        return ratio(self.all.found, self.all.readable)

    @property
    def shown(self) -> float:
        """Readable texts whose asset is approved or suggested."""
        return ratio(self.all.shown, self.all.readable)

    @property
    def abstention(self) -> float:
        """Traps without a wrong approval."""
        traps = [count for kind, count in self.kinds.items() if kind.startswith("trap")]
        return 1 - ratio(sum(c.lured for c in traps), sum(c.texts for c in traps))

    @property
    def signs(self) -> int:
        """Texts that are no tag and have an approval."""
        return sum(count.lured for kind, count in self.kinds.items() if kind.startswith("sign"))


@dataclass(frozen=True)
class Images:
    """Counts over images: approved assets, those of them that are right, and the assets on the images."""

    approvals: int
    right: int
    assets: int

    @property
    def precision(self) -> float:
        """Right approvals per approval."""
        return ratio(self.right, self.approvals)

    @property
    def recall(self) -> float:
        """Approved assets per asset on the images."""
        return ratio(self.right, self.assets)


def ratio(part: int, whole: int) -> float:
    """A share; of nothing it is 1."""
    return part / whole if whole else 1.0


def wilson(part: int, whole: int) -> float:
    """The lower end of the interval of 95 % of a share; of nothing it is 0."""
    if not whole:
        return 0.0
    share, square = part / whole, _Z * _Z / whole
    return (share + square / 2 - _Z * sqrt(share * (1 - share) / whole + square / whole / 4)) / (1 + square)


def places_of(assets: Sequence[Asset]) -> dict[str, set[int]]:
    """By the letters and digits of each name and alias, the places of the assets that it names."""
    places: dict[str, set[int]] = {}
    for text, place in labels_of(assets):
        places.setdefault(bare(text), set()).add(place)
    return places


def judge(queries: Sequence[Query], answers: Sequence[Answer], places: dict[str, set[int]]) -> Quality:
    """The figures of the answers to these texts on the list with these places."""
    kinds = dict.fromkeys(SHARES, Count())
    ranked: list[tuple[float, bool, bool]] = []
    wrong: list[tuple[str, str, float, int]] = []
    unsettled = approvals = 0
    for query, answer in zip(queries, answers, strict=True):
        if not texts.is_settled(query, places):
            unsettled += 1
            approvals += any(link.approved for link in answer)
            continue
        kinds[query.kind] += _count(query, answer)
        ranked += [(link.score, link.place in query.assets, query.readable) for link in answer[:1]]
        bad = [link for link in answer if link.approved and link.place not in query.assets]
        wrong += [(query.kind, query.text, query.confidence, link.place) for link in bad]
    readable = sum(count.readable for count in kinds.values())
    frontier = {precision: _recall_at(precision, ranked, readable) for precision in FRONTIER}
    return Quality(kinds, frontier, unsettled, approvals, tuple(wrong))


def judge_images(scenes: Sequence[Scene], answers: Sequence[Answer], places: dict[str, set[int]]) -> Images:
    """The counts of the answers to these images on the list with these places."""
    approvals = right = assets = 0
    for scene, answer in zip(scenes, answers, strict=True):
        if images.is_settled(scene, places):
            approved = {link.place for link in answer if link.approved}
            approvals += len(approved)
            right += len(approved & set(scene.assets))
            assets += len(set(scene.assets))
    return Images(approvals, right, assets)


def _count(query: Query, answer: Answer) -> Count:
    approved = [link.place in query.assets for link in answer if link.approved]
    first = answer[:1]
    is_found = query.readable and any(link.approved and link.place in query.assets for link in first)
    is_shown = query.readable and any(link.place in query.assets for link in first)
    return Count(1, query.readable, is_found, is_shown, len(approved), sum(approved), not all(approved))


def _recall_at(precision: float, ranked: list[tuple[float, bool, bool]], readable: int) -> float:
    """The recall above the best score that has this precision; equal scores go together."""
    ranked = sorted(ranked, key=lambda each: -each[0])
    best = right = found = 0
    for i, (score, is_right, is_readable) in enumerate(ranked):
        right += is_right
        found += is_right and is_readable
        is_last = i + 1 == len(ranked) or ranked[i + 1][0] != score
        if is_last and right >= precision * (i + 1):
            best = max(best, found)
    return ratio(best, readable)
