"""Decisions: what people say about an asset on an image. The functions read them and never write one.

A decision holds for the pair, whatever content version, text, engine, threshold or job comes after it
(docs/decisions/0013). Of several nodes on one pair the one that was changed last holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId

from image360.nodes import StoredNode, list_nodes, retrieve_nodes
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import AssetKey, Pair, asset_in, pair_in

Verdict = Literal["approve", "reject", "change"]
Corner = tuple[float, float, float]


@dataclass(frozen=True)
class Decision:
    """What a person says about a pair.

    Args:
        verdict: `change` rejects the asset of the pair, and approves `instead` there.
        polygon: Where, as unit vectors; None: wherever the asset is read on the image.
        text: What was read there, or what a person says that stands there.
        changed: When the node was last written, in epoch milliseconds.
        always: A person says that this text names the approved asset wherever it is read in the collection.
        level: At which the machine had read the asset when a person decided on it; None: nobody has said.
        score: Of that match.
    """

    pair: Pair
    external_id: str
    verdict: Verdict
    instead: AssetKey | None
    polygon: tuple[Corner, ...] | None
    text: str | None
    decided_by: str
    changed: int
    always: bool = False
    level: str | None = None
    score: float | None = None

    @property
    def approves(self) -> AssetKey | None:
        """The asset that is said to be there; None: that is not said."""
        return self.pair.asset if self.verdict == "approve" else self.instead

    @property
    def rejects(self) -> bool:
        """Whether the asset of the pair is not the one that is seen."""
        return self.verdict != "approve"


@dataclass(frozen=True)
class Decisions:
    """Decisions of people."""

    client: CogniteClient

    def listed(self, limit: int | None = None) -> list[Decision]:
        """Return the decisions on all pairs, or some of them, the one that was changed last for each."""
        return _latest(list_nodes(self.client, DECISION_VIEW, [DECISIONS_SPACE], limit=limit))

    def on(self, pairs: Iterable[Pair]) -> list[Decision]:
        """Return the decisions on these pairs, read by their ids: no list that may lag is asked.

        Raises:
            CogniteAPIError: The functions may not read decisions (403).
        """
        ids = [NodeId(DECISIONS_SPACE, name) for name in sorted({each.decision_id for each in pairs})]
        return _latest(retrieve_nodes(self.client, DECISION_VIEW, ids))


def _latest(nodes: Iterable[StoredNode]) -> list[Decision]:
    read = [decision for node in nodes if (decision := _read(node)) is not None]
    ordered = sorted(read, key=lambda each: (each.changed, each.external_id))
    return list({each.pair: each for each in ordered}.values())


def _read(node: StoredNode) -> Decision | None:
    pair = pair_in(node)
    if pair is None:
        return None
    return Decision(
        pair,
        node.external_id,
        node.properties["verdict"],
        asset_in(node.properties, "instead", "classicInstead"),
        _corners(node.properties.get("polygon")),
        node.text("text"),
        node.text("decidedBy") or "a person",
        node.changed,
        node.properties.get("always") is True,
        node.text("level"),
        node.properties.get("score"),
    )


def _corners(numbers: list[float] | None) -> tuple[Corner, ...] | None:
    """Return the corners of a polygon, None where the numbers are none."""
    if not numbers or len(numbers) < 9 or len(numbers) % 3:
        return None
    return tuple(zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True))
