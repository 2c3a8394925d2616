"""What starts the functions: schedules, or triggers of a workflow; both at once is said."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from cognite.client.exceptions import CogniteAPIError

from image360.check.chains import check_chains
from image360.check.findings import Findings

OURS = ("fn_image360_detect", "fn_image360_match")


def workflow(*functions: str) -> Any:
    """A version of a workflow whose tasks call these functions."""
    tasks = [{"parameters": {"function": {"externalId": name}}} for name in functions]
    return SimpleNamespace(workflow_definition=SimpleNamespace(dump=lambda: {"tasks": tasks}))


def project(
    schedules: Sequence[str] = (),
    triggers: Mapping[str, str] = MappingProxyType({}),
    status: str = "Ready",
    deployed: tuple[str, ...] = OURS,
) -> Any:
    """A client of a project with these schedules of the first function, and triggers: name to function."""
    functions = [
        SimpleNamespace(id=number, external_id=name, status=status) for number, name in enumerate(deployed)
    ]
    of_first = [SimpleNamespace(id=n, name=name) for n, name in enumerate(schedules)]
    listed = [
        SimpleNamespace(external_id=name, workflow_external_id=f"wf_{called}", workflow_version="v1")
        for name, called in triggers.items()
    ]
    return SimpleNamespace(
        functions=SimpleNamespace(
            retrieve_multiple=lambda external_ids, ignore_unknown_ids: functions,
            schedules=SimpleNamespace(list=lambda function_id, limit: of_first if function_id == 0 else []),
        ),
        workflows=SimpleNamespace(
            triggers=SimpleNamespace(list=lambda limit: listed),
            versions=SimpleNamespace(retrieve=lambda key: workflow(key[0].removeprefix("wf_"))),
        ),
    )


def found(client: Any) -> Findings:
    findings = Findings()
    check_chains(client, OURS, findings)
    return findings


@pytest.mark.parametrize(
    "client",
    [project(schedules=["every ten minutes"]), project(triggers={"tr_sweep": "fn_image360_detect"})],
    ids=["schedules", "workflow"],
)
def test_one_chain_is_as_it_should_be(client: Any) -> None:
    assert found(client).summary() == {"ok": True, "missing": [], "warnings": []}


def test_both_chains_at_once_are_a_warning_that_names_what_starts_the_functions() -> None:
    both = found(
        project(["every ten minutes"], {"tr_sweep": "fn_image360_match", "tr_new": "fn_image360_detect"})
    )
    (line,) = both.warnings
    assert line.startswith(
        "both chains are deployed: schedules (every ten minutes) and workflow triggers (tr_new, tr_sweep)"
    )
    assert both.missing == []


def test_triggers_of_others_start_nothing_of_ours() -> None:
    (line,) = found(project(triggers={"tr_other": "fn_of_others"})).warnings
    assert line.startswith("nothing starts the functions")


def test_a_function_that_is_not_there_and_one_that_was_not_built_are_missing() -> None:
    said = found(project(["s"], deployed=("fn_image360_detect",), status="Failed"))
    assert [line.split(":")[0] for line in said.missing] == [
        "function 'fn_image360_detect' could not be built by CDF",
        "function 'fn_image360_match' is not there",
    ]


def test_who_may_not_look_at_functions_is_told_so_and_nothing_else() -> None:
    def refuse(**_: Any) -> None:
        raise CogniteAPIError("Forbidden", 403)

    client = project()
    client.functions.retrieve_multiple = refuse
    said = found(client)
    assert json.dumps(said.summary()).count("functionsAcl:READ") == 1
    assert said.missing == []


def test_who_may_not_look_at_workflows_is_told_so() -> None:
    def refuse(limit: Any) -> None:
        raise CogniteAPIError("Forbidden", 403)

    client = project(["s"])
    client.workflows.triggers.list = refuse
    (line,) = found(client).warnings
    assert "workflowOrchestrationAcl:READ" in line
