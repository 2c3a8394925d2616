"""Nodes of the data model, read through one view: the SDK's loosely typed answers as plain typed objects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import Node, NodeApply, NodeApplyResultList, NodeId, ViewId

from image360.write_once import send_in_halves

NODES_PER_REQUEST = 1000


@dataclass(frozen=True)
class StoredNode:
    """One node, and its properties in the view it was read through."""

    space: str
    external_id: str
    version: int
    properties: Mapping[str, Any]
    changed: int = 0  # when it was last written, in epoch milliseconds

    def text(self, name: str) -> str | None:
        """Return a text property, None where it has no value."""
        value = self.properties.get(name)
        return value if isinstance(value, str) and value else None

    def relation(self, name: str) -> str | None:
        """Return the external id that a direct relation points to, None where it has no value."""
        target = self.relation_id(name)
        return target.external_id if target else None

    def relation_id(self, name: str) -> NodeId | None:
        """Return the node that a direct relation points to, None where it has no value."""
        value = self.properties.get(name)
        return NodeId.load(cast("dict[str, Any]", value)) if isinstance(value, dict) else None


def list_nodes(
    client: CogniteClient,
    view: ViewId,
    spaces: Sequence[str],
    where: dict[str, Any] | None = None,
    limit: int | None = None,
) -> list[StoredNode]:
    """List every node of the spaces that has data in the view and fits the filter, or the first of them."""
    nodes = client.data_modeling.instances.list(
        "node", sources=view, space=list(spaces), filter=where, limit=limit
    )
    return [_stored(node, view) for node in nodes]


def retrieve_nodes(client: CogniteClient, view: ViewId, ids: Sequence[NodeId]) -> list[StoredNode]:
    """Read the nodes that exist and have data in the view, in no particular order."""
    if not ids:
        return []
    return [_stored(node, view) for node in client.data_modeling.instances.retrieve_nodes(ids, sources=view)]


def write_nodes(
    client: CogniteClient, nodes: Sequence[NodeApply], *, skip_conflicts: bool = False
) -> NodeApplyResultList:
    """Write nodes of the state; with `skip_conflicts` those that were written meanwhile are left alone.

    Targets of relations are never made on the way: images and assets are not ours to make, and CDF wants it
    so where the functions may only read them (API reference).
    """
    written = client.data_modeling.instances.apply(
        nodes, auto_create_direct_relations=False, skip_on_version_conflict=skip_conflicts
    )
    return written.nodes


@dataclass(frozen=True)
class Written:
    """What became of nodes, by external id; one that was skipped for its version is in neither.

    Args:
        versions: Of those that are as wanted now.
        refused: What CDF says of those that it does not take.
    """

    versions: Mapping[str, int]
    refused: Mapping[str, str]


def write_each(
    client: CogniteClient, groups: Sequence[Sequence[NodeApply]], *, skip_conflicts: bool = False
) -> Written:
    """Write nodes of the state as `write_nodes` does, those of a group in one request.

    A group that CDF refuses goes by its last node. All others are written, however many are refused: to
    write a node again does no harm.
    """
    versions: dict[str, int] = {}
    refused: dict[str, str] = {}

    def send(batch: Sequence[Sequence[NodeApply]]) -> bool:
        nodes = [node for group in batch for node in group]
        for node in write_nodes(client, nodes, skip_conflicts=skip_conflicts):
            if node.was_modified:
                versions[node.external_id] = node.version
        return True

    at_once = NODES_PER_REQUEST // max((len(group) for group in groups), default=1)
    for start in range(0, len(groups), at_once):
        batch = groups[start : start + at_once]
        sent = send_in_halves(batch, send, lambda left: left, 2 * len(batch))
        refused |= {group[-1].external_id: said for group, said in sent.refused}
    return Written(versions, refused)


def existing(client: CogniteClient, ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return those of the nodes, by space and external id, that are there, and when each was made.

    In epoch milliseconds, by the clock of CDF.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = client.data_modeling.instances.retrieve_nodes(wanted)
    return {node.as_id().as_tuple(): node.created_time for node in found}


def relation_to(space: str, external_id: str) -> dict[str, str]:
    """Return the value of a direct relation."""
    return {"space": space, "externalId": external_id}


def timestamp(moment: datetime | int | None) -> str | None:
    """Return the value of a timestamp property for a moment, or for its epoch milliseconds."""
    if isinstance(moment, int):
        moment = datetime.fromtimestamp(moment / 1000, UTC)
    return moment.isoformat(timespec="milliseconds") if moment is not None else None


def millis(value: str | None) -> int | None:
    """Return the epoch milliseconds of a timestamp property."""
    return round(datetime.fromisoformat(value).timestamp() * 1000) if value else None


def _stored(node: Node, view: ViewId) -> StoredNode:
    properties = cast("Mapping[str, Any]", node.properties.get(view) or {})
    return StoredNode(node.space, node.external_id, node.version, properties, node.last_updated_time)
