"""Data modeling between the real SDK and the local CDF, held against Cognite's own OpenAPI document."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.aggregations import Count, Histogram
from cognite.client.data_classes.data_modeling import (
    ContainerApply,
    ContainerId,
    DataModelApply,
    EdgeApply,
    NodeApply,
    NodeId,
    SpaceApply,
    Text,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAsset, CogniteAssetApply
from cognite.client.data_classes.data_modeling.containers import (
    BTreeIndexApply,
    ContainerPropertyApply,
    UniquenessConstraintApply,
)
from cognite.client.data_classes.data_modeling.data_types import DirectRelation, Enum, EnumValue
from cognite.client.data_classes.data_modeling.instances import InstanceSort
from cognite.client.data_classes.data_modeling.query import (
    EdgeResultSetExpression,
    NodeResultSetExpression,
    NodeResultSetExpressionSync,
    Query,
    QuerySync,
    Select,
    SelectSync,
    SourceSelector,
)
from cognite.client.data_classes.data_modeling.views import MappedPropertyApply, ViewApply
from cognite.client.data_classes.filters import And, Equals, In, Not, Prefix, Range, SpaceFilter
from cognite.client.exceptions import CogniteAPIError
from test_localcdf_openapi import DOCUMENT, Exchange, check, exchanges, faults, mended

from localcdf.data_modeling import ENDPOINTS

__all__ = ["exchanges"]

Reshape = Callable[[Any], Any]
SPACE = "openapi"
ASSET = ViewId("cdf_cdm", "CogniteAsset", "v1")


def _without_empty_deleted(answer: Any) -> Any:
    return answer | {
        "deleted": answer["deleted"] or [{"instanceType": "node", "space": "s", "externalId": "e"}]
    }


def _without_null_cursors(sent: Any) -> Any:
    return sent | {"cursors": {name: each for name, each in sent["cursors"].items() if each is not None}}


# Where the document cannot be right. Each entry says why, and brings the body into the document's form.
ANSWERED: dict[str, tuple[str, Reshape]] = {
    "/models/instances": (
        "it wants at least one deleted instance, and the SDK deletes none",
        _without_empty_deleted,
    ),
    "/models/instances/aggregate": (
        "it wants a field properties that nothing describes",
        lambda answer: answer | {"properties": {}},
    ),
}
SENT: dict[str, tuple[str, Reshape]] = {
    "/models/instances/query": ("the SDK sends null for the first page's cursors", _without_null_cursors),
    "/models/instances/sync": ("the SDK sends null for the first page's cursors", _without_null_cursors),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document, mended where it is no JSON Schema."""
    # A pattern excludes backslash, x and 0 where it means the null byte.
    text = DOCUMENT.read_text().replace(r"^[^\\\\x00]{1,256}$", r"^[^\\x00]{1,256}$")
    return mended(json.loads(text))


def violations(document: dict[str, Any], exchange: Exchange) -> list[str]:
    """What the document says against an exchange."""
    path = exchange.path
    operation = document["paths"][path][exchange.method]
    if exchange.status >= 400:
        schema = {**document, "$ref": "#/components/schemas/Error"}
        return [f"{path}: refusal: {error.message}" for error in check(schema, exchange.answer["error"])]
    plain: tuple[str, Reshape] = ("", lambda body: body)
    sent, answer = SENT.get(path, plain)[1](exchange.sent), ANSWERED.get(path, plain)[1](exchange.answer)
    response = operation["responses"][str(exchange.status)]
    return [
        *faults(document, operation.get("requestBody", {}), sent, f"{path}: request"),
        *faults(document, response, answer, f"{path}: answer"),
    ]


def carry_out(client: CogniteClient) -> None:
    """Call every endpoint through the SDK."""
    _definitions(client)
    _instances(client)
    _queries(client)
    modeling = client.data_modeling
    modeling.instances.delete([NodeId(SPACE, "a"), NodeId(SPACE, "b"), NodeId(SPACE, "type")])
    modeling.data_models.delete((SPACE, "M", "1"))
    modeling.views.delete((SPACE, "V", "1"))
    modeling.containers.delete_constraints([(ContainerId(SPACE, "C"), "unique")])
    modeling.containers.delete_indexes([(ContainerId(SPACE, "C"), "by_name")])
    modeling.containers.delete((SPACE, "C"))
    modeling.spaces.delete(SPACE)


def _definitions(client: CogniteClient) -> None:
    modeling = client.data_modeling
    modeling.spaces.apply(SpaceApply(SPACE, "d", "n"))
    modeling.spaces.retrieve(SPACE)
    modeling.spaces.list(limit=None, include_global=True)
    container = ContainerApply(
        SPACE,
        "C",
        {
            "name": ContainerPropertyApply(Text(max_text_size=100), nullable=False),
            "other": ContainerPropertyApply(DirectRelation(is_list=True)),
            "state": ContainerPropertyApply(Enum({"on": EnumValue("On"), "off": EnumValue("Off")})),
        },
        constraints={"unique": UniquenessConstraintApply(["name"])},
        indexes={"by_name": BTreeIndexApply(["name"], cursorable=True)},
    )
    modeling.containers.apply(container)
    modeling.containers.retrieve(ContainerId(SPACE, "C"))
    modeling.containers.list(limit=None, include_global=True)
    name = MappedPropertyApply(ContainerId(SPACE, "C"), "name")
    view = ViewApply(
        SPACE, "V", "1", filter=Prefix((SPACE, "C", "name"), "a"), implements=[ASSET], properties={"n": name}
    )
    modeling.views.apply(view)
    modeling.views.retrieve((SPACE, "V"))
    modeling.views.list(limit=None, include_global=True)
    modeling.data_models.apply(DataModelApply(SPACE, "M", "1", views=[ViewId(SPACE, "V", "1")]))
    for inline in (True, False):
        modeling.data_models.retrieve((SPACE, "M", "1"), inline_views=inline)
        modeling.data_models.list(limit=None, include_global=True, inline_views=inline)


def _instances(client: CogniteClient) -> None:
    instances = client.data_modeling.instances
    assets = [
        CogniteAssetApply(SPACE, "a", name="21-PT-1019", aliases=["x"]),
        CogniteAssetApply(SPACE, "b", name="b", parent=(SPACE, "a")),
    ]
    edge = EdgeApply(SPACE, "e", type=(SPACE, "type"), start_node=(SPACE, "a"), end_node=(SPACE, "b"))
    instances.apply([*assets, NodeApply(SPACE, "c", type=(SPACE, "type"))], edge)
    instances.apply(assets[0])
    instances.retrieve([NodeId(SPACE, "a"), NodeId(SPACE, "c")])
    instances.retrieve(NodeId(SPACE, "a"), edges=(SPACE, "e"), sources=ASSET, include_typing=True)
    instances.list(
        CogniteAsset, space=SPACE, include_typing=True, sort=InstanceSort(ASSET.as_property_ref("name"))
    )
    instances.list(
        "edge", space=SPACE, filter=Equals(["edge", "type"], {"space": SPACE, "externalId": "type"})
    )
    filter_ = And(
        SpaceFilter(SPACE),
        Not(In(["node", "externalId"], ["z"])),
        Range(["node", "createdTime"], gte=0, lt=2**53),
    )
    instances.list("node", sources=ASSET, filter=filter_)
    instances.search(ASSET, "pt 10", properties=["name"], operator="OR", filter=filter_)
    instances.aggregate(ASSET, Count("name"), group_by="parent", filter=filter_)
    instances.histogram(ViewId("cdf_cdm", "Cognite3DObject", "v1"), Histogram("xMin", 1.0))
    with pytest.raises(CogniteAPIError):
        instances.apply(NodeApply("nowhere", "a"))
    with pytest.raises(CogniteAPIError):
        instances.apply(NodeApply(SPACE, "a", existing_version=0))
    instances.delete(NodeId(SPACE, "c"), edges=(SPACE, "e"))


def _queries(client: CogniteClient) -> None:
    instances = client.data_modeling.instances
    select = Select([SourceSelector(ASSET, ["name", "path"])])
    sets: Any = {
        "assets": NodeResultSetExpression(filter=SpaceFilter(SPACE), limit=1),
        "roots": NodeResultSetExpression(
            from_="assets", through=ASSET.as_property_ref("root"), direction="outwards", limit=10
        ),
        "edges": EdgeResultSetExpression(from_="assets", max_distance=1, limit_each=5),
        "ends": NodeResultSetExpression(from_="edges"),
    }
    selects: Any = {"assets": select, "roots": select, "edges": Select(), "ends": Select()}
    query = Query(with_=sets, select=selects)
    query.cursors = instances.query(query, include_typing=True).cursors
    instances.query(query)
    watched: Any = {"assets": NodeResultSetExpressionSync(filter=SpaceFilter(SPACE), limit=100)}
    sync = QuerySync(with_=watched, select={"assets": SelectSync([SourceSelector(ASSET, ["name"])])})
    sync.cursors = instances.sync(sync).cursors
    instances.delete(NodeId(SPACE, "b"))
    instances.sync(sync)


def test_requests_and_answers_fit_the_document(
    document: dict[str, Any],
    exchanges: list[Exchange],
    fresh_client: CogniteClient,
) -> None:
    carry_out(fresh_client)
    called = {(each.method, each.path) for each in exchanges if each.path.startswith("/models")}
    assert called == {(each.method.lower(), each.path) for each in ENDPOINTS}
    found = [fault for each in exchanges for fault in violations(document, each)]
    assert found == [], "\n".join(found)
