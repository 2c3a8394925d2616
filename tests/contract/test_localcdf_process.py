"""The local CDF as a process: how it starts and stops, what it keeps, and what a cut connection changes."""

import gzip
import hashlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cognite.client.data_classes import DataSetWrite, FileMetadataWrite

from demo.localserver import AT_ONCE, LocalServer
from demo.localserver import local_cdf as local_cdf_at

API = "/api/v1/projects/local"


@contextmanager
def process(*options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """A local CDF started with these options, and what it said first."""
    command = [sys.executable, "-m", "localcdf", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout
            yield started, json.loads(started.stdout.readline())
        finally:
            started.terminate()


def refusal(*options: str) -> subprocess.CompletedProcess[str]:
    """A local CDF that does not start."""
    command = [sys.executable, "-m", "localcdf", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_it_listens_on_loopback_only(local_cdf: LocalServer) -> None:
    address, port = local_cdf.url.removeprefix("http://").split(":")
    assert address == "127.0.0.1"
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as other:
        other.bind(("127.0.0.2", int(port)))  # free: a server on all addresses would have taken it


def test_token_and_project_are_chosen_at_the_start() -> None:
    with process("--port", "0", "--admin-token", "mine", "--project", "plant") as (_, said):
        assert said["admin_token"] == "mine"
        answer = httpx2.get(f"{said['url']}/api/v1/token/inspect", headers={"Authorization": "Bearer mine"})
        assert answer.json()["projects"] == [{"projectUrlName": "plant", "groups": []}]


def test_a_port_in_use_is_said_in_one_line(local_cdf: LocalServer) -> None:
    port = local_cdf.url.rpartition(":")[2]
    result = refusal("--port", port)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in result.stderr


def test_a_start_says_where_it_listens_and_keeps_its_folder_to_itself(
    tmp_path: Path, local_cdf: LocalServer
) -> None:
    with process("--port", "0", "--data", str(tmp_path)) as (_, said):
        assert said.keys() == {"url", "admin_token"}
        assert len(said["admin_token"]) >= 24
        assert said["admin_token"] != local_cdf.token
        headers = {"Authorization": f"Bearer {said['admin_token']}"}
        assert httpx2.get(f"{said['url']}/api/v1/token/inspect", headers=headers).status_code == 200
        result = refusal("--port", "0", "--data", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "another local CDF is using it" in result.stderr


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_without_a_folder_nothing_is_left_behind(
    stop: signal.Signals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with process("--port", "0") as (started, said):
        headers = {"Authorization": f"Bearer {said['admin_token']}"}
        httpx2.post(f"{said['url']}{API}/datasets", json={"items": [{"name": "x"}]}, headers=headers)
        assert list(tmp_path.iterdir())
        started.send_signal(stop)
        assert started.wait(10) == 0
        assert started.stderr
        assert started.stderr.read() == ""
    assert not list(tmp_path.iterdir())


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with local_cdf_at(tmp_path) as server:
        server.read_as(**AT_ONCE)
        client = server.client("tests")
        data_set = client.data_sets.create(DataSetWrite("ds", name="x"))
        client.files.upload_bytes(b"content", name="a", external_id="f", data_set_id=data_set.id)
        link = client.files.retrieve_download_urls(external_id="f", extended_expiration=True)["f"]
    with local_cdf_at(tmp_path) as server:
        client = server.client("tests")
        assert client.data_sets.retrieve(external_id="ds").dump() == data_set.dump()
        assert client.files.download_bytes(external_id="f") == b"content"
        moved = link.replace(link.partition("/_localcdf")[0], server.url)
        assert httpx2.get(moved).content == b"content"
        assert client.data_sets.create(DataSetWrite("ds2")).id != data_set.id


def test_every_answered_write_survives_a_kill(tmp_path: Path) -> None:
    answered = []
    for round_number in range(2):
        with local_cdf_at(tmp_path) as server:
            server.read_as(**AT_ONCE)
            client = server.client("tests")
            for number in range(20):
                name = f"f{round_number}-{number}"
                client.files.upload_bytes(name.encode(), name="a", external_id=name)
                answered.append(name)
            server.process.kill()
    with local_cdf_at(tmp_path) as server:
        client = server.client("tests")
        assert sorted(file.external_id for file in client.files.list(limit=None)) == sorted(answered)
        assert [client.files.download_bytes(external_id=name).decode() for name in answered] == answered


def test_an_upload_that_is_not_noticed_yet_survives_a_restart(tmp_path: Path) -> None:
    with local_cdf_at(tmp_path) as server:
        server.admin("clock", {"run": False})
        server.client("tests").files.upload_bytes(b"content", name="a", external_id="f")
    with local_cdf_at(tmp_path) as server:
        client = server.client("tests")
        assert not client.files.retrieve(external_id="f").uploaded
        server.admin("clock", {"advance": 0.5})
        assert client.files.retrieve(external_id="f").uploaded
        assert client.files.download_bytes(external_id="f") == b"content"


# --- cut connections ---------------------------------------------------------------------------------------


def dump(folder: Path) -> dict[str, Any]:
    """Everything that a stopped local CDF has kept."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as db:
        rows = list(db.iterdump())
    blobs = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "blobs").iterdir()
    }
    return {"rows": rows, "blobs": blobs}


def send(server: LocalServer, content: bytes) -> None:
    """Send bytes over a bare socket, and hang up."""
    host, port = server.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
        connection.sendall(content)


def request(server: LocalServer, method: str, path: str, *headers: str) -> bytes:
    """The head of a request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {server.url.removeprefix('http://')}",
        f"Authorization: Bearer {server.token}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_cut_connections_and_garbage_change_nothing(tmp_path: Path) -> None:
    with local_cdf_at(tmp_path) as server:
        server.read_as(**AT_ONCE)
        client = server.client("tests")
        client.files.upload_bytes(b"content", name="a", external_id="f")
        upload = client.files.create(FileMetadataWrite("b", external_id="g"))[1].removeprefix(server.url)
        parts = client.post(f"{API}/files/initmultipartupload?parts=1", json={"name": "c"}).json()
        part = parts["uploadUrls"][0].removeprefix(server.url)
    before = dump(tmp_path)
    body = b'{"items": [{"name": "never"}]}'
    packed = gzip.compress(body)
    create = f"{API}/datasets"
    with local_cdf_at(tmp_path) as server:
        for content in (
            request(server, "POST", create, f"Content-Length: {len(body) + 1}") + body,
            request(server, "POST", create, f"Content-Length: {len(body)}") + body[:10],
            request(server, "POST", create, f"Content-Length: {len(packed)}", "Content-Encoding: gzip")
            + packed[:20],
            request(server, "POST", create, "Transfer-Encoding: chunked")
            + b"%x\r\n%s\r\n" % (len(body), body),
            request(server, "POST", create, "Transfer-Encoding: chunked") + b"xyz\r\n",
            request(server, "POST", create, "Content-Length: many") + body,
            request(server, "POST", create, f"Content-Length: {len(body)}")[:-3],
            request(server, "PUT", upload, "Content-Length: 10") + b"half",
            request(server, "PUT", part, "Content-Length: 10") + b"half",
            request(server, "PUT", upload, "Transfer-Encoding: chunked") + b"4\r\nhalf\r\n",
            b"\x16\x03\x01\x02\x00 this is not HTTP \xff\xfe\r\n\r\n",
            b"POST " + create.encode(),
            b"A" * 100_000,
            b"",
        ):
            send(server, content)
        client = server.client("tests")
        assert client.data_sets.list(limit=None) == []  # still answers, after all of them
        writes = client.get(f"{server.url}/_localcdf/writes").json()
        assert writes == {"items": []}
    assert dump(tmp_path) == before


def test_what_is_not_http_gets_the_envelope_too(local_cdf: LocalServer) -> None:
    host, port = local_cdf.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
        connection.sendall(b"GARBAGE\x00\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"x-request-id" in head
    assert json.loads(content)["error"]["code"] == 400
