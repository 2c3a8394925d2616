"""Triggers: workflows start by the clock, or by what changes in data modeling, and by nothing else."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import capabilities
from tests.contract.flows import ASSETS, Flows, Json, by_change, by_cron, flows_on, request, trigger_of

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
PATH = "/workflows/triggers"
WAITING = request("a", "/models/none", retries=1)  # it fails, and is tried again after a while


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """A local CDF whose clock stands unless a test moves it."""
    with flows_on(tmp_path_factory.mktemp("triggers")) as made:
        made.server.admin("clock", {"run": False})
        yield made


@pytest.fixture(autouse=True)
def no_trigger_is_left(flows: Flows) -> Iterator[None]:
    """A clock that moves on for days would start all that earlier tests have left."""
    yield
    for each in flows.get(f"{PATH}?limit=1000")["items"]:
        flows.get(f"{PATH}/delete", {"items": [{"externalId": each["externalId"]}]})


def names(given: Json) -> list[str]:
    """Whose changes an execution was given."""
    return [each["externalId"] for each in given["items"]]


# What may be written


def test_a_trigger_is_answered_as_it_was_sent_and_written_again_keeps_its_birth(flows: Flows) -> None:
    workflow = flows.version()
    sent = trigger_of("echoed", workflow, by_change(flows.space(), 5)) | {
        "input": {"a": 1},
        "metadata": {"b": "c"},
    }
    first = flows.one(PATH, sent | flows.authentication())
    assert {name: value for name, value in first.items() if name in sent} == sent
    assert first.keys() - sent.keys() == {"createdTime", "lastUpdatedTime", "isPaused"}
    flows.advance(1)
    again = flows.one(PATH, sent | flows.authentication() | {"input": {}})
    assert again["createdTime"] == first["createdTime"] < again["lastUpdatedTime"]
    assert again["input"] == {}
    assert again in flows.get(f"{PATH}?limit=1000")["items"]


def changed(rule: Json, **changes: Any) -> Json:
    """A rule with changes."""
    return rule | changes


def with_limit(limit: int | None) -> Json:
    """The rule of a trigger of batches of five, with a query of another limit."""
    rule = by_change("s", 5)
    rule["dataModelingQuery"]["with"]["assets"]["limit"] = limit
    if limit is None:
        del rule["dataModelingQuery"]["with"]["assets"]["limit"]
    return rule


@pytest.mark.parametrize("limit", [None, 4, 6])
def test_a_query_without_the_limit_of_a_batch_is_refused(flows: Flows, limit: int | None) -> None:
    item = trigger_of("t", flows.version(), with_limit(limit)) | flows.authentication()
    assert "limit must be batchSize, 5" in flows.refused(PATH, {"items": [item]})


WRONG: dict[str, tuple[Json, str]] = {
    "four fields": (by_cron("0 5 * *"), "five fields are needed"),
    "seconds": (by_cron("0 0 5 * * *"), "five fields are needed"),
    "a 61st minute": (by_cron("61 * * * *"), "no cron expression"),
    "never": (by_cron("0 0 30 2 *"), "no cron expression"),
    "no such zone": (by_cron("0 5 * * *", timezone="Mars/Base"), "no time zone"),
    "no batch": (by_change("s", 0), "batchSize"),
    "too large a batch": (by_change("s", 1001), "batchSize"),
    "too short a wait": (by_change("s", 1, timeout=9), "batchTimeout"),
    "too long a wait": (by_change("s", 1, timeout=86_401), "batchTimeout"),
    "another set": (
        changed(
            by_change("s", 1),
            dataModelingQuery=by_change("s", 1)["dataModelingQuery"] | {"select": {"others": {}}},
        ),
        "which is not in with",
    ),
    "no such view": (by_change("s", 1, filter_={"hasData": [ASSETS | {"version": "v9"}]}), "v9"),
    "not served": ({"triggerType": "recordStream", "streamExternalId": "s"}, "triggerType"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rule_that_cannot_be_is_refused(flows: Flows, name: str) -> None:
    rule, said = WRONG[name]
    item = trigger_of("wrong", flows.version(), rule) | flows.authentication()
    assert said in flows.refused(PATH, {"items": [item]})


def test_a_trigger_needs_the_version_that_it_names(flows: Flows) -> None:
    item = trigger_of("t", flows.version(), by_cron("0 5 * * *"), version="2") | flows.authentication()
    answer = flows.ask(PATH, {"items": [item]})
    assert answer.status_code == 400
    missing = {"workflowExternalId": item["workflowExternalId"], "version": "2"}
    assert answer.json()["error"]["missing"] == [missing]


def test_a_trigger_takes_a_nonce_that_is_good_and_only_once(flows: Flows) -> None:
    workflow, nonce = flows.version(), flows.authentication()
    flows.one(PATH, trigger_of("first", workflow, by_cron("0 5 * * *")) | nonce)
    second = trigger_of("second", workflow, by_cron("0 5 * * *"))
    for bad in (nonce, {"authentication": {"nonce": "made up"}}):
        assert "nonce" in flows.refused(PATH, {"items": [second | bad]})
    late = flows.authentication()
    flows.advance(61)
    assert "nonce" in flows.refused(PATH, {"items": [second | late]})


def test_a_project_has_up_to_200_triggers(tmp_path: Path) -> None:
    with flows_on(tmp_path) as flows:
        workflow = flows.version()
        for _ in range(200):
            flows.trigger(workflow, by_cron("0 5 * * *"))
        one_more = trigger_of("more", workflow, by_cron("0 5 * * *")) | flows.authentication()
        assert "at most 200 triggers" in flows.refused(PATH, {"items": [one_more]})


def test_what_is_not_there_is_not_deleted_paused_or_looked_into(flows: Flows) -> None:
    flows.refused(f"{PATH}/delete", {"items": [{"externalId": "none"}]})
    for path in ("pause", "resume"):
        assert flows.ask(f"{PATH}/none/{path}", {}).status_code == 404
    assert flows.ask(f"{PATH}/none/history").status_code == 404


# By the clock


def test_cron_starts_executions_by_the_clock(flows: Flows) -> None:
    workflow = flows.version()
    trigger = flows.trigger(workflow, by_cron("*/10 * * * *"), input={"a": 1}, metadata={"b": "c"})
    flows.advance(HOUR)
    runs = flows.runs(trigger)
    assert len(runs) == 6
    assert {each["fireTime"] % (10 * MINUTE * 1000) for each in runs} == {0}
    assert {each["status"] for each in runs} == {"success"}
    assert flows.inputs(trigger) == [{"a": 1}] * 6
    last = flows.execution(runs[-1]["workflowExecutionId"])
    assert (last["status"], last["metadata"], last["startTime"]) == (
        "COMPLETED",
        {"b": "c"},
        runs[-1]["fireTime"],
    )


def test_cron_is_read_in_its_time_zone(flows: Flows) -> None:
    trigger = flows.trigger(flows.version(), by_cron("30 9 * * *", timezone="Asia/Tokyo"))
    flows.advance(2 * DAY)
    fired = [
        datetime.fromtimestamp(each["fireTime"] / 1000, ZoneInfo("Asia/Tokyo"))
        for each in flows.runs(trigger)
    ]
    assert [(each.hour, each.minute) for each in fired] == [(9, 30)] * 2


def test_a_paused_trigger_leaves_its_times_out(flows: Flows) -> None:
    trigger = flows.trigger(flows.version(), by_cron("0 * * * *"))
    flows.get(f"{PATH}/{trigger}/pause", {})
    flows.advance(5 * HOUR)
    assert flows.runs(trigger) == []
    flows.get(f"{PATH}/{trigger}/resume", {})
    flows.advance(HOUR)
    assert len(flows.runs(trigger)) == 1


def test_a_trigger_that_is_written_again_keeps_to_its_new_times_only(flows: Flows) -> None:
    workflow = flows.version()
    trigger = flows.trigger(workflow, by_cron("0 * * * *"))
    flows.one(PATH, trigger_of(trigger, workflow, by_cron("*/30 * * * *")) | flows.authentication())
    flows.advance(2 * HOUR)
    assert len(flows.runs(trigger)) == 4


def test_a_deleted_trigger_starts_nothing_and_one_of_its_name_is_another(flows: Flows) -> None:
    workflow = flows.version()
    trigger = flows.trigger(workflow, by_cron("0 * * * *"))
    flows.advance(HOUR)
    flows.get(f"{PATH}/delete", {"items": [{"externalId": trigger}]})
    flows.advance(3 * HOUR)
    listed = flows.get(
        "/workflows/executions/list", {"filter": {"workflowFilters": [{"externalId": workflow}]}}
    )
    assert len(listed["items"]) == 1
    flows.one(PATH, trigger_of(trigger, workflow, by_cron("0 5 1 1 *")) | flows.authentication())
    assert flows.runs(trigger) == []


def test_a_run_that_cannot_be_says_why(flows: Flows) -> None:
    workflow = flows.version(WAITING, maxConcurrentExecutions=1)
    trigger = flows.trigger(workflow, by_cron("0 * * * *"))
    flows.server.read_as(workflow_retry_delay="60")
    try:
        flows.start(workflow)
        # The clock moves in one step: the request under way has not failed when the hour strikes.
        flows.advance(HOUR)
    finally:
        flows.server.read_as(workflow_retry_delay="0")
    flows.get("/workflows/delete", {"items": [{"externalId": workflow}]})
    flows.advance(HOUR)
    crowded, missing = flows.runs(trigger)
    assert {crowded["status"], missing["status"]} == {"failed"}
    assert "may have 1 at once" in crowded["reasonForFailure"]
    assert f"no version 1 of a workflow {workflow}" in missing["reasonForFailure"]
    assert crowded["workflowExecutionId"] is missing["workflowExecutionId"] is None


# By changes


def test_a_full_batch_starts_at_the_next_look_and_the_rest_when_it_has_waited(flows: Flows) -> None:
    space = flows.space()
    trigger = flows.trigger(flows.version(), by_change(space, 2, timeout=60), input={"a": 1})
    flows.write(space, *"abcde")
    flows.advance(2)
    assert [names(each) for each in flows.inputs(trigger)] == [["a", "b"], ["c", "d"]]
    flows.advance(55)
    assert len(flows.runs(trigger)) == 2
    flows.advance(10)
    (*_, last) = flows.inputs(trigger)
    properties = {"cdf_cdm": {"CogniteAsset/v1": {"name": "e"}}}
    item = {"instanceType": "node", "space": space, "externalId": "e", "properties": properties}
    assert last == {"version": "v1", "items": [item], "a": 1}


def test_what_does_not_change_never_starts_anything_again(flows: Flows) -> None:
    space = flows.space()
    trigger = flows.trigger(flows.version(), by_change(space, 2, timeout=10))
    flows.write(space, "a", "b", "c")
    flows.advance(MINUTE)
    assert len(flows.runs(trigger)) == 2
    flows.write(space, "a", "b", "c")  # the same once more is no change
    flows.write(flows.space(), "elsewhere")
    flows.advance(DAY)
    assert len(flows.runs(trigger)) == 2
    flows.write(space, "b", description="another")
    flows.advance(MINUTE)
    assert names(flows.inputs(trigger)[-1]) == ["b"]
    assert len(flows.runs(trigger)) == 3


def test_a_flag_keeps_what_is_written_back_from_starting_it_again(flows: Flows) -> None:
    space = flows.space()
    undone = {"not": {"exists": {"property": ["cdf_cdm", "CogniteAsset/v1", "sourceId"]}}}
    trigger = flows.trigger(flows.version(), by_change(space, 1, filter_=undone))
    flows.write(space, "a")
    flows.advance(MINUTE)
    flows.write(space, "a", sourceId="done")
    flows.advance(HOUR)
    assert [names(each) for each in flows.inputs(trigger)] == [["a"]]


def test_what_is_deleted_starts_nothing(flows: Flows) -> None:
    space = flows.space()
    trigger = flows.trigger(flows.version(), by_change(space, 1))
    flows.write(space, "a")
    flows.advance(MINUTE)
    flows.get(
        "/models/instances/delete", {"items": [{"instanceType": "node", "space": space, "externalId": "a"}]}
    )
    flows.advance(HOUR)
    assert len(flows.runs(trigger)) == 1


def test_a_paused_trigger_goes_on_with_what_changed_meanwhile(flows: Flows) -> None:
    space = flows.space()
    trigger = flows.trigger(flows.version(), by_change(space, 1))
    flows.write(space, "a")
    flows.advance(MINUTE)
    flows.get(f"{PATH}/{trigger}/pause", {})
    assert [
        each["isPaused"] for each in flows.get(f"{PATH}?limit=1000")["items"] if each["externalId"] == trigger
    ] == [True]
    flows.write(space, "b")
    flows.advance(HOUR)
    assert len(flows.runs(trigger)) == 1
    flows.get(f"{PATH}/{trigger}/resume", {})
    flows.advance(MINUTE)
    assert [names(each) for each in flows.inputs(trigger)] == [["a"], ["b"]]


def test_a_trigger_that_is_written_again_begins_anew_only_for_another_query(flows: Flows) -> None:
    space, workflow = flows.space(), flows.version()
    trigger = flows.trigger(workflow, by_change(space, 2, timeout=10))
    flows.write(space, "a", "b")
    flows.advance(MINUTE)
    same = trigger_of(trigger, workflow, by_change(space, 2, timeout=10))
    flows.one(PATH, same | flows.authentication())
    flows.advance(MINUTE)
    assert len(flows.runs(trigger)) == 1
    flows.one(PATH, same | {"triggerRule": by_change(space, 1)} | flows.authentication())
    flows.advance(MINUTE)
    assert [names(each) for each in flows.inputs(trigger)] == [["a", "b"], ["a"], ["b"]]


def test_a_trigger_sees_what_its_session_may_see(flows: Flows) -> None:
    ours, theirs = flows.space(), flows.space()
    scope = {"spaceIdScope": {"spaceIds": [ours, "cdf_cdm"]}}
    held = capabilities("dataModelsAcl:READ", "dataModelInstancesAcl:READ", scope=scope)
    group = flows.one("/groups", {"name": "seers", "sourceId": "seers", "capabilities": held})
    identity = {"name": "seer", "clientId": "seer", "clientSecret": "its secret", "groups": ["seers"]}
    flows.server.admin("identities", {"items": [identity]})
    credentials = {"clientId": "seer", "clientSecret": "its secret"}
    nonce = flows.one("/sessions", credentials)["nonce"]
    rule = by_change(ours, 1)
    (both,) = rule["dataModelingQuery"]["with"].values()
    both["nodes"]["filter"] = {"and": [{"in": {"property": ["node", "space"], "values": [ours, theirs]}}]}
    trigger = flows.trigger(flows.version(), rule, authentication={"nonce": nonce})
    flows.write(ours, "a")
    flows.write(theirs, "b")
    flows.advance(MINUTE)
    assert [names(each) for each in flows.inputs(trigger)] == [["a"]]
    flows.get("/groups/delete", {"items": [group["id"]]})
    flows.write(ours, "c")
    flows.advance(2)
    assert "lacks dataModelsAcl:READ" in flows.runs(trigger)[-1]["reasonForFailure"]


def test_a_trigger_whose_session_is_over_says_so(flows: Flows) -> None:
    session = flows.one("/sessions", {"tokenExchange": True})
    authentication = {"nonce": session["nonce"]}
    trigger = flows.trigger(flows.version(), by_cron("0 * * * *"), authentication=authentication)
    flows.get("/sessions/revoke", {"items": [{"id": session["id"]}]})
    flows.advance(HOUR)
    (run,) = flows.runs(trigger)
    assert (run["status"], "is over (REVOKED)" in run["reasonForFailure"]) == ("failed", True)


def test_a_kill_neither_loses_a_change_nor_tells_one_twice(tmp_path: Path) -> None:
    with flows_on(tmp_path) as flows:
        space, workflow = flows.space(), flows.version()
        trigger = flows.trigger(workflow, by_change(space, 1))
        hourly = flows.trigger(workflow, by_cron("0 * * * *"))
        flows.write(space, "a")
        flows.advance(MINUTE)
        runs = len(flows.runs(hourly))
        flows.write(space, "b")
        flows.server.process.kill()
        flows.server.wait()
    with flows_on(tmp_path) as flows:
        flows.advance(MINUTE)
        assert [names(each) for each in flows.inputs(trigger)] == [["a"], ["b"]]
        flows.advance(HOUR)
        assert [names(each) for each in flows.inputs(trigger)] == [["a"], ["b"]]
        assert len(flows.runs(hourly)) in (runs + 1, runs + 2)
