"""What starts the functions: the triggers of a workflow, or schedules of the functions themselves."""

import json

from cognite.client import CogniteClient
from cognite.client.data_classes import FunctionList

from image360.check.findings import Findings


def check_chains(client: CogniteClient, functions: tuple[str, str], findings: Findings) -> None:
    """Name functions that are not deployed, and say when two chains start them, or none."""
    deployed = findings.look(
        "the functions",
        "functionsAcl:READ, or look at them yourself",
        lambda: client.functions.retrieve_multiple(external_ids=list(functions), ignore_unknown_ids=True),
        needed=False,
    )
    if deployed is None:
        return
    there = {each.external_id: each for each in deployed}
    for name in functions:
        if name not in there:
            findings.missing.append(f"function '{name}' is not there: deploy the modules (cdf deploy)")
        elif there[name].status == "Failed":
            findings.missing.append(
                f"function '{name}' could not be built by CDF: see why there, then deploy it again"
            )
    schedules = findings.look(
        "the schedules of the functions",
        "functionsAcl:READ, or look at them yourself",
        lambda: _schedules(client, deployed),
        needed=False,
    )
    triggers = findings.look(
        "the triggers of the workflow",
        "workflowOrchestrationAcl:READ, or look at them yourself",
        lambda: _triggers(client, functions),
        needed=False,
    )
    if schedules and triggers:
        findings.warnings.append(
            f"both chains are deployed: schedules ({', '.join(schedules)}) and workflow triggers "
            f"({', '.join(triggers)}) start the functions, and each image is looked at twice: keep one of "
            "the two modules in `selected` of the config for cdf, and delete the other's (cdf clean)"
        )
    if schedules == [] and triggers == []:
        findings.warnings.append(
            "nothing starts the functions: deploy the module of the workflow or of the schedules (cdf deploy)"
        )


def _schedules(client: CogniteClient, deployed: FunctionList) -> list[str]:
    found = [
        schedule
        for each in deployed
        for schedule in client.functions.schedules.list(function_id=each.id, limit=None)
    ]
    return sorted(schedule.name or str(schedule.id) for schedule in found)


def _triggers(client: CogniteClient, functions: tuple[str, str]) -> list[str]:
    """Return the triggers of workflows that call one of the functions."""
    triggers = client.workflows.triggers.list(limit=None)
    calls: dict[tuple[str, str], bool] = {}
    for trigger in triggers:
        key = (trigger.workflow_external_id, trigger.workflow_version)
        if key not in calls:
            calls[key] = _calls(client, key, functions)
    return sorted(
        each.external_id for each in triggers if calls[each.workflow_external_id, each.workflow_version]
    )


def _calls(client: CogniteClient, version: tuple[str, str], functions: tuple[str, str]) -> bool:
    found = client.workflows.versions.retrieve(version)
    definition = json.dumps(found.workflow_definition.dump()) if found else ""
    return any(json.dumps(name) in definition for name in functions)
