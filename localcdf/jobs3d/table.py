"""Where 3D jobs, their results and what is rejected of them are kept."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from localcdf.endpoint import Call

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs_3d (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL,
    external_id TEXT NOT NULL,
    doc TEXT NOT NULL, -- as it was asked for, without the nonce
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (space, external_id)
);
CREATE TABLE IF NOT EXISTS job_3d_results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL REFERENCES jobs_3d (id) ON DELETE CASCADE,
    space TEXT NOT NULL,
    external_id TEXT NOT NULL,
    UNIQUE (job, space, external_id)
);
CREATE TABLE IF NOT EXISTS job_3d_rejections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    result INTEGER NOT NULL REFERENCES job_3d_results (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    UNIQUE (result, key)
);
"""


def add(call: Call, space: str, external_id: str, document: dict[str, Any]) -> int:
    """Keep a new job and return its id."""
    return call.db.execute(
        "INSERT INTO jobs_3d (space, external_id, doc, status, created) VALUES (?, ?, ?, 'Scheduled', ?)"
        " RETURNING id",
        (space, external_id, json.dumps(document), call.now),
    ).fetchone()["id"]


def find(db: sqlite3.Connection, space: str, external_id: str) -> Any:
    """Return the row of a job, None where there is none."""
    return db.execute(
        "SELECT * FROM jobs_3d WHERE space = ? AND external_id = ?", (space, external_id)
    ).fetchone()


def by_id(db: sqlite3.Connection, job: int) -> Any:
    """Return the row of a job, None where it was deleted."""
    return db.execute("SELECT * FROM jobs_3d WHERE id = ?", (job,)).fetchone()


def shown(row: Any) -> dict[str, Any]:
    """Return a job as it is answered."""
    return json.loads(row["doc"]) | {"status": row["status"], "createdAt": row["created"]}


def is_under_way(row: Any) -> bool:
    """Say whether a job has not ended."""
    return row["status"] in ("Scheduled", "Started")


def set_status(db: sqlite3.Connection, job: int, status: str) -> None:
    """Let a job be Started, Succeeded, Failed or Cancelled."""
    db.execute("UPDATE jobs_3d SET status = ? WHERE id = ?", (status, job))


def add_results(db: sqlite3.Connection, job: int, nodes: Iterable[tuple[str, str]]) -> None:
    """Keep which nodes are results of a job."""
    db.executemany(
        "INSERT INTO job_3d_results (job, space, external_id) VALUES (?, ?, ?)",
        [(job, space, external_id) for space, external_id in nodes],
    )


def find_result(db: sqlite3.Connection, job: int, space: str, external_id: str) -> int | None:
    """Return the id of a result of a job."""
    row = db.execute(
        "SELECT id FROM job_3d_results WHERE job = ? AND space = ? AND external_id = ?",
        (job, space, external_id),
    ).fetchone()
    return row["id"] if row else None


def fail_interrupted(db: sqlite3.Connection) -> None:
    """Let jobs fail that were under way when the local CDF was last stopped."""
    db.execute("UPDATE jobs_3d SET status = 'Failed' WHERE status IN ('Scheduled', 'Started')")
