"""Tasks that somebody else ends, as their function goes on after it has returned."""

from typing import Any, Literal

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.records import UNKNOWN_IN_PATH, not_in_path
from localcdf.workflows import engine
from localcdf.workflows.definitions import WRITE
from localcdf.workflows.models import Data, FunctionParameters
from localcdf.workflows.table import Task, change_task, check_writable, execution_at, find_task


class TaskUpdate(Body):
    """How a task has ended."""

    status: Literal["COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR"]
    output: Data | None = None


def update_task(call: Call) -> dict[str, Any]:
    """Note how a task has ended that is ended by somebody else than the workflow."""
    task = find_task(call.db, call.path["taskId"])
    if task is None:
        raise not_in_path(call, f"There is no task {call.path['taskId']}")
    check_writable(call, execution_at(call.db, task.execution).workflow)
    parameters = task.definition.parameters
    if not (isinstance(parameters, FunctionParameters) and parameters.is_async_complete):
        raise CdfError(400, f"The task {task.name} is not isAsyncComplete: it ends by itself")
    if task.status != "IN_PROGRESS":
        raise CdfError(400, f"The task {task.name} is {task.status}: only one in progress can be ended")
    output = task.doc.get("output", {}) | (call.body.output or {})
    if call.body.status == "COMPLETED":
        engine.complete(call, task, output)
    else:
        task = change_task(call, task, task.status, output=output)
        terminal = call.body.status == "FAILED_WITH_TERMINAL_ERROR"
        engine.fail(call, task, "The task was said to have failed", terminal=terminal)
    ended: Task | None = find_task(call.db, task.id)
    assert ended is not None
    return ended.shown()


ENDPOINTS = [
    Endpoint(
        "POST",
        "/workflows/tasks/{taskId}/update",
        update_task,
        TaskUpdate,
        writes=True,
        rights=WRITE,
        assumed=(UNKNOWN_IN_PATH,),
    ),
]
