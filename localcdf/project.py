"""The project itself: its data modeling status, and what it refuses by that."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.readings import Reading
from localcdf.store import Store

Status = Literal["HYBRID", "DATA_MODELING_FIRST", "DATA_MODELING_ONLY"]
STATUSES: Sequence[Status] = get_args(Status)
ONLY: Status = "DATA_MODELING_ONLY"

SCHEMA = "CREATE TABLE IF NOT EXISTS project_status (status TEXT NOT NULL);"

REFUSAL = Reading(
    "project-status-refusal",
    {
        "403": "what the project's data modeling status rules out is a 403, as if a right were lacking",
        "400": "what the project's data modeling status rules out is a 400",
    },
)
BLOCKED = Reading(
    "data-modeling-only-blocks",
    {
        "more": "DATA_MODELING_ONLY blocks writes of assets, annotations, events, and files with assetIds",
        "named": "DATA_MODELING_ONLY blocks writes of assets and annotations, which the documentation names",
    },
)


class ProjectsQuery(Body):
    """The query parameters of the list of projects."""

    with_data_modeling_status: bool = False


def set_status(store: Store, status: Status) -> None:
    """Give the project its status; what it holds already stays."""
    with store.transaction() as db:
        db.execute("DELETE FROM project_status")
        db.execute("INSERT INTO project_status VALUES (?)", (status,))


def status_of(call: Call) -> Status:
    """Return the project's status."""
    row = call.db.execute("SELECT status FROM project_status").fetchone()
    return row["status"] if row else "HYBRID"


def require_data_modeling_only(call: Call) -> None:
    """Refuse what CDF has in projects of status DATA_MODELING_ONLY alone, in all others."""
    status = status_of(call)
    if status != ONLY:
        raise _refusal(call, f"This needs a project of status {ONLY}, and this one's is {status}")


def require_asset_centric(call: Call, what: str, *, named: bool = True) -> None:
    """Refuse a write of asset-centric data in projects of status DATA_MODELING_ONLY.

    With ``named`` False it is a kind of data that the documentation does not name as blocked.
    """
    if status_of(call) == ONLY and (named or call.reads(BLOCKED, "more")):
        raise _refusal(call, f"Writing {what} is blocked in a project of status {ONLY}: use instances")


def _refusal(call: Call, message: str) -> CdfError:
    return CdfError(403 if call.reads(REFUSAL, "403") else 400, message)


def retrieve(call: Call) -> dict[str, Any]:
    """Return the project."""
    return {
        "name": call.project,
        "urlName": call.project,
        "organization": call.project,
        "userProfilesConfiguration": {"enabled": True},
        "dataModelingStatus": status_of(call),
    }


def list_projects(call: Call) -> dict[str, Any]:
    """Return the one project there is."""
    project: dict[str, Any] = {"urlName": call.project}
    if call.params.with_data_modeling_status:
        project["dataModelingStatus"] = status_of(call)
    return {"items": [project]}


ENDPOINTS = [
    Endpoint(
        "GET",
        "",
        retrieve,
        rights=("projectsAcl:READ",),
        unserved=("other fields than those that Cognite's toolkit reads",),
    ),
    Endpoint(
        "GET",
        "/projects",
        list_projects,
        params=ProjectsQuery,
        in_project=False,
        rights=("projectsAcl:LIST",),
    ),
]
