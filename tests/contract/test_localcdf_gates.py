"""How many requests of a kind may be in flight: so many are carried out, one more is a 429."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx2
import pytest
from cognite.client import CogniteClient, global_config
from cognite.client.data_classes.data_modeling import NodeApply, SpaceApply

from demo.localserver import LocalServer

API = "/api/v1/projects/local"
INSTANCES = f"{API}/models/instances"
NODE = {"instanceType": "node", "space": "gates", "externalId": "a"}
QUERY = {"with": {"all": {"nodes": {}}}, "select": {"all": {}}}
# Which paths share a gate, with a body that is carried out, and how many of them may be in flight.
GATES: dict[str, tuple[int, dict[str, Any]]] = {
    "apply": (4, {INSTANCES: {"items": [NODE]}}),
    "delete": (2, {f"{INSTANCES}/delete": {"items": [NODE | {"externalId": "none"}]}}),
    "query": (
        8,
        {
            f"{INSTANCES}/query": QUERY,
            f"{INSTANCES}/sync": QUERY,
            f"{INSTANCES}/list": {},
            f"{INSTANCES}/byids": {"items": [NODE]},
        },
    ),
}


class InFlight:
    """A request that is under way: let in, which the server says by asking for the body, or answered."""

    def __init__(self, server: LocalServer, path: str, body: Any, token: str | None = None) -> None:
        self._content = json.dumps(body).encode()
        host = server.url.removeprefix("http://")
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {host}",
            f"Authorization: Bearer {token or server.token}",
            f"Content-Length: {len(self._content)}",
            "Expect: 100-continue",
        ]
        self._socket = socket.create_connection((host.split(":")[0], int(host.split(":")[1])), timeout=10)
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.status = self._read()

    def close(self) -> None:
        """Cut it."""
        self._socket.close()

    def finish(self) -> int:
        """Send the body; return the status of the answer."""
        self._socket.sendall(self._content)
        return self._read()

    def _read(self) -> int:
        return int(self._socket.recv(65536).split()[1])


@pytest.fixture(scope="module")
def http(local_cdf: LocalServer, client: CogniteClient) -> Iterator[httpx2.Client]:
    """A bare client."""
    client.data_modeling.spaces.apply(SpaceApply("gates"))
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    with httpx2.Client(base_url=local_cdf.url, headers=headers) as bare:
        yield bare


Hold = Callable[..., list[InFlight]]


@pytest.fixture
def hold(local_cdf: LocalServer) -> Iterator[Hold]:
    """Put requests in flight that are let in; they are cut at the end of the test."""
    with ExitStack() as stack:

        def let_in(path: str, body: Any) -> InFlight:
            """A place is free a moment after the answer, or the cut: so try for a while."""
            end = time.monotonic() + 5
            while (made := InFlight(local_cdf, path, body)).status != 100 and time.monotonic() < end:
                made.close()
            stack.enter_context(closing(made))
            assert made.status == 100
            return made

        yield lambda path, body, number: [let_in(path, body) for _ in range(number)]


@pytest.mark.parametrize(
    ("gate", "path"), [(gate, path) for gate, (_, bodies) in GATES.items() for path in bodies]
)
def test_so_many_are_carried_out_at_once_and_one_more_is_refused(
    http: httpx2.Client, hold: Hold, gate: str, path: str
) -> None:
    most, bodies = GATES[gate]
    held = hold(path, bodies[path], most)
    for other, body in bodies.items():  # they share the gate
        assert http.post(other, json=body).status_code == 429
    refusal = http.post(path, json=bodies[path])
    assert refusal.json()["error"].keys() == {"code", "message"}
    assert f"may have {most} of instances {gate} at once" in refusal.json()["error"]["message"]
    assert refusal.headers["x-request-id"]
    assert [each.finish() for each in held] == [200] * most


def test_gates_are_apart_and_other_endpoints_have_none(http: httpx2.Client, hold: Hold) -> None:
    most, bodies = GATES["apply"]
    hold(INSTANCES, bodies[INSTANCES], most)
    assert http.post(INSTANCES, json=bodies[INSTANCES]).status_code == 429
    for gate in ("delete", "query"):
        for path, body in GATES[gate][1].items():
            assert hold(path, body, 1)[0].finish() == 200
    for _ in range(20):
        assert http.post(f"{API}/files/list", json={}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [({"items": [NODE]}, 200), ({"items": [{}]}, 400), ({"items": [NODE | {"space": "nowhere"}]}, 400)],
    ids=["carried out", "not understood", "refused by the store"],
)
def test_a_place_is_given_back_whatever_the_answer(hold: Hold, body: Any, status: int) -> None:
    for _ in range(3):
        assert [each.finish() for each in hold(INSTANCES, body, 4)] == [status] * 4


def test_a_place_is_given_back_when_the_connection_is_cut(http: httpx2.Client, hold: Hold) -> None:
    for _ in range(3):
        held = hold(INSTANCES, {"items": [NODE]}, 4)
        assert http.post(INSTANCES, json={"items": [NODE]}).status_code == 429
        for each in held:
            each.close()


def test_who_is_not_let_in_takes_no_place(http: httpx2.Client, local_cdf: LocalServer, hold: Hold) -> None:
    held = hold(INSTANCES, {"items": [NODE]}, 3)
    refused = {
        401: [(INSTANCES, "wrong"), (INSTANCES.replace("local", "other"), local_cdf.token)],
        404: [(f"{INSTANCES}/nothing", local_cdf.token)],
    }
    for status, requests in refused.items():
        for path, token in requests:
            for _ in range(3):
                with closing(InFlight(local_cdf, path, {"items": [NODE]}, token)) as each:
                    assert each.status == status
    assert hold(INSTANCES, {"items": [NODE]}, 1)[0].finish() == 200
    assert [each.finish() for each in held] == [200] * 3


def test_the_sdk_waits_until_there_is_a_place(
    local_cdf: LocalServer, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_config, "max_retries", 10)
    client = local_cdf.client("patient")
    held = hold(INSTANCES, {"items": [NODE]}, 4)
    release = threading.Timer(0.4, lambda: [each.finish() for each in held])
    release.start()
    (result,) = client.data_modeling.instances.apply(NodeApply("gates", "late")).nodes
    release.join()
    assert result.external_id == "late"
    statuses = [each["status"] for each in local_cdf.requests_by("patient") if each["path"] == INSTANCES]
    assert statuses[-1] == 200
    assert set(statuses[:-1]) == {429}
