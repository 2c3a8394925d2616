"""Proposals: what the machine says about a text region, as data-model nodes for the people who review.

The id of a proposal derives from image, region and asset, not from its score. The functions own these nodes:
they are written as a diff against what is stored, and one that no longer holds is deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData
from cognite.client.data_classes.filters import Equals, In

from image360.matching import Asset, Match
from image360.nodes import list_nodes, relation_to, write_each, write_nodes
from image360.state.decisions import Decision
from image360.state.ids import PROPOSAL_VIEW, derived_id
from image360.state.pairs import Key, key_parts, named_asset
from image360.state.work_items import WorkItem

HELD = "held: CDF keeps one polygon for an asset on an image"
TARGETS_PER_FILTER = 100  # keeps the list call's body small


@dataclass(frozen=True)
class Proposal:
    """A match of one image, as it is stored."""

    external_id: str
    properties: Mapping[str, Any]

    @property
    def is_approved(self) -> bool:
        """Whether it is approved without a person."""
        return self.properties["decision"] == "approve"

    def on_hold(self, reason: str = HELD) -> "Proposal":
        """Return it as one that is left to a person, and why."""
        return Proposal(self.external_id, {**self.properties, **on_hold(reason)})

    def decided(self, decision: Decision) -> "Proposal":
        """Return it as one that a person has approved."""
        said = {"decision": "approve", "reason": f"{_decided(decision)}; {self.properties['reason']}"}
        return Proposal(self.external_id, {**self.properties, **said})


def on_hold(reason: str) -> dict[str, Any]:
    """Return the properties of a proposal that is left to a person."""
    return {"decision": "suggest", "held": True, "reason": reason}


def undone(run: str) -> str:
    """Say why an approval is on hold."""
    return f"held: run {run} was undone, or somebody has deleted what it wrote"


def decided_proposal(decision: Decision, asset: Asset, item: WorkItem, space: str) -> Proposal:
    """Describe what a person has approved where nothing that was read says so."""
    if decision.polygon is None:
        raise ValueError("without a polygon nobody knows where")
    text = decision.text or asset.name or asset.external_id or str(asset.key)
    return Proposal(
        derived_id("pr", decision.external_id, *key_parts(asset.key)),
        {
            "workItem": relation_to(space, item.external_id),
            "image": relation_to(item.image.space, item.image.external_id),
            "text": text,
            "regions": [],
            "polygon": [value for corner in decision.polygon for value in corner],
            **named_asset("asset", "classicAsset", asset.key),
            **named_asset("runnerUp", "classicRunnerUp", None),
            "decision": "approve",
            "level": None,
            "score": 1.0,
            "reason": _decided(decision),
            "held": False,
        },
    )


def _decided(decision: Decision) -> str:
    return f"approved by {decision.decided_by}"


def proposal_of(
    match: Match, text: str, decision: Literal["approve", "suggest"], item: WorkItem, space: str
) -> Proposal:
    """Describe a match that has an asset: what was read, and the decision after the config's levels."""
    if match.asset is None or match.polygon is None:
        raise ValueError("a proposal needs a match with an asset")
    return Proposal(
        derived_id("pr", item.region_file, *match.regions, *key_parts(match.asset.key)),
        {
            "workItem": relation_to(space, item.external_id),
            "image": relation_to(item.image.space, item.image.external_id),
            "text": text,
            "regions": list(match.regions),
            "polygon": [round(float(value), 9) for corner in match.polygon for value in corner],
            **named_asset("asset", "classicAsset", match.asset.key),
            **named_asset("runnerUp", "classicRunnerUp", match.runner_up.key if match.runner_up else None),
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
        return self._pointing("workItem", [(self.space, item.external_id) for item in items])

    def waiting(self) -> dict[str, list[str]]:
        """Return the texts that wait for a person, by the external id of their work item."""
        suggested = Equals(PROPOSAL_VIEW.as_property_ref("decision"), "suggest").dump()
        found: dict[str, list[str]] = {}
        for node in list_nodes(self.client, PROPOSAL_VIEW, [self.space], suggested):
            item, text = node.relation("workItem"), node.text("text")
            if item is not None and text is not None:
                found.setdefault(item, []).append(text)
        return found

    def on_images(self, images: Sequence[Key]) -> dict[str, Mapping[str, Any]]:
        """Return the stored proposals on images, those on their former contents too."""
        return self._pointing("image", images)

    def _pointing(self, name: str, targets: Sequence[Key]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(targets), TARGETS_PER_FILTER):
            relations = [relation_to(*each) for each in targets[start : start + TARGETS_PER_FILTER]]
            of_batch = In(PROPOSAL_VIEW.as_property_ref(name), relations).dump()
            nodes = list_nodes(self.client, PROPOSAL_VIEW, [self.space], of_batch)
            found |= {node.external_id: node.properties for node in nodes}
        return found

    def write(self, wanted: Iterable[Proposal], stored: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """Make the stored proposals equal to the wanted ones; return those that CDF refuses, and why."""
        by_id = {proposal.external_id: proposal for proposal in wanted}
        changed = [p for p in by_id.values() if not _same(p.properties, stored.get(p.external_id))]
        gone = [NodeId(self.space, external_id) for external_id in stored if external_id not in by_id]
        refused = write_each(self.client, [(self._node(proposal),) for proposal in changed]).refused
        if gone:
            self.client.data_modeling.instances.delete(gone)
        return refused

    def hold(self, held: Mapping[str, str]) -> None:
        """Leave stored proposals to a person: the reason by external id."""
        nodes = [self._node(Proposal(name, on_hold(reason))) for name, reason in held.items()]
        if nodes:
            write_nodes(self.client, nodes)

    def _node(self, proposal: Proposal) -> NodeApply:
        return NodeApply(
            self.space,
            proposal.external_id,
            sources=[NodeOrEdgeData(PROPOSAL_VIEW, dict(proposal.properties))],
        )


def _same(wanted: Mapping[str, Any], stored: Mapping[str, Any] | None) -> bool:
    """Whether the stored properties say the same; a property without value may be left out of an answer."""
    return stored is not None and all(stored.get(key) == value for key, value in wanted.items())
