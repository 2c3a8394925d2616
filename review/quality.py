"""What approve levels are worth, on the decisions made so far: precision and recall, each with its interval.

People decide on what is doubtful, and on what they see to be wrong; nobody has drawn a sample. So the figures
are of what was decided on, and of nothing else.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from cognite.client import CogniteClient
from cognite.client.data_classes.filters import And, Equals, In

from image360.config import ApprovableLevel
from image360.nodes import StoredNode, list_nodes, relation_to
from image360.state.decisions import Decision, Decisions
from image360.state.ids import AUDIT_VIEW
from image360.state.pairs import Pair, pair_in

LEVELS: tuple[str, ...] = get_args(ApprovableLevel)
APPROVES_FROM = 0.9  # below it a match is only suggested, whatever the config says
SCORES = (0.0, 0.5, 0.8, APPROVES_FROM, 0.95, 0.97, 0.98, 0.99)
MOST_DECISIONS = 5000  # that are looked at: five requests
IMAGES_PER_FILTER = 100  # keeps the list call's body small
MOST_IMAGES = 1000  # of decisions that do not say what the machine had said: ten requests
Z = 1.96  # of a two-sided interval of 95 %


@dataclass(frozen=True)
class Judged:
    """What the machine had said of an asset on an image, and whether a person agrees."""

    level: str
    score: float
    is_right: bool


@dataclass(frozen=True)
class Share:
    """So many of a whole, and where the share of all alike lies with 95 % (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share; None: of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its interval: all there is, of nothing."""
        if not self.whole:
            return 0.0, 1.0
        n, p = self.whole, self.part / self.whole
        centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        reach = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, min(p, centre - reach)), min(1.0, max(p, centre + reach))

    def __str__(self) -> str:
        if self.value is None:
            return "none decided"
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


@dataclass(frozen=True)
class Figure:
    """What it is worth to approve some levels from a score on.

    Args:
        precision: Of what was decided on and would be approved: what is right.
        recall: Of what was decided on and is right: what would be approved.
    """

    levels: tuple[str, ...]
    score: float
    precision: Share
    recall: Share


def figure(judged: Iterable[Judged], levels: Iterable[str], score: float) -> Figure:
    """Say what it is worth to approve these levels from a score on."""
    every = list(judged)
    chosen = tuple(level for level in LEVELS if level in set(levels))
    approved = [each for each in every if each.level in chosen and each.score >= score]
    right = sum(each.is_right for each in approved)
    precision = Share(right, len(approved))
    return Figure(chosen, score, precision, Share(right, sum(each.is_right for each in every)))


def table(judged: Iterable[Judged]) -> list[Figure]:
    """Return the figures of each level by itself, from each score on; those of nothing are left out."""
    every = list(judged)
    found = [figure(every, [level], score) for level in LEVELS for score in SCORES]
    return [each for each in found if each.precision.whole]


def config_lines(levels: Sequence[str], score: float) -> str:
    """Return what to write into the config for that."""
    named = ", ".join(level for level in LEVELS if level in levels)
    return f"approval:\n  levels: [{named}]\n  from_score: {max(score, APPROVES_FROM):g}"


@dataclass(frozen=True)
class Evidence:
    """What there is to judge by.

    Args:
        judged: Decisions of which it is known what the machine had said.
        unknown: How many others there are.
        is_all: Whether all decisions were looked at.
    """

    judged: tuple[Judged, ...]
    unknown: int
    is_all: bool


def evidence(client: CogniteClient, space: str) -> Evidence:
    """Read the decisions made so far, and what the machine had said, from the state in `space`.

    A decision of the review app says it itself; of any other the audit row of the approval tells.
    """
    decisions = Decisions(client).listed(MOST_DECISIONS)
    untold = sorted({each.pair.image for each in decisions if each.level is None})[:MOST_IMAGES]
    rows: dict[Pair, tuple[str, float]] = {}
    for start in range(0, len(untold), IMAGES_PER_FILTER):
        rows |= _approved(client, space, untold[start : start + IMAGES_PER_FILTER])
    found = judge(decisions, rows)
    return Evidence(tuple(found), len(decisions) - len(found), len(decisions) < MOST_DECISIONS)


def judge(decisions: Iterable[Decision], approved: Mapping[Pair, tuple[str, float]]) -> list[Judged]:
    """Set decisions against what the machine had said: as they tell, or else by its approval of the pair."""
    found: list[Judged] = []
    for each in decisions:
        if each.level is not None and each.score is not None:
            found.append(Judged(each.level, each.score, each.verdict == "approve"))
        elif each.pair in approved:
            found.append(Judged(*approved[each.pair], each.verdict == "approve"))
    return found


def _approved(
    client: CogniteClient, space: str, images: Sequence[tuple[str, str]]
) -> dict[Pair, tuple[str, float]]:
    """Return level and score of what the machine has approved on images by itself, the last of each pair."""
    where = And(
        In(AUDIT_VIEW.as_property_ref("image"), [relation_to(*image) for image in images]),
        Equals(AUDIT_VIEW.as_property_ref("action"), "approve"),
    )
    nodes = list_nodes(client, AUDIT_VIEW, [space], where.dump())
    ordered = sorted(nodes, key=lambda node: (node.text("at") or "", node.external_id))
    return {pair: told for node in ordered if (pair := pair_in(node)) and (told := _told(node))}


def _told(node: StoredNode) -> tuple[str, float] | None:
    level, score = node.text("level"), node.properties.get("score")
    if node.text("decidedBy") or level is None or score is None:
        return None
    return level, float(score)
