"""The local CDF's own pages: the logs and the fidelity table."""

import gzip
import hashlib
from typing import Any

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


def entries(client: CogniteClient, server: LocalServer, log: str) -> list[dict[str, Any]]:
    """One of the logs."""
    return client.get(f"{server.url}/_localcdf/{log}").json()["items"]


def test_the_log_has_every_request_and_the_write_log_what_changed_the_store(
    fresh_client: CogniteClient, fresh_cdf: LocalServer
) -> None:
    other = fresh_cdf.client("other")
    fresh_client.data_sets.create(DataSetWrite("ds"))
    other.data_sets.list()
    with pytest.raises(CogniteAPIError):
        other.data_sets.create(DataSetWrite("ds"))
    with pytest.raises(CogniteAPIError):
        other.post(f"{API}/nothing", json={})
    log = entries(fresh_client, fresh_cdf, "log")
    assert [(each["n"], each["path"], each["status"], each["caller"]) for each in log] == [
        (1, f"{API}/datasets", 200, "tests"),
        (2, f"{API}/datasets/list", 200, "other"),
        (3, f"{API}/datasets", 409, "other"),
        (4, f"{API}/nothing", 404, "other"),
    ]
    writes = entries(fresh_client, fresh_cdf, "writes")
    assert [each["n"] for each in writes] == [1]
    assert writes[0].keys() == {"n", "method", "path", "status", "digest", "caller"}


def test_uploads_and_pipeline_runs_are_writes_and_secrets_are_not_logged(
    fresh_client: CogniteClient, fresh_cdf: LocalServer
) -> None:
    client = fresh_client
    data_set = client.data_sets.create(DataSetWrite("ds")).id
    client.extraction_pipelines.create(ExtractionPipelineWrite("ep", "x", data_set))
    client.extraction_pipelines.runs.create(ExtractionPipelineRunWrite("ep", "seen"))
    _, url = client.files.create(FileMetadataWrite("a", external_id="a"))
    client.files.upload_content_bytes(b"content", external_id="a")
    assert client.files.download_bytes(external_id="a") == b"content"
    writes = entries(client, fresh_cdf, "writes")
    assert [(each["method"], each["path"].removeprefix(API)) for each in writes] == [
        ("POST", "/datasets"),
        ("POST", "/extpipes"),
        ("POST", "/extpipes/runs"),
        ("POST", "/files"),
        ("PUT", "/_localcdf/blob/upload"),
    ]
    assert writes[-1]["digest"] == hashlib.sha256(b"content").hexdigest()
    secret = url.rpartition("/")[2]
    assert secret not in client.get(f"{fresh_cdf.url}/_localcdf/log").content.decode()


def test_equal_bodies_have_equal_digests_however_they_are_packed(fresh_cdf: LocalServer) -> None:
    headers = {"Authorization": f"Bearer {fresh_cdf.token}"}
    url = f"{fresh_cdf.url}{API}/datasets/list"
    httpx2.post(url, content=b"{}", headers=headers)
    httpx2.post(url, content=gzip.compress(b"{}"), headers={**headers, "Content-Encoding": "gzip"})
    log = httpx2.get(f"{fresh_cdf.url}/_localcdf/log", headers=headers).json()["items"]
    assert [each["digest"] for each in log] == [hashlib.sha256(b"{}").hexdigest()] * 2


def test_delete_empties_a_log(fresh_client: CogniteClient, fresh_cdf: LocalServer) -> None:
    fresh_client.data_sets.create(DataSetWrite("ds"))
    headers = {"Authorization": f"Bearer {fresh_cdf.token}"}
    for log in ("writes", "log"):
        answer = httpx2.delete(f"{fresh_cdf.url}/_localcdf/{log}", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {})
    assert entries(fresh_client, fresh_cdf, "writes") == []
    assert [each["method"] for each in entries(fresh_client, fresh_cdf, "log")] == ["DELETE", "GET"]


def test_the_fidelity_table_speaks_of_every_endpoint(client: CogniteClient, local_cdf: LocalServer) -> None:
    table = entries(client, local_cdf, "fidelity")
    assert {row["endpoint"] for row in table} == {f"{each.method} {each.path}" for each in ENDPOINTS}
    assert {row["status"] for row in table} == {"documented", "assumed", "not served"}
    assert {row["validated on CDF"] for row in table} == {"never"}
    assert all(row["reading"] for row in table)
    assumed = [
        row["reading"]
        for row in table
        if row["endpoint"] == "POST /annotations" and row["status"] == "assumed"
    ]
    assert any("repeats" in reading for reading in assumed)
