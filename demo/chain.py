"""The deployed functions, as CDF calls them: triggers start the workflow, the sweep takes what is left."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cognite.client.data_classes.workflows import WorkflowExecutionDetailed, WorkflowVersionId

from demo.deployment import FUNCTIONS, WORKFLOW
from demo.functions import StandstillError, Summary
from demo.localserver import LocalServer

STEP = 120  # seconds by which the clock is moved, while CDF has nothing to do
LONGEST_WAIT = 2 * 3600  # seconds of CDF's time in which a sweep must come
GLANCE = 0.5  # seconds between two looks
HURRY = 10  # seconds by which the clock is moved between two looks, while a task only waits for its next try
MARKS = {"COMPLETED": "✓", "IN_PROGRESS": "…", "SCHEDULED": "·"}


@dataclass
class Chain:
    """The workflow of a project, watched from outside."""

    server: LocalServer
    on_progress: Callable[[str], None]
    """Is told how far the tasks are."""
    _ended: set[str] = field(default_factory=set[str])

    def until_swept(self) -> Summary:
        """Let CDF start what it starts, and return the report of the first sweep among it.

        The clock is moved only while CDF has nothing to do.

        Raises:
            StandstillError: No sweep is started, or an execution has failed.
        """
        for _ in range(0, LONGEST_WAIT, STEP):
            for ended in self._until_idle():
                if not (ended.input or {}).get("items"):
                    return _report(ended)
            self.server.admin("clock", {"advance": STEP})
            time.sleep(GLANCE)  # in which CDF starts what is due
        raise StandstillError(f"{LONGEST_WAIT} s without a sweep by {WORKFLOW}: see cdf.log")

    def _until_idle(self) -> list[WorkflowExecutionDetailed]:
        """Wait while executions are under way; return those that nobody has looked at, oldest first."""
        ended: list[WorkflowExecutionDetailed] = []
        while new := [each for each in self._executions() if each not in self._ended]:
            ended.append(self._followed(new[0]))
            self._ended.add(new[0])
        return ended

    def _followed(self, execution: str) -> WorkflowExecutionDetailed:
        while (found := self._detailed(execution)).status == "running":
            self.on_progress(tasks_of(found))
            if not _calls(found):
                self.server.admin("clock", {"advance": HURRY})
            time.sleep(GLANCE)
        self.on_progress(tasks_of(found))
        if found.status != "completed":
            raise StandstillError(f"an execution is {found.status}: {found.reason_for_incompletion}")
        return found

    def _executions(self) -> list[str]:
        """Ids of the workflow's executions, oldest first."""
        found = self.server.client("demo").workflows.executions.list(WorkflowVersionId(WORKFLOW), limit=None)
        return [each.id for each in sorted(found, key=lambda each: each.created_time)]

    def _detailed(self, execution: str) -> WorkflowExecutionDetailed:
        found = self.server.client("demo").workflows.executions.retrieve_detailed(execution)
        assert found is not None
        return found


def _report(execution: WorkflowExecutionDetailed) -> Summary:
    """Return the answer of the step `report`, with what the answers of both other steps have."""
    (task,) = [each for each in execution.executed_tasks if each.external_id == "report"]
    report: Summary = task.output.response
    left = ("left_to_detect", "left_to_match", "running")
    return {**report, "remaining": sum(report[name] for name in left)}


def _calls(execution: WorkflowExecutionDetailed) -> bool:
    """Tell whether a function is called at the moment."""
    return any(
        task.status == "in_progress" and task.input.task_type == "function"
        for task in execution.executed_tasks
    )


def tasks_of(execution: WorkflowExecutionDetailed) -> str:
    """Say how far the tasks of an execution are, in a line."""
    latest = {task.external_id: task.status.upper() for task in execution.executed_tasks}
    return "  ".join(f"{name} {MARKS.get(status, status)}" for name, status in latest.items())


def keep_calls(server: LocalServer, path: Path) -> tuple[str, ...]:
    """Write the logs of all calls to a file; return what the functions said of the engine, each once."""
    client = server.client("demo")
    calls = [
        call
        for name in FUNCTIONS
        for call in client.functions.calls.list(function_external_id=name, limit=None)
    ]
    notes: dict[str, None] = {}
    with path.open("w", encoding="utf-8") as file:
        for call in sorted(calls, key=lambda each: each.start_time):
            file.writelines(f"{line.message}\n" for line in call.get_logs())
            answer = call.get_response() or {}
            if isinstance(note := answer.get("engine_note"), str):
                notes[note] = None
    return tuple(notes)
