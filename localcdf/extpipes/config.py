"""Config of extraction pipelines: a text per pipeline, of which every revision is kept."""

import sqlite3
from typing import Annotated, Any

from pydantic import Field

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.extpipes.pipelines import PipelineId, pipeline_to_read, pipeline_to_write
from localcdf.fields import PageLimit, Timestamp
from localcdf.paging import FULL_PAGE_CURSOR, Position, Row, decode_cursor, page
from localcdf.readings import Reading
from localcdf.rights import OUT_OF_SCOPE

SCHEMA = """
CREATE TABLE IF NOT EXISTS extpipe_configs (
    pipeline INTEGER NOT NULL REFERENCES extpipes (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    config TEXT,
    description TEXT,
    created INTEGER NOT NULL,
    PRIMARY KEY (pipeline, revision)
);
"""

ACL = "extractionConfigsAcl"
LAST_REVISION = 2**31 - 1
Revision = Annotated[int, Field(ge=0, le=LAST_REVISION)]

REVISION_ORDER = Reading(
    "revision-order",
    {
        "newest-first": "the revisions of a config come newest first",
        "oldest-first": "the revisions of a config come oldest first",
    },
)


class Config(Body):
    """A new revision."""

    external_id: PipelineId
    config: str | None = None
    description: str | None = None


class Revert(Body):
    """Which revision to make the newest again."""

    external_id: PipelineId
    revision: Revision


class ConfigQuery(Body):
    """Which revision to read; 0 stands for none named."""

    external_id: PipelineId
    revision: Revision = 0
    active_at_time: Timestamp = 0


class RevisionQuery(Body):
    """Whose revisions to list."""

    external_id: PipelineId
    limit: PageLimit = 100
    cursor: str | None = None


def create(call: Call) -> dict[str, Any]:
    """Store a new revision."""
    pipeline = pipeline_to_write(call, call.body.external_id, ACL)
    return _add(call, pipeline["id"], call.body.external_id, call.body.config, call.body.description)


def revert(call: Call) -> dict[str, Any]:
    """Store an old revision once more as the newest."""
    pipeline = pipeline_to_write(call, call.body.external_id, ACL)
    old = _find(call, pipeline["id"], call.body.external_id, revision=call.body.revision)
    return _add(call, pipeline["id"], call.body.external_id, old["config"], old["description"])


def retrieve(call: Call) -> dict[str, Any]:
    """Return the newest revision, or the one asked for."""
    query = call.params
    pipeline = pipeline_to_read(call, query.external_id, ACL, code=404)
    row = _find(
        call, pipeline["id"], query.external_id, revision=query.revision, active_at=query.active_at_time
    )
    return _shown(row, query.external_id)


def list_revisions(call: Call) -> dict[str, Any]:
    """Return a page of the revisions without their texts."""
    query = call.params
    pipeline = pipeline_to_read(call, query.external_id, ACL)
    newest_first = call.reads(REVISION_ORDER, "newest-first")
    after, order = ("<", "DESC") if newest_first else (">", "ASC")
    start = (LAST_REVISION + 1,) if newest_first else (0,)
    rows = call.db.execute(
        f"SELECT * FROM extpipe_configs WHERE pipeline = ? AND revision {after} ? ORDER BY revision {order}",  # noqa: S608
        (pipeline["id"], *decode_cursor(query, query.cursor, start)),
    )
    listed = (_shown(row, query.external_id, with_config=False) for row in rows)
    return page(call, listed, query.limit, query, _position)


def _add(
    call: Call, pipeline: int, external_id: str, config: str | None, description: str | None
) -> dict[str, Any]:
    row = call.db.execute(
        "INSERT INTO extpipe_configs SELECT ?1, 1 + COALESCE(MAX(revision), 0), ?2, ?3, ?4"
        " FROM extpipe_configs WHERE pipeline = ?1 RETURNING *",
        (pipeline, config, description, call.now),
    ).fetchone()
    return _shown(row, external_id)


def _find(
    call: Call, pipeline: int, external_id: str, *, revision: int = 0, active_at: int = 0
) -> sqlite3.Row:
    row = call.db.execute(
        "SELECT * FROM extpipe_configs WHERE pipeline = ?1 AND (?2 = 0 OR revision = ?2)"
        " AND (?3 = 0 OR created <= ?3) ORDER BY revision DESC LIMIT 1",
        (pipeline, revision, active_at),
    ).fetchone()
    if row is None:
        raise CdfError(404, f"The extraction pipeline {external_id} has no such config revision")
    return row


def _position(shown: Row) -> Position:
    return (shown["revision"],)


def _shown(row: Row, external_id: str, *, with_config: bool = True) -> dict[str, Any]:
    shown = {"externalId": external_id, "revision": row["revision"], "createdTime": row["created"]}
    for name in ("config", "description") if with_config else ("description",):
        if row[name] is not None:
            shown[name] = row[name]
    return shown


ENDPOINTS = [
    Endpoint("POST", "/extpipes/config", create, Config, writes=True, rights=("extractionConfigsAcl:WRITE",)),
    Endpoint(
        "POST", "/extpipes/config/revert", revert, Revert, writes=True, rights=("extractionConfigsAcl:WRITE",)
    ),
    Endpoint(
        "GET",
        "/extpipes/config",
        retrieve,
        params=ConfigQuery,
        rights=("extractionConfigsAcl:READ",),
        assumed=(OUT_OF_SCOPE,),
    ),
    Endpoint(
        "GET",
        "/extpipes/config/revisions",
        list_revisions,
        params=RevisionQuery,
        rights=("extractionConfigsAcl:READ",),
        assumed=(REVISION_ORDER, FULL_PAGE_CURSOR, OUT_OF_SCOPE),
    ),
]
