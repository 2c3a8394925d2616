"""Spaces, the schema of a scratch view, and instances."""

from typing import Any

from smoke.probes.probe import Probe, Settled
from smoke.scratch import Scratch

CONTAINER = "Thing"
VERSION = "v1"


def schema(scratch: Scratch) -> Settled:
    """A space, a container and a view are made and found."""
    models = scratch.client.data_modeling
    space = scratch.name
    scratch.later_remove(f"space {space}", lambda: models.spaces.delete(space))
    scratch.post("/models/spaces", {"items": [{"space": space}]})
    container = {"space": space, "externalId": CONTAINER, "properties": {"name": {"type": {"type": "text"}}}}
    scratch.later_remove(f"container {CONTAINER}", lambda: models.containers.delete((space, CONTAINER)))
    scratch.post("/models/containers", {"items": [container]})
    mapped = {
        "container": {"type": "container", "space": space, "externalId": CONTAINER},
        "containerPropertyIdentifier": "name",
    }
    view = {"space": space, "externalId": CONTAINER, "version": VERSION, "properties": {"name": mapped}}
    scratch.later_remove(f"view {CONTAINER}", lambda: models.views.delete((space, CONTAINER, VERSION)))
    scratch.post("/models/views", {"items": [view]})
    assert models.spaces.retrieve(space)
    assert models.containers.retrieve((space, CONTAINER))
    assert models.views.retrieve((space, CONTAINER, VERSION))
    return {}


def nodes(scratch: Scratch) -> Settled:
    """Nodes are made, read and listed."""
    items = [_node(scratch, name) for name in ("asset", "other")]
    ids = [{"instanceType": "node", "space": scratch.name, "externalId": name} for name in ("asset", "other")]
    # A file that was deleted by its id leaves its node: it is among these.
    ids.append({"instanceType": "node", "space": scratch.name, "externalId": "file"})
    scratch.later_remove("nodes", lambda: scratch.post("/models/instances/delete", {"items": ids}))
    scratch.post("/models/instances", {"items": items})
    assert len(scratch.post("/models/instances/byids", {"items": ids[:2]})["items"]) == 2
    page = scratch.post("/models/instances/list", {**_listing(scratch), "limit": 2})
    assert len(page["items"]) == 2
    return {}


def queries(scratch: Scratch) -> Settled:
    """Query and sync find the nodes."""
    wanted = {"nodes": {"filter": _listing(scratch)["filter"]}, "limit": 10}
    body = {"with": {"things": wanted}, "select": {"things": {}}}
    for path in ("/models/instances/query", "/models/instances/sync"):
        assert len(scratch.post(path, body)["items"]["things"]) == 2, path
    return {}


def searches(scratch: Scratch) -> Settled:
    """Search and aggregate find the nodes, at once or later."""
    view = _view(scratch)
    count = {"view": view, "instanceType": "node", "aggregates": [{"count": {"property": "externalId"}}]}

    def counted() -> bool:
        (row,) = scratch.post("/models/instances/aggregate", count)["items"]
        return row["aggregates"][0]["value"] == 2

    def found() -> bool:
        search = {"view": view, "query": "asset", "instanceType": "node"}
        return len(scratch.post("/models/instances/search", search)["items"]) == 1

    scratch.seconds_until(found)
    scratch.seconds_until(counted)
    return {}


def _view(scratch: Scratch) -> dict[str, str]:
    return {"type": "view", "space": scratch.name, "externalId": CONTAINER, "version": VERSION}


def _node(scratch: Scratch, name: str) -> dict[str, Any]:
    source = {"source": _view(scratch), "properties": {"name": name}}
    return {"instanceType": "node", "space": scratch.name, "externalId": name, "sources": [source]}


def _listing(scratch: Scratch) -> dict[str, Any]:
    return {"instanceType": "node", "filter": {"hasData": [_view(scratch)]}}


PROBES = [
    Probe(
        "schema",
        tuple(
            f"POST /models/{kind}{path}"
            for kind in ("spaces", "containers", "views")
            for path in ("", "/byids", "/delete")
        ),
        schema,
    ),
    Probe(
        "nodes",
        (
            "POST /models/instances",
            "POST /models/instances/byids",
            "POST /models/instances/list",
            "POST /models/instances/delete",
        ),
        nodes,
    ),
    Probe("queries", ("POST /models/instances/query", "POST /models/instances/sync"), queries),
    Probe("searches", ("POST /models/instances/search", "POST /models/instances/aggregate"), searches),
]
