"""Databases of RAW."""

from collections.abc import Sequence
from typing import Any

from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import PAGED
from localcdf.raw.names import (
    LIST,
    WRITE,
    Databases,
    DeletedDatabases,
    NamesQuery,
    page_of_names,
    refuse_taken,
    shown,
)
from localcdf.records import TAKEN, UNKNOWN_IDS, unknown
from localcdf.rights import allowed, require
from localcdf.store import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS raw_databases (
    n INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL
);
"""


def find(call: Call, name: str) -> Any:
    """Return the row of a database, or None."""
    return call.db.execute("SELECT * FROM raw_databases WHERE name = ?", (name,)).fetchone()


def existing(call: Call, name: str) -> Any:
    """Return the row of a database; a refusal lists it as missing."""
    row = find(call, name)
    if row is None:
        raise unknown(call, f"Databases {name}", [{"name": name}])
    return row


def make(call: Call, names: Sequence[str]) -> None:
    """Make databases."""
    for name in names:
        call.db.execute(
            "INSERT INTO raw_databases (id, name, created) VALUES (?, ?, ?)",
            (new_id(call.db), name, call.now),
        )


def create(call: Call) -> dict[str, Any]:
    """Make databases, all or none."""
    names = [each.name for each in call.body.items]
    for name in names:
        require(call, "rawAcl", "WRITE", database=name)
    refuse_taken(call, names, lambda name: find(call, name), "Databases")
    make(call, names)
    return {"items": [shown(find(call, name)) for name in names]}


def list_all(call: Call) -> dict[str, Any]:
    """Return one page of the databases."""
    reach = allowed(call, "rawAcl", "LIST")
    return page_of_names(
        call,
        lambda order, after: call.db.execute(
            f"SELECT * FROM raw_databases WHERE {order} > ? ORDER BY {order}",  # noqa: S608 our own column
            (after,),
        ),
        lambda row: reach.everywhere or any(database == row["name"] for database, _ in reach.tables),
    )


def delete(call: Call) -> dict[str, Any]:
    """Delete databases: empty ones, or with ``recursive`` all that is in them."""
    for each in call.body.items:
        require(call, "rawAcl", "WRITE", database=each.name)
        database = existing(call, each.name)
        tables = call.db.execute("SELECT 1 FROM raw_tables WHERE database = ?", (database["n"],)).fetchone()
        if tables and not call.body.recursive:
            raise CdfError(400, f"The database {each.name} has tables: delete them, or set recursive")
        call.db.execute("DELETE FROM raw_databases WHERE n = ?", (database["n"],))
    return {}


PATH = "/raw/dbs"
ENDPOINTS = [
    Endpoint("POST", PATH, create, Databases, status=201, writes=True, rights=WRITE, assumed=(TAKEN,)),
    Endpoint("GET", PATH, list_all, params=NamesQuery, rights=LIST, lags=True, assumed=PAGED),
    Endpoint(
        "POST",
        f"{PATH}/delete",
        delete,
        DeletedDatabases,
        writes=True,
        rights=WRITE,
        assumed=(UNKNOWN_IDS,),
    ),
]
