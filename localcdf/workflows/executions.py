"""Executions: started, listed, looked into, cancelled and retried."""

import json
import sqlite3
import uuid
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from localcdf import sessions
from localcdf.agenda import plan
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.fields import PageLimit, Timestamp
from localcdf.paging import FULL_PAGE_CURSOR, decode_cursor, page
from localcdf.records import UNKNOWN_IN_PATH, Record, not_in_path
from localcdf.rights import OUT_OF_SCOPE
from localcdf.workflows import engine
from localcdf.workflows.definitions import READ, VERSION_PATH, WRITE
from localcdf.workflows.models import Authentication, Data, Metadata, WorkflowFilter, matches_any
from localcdf.workflows.readings import (
    INSIDE_TEXT,
    RETRY_DELAY,
    TASK_SESSION,
    TOO_MANY,
    UNRESOLVED,
)
from localcdf.workflows.starting import REQUEST_ENDED
from localcdf.workflows.table import (
    WORKFLOWS,
    Execution,
    change_execution,
    check_readable,
    check_writable,
    execution_of,
    find_version,
    readable,
    tasks_of,
)

MOST_AT_ONCE = 50  # executions in a project
Status = Literal["RUNNING", "COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"]
RETRIABLE = frozenset({"FAILED", "TIMED_OUT", "TERMINATED"})
RETRIED = frozenset({"CANCELED", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "TIMED_OUT"})


class Run(Body):
    """How to start an execution."""

    authentication: Authentication
    input: Data | None = None
    metadata: Metadata | None = None


class ExecutionFilter(Body):
    """Which executions to list."""

    workflow_filters: Annotated[list[WorkflowFilter], Field(min_length=1, max_length=100)] | None = None
    created_time_start: Timestamp | None = None
    created_time_end: Timestamp | None = None
    status: list[Status] | None = None


class ExecutionList(Body):
    """A list of executions."""

    filter: ExecutionFilter | None = None
    limit: PageLimit = 100
    cursor: str | None = None


class Cancel(Body):
    """Why an execution is cancelled."""

    reason: Annotated[str, Field(max_length=500)] = "cancelled"


class Retry(Body):
    """With what session an execution is taken up again."""

    authentication: Authentication


def run(call: Call) -> dict[str, Any]:
    """Start an execution of a version."""
    workflow, version = call.path["workflowExternalId"], call.path["version"]
    found = find_version(call.db, workflow, version)
    if found is None:
        raise not_in_path(call, f"There is no version {version} of a workflow {workflow}")
    check_writable(call, workflow)
    check_room(call, workflow)
    session = sessions.spend(call, call.body.authentication.nonce, root_only=True)
    return start(call, found, session.id, call.body.input or {}, call.body.metadata or {}).shown()


def check_room(call: Call, workflow: str) -> None:
    """Refuse an execution more than may run at once."""
    rows = call.db.execute("SELECT workflow FROM workflow_executions WHERE status = 'RUNNING'").fetchall()
    known = WORKFLOWS.find(call.db, {"externalId": workflow}) or {}
    of_this = sum(row["workflow"] == workflow for row in rows)
    for named, count, may in (
        ("a project", len(rows), MOST_AT_ONCE),
        (f"the workflow {workflow}", of_this, known.get("maxConcurrentExecutions", MOST_AT_ONCE)),
    ):
        if count >= may:
            code = 429 if call.reads(TOO_MANY, "429") else 400
            raise CdfError(code, f"Too many executions: {named} may have {may} at once")


def start(
    call: Call, version: Record, session: int, given: dict[str, Any], metadata: dict[str, str]
) -> Execution:
    """Start an execution with a session that was spent."""
    doc = {
        "engineExecutionId": str(uuid.uuid4()),
        "startTime": call.now,
        "input": given,
        "metadata": metadata,
        "definition": version["workflowDefinition"],
    }
    row = call.db.execute(
        "INSERT INTO workflow_executions (id, workflow, version, status, created, session, doc) "
        "VALUES (?, ?, ?, 'RUNNING', ?, ?, ?) RETURNING *",
        (
            str(uuid.uuid4()),
            version["workflowExternalId"],
            version["version"],
            call.now,
            session,
            json.dumps(doc),
        ),
    ).fetchone()
    execution = execution_of(row)
    engine.begin(call, execution)
    return execution


def list_executions(call: Call) -> dict[str, Any]:
    """Return one page of the executions, the oldest first."""
    query: ExecutionList = call.body
    wanted = query.filter or ExecutionFilter()
    of_workflow = matches_any(wanted.workflow_filters)
    (after,) = decode_cursor(query, query.cursor)
    rows = call.db.execute(
        "SELECT * FROM workflow_executions WHERE n > ? AND created >= ? AND created <= ? ORDER BY n",
        (
            after,
            wanted.created_time_start or 0,
            2**63 - 1 if wanted.created_time_end is None else wanted.created_time_end,
        ),
    )
    found = (
        {"n": each.n, "shown": each.shown()}
        for each in map(execution_of, rows)
        if (wanted.status is None or each.status in wanted.status)
        and of_workflow(each.shown())
        and readable(call, each.workflow)
    )
    made = page(call, found, query.limit, query, lambda row: (row["n"],))
    return made | {"items": [each["shown"] for each in made["items"]]}


def retrieve(call: Call) -> dict[str, Any]:
    """Return an execution with its definition and all attempts at its tasks."""
    execution = _in_path(call)
    return execution.shown() | {
        "workflowDefinition": execution.doc["definition"],
        "input": execution.doc["input"],
        "executedTasks": [each.shown() for each in tasks_of(call.db, execution.n, latest=False)],
    }


def cancel(call: Call) -> dict[str, Any]:
    """Stop an execution; what its tasks have started goes on."""
    execution = _in_path(call)
    check_writable(call, execution.workflow)
    if execution.status != "RUNNING":
        raise CdfError(400, f"The execution {execution.id} is {execution.status}: only a running one can end")
    return engine.end(call, execution, "TERMINATED", call.body.reason).shown()


def retry(call: Call) -> dict[str, Any]:
    """Take an execution up again, with the tasks that did not end well."""
    execution = _in_path(call)
    check_writable(call, execution.workflow)
    if execution.status not in RETRIABLE:
        raise CdfError(400, f"The execution {execution.id} is {execution.status}: nothing is to be retried")
    check_room(call, execution.workflow)
    session = sessions.spend(call, call.body.authentication.nonce, root_only=True)
    for task in tasks_of(call.db, execution.n, latest=True):
        if task.status not in RETRIED:
            continue
        if "inner" in task.doc:  # the tasks inside are tried again, not the task around them
            engine.reopen(call, task)
        else:
            # One attempt, and more only if some were left.
            engine.try_again(call, task, task.attempt + (task.status != "CANCELED"), 0)
    doc = {name: value for name, value in execution.doc.items() if name not in engine.OF_AN_END}
    again = change_execution(
        call, replace(execution, session=session.id, doc=doc), "RUNNING", startTime=call.now
    )
    engine.begin(call, again)
    return again.shown()


def _in_path(call: Call) -> Execution:
    id = call.path["executionId"]  # noqa: A001 the wire calls it so
    row = call.db.execute("SELECT * FROM workflow_executions WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise not_in_path(call, f"There is no execution {id}")
    execution = execution_of(row)
    check_readable(call, execution.workflow, f"execution {id}")
    return execution


def fail_interrupted(db: sqlite3.Connection, now: int) -> None:
    """Let requests fail that were under way when the local CDF was last stopped."""
    rows = db.execute("SELECT id FROM workflow_tasks WHERE status = 'IN_PROGRESS' AND type = 'cdf'")
    for row in rows.fetchall():
        reason = "The local CDF was stopped while the request was under way"
        plan(db, now, REQUEST_ENDED, {"task": row["id"], "reason": reason})


EXECUTION = "/workflows/executions/{executionId}"
SESSION = (sessions.BAD_NONCE, sessions.CHAINED)
ENDPOINTS = [
    Endpoint(
        "POST",
        f"{VERSION_PATH}/run",
        run,
        Run,
        status=202,
        writes=True,
        rights=WRITE,
        assumed=(
            UNKNOWN_IN_PATH,
            *SESSION,
            TOO_MANY,
            UNRESOLVED,
            INSIDE_TEXT,
            RETRY_DELAY,
            TASK_SESSION,
        ),
        supposed=(
            "each attempt at a task is an executed task with an id of its own",
            "a task that holds others fails when one of these does, and then counts by its own onFailure",
        ),
        unserved=("executions are not forgotten after three months",),
    ),
    Endpoint(
        "POST",
        "/workflows/executions/list",
        list_executions,
        ExecutionList,
        rights=READ,
        lags=True,
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint("GET", EXECUTION, retrieve, rights=READ, assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE)),
    Endpoint(
        "POST",
        f"{EXECUTION}/cancel",
        cancel,
        Cancel,
        writes=True,
        rights=WRITE,
        assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE),
        supposed=("an execution that has ended cannot be cancelled (400)",),
    ),
    Endpoint(
        "POST",
        f"{EXECUTION}/retry",
        retry,
        Retry,
        writes=True,
        rights=WRITE,
        assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE, *SESSION, TOO_MANY),
    ),
]
