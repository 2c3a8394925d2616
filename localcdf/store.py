"""The store: one SQLite database for state, one folder for blobs.

What was committed survives the end of the process at any point, SIGKILL included: the write-ahead log is with
the operating system by then. It is not forced onto the disk at each commit (``synchronous = NORMAL``), so the
last writes before a power cut may be lost, as a whole; the database stays sound.

Writes are made on one connection, one request at a time, so a transaction never waits and never sees half of
another. Further connections read what the store was a while ago (``localcdf.snapshots``).
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcdf import agenda, clock, readings
from localcdf.snapshots import Snapshots

MAX_ID = 2**53 - 1  # the largest internal id: JavaScript's largest safe integer
STATE = "state.sqlite"
FORMAT = 3  # of the data folder; another one is refused, never guessed at

SCHEMA = """
CREATE TABLE IF NOT EXISTS last_id (n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS signing_key (key BLOB NOT NULL);
INSERT INTO last_id SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_id);
"""


class StoreError(Exception):
    """The data folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Store:
    """An open store; ``close`` it when done."""

    db: sqlite3.Connection
    blobs: Path
    snapshots: Snapshots
    lock: sqlite3.Connection

    def close(self) -> None:
        """Close the database; what was committed stays."""
        self.snapshots.close()
        self.db.close()
        self.lock.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block did when it ends, and nothing of it when it raises."""
        self.db.execute("BEGIN")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:  # not after a failed commit that SQLite itself has undone
                self.db.execute("ROLLBACK")
            raise


def open_store(folder: Path, schemas: list[str]) -> Store:
    """Open the store in ``folder``, made if missing, with the tables of every API module.

    Raises ``StoreError`` when another local CDF has the folder open, when its format is another, or when it
    holds other things and no store.
    """
    _refuse_other_things(folder)
    blobs = folder / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    lock = _lock(folder)
    path = folder / STATE
    db = _connect(path)
    try:
        _check_format(db, folder)
        db.execute("PRAGMA journal_mode = WAL")
        # The snapshots say when the log is folded; tried after every commit, it costs ten times the commit.
        db.execute("PRAGMA wal_autocheckpoint = 0")
        tables = "\n".join([SCHEMA, clock.SCHEMA, agenda.SCHEMA, readings.SCHEMA, *schemas])
        # One transaction: a kill leaves either no store yet or a whole one.
        db.executescript(f"BEGIN; {tables} PRAGMA user_version = {FORMAT}; COMMIT;")
        db.execute(
            "INSERT INTO signing_key SELECT ? WHERE NOT EXISTS (SELECT 1 FROM signing_key)",
            (secrets.token_bytes(32),),
        )
    except BaseException:
        db.close()
        lock.close()
        raise
    return Store(db, blobs, Snapshots(lambda: _read_only(path), path.with_name(f"{STATE}-wal")), lock)


def _refuse_other_things(folder: Path) -> None:
    """Refuse a folder that holds other things and no store; a killed first start may have left its own."""
    if not folder.is_dir() or (folder / STATE).exists():
        return
    ours = {"blobs"} if not any((folder / "blobs").glob("*")) else set()
    foreign = {each.name for each in folder.iterdir() if not each.name.startswith("lock.sqlite")} - ours
    if foreign:
        raise StoreError(f"there is no store, but {min(foreign)}: choose an empty or a new folder")


def _connect(path: Path) -> sqlite3.Connection:
    # Not bound to a thread: the server opens it in one and works in another, never in both at once.
    db = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _read_only(path: Path) -> sqlite3.Connection:
    db = _connect(path)
    db.execute("PRAGMA query_only = ON")
    return db


def _lock(folder: Path) -> sqlite3.Connection:
    """Keep the folder to this process, for as long as the connection is open; a kill opens it again."""
    lock = sqlite3.connect(folder / "lock.sqlite", timeout=1, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise StoreError("another local CDF is using it: stop that one, or choose another folder") from error
    return lock


def _check_format(db: sqlite3.Connection, folder: Path) -> None:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    is_new = db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
    if found == FORMAT or (is_new and not found):
        return
    made_by = "a newer" if found > FORMAT else "an older"
    raise StoreError(
        f"its format is {found or 1}, of {made_by} local CDF; this one reads format {FORMAT}: use that one, "
        f"choose another folder, or remove {folder} if nothing in it is needed"
    )


def new_id(db: sqlite3.Connection) -> int:
    """Return an internal id that was never given out: large and scattered, as CDF's are.

    Multiplying by an odd number permutes the numbers below 2**53, so the sequence never repeats.
    """
    n = db.execute("UPDATE last_id SET n = n + 1 RETURNING n").fetchone()["n"]
    return n * 0x13C6EF372FE94F & MAX_ID
