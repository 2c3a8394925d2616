"""The store of definitions: spaces, containers, views and data models, one row of JSON each."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from localcdf.data_modeling.references import Key
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.paging import decode_cursor, page
from localcdf.readings import Reading
from localcdf.rights import allowed, hidden, require

Kind = Literal["space", "container", "view", "data_model"]
PROJECT_LIMITS: dict[Kind, int] = {"space": 100, "container": 1_000, "view": 2_000, "data_model": 500}
VERSION_LIMIT = 100  # of one view or data model

SYSTEM_SPACE = Reading(
    "system-space-write",
    {"403": "writing to a system space is a 403", "400": "writing to a system space is a 400"},
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS dm_definition (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    external_id TEXT NOT NULL,  -- of a space: empty
    version TEXT NOT NULL,      -- of a space or container: empty
    spec TEXT NOT NULL,
    created_time INTEGER NOT NULL,
    last_updated_time INTEGER NOT NULL,
    is_global INTEGER NOT NULL,
    UNIQUE (kind, space, external_id, version)
);
"""


@dataclass(frozen=True)
class Definition:
    """One row."""

    id: int
    kind: Kind
    key: Key
    spec: str  # the JSON of the body model
    created_time: int
    last_updated_time: int
    is_global: bool

    def server_fields(self) -> dict[str, Any]:
        """Return what the server adds to every definition."""
        return {
            "createdTime": self.created_time,
            "lastUpdatedTime": self.last_updated_time,
            "isGlobal": self.is_global,
        }


class ListQuery(Body):
    """The query parameters of a list of definitions; subclasses know further ones."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 10
    cursor: str | None = None
    include_global: bool = False


def _definition(row: sqlite3.Row) -> Definition:
    return Definition(
        row["id"],
        row["kind"],
        (row["space"], row["external_id"], row["version"]),
        row["spec"],
        row["created_time"],
        row["last_updated_time"],
        bool(row["is_global"]),
    )


def find(db: sqlite3.Connection, kind: Kind, key: Key) -> Definition | None:
    """Return a definition."""
    row = db.execute(
        "SELECT * FROM dm_definition WHERE (kind, space, external_id, version) = (?, ?, ?, ?)", (kind, *key)
    ).fetchone()
    return _definition(row) if row else None


def find_versions(db: sqlite3.Connection, kind: Kind, space: str, external_id: str) -> list[Definition]:
    """Return all versions of a view or data model, the newest last."""
    rows = db.execute(
        "SELECT * FROM dm_definition WHERE (kind, space, external_id) = (?, ?, ?) ORDER BY created_time, id",
        (kind, space, external_id),
    )
    return [_definition(row) for row in rows]


def list_page(
    call: Call,
    kind: Kind,
    read: Callable[[Definition], dict[str, Any]],
    *,
    space: str | None = None,
    all_versions: bool = True,
    matches: Callable[[Definition], bool] = lambda _: True,
) -> dict[str, Any]:
    """Return one page of the definitions, each as ``read`` makes it, the oldest first."""
    query = call.params
    (after,) = decode_cursor(query, query.cursor)
    reach = allowed(call, "dataModelsAcl", "READ")
    rows = _listed(call.db, kind, after, space, query.include_global, all_versions)
    found = page(
        call,
        (
            {"id": each.id, "definition": each}
            for each in rows
            if reach.covers(space=each.key[0]) and matches(each)
        ),
        query.limit,
        query,
    )
    return found | {"items": [read(each["definition"]) for each in found["items"]]}


def _listed(
    db: sqlite3.Connection,
    kind: Kind,
    after: int,
    space: str | None,
    include_global: bool,
    all_versions: bool,
) -> Iterator[Definition]:
    rows = db.execute(
        """
        SELECT * FROM dm_definition AS d
        WHERE kind = :kind AND id > :after
            AND (:space IS NULL OR space = :space)
            AND (:include_global OR NOT is_global)
            AND (:all_versions OR NOT EXISTS (
                SELECT 1 FROM dm_definition AS newer
                WHERE (newer.kind, newer.space, newer.external_id) = (d.kind, d.space, d.external_id)
                    AND (newer.created_time, newer.id) > (d.created_time, d.id)))
        ORDER BY id
        """,
        {
            "kind": kind,
            "after": after,
            "space": space,
            "include_global": include_global,
            "all_versions": all_versions,
        },
    )
    return map(_definition, rows)


def save(
    db: sqlite3.Connection, kind: Kind, key: Key, body: Body, now: int, *, is_global: bool = False
) -> Definition:
    """Store a definition; one that is stored just so already stays untouched, with its times.

    A definition that would be one too many for the project is a 400.
    """
    text = body.model_dump_json(by_alias=True, exclude_none=True)
    stored = find(db, kind, key)
    if stored and json.loads(stored.spec) == json.loads(text):
        return stored
    if stored:
        db.execute(
            "UPDATE dm_definition SET spec = ?, last_updated_time = ? WHERE id = ?", (text, now, stored.id)
        )
    else:
        _refuse_too_many(db, kind, key, is_global=is_global)
        db.execute(
            "INSERT INTO dm_definition (kind, space, external_id, version, spec, created_time, "
            "last_updated_time, is_global) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, *key, text, now, now, is_global),
        )
    saved = find(db, kind, key)
    assert saved is not None
    return saved


def delete(db: sqlite3.Connection, definition: Definition) -> None:
    """Remove a definition."""
    db.execute("DELETE FROM dm_definition WHERE id = ?", (definition.id,))


def find_readable(call: Call, kind: Kind, key: Key) -> Definition | None:
    """Return a definition that the caller may read; one that the caller may not is refused, or not there."""
    found = find(call.db, kind, key)
    if found is None or allowed(call, "dataModelsAcl", "READ").covers(space=key[0]):
        return found
    return hidden(call, "dataModelsAcl:READ", space=key[0])


def writable_space(call: Call, space: str) -> None:
    """Refuse a space whose definitions the caller may not write (403), or as ``open_space`` does."""
    require(call, "dataModelsAcl", "WRITE", space=space)
    open_space(call, space)


def open_space(call: Call, space: str) -> None:
    """Refuse a space that does not exist (400) or that nobody may write to."""
    definition = find(call.db, "space", (space, "", ""))
    if definition is None:
        raise CdfError(400, f"Space {space} does not exist: create it first", missing=[{"space": space}])
    if definition.is_global:
        code = 403 if call.reads(SYSTEM_SPACE, "403") else 400
        raise CdfError(code, f"Space {space} is a system space: nobody may write to it")


def _refuse_too_many(db: sqlite3.Connection, kind: Kind, key: Key, *, is_global: bool) -> None:
    if is_global:
        return
    count = db.execute(
        "SELECT count(*) FROM dm_definition WHERE kind = ? AND NOT is_global", (kind,)
    ).fetchone()[0]
    if count >= PROJECT_LIMITS[kind]:
        raise CdfError(400, f"The project has {count} of {PROJECT_LIMITS[kind]} {kind}s: delete one first")
    if len(find_versions(db, kind, key[0], key[1])) >= VERSION_LIMIT:
        raise CdfError(400, f"{kind} {key[0]}:{key[1]} has {VERSION_LIMIT} versions: delete one first")
