"""Scenarios of the readings of finding instances."""

from typing import Any

from reading_lab import Lab, Scenario, unique
from reading_scenarios_of_definitions import SPACE, apply, define, node, ref, reference

TEXT = {"type": {"type": "text"}}


def pumps(lab: Lab, *texts: str | None) -> tuple[str, list[str]]:
    """Return a new view, and the nodes in it, one for each text, or None for a node without one."""
    view = define(lab, {"text": TEXT, "other": TEXT})
    names = [unique() for _ in texts]
    for name, text in zip(names, texts, strict=True):
        values = {"other": "x"} | ({"text": text} if text is not None else {})
        assert apply(lab, node(name, reference("view", view), **values)).status_code == 200
    return view, names


def listed(lab: Lab, view: str, **query: Any) -> list[str]:
    """Return the external ids of the nodes in a view, page by page."""
    body = {"sources": [{"source": reference("view", view)}], **query}
    names: list[str] = []
    while True:
        answer = lab.get("/models/instances/list", body)
        names += [each["externalId"] for each in answer["items"]]
        if "nextCursor" not in answer:
            return names
        body["cursor"] = answer["nextCursor"]


def negation(lab: Lab) -> int:
    """Count those that do not have a value, one of which has none at all."""
    view, _ = pumps(lab, "a", "b", None)
    equals = {"equals": {"property": [SPACE, f"{view}/v1", "text"], "value": "a"}}
    return len(listed(lab, view, filter={"not": equals}))


def other_type(lab: Lab) -> int:
    """Name a base property by node where edges are looked for."""
    where = {"equals": {"property": ["node", "externalId"], "value": "a"}}
    return lab.status("/models/instances/list", {"instanceType": "edge", "filter": where})


def order(lab: Lab) -> bool:
    """List over several pages, and say whether it is in the order of creation."""
    view, names = pumps(lab, *"abcdefg")
    found = listed(lab, view, limit=3)
    assert sorted(found) == sorted(names)
    assert len(listed(lab, view)) == 7
    return found == names


def without_data(lab: Lab) -> Any:
    """Query a node through a view that it has no data in."""
    view, _ = pumps(lab)
    name = unique()
    apply(lab, node(name))
    wanted = {"nodes": {"filter": {"instanceReferences": [ref(name)]}}}
    sources = [{"source": reference("view", view), "properties": ["*"]}]
    answer = lab.get(
        "/models/instances/query", {"with": {"a": wanted}, "select": {"a": {"sources": sources}}}
    )
    return answer["items"]["a"][0]["properties"] == {SPACE: {f"{view}/v1": {}}}


def deleted(lab: Lab) -> bool:
    """Sync a node that is deleted, and say whether its properties come."""
    view, names = pumps(lab, "a")
    wanted = {"nodes": {"filter": {"instanceReferences": [ref(names[0])]}}}
    sources = [{"source": reference("view", view), "properties": ["*"]}]
    body: dict[str, Any] = {"with": {"a": wanted}, "select": {"a": {"sources": sources}}}
    body["cursors"] = lab.get("/models/instances/sync", body)["nextCursor"]
    lab.get("/models/instances/delete", {"items": [node(names[0])]})
    (told,) = lab.get("/models/instances/sync", body)["items"]["a"]
    assert "deletedTime" in told
    return told["properties"] != {}


def prefix(lab: Lab) -> int:
    """Search for a word and the beginning of another with AND."""
    view, _ = pumps(lab, "main pump", "main valve")
    body = {"view": reference("view", view), "query": "main pu", "operator": "AND"}
    assert len(lab.items("/models/instances/search", {**body, "query": "main pump"})) == 1
    assert len(lab.items("/models/instances/search", {**body, "operator": "OR"})) == 2
    return len(lab.items("/models/instances/search", body))


SCENARIOS = {
    "negation-without-value": Scenario(negation, {"no-match": 1, "match": 2}),
    "base-property-of-other-type": Scenario(other_type, {"400": 400, "accepted": 200}),
    "instance-order": Scenario(order, {"scattered": False, "by-time": True}),
    "view-without-data": Scenario(without_data, {"left-out": False, "empty": True}),
    "deleted-instance-properties": Scenario(deleted, {"none": False, "kept": True}),
    "search-prefix-with-and": Scenario(prefix, {"no": 0, "yes": 1}),
}
