"""The local CDF's own pages: the logs and the fidelity table."""

import gzip
import hashlib
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetWrite,
    ExtractionPipelineRunWrite,
    ExtractionPipelineWrite,
    FileMetadataWrite,
)
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer
from localcdf.app import ENDPOINTS

API = "/api/v1/projects/local"


def caller() -> str:
    """A client name that no other test has, to find its requests by."""
    return f"caller-{uuid4().hex}"


def entries(server: LocalServer, log: str, by: str) -> list[dict[str, Any]]:
    """The entries of one caller in one of the logs."""
    items = server.client("onlooker").get(f"{server.url}/_localcdf/{log}").json()["items"]
    return [each for each in items if each["caller"] == by]


def test_the_log_has_every_request_and_the_write_log_what_changed_the_store(local_cdf: LocalServer) -> None:
    name, data_set = caller(), uuid4().hex
    client = local_cdf.client(name)
    client.data_sets.create(DataSetWrite(data_set))
    client.data_sets.list()
    with pytest.raises(CogniteAPIError):
        client.data_sets.create(DataSetWrite(data_set))
    with pytest.raises(CogniteAPIError):
        client.post(f"{API}/nothing", json={})
    log = entries(local_cdf, "log", name)
    assert [(each["method"], each["path"], each["status"]) for each in log] == [
        ("POST", f"{API}/datasets", 200),
        ("POST", f"{API}/datasets/list", 200),
        ("POST", f"{API}/datasets", 409),
        ("POST", f"{API}/nothing", 404),
    ]
    assert [each["n"] - log[0]["n"] for each in log] == [0, 1, 2, 3]
    assert entries(local_cdf, "writes", name) == [log[0]]
    assert log[0].keys() == {"n", "method", "path", "status", "digest", "caller"}


def test_uploads_and_pipeline_runs_are_writes_and_secrets_are_not_logged(local_cdf: LocalServer) -> None:
    name, mark = caller(), uuid4().hex
    client = local_cdf.client(name)
    data_set = client.data_sets.create(DataSetWrite(mark)).id
    client.extraction_pipelines.create(ExtractionPipelineWrite(mark, "x", data_set))
    client.extraction_pipelines.runs.create(ExtractionPipelineRunWrite(mark, "seen"))
    _, url = client.files.create(FileMetadataWrite("a", external_id=mark))
    client.files.upload_content_bytes(b"content", external_id=mark)
    assert client.files.download_bytes(external_id=mark) == b"content"
    writes = entries(local_cdf, "writes", name)
    assert [(each["method"], each["path"].removeprefix(API)) for each in writes] == [
        ("POST", "/datasets"),
        ("POST", "/extpipes"),
        ("POST", "/extpipes/runs"),
        ("POST", "/files"),
        ("PUT", "/_localcdf/blob/upload"),
    ]
    assert writes[-1]["digest"] == hashlib.sha256(b"content").hexdigest()
    secret = url.rpartition("/")[2]
    assert secret not in client.get(f"{local_cdf.url}/_localcdf/log").content.decode()


def test_equal_bodies_have_equal_digests_however_they_are_packed(local_cdf: LocalServer) -> None:
    name = caller()
    headers = {"Authorization": f"Bearer {local_cdf.token}", "x-cdp-app": name}
    url = f"{local_cdf.url}{API}/datasets/list"
    httpx2.post(url, content=b"{}", headers=headers)
    httpx2.post(url, content=gzip.compress(b"{}"), headers={**headers, "Content-Encoding": "gzip"})
    digests = [each["digest"] for each in entries(local_cdf, "log", name)]
    assert digests == [hashlib.sha256(b"{}").hexdigest()] * 2


def test_delete_empties_a_log(local_cdf: LocalServer) -> None:
    name = caller()
    local_cdf.client(name).data_sets.create(DataSetWrite(uuid4().hex))
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    for log in ("writes", "log"):
        assert len(entries(local_cdf, log, name)) == 1
        answer = httpx2.delete(f"{local_cdf.url}/_localcdf/{log}", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {})
        assert entries(local_cdf, log, name) == []


def test_the_fidelity_table_speaks_of_every_endpoint(client: CogniteClient, local_cdf: LocalServer) -> None:
    table = client.get(f"{local_cdf.url}/_localcdf/fidelity").json()["items"]
    assert {row["endpoint"] for row in table} == {f"{each.method} {each.path}" for each in ENDPOINTS}
    assert {row["status"] for row in table} == {"documented", "assumed", "not served"}
    assert {row["validated on CDF"] for row in table} == {"never"}
    assert all(row["reading"] for row in table)
    switches = {row["switch"] for row in table if row["endpoint"] == "POST /annotations" and "switch" in row}
    assert {"annotations-repeats", "create-atomic"} <= switches
