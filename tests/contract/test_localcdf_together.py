"""Clients at once: of writes that exclude each other one wins, lists see whole requests, nobody hangs."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, SpaceApply

from demo.localserver import LocalServer

API = "/api/v1/projects/local"
SPACE = "together"
SECONDS = 60  # far more than anything here takes: a deadlock would end the test


@pytest.fixture(scope="module")
def space(client: CogniteClient) -> str:
    client.data_modeling.spaces.apply(SpaceApply(SPACE))
    return SPACE


@pytest.fixture
def clients(local_cdf: LocalServer, space: str) -> Iterator[list[httpx2.Client]]:
    """Four clients: as many writes of instances as may be in flight at once."""
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    opened = [httpx2.Client(base_url=local_cdf.url + API, headers=headers, timeout=SECONDS) for _ in range(4)]
    yield opened
    for each in opened:
        each.close()


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Start jobs at the same moment, and return what each returned."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [each.result(SECONDS) for each in [pool.submit(run, job) for job in jobs]]


def settled(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Ask again while all places are taken: one is free a moment after its answer."""
    while (answer := ask()).status_code == 429:
        pass
    return answer


def test_of_writes_with_the_same_existing_version_one_wins_each_round(clients: list[httpx2.Client]) -> None:
    node = {"instanceType": "node", "space": SPACE, "externalId": "contested"}
    types = [{"space": SPACE, "externalId": f"type{number}"} for number in range(len(clients))]
    version = 0
    for _ in range(30):

        def write(number: int, version: int = version) -> httpx2.Response:
            item = node | {"existingVersion": version, "type": types[number]}
            return settled(lambda: clients[number].post("/models/instances", json={"items": [item]}))

        # The type that it has already changes nothing, so conflicts with nothing: turn them round by round.
        random.Random(version).shuffle(types)
        answers = at_once([lambda number=number: write(number) for number in range(len(clients))])
        winners = [
            answer.json()["items"][0]
            for answer in answers
            if answer.status_code == 200 and answer.json()["items"][0]["wasModified"]
        ]
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert len(winners) == 1
        version = winners[0]["version"]
    (stored,) = clients[0].post("/models/instances/byids", json={"items": [node]}).json()["items"]
    assert stored["version"] == version


def test_lists_among_writes_see_whole_requests_and_nobody_hangs(clients: list[httpx2.Client]) -> None:
    """Two write and delete groups of five nodes, two list them meanwhile."""
    in_space = {"equals": {"property": ["node", "space"], "value": SPACE}}
    with_five = {"prefix": {"property": ["node", "externalId"], "value": "five-"}}
    done = threading.Event()
    listed: list[int] = []

    def nodes(group: str) -> list[dict[str, str]]:
        return [
            {"instanceType": "node", "space": SPACE, "externalId": f"five-{group}-{part}"}
            for part in range(5)
        ]

    def write(client: httpx2.Client, name: str) -> None:
        dice = random.Random(name)
        for number in range(60):
            group = f"{name}{dice.randrange(8)}"
            path = "/models/instances" + ("/delete" if dice.random() < 0.4 else "")
            answer = settled(lambda path=path, group=group: client.post(path, json={"items": nodes(group)}))
            assert answer.status_code == 200, (number, answer.text)

    def write_both() -> None:
        try:
            at_once([lambda: write(clients[0], "a"), lambda: write(clients[1], "b")])
        finally:
            done.set()

    def read(client: httpx2.Client) -> None:
        body = {"filter": {"and": [in_space, with_five]}, "limit": 1000}
        while not done.is_set():
            answer = client.post("/models/instances/list", json=body)
            assert answer.status_code == 200, answer.text
            groups: dict[str, int] = {}
            for item in answer.json()["items"]:
                group = item["externalId"].rpartition("-")[0]
                groups[group] = groups.get(group, 0) + 1
            assert set(groups.values()) <= {5}, groups
            listed.append(len(groups))

    at_once([write_both, lambda: read(clients[2]), lambda: read(clients[3])])
    assert len(listed) > 20
    assert len(set(listed)) > 3  # the lists did meet different states


def test_equal_writes_of_two_clients_of_the_sdk_both_succeed(local_cdf: LocalServer, space: str) -> None:
    """Equal upserts do not conflict: the same node, written by both, is one node."""
    both = [local_cdf.client(name) for name in ("left", "right")]
    nodes = [NodeApply(space, f"same{number}") for number in range(200)]
    results = at_once([lambda c=c: c.data_modeling.instances.apply(nodes) for c in both])
    modified = [sum(each.was_modified for each in result.nodes) for result in results]
    assert sorted(modified) == [0, 200]
