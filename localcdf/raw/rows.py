"""Rows of RAW: columns of JSON under a key."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.fields import Timestamp
from localcdf.paging import FULL_PAGE_CURSOR, decode_cursor, encode_cursor, page
from localcdf.plain import items_of
from localcdf.raw import tables
from localcdf.raw.names import READ, WRITE, EnsureParent
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, not_in_path
from localcdf.rights import require

SCHEMA = """
CREATE TABLE IF NOT EXISTS raw_rows (
    n INTEGER PRIMARY KEY,
    of INTEGER NOT NULL REFERENCES raw_tables (n) ON DELETE CASCADE,
    key TEXT NOT NULL,
    columns TEXT NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (of, key)
);
"""
MOST_ROWS = 10_000
MOST_BYTES = 5 * 2**20  # of the columns of a row
MOST_IN_A_VALUE = 2_621_440  # characters of one name or value


def _check_columns(columns: dict[str, Any]) -> dict[str, Any]:
    if (size := len(json.dumps(columns, ensure_ascii=False).encode())) > MOST_BYTES:
        raise ValueError(f"they are {size} bytes of JSON, more than {MOST_BYTES}")
    for name, value in columns.items():
        if max(len(name), len(value) if isinstance(value, str) else 0) > MOST_IN_A_VALUE:
            raise ValueError(f"{name[:40]} or its value has more than {MOST_IN_A_VALUE} characters")
    return columns


class Row(Body):
    """A row."""

    key: Annotated[str, Field(min_length=1, max_length=1024)]
    columns: Annotated[dict[str, Any], AfterValidator(_check_columns)]


class RowKey(Body):
    """The key of a row."""

    key: str


Rows: Any = items_of(Row, most=MOST_ROWS)
RowKeys: Any = items_of(RowKey)


class Updated(Body):
    """When rows have changed: after the first time, and up to the second."""

    min_last_updated_time: Timestamp | None = None
    max_last_updated_time: Timestamp | None = None


class RowsQuery(Updated):
    """Which rows to list."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 25
    columns: str | None = None
    cursor: str | None = None


class CursorsQuery(Updated):
    """How many cursors to answer, each for a share of the rows."""

    number_of_cursors: Annotated[int, Field(ge=1, le=10_000)] = 1


def insert(call: Call) -> dict[str, Any]:
    """Write rows; the columns of one that is there are replaced, and its time moves if they differ."""
    _require(call, "WRITE")
    of = tables.existing(call, ensure=call.params.ensure_parent)["n"]
    for each in call.body.items:
        columns = json.dumps(each.columns, sort_keys=True)
        call.db.execute(
            "INSERT INTO raw_rows (of, key, columns, updated) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET columns = excluded.columns, updated = excluded.updated "
            "WHERE columns != excluded.columns",
            (of, each.key, columns, call.now),
        )
    return {}


def list_rows(call: Call) -> dict[str, Any]:
    """Return one page of rows."""
    _require(call, "READ")
    query: RowsQuery = call.params
    # The columns may differ from page to page, and between a cursor's maker and its reader.
    of = Updated.model_validate(query.model_dump(by_alias=True, include=set(Updated.model_fields)))
    after, last = decode_cursor(of, query.cursor, start=(0, 2**63 - 1))
    rows = _rows(call, tables.existing(call)["n"], query, after, last)
    made = page(call, rows, query.limit, of, lambda row: (row["n"], last))
    return made | {"items": [_shown(row, query.columns) for row in made["items"]]}


def cursors(call: Call) -> dict[str, Any]:
    """Return cursors that share the rows out, to read them side by side."""
    _require(call, "READ")
    query: CursorsQuery = call.params
    of = Updated.model_validate(query.model_dump(by_alias=True, include=set(Updated.model_fields)))
    rows = list(_rows(call, tables.existing(call)["n"], query, 0, 2**63 - 1))
    size = -(-len(rows) // query.number_of_cursors) or 1
    ends = [0, *(rows[n - 1]["n"] for n in range(size, len(rows), size)), 2**63 - 1]
    return {"items": [encode_cursor(of, pair) for pair in pairwise(ends)]}


def _rows(call: Call, of: int, query: Updated, after: int, last: int) -> Iterator[Any]:
    least, most = query.min_last_updated_time, query.max_last_updated_time
    yield from call.db.execute(
        "SELECT * FROM raw_rows "
        "WHERE of = ? AND n > ? AND n <= ? AND updated > ? AND updated <= ? ORDER BY n",
        (of, after, last, -1 if least is None else least, 2**63 - 1 if most is None else most),
    )


def retrieve(call: Call) -> dict[str, Any]:
    """Return the row that the path names."""
    _require(call, "READ")
    of, key = tables.existing(call)["n"], call.path["rowKey"]
    row = call.db.execute("SELECT * FROM raw_rows WHERE of = ? AND key = ?", (of, key)).fetchone()
    if row is None:
        raise not_in_path(call, f"There is no row {key} in the table {call.path['tableName']}")
    return _shown(row, None)


def delete(call: Call) -> dict[str, Any]:
    """Delete rows; what is not there is no fault."""
    _require(call, "WRITE")
    of = tables.existing(call)["n"]
    call.db.executemany(
        "DELETE FROM raw_rows WHERE of = ? AND key = ?", [(of, each.key) for each in call.body.items]
    )
    return {}


def _require(call: Call, action: str) -> None:
    require(call, "rawAcl", action, database=call.path["dbName"], table=call.path["tableName"])


def _shown(row: Any, wanted: str | None) -> dict[str, Any]:
    columns = json.loads(row["columns"])
    if wanted:  # the SDK sends "" for all of them, and "," for none
        names = wanted.split(",")
        columns = {name: value for name, value in columns.items() if name in names}
    return {"key": row["key"], "columns": columns, "lastUpdatedTime": row["updated"]}


TABLE = "/raw/dbs/{dbName}/tables/{tableName}"
NAMED = (UNKNOWN_IDS,)
ENDPOINTS = [
    Endpoint(
        "POST", f"{TABLE}/rows", insert, Rows, params=EnsureParent, writes=True, rights=WRITE, assumed=NAMED
    ),
    Endpoint(
        "GET",
        f"{TABLE}/rows",
        list_rows,
        params=RowsQuery,
        rights=READ,
        assumed=(FULL_PAGE_CURSOR, *NAMED),
        unserved=("CSV", "data rates are not limited"),
    ),
    Endpoint("GET", f"{TABLE}/cursors", cursors, params=CursorsQuery, rights=READ, assumed=NAMED),
    Endpoint("GET", f"{TABLE}/rows/{{rowKey}}", retrieve, rights=READ, assumed=(*NAMED, UNKNOWN_IN_PATH)),
    Endpoint("POST", f"{TABLE}/rows/delete", delete, RowKeys, writes=True, rights=WRITE, assumed=NAMED),
]
