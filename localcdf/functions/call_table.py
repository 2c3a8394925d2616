"""Where calls of functions are kept: how they began and ended, and what they printed."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from localcdf.agenda import plan
from localcdf.endpoint import Call
from localcdf.functions.runner import Ending
from localcdf.records import Record
from localcdf.store import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS function_calls (
    id INTEGER PRIMARY KEY,
    function INTEGER NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    error TEXT,
    response TEXT,
    schedule INTEGER, -- the schedule that made it, and for when
    planned INTEGER,
    follow_up TEXT -- JSON: the kind and payload of the agenda's work that follows its end
);
CREATE INDEX IF NOT EXISTS function_calls_newest ON function_calls (function, started DESC, id DESC);
CREATE INDEX IF NOT EXISTS function_calls_running ON function_calls (function) WHERE status = 'Running';
CREATE TABLE IF NOT EXISTS function_call_logs (
    call INTEGER NOT NULL REFERENCES function_calls (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (call, n)
);
"""


@dataclass(frozen=True)
class Origin:
    """Where a call comes from if not from a request: a schedule, or who wants to know how it ends."""

    schedule: int | None = None
    planned: int | None = None  # for when, epoch milliseconds
    follow_up: tuple[str, dict[str, Any]] | None = None  # the kind and payload of what is done at its end


BY_REQUEST = Origin()


def insert(
    call: Call, function: Record, origin: Origin, status: str = "Running", error: str | None = None
) -> int:
    """Keep a new call, which runs from now on unless it has ended already; return its id."""
    made = new_id(call.db)
    call.db.execute(
        "INSERT INTO function_calls "
        "(id, function, status, started, ended, error, schedule, planned, follow_up) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            made,
            function["id"],
            status,
            call.now,
            None if status == "Running" else call.now,
            None if error is None else json.dumps({"message": error, "trace": ""}),
            origin.schedule,
            origin.planned,
            json.dumps(origin.follow_up) if origin.follow_up else None,
        ),
    )
    return made


def end(call: Call, made: int, ending: Ending) -> None:
    """Keep how a call ended, unless it was deleted meanwhile; what waits for its end is next."""
    response = None if ending.response is None else json.dumps(ending.response)
    error = None if ending.error is None else json.dumps(ending.error)
    changed = call.db.execute(
        "UPDATE function_calls SET status = ?, ended = ?, error = ?, response = ? WHERE id = ?",
        (ending.status, call.now, error, response, made),
    )
    if changed.rowcount:
        lines = [(made, n, line.at, line.message) for n, line in enumerate(ending.log)]
        call.db.executemany("INSERT INTO function_call_logs VALUES (?, ?, ?, ?)", lines)
        _follow_up(call.db, call.now, "id = ?", made)


def fail_interrupted(db: sqlite3.Connection, now: int) -> None:
    """Let calls fail that ran when the local CDF was last stopped."""
    error = {"message": "The local CDF was stopped while the call ran", "trace": ""}
    _follow_up(db, now, "status = 'Running'")
    db.execute(
        "UPDATE function_calls SET status = 'Failed', ended = ?, error = ? WHERE status = 'Running'",
        (now, json.dumps(error)),
    )


def abandon(call: Call, function: int) -> list[int]:
    """Return the running calls of a function that is about to go; what waits for their end is next."""
    where = "status = 'Running' AND function = ?"
    _follow_up(call.db, call.now, where, function)
    rows = call.db.execute(f"SELECT id FROM function_calls WHERE {where}", (function,))  # noqa: S608 our own words
    return [row["id"] for row in rows]


def _follow_up(db: sqlite3.Connection, now: int, where: str, *values: Any) -> None:
    """Have done next what waits for the end of calls."""
    rows = db.execute(f"SELECT follow_up FROM function_calls WHERE follow_up IS NOT NULL AND {where}", values)  # noqa: S608
    for row in rows.fetchall():
        kind, payload = json.loads(row["follow_up"])
        plan(db, now, kind, payload)


def find(db: sqlite3.Connection, made: int) -> Any:
    """Return the row of a call, or None when it is deleted."""
    return db.execute("SELECT * FROM function_calls WHERE id = ?", (made,)).fetchone()


def shown(row: Any) -> Record:
    """Return a call as CDF shows it."""
    told = {
        "id": row["id"],
        "status": row["status"],
        "startTime": row["started"],
        "functionId": row["function"],
    }
    if row["ended"] is not None:
        told["endTime"] = row["ended"]
    if row["schedule"] is not None:
        told |= {"scheduleId": row["schedule"], "scheduledTime": row["planned"]}
    return told if row["error"] is None else told | {"error": json.loads(row["error"])}
