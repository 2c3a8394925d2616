"""The store of the local CDF: transactions and internal ids."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcdf.store import MAX_ID, Store, new_id, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(tmp_path, ["CREATE TABLE IF NOT EXISTS things (name TEXT);"])
    yield opened
    opened.close()


def lose(store: Store, error: type[BaseException]) -> int:
    """Write, take an id and fail; return the id."""
    lost = 0
    try:
        with store.transaction() as db:
            db.execute("INSERT INTO things VALUES ('lost')")
            lost = new_id(db)
            raise error
    except error:
        return lost


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    with store.transaction() as db:
        db.execute("INSERT INTO things VALUES ('kept')")
    lose(store, KeyboardInterrupt)
    assert [row["name"] for row in store.db.execute("SELECT name FROM things")] == ["kept"]


def test_internal_ids_are_never_given_out_twice(store: Store) -> None:
    ids = [new_id(store.db) for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert all(1 <= each <= MAX_ID for each in ids)


def test_an_id_is_taken_only_if_the_transaction_is_kept(store: Store) -> None:
    def take() -> int:
        with store.transaction() as db:
            return new_id(db)

    lost = lose(store, RuntimeError)
    assert take() == lost
    assert take() != lost
