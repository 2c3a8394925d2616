"""Pieces of SQL with their parameters, and the limits that SQLite sets to them."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localcdf.data_modeling.references import canonical
from localcdf.errors import CdfError

MAX_TEXT = 900_000  # SQLite takes a million characters, and at least 32766 parameters
MAX_PARAMETERS = 32_000


@dataclass(frozen=True)
class Sql:
    """A piece of SQL."""

    text: str
    parameters: tuple[Any, ...] = ()


def bound(value: Any) -> Any:
    """Return a property value as SQL compares it: objects and lists as their canonical text."""
    if isinstance(value, bool):
        return int(value)
    return canonical(value) if isinstance(value, dict | list) else value


def bound_list(values: Sequence[Any]) -> str:
    """Return property values as one parameter, for ``json_each``."""
    return canonical([bound(each) for each in values])


def joined(operator: str, parts: Sequence[Sql]) -> Sql:
    """Join conditions as a balanced tree: SQLite bounds the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(operator, parts[:middle]), joined(operator, parts[middle:])
    return Sql(f"({left.text} {operator} {right.text})", left.parameters + right.parameters)


def run(db: sqlite3.Connection, sql: Sql) -> sqlite3.Cursor:
    """Run a query that a request made; one that is too large for SQLite is a 400."""
    if len(sql.text) > MAX_TEXT or len(sql.parameters) > MAX_PARAMETERS:
        raise CdfError(
            400, "The filter is too large: give several values to one in, or ask in several requests"
        )
    try:
        return db.execute(sql.text, sql.parameters)
    except sqlite3.OperationalError as error:
        if any(limit in str(error) for limit in ("stack overflow", "Expression tree is too large")):
            raise CdfError(400, "Filters are nested too deep") from error
        raise
