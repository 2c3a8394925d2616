"""The traffic between the real SDK and the local CDF, held against Cognite's own OpenAPI document."""

import copy
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    AnnotationFilter,
    AnnotationUpdate,
    AnnotationWrite,
    DataSetUpdate,
    DataSetWrite,
    ExtractionPipelineConfigWrite,
    ExtractionPipelineRunWrite,
    ExtractionPipelineUpdate,
    ExtractionPipelineWrite,
    FileMetadataUpdate,
    FileMetadataWrite,
    GroupWrite,
)
from cognite.client.data_classes.capabilities import DataModelsAcl, FilesAcl, SessionsAcl
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer

DOCUMENT = Path(__file__).parents[3] / "shared" / "reference" / "cdf-openapi-20230101.json"
if not DOCUMENT.exists():
    pytest.skip("Cognite's OpenAPI document is not beside the repository", allow_module_level=True)

Reshape = Callable[[Any], Any]
# Where the document and Cognite's own SDK disagree, the SDK is right: it works with CDF. Each entry says why,
# and brings the body into the form of the document.
SDK_ANSWERED: dict[str, tuple[str, Reshape]] = {
    "/files/uploadlink": ("the SDK reads the file under items", lambda answer: answer["items"][0]),
    "/files/initmultipartupload": ("the SDK reads the file bare", lambda answer: {"items": [answer]}),
}
SDK_SENT: dict[str, tuple[str, Reshape]] = {
    "/files/list": (
        "the SDK sends a null cursor with partitions",
        lambda sent: {name: value for name, value in sent.items() if value is not None},
    ),
}
AS_IT_IS: tuple[str, Reshape] = ("", lambda body: body)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str  # as the document spells it
    sent: Any
    status: int
    answer: Any


def mended(schema: Any) -> Any:
    """The document's schemas as JSON Schema.

    ``oneOf`` becomes ``anyOf``: the document lists alternatives that overlap, such as ``{"id"}`` or
    ``{"externalId"}`` with nothing required, or data that fits two annotation types.
    """
    if isinstance(schema, list):
        return [mended(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {"anyOf" if name == "oneOf" else name: mended(value) for name, value in schema.items()}
    if made.pop("nullable", False):
        return {"anyOf": [made, {"type": "null"}]}
    return made


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document, mended where it is no JSON Schema or contradicts itself."""
    document = mended(json.loads(DOCUMENT.read_text()))
    # It demands a "code" of which it says nothing; the SDK knows message and trace.
    document["components"]["schemas"]["FunctionCallError"]["required"].remove("code")
    return document


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """Everything the SDK sends below the API from now on, with the answers."""
    recorded: list[Exchange] = []
    send = httpx2.AsyncClient.send

    async def recording(self: httpx2.AsyncClient, request: httpx2.Request, **options: Any) -> httpx2.Response:
        response = await send(self, request, **options)
        path = request.url.path
        if path.startswith("/api/v1/"):
            path = path.removeprefix("/api/v1").removeprefix("/projects/local").rstrip("/")
            recorded.append(
                Exchange(
                    request.method.lower(), path, body_of(request), response.status_code, response.json()
                )
            )
        return response

    monkeypatch.setattr(httpx2.AsyncClient, "send", recording)
    return recorded


def body_of(request: httpx2.Request) -> Any:
    """The JSON that was sent."""
    content = request.read()
    if request.headers.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return json.loads(content) if content else None


def violations(document: dict[str, Any], exchange: Exchange) -> list[str]:
    """What the document says against an exchange."""
    path = exchange.path
    for thing, name in (("annotations", "annotationId"), ("functions", "functionId"), ("calls", "callId")):
        path = re.sub(rf"/{thing}/\d+", f"/{thing}/{{{name}}}", path)
    operation = document["paths"][path][exchange.method]
    if exchange.status >= 400:
        schema = {**document, "$ref": "#/components/schemas/Error"}
        return [f"{path}: refusal: {error.message}" for error in check(schema, exchange.answer["error"])]
    if str(exchange.status) not in operation["responses"]:
        return [f"{path}: status {exchange.status} is not in the document"]
    sent = SDK_SENT.get(path, AS_IT_IS)[1](exchange.sent)
    answer = SDK_ANSWERED.get(path, AS_IT_IS)[1](exchange.answer)
    response = operation["responses"][str(exchange.status)]
    return [
        *faults(document, operation.get("requestBody", {}), sent, f"{path}: request"),
        *faults(document, response, answer, f"{path}: answer"),
    ]


def faults(document: dict[str, Any], holder: dict[str, Any], value: Any, where: str) -> list[str]:
    """What the schema of a body says against a value."""
    while "$ref" in holder:
        target: Any = document
        for key in holder["$ref"].split("/")[1:]:
            target = target[key]
        holder = target
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return []
    return [
        f"{where}: {error.json_path}: {error.message}"
        for error in check({**document, **schema}, value)
        if not (where.endswith("request") and is_for_answers(error))
    ]


def is_for_answers(error: jsonschema.ValidationError) -> bool:
    """Whether it is the want of a property that is read-only, and so required in answers alone."""
    if error.validator != "required":
        return False
    name = error.message.split("'")[1]
    return error.schema["properties"].get(name, {}).get("readOnly", False)


def check(schema: dict[str, Any], value: Any) -> list[jsonschema.ValidationError]:
    """The errors of a value under a schema that is inside the document."""
    return list(jsonschema.Draft202012Validator(schema).iter_errors(value))


def carry_out(client: CogniteClient) -> None:
    """Call every endpoint, typed where the SDK has a type for it."""
    data_set = client.data_sets.create(DataSetWrite("ds", name="Plant", metadata={"a": "b"}))
    client.data_sets.update(DataSetUpdate(id=data_set.id).description.set("d"))
    client.data_sets.retrieve(external_id="ds")
    client.data_sets.list(metadata={"a": "b"})
    _extpipes(client, data_set.id)
    _files(client, data_set.id)
    client.iam.token.inspect()
    _iam(client, data_set.id)


def _iam(client: CogniteClient, data_set_id: int) -> None:
    held = [
        FilesAcl([FilesAcl.Action.Read], FilesAcl.Scope.DataSet([data_set_id])),
        DataModelsAcl([DataModelsAcl.Action.Read], DataModelsAcl.Scope.SpaceID(["cdf_cdm"])),
        SessionsAcl([SessionsAcl.Action.Create], SessionsAcl.Scope.All()),
    ]
    group = client.iam.groups.create(GroupWrite("g", "source", capabilities=held, metadata={"a": "b"}))
    users = client.iam.groups.create(GroupWrite("u", members="allUserAccounts"))
    client.iam.groups.list(all=True)
    client.iam.groups.delete([group.id, users.id])
    session = client.iam.sessions.create()
    client.iam.sessions.create(session_type="ONESHOT_TOKEN_EXCHANGE")
    client.iam.sessions.list()
    client.iam.sessions.retrieve(session.id)
    client.iam.sessions.revoke(session.id)


def _extpipes(client: CogniteClient, data_set_id: int) -> None:
    pipelines = client.extraction_pipelines
    pipelines.create(
        ExtractionPipelineWrite("ep", "x", data_set_id, schedule="Continuous", metadata={"a": "b"})
    )
    pipelines.update(ExtractionPipelineUpdate(external_id="ep").source.set("s"))
    pipelines.retrieve(external_id="ep")
    pipelines.list()
    for status in ("success", "failure", "seen"):
        pipelines.runs.create(ExtractionPipelineRunWrite("ep", status, message="m"))
    pipelines.runs.list("ep")
    pipelines.runs.list("ep", statuses="failure", message_substring="m")
    pipelines.config.create(ExtractionPipelineConfigWrite("ep", "a: 1", "d"))
    pipelines.config.retrieve("ep")
    pipelines.config.list("ep")
    pipelines.config.revert("ep", 1)
    pipelines.delete(external_id="ep")


def _files(client: CogniteClient, data_set_id: int) -> None:
    files = client.files
    file, _ = files.create(FileMetadataWrite("a", "f", mime_type="image/jpeg", data_set_id=data_set_id))
    with files.multipart_upload_session("b", parts=1, external_id="g") as session:
        session.upload_part(0, b"content")
    with files.multipart_upload_content_session(parts=1, external_id="f") as session:
        session.upload_part(0, b"content")
    files.upload_content_bytes(b"content", external_id="f")
    files.download_bytes(external_id="f")
    files.update(FileMetadataUpdate(id=file.id).metadata.set({"face": "front"}).labels.add(["checked"]))
    files.list(metadata={"face": "front"}, uploaded=True, data_set_ids=data_set_id, partitions=2, limit=None)
    _annotations(client, file.id)
    files.delete(external_id=["f", "g"])
    with pytest.raises(CogniteAPIError):
        files.retrieve_multiple(external_ids=["f", "g"])


def _annotations(client: CogniteClient, file_id: int) -> None:
    box = {"xMin": 0, "xMax": 0.5, "yMin": 0, "yMax": 1}
    data = {
        "text": "21-PT-1019",
        "textRegion": box,
        "instanceRef": {"instanceType": "node", "space": "s", "externalId": "x", "sources": []},
        "objectRegion": {"polygon": {"vertices": [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}]}},
    }
    link = AnnotationWrite(
        "images.InstanceLink", data, "approved", "image360", "1.0.0", None, "file", file_id
    )
    text = {"text": "x", "textRegion": box, "confidence": 0.5}
    region = AnnotationWrite(
        "images.TextRegion", text, "suggested", "image360", "1.0.0", "kim", "file", file_id
    )
    made = client.annotations.create([link, link])
    client.annotations.suggest(region)
    client.annotations.list(AnnotationFilter("file", [{"id": file_id}], data={"text": "x"}), limit=None)
    client.annotations.retrieve_multiple([each.id for each in made])
    client.get(f"/api/v1/projects/local/annotations/{made[0].id}")
    client.annotations.update(AnnotationUpdate(made[0].id).status.set("rejected"))
    client.annotations.delete([each.id for each in made])


def test_requests_and_answers_fit_the_document(
    document: dict[str, Any], exchanges: list[Exchange], fresh_cdf: LocalServer, fresh_client: CogniteClient
) -> None:
    fresh_cdf.read_as(annotation_instance_looked_up="no")
    carry_out(fresh_client)
    assert len({(exchange.method, exchange.path) for exchange in exchanges}) >= 30
    assert [fault for exchange in exchanges for fault in violations(document, exchange)] == []


def test_functions_and_their_calls_fit_the_document(
    document: dict[str, Any],
    exchanges: list[Exchange],
    fresh_cdf: LocalServer,
    fresh_client: CogniteClient,
    tmp_path: Path,
) -> None:
    (tmp_path / "handler.py").write_text(
        "def handle(data):\n    print('x')\n    return {'y': 1 / data['x']}\n"
    )
    fresh_cdf.read_as(list_lag="0", function_deployment="0")
    functions, own = fresh_client.functions, "/api/v1/projects/local/functions"
    functions.activate()
    functions.status()
    functions.limits()
    told = {"metadata": {"a": "b"}, "secrets": {"a": "b"}, "env_vars": {"A": "b"}, "description": "d"}
    good = functions.create("f", folder=str(tmp_path), external_id="f", owner="me", **told)
    functions.create("bad", file_id=good.file_id, function_path="nowhere.py", cpu=1.0, memory=1.5)
    functions.list(status="Failed", metadata={"a": "b"}, created_time={"min": 0}, limit=None)
    fresh_client.get(own)
    for divisor in (1, 0):
        call = functions.call(external_id="f", data={"x": divisor})
        fresh_client.get(f"{own}/{good.id}/calls/{call.id}")
        call.get_response()
        call.get_logs()
    fresh_client.get(f"{own}/{good.id}")
    functions.calls.list(good.id, status="Completed", start_time={"min": 0}, limit=None)
    fresh_client.get(f"{own}/{good.id}/calls")
    with pytest.raises(CogniteAPIError):
        functions.delete(external_id="nowhere")
    functions.delete(external_id="f")
    ours = [exchange for exchange in exchanges if exchange.path.startswith("/functions")]
    assert len({re.sub(r"\d+", "", exchange.method + exchange.path) for exchange in ours}) == 16
    assert [fault for exchange in ours for fault in violations(document, exchange)] == []


def test_a_wrong_answer_would_be_found(
    document: dict[str, Any], exchanges: list[Exchange], client: CogniteClient
) -> None:
    client.files.create(FileMetadataWrite("a"))
    (exchange,) = exchanges
    for change in ({"id": "1"}, {"uploaded": None}, {"createdTime": -1}, {"name": "x" * 257}):
        wrong = copy.copy(exchange.answer) | change
        assert violations(document, Exchange("post", "/files", exchange.sent, 201, wrong))
    assert violations(document, Exchange("post", "/files", {"externalId": "a"}, 201, exchange.answer))
    assert violations(document, Exchange("post", "/files", exchange.sent, 200, exchange.answer))
