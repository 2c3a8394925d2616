"""Proposals: what the machine says about a text region, as data-model nodes for the people who review.

The id of a proposal derives from image, region and asset, not from its score. The functions own these nodes:
they are written as a diff against what is stored, and one that no longer holds is deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData
from cognite.client.data_classes.filters import In

from image360.matching import Asset, Decision, Match
from image360.nodes import list_nodes, relation_to
from image360.state.ids import PROPOSAL_VIEW, derived_id
from image360.state.work_items import WorkItem

HELD = "held: CDF keeps one polygon for an asset on an image"
WORK_ITEMS_PER_FILTER = 100  # keeps the list call's body small


@dataclass(frozen=True)
class Proposal:
    """A match of one image, as it is stored."""

    external_id: str
    properties: Mapping[str, Any]

    @property
    def is_approved(self) -> bool:
        """Whether it is approved without a person."""
        return self.properties["decision"] == "approve"

    def on_hold(self) -> "Proposal":
        """Return it as one that is left to a person, since CDF does not keep its approval."""
        held = {"decision": "suggest", "held": True, "reason": HELD}
        return Proposal(self.external_id, {**self.properties, **held})


def proposal_of(match: Match, text: str, decision: Decision, item: WorkItem, space: str) -> Proposal:
    """Describe a match that has an asset: what was read, and the decision after the config's levels."""
    if match.asset is None or match.polygon is None:
        raise ValueError("a proposal needs a match with an asset")
    return Proposal(
        derived_id("pr", item.region_file, *match.regions, *_parts(match.asset)),
        {
            "workItem": relation_to(space, item.external_id),
            "image": relation_to(item.image.space, item.image.external_id),
            "text": text,
            "regions": list(match.regions),
            "polygon": [round(float(value), 9) for corner in match.polygon for value in corner],
            **_named("asset", "classicAsset", match.asset),
            **_named("runnerUp", "classicRunnerUp", match.runner_up),
            "decision": decision,
            "level": match.level,
            "score": round(match.score, 6),
            "reason": match.reason,
            "held": False,
        },
    )


@dataclass(frozen=True)
class Proposals:
    """Proposals in the state space."""

    client: CogniteClient
    space: str

    def stored(self, items: Sequence[WorkItem]) -> dict[str, Mapping[str, Any]]:
        """Return the stored proposals of the work items: properties by external id."""
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(items), WORK_ITEMS_PER_FILTER):
            batch = items[start : start + WORK_ITEMS_PER_FILTER]
            relations = [relation_to(self.space, item.external_id) for item in batch]
            of_batch = In(PROPOSAL_VIEW.as_property_ref("workItem"), relations).dump()
            nodes = list_nodes(self.client, PROPOSAL_VIEW, [self.space], of_batch)
            found |= {node.external_id: node.properties for node in nodes}
        return found

    def write(self, wanted: Iterable[Proposal], stored: Mapping[str, Mapping[str, Any]]) -> int:
        """Make the stored proposals equal to the wanted ones; return the number of changes."""
        by_id = {proposal.external_id: proposal for proposal in wanted}
        changed = [p for p in by_id.values() if not _same(p.properties, stored.get(p.external_id))]
        gone = [NodeId(self.space, external_id) for external_id in stored if external_id not in by_id]
        if changed:
            self.client.data_modeling.instances.apply([self._node(proposal) for proposal in changed])
        if gone:
            self.client.data_modeling.instances.delete(gone)
        return len(changed) + len(gone)

    def _node(self, proposal: Proposal) -> NodeApply:
        return NodeApply(
            self.space,
            proposal.external_id,
            sources=[NodeOrEdgeData(PROPOSAL_VIEW, dict(proposal.properties))],
        )


def _same(wanted: Mapping[str, Any], stored: Mapping[str, Any] | None) -> bool:
    """Whether the stored properties say the same; a property without value may be left out of an answer."""
    return stored is not None and all(stored.get(key) == value for key, value in wanted.items())


def _parts(asset: Asset) -> tuple[object, ...]:
    """Return the key of an asset in parts: space and external id of a node, or a classic asset's id."""
    return cast("tuple[object, ...]", asset.key) if isinstance(asset.key, tuple) else (asset.key,)


def _named(node_property: str, classic_property: str, asset: Asset | None) -> dict[str, Any]:
    """Return the two properties that name an asset: a relation to its node, or a classic asset's id."""
    if asset is None or not isinstance(asset.key, tuple):
        return {node_property: None, classic_property: asset.key if asset else None}
    return {node_property: relation_to(*cast("tuple[str, str]", asset.key)), classic_property: None}
