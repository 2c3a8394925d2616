"""Schedules of functions: calls by cron, for as long as the schedule, its function and its session last."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cognite.client.data_classes import ClientCredentials

from tests.conftest import capabilities
from tests.contract.flows import PATIENCE, Flows, Json, flows_on

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
PATH = "/functions/schedules"
HOURLY = "0 * * * *"
TELLS = """
    def handle(client, data, function_call_info):
        print("called")
        return {"data": data, "info": function_call_info}
"""


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """A local CDF whose clock stands unless a test moves it."""
    with flows_on(tmp_path_factory.mktemp("schedules")) as made:
        made.server.admin("clock", {"run": False})
        yield made


@pytest.fixture(scope="module")
def tells(flows: Flows) -> Json:
    """A function that answers what it was called with."""
    return flows.function(TELLS)


@pytest.fixture(autouse=True)
def no_schedule_is_left(flows: Flows) -> Iterator[None]:
    """A clock that moves on for days would call all that earlier tests have left."""
    yield
    for each in flows.get(f"{PATH}?limit=1000")["items"]:
        flows.get(f"{PATH}/delete", {"items": [{"id": each["id"]}]})


def schedule_of(function: Json, cron: str = HOURLY, **fields: Any) -> Json:
    """A schedule as it is written, but for its session."""
    return {"name": "s", "cronExpression": cron, "functionId": function["id"]} | fields


def made(flows: Flows, function: Json, cron: str = HOURLY, **fields: Any) -> Json:
    """A schedule."""
    return flows.one(PATH, schedule_of(function, cron, **fields) | {"nonce": flows.nonce()})


def calls(flows: Flows, function: Json, schedule: Json) -> list[Json]:
    """What a schedule has called, the oldest first, once all of it has ended."""
    body = {"filter": {"scheduleId": schedule["id"]}, "limit": 1000}
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = flows.get(f"/functions/{function['id']}/calls/list", body)["items"]
        if all(each["status"] != "Running" for each in found):
            return found[::-1]
        time.sleep(0.05)
    raise AssertionError(found)


def response(flows: Flows, call: Json) -> Any:
    """What a call has answered."""
    return flows.get(f"/functions/{call['functionId']}/calls/{call['id']}/response")["response"]


# What may be written


def test_a_schedule_is_answered_as_it_was_sent_with_its_data_apart(flows: Flows, tells: Json) -> None:
    sent = schedule_of(tells, "*/5 1-3 * * MON", description="d", data={"a": [1, {"b": None}]})
    answer = flows.one(PATH, sent | {"nonce": flows.nonce()})
    kept = {name: value for name, value in sent.items() if name != "data"}
    assert {name: answer[name] for name in kept} == kept
    assert answer.keys() - kept.keys() == {"id", "createdTime", "when", "sessionId"}
    path = f"{PATH}/{answer['id']}"
    assert flows.get(path) == answer
    assert flows.get(f"{path}/input_data") == {"id": answer["id"], "data": sent["data"]}
    assert flows.get(f"{PATH}/byids", {"items": [{"id": answer["id"]}]})["items"] == [answer]


@pytest.mark.parametrize("cron", ["0 5 * *", "0 0 5 * * *", "61 * * * *", "0 0 30 2 *", "hourly"])
def test_a_schedule_needs_a_cron_expression(flows: Flows, tells: Json, cron: str) -> None:
    item = schedule_of(tells, cron) | {"nonce": flows.nonce()}
    assert "cron expression" in flows.refused(PATH, {"items": [item]})


def test_a_schedule_needs_a_function_that_is_there_and_data_that_the_cloud_takes(
    flows: Flows, tells: Json
) -> None:
    nowhere = schedule_of(tells, functionId=5) | {"nonce": flows.nonce()}
    answer = flows.ask(PATH, {"items": [nowhere]})
    assert (answer.status_code, answer.json()["error"]["missing"]) == (400, [{"id": 5}])
    large = schedule_of(tells, data={"x": "x" * 36_000}) | {"nonce": flows.nonce()}
    assert "more than the 36000" in flows.refused(PATH, {"items": [large]})


def test_a_schedule_takes_a_nonce_that_is_good_and_only_once(flows: Flows, tells: Json) -> None:
    nonce = flows.nonce()
    flows.one(PATH, schedule_of(tells) | {"nonce": nonce})
    late = flows.nonce()
    flows.advance(61)
    for bad in (nonce, late, "made up"):
        assert "nonce" in flows.refused(PATH, {"items": [schedule_of(tells) | {"nonce": bad}]})


def test_a_function_has_up_to_100_schedules(flows: Flows, tells: Json) -> None:
    for _ in range(100):
        made(flows, tells)
    one_more = schedule_of(tells) | {"nonce": flows.nonce()}
    assert "A function has at most 100 schedules" in flows.refused(PATH, {"items": [one_more]})


def test_schedules_are_listed_by_what_they_are(flows: Flows, tells: Json) -> None:
    other = flows.function()
    first = made(flows, tells, name="first")
    flows.advance(1)
    second = made(flows, other, "0 5 * * *", name="second")

    def listed(**filter_: Any) -> list[int]:
        return [each["id"] for each in flows.get(f"{PATH}/list", {"filter": filter_})["items"]]

    assert set(listed()) == {first["id"], second["id"]}
    assert listed(name="second") == [second["id"]]
    assert listed(cronExpression=HOURLY) == [first["id"]]
    assert listed(functionId=tells["id"]) == [first["id"]]
    assert listed(functionExternalId=other["externalId"]) == [second["id"]]
    assert listed(functionExternalId="none") == []
    assert listed(createdTime={"max": first["createdTime"]}) == [first["id"]]
    both = {"functionId": tells["id"], "functionExternalId": other["externalId"]}
    assert "not both" in flows.refused(f"{PATH}/list", {"filter": both})
    assert len(flows.get(f"{PATH}/list", {"limit": 1})["items"]) == 1


def test_what_is_not_there_is_neither_read_nor_deleted(flows: Flows) -> None:
    for path in (f"{PATH}/5", f"{PATH}/5/input_data"):
        assert flows.ask(path).status_code == 404
    assert flows.ask(f"{PATH}/x").status_code == 400
    flows.refused(f"{PATH}/delete", {"items": [{"id": 5}]})
    flows.refused(f"{PATH}/byids", {"items": [{"id": 5}]})
    assert flows.get(f"{PATH}/byids", {"items": [{"id": 5}], "ignoreUnknownIds": True}) == {"items": []}


# What it does


def test_a_function_is_called_at_its_times_with_the_data_of_the_schedule(flows: Flows, tells: Json) -> None:
    schedule = made(flows, tells, "*/20 * * * *", data={"a": 1})
    flows.advance(HOUR)
    found = calls(flows, tells, schedule)
    assert [each["status"] for each in found] == ["Completed"] * 3
    assert all(each["scheduledTime"] == each["startTime"] for each in found)
    times = [each["scheduledTime"] // 1000 for each in found]
    assert {each % (20 * MINUTE) for each in times} == {0}
    assert [later - earlier for earlier, later in pairwise(times)] == [20 * MINUTE] * 2
    assert response(flows, found[0]) == {
        "data": {"a": 1},
        "info": {
            "function_id": str(tells["id"]),
            "call_id": str(found[0]["id"]),
            "schedule_id": str(schedule["id"]),
            "scheduled_time": str(found[0]["scheduledTime"]),
        },
    }


def test_a_schedule_by_the_sdk_acts_with_the_rights_of_its_credentials(flows: Flows) -> None:
    whoami = flows.function("def handle(client):\n    return client.iam.token.inspect().subject\n")
    flows.one(
        "/groups",
        {
            "name": "runners",
            "sourceId": "runners",
            "capabilities": capabilities("projectsAcl:LIST", "groupsAcl:LIST"),
        },
    )
    identity = {"name": "runner", "clientId": "a-runner", "clientSecret": "its secret", "groups": ["runners"]}
    (runner,) = flows.server.admin("identities", {"items": [identity]})["items"]
    client = flows.server.client("tests")
    schedule = client.functions.schedules.create(
        "s", HOURLY, function_id=whoami["id"], client_credentials=ClientCredentials("a-runner", "its secret")
    )
    flows.advance(HOUR)
    (call,) = calls(flows, whoami, {"id": schedule.id})
    assert call.get("error") is None
    assert response(flows, call) == runner["id"]


def test_nobody_needs_to_ask_for_a_call_to_be_made(tmp_path: Path) -> None:
    with flows_on(tmp_path) as flows:
        tells = flows.function(TELLS)
        schedule = made(flows, tells, "* * * * *")
        now = flows.now()
        flows.server.admin("clock", {"set": (now // 60_000 + 1) * 60_000 - 500})
        time.sleep(4)
        asked = flows.now()
        (call,) = calls(flows, tells, schedule)
        (line,) = flows.get(f"/functions/{tells['id']}/calls/{call['id']}/logs")["items"]
        assert call["scheduledTime"] <= line["timestamp"] < asked


def test_a_deleted_schedule_calls_nothing_and_its_calls_stay(flows: Flows, tells: Json) -> None:
    schedule = made(flows, tells)
    flows.advance(HOUR)
    assert len(calls(flows, tells, schedule)) == 1
    assert flows.get(f"{PATH}/delete", {"items": [{"id": schedule["id"]}]}) == {}
    flows.advance(5 * HOUR)
    assert len(calls(flows, tells, schedule)) == 1


def test_schedules_go_with_their_function(flows: Flows) -> None:
    function = flows.function()
    schedule = made(flows, function)
    flows.get("/functions/delete", {"items": [{"id": function["id"]}]})
    assert flows.ask(f"{PATH}/{schedule['id']}").status_code == 404
    assert flows.get(f"{PATH}/list", {})["items"] == []
    flows.advance(HOUR)


def test_a_call_that_cannot_be_is_one_that_failed(flows: Flows) -> None:
    flows.server.read_as(function_deployment="180")
    function = flows.function()
    schedule = made(flows, function, "* * * * *")
    flows.advance(MINUTE)
    flows.server.read_as(function_deployment="0")
    early = calls(flows, function, schedule)[0]
    assert early["status"] == "Failed"
    assert "it can be called when Ready" in early["error"]["message"]
    assert early["endTime"] == early["startTime"] == early["scheduledTime"]
    flows.advance(5 * MINUTE)
    flows.get("/sessions/revoke", {"items": [{"id": int(schedule["sessionId"])}]})
    before = len(calls(flows, function, schedule))
    flows.advance(MINUTE)
    found = calls(flows, function, schedule)
    assert len(found) == before + 1
    assert found[-2]["status"] == "Completed"
    assert "is over (REVOKED)" in found[-1]["error"]["message"]


def test_a_schedule_lasts_longer_than_a_token(flows: Flows) -> None:
    function = flows.function("def handle(client):\n    client.iam.token.inspect()\n")
    schedule = made(flows, function, "0 0 * * *")
    flows.advance(3 * DAY)
    assert [each["status"] for each in calls(flows, function, schedule)] == ["Completed"] * 3


def test_what_came_due_while_the_server_was_dead_is_left_out(tmp_path: Path) -> None:
    with flows_on(tmp_path) as flows:
        tells = flows.function(TELLS)
        schedule = made(flows, tells)
        flows.advance(2 * HOUR)
        assert len(calls(flows, tells, schedule)) == 2
        flows.server.admin("clock", {"set": (flows.now() // 3_600_000 + 1) * 3_600_000 - 300})
        flows.server.process.kill()
        flows.server.wait()
    time.sleep(0.5)
    with flows_on(tmp_path) as flows:
        assert len(calls(flows, tells, schedule)) == 2
        flows.advance(HOUR)
        assert len(calls(flows, tells, schedule)) == 3
        assert flows.get(f"{PATH}/{schedule['id']}") == schedule
