"""The store of instances: one row each, one per container that it has data in, and who holds a unique value.

A deleted instance keeps its rows, marked by ``deleted_time``, so that sync can tell of it. Every write gives
the instance the next number in ``change``: that is the order of sync.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from localcdf.data_modeling.references import InstanceType, canonical, ref_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS dm_instance (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    external_id TEXT NOT NULL,
    ref TEXT NOT NULL,   -- the same two, as the value of a direct relation has them
    version INTEGER NOT NULL,
    type TEXT,           -- a ref, as are the next two
    start_node TEXT,
    end_node TEXT,
    start_id INTEGER,
    end_id INTEGER,
    created_time INTEGER NOT NULL,
    last_updated_time INTEGER NOT NULL,
    deleted_time INTEGER,
    change INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS dm_instance_live ON dm_instance (ref) WHERE deleted_time IS NULL;
CREATE INDEX IF NOT EXISTS dm_instance_external_id ON dm_instance (external_id);
CREATE INDEX IF NOT EXISTS dm_instance_type ON dm_instance (type) WHERE type IS NOT NULL;
CREATE INDEX IF NOT EXISTS dm_instance_start ON dm_instance (start_id) WHERE start_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS dm_instance_end ON dm_instance (end_id) WHERE end_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS dm_instance_scattered ON dm_instance ((id * 2654435761 % 4294967296), id);
CREATE UNIQUE INDEX IF NOT EXISTS dm_instance_change ON dm_instance (change);
CREATE TABLE IF NOT EXISTS dm_data (
    instance INTEGER NOT NULL,
    container INTEGER NOT NULL,
    properties TEXT NOT NULL,  -- a JSON object; what has no value is absent
    PRIMARY KEY (instance, container)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dm_data_container ON dm_data (container, instance);
CREATE TABLE IF NOT EXISTS dm_unique (
    container INTEGER NOT NULL,
    name TEXT NOT NULL,        -- of the constraint
    value TEXT NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (container, name, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dm_unique_instance ON dm_unique (instance);
"""

Data = dict[int, dict[str, Any]]  # properties by container


@dataclass(frozen=True)
class Instance:
    """A node or an edge, without its properties."""

    kind: InstanceType
    space: str
    external_id: str
    type: str | None = None
    start_node: str | None = None
    end_node: str | None = None
    id: int = 0  # 0: not stored yet
    version: int = 0
    created_time: int = 0
    last_updated_time: int = 0
    deleted_time: int | None = None
    change: int = 0
    ref: str = field(default="")

    def __post_init__(self) -> None:
        if not self.ref:
            object.__setattr__(self, "ref", ref_of(self.space, self.external_id))


_FIELDS = tuple(Instance.__dataclass_fields__)


def _instance(row: sqlite3.Row) -> Instance:
    return Instance(**{name: row[name] for name in _FIELDS})


def find_live(db: sqlite3.Connection, refs: Iterable[str]) -> dict[str, Instance]:
    """Return the instances that exist, by their refs."""
    rows = db.execute(
        "SELECT * FROM dm_instance WHERE ref IN (SELECT value FROM json_each(?)) AND deleted_time IS NULL",
        (canonical(list(refs)),),
    )
    return {row["ref"]: _instance(row) for row in rows}


def by_ids(db: sqlite3.Connection, ids: Sequence[int]) -> list[Instance]:
    """Return instances, deleted ones too, in the order of ``ids``."""
    rows = db.execute(
        "SELECT * FROM dm_instance WHERE id IN (SELECT value FROM json_each(?))", (canonical(ids),)
    )
    found = {row["id"]: _instance(row) for row in rows}
    return [found[each] for each in ids]


def data_of(
    db: sqlite3.Connection, ids: Sequence[int], containers: Iterable[int] | None = None
) -> dict[int, Data]:
    """Return the data of instances, in some containers or in all."""
    condition = "" if containers is None else "AND container IN (SELECT value FROM json_each(?))"
    parameters = [canonical(ids)] + ([] if containers is None else [canonical(list(containers))])
    rows = db.execute(
        "SELECT instance, container, properties FROM dm_data "  # noqa: S608
        f"WHERE instance IN (SELECT value FROM json_each(?)) {condition}",
        parameters,
    )
    found: dict[int, Data] = {each: {} for each in ids}
    for row in rows:
        found[row["instance"]][row["container"]] = json.loads(row["properties"])
    return found


def edges_between(db: sqlite3.Connection, start: int, end: int) -> list[Instance]:
    """Return the edges from one node to another, in the order in which they came into being."""
    rows = db.execute(
        "SELECT * FROM dm_instance WHERE start_id = ? AND end_id = ? AND deleted_time IS NULL ORDER BY id",
        (start, end),
    )
    return [_instance(row) for row in rows]


def has_edges(db: sqlite3.Connection, node: int) -> bool:
    """Say whether any edge begins or ends at a node."""
    found = db.execute(
        "SELECT 1 FROM dm_instance WHERE (start_id = ?1 OR end_id = ?1) AND deleted_time IS NULL LIMIT 1",
        (node,),
    ).fetchone()
    return found is not None


def save(db: sqlite3.Connection, instances: Sequence[Instance], now: int) -> list[Instance]:
    """Store new and changed instances with their next version, and return them so."""
    next_id = db.execute("SELECT coalesce(max(id), 0) + 1 FROM dm_instance").fetchone()[0]
    changes = _changes(db)
    saved = []
    for each in instances:
        is_new = each.id == 0
        saved.append(
            replace(
                each,
                id=next_id if is_new else each.id,
                version=each.version + 1,
                created_time=now if is_new else each.created_time,
                last_updated_time=now,
                change=next(changes),
            )
        )
        next_id += is_new
    names = ", ".join(_FIELDS)
    db.executemany(
        f"INSERT OR REPLACE INTO dm_instance ({names}) VALUES ({', '.join('?' * len(_FIELDS))})",  # noqa: S608
        [tuple(getattr(each, name) for name in _FIELDS) for each in saved],
    )
    _connect(db, [each.id for each in saved if each.kind == "edge"])
    return saved


def _connect(db: sqlite3.Connection, edges: Sequence[int]) -> None:
    """Give stored edges the ids of their nodes, which are stored by now."""
    db.executemany(
        """
        UPDATE dm_instance AS edge SET
            start_id = (SELECT id FROM dm_instance WHERE ref = edge.start_node AND deleted_time IS NULL),
            end_id = (SELECT id FROM dm_instance WHERE ref = edge.end_node AND deleted_time IS NULL)
        WHERE id = ?
        """,
        [(each,) for each in edges],
    )


def save_data(db: sqlite3.Connection, changed: Mapping[int, Data]) -> None:
    """Store the properties of instances in the containers given."""
    db.executemany(
        "INSERT OR REPLACE INTO dm_data VALUES (?, ?, ?)",
        [
            (instance, container, canonical(properties))
            for instance, data in changed.items()
            for container, properties in data.items()
        ],
    )


def mark_deleted(db: sqlite3.Connection, ids: Sequence[int], now: int) -> None:
    """Delete instances; what they were stays for sync."""
    changes = _changes(db)
    db.executemany(
        "UPDATE dm_instance SET deleted_time = ?, last_updated_time = ?, version = version + 1, change = ? "
        "WHERE id = ?",
        [(now, now, next(changes), each) for each in ids],
    )
    db.executemany("DELETE FROM dm_unique WHERE instance = ?", [(each,) for each in ids])


def last_change(db: sqlite3.Connection) -> int:
    """Return the number of the latest write."""
    return db.execute("SELECT coalesce(max(change), 0) FROM dm_instance").fetchone()[0]


def _changes(db: sqlite3.Connection) -> Iterator[int]:
    number = last_change(db)
    while True:
        number += 1
        yield number
