"""Runs of extraction pipelines: what a pipeline says about itself."""

from typing import Annotated, Any, Literal

from pydantic import Field

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.extpipes.pipelines import PIPELINES, PipelineId, pipeline_to_read, pipeline_to_write
from localcdf.fields import ListQuery, PageLimit, TimeRange, Timestamp
from localcdf.paging import FULL_PAGE_CURSOR, Position, Row, decode_cursor, page
from localcdf.plain import items_of
from localcdf.rights import OUT_OF_SCOPE, require
from localcdf.store import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS extpipe_runs (
    id INTEGER PRIMARY KEY,
    pipeline INTEGER NOT NULL REFERENCES extpipes (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    message TEXT,
    created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS extpipe_runs_newest ON extpipe_runs (pipeline, created DESC, id DESC);
"""

ACL = "extractionRunsAcl"
Status = Literal["success", "failure", "seen"]


class Run(Body):
    """A run as reported."""

    external_id: PipelineId
    status: Status
    message: Annotated[str, Field(max_length=1000)] | None = None
    created_time: Timestamp | None = None


class Substring(Body):
    """Found in a text whatever the case."""

    substring: str | None = None


class RunFilter(Body):
    """Which runs to list."""

    external_id: PipelineId
    statuses: list[Status] | None = None
    message: Substring | None = None
    created_time: TimeRange | None = None


class RunList(ListQuery):
    """A list by POST."""

    filter: RunFilter


class RunQuery(Body):
    """A list by GET."""

    external_id: PipelineId
    limit: PageLimit = 100
    cursor: str | None = None


def create(call: Call) -> dict[str, Any]:
    """Store runs and what they say of their pipelines."""
    return {"items": [_report(call, run) for run in call.body.items]}


def _report(call: Call, run: Run) -> dict[str, Any]:
    pipeline = pipeline_to_write(call, run.external_id, ACL)
    require(call, "datasetsAcl", "READ", id=pipeline["dataSetId"])
    created = call.now if run.created_time is None else run.created_time
    run_id = new_id(call.db)
    call.db.execute(
        "INSERT INTO extpipe_runs VALUES (?, ?, ?, ?, ?)",
        (run_id, pipeline["id"], run.status, run.message, created),
    )
    last = {"success": "lastSuccess", "failure": "lastFailure", "seen": "lastSeen"}[run.status]
    pipeline[last] = max(created, pipeline.get(last, 0))
    if run.status == "failure" and run.message is not None:
        pipeline["lastMessage"] = run.message
    PIPELINES.records.replace(call, pipeline, touch=False)
    return _shown({"id": run_id, "status": run.status, "message": run.message, "created": created}) | {
        "externalId": run.external_id
    }


def list_filtered(call: Call) -> dict[str, Any]:
    """Return a page of the runs that match, newest first."""
    return _page(call, call.body, call.body.filter)


def list_all(call: Call) -> dict[str, Any]:
    """Return a page of all runs of a pipeline, newest first."""
    return _page(call, call.params, RunFilter(externalId=call.params.external_id))


def _page(call: Call, query: RunList | RunQuery, wanted: RunFilter) -> dict[str, Any]:
    pipeline = pipeline_to_read(call, wanted.external_id, ACL)
    after = decode_cursor(query, query.cursor, start=(2**63 - 1, 0))
    rows = call.db.execute(
        "SELECT * FROM extpipe_runs WHERE pipeline = ? AND (created, id) < (?, ?)"
        " ORDER BY created DESC, id DESC",
        (pipeline["id"], *after),
    )
    return page(call, (_shown(row) for row in rows if _matches(row, wanted)), query.limit, query, _position)


def _matches(row: Row, wanted: RunFilter) -> bool:
    if wanted.statuses is not None and row["status"] not in wanted.statuses:
        return False
    substring = (wanted.message and wanted.message.substring) or ""
    if substring.lower() not in (row["message"] or "").lower():
        return False
    times = wanted.created_time or TimeRange()
    return (times.min or 0) <= row["created"] <= (2**63 if times.max is None else times.max)


def _position(shown: Row) -> Position:
    return shown["createdTime"], shown["id"]


def _shown(row: Row) -> dict[str, Any]:
    shown = {"id": row["id"], "status": row["status"], "createdTime": row["created"]}
    return shown | ({"message": row["message"]} if row["message"] is not None else {})


ENDPOINTS = [
    Endpoint(
        "POST",
        "/extpipes/runs",
        create,
        items_of(Run, most=1),  # "Current version supports one extraction pipeline run per request"
        writes=True,
        rights=(
            "extractionRunsAcl:WRITE",
            "datasetsAcl:READ",
        ),
    ),
    Endpoint(
        "POST",
        "/extpipes/runs/list",
        list_filtered,
        RunList,
        rights=("extractionRunsAcl:READ",),
        lags=True,
        assumed=(FULL_PAGE_CURSOR, OUT_OF_SCOPE),
    ),
    Endpoint(
        "GET",
        "/extpipes/runs",
        list_all,
        params=RunQuery,
        rights=("extractionRunsAcl:READ",),
        lags=True,
        assumed=(FULL_PAGE_CURSOR, OUT_OF_SCOPE),
    ),
]
