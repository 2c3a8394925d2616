"""Faults that answer: what the client sees, and what the store holds afterwards."""

from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter, AnnotationWrite, FileMetadataWrite
from cognite.client.exceptions import CogniteAPIError, CogniteProjectAccessError

from demo.localserver import LocalServer
from localcdf.faults.kinds import KINDS
from tests.conftest import Faults

API = "/api/v1/projects/local"
STATUSES = {name: int(name[:3]) for name in KINDS if name[:3].isdigit()}
MOMENTS = [(name, when) for name in STATUSES for when in KINDS[name].when]


@pytest.fixture
def caller(local_cdf: LocalServer) -> CogniteClient:
    """A client that no other test has."""
    return local_cdf.client(f"caller-{uuid4().hex}")


@pytest.fixture
def file(client: CogniteClient) -> int:
    """A file to annotate."""
    created, _ = client.files.create(FileMetadataWrite("a.jpg", mime_type="image/jpeg"))
    return created.id


def name_of(client: CogniteClient) -> str:
    """The name under which the log has a client."""
    return client.config.client_name


def annotation(file: int, text: str) -> AnnotationWrite:
    """An annotation of its own."""
    region = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
    return AnnotationWrite(
        annotation_type="images.TextRegion",
        data={"text": text, "textRegion": region},
        status="approved",
        creating_app="tests",
        creating_app_version="1.0.0",
        creating_user=None,
        annotated_resource_type="file",
        annotated_resource_id=file,
    )


def texts(client: CogniteClient, file: int) -> list[str]:
    """The texts of a file's annotations that are in the store."""
    found = client.annotations.list(AnnotationFilter("file", [{"id": file}]), limit=None)
    return sorted(each.data["text"] for each in found)


def log_of(server: LocalServer, client: CogniteClient, log: str = "log") -> list[tuple[str, int, str | None]]:
    """What a log has of a client: path below the project, status, fault."""
    items = server.client("onlooker").get(f"{server.url}/_localcdf/{log}").json()["items"]
    return [
        (each["path"].removeprefix(API), each["status"], each.get("fault"))
        for each in items
        if each["caller"] == name_of(client)
    ]


@pytest.mark.parametrize(("kind", "when"), MOMENTS)
def test_a_status_comes_before_or_after_the_commit(
    local_cdf: LocalServer,
    client: CogniteClient,
    caller: CogniteClient,
    faults: Faults,
    file: int,
    kind: str,
    when: str,
) -> None:
    faults.set({"kind": kind, "path": "^/annotations/?$", "when": when, "caller": name_of(caller)})
    expected = CogniteProjectAccessError if kind == "401" else CogniteAPIError
    with pytest.raises(expected) as refusal:
        caller.annotations.create(annotation(file, "first"))
    if kind != "401":
        assert refusal.value.code == STATUSES[kind]
        assert bool(refusal.value.x_request_id) == (not kind.endswith("-html"))
    assert faults.hits() == [1]
    assert texts(client, file) == (["first"] if when == "after" else [])
    write = ("/annotations/", STATUSES[kind], kind)
    assert write in log_of(local_cdf, caller)
    assert log_of(local_cdf, caller, "writes") == ([write] if when == "after" else [])
    caller.annotations.create(annotation(file, "second"))
    assert "second" in texts(client, file)
    assert faults.hits() == [1]
