"""Writing and deleting instances."""

from collections.abc import Mapping
from typing import Any

from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, ViewId

from smoke.model import ASSET, FILE
from smoke.probe import Probe, Told, expect, probe
from smoke.scratch import Answer, Json, Scratch, id_of

WRITE, DELETE, BY_IDS = (
    "POST /models/instances",
    "POST /models/instances/delete",
    "POST /models/instances/byids",
)


def read(scratch: Scratch, instance: Json, view: Json | None = None) -> Json | None:
    """Return a node as it is stored, if it is."""
    body: Json = {"items": [{"instanceType": "node", **id_of(instance)}]}
    if view is not None:
        body["sources"] = [{"source": view}]
    found = scratch.get("/models/instances/byids", body)["items"]
    return found[0] if found else None


def properties(stored: Json | None, view: Json) -> Json:
    """Return what a node has in a view."""
    expect(stored is not None, "the node is not there")
    assert stored is not None
    return stored["properties"][view["space"]][f"{view['externalId']}/{view['version']}"]


def _code(answer: Answer, accepted: str, reading: str, refused: str = "") -> Told:
    """Judge by the status alone; the option of a refusal is its code, unless it is called otherwise."""
    option = accepted if answer.status == 200 else refused or str(answer.status)
    return Told(f"{answer}", {reading: option})


def _delete(scratch: Scratch, *instances: Json, kind: str = "node") -> Answer:
    items = [{"instanceType": kind, **id_of(each)} for each in instances]
    return scratch.ask("/models/instances/delete", {"items": items})


@probe(WRITE, BY_IDS, DELETE)
def node_and_back(scratch: Scratch) -> Told:
    """Write a node, read it and delete it, with the SDK's own calls."""
    view, external_id = ViewId(scratch.space, "Thing", "v1"), scratch.external_id()
    scratch.thing  # noqa: B018 the view
    instances = scratch.client.data_modeling.instances
    instances.apply(
        NodeApply(scratch.space, external_id, sources=[NodeOrEdgeData(view, {"name": "a", "count": 2**53})])
    )
    (node,) = instances.retrieve_nodes([NodeId(scratch.space, external_id)], sources=view)
    expect(node.properties[view]["count"] == 2**53, f"2**53 comes back as {node.properties[view]['count']}")
    instances.delete(NodeId(scratch.space, external_id))
    left = instances.retrieve_nodes([NodeId(scratch.space, external_id)])
    expect(not left, "it is still there")
    return Told("written, read, deleted")


@probe(WRITE)
def longest_external_id(scratch: Scratch) -> Told:
    """Write nodes with external ids of 256 and 257 characters."""
    statuses = [
        scratch.write(scratch.node() | {"externalId": scratch.external_id().ljust(length, "x")}).status
        for length in (256, 257)
    ]
    expect(statuses == [200, 400], f"256 characters: {statuses[0]}, 257: {statuses[1]}")
    return Told("256 characters")


@probe(WRITE, settles=("skipped-items",))
def version_conflict(scratch: Scratch) -> Told:
    """Write a node with an old version: the claim of work that another has taken."""
    node = scratch.node(scratch.thing, {"name": "a"})
    first = scratch.write(node).items[0]["version"]
    scratch.write(scratch.node(scratch.thing, {"name": "b"}) | id_of(node))
    late = scratch.node(scratch.thing, {"name": "c"}) | id_of(node) | {"existingVersion": first}
    refused = scratch.write(late).status
    expect(refused in (400, 409), f"an old version is answered {refused}")
    items = scratch.write(late, skipOnVersionConflict=True).items
    kept = properties(read(scratch, node, scratch.thing), scratch.thing)["name"]
    expect(kept == "b", "the late write counted")
    option = "answered" if items and not items[0]["wasModified"] else "left-out" if not items else "modified"
    return Told(f"{refused}; skipped items are {option}", {"skipped-items": option})


@probe(WRITE, settles=("instance-named-twice",))
def node_named_twice(scratch: Scratch) -> Told:
    """Write a node twice in a request."""
    node = scratch.node(scratch.thing, {"name": "a"})
    answer = scratch.write(node, scratch.node(scratch.thing, {"name": "b"}) | id_of(node))
    if answer.status != 200:
        return Told(f"{answer}", {"instance-named-twice": str(answer.status)})
    kept = properties(read(scratch, node, scratch.thing), scratch.thing)["name"]
    return Told(f"{kept} counts", {"instance-named-twice": "last-counts" if kept == "b" else "first-counts"})


@probe(WRITE, settles=("relation-target-in-same-request",))
def relation_within_a_request(scratch: Scratch) -> Told:
    """Write two nodes, one with a relation to the other that the container checks."""
    target = scratch.node(scratch.thing, {"name": "a"})
    source = scratch.node(scratch.thing, {"kin": id_of(target)})
    return _code(scratch.write(target, source), "accepted", "relation-target-in-same-request")


@probe(WRITE, settles=("missing-target",))
def relation_to_nothing(scratch: Scratch) -> Told:
    """Write a relation to a node that does not exist, not to be made."""
    nowhere = {"space": scratch.space, "externalId": scratch.external_id()}
    source = scratch.node(scratch.thing, {"peer": nowhere})
    return _code(scratch.write(source, autoCreateDirectRelations=False), "accepted", "missing-target")


@probe(WRITE, settles=("uniqueness-breach",))
def same_code(scratch: Scratch) -> Told:
    """Write two nodes with the same value where each must be unique."""
    value = {"code": scratch.external_id()}
    scratch.made(scratch.thing, value)
    return _code(scratch.write(scratch.node(scratch.thing, value)), "accepted", "uniqueness-breach")


@probe(WRITE, settles=("kept-property-write",))
def write_what_the_platform_keeps(scratch: Scratch) -> Told:
    """Write to isUploaded of a CogniteFile."""
    answer = scratch.write(scratch.node(FILE, {"name": "a", "isUploaded": True}))
    return _code(answer, "ignored", "kept-property-write")


@probe(WRITE, settles=("edge-ends",))
def edge_moved(scratch: Scratch) -> Told:
    """Write an edge, and once more with another end."""
    nodes = [scratch.made() for _ in range(3)]
    edge = _edge(scratch, nodes[0], nodes[1])
    first = scratch.write(edge)
    expect(first.status == 200, f"{first.status}: {first.body}")
    return _code(scratch.write(edge | {"endNode": nodes[2]}), "may-change", "edge-ends", "fixed")


def _edge(scratch: Scratch, start: Json, end: Json) -> Json:
    kind = scratch.made()
    ends = {"type": kind, "startNode": start, "endNode": end}
    return {"instanceType": "edge", "space": scratch.space, "externalId": scratch.external_id(), **ends}


@probe(DELETE, WRITE, settles=("edges-of-deleted-nodes",))
def edge_with_its_node(scratch: Scratch) -> Told:
    """Delete a node that an edge starts from."""
    start, end = scratch.made(), scratch.made()
    edge = _edge(scratch, start, end)
    scratch.write(edge)
    items = _delete(scratch, start).items
    told = any(each["externalId"] == edge["externalId"] for each in items)
    body = {"items": [{"instanceType": "edge", **id_of(edge)}]}
    expect(not scratch.get("/models/instances/byids", body)["items"], "the edge stays")
    return Told(f"{len(items)} items", {"edges-of-deleted-nodes": "told" if told else "unsaid"})


@probe(DELETE, WRITE, settles=("type-in-use",))
def type_of_a_node(scratch: Scratch) -> Told:
    """Delete a node that is the type of another."""
    kind = scratch.made()
    scratch.made(type=kind)
    return _code(_delete(scratch, kind), "deleted", "type-in-use")


# --- what the platform writes by itself


@probe(WRITE, BY_IDS, settles=("asset-path-after", "platform-write-moves-version"))
def path_of_an_asset(scratch: Scratch) -> Told:
    """Write an asset below another, and wait for its path; then see whether its version has moved on."""
    parent = scratch.made(ASSET, {"name": "parent"})
    node = scratch.node(ASSET, {"name": "child", "parent": parent})
    written = scratch.write(node).items[0]["version"]
    seen: Mapping[str, Any] = properties(read(scratch, node, ASSET), ASSET)
    option = "0" if seen.get("path") else "1000"

    def has_path() -> bool:
        return bool(properties(read(scratch, node, ASSET), ASSET).get("path"))

    seconds = scratch.until(has_path, "the path of an asset")
    stored = read(scratch, node, ASSET)
    assert stored is not None
    path = [each["externalId"] for each in properties(stored, ASSET)["path"]]
    expect(path == [parent["externalId"], node["externalId"]], f"the path is {path}")
    moved = "yes" if stored["version"] > written else "no"
    told = f"path after {seconds:.1f} s, version {written} is now {stored['version']}"
    return Told(told, {"asset-path-after": option, "platform-write-moves-version": moved})


@probe(WRITE, settles=("asset-circle",))
def assets_in_a_circle(scratch: Scratch) -> Told:
    """Make an asset the child of its child."""
    parent = scratch.made(ASSET, {"name": "parent"})
    child = scratch.made(ASSET, {"name": "child", "parent": parent})
    answer = scratch.write(scratch.node(ASSET, {"parent": child}) | parent)
    if answer.status == 200:  # so that they can be deleted
        scratch.write(scratch.node(ASSET, {"parent": None}) | parent)
    return _code(answer, "no-path", "asset-circle")


PROBES: tuple[Probe, ...] = (
    node_and_back,
    longest_external_id,
    version_conflict,
    node_named_twice,
    relation_within_a_request,
    relation_to_nothing,
    same_code,
    write_what_the_platform_keeps,
    edge_moved,
    edge_with_its_node,
    type_of_a_node,
    path_of_an_asset,
    assets_in_a_circle,
)
