"""The tasks inside of dynamic tasks and subworkflows."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from localcdf.endpoint import Call
from localcdf.records import Record
from localcdf.wire import reasons
from localcdf.workflows.graph import GraphError, check_tasks
from localcdf.workflows.models import MOST_TASKS, TaskDefinition
from localcdf.workflows.table import Task, change_task, execution_at, find_version, tasks_of

MOST_OF_AN_EXECUTION = 200
LIST: TypeAdapter[list[TaskDefinition]] = TypeAdapter(list[TaskDefinition])


class ContainerError(Exception):
    """The inner tasks cannot be run; the message says why."""


def inner(container: Task) -> list[Record]:
    """Return the definitions of the tasks inside a container that was opened."""
    return container.doc["inner"]


def open_container(call: Call, task: Task, resolved: dict[str, Any]) -> None:
    """Note which tasks are inside; ``ContainerError`` when they cannot be run."""
    given = resolved[task.type]
    if task.type == "dynamic":
        told = given["tasks"]
    elif "tasks" in given:
        # Not the resolved ones: each looks its references up when it starts.
        told = task.doc["definition"]["parameters"]["subworkflow"]["tasks"]
    else:
        told = _tasks_of_version(call, given["workflowExternalId"], given["version"])
    tasks = _checked(call, task, told)
    content = [each.model_dump(by_alias=True, exclude_unset=True) for each in tasks]
    output = {"dynamicTasks": content} if task.type == "dynamic" else {}
    change_task(call, task, "IN_PROGRESS", inner=content, output=output)


def _tasks_of_version(call: Call, workflow: str, version: str) -> Any:
    found = find_version(call.db, workflow, version)
    if found is None:
        raise ContainerError(f"there is no version {version} of the workflow {workflow}")
    return found["workflowDefinition"]["tasks"]


def _checked(call: Call, task: Task, told: Any) -> list[TaskDefinition]:
    if not isinstance(told, list):
        raise ContainerError(f"a list of tasks is needed, not {type(told).__name__}")
    if len(told) > MOST_TASKS:
        raise ContainerError(f"there are {len(told)} tasks in it, more than {MOST_TASKS}")
    try:
        tasks = LIST.validate_python(told, strict=True)
    except ValidationError as error:
        raise ContainerError(f"its tasks are not well formed: {reasons(error, told)}") from error
    others = _others(call, task)
    try:
        check_tasks(tasks, others, nested=True)
    except GraphError as error:
        raise ContainerError(str(error)) from error
    if (count := len(others) + len(tasks)) > MOST_OF_AN_EXECUTION:
        raise ContainerError(f"the execution would have {count} tasks, more than {MOST_OF_AN_EXECUTION}")
    return tasks


def _others(call: Call, container: Task) -> set[str]:
    """Return the names of the tasks that are not inside: those that are there, and those to come."""
    definition = LIST.validate_python(execution_at(call.db, container.execution).doc["definition"]["tasks"])
    names = {each.name for each in tasks_of(call.db, container.execution, latest=True)}
    for each in definition:
        names.add(each.external_id)
        if each.external_id != container.name:
            names.update(inner.external_id for inner in each.nested)
    return names
