"""Where workflows, their versions and their executions are kept."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.records import Record, Records
from localcdf.rights import hidden, require
from localcdf.workflows.models import CONTAINERS, TaskDefinition

WORKFLOWS = Records("workflows", "Workflows")
VERSIONS = Records("workflow_versions", "Workflow versions")
TASKS_AND_EXECUTIONS = """
CREATE TABLE IF NOT EXISTS workflow_executions (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    session INTEGER NOT NULL REFERENCES sessions (id),
    doc TEXT NOT NULL -- JSON: input, metadata, definition, times, reason
);
CREATE INDEX IF NOT EXISTS workflow_executions_running ON workflow_executions (workflow)
    WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS workflow_tasks (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    execution INTEGER NOT NULL REFERENCES workflow_executions (n),
    name TEXT NOT NULL,
    parent TEXT,
    type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    is_latest INTEGER NOT NULL DEFAULT 1,
    status TEXT NOT NULL,
    doc TEXT NOT NULL -- JSON: definition, input, output, times, reason
);
CREATE INDEX IF NOT EXISTS workflow_tasks_execution ON workflow_tasks (execution, is_latest);
CREATE INDEX IF NOT EXISTS workflow_tasks_open ON workflow_tasks (status)
    WHERE status IN ('SCHEDULED', 'IN_PROGRESS');
"""
SCHEMA = WORKFLOWS.schema + VERSIONS.schema + TASKS_AND_EXECUTIONS
OPEN = frozenset({"SCHEDULED", "IN_PROGRESS"})
GOOD = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS"})


def version_key(workflow: str, version: str) -> str:
    """Return what a version is kept under; no name has a null character."""
    return f"{workflow}\x00{version}"


def find_version(db: sqlite3.Connection, workflow: str, version: str) -> Record | None:
    """Return a version of a workflow, or None."""
    return VERSIONS.find(db, {"externalId": version_key(workflow, version)})


def data_set_of(db: sqlite3.Connection, workflow: str) -> int | None:
    """Return the data set that the rights on a workflow and all that belongs to it hang on."""
    found = WORKFLOWS.find(db, {"externalId": workflow})
    return found.get("dataSetId") if found else None


def readable(call: Call, workflow: str) -> bool:
    """Say whether the caller may see what belongs to a workflow."""
    return call.principal.reach("workflowOrchestrationAcl", "READ").covers(
        data_set=data_set_of(call.db, workflow)
    )


def check_readable(call: Call, workflow: str, what: str) -> None:
    """Refuse what the caller may not see, or say that it is not there, as the reading says."""
    if not readable(call, workflow):
        hidden(call, "workflowOrchestrationAcl:READ", data_set=data_set_of(call.db, workflow))
        raise CdfError(404, f"There is no {what}")


def check_writable(call: Call, workflow: str) -> None:
    """Refuse a caller who may not write what belongs to a workflow."""
    require(call, "workflowOrchestrationAcl", "WRITE", data_set=data_set_of(call.db, workflow))


@dataclass(frozen=True)
class Execution:
    """One execution of a version of a workflow."""

    n: int
    id: str
    workflow: str
    version: str
    status: str
    created: int
    session: int
    doc: dict[str, Any]

    def shown(self) -> Record:
        """Return it as CDF shows it."""
        told = ("startTime", "endTime", "reasonForIncompletion")
        return {
            "id": self.id,
            "workflowExternalId": self.workflow,
            "version": self.version,
            "status": self.status,
            "engineExecutionId": self.doc["engineExecutionId"],
            "createdTime": self.created,
            "metadata": self.doc["metadata"],
        } | {name: self.doc[name] for name in told if name in self.doc}


@dataclass(frozen=True)
class Task:
    """One attempt at a task of an execution."""

    n: int
    id: str
    execution: int
    name: str
    parent: str | None
    type: str
    attempt: int  # 0: the first
    status: str
    text: str  # of ``doc``: most looks at a task need no more than its status

    @cached_property
    def doc(self) -> dict[str, Any]:
        """Its definition, input, output, times and reason."""
        return json.loads(self.text)

    @property
    def definition(self) -> TaskDefinition:
        """What is to be done."""
        return TaskDefinition.model_validate(self.doc["definition"])

    @property
    def is_container(self) -> bool:
        """Whether it is as far as its inner tasks are."""
        return self.type in CONTAINERS

    def shown(self) -> Record:
        """Return it as CDF shows it."""
        told = ("startTime", "endTime", "reasonForIncompletion")
        return (
            {
                "id": self.id,
                "externalId": self.name,
                "status": self.status,
                "taskType": self.type,
                # Until it starts, what its references lead to is not known.
                "input": self.doc.get("input", self.doc["definition"]["parameters"]),
                "output": self.doc.get("output", {}),
            }
            | ({"parentTaskExternalId": self.parent} if self.parent else {})
            | {name: self.doc[name] for name in told if name in self.doc}
        )


def execution_of(row: Any) -> Execution:
    """Read a row."""
    return Execution(
        row["n"],
        row["id"],
        row["workflow"],
        row["version"],
        row["status"],
        row["created"],
        row["session"],
        json.loads(row["doc"]),
    )


def _task_of(row: Any) -> Task:
    return Task(
        row["n"],
        row["id"],
        row["execution"],
        row["name"],
        row["parent"],
        row["type"],
        row["attempt"],
        row["status"],
        row["doc"],
    )


def execution_at(db: sqlite3.Connection, n: int) -> Execution:
    """Return an execution by its row."""
    return execution_of(db.execute("SELECT * FROM workflow_executions WHERE n = ?", (n,)).fetchone())


def find_task(db: sqlite3.Connection, id: str) -> Task | None:  # noqa: A002 the wire calls it so
    """Return an attempt at a task, or None."""
    row = db.execute("SELECT * FROM workflow_tasks WHERE id = ?", (id,)).fetchone()
    return _task_of(row) if row else None


def tasks_of(db: sqlite3.Connection, execution: int, *, latest: bool) -> list[Task]:
    """Return the tasks of an execution in the order in which they came up: all attempts, or the latest."""
    rows = db.execute(
        "SELECT * FROM workflow_tasks WHERE execution = ? AND is_latest >= ? ORDER BY n", (execution, latest)
    )
    return [_task_of(row) for row in rows]


def insert_task(call: Call, task: Task) -> None:
    """Keep a new attempt, which is from now on the latest at its task."""
    call.db.execute(
        "UPDATE workflow_tasks SET is_latest = 0 WHERE execution = ? AND name = ?",
        (task.execution, task.name),
    )
    call.db.execute(
        "INSERT INTO workflow_tasks (id, execution, name, parent, type, attempt, status, doc) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            task.id,
            task.execution,
            task.name,
            task.parent,
            task.type,
            task.attempt,
            task.status,
            task.text,
        ),
    )


def change_task(call: Call, task: Task, status: str, **fields: Any) -> Task:
    """Keep how far a task is now."""
    changed = replace(task, status=status, text=json.dumps(task.doc | fields))
    call.db.execute(
        "UPDATE workflow_tasks SET status = ?, doc = ? WHERE id = ?", (status, changed.text, task.id)
    )
    return changed


def change_execution(call: Call, execution: Execution, status: str, **fields: Any) -> Execution:
    """Keep how far an execution is now."""
    changed = replace(execution, status=status, doc=execution.doc | fields)
    call.db.execute(
        "UPDATE workflow_executions SET status = ?, session = ?, doc = ? WHERE n = ?",
        (status, changed.session, json.dumps(changed.doc), execution.n),
    )
    return changed


def open_tasks(db: sqlite3.Connection, status: str) -> Iterator[tuple[int, str]]:
    """Yield the execution and the type of each task in a status that is not final."""
    for row in db.execute(
        "SELECT execution, type FROM workflow_tasks WHERE status = ? ORDER BY n", (status,)
    ):
        yield row["execution"], row["type"]
