"""Spaces, containers, views and data models through the real SDK, and what is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import (
    ContainerApply,
    ContainerId,
    DataModelApply,
    DataModelId,
    DirectRelation,
    DirectRelationReference,
    MappedPropertyApply,
    MultiEdgeConnectionApply,
    MultiReverseDirectRelationApply,
    NodeApply,
    NodeOrEdgeData,
    PropertyId,
    SpaceApply,
    Text,
    ViewApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.containers import (
    BTreeIndexApply,
    ContainerPropertyApply,
    InvertedIndexApply,
    RequiresConstraintApply,
    UniquenessConstraintApply,
)
from cognite.client.data_classes.data_modeling.data_types import Enum, EnumValue, Float64, UnitReference
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf

Refused = Callable[..., CogniteAPIError]
Post = Callable[..., Any]
SPACE = "definitions"
TEXT = {"type": {"type": "text"}}


@pytest.fixture(scope="module", autouse=True)
def space(client: CogniteClient) -> str:
    """The space of these tests."""
    return client.data_modeling.spaces.apply(SpaceApply(SPACE, "d", "n")).space


def container(external_id: str, **further: Any) -> dict[str, Any]:
    """A container with one text property, as a request has it."""
    return {"space": SPACE, "externalId": external_id, "properties": {"name": TEXT}} | further


def reference(external_id: str) -> dict[str, str]:
    """A reference to a container."""
    return {"type": "container", "space": SPACE, "externalId": external_id}


def mapped(external_id: str, name: str = "name") -> dict[str, Any]:
    """A property of a view."""
    return {"container": reference(external_id), "containerPropertyIdentifier": name}


def view(external_id: str, version: str = "v1", **further: Any) -> dict[str, Any]:
    """A view without properties, as a request has it."""
    return {"space": SPACE, "externalId": external_id, "version": version} | further


def view_reference(external_id: str, version: str = "v1") -> dict[str, str]:
    """A reference to a view."""
    return {"type": "view"} | view(external_id, version)


# ---- spaces ----


def test_a_space_comes_changes_and_goes(client: CogniteClient) -> None:
    spaces = client.data_modeling.spaces
    made = spaces.apply(SpaceApply("passing", "description", "name"))
    assert (made.description, made.name, made.is_global) == ("description", "name", False)
    assert (
        spaces.apply(SpaceApply("passing", "description", "name")).last_updated_time == made.last_updated_time
    )
    assert spaces.apply(SpaceApply("passing", "other")).description == "other"
    assert spaces.retrieve("passing").name is None
    assert spaces.retrieve(["passing", "nowhere"]).as_ids() == ["passing"]
    assert spaces.delete(["passing", "nowhere"]) == ["passing"]
    assert spaces.retrieve("passing") is None


def test_only_an_empty_space_can_be_deleted(client: CogniteClient, refused: Refused) -> None:
    client.data_modeling.spaces.apply(SpaceApply("full"))
    client.data_modeling.instances.apply(NodeApply("full", "n"))
    refused("/models/spaces/delete", {"items": [{"space": "full"}]}, match="holds instances")
    client.data_modeling.instances.delete(("full", "n"))
    client.data_modeling.spaces.delete("full")


@pytest.mark.parametrize("name", ["a" * 43, "A", "a-b_c9"])
def test_a_space_id_at_its_limits_is_accepted(client: CogniteClient, name: str) -> None:
    assert client.data_modeling.spaces.apply(SpaceApply(name, "d" * 1024, "n" * 255)).space == name
    client.data_modeling.spaces.delete(name)


@pytest.mark.parametrize(
    "item",
    [
        *({"space": name} for name in ("a" * 44, "", "1a", "_a", "ä", "a b", "a\n")),
        *({"space": name} for name in ("space", "cdf", "dms", "pg3", "shared", "system", "node", "edge")),
        {"space": "ok", "name": "n" * 256},
        {"space": "ok", "description": "d" * 1025},
        {"space": "ok", "colour": "red"},
        {},
    ],
)
def test_what_cannot_be_a_space_is_refused(refused: Refused, item: Any) -> None:
    refused("/models/spaces", {"items": [item]}, match=r"items\[0\]")


@pytest.mark.parametrize("path", ["/models/spaces", "/models/spaces/byids", "/models/spaces/delete"])
def test_a_request_names_1_to_100_spaces(post: Post, refused: Refused, path: str) -> None:
    refused(path, {"items": []})
    refused(path, {"items": [{"space": f"s{number}"} for number in range(101)]}, match="100")
    if path != "/models/spaces":
        post(path, {"items": [{"space": f"nowhere{number}"} for number in range(100)]})


# ---- containers ----


FULL_CONTAINER = ContainerApply(
    SPACE,
    "Full",
    {
        "name": ContainerPropertyApply(Text(), nullable=False, name="Name", description="What it is called"),
        "code": ContainerPropertyApply(Text(max_text_size=10), default_value="none"),
        "tags": ContainerPropertyApply(Text(is_list=True, max_list_size=5)),
        "pressure": ContainerPropertyApply(
            Float64(unit=UnitReference("pressure:bar", "BAR")), immutable=True
        ),
        "parent": ContainerPropertyApply(DirectRelation(container=ContainerId(SPACE, "Full"))),
        "state": ContainerPropertyApply(Enum({"on": EnumValue("On", "It runs"), "off": EnumValue()}, "off")),
    },
    description="d",
    name="n",
    used_for="node",
    constraints={
        "unique_name": UniquenessConstraintApply(["name"]),
        "described": RequiresConstraintApply(ContainerId("cdf_cdm", "CogniteDescribable")),
    },
    indexes={
        "by_name": BTreeIndexApply(["name"], cursorable=True),
        "by_tag": InvertedIndexApply(["tags"]),
    },
)


def test_a_container_comes_back_as_it_was_sent(client: CogniteClient) -> None:
    made = client.data_modeling.containers.apply(FULL_CONTAINER)
    assert made.as_write().dump() == FULL_CONTAINER.dump()
    assert client.data_modeling.containers.retrieve(ContainerId(SPACE, "Full")).dump() == made.dump()
    assert not made.is_global
    assert made.properties["name"].constraint_state.nullability == "current"
    assert made.properties["tags"].constraint_state.max_list_size == "current"
    assert made.properties["code"].constraint_state.max_text_size == "current"
    assert {each.state for each in (*made.constraints.values(), *made.indexes.values())} == {"current"}
    again = client.data_modeling.containers.apply(FULL_CONTAINER)
    assert again.last_updated_time == made.last_updated_time


def test_a_container_can_grow(post: Post) -> None:
    post("/models/containers", {"items": [container("Grows", indexes={"i": {"properties": ["name"]}})]})
    properties = {
        "name": {"type": {"type": "text", "maxTextSize": 100}, "nullable": False, "description": "d"},
        "more": {"type": {"type": "int64"}},
    }
    (grown,) = post("/models/containers", {"items": [container("Grows", properties=properties)]})["items"]
    assert set(grown["properties"]) == {"name", "more"}
    assert set(grown["indexes"]) == {"i"}  # what is not named stays
    assert grown["properties"]["name"]["constraintState"] == {
        "nullability": "current",
        "maxTextSize": "current",
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"properties": {"other": TEXT}}, "cannot be deleted"),
        ({"properties": {"name": {"type": {"type": "int32"}}}}, "type cannot change"),
        ({"properties": {"name": {"type": {"type": "text", "list": True}}}}, "type cannot change"),
        ({"usedFor": "edge"}, "usedFor cannot change"),
        (
            {"constraints": {"late": {"constraintType": "uniqueness", "properties": ["name"]}}},
            "only a new container",
        ),
        ({"indexes": {"i": {"properties": ["name"], "cursorable": True}}}, "cannot change"),
    ],
)
def test_a_container_cannot_change_otherwise(post: Post, refused: Refused, change: Any, reason: str) -> None:
    post("/models/containers", {"items": [container("Stays", indexes={"i": {"properties": ["name"]}})]})
    refused("/models/containers", {"items": [container("Stays", **change)]}, match=reason)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (TEXT | {"nullable": False}, TEXT, "cannot become nullable"),
        (
            {"type": {"type": "text", "list": True, "maxListSize": 5}},
            {"type": {"type": "text", "list": True, "maxListSize": 4}},
            "cannot shrink",
        ),
        (
            {"type": {"type": "enum", "values": {"a": {}, "b": {}}}},
            {"type": {"type": "enum", "values": {"a": {}}}},
            "values of an enum",
        ),
    ],
)
def test_a_property_cannot_be_loosened_or_cut(
    post: Post, refused: Refused, before: Any, after: Any, reason: str
) -> None:
    name = f"Property{abs(hash(reason))}"
    post("/models/containers", {"items": [container(name, properties={"name": before})]})
    refused("/models/containers", {"items": [container(name, properties={"name": after})]}, match=reason)


def test_data_from_before_a_demand_shows_in_the_constraint_state(client: CogniteClient, post: Post) -> None:
    post("/models/containers", {"items": [container("Before"), container("Needed")]})
    source = NodeOrEdgeData(ContainerId(SPACE, "Before"), {"name": None})
    client.data_modeling.instances.apply(NodeApply(SPACE, "before", sources=[source]))
    demand = {"properties": {"name": TEXT | {"nullable": False}}}
    requires = {"constraints": {"needs": {"constraintType": "requires", "require": reference("Needed")}}}
    (demanding,) = post("/models/containers", {"items": [container("Before", **demand, **requires)]})["items"]
    assert demanding["properties"]["name"]["constraintState"] == {"nullability": "failed"}
    assert demanding["constraints"]["needs"]["state"] == "failed"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (container("1a"), "pattern"),
        (container("a" * 256), "255"),
        (container("Query"), "reserved"),
        (container("TimeSeries"), "reserved"),
        (container("A", space="nowhere"), "does not exist"),
        (container("A", properties={}), "at least 1"),
        (container("A", properties={f"p{number}": TEXT for number in range(101)}), "at most 100"),
        (container("A", properties={"space": TEXT}), "reserved"),
        (container("A", properties={"startNode": TEXT}), "reserved"),
        (container("A", properties={"a.b": TEXT}), "pattern"),
        (container("A", properties={"a": {"type": {"type": "word"}}}), "word"),
        (container("A", properties={"a": {"type": {"type": "text", "maxListSize": 5}}}), "list: true"),
        (
            container("A", properties={"a": {"type": {"type": "text", "list": True, "maxListSize": 2001}}}),
            "2000",
        ),
        (container("A", properties={"a": {"type": {"type": "text", "maxTextSize": 128_001}}}), "128000"),
        (container("A", properties={"a": TEXT | {"defaultValue": 5}}), "expected text"),
        (
            container("A", properties={"a": {"type": {"type": "text", "list": True}, "defaultValue": ["a"]}}),
            "no default",
        ),
        (container("A", properties={"a": {"type": {"type": "int32", "unit": {"externalId": "u"}}}}), "unit"),
        (container("A", properties={"a": {"type": {"type": "enum", "values": {}}}}), "at least 1"),
        (
            container(
                "A", properties={"a": {"type": {"type": "enum", "values": {f"v{n}": {} for n in range(33)}}}}
            ),
            "at most 32",
        ),
        (container("A", properties={"a": {"type": {"type": "enum", "values": {"true": {}}}}}), "reserved"),
        (
            container(
                "A", properties={"a": {"type": {"type": "enum", "values": {"a": {}}, "unknownValue": "b"}}}
            ),
            "unknownValue",
        ),
        (
            container("A", properties={"a": {"type": {"type": "direct", "container": reference("Nowhere")}}}),
            "does not exist",
        ),
        (
            container("A", constraints={"c": {"constraintType": "uniqueness", "properties": ["x"]}}),
            "lacks: x",
        ),
        (container("A", constraints={"c": {"require": reference("Nowhere")}}), "does not exist"),
        (
            container("A", constraints={f"c{number}": {"properties": ["name"]} for number in range(11)}),
            "more than 10",
        ),
        (container("A", indexes={"i": {"properties": ["x"]}}), "lacks: x"),
        (
            container("A", indexes={f"i{number}": {"properties": ["name"]} for number in range(11)}),
            "at most 10",
        ),
        (container("A", indexes={"i" * 44: {"properties": ["name"]}}), "43"),
        (container("A", usedFor="record"), "node"),
        (container("A", colour="red"), "Unknown field"),
    ],
)
def test_what_cannot_be_a_container_is_refused_with_the_reason(
    client: CogniteClient, refused: Refused, item: Any, reason: str
) -> None:
    refused("/models/containers", {"items": [container("Fine"), item]}, match=reason)
    assert client.data_modeling.containers.retrieve(ContainerId(SPACE, "Fine")) is None  # all or nothing


def test_a_container_at_its_limits_is_accepted(client: CogniteClient, post: Post) -> None:
    largest = container(
        "a" * 255,
        properties={f"p{number}": TEXT for number in range(100)},
        indexes={f"i{number}": {"properties": ["p0"]} for number in range(10)},
        constraints={f"c{number}": {"properties": [f"p{number}"]} for number in range(10)},
    )
    post("/models/containers", {"items": [largest]})
    client.data_modeling.containers.delete(ContainerId(SPACE, "a" * 255))


def test_constraints_and_indexes_can_be_deleted(client: CogniteClient, post: Post) -> None:
    parts = {
        "constraints": {"c": {"constraintType": "uniqueness", "properties": ["name"]}},
        "indexes": {"i": {"properties": ["name"]}},
    }
    post("/models/containers", {"items": [container("Parts", **parts)]})
    identifier = ContainerId(SPACE, "Parts")
    assert client.data_modeling.containers.delete_constraints([(identifier, "c"), (identifier, "x")]) == [
        (identifier, "c")
    ]
    assert client.data_modeling.containers.delete_indexes([(identifier, "i")]) == [(identifier, "i")]
    left = client.data_modeling.containers.retrieve(identifier)
    assert not left.constraints
    assert not left.indexes


def test_deleting_a_container_takes_its_data_and_its_properties_in_views(
    client: CogniteClient, post: Post
) -> None:
    post("/models/containers", {"items": [container("Gone"), container("Kept")]})
    both = {"gone": mapped("Gone"), "kept": mapped("Kept")}
    post("/models/views", {"items": [view("OverBoth", properties=both)]})
    source = NodeOrEdgeData(ViewId(SPACE, "OverBoth", "v1"), {"gone": "a", "kept": "b"})
    client.data_modeling.instances.apply(NodeApply(SPACE, "over_both", sources=[source]))
    assert client.data_modeling.containers.delete(ContainerId(SPACE, "Gone")) == [ContainerId(SPACE, "Gone")]
    read = client.data_modeling.instances.retrieve(
        (SPACE, "over_both"), sources=ViewId(SPACE, "OverBoth", "v1")
    )
    assert read.nodes[0].properties[ViewId(SPACE, "OverBoth", "v1")] == {"kept": "b"}


# ---- views ----


def test_a_view_comes_back_as_it_was_sent(client: CogniteClient, post: Post) -> None:
    post(
        "/models/containers",
        {"items": [container("Thing", properties={"name": TEXT, "owner": {"type": {"type": "direct"}}})]},
    )
    identifier = ViewId(SPACE, "Thing", "v1")
    sent = ViewApply(
        SPACE,
        "Thing",
        "v1",
        description="d",
        name="n",
        implements=[ViewId("cdf_cdm", "CogniteDescribable", "v1")],
        properties={
            "called": MappedPropertyApply(
                ContainerId(SPACE, "Thing"), "name", name="Called", description="d"
            ),
            "owner": MappedPropertyApply(ContainerId(SPACE, "Thing"), "owner", source=identifier),
            "edges": MultiEdgeConnectionApply(
                DirectRelationReference(SPACE, "near"), identifier, direction="inwards"
            ),
            "owned": MultiReverseDirectRelationApply(identifier, PropertyId(identifier, "owner")),
        },
    )
    made = client.data_modeling.views.apply(sent)
    assert (made.writable, made.used_for, made.is_global) == (True, "node", False)
    assert set(made.properties) == {
        "called",
        "owner",
        "edges",
        "owned",
        "name",
        "description",
        "tags",
        "aliases",
    }
    own = client.data_modeling.views.retrieve(identifier, include_inherited_properties=False)[0]
    assert own.as_write().dump() == sent.dump()
    assert client.data_modeling.views.apply(sent).last_updated_time == made.last_updated_time
    (raw,) = post("/models/views/byids", {"items": [view("Thing")]})["items"]
    assert {each["externalId"] for each in raw["mappedContainers"]} == {"Thing", "CogniteDescribable"}
    assert raw["properties"]["called"]["constraintState"] == {}
    assert raw["queryable"]
    assert raw["properties"]["owned"]["targetsList"] is False


def test_inherited_properties_follow_the_documented_precedence(post: Post) -> None:
    """A implements B, B implements C and D: the later beats the earlier, and the nearer beats both."""
    post("/models/containers", {"items": [container(name) for name in ("PA", "PB", "PC", "PD")]})
    items = [
        view("C", properties={"c": mapped("PC"), "x": mapped("PC"), "y": mapped("PC"), "z": mapped("PC")}),
        view("D", properties={"d": mapped("PD"), "x": mapped("PD"), "y": mapped("PD")}),
        view("B", properties={"y": mapped("PB")}, implements=[view_reference("C"), view_reference("D")]),
        view("A", properties={"a": mapped("PA")}, implements=[view_reference("B")]),
    ]
    *_, answer = post("/models/views", {"items": items})["items"]
    found = {name: each["container"]["externalId"] for name, each in answer["properties"].items()}
    assert found == {"a": "PA", "c": "PC", "d": "PD", "x": "PD", "y": "PB", "z": "PC"}


def test_a_view_is_for_what_all_its_containers_are_for(post: Post) -> None:
    containers = [container(f"For_{kind}", usedFor=kind) for kind in ("node", "edge", "all")]
    post("/models/containers", {"items": containers})
    for kinds, expected in (({"node", "all"}, "node"), ({"edge", "all"}, "edge"), ({"all"}, "all")):
        properties = {kind: mapped(f"For_{kind}") for kind in kinds}
        (made,) = post(
            "/models/views", {"items": [view(f"For{''.join(sorted(kinds))}", properties=properties)]}
        )["items"]
        assert made["usedFor"] == expected


def test_a_view_is_writable_when_it_maps_all_that_must_be_given(post: Post) -> None:
    properties = {"name": TEXT, "must": TEXT | {"nullable": False}}
    post("/models/containers", {"items": [container("Must", properties=properties)]})
    items = [
        view("Without", properties={"name": mapped("Must")}),
        view("With", properties={"must": mapped("Must", "must")}),
    ]
    without, with_ = post("/models/views", {"items": items})["items"]
    assert not without["writable"]
    assert with_["writable"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (view("1a"), "pattern"),
        (view("String"), "reserved"),
        (view("V", version="a b"), "pattern"),
        (view("V", version="v" * 44), "43"),
        (view("V", space="nowhere"), "does not exist"),
        (view("V", properties={"externalId": mapped("For_node")}), "reserved"),
        (view("V", properties={"a": mapped("Nowhere")}), "does not exist"),
        (view("V", properties={"a": mapped("For_node", "nothing")}), "has no property nothing"),
        (
            view("V", properties={"a": mapped("For_node") | {"source": view_reference("V")}}),
            "only a direct relation",
        ),
        (view("V", properties={"a": mapped("For_node"), "b": mapped("For_edge")}), "no instance has both"),
        (view("V", implements=[view_reference("Nowhere")]), "does not exist"),
        (view("V", implements=[view_reference("V")]), "implement itself"),
        (view("V", implements=[view_reference(f"V{number}") for number in range(11)]), "at most 10"),
        (
            view("V", filter={"equals": {"property": ["node", "colour"], "value": 1}}),
            "no base property colour",
        ),
        (view("V", filter={"hasData": [view_reference("V")]}), "deep"),
        (
            view("V", filter={"equals": {"property": ["node", "space"], "value": {"parameter": "p"}}}),
            "parameters",
        ),
        (view("V", filter={"sounds": "like"}), "one filter"),
        (
            view(
                "V",
                properties={
                    "a": {
                        "connectionType": "multi_reverse_direct_relation",
                        "source": view_reference("V"),
                        "through": {"source": reference("For_node"), "identifier": "name"},
                    }
                },
            ),
            "no direct relation name",
        ),
        (view("V", properties={f"p{number}": mapped("For_node") for number in range(301)}), "at most 300"),
        (view("V", colour="red"), "Unknown field"),
    ],
)
def test_what_cannot_be_a_view_is_refused_with_the_reason(
    post: Post, refused: Refused, item: Any, reason: str
) -> None:
    post(
        "/models/containers", {"items": [container(f"For_{kind}", usedFor=kind) for kind in ("node", "edge")]}
    )
    refused("/models/views", {"items": [item]}, match=reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"properties": {}}, "deletes a"),
        ({"implements": []}, "implements"),
        ({"properties": {"a": mapped("Breaks", "number")}}, "type or source of a"),
        ({"properties": {"a": mapped("Breaks"), "b": mapped("Breaks", "must")}}, "must have a value"),
        ({"properties": {"a": mapped("Breaks"), "b": mapped("Elsewhere")}}, "did not map"),
    ],
)
def test_a_breaking_change_takes_a_new_version(
    post: Post, refused: Refused, change: Any, reason: str
) -> None:
    properties = {"name": TEXT, "number": {"type": {"type": "int32"}}, "must": TEXT | {"nullable": False}}
    post(
        "/models/containers", {"items": [container("Breaks", properties=properties), container("Elsewhere")]}
    )
    describable = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteDescribable", "version": "v1"}
    first = {"properties": {"a": mapped("Breaks")}, "implements": [describable]}
    post("/models/views", {"items": [view("Breaks", **first)]})
    refused("/models/views", {"items": [view("Breaks", **(first | change))]}, match=reason)
    post("/models/views", {"items": [view("Breaks", "v2", **(first | change))]})
    post("/models/views/delete", {"items": [view("Breaks", "v2")]})


def test_a_view_can_change_what_breaks_nobody(post: Post) -> None:
    properties = {"name": TEXT, "more": TEXT}
    post("/models/containers", {"items": [container("Mild", properties=properties)]})
    post("/models/views", {"items": [view("Mild", properties={"a": mapped("Mild")})]})
    change = {
        "description": "d",
        "filter": {"exists": {"property": [SPACE, "Mild", "name"]}},
        "properties": {"a": mapped("Mild") | {"name": "A"}, "b": mapped("Mild", "more")},
    }
    (changed,) = post("/models/views", {"items": [view("Mild", **change)]})["items"]
    assert set(changed["properties"]) == {"a", "b"}
    assert changed["filter"] == change["filter"]


def test_without_a_version_all_versions_are_read_and_the_newest_is_listed(
    client: CogniteClient, post: Post
) -> None:
    client.data_modeling.spaces.apply(SpaceApply("versions"))
    for version in ("1", "2", "3"):
        post("/models/views", {"items": [view("V", version, space="versions")]})
    found = client.data_modeling.views.retrieve(("versions", "V"), all_versions=True)
    assert [each.version for each in found] == ["1", "2", "3"]
    assert [each.version for each in client.data_modeling.views.list(space="versions")] == ["3"]
    assert len(client.data_modeling.views.list(space="versions", all_versions=True)) == 3
    client.data_modeling.views.delete([("versions", "V", "3"), ("versions", "V", "4")])
    assert [each.version for each in client.data_modeling.views.list(space="versions")] == ["2"]


# ---- data models ----


def test_a_data_model_comes_back_as_it_was_sent(client: CogniteClient, post: Post) -> None:
    post("/models/containers", {"items": [container("InModel")]})
    post("/models/views", {"items": [view("InModel", properties={"a": mapped("InModel")})]})
    inline = ViewApply(
        SPACE, "Inline", "v1", properties={"b": MappedPropertyApply(ContainerId(SPACE, "InModel"), "name")}
    )
    views = [ViewId(SPACE, "InModel", "v1"), inline]
    made = client.data_modeling.data_models.apply(DataModelApply(SPACE, "Model", "v1", "d", "n", views))
    ids = [ViewId(SPACE, "InModel", "v1"), ViewId(SPACE, "Inline", "v1")]
    assert (made.views, made.is_global, made.description) == (ids, False, "d")
    (read,) = client.data_modeling.data_models.retrieve((SPACE, "Model", "v1"), inline_views=True)
    assert [each.as_id() for each in read.views] == ids
    assert set(read.views[1].properties) == {"b"}
    (listed,) = client.data_modeling.data_models.list(space=SPACE)
    assert listed.views == ids
    assert client.data_modeling.data_models.delete((SPACE, "Model", "v1")) == [
        DataModelId(SPACE, "Model", "v1")
    ]
    assert client.data_modeling.views.retrieve(ids[1])


def test_what_cannot_be_a_data_model_is_refused(post: Post, refused: Refused) -> None:
    def refuse(reason: str, **model: Any) -> None:
        item = {"space": SPACE, "externalId": "M", "version": "1"} | model
        refused("/models/datamodels", {"items": [item]}, match=reason)

    refuse("does not exist", views=[view_reference("Nowhere")])
    refuse("does not exist", space="nowhere")
    refuse("pattern", externalId="1M")
    post("/models/views", {"items": [view("Twice", version) for version in ("1", "2")]})
    refuse("same external id", views=[view_reference("Twice", "1"), view_reference("Twice", "2")])
    refuse("at most 100", views=[view_reference(f"V{number}") for number in range(101)])
    refuse("Unknown field", colour="red")


# ---- lists ----


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A local CDF with seven definitions of each kind."""
    with local_cdf(tmp_path_factory.mktemp("stocked")) as server:
        modeling = server.client("tests").data_modeling
        modeling.spaces.apply([SpaceApply(f"space{number}") for number in range(7)])
        for number in range(7):
            identifier = ContainerId("space0", f"C{number}")
            modeling.containers.apply(
                ContainerApply("space0", f"C{number}", {"name": ContainerPropertyApply(Text())})
            )
            properties = {"name": MappedPropertyApply(identifier, "name")}
            view = modeling.views.apply(ViewApply("space0", f"V{number}", "1", properties=properties))
            modeling.data_models.apply(DataModelApply("space0", f"M{number}", "1", views=[view.as_id()]))
        yield server


@pytest.mark.parametrize("kind", ["spaces", "containers", "views", "datamodels"])
def test_a_list_of_definitions_goes_on_from_page_to_page(stocked: LocalServer, kind: str) -> None:
    client = stocked.client("tests")
    seen: list[str] = []
    pages = 0
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = client.get(f"/api/v1/projects/local/models/{kind}", params=params).json()
        seen += [each.get("externalId", each["space"]) for each in page["items"]]
        pages += 1
        if "nextCursor" not in page:
            break
        params["cursor"] = page["nextCursor"]
    assert pages == 3
    assert len(seen) == len(set(seen)) == 7


def test_a_list_of_definitions_has_10_items_unless_asked_otherwise(stocked: LocalServer) -> None:
    get = stocked.client("tests").get
    path = "/api/v1/projects/local/models/views"
    assert len(get(path, params={"includeGlobal": "true"}).json()["items"]) == 10
    assert len(get(path, params={"includeGlobal": "true", "limit": 1000}).json()["items"]) > 30
    for params in ({"limit": 0}, {"limit": 1001}, {"space": "1"}, {"colour": "red"}, {"cursor": "x"}):
        with pytest.raises(CogniteAPIError) as refusal:
            get(path, params=params)
        assert refusal.value.code == 400


def test_a_cursor_is_no_good_for_another_list(stocked: LocalServer) -> None:
    get = stocked.client("tests").get
    cursor = get("/api/v1/projects/local/models/views", params={"limit": 3}).json()["nextCursor"]
    with pytest.raises(CogniteAPIError, match="cursor"):
        get("/api/v1/projects/local/models/views", params={"limit": 3, "cursor": cursor, "space": "space0"})
    with pytest.raises(CogniteAPIError, match="cursor"):
        get("/api/v1/projects/local/models/containers", params={"limit": 3, "cursor": cursor})


def test_containers_are_listed_by_what_they_are_for(client: CogniteClient) -> None:
    containers = client.data_modeling.containers
    edges = containers.list(limit=None, include_global=True, used_for="edge")
    assert {"CogniteAnnotation", "Cognite360ImageAnnotation"} <= {each.external_id for each in edges}
    assert {each.used_for for each in edges} == {"edge"}
    assert not containers.list(limit=None, include_global=True, used_for="record")


def test_a_project_has_100_spaces_and_no_more(fresh_client: CogniteClient) -> None:
    spaces = fresh_client.data_modeling.spaces
    spaces.apply([SpaceApply(f"space{number}") for number in range(100)])
    with pytest.raises(CogniteAPIError, match="100 of 100 spaces") as refusal:
        spaces.apply(SpaceApply("one_more"))
    assert refusal.value.code == 400
    spaces.apply(SpaceApply("space0", name="there already"))
    spaces.delete("space1")
    spaces.apply(SpaceApply("one_more"))
