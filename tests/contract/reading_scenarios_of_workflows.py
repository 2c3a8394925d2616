"""Scenarios of the readings of workflows, their triggers, and the schedules of functions."""

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

from reading_lab import Lab, Scenario, unique

from tests.contract.flows import dynamic, request, version_of

Json = dict[str, Any]
PATIENCE = 30  # seconds for what runs beside the server
STATUS = "/functions/status"  # a request that is good
NOWHERE = "/models/none"  # one that is not


def nonce(lab: Lab) -> str:
    """Return the nonce of a new session."""
    return lab.items("/sessions", {"items": [{"tokenExchange": True}]})[0]["nonce"]


def workflow(lab: Lab, *tasks: Json, **fields: Any) -> str:
    """Make a workflow with a version 1; return its external id."""
    name = unique()
    lab.get("/workflows", {"items": [{"externalId": name, **fields}]})
    lab.get("/workflows/versions", {"items": [version_of(name, *tasks)]})
    return name


def run(lab: Lab, name: str, given: Json | None = None) -> Any:
    """Ask for an execution of a workflow; return the answer."""
    body = {"authentication": {"nonce": nonce(lab)}} | ({"input": given} if given else {})
    return lab.answer(f"/workflows/{name}/versions/1/run", body)


def seen(lab: Lab, execution: str, wanted: Callable[[Json], bool]) -> Json:
    """Return an execution once it is as wanted: requests and calls run beside the server."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if wanted(now := lab.get(f"/workflows/executions/{execution}")):
            return now
        time.sleep(0.05)
    raise AssertionError(now)


def ended(lab: Lab, *tasks: Json, given: Json | None = None) -> Json:
    """Run tasks to their end."""
    execution = run(lab, workflow(lab, *tasks), given).json()["id"]
    return seen(lab, execution, lambda now: now["status"] != "RUNNING")


def references_checked(lab: Lab) -> int:
    """Write a version with a reference to a task that is not done before."""
    tasks = [request("a", STATUS), dynamic("b", "${a.output.response}", "")]
    name = workflow(lab)
    return lab.status("/workflows/versions", {"items": [version_of(name, *tasks)]})


def unresolved(lab: Lab) -> Any:
    """Run a task with a reference to an input that was not given; return what became of it."""
    body = {"filter": "${workflow.input.none}"}
    done = ended(lab, request("a", "/assets/list", body, retries=0), given={"some": 1})
    (made,) = done["executedTasks"]
    return done["status"], made["input"].get("cdfRequest", {}).get("body")


def inside_text(lab: Lab) -> Any:
    """Run a task with a reference inside a longer text; return what became of that."""
    body = {"filter": {"name": "a ${workflow.input.b} c"}}
    done = ended(lab, request("a", "/assets/list", body), given={"b": 1})
    return done["executedTasks"][0]["input"]["cdfRequest"]["body"]["filter"]["name"]


def retry_delay(lab: Lab) -> int:
    """Run a task that fails twice; return the milliseconds between its attempts."""
    execution = run(lab, workflow(lab, request("a", NOWHERE, retries=1))).json()["id"]
    waiting = seen(lab, execution, lambda now: len(now["executedTasks"]) == 2)
    if waiting["executedTasks"][1]["status"] == "SCHEDULED":
        lab.wait(60)
    done = seen(lab, execution, lambda now: now["status"] == "FAILED")
    first, second = done["executedTasks"]
    return second["startTime"] - first["endTime"]


def task_session(lab: Lab) -> bool:
    """Let a task make a session of its own; say whether it could."""
    body = {"items": [{"tokenExchange": True}]}
    return ended(lab, request("a", "/sessions", body, retries=0))["status"] == "COMPLETED"


def too_many(lab: Lab) -> int:
    """Start an execution while another takes the only place."""
    name = workflow(lab, request("a", NOWHERE, retries=1), maxConcurrentExecutions=1)
    lab.server.read_as(workflow_retry_delay="60")
    first = run(lab, name).json()["id"]
    status = run(lab, name).status_code
    lab.get(f"/workflows/executions/{first}/cancel", {})
    return status


def trigger(lab: Lab, name: str, rule: Json) -> Any:
    """Ask for a trigger of a workflow; return the answer."""
    item = {
        "externalId": name,
        "triggerRule": rule,
        "workflowExternalId": name,
        "workflowVersion": "1",
        "authentication": {"nonce": nonce(lab)},
    }
    return lab.answer("/workflows/triggers", {"items": [item]})


def forget(lab: Lab, name: str) -> None:
    """Delete a trigger, so that it fires in no other scenario."""
    lab.get("/workflows/triggers/delete", {"items": [{"externalId": name}]})


def missing_version(lab: Lab) -> int:
    """Make a trigger for a workflow that is not there."""
    name = unique()
    answer = trigger(lab, name, {"triggerType": "schedule", "cronExpression": "0 5 * * *"})
    if answer.is_success:
        forget(lab, name)
    return answer.status_code


def changed(lab: Lab, name: str) -> Json:
    """Make a trigger of a workflow by changes, and write a node that starts it; return the trigger."""
    lab.get("/models/spaces", {"items": [{"space": name}]})
    of = {"equals": {"property": ["node", "space"], "value": name}}
    rule = {
        "triggerType": "dataModeling",
        "dataModelingQuery": {"with": {"n": {"nodes": {"filter": of}, "limit": 1}}, "select": {"n": {}}},
        "batchSize": 1,
        "batchTimeout": 10,
    }
    (made,) = trigger(lab, name, rule).json()["items"]
    node = {"instanceType": "node", "space": name, "externalId": "n"}
    lab.get("/models/instances", {"items": [node]})
    return made


def polled(lab: Lab) -> int:
    """Write a node; return after how many milliseconds a trigger starts something."""
    made = changed(lab, name := workflow(lab))
    lab.wait(60)
    (fired,) = lab.get(f"/workflows/triggers/{name}/history")["items"]
    forget(lab, name)
    return fired["fireTime"] - made["createdTime"]


def refused_batch(lab: Lab) -> list[str]:
    """Write a node while there is no room for an execution, then make room; return what the trigger did."""
    name = workflow(lab, request("a", NOWHERE, retries=10), maxConcurrentExecutions=1)
    execution = run(lab, name).json()["id"]
    changed(lab, name)
    lab.wait(60)
    lab.get(f"/workflows/executions/{execution}/cancel", {})
    lab.wait(60)
    runs = lab.get(f"/workflows/triggers/{name}/history")["items"]
    forget(lab, name)
    return [each["status"] for each in runs[::-1]]


def without_data(lab: Lab) -> Any:
    """Make a schedule without data; return what it answers as its input data, but for the id."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "def handle(data):\n    return data\n")
    file = lab.get("/files", {"name": "code.zip"})
    assert lab.put(file["uploadUrl"], content.getvalue()) == 200
    (function,) = lab.items("/functions", {"items": [{"name": "f", "fileId": file["id"]}]})
    item = {"name": "s", "cronExpression": "0 5 * * *", "functionId": function["id"], "nonce": nonce(lab)}
    (schedule,) = lab.items("/functions/schedules", {"items": [item]})
    answer = lab.get(f"/functions/schedules/{schedule['id']}/input_data")
    lab.get("/functions/delete", {"items": [{"id": function["id"]}]})
    return {name: value for name, value in answer.items() if name != "id"}


SCENARIOS = {
    "workflow-references-checked": Scenario(references_checked, {"at-creation": 400, "when-run": 200}),
    "unresolved-reference": Scenario(
        unresolved,
        {
            "fails": ("FAILED", {"filter": "${workflow.input.none}"}),
            "null": ("COMPLETED", {"filter": None}),
        },
    ),
    "reference-inside-text": Scenario(inside_text, {"kept": "a ${workflow.input.b} c", "replaced": "a 1 c"}),
    "workflow-retry-delay": Scenario(retry_delay, {"60": 60_000, "0": 0}),
    "workflow-task-session": Scenario(task_session, {"chained": False, "root": True}),
    "too-many-executions": Scenario(too_many, {"429": 429, "400": 400}),
    "trigger-of-missing-version": Scenario(missing_version, {"400": 400, "taken": 200}),
    "trigger-polled-every": Scenario(polled, {"60": 60_000, "1": 1000}),
    "trigger-refused-batch": Scenario(refused_batch, {"lost": ["failed"], "kept": ["failed", "success"]}),
    "schedule-without-data": Scenario(without_data, {"empty": {"data": {}}, "absent": {}}),
}
