"""Holds: pairs that no run approves again, since the run that had approved them was undone, or somebody has
deleted what it wrote.

A hold ends when a person decides on the pair, or with `release` of the run that was undone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData
from cognite.client.data_classes.filters import Equals

from image360.nodes import StoredNode, list_nodes, millis, timestamp, write_nodes
from image360.state.ids import HOLD_VIEW, derived_id
from image360.state.pairs import Pair, pair_in


@dataclass(frozen=True)
class Hold:
    """A pair on hold, because `run` was undone, or somebody has deleted a link that it wrote.

    Args:
        decided_before: When the decision that stood then was last changed, in epoch milliseconds: a person
            who decides after that ends the hold.
    """

    pair: Pair
    run: str
    decided_before: int | None = None

    @property
    def external_id(self) -> str:
        """A pair is held once for each run that was undone."""
        return derived_id("ho", self.run, *self.pair.parts)


@dataclass(frozen=True)
class Holds:
    """Holds in the state space."""

    client: CogniteClient
    space: str

    def listed(self) -> list[Hold]:
        """Return all holds."""
        return _read(list_nodes(self.client, HOLD_VIEW, [self.space]))

    def of_run(self, run: str) -> list[Hold]:
        """Return the holds for a run that was undone."""
        of_run = Equals(HOLD_VIEW.as_property_ref("run"), run).dump()
        return _read(list_nodes(self.client, HOLD_VIEW, [self.space], of_run))

    def write(self, holds: Sequence[Hold]) -> None:
        """Hold pairs, of images and assets that are there; one that is held for the run already stays so."""
        if holds:
            write_nodes(self.client, self.nodes(holds))

    def nodes(self, holds: Iterable[Hold]) -> list[NodeApply]:
        """Return holds as nodes."""
        return [self._node(hold) for hold in holds]

    def delete(self, holds: Iterable[Hold]) -> None:
        """End holds; one that is not there any more is passed over."""
        ids = [NodeId(self.space, hold.external_id) for hold in holds]
        if ids:
            self.client.data_modeling.instances.delete(ids)

    def _node(self, hold: Hold) -> NodeApply:
        properties: dict[str, Any] = {
            **hold.pair.properties,
            "run": hold.run,
            "heldAt": timestamp(datetime.now(UTC)),
            "decidedBefore": timestamp(hold.decided_before),
        }
        return NodeApply(self.space, hold.external_id, sources=[NodeOrEdgeData(HOLD_VIEW, properties)])


def _read(nodes: Iterable[StoredNode]) -> list[Hold]:
    return [
        Hold(pair, node.properties["run"], millis(node.text("decidedBefore")))
        for node in nodes
        if (pair := pair_in(node)) is not None
    ]
