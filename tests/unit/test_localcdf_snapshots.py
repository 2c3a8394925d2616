"""The store as it was a while ago: one store, many writes, and a clock that the test moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcdf import snapshots
from localcdf.store import Store, open_store

LAG = 1000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a table of numbers, and one of bytes."""
    opened = open_store(
        tmp_path, ["CREATE TABLE numbers (n INTEGER);", "CREATE TABLE bulk (content BLOB NOT NULL);"]
    )
    yield opened
    opened.close()


def write(store: Store, now: int, *numbers: int, lag: int = LAG) -> None:
    """One request that stores numbers."""
    store.snapshots.before_write(store.db, now, lag)
    with store.transaction() as db:
        db.executemany("INSERT INTO numbers VALUES (?)", [(each,) for each in numbers])


def read(store: Store, now: int, lag: int = LAG) -> list[int]:
    """What a lagging list shows."""
    db = store.snapshots.behind(now, lag) or store.db
    return [row["n"] for row in db.execute("SELECT n FROM numbers ORDER BY n")]


def test_a_write_shows_after_the_lag_and_not_before(store: Store) -> None:
    write(store, 0, 1)
    assert [read(store, now) for now in (0, LAG - 1, LAG)] == [[], [], [1]]


def test_without_a_lag_each_write_shows_at_once(store: Store) -> None:
    write(store, 0, 1, lag=0)
    assert read(store, 0, lag=0) == [1]


@pytest.mark.parametrize("step", [7, 400, 900, 999])
def test_writes_without_a_pause_show_before_they_are_twice_the_lag_old(store: Store, step: int) -> None:
    for now in range(0, 50 * step, step):
        write(store, now, now)
        shown = read(store, now)
        newest = shown[-1] if shown else -LAG
        assert newest <= now - LAG
        assert newest + step > now - 2 * LAG


def test_a_request_shows_whole_or_not_at_all(store: Store) -> None:
    for now in range(0, 3 * LAG, 100):
        write(store, now, *[now] * 5)
        shown = read(store, now)
        assert {shown.count(each) for each in shown} <= {5}


def test_a_clock_that_stands_still_keeps_all_since_the_last_pause_back(store: Store) -> None:
    write(store, 0, 1)
    for number in range(2, 50):
        write(store, 5000, number)
        assert read(store, 5000) == [1]
    assert len(read(store, 5000 + LAG)) == 49


def test_a_clock_set_back_lets_everything_show(store: Store) -> None:
    write(store, 100_000, 1)
    assert read(store, 100_000) == []
    assert read(store, 50_000) == [1]
    write(store, 50_000, 2)
    assert read(store, 50_000) == [1]
    assert read(store, 50_000 + LAG) == [1, 2]


def test_the_state_before_the_last_write_lacks_it_and_none_before_the_first(store: Store) -> None:
    assert store.snapshots.before_last_write() is None
    for lag in (0, LAG):
        for number in range(3):
            write(store, number, number, lag=lag)
            past = store.snapshots.before_last_write()
            assert past is not None
            count = "SELECT count(*) FROM numbers"
            assert past.execute(count).fetchone()[0] < store.db.execute(count).fetchone()[0]


@pytest.mark.parametrize("step", [0, 1, 5 * LAG], ids=["stopped clock", "no pause", "pauses"])
def test_the_log_stays_small_over_200_mb_of_writes(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(snapshots, "LARGE_LOG", 4 * 2**20)
    megabyte = bytes(2**20)
    largest = 0
    for number in range(200):
        store.snapshots.before_write(store.db, number * step, LAG)
        with store.transaction() as db:
            db.execute("DELETE FROM bulk")
            db.execute("INSERT INTO bulk VALUES (?)", (megabyte,))
        largest = max(largest, (tmp_path / "state.sqlite-wal").stat().st_size)
    assert largest < 8 * 2**20
    assert store.db.execute("SELECT count(*) FROM bulk").fetchone()[0] == 1
