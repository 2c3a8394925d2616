"""The store as it was a while ago, for lists and searches that lag behind writes.

A snapshot is an open read transaction: SQLite's write-ahead log keeps the state that it began with. One is
taken before a write, so while writes are recent there is always a state without the last of them.

With a lag of L milliseconds, a lagging read shows a write when it is L old at the earliest and 2 L old at the
latest, by the local CDF's clock. It shows sooner in two cases: when the clock is set back, and when the log
has grown large under writes that never pause: then all but the coming write shows, so that it can be folded.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

LARGE_LOG = 64 * 2**20  # bytes of the write-ahead log from which on it is folded into the database


class Snapshots:
    """A state whose writes are all at least ``lag`` milliseconds old, and its successor."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], log: Path) -> None:
        self._served, self._next = connect(), connect()
        self._log = log
        self._next_newest: int | None = None  # the time of the newest write in the successor
        self._last_write: int | None = None

    def close(self) -> None:
        """Let go of the snapshots."""
        self._served.close()
        self._next.close()

    def before_write(self, db: sqlite3.Connection, now: int, lag: int) -> None:
        """Keep the state before the write that comes."""
        is_large = self._log.exists() and self._log.stat().st_size > LARGE_LOG
        if is_large or self._is_quiet(now, lag):
            _release(self._served)
            _release(self._next)
            self._next_newest = None
            if is_large:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _take(self._served)
        else:
            self._move_on(now, lag)
            if self._next_newest is None:
                _take(self._next)
                self._next_newest = self._last_write
        self._last_write = now

    def behind(self, now: int, lag: int) -> sqlite3.Connection | None:
        """Return the state to list from; None when the last write is old enough for the present one."""
        if self._is_quiet(now, lag):
            return None
        self._move_on(now, lag)
        return self.before_last_write()

    def before_last_write(self) -> sqlite3.Connection | None:
        """Return a state without the last write; None before the first."""
        return self._served if self._last_write is not None else None

    def _is_quiet(self, now: int, lag: int) -> bool:
        return self._last_write is None or not 0 <= now - self._last_write < lag

    def _move_on(self, now: int, lag: int) -> None:
        """Serve the successor once every write in it is old enough."""
        if self._next_newest is not None and not 0 <= now - self._next_newest < lag:
            self._served, self._next = self._next, self._served
            _release(self._next)
            self._next_newest = None


def _take(db: sqlite3.Connection) -> None:
    _release(db)
    db.execute("BEGIN")
    db.execute("SELECT 1 FROM sqlite_schema").fetchone()  # the snapshot is taken with the first read


def _release(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("COMMIT")
