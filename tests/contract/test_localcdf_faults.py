"""Faults that answer: what the client sees, and what the store holds afterwards."""

import json
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from annotated import API, CREATE, AnnotatedFile, annotated_file, annotation
from cognite.client import CogniteClient, global_config
from cognite.client.data_classes import DataSetWrite, FileMetadataWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, SpaceApply
from cognite.client.data_classes.data_modeling.query import NodeResultSetExpression, Query, Select
from cognite.client.exceptions import (
    CogniteAPIError,
    CogniteFileUploadError,
    CogniteHTTPStatusError,
    CogniteProjectAccessError,
)

from demo.localserver import LocalServer
from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint
from localcdf.faults.kinds import KINDS
from tests.conftest import Faults

STATUSES = {name: int(name[:3]) for name in KINDS if name[:3].isdigit()}
MOMENTS = [(name, when) for name in STATUSES for when in KINDS[name].when]


@pytest.fixture
def file(local_cdf: LocalServer) -> AnnotatedFile:
    """A file, and the only client that writes to it."""
    return annotated_file(local_cdf)


def raw(file: AnnotatedFile, path: str, body: Any) -> httpx2.Response:
    """Send a body below the project as it is, under the name of the file's client."""
    headers = {"Authorization": f"Bearer {file.server.token}", "x-cdp-app": file.caller}
    return httpx2.post(f"{file.server.url}{API}{path}", json=body, headers=headers)


# --- statuses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "when"), MOMENTS)
def test_a_status_comes_before_or_after_the_commit(
    file: AnnotatedFile, faults: Faults, kind: str, when: str
) -> None:
    faults.set({"kind": kind, "path": CREATE, "when": when, "caller": file.caller})
    with pytest.raises((CogniteAPIError, CogniteProjectAccessError)) as refusal:
        file.annotate("first")
    if kind == "401":
        assert isinstance(refusal.value, CogniteProjectAccessError)
    else:
        assert refusal.value.code == STATUSES[kind]
        assert bool(refusal.value.x_request_id) == (not kind.endswith("-html"))
    assert file.texts() == (["first"] if when == "after" else [])
    write = ("/annotations/", STATUSES[kind], kind)
    assert file.log()[0] == write
    assert file.log("writes") == ([write] if when == "after" else [])
    file.annotate("second")
    assert "second" in file.texts()
    assert faults.hits() == [1]


@pytest.mark.parametrize("kind", [each for each in STATUSES if not each.endswith("-html")])
def test_a_status_of_cdf_comes_in_its_envelope(file: AnnotatedFile, faults: Faults, kind: str) -> None:
    faults.set({"kind": kind})
    answer = raw(file, "/files/list", {})
    assert answer.status_code == STATUSES[kind]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    error = answer.json()["error"]
    assert error.keys() == {"code", "message"}
    assert error["code"] == STATUSES[kind]
    assert error["message"] in KINDS[kind].sees or kind in ("429-retry-after", "500-auto-retryable")


@pytest.mark.parametrize("kind", [each for each in STATUSES if each.endswith("-html")])
def test_a_load_balancer_answers_in_html_and_has_no_request_id(
    file: AnnotatedFile, faults: Faults, kind: str
) -> None:
    faults.set({"kind": kind})
    answer = raw(file, "/files/list", {})
    assert answer.status_code == STATUSES[kind]
    assert answer.headers["content-type"].startswith("text/html")
    assert "x-request-id" not in answer.headers
    assert f"<h1>{STATUSES[kind]} " in answer.text


@pytest.mark.parametrize(("seconds", "header"), [(None, "1"), (7, "7"), (0.2, "1"), (0, "0")])
def test_retry_after_is_in_whole_seconds(
    file: AnnotatedFile, faults: Faults, seconds: float | None, header: str
) -> None:
    told = {} if seconds is None else {"seconds": seconds}
    faults.set({"kind": "429-retry-after"} | told, {"kind": "429"})
    assert raw(file, "/files/list", {}).headers["retry-after"] == header
    assert "retry-after" not in raw(file, "/files/list", {}).headers


def test_only_the_500_that_says_so_is_auto_retryable(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "500-auto-retryable"}, {"kind": "500"})
    assert raw(file, "/files/list", {}).headers["cdf-is-auto-retryable"] == "true"
    assert "cdf-is-auto-retryable" not in raw(file, "/files/list", {}).headers


def test_a_version_conflict_reads_as_cdf_words_it(client: CogniteClient, faults: Faults) -> None:
    space = client.data_modeling.spaces.apply(SpaceApply(f"s{uuid4().hex[:8]}")).space
    for kind, code in (("409", 409), ("400-version-conflict", 400)):
        faults.set({"kind": kind, "path": "^/models/instances$"})
        with pytest.raises(CogniteAPIError, match="A version conflict caused the ingest to fail") as refusal:
            client.data_modeling.instances.apply(NodeApply(space, "a"))
        assert refusal.value.code == code
        assert client.data_modeling.instances.retrieve(NodeId(space, "a")).nodes == []


def test_what_the_handler_refuses_is_replaced_too(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "503", "when": "after"}, {"kind": "503", "when": "after"})
    assert raw(file, "/files/list", {"limit": -1}).status_code == 503
    assert raw(file, "/nothing", {}).status_code == 503
    assert file.log("writes") == []


@pytest.mark.parametrize(
    ("path", "body"), [("/datasets", {"items": [{"name": "a"}]}), ("/files", {"name": "a"})], ids=str
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_every_kind_of_write_is_committed_only_after(
    file: AnnotatedFile, faults: Faults, path: str, body: Any, when: str
) -> None:
    mark = uuid4().hex
    document = body["items"][0] if "items" in body else body
    document["externalId"] = mark
    faults.set({"kind": "504", "path": f"^{path}$", "when": when})
    assert raw(file, path, body).status_code == 504
    found = raw(file, f"{path}/byids", {"items": [{"externalId": mark}]})
    assert found.status_code == (200 if when == "after" else 400)


# --- the retries of the SDK --------------------------------------------------------------------------------


@pytest.mark.usefixtures("retries")
def test_a_503_after_the_commit_makes_the_sdk_write_annotations_twice(
    file: AnnotatedFile, faults: Faults
) -> None:
    faults.set({"kind": "503", "path": CREATE, "when": "after"})
    file.annotate("seen once")
    assert file.texts() == ["seen once", "seen once"]
    assert [status for _, status, _ in file.log("writes")] == [503, 201]


@pytest.mark.usefixtures("retries")
def test_a_503_before_the_commit_is_retried_without_harm(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "503", "path": CREATE, "times": 2})
    file.annotate("seen once")
    assert file.texts() == ["seen once"]
    assert file.log() == [("/annotations/", 503, "503")] * 2 + [("/annotations/", 201, None)]


@pytest.mark.usefixtures("retries")
@pytest.mark.parametrize(
    ("kind", "requests"),
    [("500", 1), ("500-auto-retryable", 2), ("408", 1), ("409", 1), ("429", 2), ("502-html", 2), ("504", 2)],
)
def test_what_the_sdk_tries_again(file: AnnotatedFile, faults: Faults, kind: str, requests: int) -> None:
    faults.set({"kind": kind, "path": CREATE})
    if requests == 1:
        with pytest.raises(CogniteAPIError):
            file.annotate("a")
    else:
        file.annotate("a")
    assert len(file.log()) == requests


def test_the_sdk_gives_up_after_as_many_retries_as_it_may(
    file: AnnotatedFile, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_config, "max_retries", 1)
    faults.set({"kind": "503", "path": CREATE, "times": 5})
    with pytest.raises(CogniteAPIError) as refusal:
        file.annotate("a")
    assert refusal.value.code == 503
    assert faults.hits() == [2]


@pytest.mark.usefixtures("retries")
def test_data_sets_are_not_sent_twice_whatever_happened(local_cdf: LocalServer, faults: Faults) -> None:
    mark = uuid4().hex
    client = local_cdf.client("tests")
    faults.set({"kind": "503", "path": "^/datasets$", "when": "after"})
    with pytest.raises(CogniteAPIError) as refusal:
        client.data_sets.create(DataSetWrite(mark))
    assert refusal.value.code == 503
    assert refusal.value.unknown  # the SDK says that it cannot know
    assert client.data_sets.retrieve(external_id=mark) is not None


def test_in_a_401_in_mid_run_the_sdk_asks_what_its_token_may(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "401", "path": CREATE, "at": 2})
    file.annotate("first")
    with pytest.raises(CogniteProjectAccessError):
        file.annotate("second")
    file.annotate("third")
    assert file.texts() == ["first", "third"]
    assert [path for path, *_ in file.log()] == [
        "/annotations/",
        "/annotations/",
        "/api/v1/token/inspect",
        "/annotations/",
    ]


# --- other answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_of_another_shape_is_valid_json(file: AnnotatedFile, faults: Faults, when: str) -> None:
    faults.set({"kind": "wrong-schema", "path": CREATE, "when": when, "times": 2})
    answer = raw(file, "/annotations", {"items": [annotation(file.id, "raw").dump()]})
    assert answer.status_code == 200
    assert not answer.json().keys() & {"items", "nextCursor", "error"}
    with pytest.raises(KeyError, match="items"):
        file.annotate("typed")
    assert file.texts() == (["raw", "typed"] if when == "after" else [])


def test_a_stale_read_shows_the_time_before_the_last_write(file: AnnotatedFile, faults: Faults) -> None:
    file.annotate("first")
    file.annotate("second")
    faults.set({"kind": "stale-read", "path": "^/annotations/list$"})
    assert "second" not in file.texts()
    assert faults.hits() == [1]
    assert file.texts() == ["first", "second"]


def test_a_stale_read_misses_even_what_is_read_by_its_id(client: CogniteClient, faults: Faults) -> None:
    name = f"stale-{uuid4().hex}"
    client.files.create(FileMetadataWrite("a", external_id=name))
    faults.set({"kind": "stale-read"})
    assert client.files.retrieve(external_id=name) is None
    assert client.files.retrieve(external_id=name) is not None


def test_a_stale_read_leaves_writes_and_transfers_alone(client: CogniteClient, faults: Faults) -> None:
    name = f"stale-{uuid4().hex}"
    _, url = client.files.create(FileMetadataWrite("a", external_id=name))
    faults.set({"kind": "stale-read", "times": 100})
    assert httpx2.put(url, content=b"x").status_code == 200
    client.data_sets.create(DataSetWrite(name))
    assert faults.hits() == [0]


READING = [each for each in ENDPOINTS if not each.writes]


@pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_that_reads_can_read_stale(
    file: AnnotatedFile, faults: Faults, endpoint: Endpoint
) -> None:
    faults.set({"kind": "stale-read"})
    below = API if endpoint.in_project else "/api/v1"
    url = file.server.url + below + re.sub(r"\{\w+\}", "1", endpoint.path)
    headers = {"Authorization": f"Bearer {file.server.token}", "cdf-version": "beta"}
    answer = httpx2.request(endpoint.method, url, json={"items": [{"id": 1}]}, headers=headers)
    assert answer.status_code < 500
    assert faults.hits() == [1]


def test_an_invalid_cursor_hits_only_requests_with_one(file: AnnotatedFile, faults: Faults) -> None:
    for number in range(3):
        file.annotate(str(number))
    faults.set({"kind": "invalid-cursor", "times": 2})
    body = {
        "filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": file.id}]},
        "limit": 1,
    }
    page = raw(file, "/annotations/list", body)
    assert page.status_code == 200
    refused = raw(file, "/annotations/list", body | {"cursor": page.json()["nextCursor"]})
    assert refused.status_code == 400
    assert "cursor" in refused.json()["error"]["message"].lower()
    with pytest.raises(CogniteAPIError, match="cursor"):
        file.client.get(f"{API}/extpipes", params={"cursor": "abc"})
    again = raw(file, "/annotations/list", body | {"cursor": page.json()["nextCursor"]})
    assert [again.status_code, len(again.json()["items"])] == [200, 1]
    assert faults.hits() == [2]


def test_an_invalid_cursor_among_the_cursors_of_a_query(client: CogniteClient, faults: Faults) -> None:
    query = Query({"n": NodeResultSetExpression(limit=1)}, {"n": Select()})
    faults.set({"kind": "invalid-cursor"})
    client.data_modeling.instances.query(query)  # with cursors: {"n": null}
    assert faults.hits() == [0]
    query.cursors = {"n": "abc"}
    with pytest.raises(CogniteAPIError, match="Invalid cursor"):
        client.data_modeling.instances.query(query)
    assert faults.hits() == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"cursor"', b'{"cursor": null}', b'{"cursors": [1]}'])
def test_looking_for_a_cursor_changes_no_request(
    local_cdf: LocalServer, faults: Faults, content: bytes
) -> None:
    def answer() -> httpx2.Response:
        headers = {"Authorization": f"Bearer {local_cdf.token}"}
        return httpx2.post(f"{local_cdf.url}{API}/files/list", content=content, headers=headers)

    plain = answer()
    faults.set({"kind": "invalid-cursor"})
    looked_at = answer()
    assert (looked_at.status_code, looked_at.content) == (plain.status_code, plain.content)
    assert faults.hits() == [0]


def test_a_large_body_arrives_whole_though_it_was_looked_at(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "invalid-cursor"})
    items = [annotation(file.id, f"{number:05d}" + "x" * 60).dump() for number in range(999)]
    assert raw(file, "/annotations", {"items": items}).status_code == 201
    assert len(file.texts()) == 999  # less than a page, or there would be a cursor


def test_an_expired_link_answers_as_an_object_store_does(client: CogniteClient, faults: Faults) -> None:
    name = f"link-{uuid4().hex}"
    _, url = client.files.create(FileMetadataWrite("a", external_id=name))
    faults.set({"kind": "expired-link", "times": 2})
    refused = httpx2.put(url, content=b"first")
    assert refused.status_code == 403
    assert refused.headers["content-type"].startswith("application/xml")
    assert refused.text.startswith("<?xml")
    assert "x-request-id" not in refused.headers
    with pytest.raises(CogniteFileUploadError):
        client.files.upload_content_bytes(b"first", external_id=name)
    assert not client.files.retrieve(external_id=name).uploaded
    client.files.upload_content_bytes(b"second", external_id=name)
    faults.set({"kind": "expired-link"})
    with pytest.raises(CogniteHTTPStatusError):
        client.files.download_bytes(external_id=name)
    assert client.files.download_bytes(external_id=name) == b"second"


@pytest.mark.parametrize("when", ["before", "after"])
def test_content_is_kept_only_after(client: CogniteClient, faults: Faults, when: str) -> None:
    name = f"content-{uuid4().hex}"
    _, url = client.files.create(FileMetadataWrite("a", external_id=name))
    faults.set({"kind": "503", "path": "upload$", "when": when})
    assert httpx2.put(url, content=b"content").status_code == 503
    assert client.files.retrieve(external_id=name).uploaded == (when == "after")


def test_the_log_names_the_fault_and_keeps_its_keys(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "503"})
    raw(file, "/files/list", {})
    raw(file, "/files/list", {})
    entries = json.loads(file.onlooker.get(f"{file.server.url}/_localcdf/log").content)["items"]
    hit, free = [each for each in entries if each["caller"] == file.caller]
    assert hit.keys() - free.keys() == {"fault"}
    assert free.keys() == {"n", "method", "path", "status", "digest", "caller"}
