"""Tables of RAW."""

from typing import Any

from localcdf.endpoint import Call, Endpoint
from localcdf.paging import PAGED
from localcdf.raw import databases
from localcdf.raw.names import (
    LIST,
    WRITE,
    EnsureParent,
    NamesQuery,
    Tables,
    page_of_names,
    refuse_taken,
    shown,
)
from localcdf.records import TAKEN, UNKNOWN_IDS, unknown
from localcdf.rights import allowed, require
from localcdf.store import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS raw_tables (
    n INTEGER PRIMARY KEY,
    id INTEGER NOT NULL UNIQUE,
    database INTEGER NOT NULL REFERENCES raw_databases (n) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (database, name)
);
"""


def find(call: Call, database: Any, name: str) -> Any:
    """Return the row of a table, or None."""
    return call.db.execute(
        "SELECT * FROM raw_tables WHERE database = ? AND name = ?", (database["n"], name)
    ).fetchone()


def existing(call: Call, *, ensure: bool = False) -> Any:
    """Return the row of the table that the path names, made with ``ensure``; a refusal lists what misses."""
    database_name, name = call.path["dbName"], call.path["tableName"]
    if ensure and databases.find(call, database_name) is None:
        databases.make(call, [database_name])
    database = databases.existing(call, database_name)
    if ensure and find(call, database, name) is None:
        make(call, database, name)
    row = find(call, database, name)
    if row is None:
        raise unknown(call, f"Tables {name}", [{"name": name}])
    return row


def make(call: Call, database: Any, name: str) -> None:
    """Make a table."""
    call.db.execute(
        "INSERT INTO raw_tables (id, database, name, created) VALUES (?, ?, ?, ?)",
        (new_id(call.db), database["n"], name, call.now),
    )


def create(call: Call) -> dict[str, Any]:
    """Make tables, all or none."""
    names, parent = [each.name for each in call.body.items], call.path["dbName"]
    for name in names:
        require(call, "rawAcl", "WRITE", database=parent, table=name)
    if call.params.ensure_parent and databases.find(call, parent) is None:
        databases.make(call, [parent])
    database = databases.existing(call, parent)
    refuse_taken(call, names, lambda name: find(call, database, name), "Tables")
    for name in names:
        make(call, database, name)
    return {"items": [shown(find(call, database, name)) for name in names]}


def list_all(call: Call) -> dict[str, Any]:
    """Return one page of a database's tables."""
    reach = allowed(call, "rawAcl", "LIST")
    database = databases.existing(call, call.path["dbName"])
    return page_of_names(
        call,
        lambda order, after: call.db.execute(
            f"SELECT * FROM raw_tables WHERE database = ? AND {order} > ? ORDER BY {order}",  # noqa: S608
            (database["n"], after),
        ),
        lambda row: reach.covers(database=database["name"], table=row["name"]),
    )


def delete(call: Call) -> dict[str, Any]:
    """Delete tables with their rows."""
    parent = call.path["dbName"]
    for each in call.body.items:
        require(call, "rawAcl", "WRITE", database=parent, table=each.name)
    database = databases.existing(call, parent)
    missing = [each.name for each in call.body.items if find(call, database, each.name) is None]
    if missing:
        raise unknown(call, f"Tables {', '.join(missing)}", [{"name": name} for name in missing])
    for each in call.body.items:
        call.db.execute("DELETE FROM raw_tables WHERE database = ? AND name = ?", (database["n"], each.name))
    return {}


PATH = "/raw/dbs/{dbName}/tables"
ENDPOINTS = [
    Endpoint(
        "POST",
        PATH,
        create,
        Tables,
        params=EnsureParent,
        status=201,
        writes=True,
        rights=WRITE,
        assumed=(TAKEN, UNKNOWN_IDS),
    ),
    Endpoint("GET", PATH, list_all, params=NamesQuery, rights=LIST, lags=True, assumed=(*PAGED, UNKNOWN_IDS)),
    Endpoint("POST", f"{PATH}/delete", delete, Tables, writes=True, rights=WRITE, assumed=(UNKNOWN_IDS,)),
]
