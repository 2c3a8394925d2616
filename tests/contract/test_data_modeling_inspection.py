"""What hangs on containers, and how much there is of everything: asked before something is deleted."""

from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId

from tests.conftest import Post, UserOf, capabilities

INSPECT = "/models/containers/inspect"
Json = dict[str, Any]


@pytest.fixture
def space(post: Post) -> str:
    """A space."""
    return new_space(post)


def new_space(post: Post) -> str:
    """Make a space; return its name."""
    name = f"s_{uuid4().hex[:12]}"
    post("/models/spaces", {"items": [{"space": name}]})
    return name


def container(post: Post, space: str, name: str = "C") -> Json:
    """Make a container with one property; return its identifier."""
    properties = {"p": {"type": {"type": "text"}}}
    item = {"space": space, "externalId": name, "properties": properties, "usedFor": "node"}
    post("/models/containers", {"items": [item]})
    return {"space": space, "externalId": name}


def view(post: Post, space: str, name: str, of: Json, version: str = "1") -> Json:
    """Make a view of a container; return its reference."""
    mapped = {"container": {"type": "container"} | of, "containerPropertyIdentifier": "p"}
    key = {"space": space, "externalId": name, "version": version}
    post("/models/views", {"items": [key | {"properties": {"p": mapped}}]})
    return {"type": "view"} | key


def inspected(post: Post, of: Json, **operations: Json) -> Json:
    """The results of operations on one container."""
    (found,) = post(INSPECT, {"inspectionOperations": operations, "items": [of]})["items"]
    assert {name: found[name] for name in of} == of
    return found["inspectionResults"]


def test_a_container_tells_which_views_map_it(post: Post, space: str) -> None:
    of = container(post, space)
    assert inspected(post, of, involvedViews={}, totalInvolvedViewCount={}) == {
        "involvedViews": [],
        "involvedViewCount": 0,
    }
    old, new = (view(post, space, "V", of, version) for version in ("1", "2"))
    other = view(post, new_space(post), "W", of)
    assert inspected(post, of, involvedViews={})["involvedViews"] == [new, other]
    assert inspected(post, of, involvedViews={"allVersions": True})["involvedViews"] == [old, new, other]
    assert inspected(post, of, totalInvolvedViewCount={"allVersions": True}) == {"involvedViewCount": 3}


def test_views_that_the_caller_may_not_read_are_counted_only_if_that_is_asked_for(
    post: Post, space: str, user_of: UserOf
) -> None:
    of = container(post, space)
    ours = view(post, space, "V", of)
    view(post, new_space(post), "W", of)
    user = user_of(capabilities("dataModelsAcl:READ", scope={"spaceIdScope": {"spaceIds": [space]}}))
    body = {
        "inspectionOperations": {"involvedViews": {}, "totalInvolvedViewCount": {}},
        "items": [of],
    }
    url = "/api/v1/projects/local" + INSPECT
    (found,) = user.post(url, json=body).json()["items"]
    assert found["inspectionResults"] == {"involvedViews": [ours], "involvedViewCount": 2}
    body["inspectionOperations"]["totalInvolvedViewCount"] = {"includeUnavailableViews": False}
    (found,) = user.post(url, json=body).json()["items"]
    assert found["inspectionResults"]["involvedViewCount"] == 1


def test_a_container_that_is_not_there_is_left_out(post: Post, space: str) -> None:
    there = container(post, space)
    body = {
        "inspectionOperations": {"involvedViews": {}},
        "items": [{"space": space, "externalId": "X"}, there],
    }
    assert [each["externalId"] for each in post(INSPECT, body)["items"]] == ["C"]


def test_a_space_and_the_project_say_how_much_there_is(post: Post, space: str, client: CogniteClient) -> None:
    before = client.data_modeling.statistics.project()
    view(post, space, "V", container(post, space))
    client.data_modeling.instances.apply([NodeApply(space, each) for each in "abc"])
    client.data_modeling.instances.delete(NodeId(space, "a"))
    now = client.data_modeling.statistics.spaces.retrieve(space)
    assert now is not None
    assert (now.containers, now.views, now.data_models, now.edges) == (1, 1, 0, 0)
    assert (now.nodes, now.soft_deleted_nodes) == (2, 1)
    assert now.space in [each.space for each in client.data_modeling.statistics.spaces.list()]
    assert client.data_modeling.statistics.spaces.retrieve("none") is None
    after = client.data_modeling.statistics.project()
    assert after.containers.count == before.containers.count + 1
    assert after.container_properties.count == before.container_properties.count + 1
    assert after.instances.nodes == before.instances.nodes + 2
    assert after.instances.soft_deleted_nodes == before.instances.soft_deleted_nodes + 1
    assert after.spaces.limit >= after.spaces.count
