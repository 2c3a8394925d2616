"""How an execution goes on: which tasks are next, and what follows when one has ended.

Nothing here waits. Whatever happens to a task (its function has returned, its time is up, somebody says that
it is done) is written down, and ``advance`` looks at the whole execution and takes it as far as it goes.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from localcdf.agenda import Task as Plan
from localcdf.agenda import plan
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.records import Record
from localcdf.workflows import containers, starting
from localcdf.workflows.models import CONTAINERS
from localcdf.workflows.readings import RETRY_DELAY
from localcdf.workflows.starting import TaskError
from localcdf.workflows.table import (
    GOOD,
    OPEN,
    Execution,
    Task,
    change_execution,
    change_task,
    execution_at,
    find_task,
    insert_task,
    open_tasks,
    tasks_of,
)

MOST_TASKS_AT_ONCE = 50  # in a project
LONGEST = 24 * 3600 * 1000  # milliseconds that an execution may take
OF_AN_END = ("endTime", "reasonForIncompletion")  # what a task or an execution has once it has ended
RETURN_SOON = 1000  # milliseconds until what found no room is tried again


def advance(call: Call, n: int) -> None:
    """Take an execution as far as it goes now."""
    execution = execution_at(call.db, n)
    if execution.status != "RUNNING":
        return
    definition: list[Record] = execution.doc["definition"]["tasks"]
    moved = True
    while moved:
        tasks = tasks_of(call.db, n, latest=True)
        moved = _settle_containers(call, tasks)
        tasks = tasks_of(call.db, n, latest=True)
        if failed := next((each for each in tasks if each.parent is None and _aborts(each)), None):
            reason = failed.doc.get("reasonForIncompletion", f"the task {failed.name} is {failed.status}")
            end(call, execution, "FAILED", reason)
            return
        moved |= _schedule(call, execution, definition, None, tasks)
        for container in tasks:
            if container.is_container and container.status == "IN_PROGRESS":
                moved |= _schedule(call, execution, containers.inner(container), container.name, tasks)
        moved |= _start_scheduled(call, execution)
    at_top = [each for each in tasks_of(call.db, n, latest=True) if each.parent is None]
    if len(at_top) == len(definition) and all(each.status in GOOD for each in at_top):
        end(call, execution, "COMPLETED")


def end(call: Call, execution: Execution, status: str, reason: str | None = None) -> Execution:
    """End an execution; what is still under way is given up, and others may have the room."""
    for task in tasks_of(call.db, execution.n, latest=True):
        if task.status in OPEN:
            change_task(call, task, "CANCELED", endTime=call.now)
    told = {} if reason is None else {"reasonForIncompletion": reason}
    ended = change_execution(call, execution_at(call.db, execution.n), status, endTime=call.now, **told)
    _others(call)
    return ended


def _others(call: Call) -> None:
    """Let executions go on that waited for room."""
    for n in dict.fromkeys(n for n, _ in open_tasks(call.db, "SCHEDULED")):
        look_soon(call, n)


def _aborts(task: Task) -> bool:
    return task.status not in GOOD | OPEN


def _settle_containers(call: Call, tasks: Sequence[Task]) -> bool:
    """End the tasks whose inner tasks have all ended, or one of which has failed."""
    moved = False
    for container in tasks:
        if not container.is_container or container.status != "IN_PROGRESS":
            continue
        within = [each for each in tasks if each.parent == container.name]
        failed = next((each for each in within if _aborts(each)), None)
        done = {each.name for each in within if each.status in GOOD}
        if failed is not None:
            for each in within:
                if each.status in OPEN:
                    change_task(call, each, "CANCELED", endTime=call.now)
            reason = failed.doc.get("reasonForIncompletion", failed.status)
            _give_up(call, container, "FAILED", f"the task {failed.name} inside: {reason}")
            moved = True
        elif done >= {each["externalId"] for each in containers.inner(container)}:
            change_task(call, container, "COMPLETED", endTime=call.now)
            moved = True
    return moved


def _schedule(
    call: Call,
    execution: Execution,
    definition: Sequence[Record],
    parent: str | None,
    tasks: Sequence[Task],
) -> bool:
    """Bring up the tasks whose turn it is."""
    status = {each.name: each.status for each in tasks}
    moved = False
    for each in definition:
        before = [other["externalId"] for other in each.get("dependsOn") or ()]
        if each["externalId"] not in status and all(status.get(name) in GOOD for name in before):
            insert_task(call, _new_task(execution.n, each, parent))
            moved = True
    return moved


def _new_task(execution: int, definition: Record, parent: str | None) -> Task:
    return Task(
        n=0,
        id=str(uuid.uuid4()),
        execution=execution,
        name=definition["externalId"],
        parent=parent,
        type=definition["type"],
        attempt=0,
        status="SCHEDULED",
        text=json.dumps({"definition": definition}),
    )


def _start_scheduled(call: Call, execution: Execution) -> bool:
    """Start what waits, as far as the project has room and its time has come."""
    moved = False
    running = sum(kind not in CONTAINERS for _, kind in open_tasks(call.db, "IN_PROGRESS"))
    for task in tasks_of(call.db, execution.n, latest=True):
        if task.status != "SCHEDULED" or task.doc.get("notBefore", 0) > call.now:
            continue
        if not task.is_container:
            if running >= MOST_TASKS_AT_ONCE:
                break
            running += 1
        _start(call, execution, task)
        moved = True
    return moved


def _start(call: Call, execution: Execution, task: Task) -> None:
    task = _set_going(call, task)
    try:
        starting.start(call, execution, task)
    except TaskError as error:
        fail(call, _as_kept(call, task), str(error), terminal=error.terminal)
    except CdfError as error:
        if error.code == 429:  # no room for the call of the function
            change_task(call, _as_kept(call, task), "SCHEDULED", notBefore=call.now + RETURN_SOON)
            LOOK.after(call, RETURN_SOON, execution=execution.n)
        else:
            fail(call, _as_kept(call, task), error.message)


def _set_going(call: Call, task: Task) -> Task:
    """Note that a task is in progress from now on, and that its time runs."""
    going = change_task(call, task, "IN_PROGRESS", startTime=call.now)
    TIMEOUT.after(call, int(task.definition.timeout * 1000), task=task.id, started=call.now)
    return going


def _as_kept(call: Call, task: Task) -> Task:
    """Return a task with what was noted of it since."""
    kept = find_task(call.db, task.id)
    assert kept is not None
    return kept


def complete(call: Call, task: Task, output: dict[str, Any]) -> None:
    """End a task well, and go on."""
    change_task(call, task, "COMPLETED", output=output, endTime=call.now)
    LOOK.after(call, 0, execution=task.execution)
    _others(call)


def fail(call: Call, task: Task, reason: str, *, terminal: bool = False, timed_out: bool = False) -> None:
    """Note that an attempt at a task has failed; try again if that is left, else give up, and go on."""
    definition = task.definition
    # Under abortWorkflow what has run out of time is not tried again.
    again = not terminal and not (timed_out and definition.on_failure == "abortWorkflow")
    status = "TIMED_OUT" if timed_out else "FAILED_WITH_TERMINAL_ERROR" if terminal else "FAILED"
    if again and task.attempt < definition.retries and not task.is_container:
        change_task(call, task, status, reasonForIncompletion=reason, endTime=call.now)
        try_again(call, task, task.attempt + 1, call.delay(RETRY_DELAY) * 1000)
    else:
        _give_up(call, task, status, reason)
    look_soon(call, task.execution)
    _others(call)


def try_again(call: Call, task: Task, attempt: int, delay: int) -> None:
    """Bring up another attempt at a task, after a while (milliseconds)."""
    doc = {"definition": task.doc["definition"], "notBefore": call.now + delay}
    text = json.dumps(doc)
    insert_task(call, replace(task, id=str(uuid.uuid4()), attempt=attempt, status="SCHEDULED", text=text))
    plan(call.db, call.now + delay, LOOK.kind, {"execution": task.execution})


def reopen(call: Call, container: Task) -> None:
    """Take a task up again whose inner tasks are tried again; its time begins anew."""
    doc = {name: value for name, value in container.doc.items() if name not in OF_AN_END}
    _set_going(call, replace(container, text=json.dumps(doc)))


def _give_up(call: Call, task: Task, status: str, reason: str) -> None:
    if task.definition.on_failure == "skipTask":
        status = "COMPLETED_WITH_ERRORS"
    change_task(call, task, status, reasonForIncompletion=reason, endTime=call.now)


def _time_is_up(call: Call, work: dict[str, Any]) -> None:
    task = find_task(call.db, work["task"])
    if task is None or task.status != "IN_PROGRESS" or task.doc["startTime"] != work["started"]:
        return
    for inner in tasks_of(call.db, task.execution, latest=True):
        if inner.parent == task.name and inner.status in OPEN:
            change_task(call, inner, "CANCELED", endTime=call.now)
    fail(call, task, f"The task took more than {task.definition.timeout:g} seconds", timed_out=True)


def _too_long(call: Call, work: dict[str, Any]) -> None:
    execution = execution_at(call.db, work["execution"])
    if execution.status == "RUNNING" and execution.doc["startTime"] == work["started"]:
        end(call, execution, "TIMED_OUT", "The execution took more than 24 hours")


def _call_ended(call: Call, work: dict[str, Any]) -> None:
    task = find_task(call.db, work["task"])
    if task is None or task.status != "IN_PROGRESS":
        return
    try:
        output = starting.output_of_call(call, task)
    except TaskError as error:
        fail(call, task, str(error))
        return
    if task.definition.parameters.is_async_complete:
        change_task(call, task, "IN_PROGRESS", output=output)
    else:
        complete(call, task, output)


def _request_ended(call: Call, work: dict[str, Any]) -> None:
    task = find_task(call.db, work["task"])
    if task is None or task.status != "IN_PROGRESS":
        return
    if "output" in work and work["output"]["statusCode"] < 400:
        complete(call, task, work["output"])
        return
    if "output" in work:
        task = change_task(call, task, task.status, output=work["output"])
    fail(call, task, work.get("reason") or f"The answer was {work['output']['statusCode']}")


def look_soon(call: Call, execution: int) -> None:
    """Look at an execution again as soon as this transaction is kept."""
    plan(call.db, call.now, LOOK.kind, {"execution": execution})


def begin(call: Call, execution: Execution) -> None:
    """Start an execution, or take one up again, and see that it ends after a day."""
    EXPIRE.after(call, LONGEST, execution=execution.n, started=execution.doc["startTime"])
    look_soon(call, execution.n)


LOOK = Plan("workflow-look", lambda call, work: advance(call, work["execution"]))
TIMEOUT = Plan("workflow-task-timeout", _time_is_up)
EXPIRE = Plan("workflow-execution-timeout", _too_long)
CALL_ENDED = Plan(starting.CALL_ENDED, _call_ended)
REQUEST_ENDED = Plan(starting.REQUEST_ENDED, _request_ended)
TASKS = (LOOK, TIMEOUT, EXPIRE, CALL_ENDED, REQUEST_ENDED)
