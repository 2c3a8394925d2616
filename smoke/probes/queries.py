"""Reading instances: list, query, sync, search and aggregate."""

from typing import Any

from smoke import listing
from smoke.probe import Probe, Told, expect, probe
from smoke.probes.instances import properties
from smoke.scratch import Json, Scratch, id_of

LIST, QUERY, SYNC = (f"POST /models/instances/{name}" for name in ("list", "query", "sync"))
SEARCH, AGGREGATE = "POST /models/instances/search", "POST /models/instances/aggregate"
WRITE, DELETE = "POST /models/instances", "POST /models/instances/delete"
LAG = "list-lag"


def _property(scratch: Scratch, name: str) -> list[str]:
    return [scratch.space, "Thing/v1", name]


def _named(scratch: Scratch, name: str) -> Json:
    """Return the filter for things of one name."""
    return {"equals": {"property": _property(scratch, "name"), "value": name}}


def _listed(scratch: Scratch, filter_: Json, limit: int = 100) -> Json:
    body = {"sources": [{"source": scratch.thing}], "filter": filter_, "limit": limit}
    return scratch.get("/models/instances/list", body)


@probe(LIST, WRITE, settles=("instance-order", listing.FULL_PAGE))
def instances_in_list(scratch: Scratch) -> Told:
    """List nodes that were made one after the other."""
    name = scratch.external_id()
    made = [
        scratch.made(scratch.thing, {"name": name, "count": number})["externalId"]
        for number in range(listing.MADE)
    ]
    full = _listed(scratch, _named(scratch, name), listing.MADE)
    listed = [each["externalId"] for each in full["items"]]
    expect(sorted(listed) == sorted(made), f"{len(listed)} of {len(made)} nodes in a full page")
    settled = {
        "instance-order": "by-time" if listed == made else "scattered",
        listing.FULL_PAGE: "given" if full.get("nextCursor") else "none",
    }
    return Told(", ".join(settled.values()), settled)


@probe(LIST, WRITE, settles=("negation-without-value",))
def negation(scratch: Scratch) -> Told:
    """List things that are not of a count, one of which has none."""
    name = scratch.external_id()
    for values in ({"count": 1}, {"count": 2}, {}):
        scratch.made(scratch.thing, {"name": name, **values})
    no_one = {"not": {"equals": {"property": _property(scratch, "count"), "value": 1}}}
    found = len(_listed(scratch, {"and": [_named(scratch, name), no_one]})["items"])
    option = {1: "no-match", 2: "match"}.get(found, f"{found} things")
    return Told(f"{found} of three", {"negation-without-value": option})


@probe(LIST, settles=("base-property-of-other-type",))
def node_named_as_edge(scratch: Scratch) -> Told:
    """List nodes by a base property of edges."""
    filter_ = {"equals": {"property": ["edge", "space"], "value": scratch.space}}
    body = {"instanceType": "node", "filter": filter_, "limit": 1}
    status = scratch.ask("/models/instances/list", body).status
    return Told(f"{status}", {"base-property-of-other-type": "accepted" if status == 200 else str(status)})


@probe(QUERY, WRITE, settles=("view-without-data",))
def node_without_extras(scratch: Scratch) -> Told:
    """Query a node through two views, of which it has data in one."""
    name = scratch.external_id()
    scratch.made(scratch.thing, {"name": name})
    sources = [
        {"source": scratch.thing, "properties": ["name"]},
        {"source": scratch.extra, "properties": ["note"]},
    ]
    body = {
        "with": {"things": {"nodes": {"filter": _named(scratch, name)}}},
        "select": {"things": {"sources": sources}},
    }
    (node,) = scratch.get("/models/instances/query", body)["items"]["things"]
    expect(properties(node, scratch.thing) == {"name": name}, f"its properties are {node['properties']}")
    seen = node["properties"][scratch.space]
    option = "left-out" if "Extra/v1" not in seen else "empty" if seen["Extra/v1"] == {} else "another"
    return Told(option, {"view-without-data": option})


@probe(SYNC, WRITE, DELETE, settles=("deleted-instance-properties",))
def sync_of_a_deletion(scratch: Scratch) -> Told:
    """Sync, delete a node, and sync on."""
    name = scratch.external_id()
    node = scratch.made(scratch.thing, {"name": name})
    body: dict[str, Any] = {
        "with": {"things": {"nodes": {"filter": _named(scratch, name)}}},
        "select": {"things": {"sources": [{"source": scratch.thing, "properties": ["name"]}]}},
    }
    found: list[Json] = []

    def told(deleted: bool) -> bool:
        answer = scratch.get("/models/instances/sync", body)
        body["cursors"] = answer["nextCursor"]
        found[:] = [each for each in answer["items"]["things"] if ("deletedTime" in each) == deleted]
        return bool(found)

    scratch.until(lambda: told(False), "a new node in sync")
    scratch.get("/models/instances/delete", {"items": [{"instanceType": "node", **node}]})
    seconds = scratch.until(lambda: told(True), "a deletion in sync")
    option = "kept" if found[0].get("properties") else "none"
    return Told(f"told after {seconds:.1f} s", {"deleted-instance-properties": option})


def _search(scratch: Scratch, words: str, **further: Any) -> list[str]:
    body = {"view": scratch.thing, "query": words, "limit": 100, **further}
    answer = scratch.ask("/models/instances/search", body)  # the view may be as late as what it shows
    return [each["externalId"] for each in answer.body.get("items", ())]


@probe(SEARCH, WRITE, settles=(LAG, "search-prefix-with-and"))
def search(scratch: Scratch) -> Told:
    """Search for a new thing by a whole word, and then by the beginning of one."""
    word = f"smoke{scratch.external_id().replace('-', '')}"
    node = id_of(scratch.made(scratch.thing, {"name": f"{word} pump"}))

    def found(words: str) -> bool:
        return node["externalId"] in _search(scratch, words, operator="AND")

    at_once = found(word)
    seconds = scratch.until(lambda: found(word), "a new node in a search")
    prefix = "yes" if found(f"{word} pum") else "no"
    settled = {LAG: "0" if at_once else "1000", "search-prefix-with-and": prefix}
    return Told(f"found after {seconds:.1f} s; by a prefix: {prefix}", settled)


@probe(AGGREGATE, WRITE, settles=(LAG,))
def groups(scratch: Scratch) -> Told:
    """Count new things in groups, one of which has no value."""
    name = scratch.external_id()
    for values in ({"code": scratch.external_id()}, {}):
        scratch.made(scratch.thing, {"name": name, **values})
    body = {
        "view": scratch.thing,
        "filter": _named(scratch, name),
        "groupBy": ["code"],
        "aggregates": [{"count": {"property": "name"}}],
    }

    def counted() -> bool:
        return len(scratch.ask("/models/instances/aggregate", body).body.get("items", ())) == 2

    at_once = counted()
    seconds = scratch.until(counted, "new nodes in an aggregate")
    return Told(f"there after {seconds:.1f} s", {LAG: "0" if at_once else "1000"})


PROBES: tuple[Probe, ...] = (
    instances_in_list,
    negation,
    node_named_as_edge,
    node_without_extras,
    sync_of_a_deletion,
    search,
    groups,
)
