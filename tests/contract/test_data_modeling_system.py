"""The system spaces: the views that the SDK's typed classes are made for, and nobody's to change."""

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import (
    ContainerId,
    DirectRelation,
    DirectRelationReference,
    EdgeConnection,
    MappedProperty,
    NodeApply,
    NodeId,
    SpaceApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm import v1
from cognite.client.data_classes.data_modeling.data_types import Enum
from cognite.client.data_classes.data_modeling.instances import PropertyOptions, TypedEdge, TypedNode
from cognite.client.data_classes.data_modeling.views import ReverseDirectRelation, View
from cognite.client.data_classes.filters import Equals, HasData
from cognite.client.exceptions import CogniteAPIError

TYPED = [
    each
    for _, each in inspect.getmembers(v1, inspect.isclass)
    if issubclass(each, TypedNode | TypedEdge) and each.__module__ == v1.__name__
]
BASE = {"self", "space", "external_id", "type", "start_node", "end_node"}
BASE |= {"version", "last_updated_time", "created_time", "deleted_time"}
PYTHON_TYPES = {
    "text": str,
    "boolean": bool,
    "float64": float,
    "int64": int,
    "timestamp": v1.datetime,
    "json": v1.StateSetEntry | dict[str, Any],
    "direct": DirectRelationReference,
}
Refused = Callable[..., CogniteAPIError]


@pytest.fixture(scope="module")
def views(client: CogniteClient) -> dict[ViewId, View]:
    """All views of the system spaces."""
    return {
        each.as_id(): each
        for each in client.data_modeling.views.list(limit=None, include_global=True)
        if each.is_global
    }


def typed_properties(typed: type) -> dict[str, Any]:
    """The properties of a typed class by the names that travel, with their Python types."""
    wire = {
        name: option.property_name
        for base in typed.__mro__
        for name, option in vars(base).items()
        if isinstance(option, PropertyOptions)
    }
    hints = get_type_hints(typed.__init__, vars(v1))
    return {
        wire.get(name, name): get_args(hints[name])[0] if type(None) in get_args(hints[name]) else hints[name]
        for name in inspect.signature(typed.__init__).parameters
        if name not in BASE
    }


def python_type(each: MappedProperty) -> Any:
    """What the SDK makes of a property."""
    if isinstance(each.type, Enum):
        return frozenset(each.type.values)
    kind = PYTHON_TYPES[each.type._type]
    return list[kind] if getattr(each.type, "is_list", False) else kind


def comparable(hint: Any) -> Any:
    """A literal is one of its values, in any order."""
    values = get_args(hint)
    return frozenset(values) if values and isinstance(values[0], str) else hint


@pytest.mark.parametrize("typed", TYPED, ids=lambda each: each.__name__)
def test_each_typed_class_of_the_sdk_finds_its_view(typed: Any, views: dict[ViewId, View]) -> None:
    view = views[typed.get_source()]
    mapped = {name: each for name, each in view.properties.items() if isinstance(each, MappedProperty)}
    ours = {name: python_type(each) for name, each in mapped.items()}
    assert ours == {name: comparable(hint) for name, hint in typed_properties(typed).items()}
    assert view.used_for in {"all", "node" if issubclass(typed, TypedNode) else "edge"}


def test_every_view_of_the_core_data_model_has_a_typed_class(views: dict[ViewId, View]) -> None:
    ours = {each for each in views if each.space == "cdf_cdm"}
    assert ours == {typed.get_source() for typed in TYPED}


def test_the_core_data_model_has_all_its_views(client: CogniteClient, views: dict[ViewId, View]) -> None:
    (model,) = client.data_modeling.data_models.retrieve(("cdf_cdm", "CogniteCore", "v1"), inline_views=True)
    assert {each.as_id() for each in model.views} == {each for each in views if each.space == "cdf_cdm"}
    assert model.is_global


def test_relations_point_the_way_the_viewer_follows_them(views: dict[ViewId, View]) -> None:
    def of(view: str) -> dict[str, Any]:
        return views[ViewId("cdf_cdm", view, "v1")].properties

    for view, name, target in (
        ("Cognite360Image", "collection360", "Cognite360ImageCollection"),
        ("Cognite360Image", "station360", "Cognite360ImageStation"),
        ("Cognite360Image", "front", "CogniteFile"),
        ("CogniteAsset", "object3D", "Cognite3DObject"),
        ("CogniteAsset", "parent", "CogniteAsset"),
        ("CogniteFile", "assets", "CogniteAsset"),
    ):
        relation = of(view)[name]
        assert isinstance(relation.type, DirectRelation)
        assert relation.source == ViewId("cdf_cdm", target, "v1"), (view, name)
    edges = of("Cognite3DObject")["images360"]
    assert isinstance(edges, EdgeConnection)
    assert (edges.type.space, edges.type.external_id) == ("cdf_cdm", "image-360-annotation")
    assert (edges.direction, edges.source) == ("outwards", ViewId("cdf_cdm", "Cognite360Image", "v1"))
    reverse = of("CogniteAsset")["files"]
    assert isinstance(reverse, ReverseDirectRelation)
    assert reverse.through.property == "assets"


def test_the_3d_views_lie_over_the_containers_that_the_viewer_names(views: dict[ViewId, View]) -> None:
    for view, containers in {
        "Cognite360Image": {"Cognite360Image", "Cognite3DTransformation", "CogniteCubeMap"},
        "Cognite360ImageCollection": {"Cognite3DRevision"},
        "Cognite360ImageStation": {"Cognite3DGroup"},
        "Cognite3DObject": {"Cognite3DObject"},
    }.items():
        properties = views[ViewId("cdf_cdm", view, "v1")].properties.values()
        mapped = {each.container for each in properties if isinstance(each, MappedProperty)}
        assert {each.external_id for each in mapped if each.space == "cdf_cdm_3d"} == containers


def test_hybrid_360_images_have_the_documented_properties(views: dict[ViewId, View]) -> None:
    faces = {f"cubeMap{face}" for face in ("Front", "Back", "Left", "Right", "Top", "Bottom")}
    pose = {f"{what}{axis}" for what in ("translation", "eulerRotation", "scale") for axis in "XYZ"}
    image = views[ViewId("cdf_360_image_schema", "Image360", "v1")]
    assert set(image.properties) == faces | pose | {"label", "collection360", "station", "timeTaken"}
    for name in ("Image360Collection", "Station360"):
        assert set(views[ViewId("cdf_360_image_schema", name, "v1")].properties) == {"label"}


def test_system_definitions_are_only_listed_when_asked_for(client: CogniteClient) -> None:
    assert not any(each.is_global for each in client.data_modeling.views.list(limit=None))
    assert not any(each.is_global for each in client.data_modeling.containers.list(limit=None))
    assert not any(each.is_global for each in client.data_modeling.spaces.list(limit=None))
    spaces = client.data_modeling.spaces.list(limit=None, include_global=True)
    assert {"cdf_cdm", "cdf_cdm_3d", "cdf_360_image_schema"} <= {each.space for each in spaces}


CONTAINER = {"space": "cdf_cdm", "externalId": "Mine", "properties": {"a": {"type": {"type": "text"}}}}
VIEW = {"space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1", "properties": {}}


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/models/spaces", {"space": "cdf_cdm", "name": "Mine"}),
        ("/models/spaces/delete", {"space": "cdf_cdm"}),
        ("/models/containers", CONTAINER),
        ("/models/containers/delete", {"space": "cdf_cdm", "externalId": "CogniteAsset"}),
        ("/models/views", VIEW),
        ("/models/views/delete", {"space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}),
        ("/models/datamodels", {"space": "cdf_cdm", "externalId": "Mine", "version": "v1"}),
        (
            "/models/instances",
            {"instanceType": "node", "space": "cdf_cdm", "externalId": "mine"},
        ),
        (
            "/models/instances/delete",
            {"instanceType": "node", "space": "cdf_cdm", "externalId": "image-360-annotation"},
        ),
    ],
)
def test_nobody_writes_to_a_system_space(refused: Refused, path: str, item: Any) -> None:
    refused(path, {"items": [item]}, match="system space", code=403)


def test_nobody_makes_nodes_in_a_system_space_on_the_way(client: CogniteClient) -> None:
    client.data_modeling.spaces.apply(SpaceApply("on_the_way"))
    with pytest.raises(CogniteAPIError, match="system space") as refusal:
        client.data_modeling.instances.apply(NodeApply("on_the_way", "n", type=("cdf_cdm", "mine")))
    assert refusal.value.code == 403
    assert client.data_modeling.instances.retrieve(NodeId("on_the_way", "n")).nodes == []


def test_the_containers_of_the_core_data_model_have_their_constraints(client: CogniteClient) -> None:
    asset = client.data_modeling.containers.retrieve(ContainerId("cdf_cdm", "CogniteAsset"))
    assert {each.require.external_id for each in asset.constraints.values()} == {
        "CogniteDescribable",
        "CogniteSourceable",
        "CogniteVisualizable",
    }
    visualizable = client.data_modeling.containers.retrieve(ContainerId("cdf_cdm", "CogniteVisualizable"))
    assert visualizable.constraints["uniqueObject3D"].properties == ["object3D"]
    assert visualizable.indexes["object3D"].cursorable


def test_a_collection_is_found_by_its_container_and_not_by_its_view(client: CogniteClient) -> None:
    """The view's filter asks for the type of a model; the viewer asks the container, as all must."""
    client.data_modeling.spaces.apply(SpaceApply("collections"))
    instances = client.data_modeling.instances
    instances.apply(
        v1.Cognite360ImageCollectionApply("collections", "col", name="c", revision_type="Image360")
    )
    assert instances.list(v1.Cognite360ImageCollection, space="collections") == []
    container = ("cdf_cdm_3d", "Cognite3DRevision")
    typed = HasData(containers=[container]) & Equals((*container, "type"), "Image360")
    found = instances.list("node", space="collections", filter=typed)
    assert [each.external_id for each in found] == ["col"]
