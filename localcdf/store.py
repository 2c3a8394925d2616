"""The store: one SQLite database for state, one folder for blobs.

There is one connection and the server works on one request at a time, so a transaction never waits and
never sees half of another.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MAX_ID = 2**53 - 1  # the largest internal id: JavaScript's largest safe integer

SCHEMA = """
CREATE TABLE IF NOT EXISTS last_id (n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS signing_key (key BLOB NOT NULL);
INSERT INTO last_id SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_id);
"""


@dataclass(frozen=True)
class Store:
    """An open store; ``close`` it when done."""

    db: sqlite3.Connection
    blobs: Path

    def close(self) -> None:
        """Close the database; what was committed stays."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block did when it ends, and nothing of it when it raises."""
        self.db.execute("BEGIN")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise


def open_store(folder: Path, schemas: list[str]) -> Store:
    """Open the store in ``folder``, made if missing, with the tables of every API module.

    Raises ``sqlite3.OperationalError`` when another local CDF has the folder open.
    """
    blobs = folder / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(folder / "state.sqlite", timeout=1, isolation_level=None)
    db.row_factory = sqlite3.Row
    # Exclusive: one local CDF per folder, and no shared-memory file to keep in step.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    for schema in [SCHEMA, *schemas]:
        db.executescript(schema)
    db.execute(
        "INSERT INTO signing_key SELECT ? WHERE NOT EXISTS (SELECT 1 FROM signing_key)",
        (secrets.token_bytes(32),),
    )
    return Store(db, blobs)


def new_id(db: sqlite3.Connection) -> int:
    """Return an internal id that was never given out: large and scattered, as CDF's are.

    Multiplying by an odd number permutes the numbers below 2**53, so the sequence never repeats.
    """
    n = db.execute("UPDATE last_id SET n = n + 1 RETURNING n").fetchone()["n"]
    return n * 0x13C6EF372FE94F & MAX_ID
