"""What happens later, by the local CDF's clock: an upload that is noticed, a path that is worked out.

Due work is done before the next request is looked at, and without one at the next beat (``localcdf.heart``),
in the order and at the time for which it was planned, each piece in a transaction of its own. A piece that
fails is a bug of ours: it is undone and taken off the agenda, with a trace on standard error, so that it
cannot stand in the way of all that follows.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcdf.endpoint import Call

SCHEMA = """
CREATE TABLE IF NOT EXISTS agenda (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS agenda_at ON agenda (at, n);
"""


@dataclass(frozen=True)
class Task:
    """A kind of work that may have to wait; an API module lists its own as ``TASKS``."""

    kind: str
    do: Callable[[Call, dict[str, Any]], None]  # with the time it was planned for as ``call.now``

    def after(self, call: Call, delay: int, **payload: Any) -> None:
        """Do it ``delay`` milliseconds from now; without a delay at once, as a part of this request."""
        if delay <= 0:
            self.do(call, payload)
            return
        plan(call.db, call.now + delay, self.kind, payload)


@dataclass(frozen=True)
class Appointment:
    """One piece of work that is planned."""

    n: int
    at: int
    kind: str
    payload: str

    def do(self, call: Call, tasks: Mapping[str, Task]) -> None:
        """Do it as at the time for which it was planned."""
        tasks[self.kind].do(replace(call, now=self.at), json.loads(self.payload))


def plan(db: sqlite3.Connection, at: int, kind: str, payload: Mapping[str, Any]) -> None:
    """Put a piece of work on the agenda, for a time (epoch milliseconds) that may be now."""
    db.execute(
        "INSERT INTO agenda (at, kind, payload) VALUES (?, ?, ?)", (at, kind, json.dumps(dict(payload)))
    )


def next_due(db: sqlite3.Connection, now: int) -> Appointment | None:
    """Return what is to be done first of all that is due by ``now``."""
    row = db.execute(
        "SELECT n, at, kind, payload FROM agenda WHERE at <= ? ORDER BY at, n LIMIT 1", (now,)
    ).fetchone()
    return Appointment(*row) if row else None


def strike(db: sqlite3.Connection, appointment: Appointment) -> None:
    """Take it off the agenda."""
    db.execute("DELETE FROM agenda WHERE n = ?", (appointment.n,))
