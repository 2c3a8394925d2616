"""Scenarios of the readings of writing and deleting instances."""

from typing import Any

from reading_lab import Lab, Scenario, unique
from reading_scenarios_of_definitions import ASSET, SPACE, apply, define, node, ref, reference
from reading_scenarios_of_projects import user_with

TEXT = {"type": {"type": "text"}}


def read(lab: Lab, external_id: str) -> dict[str, Any]:
    """Return an asset node with its properties."""
    body = {"items": [{"instanceType": "node", **ref(external_id)}], "sources": [{"source": ASSET}]}
    (found,) = lab.items("/models/instances/byids", body)
    return found | {"properties": found["properties"]["cdf_cdm"]["CogniteAsset/v1"]}


def edge(external_id: str, start: str, end: str) -> dict[str, Any]:
    """Return an edge to write."""
    ends = {"type": ref("kind"), "startNode": ref(start), "endNode": ref(end)}
    return {"instanceType": "edge", **ref(external_id), **ends}


def delete(lab: Lab, *nodes: str) -> Any:
    """Delete nodes; return the answer."""
    return lab.answer("/models/instances/delete", {"items": [node(each) for each in nodes]})


def with_its_target(lab: Lab) -> int:
    """Write a node with the target of a relation that demands data in a container."""
    tagged = define(lab, {"tag": TEXT})
    demanding = {"type": "direct", "container": reference("container", tagged)}
    name = define(lab, {"next": {"type": demanding}})
    target = unique()
    items = [
        node(target, reference("view", tagged), tag="a"),
        node(unique(), reference("view", name), next=ref(target)),
    ]
    status = apply(lab, *items).status_code
    assert [apply(lab, each).status_code for each in items] == [200, 200]
    return status


def missing_target(lab: Lab) -> int:
    """Write a relation to a node that may not be made."""
    name = define(lab, {"next": {"type": {"type": "direct"}}})
    item = node(unique(), reference("view", name), next=ref(unique()))
    return apply(lab, item, autoCreateDirectRelations=False).status_code


def read_only_target(lab: Lab) -> list[int]:
    """Write relations into a space that one may only read, to a node there: as it is usual, and with care."""
    name, target = define(lab, {"next": {"type": {"type": "direct"}}}), unique()
    others = unique()
    lab.get("/models/spaces", {"items": [{"space": others}]})
    there = {"space": others, "externalId": target}
    lab.get("/models/instances", {"items": [{"instanceType": "node", **there}]})

    def acl(acl: str, *actions: str, space: str) -> dict[str, Any]:
        return {acl: {"actions": list(actions), "scope": {"spaceIdScope": {"spaceIds": [space]}}}}

    user = user_with(
        lab,
        acl("dataModelsAcl", "READ", space=SPACE),
        acl("dataModelInstancesAcl", "READ", "WRITE", space=SPACE),
        acl("dataModelInstancesAcl", "READ", space=others),
    )
    body = {"items": [node(unique(), reference("view", name), next=there)]}
    careful = {**body, "autoCreateDirectRelations": False}
    return [lab.status("/models/instances", each, headers=user) for each in (body, careful)]


def breach(lab: Lab) -> int:
    """Write a value that must be unique twice."""
    unique_tag = {"tag": {"constraintType": "uniqueness", "properties": ["tag"]}}
    name = define(lab, {"tag": TEXT}, constraints=unique_tag)
    view = reference("view", name)
    assert apply(lab, node(unique(), view, tag="a")).status_code == 200
    return apply(lab, node(unique(), view, tag="a")).status_code


def skipped(lab: Lab) -> list[bool]:
    """Write two nodes of which one is skipped for its version."""
    name = unique()
    apply(lab, node(name))
    late = node(name) | {"existingVersion": 0}
    answer = apply(lab, late, node(unique()), skipOnVersionConflict=True)
    return [each["wasModified"] for each in answer.json()["items"]]


def named_twice(lab: Lab) -> Any:
    """Write a node twice in one request."""
    name, view = unique(), reference("view", define(lab, {"tag": TEXT}))
    answer = apply(lab, node(name, view, tag="a"), node(name, view, tag="b"))
    if answer.status_code != 200:
        return answer.status_code
    body = {"items": [{"instanceType": "node", **ref(name)}], "sources": [{"source": view}]}
    (found,) = lab.items("/models/instances/byids", body)
    return next(iter(found["properties"][SPACE].values()))["tag"]


def kept(lab: Lab) -> Any:
    """Write the root of an asset, which the platform keeps."""
    name = unique()
    answer = apply(lab, node(name, ASSET, name="a", root=ref(unique())))
    if answer.status_code != 200:
        return answer.status_code
    return read(lab, name)["properties"]["root"] == ref(name)


def moved_edge(lab: Lab) -> int:
    """Let an edge end at another node."""
    start, one, other, name = (unique() for _ in range(4))
    apply(lab, *(node(each) for each in ("kind", start, one, other)))
    assert apply(lab, edge(name, start, one)).status_code == 200
    assert apply(lab, edge(name, start, one)).status_code == 200
    return apply(lab, edge(name, start, other)).status_code


def deleted_with_edge(lab: Lab) -> list[str]:
    """Delete a node with an edge; return what the answer tells of."""
    start, end = unique(), unique()
    apply(lab, *(node(each) for each in ("kind", start, end)))
    apply(lab, edge(unique(), start, end))
    return [each["instanceType"] for each in delete(lab, start).json()["items"]]


def type_in_use(lab: Lab) -> int:
    """Delete the type of a node."""
    type_ = unique()
    apply(lab, node(type_))
    apply(lab, node(unique()) | {"type": ref(type_)})
    return delete(lab, type_).status_code


def version_of_path(lab: Lab) -> int:
    """Return the version of an asset once it has its path."""
    name = unique()
    apply(lab, node(name, ASSET, name="a"))
    return read(lab, name)["version"]


def circle(lab: Lab) -> Any:
    """Make an asset its own grandparent."""
    top, below = unique(), unique()
    apply(lab, node(top, ASSET, name="top"))
    apply(lab, node(below, ASSET, name="below", parent=ref(top)))
    answer = apply(lab, node(top, ASSET, parent=ref(below)))
    if answer.status_code != 200:
        return answer.status_code
    return read(lab, top)["properties"]["path"] == [ref(top)]


def late_path(lab: Lab) -> list[Any]:
    """Write a parent, a child and a grandchild in one second; read their depths at once, then later."""
    names = [unique() for _ in range(3)]
    above: dict[str, Any] = {}
    for name in names:
        apply(lab, node(name, ASSET, name="a", **above))
        above = {"parent": ref(name)}
        lab.wait(0.3)
    at_once = _depths(lab, names)
    lab.wait(1)
    later = _depths(lab, names)
    delete(lab, names[0])
    gone = _depths(lab, names[1:])
    lab.wait(1)
    return [at_once, later, gone, _depths(lab, names[1:])]


def _depths(lab: Lab, names: list[str]) -> list[int]:
    found = [read(lab, name)["properties"] for name in names]
    assert all(("path" in each) == ("root" in each) == ("pathLastUpdatedTime" in each) for each in found)
    return [len(each.get("path", ())) for each in found]


SCENARIOS = {
    "relation-target-in-same-request": Scenario(with_its_target, {"400": 400, "accepted": 200}),
    "missing-target": Scenario(missing_target, {"409": 409, "400": 400}),
    "relation-into-read-only-space": Scenario(
        read_only_target, {"403": [403, 200], "if-missing": [200, 200]}
    ),
    "uniqueness-breach": Scenario(breach, {"409": 409, "400": 400}),
    "skipped-items": Scenario(skipped, {"left-out": [True], "answered": [False, True]}),
    "instance-named-twice": Scenario(named_twice, {"400": 400, "last-counts": "b"}),
    "kept-property-write": Scenario(kept, {"400": 400, "ignored": True}),
    "edge-ends": Scenario(moved_edge, {"fixed": 400, "may-change": 200}),
    "edges-of-deleted-nodes": Scenario(deleted_with_edge, {"unsaid": ["node"], "told": ["node", "edge"]}),
    "type-in-use": Scenario(type_in_use, {"400": 400, "deleted": 200}),
    "platform-write-moves-version": Scenario(version_of_path, {"yes": 2, "no": 1}),
    "asset-circle": Scenario(circle, {"400": 400, "no-path": True}),
    "asset-path-after": Scenario(
        late_path,
        {
            "1000": [[0, 0, 0], [1, 2, 3], [2, 3], [2, 3]],
            "0": [[1, 2, 3], [1, 2, 3], [2, 3], [2, 3]],
        },
    ),
}
