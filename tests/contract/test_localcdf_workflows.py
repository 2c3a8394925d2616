"""Workflows: what may be defined, how executions go on, fail, are retried and end."""

import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.flows import (
    Flows,
    Json,
    dynamic,
    flows_on,
    outputs,
    request,
    statuses,
    subworkflow,
    task,
    version_of,
)


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """A local CDF on which nothing comes late."""
    with flows_on(tmp_path_factory.mktemp("flows")) as made:
        yield made


@pytest.fixture(scope="module")
def echo(flows: Flows) -> Json:
    """A function that answers what it is told to."""
    return flows.function()


# What may be defined


def test_a_workflow_is_written_again_and_keeps_its_birth(flows: Flows) -> None:
    name = f"w{uuid4().hex}"
    first = flows.one("/workflows", {"externalId": name, "description": "a", "maxConcurrentExecutions": 3})
    flows.advance(1)
    again = flows.one("/workflows", {"externalId": name})
    assert again.keys() == {"externalId", "createdTime", "lastUpdatedTime"}
    assert again["createdTime"] == first["createdTime"] < again["lastUpdatedTime"]
    assert flows.get(f"/workflows/{name}") == again


def test_a_version_is_answered_as_it_was_sent(flows: Flows) -> None:
    tasks = [
        task("a", "f", {"x": "${workflow.input.x}"}, timeout=100, retries=0, onFailure="skipTask"),
        request("b", "/assets/list", {"limit": 1}, after="a"),
        dynamic("c", "${a.output.response.tasks}", after="a"),
        subworkflow("d", task("inner", "f", {"y": "${a.output.response}"}), dependsOn=[{"externalId": "a"}]),
    ]
    name = flows.version(*tasks)
    found = flows.get(f"/workflows/{name}/versions/1")
    definition = found["workflowDefinition"]
    assert definition["tasks"] == tasks
    assert len(definition["hash"]) == 64
    listed = flows.get("/workflows/versions/list", {"filter": {"workflowFilters": [{"externalId": name}]}})
    assert listed["items"] == [found]


WRONG: dict[str, tuple[list[Json], str]] = {
    "a circle": ([task("a", "f", after="b"), task("b", "f", after="a")], "in a circle: "),
    "itself": ([task("a", "f", after="a")], "in a circle: "),
    "unknown": ([task("a", "f", after="b")], "depends on b, which is no task"),
    "twice": ([task("a", "f"), task("a", "f")], "the task a is there twice"),
    "twice inside": ([task("a", "f"), subworkflow("b", task("a", "f"))], "the task a is there twice"),
    "reserved": ([task("workflow", "f")], "reserved"),
    "reserved too": ([task("__a", "f")], "reserved"),
    "nested": ([subworkflow("a", subworkflow("b", task("c", "f")))], "may not be nested"),
    "dynamic inside": (
        [task("a", "f"), subworkflow("b", dynamic("c", "${a.output.response}", ""))],
        "may not be nested",
    ),
    "not before": ([task("a", "f"), task("b", "f", {"x": "${a.output.response.x}"})], "does not depend on a"),
    "no reference": ([dynamic("a", "tasks", "")], "no reference"),
    "too soon": ([task("a", "f", timeout=99)], "timeout"),
    "too late": ([task("a", "f", timeout=43_201)], "timeout"),
    "too often": ([task("a", "f", retries=11)], "retries"),
    "other parameters": ([task("a", "f") | {"type": "cdf"}], "its parameters are not"),
    "too much data": ([task("a", "f", {"x": "x" * 100_000})], "more than 100000"),
    "not served": ([task("a", "f") | {"type": "simulation"}], "type"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_version_that_cannot_run_is_refused(flows: Flows, name: str) -> None:
    tasks, said = WRONG[name]
    workflow = flows.version()
    message = flows.refused("/workflows/versions", {"items": [version_of(workflow, *tasks, version="2")]})
    assert said in message


@pytest.mark.parametrize("number", [100, 101])
def test_a_version_has_up_to_100_tasks(flows: Flows, number: int) -> None:
    workflow = flows.version()
    tasks = [task(f"t{n}", "f") for n in range(number)]
    body = {"items": [version_of(workflow, *tasks)]}
    assert flows.ask("/workflows/versions", body).status_code == (200 if number == 100 else 400)


def test_a_version_needs_its_workflow(flows: Flows) -> None:
    assert "There is no workflow none" in flows.refused(
        "/workflows/versions", {"items": [version_of("none")]}, code=404
    )


def test_what_is_unknown_is_deleted_unless_that_is_asked_for(flows: Flows) -> None:
    body = {"items": [{"externalId": "none"}]}
    assert flows.get("/workflows/delete", body) == {}
    assert flows.ask("/workflows/delete?ignoreUnknownIds=false", body).status_code == 404
    version = {"items": [{"workflowExternalId": "none", "version": "1"}]}
    assert flows.get("/workflows/versions/delete", version) == {}
    assert flows.ask("/workflows/versions/delete?ignoreUnknownIds=false", version).status_code == 404


def test_versions_go_with_their_workflow(flows: Flows) -> None:
    name = flows.version()
    flows.get("/workflows/delete", {"items": [{"externalId": name}]})
    for path in (f"/workflows/{name}", f"/workflows/{name}/versions/1"):
        assert flows.ask(path).status_code == 404


# How executions go on


def test_tasks_run_in_order_and_hand_on_what_they_give(flows: Flows, echo: Json) -> None:
    done = flows.run(
        task("first", echo, {"answer": {"n": "${workflow.input.n}", "list": [1, {"a": 2}]}}),
        task(
            "left",
            echo,
            {"all": "${first.output.response}", "deep": "${first.output.response.list[1].a}"},
            "first",
        ),
        task("right", echo, "${first.input.function.data.answer}", "first"),
        task(
            "last",
            echo,
            {"left": "${left.output.response.deep}", "text": "n is ${workflow.input.n}"},
            "left right",
        ),
        given={"n": 7},
    )
    assert done["status"] == "COMPLETED", done
    told = outputs(done)
    assert told["first"]["response"] == {"n": 7, "list": [1, {"a": 2}]}
    assert told["left"]["response"] == {"all": {"n": 7, "list": [1, {"a": 2}]}, "deep": 2}
    assert told["right"]["response"] == {"n": 7, "list": [1, {"a": 2}]}
    assert told["last"]["response"] == {"left": 2, "text": "n is ${workflow.input.n}"}
    times = {each["externalId"]: (each["startTime"], each["endTime"]) for each in done["executedTasks"]}
    assert times["first"][1] <= min(times["left"][0], times["right"][0])
    assert max(times["left"][1], times["right"][1]) <= times["last"][0]
    assert told["first"]["functionId"] == echo["id"]
    call = flows.get(f"/functions/{echo['id']}/calls/{told['first']['callId']}")
    assert call["status"] == "Completed"


def test_a_request_to_the_project_is_a_task(flows: Flows) -> None:
    name = f"d{uuid4().hex}"
    done = flows.run(
        request("make", "/datasets", {"items": [{"externalId": name}]}),
        request(
            "read", "/datasets/byids", {"items": [{"id": "${make.output.response.items[0].id}"}]}, "make"
        ),
        request("wrong", "/datasets/byids", {"items": []}, "read", onFailure="skipTask", retries=0),
    )
    assert done["status"] == "COMPLETED", done
    told = outputs(done)
    assert told["make"]["statusCode"] == 200
    assert told["read"]["response"]["items"][0]["externalId"] == name
    assert told["wrong"]["statusCode"] == 400
    assert statuses(done)["wrong"] == ["COMPLETED_WITH_ERRORS"]


def test_a_dynamic_task_runs_what_another_has_made_up(flows: Flows, echo: Json) -> None:
    made = [task(f"d{n}", echo, {"n": n}, after="d0" if n else "") for n in range(3)]
    done = flows.run(
        task("shard", echo, {"answer": {"tasks": made, "none": []}}),
        dynamic("all", "${shard.output.response.tasks}", "shard"),
        dynamic("nothing", "${shard.output.response.none}", "shard"),
        task("report", echo, {"there": "${all.output.dynamicTasks[2].externalId}"}, "all nothing"),
    )
    assert done["status"] == "COMPLETED", done
    told = {each["externalId"]: each for each in done["executedTasks"]}
    assert [told[f"d{n}"]["output"]["response"] for n in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert {told[f"d{n}"]["parentTaskExternalId"] for n in range(3)} == {"all"}
    assert told["report"]["output"]["response"] == {"there": "d2"}
    assert told["nothing"]["output"] == {"dynamicTasks": []}


WRONG_LISTS: dict[str, tuple[Any, str]] = {
    "101 tasks": ([task(f"d{n}", "f") for n in range(101)], "101 tasks in it, more than 100"),
    "no list": ({"a": 1}, "a list of tasks is needed"),
    "not tasks": ([{"a": 1}], "not well formed"),
    "a name twice": ([task("make", "f")], "the task make is there twice"),
    "a circle": ([task("d", "f", after="e"), task("e", "f", after="d")], "in a circle"),
    "a name to come": ([task("after", "f")], "the task after is there twice"),
    "dynamic": ([dynamic("d", "${list.output.response}", "")], "may not be nested"),
    "subworkflow": ([subworkflow("d", task("e", "f"))], "may not be nested"),
}


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_a_list_of_tasks_that_cannot_run_fails_the_execution(flows: Flows, echo: Json, name: str) -> None:
    told, said = WRONG_LISTS[name]
    done = flows.run(
        task("make", echo, "${workflow.input}"),
        dynamic("all", "${make.output.response.tasks}", "make"),
        task("after", echo, {}, "all"),
        given={"answer": {"tasks": told}},
    )
    assert done["status"] == "FAILED"
    assert said in done["reasonForIncompletion"]
    assert statuses(done) == {"make": ["COMPLETED"], "all": ["FAILED_WITH_TERMINAL_ERROR"]}


@pytest.mark.parametrize(("number", "status"), [(97, "COMPLETED"), (98, "FAILED")])
def test_an_execution_has_up_to_200_tasks(flows: Flows, echo: Json, number: int, status: str) -> None:
    # Requests, not functions: two lists of up to 100 and what makes them.
    more = [request(f"more{n}", "/functions/status") for n in range(2)]
    made = {name: [request(f"{name}{n}", "/functions/status") for n in range(number)] for name in "ab"}
    done = flows.run(
        *more,
        dynamic("a", "${workflow.input.a}", "more0 more1"),
        dynamic("b", "${workflow.input.b}", "a"),
        task("last", echo, {}, "b"),
        request("final", "/functions/status", after="last"),
        given=made,
    )
    assert done["status"] == status, done.get("reasonForIncompletion")
    if status == "FAILED":
        assert "more than 200" in done["reasonForIncompletion"]
    else:
        assert len(done["executedTasks"]) == 2 * number + 6 == 200


@pytest.mark.parametrize("named", [True, False])
def test_a_subworkflow_runs_as_one_task(flows: Flows, echo: Json, named: bool) -> None:
    inner = [
        task("one", echo, {"x": "${workflow.input.x}"}),
        task("two", echo, {"y": "${one.output.response.x}"}, "one"),
    ]
    sub = subworkflow("sub", *inner)
    if named:
        other = flows.version(*inner)
        sub["parameters"]["subworkflow"] = {"workflowExternalId": other, "version": "1"}
    done = flows.run(sub, task("after", echo, {}, "sub"), given={"x": 5})
    assert done["status"] == "COMPLETED", done
    assert outputs(done)["two"]["response"] == {"y": 5}
    assert [each["externalId"] for each in done["executedTasks"]] == ["sub", "one", "two", "after"]
    assert {each.get("parentTaskExternalId") for each in done["executedTasks"]} == {None, "sub"}


def test_a_subworkflow_that_is_not_there_fails_the_execution(flows: Flows) -> None:
    sub = subworkflow("sub", task("a", "f"))
    sub["parameters"]["subworkflow"] = {"workflowExternalId": "none", "version": "1"}
    done = flows.run(sub)
    assert done["status"] == "FAILED"
    assert "no version 1 of the workflow none" in done["reasonForIncompletion"]


def test_an_execution_goes_on_as_it_began_whatever_becomes_of_its_version(flows: Flows, echo: Json) -> None:
    name = flows.version(task("a", echo, {}), task("b", echo, {}, "a"))
    execution = flows.start(name)
    flows.get("/workflows/delete", {"items": [{"externalId": name}]})
    assert flows.ended(execution)["status"] == "COMPLETED"


# Failures


def test_what_fails_is_tried_again_and_then_fails_the_execution(flows: Flows, echo: Json) -> None:
    done = flows.run(
        task("a", echo, {"raise": "no luck"}, retries=2),
        task("b", echo, {}, "a"),
        request("c", "/functions/status"),
    )
    assert done["status"] == "FAILED"
    assert "no luck" in done["reasonForIncompletion"]
    assert statuses(done)["a"] == ["FAILED"] * 3
    assert "b" not in statuses(done)
    assert len({each["id"] for each in done["executedTasks"]}) == len(done["executedTasks"])


def test_what_is_skipped_is_tried_again_and_then_left_behind(flows: Flows, echo: Json) -> None:
    done = flows.run(
        task("a", echo, {"raise": "x"}, retries=1, onFailure="skipTask"), task("b", echo, {"n": 1}, "a")
    )
    assert done["status"] == "COMPLETED"
    assert statuses(done) == {"a": ["FAILED", "COMPLETED_WITH_ERRORS"], "b": ["COMPLETED"]}


REFUSED_CALLS: dict[str, tuple[Json, str]] = {
    "no function": (task("a", "none", {}, retries=0), "There is no function none"),
    "too much data": (task("a", "ECHO", {"x": "${workflow.input.large}"}, retries=0), "more than the 36000"),
    "a reference to nothing": (
        task("a", "ECHO", {"x": "${workflow.input.none}"}, retries=0),
        "leads to nothing",
    ),
    "a reference to what does not fit": (
        task("a", "ECHO", "${workflow.input.n}", retries=0),
        "not well formed",
    ),
    "too much in return": (task("a", "ECHO", {"large": 100_001}, retries=0), "more than 100000"),
}


@pytest.mark.parametrize("name", REFUSED_CALLS)
def test_a_call_that_cannot_be_fails_its_task(flows: Flows, echo: Json, name: str) -> None:
    wanted, said = REFUSED_CALLS[name]
    if wanted["parameters"]["function"]["externalId"] == "ECHO":
        wanted["parameters"]["function"]["externalId"] = echo["externalId"]
    done = flows.run(wanted, given={"large": "x" * 40_000, "n": 5})
    assert done["status"] == "FAILED"
    assert said in done["reasonForIncompletion"]


def test_a_function_that_is_not_ready_fails_its_task(flows: Flows) -> None:
    flows.server.read_as(function_deployment="180")
    function = flows.function()
    flows.server.read_as(function_deployment="0")
    done = flows.run(task("a", function, {}, retries=0))
    assert done["status"] == "FAILED"
    assert "Queued" in done["reasonForIncompletion"]


def test_a_function_that_is_deleted_while_it_is_called_fails_its_task(flows: Flows) -> None:
    sleepy = flows.function("def handle(data):\n    import time\n    time.sleep(1000)\n")
    execution = flows.start(flows.version(task("a", sleepy, {}, retries=1)))
    flows.until(execution, lambda now: statuses(now) == {"a": ["IN_PROGRESS"]})
    flows.get("/functions/delete", {"items": [{"id": sleepy["id"]}]})
    done = flows.ended(execution)
    assert (done["status"], statuses(done)) == ("FAILED", {"a": ["FAILED", "FAILED"]})
    first, second = (each["reasonForIncompletion"] for each in done["executedTasks"])
    assert "deleted while it was called" in first
    assert "There is no function" in second


def test_one_that_fails_inside_fails_the_task_around_it_and_stops_the_others(
    flows: Flows, echo: Json
) -> None:
    sleepy = flows.function("def handle(data):\n    import time\n    time.sleep(30)\n")
    inner = [task("bad", echo, {"raise": "inside"}, retries=0), task("slow", sleepy, {})]
    done = flows.run(subworkflow("sub", *inner), task("b", echo, {}, "sub"))
    assert done["status"] == "FAILED"
    assert "inside" in done["reasonForIncompletion"]
    assert statuses(done) == {"sub": ["FAILED"], "bad": ["FAILED"], "slow": ["CANCELED"]}


def test_what_fails_inside_a_task_that_is_skipped_is_left_behind(flows: Flows, echo: Json) -> None:
    inner = [task("bad", echo, {"raise": "inside"}, retries=0), task("never", echo, {}, "bad")]
    done = flows.run(subworkflow("sub", *inner, onFailure="skipTask"), task("b", echo, {}, "sub"))
    assert done["status"] == "COMPLETED"
    assert statuses(done) == {"sub": ["COMPLETED_WITH_ERRORS"], "bad": ["FAILED"], "b": ["COMPLETED"]}


def test_a_task_that_holds_others_ends_with_its_time(flows: Flows, echo: Json) -> None:
    inner = task("slow", echo, {}, asynchronous=True)
    execution = flows.start(flows.version(subworkflow("sub", inner, timeout=200)))
    open_task(flows, execution, "slow")
    flows.advance(201)
    done = flows.ended(execution)
    assert (done["status"], statuses(done)) == ("FAILED", {"sub": ["TIMED_OUT"], "slow": ["CANCELED"]})


@pytest.mark.parametrize("policy", ["abortWorkflow", "skipTask"])
def test_what_takes_too_long_is_tried_again_only_where_it_is_skipped(
    flows: Flows, echo: Json, policy: str
) -> None:
    waiting = task("a", echo, {}, timeout=100, retries=1, onFailure=policy, asynchronous=True)
    name = flows.version(waiting, task("b", echo, {}, "a"))
    execution = flows.start(name)
    for _ in range(1 + (policy == "skipTask")):
        open_task(flows, execution)
        flows.advance(101)
    done = flows.ended(execution)
    if policy == "abortWorkflow":
        assert (done["status"], statuses(done)) == ("FAILED", {"a": ["TIMED_OUT"]})
        assert "more than 100 seconds" in done["reasonForIncompletion"]
    else:
        assert done["status"] == "COMPLETED"
        assert statuses(done) == {"a": ["TIMED_OUT", "COMPLETED_WITH_ERRORS"], "b": ["COMPLETED"]}


def open_task(flows: Flows, execution: str, name: str = "a") -> str:
    """The id of a task that waits for somebody to end it."""

    def found(now: Json) -> list[Json]:
        return [
            each
            for each in now["executedTasks"]
            if each["externalId"] == name and each["status"] == "IN_PROGRESS" and each["output"]
        ]

    return found(flows.until(execution, found))[-1]["id"]


def test_an_execution_ends_after_a_day(flows: Flows, echo: Json) -> None:
    tasks = [
        task(each, echo, {}, before, timeout=43_200, asynchronous=True)
        for each, before in (("a", ""), ("b", "a"), ("c", "b"))
    ]
    execution = flows.start(flows.version(*tasks))
    for name in "ab":
        waiting = open_task(flows, execution, name)
        flows.advance(43_190)
        flows.get(f"/workflows/tasks/{waiting}/update", {"status": "COMPLETED"})
    open_task(flows, execution, "c")
    flows.advance(60)
    done = flows.ended(execution)
    assert done["status"] == "TIMED_OUT"
    assert statuses(done)["c"] == ["CANCELED"]


# Tasks that somebody else ends


def test_somebody_else_ends_a_task(flows: Flows, echo: Json) -> None:
    name = flows.version(
        task("a", echo, {"x": 1}, asynchronous=True), task("b", echo, {"told": "${a.output.more}"}, "a")
    )
    execution = flows.start(name)
    waiting = open_task(flows, execution)
    seen = outputs(flows.execution(execution))["a"]["response"]
    assert seen == {"x": 1, "cogniteOrchestrationTaskId": waiting}
    ended = flows.get(f"/workflows/tasks/{waiting}/update", {"status": "COMPLETED", "output": {"more": 9}})
    assert ended["status"] == "COMPLETED"
    assert ended["output"]["more"] == 9
    done = flows.ended(execution)
    assert outputs(done)["b"]["response"] == {"told": 9}
    assert "only one in progress" in flows.refused(
        f"/workflows/tasks/{waiting}/update", {"status": "COMPLETED"}
    )


@pytest.mark.parametrize(
    ("status", "seen"),
    [("FAILED", ["FAILED", "FAILED"]), ("FAILED_WITH_TERMINAL_ERROR", ["FAILED_WITH_TERMINAL_ERROR"])],
)
def test_somebody_else_says_that_a_task_failed(
    flows: Flows, echo: Json, status: str, seen: list[str]
) -> None:
    execution = flows.start(flows.version(task("a", echo, {}, retries=1, asynchronous=True)))
    for _ in seen:
        flows.get(f"/workflows/tasks/{open_task(flows, execution)}/update", {"status": status})
    done = flows.ended(execution)
    assert (done["status"], statuses(done)["a"]) == ("FAILED", seen)


def test_a_task_that_ends_by_itself_is_not_ended_by_others(flows: Flows, echo: Json) -> None:
    done = flows.run(task("a", echo, {}))
    (there,) = done["executedTasks"]
    assert "ends by itself" in flows.refused(f"/workflows/tasks/{there['id']}/update", {"status": "FAILED"})
    assert flows.ask(f"/workflows/tasks/{uuid4()}/update", {"status": "FAILED"}).status_code == 404


# Executions


def test_an_execution_is_cancelled_with_what_runs_in_it(flows: Flows, echo: Json) -> None:
    execution = flows.start(flows.version(task("a", echo, {}, asynchronous=True), task("b", echo, {}, "a")))
    open_task(flows, execution)
    path = f"/workflows/executions/{execution}/cancel"
    assert flows.get(path, {"reason": "enough"})["status"] == "TERMINATED"
    done = flows.execution(execution)
    assert done["reasonForIncompletion"] == "enough"
    assert statuses(done) == {"a": ["CANCELED"]}
    assert "only a running one" in flows.refused(path, {})


def test_a_retry_takes_up_what_did_not_end_well(flows: Flows, echo: Json) -> None:
    tasks = [
        task("good", echo, {}),
        task("bad", echo, {}, "good", retries=1, asynchronous=True),
        task("last", echo, {}, "bad"),
    ]
    execution = flows.start(flows.version(*tasks))
    path = f"/workflows/executions/{execution}/retry"
    assert "nothing is to be retried" in flows.refused(path, flows.authentication())
    for _ in range(2):
        waiting = open_task(flows, execution, "bad")
        flows.get(f"/workflows/tasks/{waiting}/update", {"status": "FAILED"})
    assert flows.ended(execution)["status"] == "FAILED"
    again = flows.get(path, flows.authentication())
    assert again["status"] == "RUNNING"
    assert "reasonForIncompletion" not in again
    waiting = open_task(flows, execution, "bad")
    flows.get(f"/workflows/tasks/{waiting}/update", {"status": "COMPLETED"})
    done = flows.ended(execution)
    assert done["status"] == "COMPLETED"
    assert statuses(done) == {
        "good": ["COMPLETED"],
        "bad": ["FAILED", "FAILED", "COMPLETED"],
        "last": ["COMPLETED"],
    }


def test_a_retry_leaves_a_task_that_has_no_attempts_one_more(flows: Flows, echo: Json) -> None:
    execution = flows.start(flows.version(task("a", echo, {"raise": "x"}, retries=1)))
    assert statuses(flows.ended(execution))["a"] == ["FAILED"] * 2
    flows.get(f"/workflows/executions/{execution}/retry", flows.authentication())
    assert statuses(flows.ended(execution))["a"] == ["FAILED"] * 3


def test_a_retry_goes_into_tasks_that_hold_others(flows: Flows, echo: Json) -> None:
    inner = [task("one", echo, {}), task("two", echo, {}, "one", retries=0, asynchronous=True)]
    execution = flows.start(flows.version(subworkflow("sub", *inner)))
    flows.get(f"/workflows/tasks/{open_task(flows, execution, 'two')}/update", {"status": "FAILED"})
    assert flows.ended(execution)["status"] == "FAILED"
    flows.get(f"/workflows/executions/{execution}/retry", flows.authentication())
    flows.get(f"/workflows/tasks/{open_task(flows, execution, 'two')}/update", {"status": "COMPLETED"})
    done = flows.ended(execution)
    assert done["status"] == "COMPLETED"
    assert statuses(done) == {"sub": ["COMPLETED"], "one": ["COMPLETED"], "two": ["FAILED", "COMPLETED"]}


def test_a_task_that_holds_others_has_its_time_anew_when_these_are_retried(flows: Flows, echo: Json) -> None:
    inner = task("in", echo, {}, retries=0, asynchronous=True)
    execution = flows.start(flows.version(subworkflow("sub", inner, timeout=200)))
    waiting = open_task(flows, execution, "in")
    flows.advance(150)
    flows.get(f"/workflows/tasks/{waiting}/update", {"status": "FAILED"})
    flows.ended(execution)
    flows.get(f"/workflows/executions/{execution}/retry", flows.authentication())
    open_task(flows, execution, "in")
    flows.advance(150)
    (outer, *_) = flows.execution(execution)["executedTasks"]
    assert outer["status"] == "IN_PROGRESS"
    assert not {"endTime", "reasonForIncompletion"} & outer.keys()
    flows.advance(60)
    assert statuses(flows.ended(execution))["sub"] == ["TIMED_OUT"]


def test_an_execution_goes_on_when_the_server_was_killed(tmp_path: Path) -> None:
    """What a function was doing is lost, so that it is tried again; what somebody else does is not."""
    sleepy = "def handle(data):\n    import time\n    time.sleep(max(0, data['until'] - time.time()))\n"
    with flows_on(tmp_path) as flows:
        echo, function = flows.function(), flows.function(sleepy)
        name = flows.version(
            task("calls", function, {"until": "${workflow.input.until}"}, retries=1),
            task("waits", echo, {}, asynchronous=True),
            task("last", echo, {}, "calls waits"),
        )
        execution = flows.start(name, {"until": time.time() + 3})
        waiting = open_task(flows, execution, "waits")
        flows.server.process.kill()
        flows.server.wait()
    with flows_on(tmp_path) as flows:
        assert flows.execution(execution)["status"] == "RUNNING"
        assert open_task(flows, execution, "waits") == waiting
        flows.get(f"/workflows/tasks/{waiting}/update", {"status": "COMPLETED"})
        done = flows.ended(execution)
    assert done["status"] == "COMPLETED"
    assert statuses(done) == {
        "calls": ["FAILED", "COMPLETED"],
        "waits": ["COMPLETED"],
        "last": ["COMPLETED"],
    }
    assert "stopped while the call ran" in done["executedTasks"][0]["reasonForIncompletion"]


def test_a_request_that_a_kill_cuts_off_is_sent_again(tmp_path: Path) -> None:
    with flows_on(tmp_path) as flows:
        slow = {"kind": "slow-answer", "path": "^/functions/status", "when": "before", "seconds": 60}
        flows.server.admin("faults", {"items": [slow]})
        patient = request("a", "/functions/status", retries=1)
        patient["parameters"]["cdfRequest"]["requestTimeoutInMillis"] = 60_000
        execution = flows.start(flows.version(patient))
        flows.until(execution, lambda now: statuses(now) == {"a": ["IN_PROGRESS"]})
        flows.server.process.kill()
        flows.server.wait()
    with flows_on(tmp_path) as flows:
        done = flows.ended(execution)
    assert (done["status"], statuses(done)) == ("COMPLETED", {"a": ["FAILED", "COMPLETED"]})
    assert "while the request was under way" in done["executedTasks"][0]["reasonForIncompletion"]


def test_a_request_without_an_answer_in_time_fails_its_task(flows: Flows) -> None:
    slow = {"kind": "slow-answer", "path": "^/functions/limits", "when": "before", "seconds": 5}
    flows.server.admin("faults", {"items": [slow]})
    hasty = request("a", "/functions/limits", retries=1)
    hasty["parameters"]["cdfRequest"]["requestTimeoutInMillis"] = 200
    done = flows.run(hasty)
    assert (done["status"], statuses(done)) == ("COMPLETED", {"a": ["FAILED", "COMPLETED"]})
    assert "There was no answer" in done["executedTasks"][0]["reasonForIncompletion"]


def test_executions_are_listed_by_workflow_status_and_time(flows: Flows, echo: Json) -> None:
    name = flows.version(request("a", "/functions/status"))
    first = flows.ended(flows.start(name))
    flows.advance(10)
    second = flows.ended(flows.start(name))
    of = {"workflowFilters": [{"externalId": name, "version": "1"}]}

    def ids(**wanted: Any) -> list[str]:
        items = flows.get("/workflows/executions/list", {"filter": of | wanted})["items"]
        return [each["id"] for each in items]

    assert ids() == [first["id"], second["id"]]
    assert ids(createdTimeStart=second["createdTime"]) == [second["id"]]
    assert ids(createdTimeEnd=first["createdTime"], status=["COMPLETED"]) == [first["id"]]
    assert ids(status=["FAILED"]) == []


def test_an_execution_needs_a_root_session_and_its_nonce_is_good_once(flows: Flows) -> None:
    name = flows.version(request("a", "/functions/status"))
    body = flows.authentication()
    path = f"/workflows/{name}/versions/1/run"
    assert flows.ask(path, body).status_code == 202
    assert "is spent" in flows.refused(path, body)
    late = flows.authentication()
    flows.advance(61)
    assert "expired" in flows.refused(path, late)


CHAIN = """
    def handle(client):
        try:
            made = client.iam.sessions.create(session_type="TOKEN_EXCHANGE")
        except Exception as error:
            return {"refused": str(error)}
        return {"nonce": made.nonce}
"""


def test_a_function_cannot_start_a_workflow_with_a_session_of_its_own_making(flows: Flows) -> None:
    function, name = flows.function(CHAIN), flows.version(request("a", "/functions/status"))
    call = flows.get(f"/functions/{function['id']}/call", {"nonce": flows.nonce()})
    path = f"/functions/{function['id']}/calls/{call['id']}"
    while flows.get(path)["status"] == "Running":
        pass
    nonce = flows.get(f"{path}/response")["response"]["nonce"]
    body = {"authentication": {"nonce": nonce}}
    assert "chained" in flows.refused(f"/workflows/{name}/versions/1/run", body, code=403)


def test_the_workflow_itself_may_allow_fewer_executions_than_the_project(flows: Flows, echo: Json) -> None:
    name = flows.version(task("a", echo, {}, asynchronous=True), maxConcurrentExecutions=2)
    started = [flows.start(name) for _ in range(2)]
    path = f"/workflows/{name}/versions/1/run"
    assert "may have 2 at once" in flows.refused(path, flows.authentication(), code=429)
    flows.get(f"/workflows/executions/{started[0]}/cancel", {})
    started.append(flows.start(name))
    for each in started[1:]:
        flows.get(f"/workflows/executions/{each}/cancel", {})


def test_a_project_runs_50_executions_and_50_tasks_at_once(tmp_path: Any) -> None:
    with flows_on(tmp_path) as flows:
        echo = flows.function()
        two = flows.version(*(task(name, echo, {}, asynchronous=True, timeout=43_200) for name in "ab"))
        started = [flows.start(two) for _ in range(50)]
        path = f"/workflows/{two}/versions/1/run"
        assert "a project may have 50 at once" in flows.refused(path, flows.authentication(), code=429)
        states = [
            each["status"] for execution in started for each in flows.execution(execution)["executedTasks"]
        ]
        assert (states.count("IN_PROGRESS"), states.count("SCHEDULED")) == (50, 50)
        flows.get(f"/workflows/executions/{started[0]}/cancel", {})
        flows.until(started[-1], lambda _: True)
        states = [
            each["status"] for execution in started for each in flows.execution(execution)["executedTasks"]
        ]
        assert states.count("IN_PROGRESS") == 50


def test_a_task_waits_while_the_project_has_no_room_for_its_call(tmp_path: Path) -> None:
    sleepy = "def handle(data):\n    import time\n    time.sleep(1000)\n"
    with flows_on(tmp_path) as flows:
        echo, busy = flows.function(), [flows.function(sleepy) for _ in range(3)]
        for function, calls in zip(busy, (100, 100, 50), strict=True):
            for _ in range(calls):
                flows.get(f"/functions/{function['id']}/call", {"nonce": flows.nonce()})
        execution = flows.start(flows.version(task("a", echo, {"x": 1}, retries=0)))
        flows.advance(5)
        (waiting,) = flows.execution(execution)["executedTasks"]
        assert waiting["status"] == "SCHEDULED"
        flows.get("/functions/delete", {"items": [{"id": each["id"]} for each in busy]})
        flows.advance(2)
        done = flows.ended(execution)
    assert (done["status"], outputs(done)["a"]["response"]) == ("COMPLETED", {"x": 1})


@pytest.mark.parametrize(("size", "field"), list(product((99_000, 100_001), ("input", "data"))))
def test_inputs_have_up_to_100_kilobytes(flows: Flows, size: int, field: str) -> None:
    large = {"x": "x" * size}
    if field == "data":
        body = {"items": [version_of(flows.version(), task("a", "f", large))]}
        status = flows.ask("/workflows/versions", body).status_code
    else:
        path = f"/workflows/{flows.version(request('a', '/functions/status'))}/versions/1/run"
        status = flows.ask(path, flows.authentication() | {"input": large}).status_code
    assert (status < 300) == (size < 100_000)
