"""What databases and tables have in common: a name, a time, and lists of them."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import Field

from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.fields import PageLimit
from localcdf.paging import LIST_ORDER, decode_cursor, page
from localcdf.plain import items_of
from localcdf.records import TAKEN

READ, WRITE, LIST = ("rawAcl:READ",), ("rawAcl:WRITE",), ("rawAcl:LIST",)
DatabaseName = Annotated[str, Field(min_length=1, max_length=32)]
TableName = Annotated[str, Field(min_length=1, max_length=64)]


class Database(Body):
    """A database."""

    name: DatabaseName


class Table(Body):
    """A table."""

    name: TableName


Databases: Any = items_of(Database)
DeletedDatabases: Any = items_of(Database, recursive=(bool, False))
Tables: Any = items_of(Table)


class NamesQuery(Body):
    """The query parameters of a list of names."""

    limit: PageLimit = 25
    cursor: str | None = None


class EnsureParent(Body):
    """Whether to make what is missing above."""

    ensure_parent: bool = False


def refuse_taken(call: Call, names: Sequence[str], exists: Callable[[str], Any], thing: str) -> None:
    """Refuse names that are there already, or twice in the request."""
    taken = [name for n, name in enumerate(names) if name in names[:n] or exists(name)]
    if taken:
        raise CdfError(
            409 if call.reads(TAKEN, "409") else 400,
            f"{thing} of these names exist already: {', '.join(dict.fromkeys(taken))}",
            duplicated=[{"name": name} for name in dict.fromkeys(taken)],
        )


def page_of_names(call: Call, rows: Callable[[str, int], sqlite3.Cursor], seen: Callable[[Any], bool]) -> Any:
    """Return a page of what ``rows`` gives from a position on, in an order, that may be ``seen``."""
    query: NamesQuery = call.params
    order = "n" if call.reads(LIST_ORDER, "by-time") else "id"
    (after,) = decode_cursor(query, query.cursor)
    made = page(
        call, (row for row in rows(order, after) if seen(row)), query.limit, query, lambda row: (row[order],)
    )
    return made | {"items": [shown(row) for row in made["items"]]}


def shown(row: Any) -> dict[str, Any]:
    """Return a database or a table as CDF shows it."""
    return {"name": row["name"], "createdTime": row["created"]}
