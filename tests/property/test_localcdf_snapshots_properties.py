"""Lagging reads under any order of writes, reads and times: what they may and must show."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from localcdf.store import open_store

LAG = 100
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "read", "refused write"]), st.integers(0, 150)),
    min_size=1,
    max_size=60,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_a_lagging_read_shows_all_that_is_old_and_nothing_that_is_new(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), ["CREATE TABLE writes (at INTEGER, half INTEGER);"])
        now, written = 0, []
        for kind, wait in steps:
            now += wait
            if kind == "read":
                behind = store.snapshots.behind(now, LAG) or store.db
                shown = [tuple(row) for row in behind.execute("SELECT at, half FROM writes ORDER BY rowid")]
                must = [half for half in written if half[0] <= now - 2 * LAG]
                may = [half for half in written if half[0] <= now - LAG]
                assert shown == may[: len(shown)]
                assert len(shown) >= len(must)
                assert len(shown) % 2 == 0
                continue
            store.snapshots.before_write(store.db, now, LAG)
            store.db.execute("BEGIN")
            store.db.executemany("INSERT INTO writes VALUES (?, ?)", [(now, 1), (now, 2)])
            store.db.execute("COMMIT" if kind == "write" else "ROLLBACK")
            if kind == "write":
                written += [(now, 1), (now, 2)]
        store.close()
