"""The clock of a local CDF: it runs with the machine's, or stands still until it is moved by hand.

Everything that waits or expires asks it, and it is kept in the store, so a restart does not turn it back.
"""

import sqlite3
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS clock (ahead INTEGER NOT NULL, stopped_at INTEGER);
INSERT INTO clock SELECT 0, NULL WHERE NOT EXISTS (SELECT 1 FROM clock);
"""


class Clock:
    """Epoch milliseconds, ahead of the machine's clock by what it was moved."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._ahead, self._stopped_at = db.execute("SELECT ahead, stopped_at FROM clock").fetchone()

    @property
    def is_running(self) -> bool:
        """Whether time passes by itself."""
        return self._stopped_at is None

    def now(self) -> int:
        """Return the time in epoch milliseconds."""
        return _machine_time() + self._ahead if self._stopped_at is None else self._stopped_at

    def set(self, now: int) -> None:
        """Make it ``now`` (epoch milliseconds); a clock that runs goes on from there."""
        self._ahead = now - _machine_time()
        if self._stopped_at is not None:
            self._stopped_at = now
        self._keep()

    def run(self, running: bool) -> None:
        """Let time pass from where the clock stands, or stop it."""
        now = self.now()
        self._stopped_at = None if running else now
        self._ahead = now - _machine_time()
        self._keep()

    def _keep(self) -> None:
        self._db.execute("UPDATE clock SET ahead = ?, stopped_at = ?", (self._ahead, self._stopped_at))


def _machine_time() -> int:
    return time.time_ns() // 1_000_000
