"""How many assets the subtrees in a filter may hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcdf.app import SCHEMAS, create_service
from localcdf.assets.table import MAX_SUBTREES, subtrees
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.store import open_store


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    """A tree of as many assets as a filter takes: half of them below the root, half below one more."""
    store = open_store(tmp_path, SCHEMAS)
    call = create_service(store, "local", "token", "http://127.0.0.1").platform_call(1)
    top = '{"id": 1, "externalId": "root", "name": "root"}'
    store.db.execute("INSERT INTO assets VALUES (1, 'root', ?)", (top,))
    store.db.execute("INSERT INTO asset_places VALUES (1, NULL, 1)")
    store.db.execute("PRAGMA foreign_keys = OFF")
    with store.transaction() as db:
        db.executemany(
            "INSERT INTO asset_places VALUES (?, ?, 1)",
            ((each, 1 + (each > 2 and each % 2)) for each in range(2, MAX_SUBTREES + 1)),
        )
    yield call
    store.close()


def test_a_filter_takes_subtrees_of_a_hundred_thousand_assets(call: Call) -> None:
    assert subtrees(call, [{"externalId": "root"}]) == [1]


def test_a_filter_refuses_subtrees_of_one_asset_more(call: Call) -> None:
    call.db.execute("INSERT INTO asset_places VALUES (?, 2, 1)", (MAX_SUBTREES + 1,))
    with pytest.raises(CdfError, match="more than 100000 assets") as refusal:
        subtrees(call, [{"id": 1}])
    assert refusal.value.code == 400
