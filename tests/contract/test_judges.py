"""The judge of all traffic, Cognite's own OpenAPI document: what it finds, and what it must not see."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judges.document import ABSENT, DOCUMENT, Document, Exchange, load, violations
from judges.errata import ERRATA, corrected
from judges.traffic import exchanges

from demo.localserver import TRAFFIC, LocalServer, local_cdf

needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason=ABSENT)
FILE = {"id": 1, "name": "a", "uploaded": False, "createdTime": 1, "lastUpdatedTime": 1, "uploadUrl": "u"}
CREATED = Exchange("POST", "/files", {"name": "a"}, 201, FILE)


@pytest.fixture(scope="module")
def document() -> Document:
    """The document, corrected."""
    return load()


@needs_document
@pytest.mark.parametrize(
    "change",
    [{"id": "1"}, {"uploaded": None}, {"createdTime": -1}, {"name": "x" * 257}, {"uploadUrl": 1}],
    ids=str,
)
def test_a_wrong_answer_is_found(document: Document, change: dict[str, Any]) -> None:
    assert violations(document, CREATED) == []
    assert violations(document, replace(CREATED, answer=FILE | change))


@needs_document
@pytest.mark.parametrize(
    "change",
    [
        {"sent": {"externalId": "a"}},
        {"sent": {"name": None}},
        {"status": 200},
        {"query": (("overwrite", "maybe"),)},
        {"query": (("unheard", "of"),)},
        {"path": "/files/nowhere/else"},
        {"answer": {k: v for k, v in FILE.items() if k != "id"}},
        {"answer": None},
        {"status": 400},  # with an answer that is no refusal
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_exchange_is_found(document: Document, change: dict[str, Any]) -> None:
    assert violations(document, replace(CREATED, **change))


@needs_document
def test_a_refusal_is_held_against_the_form_of_refusals_only(document: Document) -> None:
    refusal = {"error": {"code": 400, "message": "name is missing"}}
    assert violations(document, replace(CREATED, sent={"nonsense": 1}, status=400, answer=refusal)) == []


@needs_document
def test_each_correction_of_the_document_is_still_needed() -> None:
    content = corrected(json.loads(DOCUMENT.read_text("utf-8")), ERRATA)
    with pytest.raises(LookupError, match="the document now says"):
        corrected(content, ERRATA[:1])


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the local CDFs of one test record."""
    monkeypatch.setenv(TRAFFIC, str(tmp_path / "traffic"))
    return tmp_path / "traffic"


def test_the_traffic_has_each_request_with_its_answer(recorded: Path, fresh_cdf: LocalServer) -> None:
    client = fresh_cdf.client("tests")
    made = client.post("/api/v1/projects/local/datasets", json={"items": [{"name": "a"}]}).json()
    client.data_sets.list(limit=3)
    client.get(f"{fresh_cdf.url}/_localcdf/log")  # not of the API
    seen = list(exchanges(recorded))
    assert seen[0] == Exchange("POST", "/datasets", {"items": [{"name": "a"}]}, 200, made)
    assert [str(each) for each in seen] == ["POST /datasets", "POST /datasets/list"]


def test_the_traffic_has_no_secrets(recorded: Path, fresh_cdf: LocalServer) -> None:
    client = fresh_cdf.client("tests")
    nonce = client.iam.sessions.create(session_type="ONESHOT_TOKEN_EXCHANGE").nonce
    link = client.post("/api/v1/projects/local/files", json={"name": "a"}).json()["uploadUrl"]
    (file,) = recorded.iterdir()
    text = file.read_text("utf-8")
    assert text.count("redacted") == 2
    assert [secret for secret in (fresh_cdf.token, nonce, link.rpartition("/")[2]) if secret in text] == []


def test_what_a_fault_did_to_an_answer_is_not_held_against_it(recorded: Path, tmp_path: Path) -> None:
    with local_cdf(tmp_path / "cdf") as server:
        server.admin("faults", {"items": [{"kind": "503", "path": "/token/inspect", "times": 1}]})
        client = server.client("tests")
        with pytest.raises(Exception, match="503"):
            client.get("/api/v1/token/inspect")
        client.get("/api/v1/token/inspect")
    assert [each.status for each in exchanges(recorded)] == [200]


@needs_document
@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_a_run_fails_for_traffic_that_the_document_forbids(tmp_path: Path, workers: list[str]) -> None:
    entry = {"method": "POST", "path": "/api/v1/projects/local/files", "query": [], "fault": None}
    wrong = entry | {"sent": {"name": "a"}, "status": 201, "answer": FILE | {"id": "one"}}
    (tmp_path / "traffic.jsonl").write_text(json.dumps(wrong) + "\n", "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *workers, __file__, "-k", "form_of_refusals"],
        env=os.environ | {TRAFFIC: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in run.stdout
    assert "POST /files: answer: id:" in run.stdout
    assert run.returncode == 1
