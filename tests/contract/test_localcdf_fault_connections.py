"""Faults of the connection and of time: what the client sees, and what the store holds afterwards."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from annotated import API, CREATE, AnnotatedFile, annotated_file
from cognite.client import CogniteClient, global_config
from cognite.client.data_classes import FileMetadataWrite
from cognite.client.exceptions import (
    CogniteConnectionError,
    CogniteConnectionRefused,
    CogniteException,
    CogniteFileUploadError,
    CogniteReadTimeout,
    CogniteRequestError,
)

from demo.localserver import LocalServer
from localcdf.faults.hit import Asked
from localcdf.faults.kinds import KINDS
from tests.conftest import Faults

LIST = f"{API}/files/list"


@pytest.fixture
def file(local_cdf: LocalServer) -> AnnotatedFile:
    """A file, and the only client that writes to it."""
    return annotated_file(local_cdf)


@pytest.fixture
def http(local_cdf: LocalServer) -> Iterator[httpx2.Client]:
    """A bare HTTP client that keeps its connection."""
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    with httpx2.Client(base_url=local_cdf.url, headers=headers) as client:
        yield client


def raw_answer(server: LocalServer, path: str) -> bytes:
    """All bytes that come back for an empty POST, until the connection ends."""
    host, port = server.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n"
        connection.sendall(f"{head}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_listening(server: LocalServer) -> bool:
    """Whether connections are taken."""
    host, port = server.url.removeprefix("http://").split(":")
    with suppress(ConnectionRefusedError), closing(socket.create_connection((host, int(port)), timeout=5)):
        return True
    return False


# --- connections -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_before_or_after_the_commit(file: AnnotatedFile, faults: Faults, when: str) -> None:
    faults.set({"kind": "reset", "path": CREATE, "when": when})
    with pytest.raises(CogniteConnectionError):
        file.annotate("first")
    assert file.texts() == (["first"] if when == "after" else [])
    assert file.log() == [("/annotations/", 0, "reset")]
    assert file.log("writes") == ([("/annotations/", 0, "reset")] if when == "after" else [])
    file.annotate("second")
    assert "second" in file.texts()


def test_a_reset_is_a_reset_and_no_orderly_end(local_cdf: LocalServer, faults: Faults) -> None:
    for when in ("before", "after"):
        faults.set({"kind": "reset", "when": when})
        with pytest.raises(ConnectionResetError):
            raw_answer(local_cdf, LIST)


@pytest.mark.usefixtures("retries")
def test_a_reset_after_the_commit_makes_the_sdk_write_twice(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "reset", "path": CREATE, "when": "after"})
    file.annotate("seen once")
    assert file.texts() == ["seen once", "seen once"]


def test_a_reset_of_a_transfer(client: CogniteClient, faults: Faults) -> None:
    name = f"reset-{uuid4().hex}"
    client.files.create(FileMetadataWrite("a", external_id=name))
    faults.set({"kind": "reset", "path": "upload$"}, {"kind": "reset", "path": "upload$", "when": "after"})
    with pytest.raises((CogniteConnectionError, CogniteFileUploadError)):
        client.files.upload_content_bytes(b"x" * 3_000_000, external_id=name)
    assert not client.files.retrieve(external_id=name).uploaded
    with pytest.raises((CogniteConnectionError, CogniteFileUploadError)):
        client.files.upload_content_bytes(b"content", external_id=name)
    assert client.files.download_bytes(external_id=name) == b"content"


def test_a_refused_connection_and_then_it_works_again(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "refused", "path": CREATE, "seconds": 1})
    started = time.monotonic()
    with pytest.raises(CogniteConnectionError):
        file.annotate("first")  # this connection is reset
    with pytest.raises(CogniteConnectionRefused):
        file.annotate("second")
    assert not is_listening(file.server)
    eventually(lambda: is_listening(file.server))
    assert time.monotonic() - started > 0.98
    file.annotate("third")
    assert file.texts() == ["third"]
    assert faults.hits() == [1]


@pytest.mark.usefixtures("retries")
def test_the_sdk_waits_for_a_server_that_was_gone(
    file: AnnotatedFile, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_config, "max_retries_connect", 5)
    faults.set({"kind": "refused", "path": CREATE, "seconds": 0.05})
    file.annotate("seen once")
    assert file.texts() == ["seen once"]


def test_a_server_that_is_gone_twice_comes_back_twice(
    local_cdf: LocalServer, http: httpx2.Client, faults: Faults
) -> None:
    faults.set({"kind": "refused", "seconds": 0.05, "times": 2})
    for _ in range(2):
        with pytest.raises(httpx2.TransportError):
            http.post(LIST, json={})
        eventually(lambda: is_listening(local_cdf))
    assert http.post(LIST, json={}).status_code == 200


def test_idle_connections_end_when_the_server_is_gone(local_cdf: LocalServer, faults: Faults) -> None:
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    with (
        httpx2.Client(base_url=local_cdf.url, headers=headers) as idle,
        httpx2.Client(base_url=local_cdf.url, headers=headers) as hit,
    ):
        assert idle.post(LIST, json={}).status_code == 200
        faults.set({"kind": "refused", "seconds": 1})
        with pytest.raises(httpx2.TransportError):
            hit.post(LIST, json={})
        with pytest.raises(httpx2.ConnectError):
            idle.post(LIST, json={})
        eventually(lambda: is_listening(local_cdf))
        assert idle.post(LIST, json={}).status_code == 200


def test_a_server_that_is_gone_can_be_stopped(fresh_cdf: LocalServer) -> None:
    fresh_cdf.admin("faults", {"items": [{"kind": "refused", "seconds": 600}]})
    with pytest.raises(CogniteConnectionError):
        fresh_cdf.client("tests").data_sets.list()
    fresh_cdf.process.terminate()
    assert fresh_cdf.process.wait(10) == 0


# --- cut answers -------------------------------------------------------------------------------------------


def test_cut_json_has_the_length_it_says_and_is_no_json(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "cut-json", "path": "^/files/list$"})
    cut = raw_answer(file.server, LIST)
    head, _, content = cut.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(content)}\r\n".encode() in head + b"\r\n"
    assert content.startswith(b'{"items":')
    with pytest.raises(json.JSONDecodeError):
        json.loads(content)
    faults.set({"kind": "cut-json", "path": CREATE})
    with pytest.raises(json.JSONDecodeError):
        file.annotate("committed")
    assert file.texts() == ["committed"]
    assert file.log("writes") == [("/annotations/", 201, "cut-json")]


def test_a_cut_connection_ends_before_the_length_it_says(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "cut-connection", "path": "^/files/list$"})
    cut = raw_answer(file.server, LIST)
    head, _, content = cut.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert len(content) == length // 2
    faults.set({"kind": "cut-connection", "path": CREATE})
    with pytest.raises(CogniteRequestError):
        file.annotate("committed")
    assert file.texts() == ["committed"]
    assert file.log("writes") == [("/annotations/", 201, "cut-connection")]


@pytest.mark.parametrize("kind", ["cut-json", "cut-connection", "slow-body"])
def test_a_refusal_is_cut_and_slowed_too(http: httpx2.Client, faults: Faults, kind: str) -> None:
    faults.set({"kind": kind} | ({"seconds": 0.1} if kind == "slow-body" else {}))
    if kind == "cut-connection":
        with pytest.raises(httpx2.RemoteProtocolError):
            http.post(LIST, json={"limit": -1})
        return
    answer = http.post(LIST, json={"limit": -1})
    assert answer.status_code == 400
    if kind == "slow-body":
        assert answer.json()["error"]["code"] == 400
    else:
        assert answer.text.startswith('{"error":')


def test_a_download_is_cut(client: CogniteClient, faults: Faults) -> None:
    name, content = f"cut-{uuid4().hex}", bytes(300_000)
    client.files.upload_bytes(content, name="a", external_id=name)
    faults.set({"kind": "cut-connection", "path": "download$"})
    with pytest.raises(CogniteRequestError):
        client.files.download_bytes(external_id=name)
    assert client.files.download_bytes(external_id=name) == content


# --- time --------------------------------------------------------------------------------------------------


def test_a_slow_body_comes_in_pieces_and_is_whole(http: httpx2.Client, faults: Faults) -> None:
    plain = http.post(LIST, json={"limit": 1000}).content
    faults.set({"kind": "slow-body", "seconds": 0.5})
    started, arrivals, content = time.monotonic(), [], b""
    with http.stream("POST", LIST, json={"limit": 1000}) as answer:
        for piece in answer.iter_raw():
            arrivals.append(time.monotonic() - started)
            content += piece
    assert content == plain
    assert len(arrivals) > 5
    assert 0.45 < arrivals[-1] < 3
    assert arrivals[0] < arrivals[-1] / 2


def test_a_slow_download_is_whole(client: CogniteClient, faults: Faults) -> None:
    name, content = f"slow-{uuid4().hex}", bytes(range(256)) * 1000
    client.files.upload_bytes(content, name="a", external_id=name)
    faults.set({"kind": "slow-body", "path": "download$", "seconds": 0.3})
    started = time.monotonic()
    assert client.files.download_bytes(external_id=name) == content
    assert time.monotonic() - started > 0.28


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_answer_comes_late_and_others_do_not_wait_for_it(
    file: AnnotatedFile, faults: Faults, when: str
) -> None:
    faults.set({"kind": "slow-answer", "path": CREATE, "when": when, "seconds": 1.5})
    slow = threading.Thread(target=file.annotate, args=["late"])
    started = time.monotonic()
    slow.start()
    eventually(lambda: faults.hits() == [1])
    if when == "after":
        eventually(lambda: file.texts() == ["late"])
    else:
        assert file.texts() == []
    assert slow.is_alive()
    slow.join()
    assert time.monotonic() - started > 1.48
    assert file.texts() == ["late"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_gives_up_on_a_slow_answer_has_written_nevertheless(
    file: AnnotatedFile, faults: Faults, when: str
) -> None:
    faults.set({"kind": "slow-answer", "path": CREATE, "when": when, "seconds": 1.5})
    file.client.config.timeout = 0.3
    with pytest.raises(CogniteReadTimeout):
        file.annotate("given up")
    assert file.texts() == (["given up"] if when == "after" else [])
    eventually(lambda: file.log("writes") == [("/annotations/", 201, "slow-answer")])
    assert file.texts() == ["given up"]


@pytest.mark.parametrize(
    ("kind", "when"), [("slow-answer", "before"), ("slow-answer", "after"), ("slow-body", "after")]
)
def test_a_slow_request_holds_its_place_among_the_concurrent_ones(
    local_cdf: LocalServer, faults: Faults, kind: str, when: str
) -> None:
    url = f"{local_cdf.url}{API}/models/instances/delete"
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    body = {"items": [{"instanceType": "node", "space": "nowhere", "externalId": "x"}]}

    def delete() -> int:
        return httpx2.post(url, json=body, headers=headers).status_code

    faults.set({"kind": kind, "path": "^/models/instances/delete$", "when": when, "seconds": 1.5, "times": 2})
    slow = [threading.Thread(target=delete) for _ in range(2)]
    for each in slow:
        each.start()
    eventually(lambda: faults.hits() == [2])
    assert delete() == 429
    for each in slow:
        each.join()
    assert delete() != 429
    assert faults.hits() == [2]


# --- many --------------------------------------------------------------------------------------------------

FITTING = [kind for kind in KINDS.values() if kind.fits(Asked("POST", "/annotations/"))]
QUICK: list[dict[str, Any]] = [
    {"kind": kind.name, "when": when} | ({"seconds": 0.001} if kind.seconds else {})
    for kind in FITTING
    if kind.name != "refused"  # which would refuse the test itself
    for when in kind.when
]


def test_a_thousand_faults_take_less_than_a_minute_and_leave_the_store_as_they_say(
    file: AnnotatedFile, faults: Faults
) -> None:
    started, expected = time.monotonic(), []
    for number in range(1000):
        faults.set({**QUICK[number % len(QUICK)], "path": CREATE})
        with suppress(CogniteException, KeyError, json.JSONDecodeError):
            file.annotate(str(number))
        (armed,) = faults.items()
        assert armed["hits"] == 1
        if armed["when"] == "after" or armed["kind"] == "slow-answer":
            expected.append(str(number))
    assert time.monotonic() - started < 60
    assert file.texts() == sorted(expected)
    assert len(file.log("writes")) == len(expected)
