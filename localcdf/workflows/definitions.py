"""Workflows and their versions: written, read, deleted."""

import hashlib
from typing import Any

from localcdf.datasets import DATA_SET_LOOKED_UP, check_data_set
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import BY_TIME, FULL_PAGE_CURSOR, PAGED, decode_cursor, page
from localcdf.records import UNKNOWN_IN_PATH, Record, not_in_path
from localcdf.rights import OUT_OF_SCOPE, require
from localcdf.workflows.graph import GraphError, check_references, check_tasks
from localcdf.workflows.models import (
    IgnoreUnknown,
    PageQuery,
    VersionKeys,
    VersionList,
    WorkflowKeys,
    Workflows,
    WorkflowVersions,
    matches_any,
)
from localcdf.workflows.readings import REFERENCES_CHECKED
from localcdf.workflows.table import (
    VERSIONS,
    WORKFLOWS,
    check_readable,
    check_writable,
    find_version,
    readable,
    version_key,
)

MOST_WORKFLOWS, MOST_VERSIONS = 500, 500  # in a project


def upsert(call: Call) -> dict[str, Any]:
    """Write a workflow; what is not given is taken away."""
    (wanted,) = call.body.items
    document = wanted.model_dump(by_alias=True, exclude_none=True)
    require(call, "workflowOrchestrationAcl", "WRITE", data_set=wanted.data_set_id)
    check_data_set(call, document)
    known = WORKFLOWS.find(call.db, {"externalId": wanted.external_id})
    if known is not None:
        check_writable(call, wanted.external_id)
        kept = {name: known[name] for name in ("id", "createdTime")}
        return {"items": [_shown(WORKFLOWS.replace(call, document | kept))]}
    _check_room(call, "workflows", MOST_WORKFLOWS)
    return {"items": [_shown(each) for each in WORKFLOWS.insert(call, [document])]}


def _check_room(call: Call, table: str, most: int) -> None:
    (count,) = call.db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 our own name
    if count >= most:
        raise CdfError(400, f"A project has at most {most} {table.replace('_', ' ')}: delete some first")


def list_workflows(call: Call) -> dict[str, Any]:
    """Return one page of the workflows."""
    found = WORKFLOWS.page(call, call.params, lambda record: readable(call, record["externalId"]))
    return found | {"items": [_shown(each) for each in found["items"]]}


def retrieve(call: Call) -> dict[str, Any]:
    """Return the workflow that the path names."""
    name = call.path["workflowExternalId"]
    found = WORKFLOWS.find(call.db, {"externalId": name})
    if found is None:
        raise not_in_path(call, f"There is no workflow {name}")
    check_readable(call, name, f"workflow {name}")
    return _shown(found)


def delete(call: Call) -> dict[str, Any]:
    """Delete workflows with their versions; triggers and executions stay."""
    names = [each.external_id for each in call.body.items]
    missing = [{"externalId": name} for name in names if not WORKFLOWS.find(call.db, {"externalId": name})]
    if missing and not call.params.ignore_unknown_ids:
        raise CdfError(404, "Workflows not found", missing=missing)
    for name in names:
        check_writable(call, name)
        versions = VERSIONS.scan(call.db, lambda each, name=name: each["workflowExternalId"] == name)
        VERSIONS.delete(call.db, [each["id"] for each in versions])
        if found := WORKFLOWS.find(call.db, {"externalId": name}):
            WORKFLOWS.delete(call.db, [found["id"]])
    return {}


def upsert_version(call: Call) -> dict[str, Any]:
    """Write a version of a workflow; executions that run go on as they began."""
    (wanted,) = call.body.items
    if WORKFLOWS.find(call.db, {"externalId": wanted.workflow_external_id}) is None:
        missing = {"externalId": wanted.workflow_external_id}
        raise CdfError(404, f"There is no workflow {wanted.workflow_external_id}", missing=[missing])
    check_writable(call, wanted.workflow_external_id)
    try:
        check_tasks(wanted.workflow_definition.tasks)
        if call.reads(REFERENCES_CHECKED, "at-creation"):
            check_references(wanted.workflow_definition.tasks)
    except GraphError as error:
        raise CdfError(400, f"workflowDefinition: {error}") from error
    document = wanted.model_dump(by_alias=True, exclude_unset=True)
    content = wanted.workflow_definition.model_dump_json(by_alias=True, exclude_unset=True)
    document["workflowDefinition"]["hash"] = hashlib.sha256(content.encode()).hexdigest()
    key = version_key(wanted.workflow_external_id, wanted.version)
    known = VERSIONS.find(call.db, {"externalId": key})
    if known is not None:
        kept = {name: known[name] for name in ("id", "createdTime", "externalId")}
        return {"items": [_shown_version(VERSIONS.replace(call, document | kept))]}
    _check_room(call, "workflow_versions", MOST_VERSIONS)
    return {
        "items": [_shown_version(each) for each in VERSIONS.insert(call, [document | {"externalId": key}])]
    }


def list_versions(call: Call) -> dict[str, Any]:
    """Return one page of the versions, the oldest first."""
    query: VersionList = call.body
    wanted = matches_any(query.filter.workflow_filters if query.filter else None)
    after = decode_cursor(query, query.cursor, BY_TIME.start)
    rows = VERSIONS.scan(
        call.db,
        lambda each: wanted(each) and readable(call, each["workflowExternalId"]),
        BY_TIME,
        after,
    )
    found = page(call, rows, query.limit, query, BY_TIME.position)
    return found | {"items": [_shown_version(each) for each in found["items"]]}


def retrieve_version(call: Call) -> dict[str, Any]:
    """Return the version that the path names."""
    workflow, version = call.path["workflowExternalId"], call.path["version"]
    found = find_version(call.db, workflow, version)
    if found is None:
        raise not_in_path(call, f"There is no version {version} of a workflow {workflow}")
    check_readable(call, workflow, f"version {version} of a workflow {workflow}")
    return _shown_version(found)


def delete_versions(call: Call) -> dict[str, Any]:
    """Delete versions; executions that run go on, triggers fail from now on."""
    keys = [(each.workflow_external_id, each.version) for each in call.body.items]
    missing = [
        {"workflowExternalId": workflow, "version": version}
        for workflow, version in keys
        if find_version(call.db, workflow, version) is None
    ]
    if missing and not call.params.ignore_unknown_ids:
        raise CdfError(404, "Workflow versions not found", missing=missing)
    for workflow, version in keys:
        check_writable(call, workflow)
        if found := find_version(call.db, workflow, version):
            VERSIONS.delete(call.db, [found["id"]])
    return {}


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "id"}


def _shown_version(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in ("id", "externalId")}


READ, WRITE = ("workflowOrchestrationAcl:READ",), ("workflowOrchestrationAcl:WRITE",)
VERSION_PATH = "/workflows/{workflowExternalId}/versions/{version}"
ENDPOINTS = [
    Endpoint(
        "POST", "/workflows", upsert, Workflows, writes=True, rights=WRITE, assumed=(DATA_SET_LOOKED_UP,)
    ),
    Endpoint("GET", "/workflows", list_workflows, params=PageQuery, rights=READ, lags=True, assumed=PAGED),
    Endpoint(
        "POST", "/workflows/delete", delete, WorkflowKeys, params=IgnoreUnknown, writes=True, rights=WRITE
    ),
    Endpoint(
        "POST",
        "/workflows/versions",
        upsert_version,
        WorkflowVersions,
        writes=True,
        rights=WRITE,
        assumed=(REFERENCES_CHECKED,),
        supposed=(
            "a subworkflow that is named is looked up when it runs",
            "a version is answered as it was sent, without defaults",
        ),
        unserved=("tasks of type transformation and simulation are a 400",),
    ),
    Endpoint(
        "POST",
        "/workflows/versions/list",
        list_versions,
        VersionList,
        rights=READ,
        lags=True,
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint(
        "POST",
        "/workflows/versions/delete",
        delete_versions,
        VersionKeys,
        params=IgnoreUnknown,
        writes=True,
        rights=WRITE,
    ),
    Endpoint("GET", VERSION_PATH, retrieve_version, rights=READ, assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE)),
    Endpoint(
        "GET",
        "/workflows/{workflowExternalId}",
        retrieve,
        rights=READ,
        assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE),
    ),
]
