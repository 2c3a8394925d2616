"""Whether tasks can be run in some order: each name once, nothing unknown, nothing in a circle."""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from localcdf.workflows.models import CONTAINERS, TaskDefinition
from localcdf.workflows.references import WORKFLOW, references_in


class GraphError(Exception):
    """The tasks cannot be run; the message says why."""


def check_tasks(tasks: Sequence[TaskDefinition], taken: Iterable[str] = (), *, nested: bool = False) -> None:
    """Refuse tasks that cannot be run together; ``nested`` ones may hold no further tasks.

    ``taken`` are names that other tasks of the execution have.
    """
    names = set(taken)
    for task in tasks:
        for each in (task, *task.nested):
            if each.external_id in names:
                raise GraphError(f"the task {each.external_id} is there twice")
            names.add(each.external_id)
        if nested and task.type in CONTAINERS:
            raise GraphError(f"the task {task.external_id} is of type {task.type}, which may not be nested")
        check_tasks(task.nested, nested=True)
    _check_order(tasks)


def _check_order(tasks: Sequence[TaskDefinition]) -> None:
    known = {task.external_id for task in tasks}
    for task in tasks:
        if unknown := [name for name in task.before if name not in known]:
            raise GraphError(f"the task {task.external_id} depends on {unknown[0]}, which is no task")
    order = TopologicalSorter({task.external_id: task.before for task in tasks})
    try:
        order.prepare()
    except CycleError as error:
        raise GraphError(
            f"the tasks depend on each other in a circle: {' -> '.join(error.args[1])}"
        ) from error


def check_references(tasks: Sequence[TaskDefinition]) -> None:
    """Refuse references to tasks that are not done before the one that refers to them."""
    before = {task.external_id: set(task.before) for task in tasks}
    for task in tasks:
        earlier = _all_before(task.external_id, before)
        for inner in task.nested:
            _check_earlier(inner, earlier | {each.external_id for each in task.nested})
        if not task.nested:
            _check_earlier(task, earlier)


def _all_before(name: str, before: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        further = before[waiting.pop()] - found
        found |= further
        waiting += further
    return found


def _check_earlier(task: TaskDefinition, earlier: set[str]) -> None:
    for each in references_in(task.parameters.model_dump(by_alias=True)):
        if each.task != WORKFLOW and each.task not in earlier:
            raise GraphError(
                f"the task {task.external_id} refers to {each.text}, but does not depend on {each.task}"
            )
