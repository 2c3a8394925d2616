"""Where Vision jobs are kept, file by file."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from localcdf.endpoint import Call
from localcdf.store import new_id

INTERRUPTED = "The job was interrupted"
SCHEMA = """
CREATE TABLE IF NOT EXISTS vision_jobs (
    id INTEGER PRIMARY KEY,
    asked TEXT NOT NULL, -- features and parameters
    batch INTEGER NOT NULL, -- files of a batch
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    error TEXT
);
CREATE TABLE IF NOT EXISTS vision_items (
    job INTEGER NOT NULL REFERENCES vision_jobs (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    file INTEGER NOT NULL,
    item TEXT NOT NULL, -- the identifiers of the file
    lost INTEGER NOT NULL DEFAULT 0,
    predictions TEXT, -- NULL until its batch is done, and where that failed
    error TEXT, -- of its batch
    PRIMARY KEY (job, n)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS vision_items_of_file ON vision_items (file);
"""


def add(call: Call, asked: dict[str, Any], batch: int, items: Sequence[tuple[int, dict[str, Any]]]) -> int:
    """Keep a new job on files, by their ids, and return its id."""
    job = new_id(call.db)
    call.db.execute(
        "INSERT INTO vision_jobs (id, asked, batch, status, created, started, changed)"
        " VALUES (?, ?, ?, 'Queued', ?, ?, ?)",
        (job, json.dumps(asked), batch, *[call.now] * 3),
    )
    call.db.executemany(
        "INSERT INTO vision_items (job, n, file, item) VALUES (?, ?, ?, ?)",
        [(job, n, file, json.dumps(item)) for n, (file, item) in enumerate(items)],
    )
    return job


def find(db: sqlite3.Connection, job: int) -> Any:
    """Return the row of a job, None where there is none."""
    return db.execute("SELECT * FROM vision_jobs WHERE id = ?", (job,)).fetchone()


def under_way(db: sqlite3.Connection) -> int:
    """Return how many jobs have not ended."""
    return db.execute("SELECT count(*) FROM vision_jobs WHERE status IN ('Queued', 'Running')").fetchone()[0]


def items_of(db: sqlite3.Connection, job: int) -> list[Any]:
    """Return the rows of a job's files, in the order asked for."""
    return db.execute("SELECT * FROM vision_items WHERE job = ? ORDER BY n", (job,)).fetchall()


def was_lost(db: sqlite3.Connection, file: int) -> bool:
    """Say whether a file was lost by a job before."""
    return db.execute("SELECT 1 FROM vision_items WHERE file = ? AND lost", (file,)).fetchone() is not None


def lose(db: sqlite3.Connection, job: int, n: int) -> None:
    """Lose a file: it is neither among the items of the job nor among those that failed."""
    db.execute("UPDATE vision_items SET lost = 1 WHERE job = ? AND n = ?", (job, n))


def keep(db: sqlite3.Connection, job: int, predictions: Iterable[tuple[int, Any]]) -> None:
    """Keep what was predicted for the files of a batch, by their numbers."""
    db.executemany(
        "UPDATE vision_items SET predictions = ? WHERE job = ? AND n = ?",
        [(json.dumps(each), job, n) for n, each in predictions],
    )


def fail(db: sqlite3.Connection, job: int, numbers: Iterable[int], error: str) -> None:
    """Let the files of a batch fail."""
    db.executemany(
        "UPDATE vision_items SET error = ? WHERE job = ? AND n = ?", [(error, job, n) for n in numbers]
    )


def begin(call: Call, job: int) -> None:
    """Let a job be Running."""
    call.db.execute(
        "UPDATE vision_jobs SET status = 'Running', started = ?, changed = ? WHERE id = ?",
        (call.now, call.now, job),
    )


def end(call: Call, job: int, error: str | None = None) -> None:
    """Let a job be Completed where at least one of its batches is done, else Failed."""
    call.db.execute(
        "UPDATE vision_jobs SET (status, changed, error) = (SELECT"
        " CASE WHEN count(predictions) THEN 'Completed' ELSE 'Failed' END, ?,"
        " CASE WHEN count(predictions) THEN NULL ELSE coalesce(?, max(error)) END"
        " FROM vision_items WHERE job = ?) WHERE id = ?",
        (call.now, error, job, job),
    )


def fail_interrupted(db: sqlite3.Connection, now: int) -> None:
    """End the jobs that were under way when the local CDF was last stopped: what is not read has failed."""
    db.execute(
        "UPDATE vision_items SET error = ? WHERE predictions IS NULL AND error IS NULL AND NOT lost"
        " AND job IN (SELECT id FROM vision_jobs WHERE status IN ('Queued', 'Running'))",
        (INTERRUPTED,),
    )
    read = "EXISTS (SELECT 1 FROM vision_items WHERE job = vision_jobs.id AND predictions IS NOT NULL)"
    db.execute(
        f"UPDATE vision_jobs SET changed = ?, status = iif({read}, 'Completed', 'Failed'),"  # noqa: S608
        f" error = iif({read}, NULL, ?) WHERE status IN ('Queued', 'Running')",
        (now, INTERRUPTED),
    )
