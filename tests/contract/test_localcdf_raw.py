"""RAW: databases of tables of rows, as the SDK and the toolkit use them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import RowWrite
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer
from tests.conftest import UserOf, capabilities, forbidden
from tests.contract.flows import Flows, flows_on


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """A local CDF with nothing else in its RAW."""
    with flows_on(tmp_path_factory.mktemp("raw")) as made:
        made.server.admin("clock", {"run": False})
        yield made


def database(raw: Flows) -> str:
    """A database."""
    return raw.one("/raw/dbs", {"name": f"db_{uuid4().hex[:8]}"})["name"]


def table(raw: Flows) -> str:
    """The path of a table in a database of its own."""
    of = f"/raw/dbs/{database(raw)}/tables"
    return f"{of}/{raw.one(of, {'name': 'table'})['name']}"


def insert(raw: Flows, path: str, **rows: Any) -> None:
    """Write rows."""
    items = [{"key": key, "columns": columns} for key, columns in rows.items()]
    assert raw.get(f"{path}/rows", {"items": items}) == {}


def keys(raw: Flows, path: str, **asked: Any) -> list[str]:
    """The keys of the rows on one page."""
    return [each["key"] for each in raw.get(f"{path}/rows", params=asked)["items"]]


def test_rows_go_in_and_out_by_the_sdk(client: CogniteClient) -> None:
    name = f"sdk_{uuid4().hex[:8]}"
    client.raw.databases.create(name)
    client.raw.tables.create(name, "t")
    rows = [RowWrite(f"k{n}", {"n": n, "text": "é", "list": [1, None]}) for n in range(30)]
    client.raw.rows.insert(name, "t", rows)
    found = client.raw.rows.list(name, "t", limit=None)
    assert {each.key: each.columns for each in found} == {each.key: each.columns for each in rows}
    assert len(client.raw.rows.list(name, "t", limit=None, partitions=5)) == 30
    row = client.raw.rows.retrieve(name, "t", "k7")
    assert row is not None
    assert row.columns["n"] == 7
    client.raw.rows.delete(name, "t", ["k7", "no such key"])
    assert client.raw.rows.retrieve(name, "t", "k7") is None
    assert [each.name for each in client.raw.tables.list(name)] == ["t"]
    client.raw.databases.delete(name, recursive=True)
    assert name not in [each.name for each in client.raw.databases.list(limit=None)]


# Databases and tables


def test_databases_and_tables_have_a_name_and_a_time(raw: Flows) -> None:
    made = raw.one("/raw/dbs", {"name": "timed"})
    assert made == {"name": "timed", "createdTime": raw.now()}
    assert made in raw.get("/raw/dbs?limit=1000")["items"]
    table_made = raw.one("/raw/dbs/timed/tables", {"name": "t"})
    assert raw.get("/raw/dbs/timed/tables")["items"] == [table_made]


def test_a_name_that_is_taken_is_named(raw: Flows) -> None:
    path = table(raw)
    of, _, name = path.rpartition("/")
    taken_database = of.split("/")[3]
    for url, taken in (("/raw/dbs", taken_database), (of, name)):
        body = {"items": [{"name": "new"}, {"name": taken}]}
        answer = raw.ask(url, body)
        assert (answer.status_code, answer.json()["error"]["duplicated"]) == (409, [{"name": taken}])
        assert {"name": "new"} not in [
            {"name": each["name"]} for each in raw.get(f"{url}?limit=1000")["items"]
        ]


@pytest.mark.parametrize(("path", "most"), [("/raw/dbs", 32), ("/raw/dbs/DB/tables", 64)])
def test_names_have_their_lengths(raw: Flows, path: str, most: int) -> None:
    path = path.replace("DB", database(raw))
    for name in ("", "x" * (most + 1)):
        raw.refused(path, {"items": [{"name": name}]})
    raw.one(path, {"name": "x" * most})


def missing(raw: Flows, path: str, body: Any = None) -> Any:
    """What a refusal lists as missing."""
    answer = raw.ask(path, body)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]["missing"]


def test_what_is_not_there_is_listed_as_missing(raw: Flows) -> None:
    there = database(raw)
    rows = {"items": [{"key": "a", "columns": {}}]}
    assert missing(raw, "/raw/dbs/none/tables") == [{"name": "none"}]
    assert missing(raw, "/raw/dbs/none/tables", {"items": [{"name": "t"}]}) == [{"name": "none"}]
    assert missing(raw, "/raw/dbs/delete", {"items": [{"name": "none"}]}) == [{"name": "none"}]
    assert missing(raw, f"/raw/dbs/{there}/tables/delete", {"items": [{"name": "t"}]}) == [{"name": "t"}]
    assert missing(raw, f"/raw/dbs/{there}/tables/t/rows") == [{"name": "t"}]
    assert missing(raw, f"/raw/dbs/{there}/tables/t/cursors") == [{"name": "t"}]
    assert missing(raw, f"/raw/dbs/{there}/tables/t/rows", rows) == [{"name": "t"}]
    path = table(raw)
    assert raw.ask(f"{path}/rows/none").status_code == 404


def test_what_is_above_is_made_if_that_is_asked_for(raw: Flows) -> None:
    raw.get("/raw/dbs/above/tables?ensureParent=true", {"items": [{"name": "t"}]})
    rows = {"items": [{"key": "a", "columns": {}}]}
    raw.get("/raw/dbs/higher/tables/t/rows?ensureParent=true", rows)
    assert keys(raw, "/raw/dbs/above/tables/t") == []
    assert keys(raw, "/raw/dbs/higher/tables/t") == ["a"]


def test_a_database_with_tables_is_deleted_only_with_all_that_is_in_it(raw: Flows) -> None:
    path = table(raw)
    insert(raw, path, a={})
    name = path.split("/")[3]
    assert "has tables" in raw.refused("/raw/dbs/delete", {"items": [{"name": name}]})
    raw.get("/raw/dbs/delete", {"items": [{"name": name}], "recursive": True})
    raw.get("/raw/dbs", {"items": [{"name": name}]})
    raw.get(f"/raw/dbs/{name}/tables", {"items": [{"name": "table"}]})
    assert keys(raw, path) == []


# Rows


def test_the_columns_of_a_row_are_replaced_and_its_time_tells_of_changes(raw: Flows) -> None:
    path = table(raw)
    insert(raw, path, a={"x": 1, "y": 2})
    first = raw.get(f"{path}/rows/a")
    raw.advance(1)
    insert(raw, path, a={"y": 2, "x": 1})
    assert raw.get(f"{path}/rows/a") == first
    insert(raw, path, a={"x": 3})
    again = raw.get(f"{path}/rows/a")
    assert again["columns"] == {"x": 3}
    assert again["lastUpdatedTime"] == first["lastUpdatedTime"] + 1000


def test_rows_are_listed_by_the_time_of_their_change(raw: Flows) -> None:
    path = table(raw)
    times = []
    for key in "abc":
        insert(raw, path, **{key: {}})
        times.append(raw.now())
        raw.advance(1)
    assert keys(raw, path, minLastUpdatedTime=times[0]) == ["b", "c"]
    assert keys(raw, path, maxLastUpdatedTime=times[1]) == ["a", "b"]
    assert keys(raw, path, minLastUpdatedTime=times[0], maxLastUpdatedTime=times[1]) == ["b"]


def test_just_the_columns_are_answered_that_are_asked_for(raw: Flows) -> None:
    path = table(raw)
    insert(raw, path, a={"x": 1, "y": 2, "z": 3})
    for asked, columns in (
        ("x,z", {"x": 1, "z": 3}),
        ("none", {}),
        (",", {}),
        ("", {"x": 1, "y": 2, "z": 3}),
    ):
        (row,) = raw.get(f"{path}/rows", params={"columns": asked})["items"]
        assert row["columns"] == columns


@pytest.mark.parametrize("number", [1, 3, 7, 50])
def test_cursors_share_the_rows_out(raw: Flows, number: int) -> None:
    path = table(raw)
    insert(raw, path, **{f"k{n}": {} for n in range(20)})
    cursors = raw.get(f"{path}/cursors", params={"numberOfCursors": number})["items"]
    assert 1 <= len(cursors) <= number
    found = [key for cursor in cursors for key in keys(raw, path, cursor=cursor, limit=1000)]
    assert sorted(found) == sorted(f"k{n}" for n in range(20))


def test_rows_have_their_sizes(raw: Flows) -> None:
    path = table(raw)
    insert(raw, path, **{"k" * 1024: {"x" * 100: "y" * 2_621_440}})
    for wrong in (
        {"key": "k" * 1025, "columns": {}},
        {"key": "", "columns": {}},
        {"key": "a", "columns": {"x": "y" * 2_621_441}},
        {"key": "a", "columns": {"x": ["y" * 2_000_000] * 3}},
        {"key": "a"},
        {"key": "a", "columns": []},
    ):
        raw.refused(f"{path}/rows", {"items": [wrong]})


def test_rows_survive_a_kill(tmp_path: Path) -> None:
    with flows_on(tmp_path) as raw:
        path = table(raw)
        insert(raw, path, a={"x": 1})
        raw.server.process.kill()
        raw.server.wait()
    with flows_on(tmp_path) as raw:
        assert raw.get(f"{path}/rows/a")["columns"] == {"x": 1}


# Rights


def test_a_right_goes_as_far_as_its_tables(user_of: UserOf, client: CogniteClient) -> None:
    ours, theirs = (f"{each}_{uuid4().hex[:8]}" for each in ("ours", "theirs"))
    for name in (ours, theirs):
        for each in ("a", "b"):
            client.raw.rows.insert(name, each, RowWrite("k", {"x": 1}), ensure_parent=True)
    scope = {"tableScope": {"dbsToTables": {ours: {"tables": ["a"]}}}}
    rights = ("rawAcl:READ", "rawAcl:WRITE", "rawAcl:LIST")
    api = user_of(capabilities(*rights, scope=scope)).raw
    assert [each.name for each in api.databases.list(limit=None)] == [ours]
    assert [each.name for each in api.tables.list(ours, limit=None)] == ["a"]
    api.rows.insert(ours, "a", RowWrite("k", {"x": 2}))
    assert len(api.rows.list(ours, "a")) == 1
    forbidden(lambda: api.rows.list(ours, "b"), "rawAcl:READ")
    forbidden(lambda: api.rows.list(theirs, "a"), "rawAcl:READ")
    forbidden(lambda: api.rows.insert(ours, "b", RowWrite("k", {})), "rawAcl:WRITE")
    forbidden(lambda: api.rows.delete(theirs, "a", ["k"]), "rawAcl:WRITE")
    forbidden(lambda: api.databases.delete(ours, recursive=True), "rawAcl:WRITE")
    whole = user_of(capabilities(*rights, scope={"tableScope": {"dbsToTables": {ours: {"tables": []}}}})).raw
    assert sorted(each.name for each in whole.tables.list(ours, limit=None)) == ["a", "b"]
    whole.databases.delete(ours, recursive=True)


def test_a_database_that_is_hidden_is_no_secret_to_those_who_write_it(
    local_cdf: LocalServer, user_of: UserOf
) -> None:
    api = user_of(capabilities("rawAcl:WRITE")).raw
    api.databases.create(f"w_{uuid4().hex[:8]}")
    with pytest.raises(CogniteAPIError) as refusal:
        api.databases.list()
    assert refusal.value.code == 403
