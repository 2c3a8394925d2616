"""How a task is started: its references are looked up, then it goes its way by its type."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from localcdf import sessions
from localcdf.agenda import plan
from localcdf.endpoint import Call
from localcdf.functions.call_table import Origin, find
from localcdf.functions.calls import begin, check_callable
from localcdf.functions.table import FUNCTIONS
from localcdf.sessions import Session
from localcdf.wire import reasons
from localcdf.workflows.containers import ContainerError, open_container
from localcdf.workflows.models import MOST_DATA, PARAMETERS, CdfRequest, within
from localcdf.workflows.readings import INSIDE_TEXT, TASK_SESSION, UNRESOLVED
from localcdf.workflows.references import WORKFLOW, UnknownReferenceError, names_in, resolve
from localcdf.workflows.requests import send
from localcdf.workflows.table import GOOD, Execution, Task, change_task, tasks_of

if TYPE_CHECKING:
    from localcdf.service import Service

CALL_ENDED = "workflow-call-ended"
REQUEST_ENDED = "workflow-request-ended"


class TaskError(Exception):
    """An attempt at a task has failed; the message says why, ``terminal`` that there is no use in another."""

    def __init__(self, message: str, *, terminal: bool = False) -> None:
        super().__init__(message)
        self.terminal = terminal


def start(call: Call, execution: Execution, task: Task) -> None:
    """Start a task that is now in progress; ``TaskError`` or ``CdfError`` when it cannot be."""
    resolved = _resolved(call, execution, task)
    task = change_task(call, task, task.status, input=resolved)
    if task.is_container:
        try:
            open_container(call, task, resolved)
        except ContainerError as error:
            raise TaskError(str(error), terminal=True) from error
    elif task.type == "function":
        _call_function(call, execution, task, resolved["function"])
    else:
        _send_request(call, execution, task, resolved["cdfRequest"])


def _resolved(call: Call, execution: Execution, task: Task) -> dict[str, Any]:
    """Return the parameters with what their references lead to, which must fit there."""
    told = task.doc["definition"]["parameters"]
    if task.type == "subworkflow":
        return told  # its inner tasks look up what they refer to
    known: dict[tuple[str, str], Any] = {(WORKFLOW, "input"): execution.doc["input"]}
    named = names_in(told)
    for each in tasks_of(call.db, execution.n, latest=True):
        if each.name in named and "input" in each.doc:
            known[each.name, "input"] = each.doc["input"]
        if each.name in named and each.status in GOOD:
            known[each.name, "output"] = each.doc.get("output", {})
    try:
        resolved = resolve(
            told,
            known,
            inside_text=call.reads(INSIDE_TEXT, "replaced"),
            null_for_nothing=call.reads(UNRESOLVED, "null"),
        )
        if task.type != "dynamic":
            PARAMETERS[task.type].model_validate(resolved, strict=True)
    except UnknownReferenceError as error:
        raise TaskError(str(error)) from error
    except ValidationError as error:
        raise TaskError(f"its parameters are not well formed: {reasons(error, told)}") from error
    return resolved


def _call_function(call: Call, execution: Execution, task: Task, wanted: dict[str, Any]) -> None:
    function = FUNCTIONS.find(call.db, {"externalId": wanted["externalId"]})
    if function is None:
        raise TaskError(f"There is no function {wanted['externalId']}")
    data = dict(wanted.get("data") or {})
    if task.definition.parameters.is_async_complete:
        data["cogniteOrchestrationTaskId"] = task.id
    check_callable(call, function, data)
    token = _session(call, execution).token
    origin = Origin(follow_up=(CALL_ENDED, {"task": task.id}))
    made = begin(call, function, data, token, origin)
    change_task(call, task, task.status, functionCall=made["id"])


def output_of_call(call: Call, task: Task) -> dict[str, Any]:
    """Return what the function's call gives the task; ``TaskError`` when it has failed."""
    row = find(call.db, task.doc["functionCall"])
    if row is None:
        raise TaskError("The function was deleted while it was called")
    if row["status"] != "Completed":
        message = json.loads(row["error"])["message"] if row["error"] else ""
        raise TaskError(f"The call {row['id']} of the function is {row['status']}: {message}")
    response = None if row["response"] is None else json.loads(row["response"])
    try:
        within(MOST_DATA)(response)
    except ValueError as error:
        raise TaskError(f"The response of the function cannot be handed on: {error}") from error
    return {"callId": row["id"], "functionId": row["function"], "response": response}


def _send_request(call: Call, execution: Execution, task: Task, wanted: dict[str, Any]) -> None:
    request = CdfRequest.model_validate(wanted)
    url = f"{call.base_url}/api/v1/projects/{call.project}/{request.resource_path.lstrip('/')}"
    token = _session(call, execution).token
    call.afterwards.append(partial(_launch, task.id, url, token, request))


def _launch(task: str, url: str, token: str, request: CdfRequest, service: "Service") -> None:
    def record(outcome: dict[str, Any]) -> None:
        with service.own_turn() as call:
            plan(call.db, call.now, REQUEST_ENDED, {"task": task} | outcome)

    service.errands.submit(lambda: service.worker.submit(record, send(url, token, request)).result())


def _session(call: Call, execution: Execution) -> Session:
    if call.reads(TASK_SESSION, "chained"):
        return sessions.chain(call, execution.session)
    return sessions.renew(call, execution.session)
