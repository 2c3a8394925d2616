"""The capabilities that groups can hold: per access list its actions and its scopes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from localcdf.fields import InternalId, Space


class Acl(NamedTuple):
    """What a capability may say."""

    actions: tuple[str, ...]
    scopes: tuple[str, ...]  # besides "all"


def _acl(actions: str, scopes: str = "") -> Acl:
    return Acl(tuple(actions.split()), tuple(scopes.split()))


RW = "READ WRITE"
ACLS: Mapping[str, Acl] = {
    "agentsAcl": _acl("READ WRITE RUN"),
    "analyticsAcl": _acl("READ EXECUTE LIST"),
    "annotationsAcl": _acl("READ WRITE SUGGEST REVIEW"),
    "assetsAcl": _acl(RW, "datasetScope"),
    "dataModelInstancesAcl": _acl("READ WRITE WRITE_PROPERTIES", "spaceIdScope"),
    "dataModelsAcl": _acl(RW, "spaceIdScope"),
    "datasetsAcl": _acl("READ WRITE OWNER", "idScope"),
    "diagramParsingAcl": _acl(RW),
    "digitalTwinAcl": _acl(RW),
    "entitymatchingAcl": _acl(RW),
    "eventsAcl": _acl(RW, "datasetScope"),
    "extractionConfigsAcl": _acl(RW, "datasetScope extractionPipelineScope"),
    "extractionPipelinesAcl": _acl(RW, "idScope datasetScope"),
    "extractionRunsAcl": _acl(RW, "datasetScope extractionPipelineScope"),
    "filesAcl": _acl(RW, "datasetScope"),
    "functionsAcl": _acl("READ WRITE RUN"),
    "geospatialAcl": _acl(RW),
    "geospatialCrsAcl": _acl(RW),
    "groupsAcl": _acl("LIST READ CREATE UPDATE DELETE", "currentuserscope"),
    "hostedExtractorsAcl": _acl(RW),
    "labelsAcl": _acl(RW, "datasetScope"),
    "locationFiltersAcl": _acl(RW, "idScope"),
    "projectsAcl": _acl("LIST READ CREATE UPDATE"),
    "rawAcl": _acl("READ WRITE LIST", "tableScope"),
    "relationshipsAcl": _acl(RW, "datasetScope"),
    "roboticsAcl": _acl("READ CREATE UPDATE DELETE", "datasetScope"),
    "securityCategoriesAcl": _acl("MEMBEROF LIST CREATE UPDATE DELETE", "idScope"),
    "seismicAcl": _acl(RW),
    "sequencesAcl": _acl(RW, "datasetScope"),
    "sessionsAcl": _acl("LIST CREATE DELETE"),
    "simulatorsAcl": _acl("READ WRITE DELETE RUN MANAGE", "datasetScope"),
    "threedAcl": _acl("READ CREATE UPDATE DELETE", "datasetScope"),
    "timeSeriesAcl": _acl(RW, "datasetScope idScope assetRootIdScope"),
    "timeSeriesSubscriptionsAcl": _acl(RW, "datasetScope"),
    "transformationsAcl": _acl(RW, "datasetScope"),
    "typesAcl": _acl(RW),
    "userProfilesAcl": _acl("READ"),
    "workflowOrchestrationAcl": _acl(RW, "datasetScope"),
}

_IDS = ("ids", TypeAdapter(list[InternalId]))
SCOPES: Mapping[str, tuple[str, TypeAdapter[Any]] | None] = {  # the one field of each, and its type
    "all": None,
    "currentuserscope": None,
    "datasetScope": _IDS,
    "idScope": _IDS,
    "extractionPipelineScope": _IDS,
    "spaceIdScope": ("spaceIds", TypeAdapter(list[Space])),
    "tableScope": ("dbsToTables", TypeAdapter(dict[str, dict[str, list[str]] | list[str]])),
    "assetRootIdScope": ("rootIds", TypeAdapter(list[InternalId])),
}


def check_capability(capability: dict[str, Any]) -> dict[str, Any]:
    """Return the capability; ``ValueError`` names the access list, action or scope that there is not."""
    if len(capability) != 1:
        raise ValueError(f"one access list per capability, not {', '.join(capability) or 'none'}")
    ((name, held),) = capability.items()
    acl = ACLS.get(name)
    if acl is None:
        raise ValueError(f"unknown capability {name}")
    if not isinstance(held, dict) or held.keys() != {"actions", "scope"}:
        raise ValueError(f"{name}: exactly actions and scope are needed")
    _check_actions(name, acl, held["actions"])
    _check_scope(name, acl, held["scope"])
    return capability


def _check_actions(name: str, acl: Acl, actions: Any) -> None:
    if not isinstance(actions, list):
        raise ValueError(f"{name}: actions must be a list")
    if unknown := [str(each) for each in actions if each not in acl.actions]:
        raise ValueError(f"{name}: unknown action {', '.join(unknown)}, it has {', '.join(acl.actions)}")


def _check_scope(name: str, acl: Acl, scope: Any) -> None:
    if not isinstance(scope, dict) or len(scope) != 1:
        raise ValueError(f"{name}: exactly one scope is needed")
    ((kind, values),) = scope.items()
    # The reference writes some scopes in lower case, Cognite's clients in camel case.
    known = {each.lower(): each for each in ("all", *acl.scopes)}
    if kind.lower() not in known:
        raise ValueError(f"{name}: unknown scope {kind}, it has {', '.join(known.values())}")
    field = SCOPES[known[kind.lower()]]
    wanted = {field[0]} if field else set()
    if not isinstance(values, dict) or values.keys() != wanted:
        raise ValueError(f"{name}: the scope {kind} needs {', '.join(wanted) or 'no fields: {}'}")
    if field:
        _check_values(f"{name}: {kind}.{field[0]}", field[1], values[field[0]])


def _check_values(where: str, values_of: TypeAdapter[Any], values: Any) -> None:
    try:
        values_of.validate_python(values, strict=True)
    except ValidationError as error:
        raise ValueError(f"{where}: {error.errors()[0]['msg']}") from error
