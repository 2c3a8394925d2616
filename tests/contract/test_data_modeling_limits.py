"""The limits of data modeling and annotations: what is at a limit is taken, what is one above is refused."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadataWrite

from demo.localserver import LocalServer

API = "/api/v1/projects/local"
SPACE = "dm_limits"
TEXT: dict[str, Any] = {"type": {"type": "text"}}
VIEW = {"type": "view", "space": SPACE, "externalId": "Thing", "version": "v1"}
THING = {"type": "container", "space": SPACE, "externalId": "Thing"}
PROPERTIES: dict[str, Any] = {
    "text": TEXT,
    "texts": {"type": {"type": "text", "list": True}},
    "json": {"type": {"type": "json"}},
    "jsons": {"type": {"type": "json", "list": True}},
    "numbers": {"type": {"type": "int32", "list": True}},
    "nodes": {"type": {"type": "direct", "list": True}},
}
Request = tuple[str, dict[str, Any]]
Limit = tuple[int, Callable[[int], Request]]


def unique() -> str:
    """An external id that no other test has."""
    return f"limit_{uuid4().hex[:12]}"


def mapped(name: str) -> dict[str, Any]:
    """A property of a view."""
    return {"container": THING, "containerPropertyIdentifier": name}


SETUP: list[Request] = [
    ("/models/spaces", {"items": [{"space": SPACE}]}),
    ("/models/containers", {"items": [{"space": SPACE, "externalId": "Thing", "properties": PROPERTIES}]}),
]


@pytest.fixture(scope="module")
def send(local_cdf: LocalServer) -> Iterator[Callable[[Request], httpx2.Response]]:
    """Send a request to a local CDF with a container and a view in it."""
    with httpx2.Client(headers={"Authorization": f"Bearer {local_cdf.token}"}, timeout=60) as http:

        def post(request: Request) -> httpx2.Response:
            path, body = request
            return http.post(local_cdf.url + API + path, json=body)

        properties = {name: mapped(name) for name in PROPERTIES}
        for request in (*SETUP, view(externalId="Thing", properties=properties)):
            assert post(request).status_code == 200
        yield post


def value(**properties: Any) -> Request:
    """A node with these properties."""
    node = {"instanceType": "node", "space": SPACE, "externalId": unique()}
    return "/models/instances", {"items": [node | {"sources": [{"source": VIEW, "properties": properties}]}]}


def document(size: int) -> dict[str, str]:
    """A JSON object of so many bytes, no value of which is too large."""
    made = {f"k{number}": "x" * 10_000 for number in range(4)} | {"rest": ""}
    return made | {"rest": "x" * (size - len(str(made).replace(" ", "")))}


def node(**fields: Any) -> Request:
    """A node with these fields."""
    made = {"instanceType": "node", "space": SPACE, "externalId": unique(), **fields}
    return "/models/instances", {"items": [made]}


def container(**fields: Any) -> Request:
    """A container with these fields."""
    made = {"space": SPACE, "externalId": unique(), "properties": {"text": TEXT}, **fields}
    return "/models/containers", {"items": [made]}


def view(**fields: Any) -> Request:
    """A view with these fields."""
    made = {"space": SPACE, "externalId": unique(), "version": "v1", **fields}
    return "/models/views", {"items": [made]}


def query(wanted: dict[str, Any], **select: Any) -> Request:
    """A query of one result set."""
    return "/models/instances/query", {"with": {"a": wanted}, "select": {"a": select}}


def written_and_deleted(number: int) -> Request:
    """A request with so many writes and deletes together."""
    nodes = [{"instanceType": "node", "space": SPACE, "externalId": unique()} for _ in range(number)]
    return "/models/instances", {"items": nodes[: number // 2], "delete": nodes[number // 2 :]}


SOURCE = {"source": VIEW, "properties": {"text": "a"}}
BY_TEXT = {"property": [SPACE, "Thing/v1", "text"]}
NODES: dict[str, Any] = {"nodes": {}}
COUNT = {"count": {}}
LIMITS: dict[str, Limit] = {
    "bytes of a text": (128_000, lambda n: value(text="é" * (n // 2) + "x" * (n % 2))),
    "bytes of a list of texts": (128_000, lambda n: value(texts=["x" * 64_000, "x" * (n - 64_000)])),
    "values of a list": (1000, lambda n: value(numbers=[1] * n)),
    "relations of a list": (100, lambda n: value(nodes=[{"space": SPACE, "externalId": "x"}] * n)),
    "bytes of JSON": (40_960, lambda n: value(json=document(n))),
    "bytes of a list of JSON": (40_960, lambda n: value(jsons=[document(n - 2)])),
    "length of a JSON key": (128, lambda n: value(json={"k" * n: 1})),
    "pairs of JSON": (256, lambda n: value(json={str(number): number for number in range(n)})),
    "bytes of a JSON value": (10_240, lambda n: value(json={"a": "x" * (n - 2)})),
    "length of an external id": (256, lambda n: node(externalId="x" * n)),
    "sources of a write": (100, lambda n: node(sources=[SOURCE] * n)),
    "writes and deletes of a request": (1000, written_and_deleted),
    "views to read": (10, lambda n: ("/models/instances/list", {"sources": [{"source": VIEW}] * n})),
    "sorts of a list": (5, lambda n: ("/models/instances/list", {"sort": [BY_TEXT] * n})),
    "sorts of a result set": (5, lambda n: query(NODES | {"sort": [BY_TEXT] * n})),
    "views of a selection": (
        10,
        lambda n: query(NODES, sources=[{"source": VIEW, "properties": ["*"]}] * n),
    ),
    "limit of a result set": (10_000, lambda n: query(NODES | {"limit": n})),
    "limit of a result set in sync": (
        2000,
        lambda n: ("/models/instances/sync", {"with": {"a": NODES | {"limit": n}}, "select": {"a": {}}}),
    ),
    "aggregates": (
        5,
        lambda n: ("/models/instances/aggregate", {"view": VIEW, "aggregates": [COUNT] * n}),
    ),
    "groups": (5, lambda n: ("/models/instances/aggregate", {"view": VIEW, "groupBy": ["text"] * n})),
    "length of a space": (43, lambda n: ("/models/spaces", {"items": [{"space": unique().ljust(n, "x")}]})),
    "length of a name": (255, lambda n: container(name="x" * n)),
    "length of a description": (1024, lambda n: container(description="x" * n)),
    "length of a definition's external id": (255, lambda n: container(externalId=unique().ljust(n, "x"))),
    "length of a version": (43, lambda n: view(version="v" * n)),
    "properties of a container": (
        100,
        lambda n: container(properties={f"p{number}": TEXT for number in range(n)}),
    ),
    "length of a property": (255, lambda n: container(properties={"p" * n: TEXT})),
    "values of an enum": (
        32,
        lambda n: container(
            properties={"e": {"type": {"type": "enum", "values": {f"v{each}": {} for each in range(n)}}}}
        ),
    ),
    "indexes of a container": (
        10,
        lambda n: container(indexes={f"i{number}": {"properties": ["text"]} for number in range(n)}),
    ),
    "uniqueness constraints of a container": (
        10,
        lambda n: container(constraints={f"u{number}": {"properties": ["text"]} for number in range(n)}),
    ),
    "requires constraints of a container": (
        25,
        lambda n: container(
            constraints={
                f"r{number}": {"constraintType": "requires", "require": THING} for number in range(n)
            }
        ),
    ),
    "properties of a view": (
        300,
        lambda n: view(properties={f"p{number}": mapped("text") for number in range(n)}),
    ),
    "views that a view implements": (10, lambda n: view(implements=[VIEW] * n)),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_at_a_limit_is_taken_and_what_is_above_is_refused(
    send: Callable[[Request], httpx2.Response], name: str
) -> None:
    limit, make = LIMITS[name]
    at_limit, above = send(make(limit)), send(make(limit + 1))
    assert at_limit.status_code == 200, at_limit.text
    assert above.status_code == 400, above.text


@pytest.mark.parametrize("space", ["cdf_cdm", "cdf_cdm_3d", "cdf_360_image_schema"])
def test_nobody_writes_to_a_system_space(send: Callable[[Request], httpx2.Response], space: str) -> None:
    edge = {name: {"space": SPACE, "externalId": "x"} for name in ("type", "startNode", "endNode")}
    for path, item in (
        ("/models/spaces", {"space": space}),
        ("/models/containers", {"space": space, "externalId": "X", "properties": {"text": TEXT}}),
        ("/models/views", {"space": space, "externalId": "X", "version": "v1"}),
        ("/models/datamodels", {"space": space, "externalId": "X", "version": "v1"}),
        ("/models/instances", {"instanceType": "node", "space": space, "externalId": "x"}),
        ("/models/instances", {"instanceType": "edge", "space": space, "externalId": "x", **edge}),
        ("/models/instances/delete", {"instanceType": "node", "space": space, "externalId": "x"}),
        ("/models/spaces/delete", {"space": space}),
    ):
        answer = send((path, {"items": [item]}))
        assert answer.status_code == 403, (path, answer.text)
        assert "system space" in answer.json()["error"]["message"]


# --- annotations ------------------------------------------------------------------------------------------

BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}


def seen(file: int, data: dict[str, Any] | None = None, **fields: Any) -> Request:
    """An annotation of something seen."""
    made = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file,
        "annotationType": "images.ObjectDetection",
        "creatingApp": "tests",
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "status": "approved",
        "data": {"label": "pump", "boundingBox": BOX, **(data or {})},
    }
    return "/annotations", {"items": [made | fields]}


def attribute(length: int) -> dict[str, Any]:
    """Data with an attribute whose description has a length."""
    return {"attributes": {"on": {"type": "boolean", "value": True, "description": "x" * length}}}


ANNOTATION_LIMITS: dict[str, tuple[int, Callable[[int, int], Request]]] = {
    "length of the app": (255, lambda file, n: seen(file, creatingApp="x" * n)),
    "length of the app's version": (
        255,
        lambda file, n: seen(file, creatingAppVersion="1.0.0-".ljust(n, "x")),
    ),
    "length of the user": (255, lambda file, n: seen(file, creatingUser="x" * n)),
    "length of a label": (128, lambda file, n: seen(file, {"label": "x" * n})),
    "length of an attribute's description": (500, lambda file, n: seen(file, attribute(n))),
}


@pytest.mark.parametrize("name", ANNOTATION_LIMITS)
def test_what_is_at_a_limit_of_annotations_is_taken_and_what_is_above_is_refused(
    client: CogniteClient, send: Callable[[Request], httpx2.Response], name: str
) -> None:
    file = client.files.create(FileMetadataWrite("face.jpg"))[0].id
    limit, make = ANNOTATION_LIMITS[name]
    at_limit, above = send(make(file, limit)), send(make(file, limit + 1))
    assert at_limit.status_code == 201, at_limit.text
    assert above.status_code == 400, above.text
