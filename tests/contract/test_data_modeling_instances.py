"""Writing, reading and deleting instances through the real SDK, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import (
    EdgeApply,
    EdgeId,
    NodeApply,
    NodeId,
    NodeOrEdgeData,
    SpaceApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import (
    Cognite3DObjectApply,
    Cognite360Image,
    Cognite360ImageAnnotation,
    Cognite360ImageAnnotationApply,
    Cognite360ImageApply,
    CogniteAsset,
    CogniteAssetApply,
)
from cognite.client.exceptions import CogniteAPIError

Refused = Callable[..., CogniteAPIError]
Post = Callable[..., Any]
SPACE = "instances"
CONTAINER = {"type": "container", "space": SPACE, "externalId": "Thing"}
VIEW = {"type": "view", "space": SPACE, "externalId": "Thing", "version": "v1"}
VIEW_ID = ViewId(SPACE, "Thing", "v1")
TYPES: dict[str, Any] = {
    "text": {"type": "text"},
    "texts": {"type": "text", "list": True},
    "yes": {"type": "boolean"},
    "small": {"type": "int32"},
    "large": {"type": "int64"},
    "single": {"type": "float32"},
    "double": {"type": "float64"},
    "doubles": {"type": "float64", "list": True},
    "time": {"type": "timestamp"},
    "day": {"type": "date"},
    "json": {"type": "json"},
    "node": {"type": "direct"},
    "nodes": {"type": "direct", "list": True},
    "kind": {"type": "enum", "values": {"a": {}, "b": {}}},
    "file": {"type": "file"},
}


def definition(external_id: str, properties: dict[str, Any], **further: Any) -> dict[str, Any]:
    """A container as a request has it."""
    return {"space": SPACE, "externalId": external_id, "properties": properties} | further


def reference(external_id: str) -> dict[str, str]:
    """A reference to a container."""
    return {"type": "container", "space": SPACE, "externalId": external_id}


@pytest.fixture(scope="module", autouse=True)
def model(client: CogniteClient, post: Post) -> None:
    """A container with a property of each type and a view over it, and some with demands."""
    client.data_modeling.spaces.apply(SpaceApply(SPACE))
    text = {"type": {"type": "text"}}
    containers = [
        definition("Thing", {name: {"type": type_} for name, type_ in TYPES.items()}),
        definition(
            "Strict",
            {
                "must": text | {"nullable": False},
                "default": text | {"defaultValue": "d"},
                "fixed": text | {"immutable": True},
                "few": {"type": {"type": "text", "list": True, "maxListSize": 2}},
            },
        ),
        definition("Edges", {"weight": {"type": {"type": "float64"}}}, usedFor="edge"),
        definition(
            "Unique",
            {"code": text, "number": {"type": {"type": "int32"}}},
            constraints={"u": {"constraintType": "uniqueness", "properties": ["code", "number"]}},
        ),
        definition("Needs", {"a": text}, constraints={"r": {"require": reference("Thing")}}),
        definition("Typed", {"to": {"type": {"type": "direct", "container": reference("Thing")}}}),
    ]
    post("/models/containers", {"items": containers})
    mapped = {name: {"container": CONTAINER, "containerPropertyIdentifier": name} for name in TYPES}
    view = {"space": SPACE, "externalId": "Thing", "version": "v1", "properties": mapped}
    post("/models/views", {"items": [view]})


def node(external_id: str, source: dict[str, str] | None = None, **properties: Any) -> dict[str, Any]:
    """A node as a request has it."""
    made: dict[str, Any] = {"instanceType": "node", "space": SPACE, "externalId": external_id}
    if source:
        made["sources"] = [{"source": source} | ({"properties": properties} if properties else {})]
    return made


def edge(external_id: str, start: str, end: str, **further: Any) -> dict[str, Any]:
    """An edge as a request has it."""
    return {
        "instanceType": "edge",
        "space": SPACE,
        "externalId": external_id,
        "type": to("edge_type"),
        "startNode": to(start),
        "endNode": to(end),
    } | further


def to(external_id: str) -> dict[str, str]:
    """The value of a direct relation."""
    return {"space": SPACE, "externalId": external_id}


def properties_of(client: CogniteClient, external_id: str) -> dict[str, Any]:
    """What the view shows of a node."""
    (found,) = client.data_modeling.instances.retrieve((SPACE, external_id), sources=VIEW_ID).nodes
    return dict(found.properties[VIEW_ID])


@pytest.fixture
def apply(post: Post) -> Callable[..., list[dict[str, Any]]]:
    """Write instances; return the items of the answer."""
    return lambda *items, **options: post("/models/instances", {"items": list(items), **options})["items"]


Apply = Callable[..., list[dict[str, Any]]]

EACH_TYPE: dict[str, Any] = {
    "text": "21-PT-1019 🙂",
    "texts": ["a", "b"],
    "yes": False,
    "small": -5,
    "large": 2**62,
    "single": 0.5,
    "double": 1e-300,
    "doubles": [1.5, 2.0],
    "time": "2024-05-31T02:12:29.123+00:00",
    "day": "2024-05-31",
    "json": {"a": [1, {"b": None}]},
    "node": to("target"),
    "nodes": [to("target"), to("other_target")],
    "kind": "b",
    "file": "file-1",
}


# ---- writing ----


@pytest.mark.parametrize("source", [CONTAINER, VIEW], ids=["container", "view"])
def test_each_type_of_value_comes_back_as_it_was_sent(
    client: CogniteClient, apply: Apply, source: Any
) -> None:
    name = f"each_type_{source['type']}"
    apply(node(name, source, **EACH_TYPE))
    assert properties_of(client, name) == EACH_TYPE


def test_typed_nodes_and_edges_of_the_sdk_come_back(client: CogniteClient) -> None:
    instances = client.data_modeling.instances
    image = Cognite360ImageApply(
        SPACE, "typed_image", euler_rotation_x=0.5, taken_at=datetime(2024, 5, 1, tzinfo=UTC)
    )
    thing = Cognite3DObjectApply(SPACE, "typed_object", x_min=0.0)
    asset = CogniteAssetApply(SPACE, "typed_asset", name="21-PT-1019", object_3d=(SPACE, "typed_object"))
    link = Cognite360ImageAnnotationApply(
        SPACE,
        "typed_link",
        ("cdf_cdm", "image-360-annotation"),
        start_node=(SPACE, "typed_object"),
        end_node=(SPACE, "typed_image"),
        polygon=[4.0, 1.5, 3.0, 1.5, 3.1, 1.6, 3.1, 1.6, 3.0],
        format_version="2.0.0",
        status="Approved",
        confidence=0.9,
    )
    made = instances.apply([image, thing, asset], [link])
    assert [each.was_modified for each in (*made.nodes, *made.edges)] == [True] * 4
    read_image = instances.retrieve_nodes((SPACE, "typed_image"), node_cls=Cognite360Image)
    assert (read_image.euler_rotation_x, read_image.taken_at) == (0.5, datetime(2024, 5, 1, tzinfo=UTC))
    read_asset = instances.retrieve_nodes((SPACE, "typed_asset"), node_cls=CogniteAsset)
    assert (read_asset.name, read_asset.object_3d.external_id) == ("21-PT-1019", "typed_object")
    read_link = instances.retrieve_edges((SPACE, "typed_link"), edge_cls=Cognite360ImageAnnotation)
    assert (read_link.polygon, read_link.status) == (link.polygon, "Approved")
    assert read_link.end_node.external_id == "typed_image"


def test_a_patch_changes_what_it_names_and_nothing_else(client: CogniteClient, apply: Apply) -> None:
    apply(node("patched", VIEW, text="a", small=1, texts=["x"]))
    (item,) = apply(node("patched", VIEW, text="b", small=None))
    assert (item["version"], item["wasModified"]) == (2, True)
    assert properties_of(client, "patched") == {"text": "b", "texts": ["x"]}


def test_replacing_clears_what_is_not_named(client: CogniteClient, apply: Apply) -> None:
    apply(node("replaced", VIEW, text="a", small=1))
    apply(node("replaced", VIEW, text="b"), replace=True)
    assert properties_of(client, "replaced") == {"text": "b"}


def test_what_changes_nothing_leaves_version_and_time_alone(apply: Apply) -> None:
    (first,) = apply(node("same", VIEW, **EACH_TYPE))
    (second,) = apply(node("same", VIEW, **EACH_TYPE))
    (third,) = apply(node("same", VIEW, text=EACH_TYPE["text"], time="2024-05-31T04:12:29.123+02:00"))
    for each in (second, third):
        assert not each["wasModified"]
        assert (each["version"], each["lastUpdatedTime"]) == (1, first["lastUpdatedTime"])


def test_an_empty_write_through_a_view_gives_data_to_all_its_containers(
    client: CogniteClient, apply: Apply
) -> None:
    apply(node("blank", VIEW), node("bare"))
    listed = client.data_modeling.instances.list(sources=VIEW_ID, limit=None, space=SPACE)
    names = {each.external_id for each in listed}
    assert "blank" in names
    assert "bare" not in names


def test_answers_come_in_the_order_of_the_request(apply: Apply) -> None:
    names = [f"order{number}" for number in (3, 1, 2)]
    apply(
        *(edge(f"{name}_edge", name, "order3") for name in names),
        autoCreateStartNodes=True,
        autoCreateEndNodes=True,
    )
    mixed = [node(names[0]), edge("order_edge", *names[:2]), node(names[1]), node(names[2], VIEW, text="a")]
    assert [each["externalId"] for each in apply(*mixed)] == [each["externalId"] for each in mixed]


def test_a_request_is_carried_out_whole_or_not_at_all(client: CogniteClient, refused: Refused) -> None:
    body = {"items": [node("whole1", VIEW, text="a"), node("whole2", VIEW, small="a")]}
    refused("/models/instances", body, match=r"instances:whole2.*small.*whole number")
    assert not client.data_modeling.instances.retrieve(
        [NodeId(SPACE, "whole1"), NodeId(SPACE, "whole2")]
    ).nodes


# ---- versions ----


@pytest.mark.parametrize(("existing", "expected"), [(0, 409), (1, 409), (2, 200), (3, 200), (None, 200)])
def test_a_write_conflicts_with_a_newer_version_only(
    apply: Apply, refused: Refused, existing: int | None, expected: int
) -> None:
    name = f"versioned_{existing}"
    apply(node(name, VIEW, text="a"))
    apply(node(name, VIEW, text="b"))
    write = node(name, VIEW, text="c") | {"existingVersion": existing}
    if expected == 409:
        refused("/models/instances", {"items": [write]}, match="has version 2, existingVersion is", code=409)
    else:
        assert apply(write)[0]["version"] == 3


def test_version_0_means_that_the_instance_must_be_new(client: CogniteClient) -> None:
    new = NodeApply(SPACE, "lease", existing_version=0)
    assert client.data_modeling.instances.apply(new).nodes[0].version == 1
    with pytest.raises(CogniteAPIError) as refusal:
        client.data_modeling.instances.apply(new)
    assert refusal.value.code == 409


def test_skipping_a_conflict_leaves_that_instance_alone_and_writes_the_others(
    client: CogniteClient, apply: Apply
) -> None:
    apply(node("skip", VIEW, text="a"))
    skipped = node("skip", VIEW, text="b") | {"existingVersion": 0}
    (written,) = apply(skipped, node("no_skip", VIEW, text="c"), skipOnVersionConflict=True)
    assert (written["externalId"], written["wasModified"]) == ("no_skip", True)
    assert properties_of(client, "skip") == {"text": "a"}


def test_an_instance_made_anew_starts_with_version_1(client: CogniteClient, apply: Apply) -> None:
    apply(node("phoenix", VIEW, text="a"))
    apply(node("phoenix", VIEW, text="b"))
    client.data_modeling.instances.delete((SPACE, "phoenix"))
    (item,) = apply(node("phoenix", VIEW, small=1))
    assert item["version"] == 1
    assert properties_of(client, "phoenix") == {"small": 1}


# ---- relations and edges ----


def test_targets_of_relations_and_types_are_made_on_the_way(client: CogniteClient, apply: Apply) -> None:
    apply(node("maker", VIEW, node=to("made1"), nodes=[to("made2")]) | {"type": to("made_type")})
    found = client.data_modeling.instances.retrieve(
        [NodeId(SPACE, name) for name in ("made1", "made2", "made_type")]
    )
    assert [each.version for each in found.nodes] == [1, 1, 1]


def test_targets_are_not_made_when_that_is_not_wanted(refused: Refused, apply: Apply) -> None:
    body = {"items": [node("n", VIEW, node=to("never_made"))], "autoCreateDirectRelations": False}
    refused("/models/instances", body, match="never_made, which does not exist", code=409)
    apply(node("n2", VIEW, node=to("n2")), autoCreateDirectRelations=False)  # itself is there
    apply(
        node("n3", VIEW, node=to("n4")), node("n4"), autoCreateDirectRelations=False
    )  # so is what comes along


@pytest.mark.parametrize(
    ("side", "option"), [("start", "autoCreateStartNodes"), ("end", "autoCreateEndNodes")]
)
def test_an_edge_needs_both_its_nodes(apply: Apply, refused: Refused, side: str, option: str) -> None:
    apply(node(f"there_{side}"))
    ends = {"start": f"there_{side}", "end": f"there_{side}"} | {side: f"missing_{side}"}
    made = edge(f"edge_{side}", ends["start"], ends["end"])
    refused("/models/instances", {"items": [made]}, match=f"missing_{side}", code=409)
    assert apply(made, **{option: True})[0]["wasModified"]


def test_an_edge_can_come_with_its_nodes(apply: Apply) -> None:
    assert len(apply(edge("together", "t1", "t2"), node("t1"), node("t2"))) == 3


def test_a_relation_cannot_point_to_an_edge(apply: Apply, refused: Refused) -> None:
    apply(edge("an_edge", "e1", "e2"), node("e1"), node("e2"))
    refused("/models/instances", {"items": [node("n", VIEW, node=to("an_edge"))]}, match="which is an edge")
    refused("/models/instances", {"items": [edge("another", "an_edge", "e2")]}, match="which is an edge")


def test_nodes_and_edges_share_their_external_ids(apply: Apply, refused: Refused) -> None:
    apply(edge("shared", "s1", "s2"), node("s1"), node("s2"))
    refused("/models/instances", {"items": [node("shared")]}, match="of the other type has this external id")


def test_the_target_of_a_typed_relation_must_be_there_with_its_data(apply: Apply, refused: Refused) -> None:
    pointing = node("points", reference("Typed"), to=to("typed_target"))
    refused("/models/instances", {"items": [pointing]}, match="must exist before")
    together = {"items": [pointing, node("typed_target", VIEW, text="a")]}
    refused("/models/instances", together, match="must exist before")
    apply(node("typed_target"))
    refused("/models/instances", {"items": [pointing]}, match="with data in the container instances:Thing")
    apply(node("typed_target", VIEW, text="a"))
    assert apply(pointing)[0]["wasModified"]


# ---- demands of containers ----


def test_a_property_that_must_have_a_value_gets_one(apply: Apply, refused: Refused) -> None:
    strict = reference("Strict")
    refused(
        "/models/instances", {"items": [node("strict", strict, default="x")]}, match="must must have a value"
    )
    apply(node("strict", strict, must="a"))
    apply(node("strict", strict, default="x"))  # it has its value
    refused("/models/instances", {"items": [node("strict", strict, must=None)]}, match="must have a value")
    body = {"items": [node("strict", strict, default="y")], "replace": True}
    refused("/models/instances", body, match="must have a value")


def test_a_default_fills_what_a_new_or_replaced_instance_leaves_out(
    client: CogniteClient, post: Post
) -> None:
    strict = reference("Strict")
    mapped = {"default": {"container": strict, "containerPropertyIdentifier": "default"}}
    view = {"space": SPACE, "externalId": "Defaults", "version": "v1", "properties": mapped}
    post("/models/views", {"items": [view]})

    def default() -> Any:
        source = ViewId(SPACE, "Defaults", "v1")
        (found,) = client.data_modeling.instances.retrieve((SPACE, "defaulted"), sources=source).nodes
        return found.properties[source].get("default")

    post("/models/instances", {"items": [node("defaulted", strict, must="a")]})
    assert default() == "d"
    post("/models/instances", {"items": [node("defaulted", strict, default=None)]})
    assert default() is None
    post("/models/instances", {"items": [node("defaulted", strict, must="b")], "replace": True})
    assert default() == "d"


def test_an_immutable_property_is_set_once(apply: Apply, refused: Refused) -> None:
    strict = reference("Strict")
    apply(node("fixed", strict, must="a"))
    apply(node("fixed", strict, fixed="a"))
    apply(node("fixed", strict, fixed="a"))
    refused("/models/instances", {"items": [node("fixed", strict, fixed="b")]}, match="immutable")


def test_a_container_can_require_another(apply: Apply, refused: Refused) -> None:
    needs = reference("Needs")
    refused("/models/instances", {"items": [node("needs", needs, a="a")]}, match="requires data in")
    both = node("needs", needs, a="a")
    both["sources"].append({"source": CONTAINER, "properties": {"text": "t"}})
    apply(both)
    apply(node("needs", needs, a="b"))


def test_no_two_instances_hold_the_same_unique_values(
    client: CogniteClient, apply: Apply, refused: Refused
) -> None:
    unique = reference("Unique")
    apply(node("u1", unique, code="a", number=1), node("u2", unique, code="a", number=2))
    apply(node("u3", unique, code="a"), node("u4", unique, code="a"))  # with a null nothing is the same
    taken = {"items": [node("u5", unique, code="a", number=1)]}
    refused("/models/instances", taken, match="instances:u1 has the same values", code=409)
    apply(node("u1", unique, number=3))
    apply(node("u5", unique, code="a", number=1))
    client.data_modeling.instances.delete((SPACE, "u5"))
    apply(node("u6", unique, code="a", number=1))
    swap = [node("u2", unique, number=3), node("u1", unique, number=2)]
    apply(*swap)


def test_two_assets_cannot_share_a_3d_object(client: CogniteClient) -> None:
    """The core data model's own constraint: an approval must look whose the object is."""
    client.data_modeling.instances.apply(
        CogniteAssetApply(SPACE, "holder", object_3d=(SPACE, "shared_object"))
    )
    with pytest.raises(CogniteAPIError, match="uniqueObject3D") as refusal:
        client.data_modeling.instances.apply(
            CogniteAssetApply(SPACE, "other", object_3d=(SPACE, "shared_object"))
        )
    assert refusal.value.code == 409


def test_containers_hold_what_they_are_for(refused: Refused, apply: Apply) -> None:
    refused("/models/instances", {"items": [node("n", reference("Edges"), weight=1)]}, match="for edges only")
    weighed = edge("weighed", "w1", "w2", sources=[{"source": CONTAINER, "properties": {"text": "a"}}])
    refused("/models/instances", {"items": [weighed, node("w1"), node("w2")]}, match="for nodes only")


# ---- what is refused ----


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"nothing": 1}, "does not exist"),
        ({"text": 1}, "text: expected text"),
        ({"texts": ["a"] * 1001}, "limit of 1000"),
        ({"nodes": [to("a")] * 101}, "limit of 100"),
        ({"text": "x" * 128_001}, "128001 bytes"),
        ({"json": {f"k{number}": "x" * 10_000 for number in range(5)}}, "limit of 40960"),
        ({"kind": "c"}, "one of a, b"),
        ({"time": 5}, "timestamp"),
        ({"node": {"space": SPACE}}, "direct relation"),
        ({"node": {"space": "nowhere", "externalId": "x"}}, "Space nowhere does not exist"),
    ],
)
def test_values_that_do_not_fit_are_refused_with_the_reason(
    refused: Refused, properties: Any, reason: str
) -> None:
    for source in (CONTAINER, VIEW):
        refused("/models/instances", {"items": [node("unfit", source, **properties)]}, match=reason)


def test_values_at_their_limits_are_accepted(apply: Apply) -> None:
    limits = {"texts": ["a"] * 1000, "nodes": [to("a")] * 100, "text": "x" * 128_000}
    assert apply(node("fit", VIEW, **limits))[0]["wasModified"]
    assert apply(node("fit2", reference("Strict"), must="a", few=["a", "b"]))[0]["wasModified"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"externalId": ""}, "externalId"),
        ({"externalId": "x" * 257}, "256"),
        ({"externalId": "a\x00"}, "pattern"),
        ({"space": "nowhere"}, "does not exist"),
        ({"space": "1"}, "pattern"),
        ({"instanceType": "thing"}, "node"),
        ({"sources": []}, "at least 1"),
        ({"sources": [{"source": VIEW, "properties": {}}]}, "at least 1"),
        (
            {"sources": [{"source": CONTAINER | {"externalId": "Nowhere"}, "properties": {"a": 1}}]},
            "does not exist",
        ),
        ({"sources": [{"source": VIEW | {"version": "v2"}, "properties": {"text": "a"}}]}, "does not exist"),
        ({"sources": [{"source": VIEW, "properties": {"text": "a"}}] * 101}, "at most 100"),
        ({"startNode": to("a")}, "Unknown field"),
        ({"existingVersion": "1"}, "valid integer"),
        ({"colour": "red"}, "Unknown field"),
    ],
)
def test_what_is_no_node_is_refused(refused: Refused, change: Any, reason: str) -> None:
    refused("/models/instances", {"items": [node("n", VIEW, text="a") | change]}, match=reason)


def test_an_external_id_at_its_limit_is_accepted(apply: Apply) -> None:
    assert apply(node("é" * 256))[0]["externalId"] == "é" * 256


def test_an_edge_has_a_type_and_two_ends(refused: Refused) -> None:
    for name in ("type", "startNode", "endNode"):
        incomplete = {key: value for key, value in edge("e", "a", "b").items() if key != name}
        refused("/models/instances", {"items": [incomplete]}, match=f"{name}: Field required")


def test_a_request_writes_and_deletes_up_to_1000_instances(post: Post, refused: Refused) -> None:
    nodes = [node(f"many{number}") for number in range(1000)]
    assert len(post("/models/instances", {"items": nodes})["items"]) == 1000
    refused("/models/instances", {"items": [*nodes, node("one_more")]}, match="1000")
    deletions = [{name: each[name] for name in ("instanceType", "space", "externalId")} for each in nodes]
    both = {"items": [node("one_more")], "delete": deletions}
    refused("/models/instances", both, match="together are more than 1000")
    refused("/models/instances/delete", {"items": [*deletions, deletions[0]]}, match="1000")
    refused("/models/instances/delete", {"items": []}, match="at least 1")
    assert (
        len(post("/models/instances", {"items": [node("one_more")], "delete": deletions[1:]})["deleted"])
        == 999
    )


def test_an_instance_is_named_once_in_a_request(refused: Refused) -> None:
    refused("/models/instances", {"items": [node("twice"), node("twice")]}, match="named twice")
    deletion = {"instanceType": "node", "space": SPACE, "externalId": "twice"}
    refused("/models/instances", {"items": [node("twice")], "delete": [deletion]}, match="named twice")


# ---- reading ----


def test_reading_by_ids_leaves_out_what_is_not_there(client: CogniteClient, apply: Apply) -> None:
    apply(node("here", VIEW, text="a"), node("bare_here"), edge("edge_here", "here", "bare_here"))
    instances = client.data_modeling.instances
    ids = [NodeId(SPACE, name) for name in ("bare_here", "nowhere", "here", "edge_here")]
    assert [each.external_id for each in instances.retrieve(ids).nodes] == ["bare_here", "here"]
    assert [each.external_id for each in instances.retrieve(ids, sources=VIEW_ID).nodes] == ["here"]
    edges = instances.retrieve(edges=[EdgeId(SPACE, "edge_here"), EdgeId(SPACE, "here")]).edges
    assert [(each.external_id, each.start_node.external_id) for each in edges] == [("edge_here", "here")]
    assert instances.retrieve_nodes((SPACE, "nowhere")) is None


def test_a_request_reads_1_to_1000_instances(post: Post, refused: Refused) -> None:
    items = [{"instanceType": "node", "space": SPACE, "externalId": f"x{number}"} for number in range(1001)]
    assert post("/models/instances/byids", {"items": items[:1000]}) == {"items": []}
    refused("/models/instances/byids", {"items": items}, match="1000")
    refused("/models/instances/byids", {"items": []}, match="at least 1")
    sources = [{"source": VIEW | {"version": f"v{number}"}} for number in range(11)]
    refused("/models/instances/byids", {"items": items[:1], "sources": sources}, match="at most 10")
    refused("/models/instances/byids", {"items": items[:1], "sources": sources[2:3]}, match="does not exist")


def test_types_come_along_when_asked_for(client: CogniteClient, post: Post, apply: Apply) -> None:
    apply(node("typing", VIEW, text="a"))
    identifier = {"instanceType": "node", "space": SPACE, "externalId": "typing"}
    read = {"items": [identifier], "sources": [{"source": VIEW}], "includeTyping": True}
    typing = post("/models/instances/byids", read)["typing"][SPACE]["Thing/v1"]
    assert set(typing) == set(TYPES)
    assert typing["doubles"]["type"] == {"type": "float64", "list": True}
    listed = client.data_modeling.instances.list(sources=VIEW_ID, include_typing=True, space=SPACE, limit=1)
    assert listed.typing[SPACE]["Thing/v1"]["text"].nullable


def test_a_view_with_a_filter_of_its_own_shows_what_meets_it(
    client: CogniteClient, post: Post, apply: Apply
) -> None:
    """And not, as other views do, what has data in its containers; writing through it is not filtered."""
    mapped = {"text": {"container": CONTAINER, "containerPropertyIdentifier": "text"}}
    filter_ = {"equals": {"property": ["node", "type"], "value": to("shown_type")}}
    view = {"space": SPACE, "externalId": "Shown", "version": "v1", "properties": mapped, "filter": filter_}
    post("/models/views", {"items": [view]})
    source = {"type": "view", "space": SPACE, "externalId": "Shown", "version": "v1"}
    apply(node("hidden", source, text="a"), node("shown") | {"type": to("shown_type")})
    identifier = ViewId(SPACE, "Shown", "v1")
    assert [each.external_id for each in client.data_modeling.instances.list(sources=identifier)] == ["shown"]
    has_data = {"filter": {"hasData": [source]}}
    assert [each["externalId"] for each in post("/models/instances/list", has_data)["items"]] == ["shown"]
    read = client.data_modeling.instances.retrieve([(SPACE, "hidden"), (SPACE, "shown")], sources=identifier)
    assert [each.external_id for each in read.nodes] == ["shown"]


# ---- deleting ----


def test_deleting_a_node_deletes_its_edges(client: CogniteClient, apply: Apply) -> None:
    apply(
        *(node(f"d{number}") for number in range(3)),
        edge("d01", "d0", "d1"),
        edge("d20", "d2", "d0"),
        edge("d12", "d1", "d2"),
    )
    instances = client.data_modeling.instances
    deleted = instances.delete(nodes=[(SPACE, "d0"), (SPACE, "nowhere")])
    assert deleted.nodes == [NodeId(SPACE, "d0")]
    left = instances.retrieve(edges=[EdgeId(SPACE, name) for name in ("d01", "d20", "d12")]).edges
    assert [each.external_id for each in left] == ["d12"]


def test_deleting_with_a_version_conflicts_with_a_newer_one(
    post: Post, refused: Refused, apply: Apply
) -> None:
    apply(node("old", VIEW, text="a"))
    apply(node("old", VIEW, text="b"))
    deletion = {"instanceType": "node", "space": SPACE, "externalId": "old"}
    items = {"items": [deletion | {"existingVersion": 1}]}
    refused("/models/instances/delete", items, match="has version 2", code=409)
    skipped = {"items": [], "delete": items["items"], "skipOnVersionConflict": True}
    assert post("/models/instances", skipped)["deleted"] == []
    assert post("/models/instances/delete", {"items": [deletion | {"existingVersion": 2}]}) == {
        "items": [deletion]
    }


def test_writes_and_deletes_of_one_request_go_together(post: Post, refused: Refused, apply: Apply) -> None:
    apply(node("leaves"))
    deletion = {"instanceType": "node", "space": SPACE, "externalId": "leaves"}
    bad = {"items": [node("comes", VIEW, small="a")], "delete": [deletion]}
    refused("/models/instances", bad, match="whole number")
    answer = post("/models/instances", {"items": [node("comes")], "delete": [deletion]})
    assert (answer["items"][0]["externalId"], answer["deleted"]) == ("comes", [deletion])


def test_a_type_outlives_its_instances(client: CogniteClient, apply: Apply, refused: Refused) -> None:
    apply(node("of_type") | {"type": to("the_type")})
    deletion = {"items": [{"instanceType": "node", "space": SPACE, "externalId": "the_type"}]}
    refused("/models/instances/delete", deletion, match="has one of the nodes as its type")
    client.data_modeling.instances.delete(nodes=[(SPACE, "of_type"), (SPACE, "the_type")])


def test_deleting_from_a_space_that_is_not_there_is_refused(refused: Refused) -> None:
    item = {"instanceType": "node", "space": "nowhere", "externalId": "x"}
    refused("/models/instances/delete", {"items": [item]}, match="does not exist")


def test_the_id_of_a_node_deletes_no_edge(client: CogniteClient, apply: Apply) -> None:
    apply(edge("stays", "st1", "st2"), node("st1"), node("st2"))
    assert client.data_modeling.instances.delete(nodes=(SPACE, "stays")).nodes == []
    assert client.data_modeling.instances.delete(edges=(SPACE, "stays")).edges == [EdgeId(SPACE, "stays")]


# ---- lists ----


@pytest.fixture(scope="module")
def seven(client: CogniteClient) -> ViewId:
    """Seven nodes in a space of their own, with texts, numbers and gaps."""
    client.data_modeling.spaces.apply(SpaceApply("seven"))
    nodes = [
        NodeApply(
            "seven", f"n{number}", sources=[NodeOrEdgeData(VIEW_ID, {"text": text, "small": number % 3})]
        )
        for number, text in enumerate(["b", "a", None, "c", "A", None, "ab"])
    ]
    client.data_modeling.instances.apply(nodes)
    return VIEW_ID


def listed(client: CogniteClient, *sort: dict[str, Any]) -> str:
    """The nodes in the order of a sort, by their numbers."""
    found = client.data_modeling.instances.list(space="seven", sort=list(sort), limit=None)
    return "".join(each.external_id[1] for each in found)


def by(name: str, direction: str = "ascending", **further: Any) -> dict[str, Any]:
    """A sort by a property of the view."""
    return {"property": [SPACE, "Thing/v1", name], "direction": direction} | further


def test_a_list_goes_on_from_page_to_page(client: CogniteClient, post: Post, seven: ViewId) -> None:
    body: dict[str, Any] = {
        "filter": {"equals": {"property": ["node", "space"], "value": "seven"}},
        "limit": 3,
    }
    pages = []
    while True:
        answer = post("/models/instances/list", body)
        pages.append([each["externalId"] for each in answer["items"]])
        if "nextCursor" not in answer:
            break
        body["cursor"] = answer["nextCursor"]
    assert pages == [["n0", "n1", "n2"], ["n3", "n4", "n5"], ["n6"]]
    chunks = client.data_modeling.instances(chunk_size=3, instance_type="node", space="seven")
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]


def test_nulls_come_where_the_sort_says(client: CogniteClient, seven: ViewId) -> None:
    assert listed(client, by("text")) == "4160325"
    assert listed(client, by("text", "descending")) == "3061425"
    assert listed(client, by("text", nullsFirst=True)) == "2541603"
    assert listed(client, by("small"), by("text")) == "6034125"


def test_a_sort_without_a_cursorable_index_has_one_page(post: Post, refused: Refused, seven: ViewId) -> None:
    space = {"equals": {"property": ["node", "space"], "value": "seven"}}
    body = {"filter": space, "sort": [by("text")], "limit": 3}
    answer = post("/models/instances/list", body)
    assert len(answer["items"]) == 3
    assert "nextCursor" not in answer


def test_a_sort_with_a_cursorable_index_has_pages(client: CogniteClient, post: Post) -> None:
    client.data_modeling.spaces.apply(SpaceApply("paged"))
    ids = ["c", None, "a", "b", None, "d", "a"]
    client.data_modeling.instances.apply(
        [CogniteAssetApply("paged", f"n{number}", source_id=each) for number, each in enumerate(ids)]
    )
    for direction, nulls_first, expected in (
        ("ascending", False, "2630514"),
        ("descending", False, "5032614"),
        ("ascending", True, "1426305"),
    ):
        sort = {"property": ["cdf_cdm", "CogniteSourceable", "sourceId"], "direction": direction}
        body: dict[str, Any] = {
            "filter": {"equals": {"property": ["node", "space"], "value": "paged"}},
            "sort": [sort | {"nullsFirst": nulls_first}],
            "limit": 2,
        }
        pages = []
        while True:
            answer = post("/models/instances/list", body)
            pages.append("".join(each["externalId"][1] for each in answer["items"]))
            if "nextCursor" not in answer:
                break
            body["cursor"] = answer["nextCursor"]
        assert ("".join(pages), len(pages)) == (expected, 4)


def test_a_cursor_is_only_good_for_the_list_that_gave_it_out(
    post: Post, refused: Refused, seven: ViewId
) -> None:
    space = {"equals": {"property": ["node", "space"], "value": "seven"}}
    cursor = post("/models/instances/list", {"filter": space, "limit": 3})["nextCursor"]
    post("/models/instances/list", {"filter": space, "limit": 2, "cursor": cursor})
    for body in (
        {"filter": {"matchAll": {}}, "cursor": cursor},
        {"instanceType": "edge", "cursor": cursor},
        {"filter": space, "sources": [{"source": VIEW}], "cursor": cursor},
        {"filter": space, "cursor": "nonsense"},
        {"filter": space, "cursor": ""},
        {"filter": space, "cursor": cursor[:-4]},
    ):
        refused("/models/instances/list", body, match="cursor")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"sort": [by("text")] * 6}, "at most 5"),
        ({"sort": [by("texts")]}, "cannot be sorted by"),
        ({"sort": [by("nothing")]}, "none of its properties"),
        ({"sources": [{"source": CONTAINER}]}, "view"),
        ({"instanceType": "thing"}, "node"),
        ({"colour": "red"}, "Unknown field"),
    ],
)
def test_what_is_no_list_is_refused(refused: Refused, body: Any, reason: str) -> None:
    refused("/models/instances/list", body, match=reason)


@pytest.mark.parametrize(
    ("filter_", "reason"),
    [
        ({}, "one filter"),
        ({"matchAll": {}, "exists": {"property": ["node", "space"]}}, "one filter"),
        ({"and": []}, "at least 1"),
        ({"equals": {"property": ["node", "colour"], "value": 1}}, "no base property colour"),
        ({"equals": {"property": ["edge", "space"], "value": "a"}}, "property of edges"),
        ({"equals": {"property": ["node", "startNode"], "value": to("a")}}, "no base property startNode"),
        ({"equals": {"property": ["a"], "value": 1}}, "names no property"),
        ({"equals": {"property": [SPACE, "Nowhere", "a"], "value": 1}}, "does not exist"),
        ({"equals": {"property": [SPACE, "Thing/v9", "a"], "value": 1}}, "does not exist"),
        ({"equals": {"property": [SPACE, "Thing", "text"], "value": 1}}, "expected text"),
        ({"equals": {"property": [SPACE, "Thing", "text"], "value": None}}, "expected text"),
        ({"equals": {"property": [SPACE, "Thing", "text"]}}, "value: Field required"),
        ({"equals": {"property": [SPACE, "Thing", "texts"], "value": "a"}}, "compared with a list"),
        ({"equals": {"property": [SPACE, "Thing", "text"], "value": {"parameter": "p"}}}, "Only queries"),
        (
            {
                "equals": {
                    "property": [SPACE, "Thing", "text"],
                    "value": {"property": [SPACE, "Thing", "small"]},
                }
            },
            "cannot be compared",
        ),
        ({"in": {"property": [SPACE, "Thing", "text"], "values": "a"}}, "must be a list"),
        ({"containsAny": {"property": [SPACE, "Thing", "text"], "values": ["a"]}}, "is no list"),
        ({"range": {"property": [SPACE, "Thing", "text"], "gt": "a"}}, "only those have a range"),
        ({"range": {"property": [SPACE, "Thing", "small"]}}, "at least one of"),
        ({"range": {"property": [SPACE, "Thing", "small"], "gt": 1, "gte": 1}}, "only one of gt"),
        ({"prefix": {"property": [SPACE, "Thing", "small"], "value": 1}}, "only text has a prefix"),
        ({"prefix": {"property": [SPACE, "Thing", "texts"], "value": ["a"]}}, "only queries"),
        ({"nested": {"scope": [SPACE, "Thing", "text"], "filter": {"matchAll": {}}}}, "no direct relation"),
        ({"hasData": [{"type": "view", "space": SPACE, "externalId": "Thing"}]}, "version: Field required"),
        ({"instanceReferences": [{"space": SPACE}]}, "externalId: Field required"),
        ({"not": {"not": {"sounds": "like"}}}, "one filter"),
    ],
)
def test_what_is_no_filter_is_refused_with_the_reason(refused: Refused, filter_: Any, reason: str) -> None:
    refused("/models/instances/list", {"filter": filter_}, match=reason)


def test_a_filter_too_deep_or_too_large_is_refused(refused: Refused) -> None:
    deep: dict[str, Any] = {"matchAll": {}}
    for _ in range(30):
        deep = {"not": deep}
    refused("/models/instances/list", {"filter": deep}, match="deep")
    many = {"or": [{"equals": {"property": [SPACE, "Thing", "text"], "value": str(n)}} for n in range(9000)]}
    refused("/models/instances/list", {"filter": many}, match="too large")


def test_edges_are_listed_by_their_type_and_ends(client: CogniteClient, apply: Apply) -> None:
    apply(
        node("l1"),
        node("l2"),
        edge("l12", "l1", "l2"),
        edge("l21", "l2", "l1") | {"type": to("other_edge_type")},
    )
    for name, value, expected in (
        ("type", to("other_edge_type"), ["l21"]),
        ("startNode", to("l1"), ["l12"]),
        ("endNode", to("l1"), ["l21"]),
    ):
        filter_ = {"equals": {"property": ["edge", name], "value": value}}
        found = client.post(
            "/api/v1/projects/local/models/instances/list", json={"instanceType": "edge", "filter": filter_}
        )
        assert [each["externalId"] for each in found.json()["items"]] == expected


def test_an_edge_can_be_written_through_the_sdk(client: CogniteClient, apply: Apply) -> None:
    apply(node("p1"), node("p2"))
    made = client.data_modeling.instances.apply(
        edges=EdgeApply(
            SPACE, "p12", type=(SPACE, "edge_type"), start_node=(SPACE, "p1"), end_node=(SPACE, "p2")
        )
    )
    assert made.edges[0].was_modified
