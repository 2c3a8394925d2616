"""What happens later, by the local CDF's clock: an upload that is noticed, a path that is worked out.

Due work is done before the next request is looked at, in the order and at the time for which it was planned.
"""

import json
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
        call.db.execute(
            "INSERT INTO agenda (at, kind, payload) VALUES (?, ?, ?)",
            (call.now + delay, self.kind, json.dumps(payload)),
        )


def is_due(call: Call) -> bool:
    """Say whether anything is due."""
    return call.db.execute("SELECT 1 FROM agenda WHERE at <= ? LIMIT 1", (call.now,)).fetchone() is not None


def do_due(call: Call, tasks: Mapping[str, Task]) -> None:
    """Do all that is due, and what becomes due by that."""
    while row := call.db.execute(
        "SELECT n, at, kind, payload FROM agenda WHERE at <= ? ORDER BY at, n LIMIT 1", (call.now,)
    ).fetchone():
        call.db.execute("DELETE FROM agenda WHERE n = ?", (row["n"],))
        tasks[row["kind"]].do(replace(call, now=row["at"]), json.loads(row["payload"]))
