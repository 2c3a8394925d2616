"""Finding instances: conditions, an order, and where to go on."""

# ruff: noqa: S608  SQL is made of our own words; what requests give goes into parameters

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from localcdf.data_modeling.instances.body import SearchSort, Sort
from localcdf.data_modeling.queries.columns import Column, Scope, column
from localcdf.data_modeling.queries.cursors import INVALID
from localcdf.data_modeling.queries.sql import Sql, joined, run
from localcdf.data_modeling.schema.container_body import BtreeIndex
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.readings import Reading

INSTANCE_ORDER = Reading(
    "instance-order",
    {
        "scattered": "without a sort, and among equals, instances come in an order that has no meaning",
        "by-time": "without a sort, and among equals, instances come in the order in which they were made",
    },
)
LIVE = Sql("i.deleted_time IS NULL")
T = TypeVar("T")
Position = list[Any]  # the values sorted by, and the id


@dataclass(frozen=True)
class Term:
    """One expression to sort by."""

    sql: str
    descending: bool


SCATTERED = Term("(i.id * 2654435761 % 4294967296)", descending=False)  # there is an index on it


@dataclass(frozen=True)
class Order:
    """An order of instances; ties, and all without terms, come in the order in which they were made."""

    terms: tuple[Term, ...] = ()
    cursorable: bool = True  # whether a page can be followed by another

    def after(self, position: Position) -> Sql:
        """Return the condition to come after ``position``."""
        terms = [*self.terms, Term("i.id", descending=False)]
        if len(position) != len(terms) or any(isinstance(each, dict | list) for each in position):
            raise CdfError(400, INVALID)
        options = []
        for index, term in enumerate(terms):
            equal = [Sql(f"({each.sql} IS ?)", (value,)) for each, value in zip(terms, position, strict=True)]
            beyond = Sql(f"({term.sql} {'<' if term.descending else '>'} ?)", (position[index],))
            options.append(joined("AND", [*equal[:index], beyond]))
        return joined("OR", options)


def order(sorts: Sequence[Sort | SearchSort] | None, scope: Scope) -> Order:
    """Return the order that a request asks for."""
    columns = [column(each.path, scope) for each in sorts or ()]
    terms = []
    for each, sorted_by in zip(sorts or (), columns, strict=True):
        if sorted_by.type.is_list or sorted_by.type.type == "json":
            raise CdfError(400, f"{each.path} cannot be sorted by: it is a list or JSON")
        # Nulls are a term of their own, so that a page can end among them.
        terms.append(Term(f"({sorted_by.sql} IS NULL)", descending=getattr(each, "nulls_first", False)))
        terms.append(Term(sorted_by.sql, descending=each.direction == "descending"))
    cursorable = not terms or _is_indexed(columns, sorts or ())
    if scope.schema.reads(INSTANCE_ORDER, "scattered"):
        terms.append(SCATTERED)
    return Order(tuple(terms), cursorable)


def _is_indexed(columns: Sequence[Column], sorts: Sequence[Sort | SearchSort]) -> bool:
    """Whether a cursorable index stands behind a sort: its properties, in its order, in one direction."""
    containers = {each.container.id if each.container else 0 for each in columns}
    if len(containers) != 1 or columns[0].container is None or len({each.direction for each in sorts}) != 1:
        return False
    names = [each.name for each in columns]
    indexes = columns[0].container.body.indexes.values()
    return any(
        isinstance(each, BtreeIndex) and each.cursorable and each.properties == names for each in indexes
    )


def seen(scope: Scope) -> Sql:
    """Return the condition to be of the scope's type of instance, and in a space that the caller may read."""
    return joined("AND", [Sql(f"{scope.alias}.kind = '{scope.kind}'"), *scope.visible()])


def find(
    db: sqlite3.Connection,
    where: Sequence[Sql],
    order_: Order,
    *,
    after: Position | None = None,
    limit: int | None = None,
) -> list[tuple[int, Position]]:
    """Return the ids of the instances that meet all conditions, each with its position in the order."""
    conditions = [*where, order_.after(after)] if after is not None else list(where)
    condition = joined("AND", conditions)
    columns = ", ".join([each.sql for each in order_.terms] + ["i.id"])
    sorting = ", ".join(
        [f"{each.sql} {'DESC' if each.descending else 'ASC'}" for each in order_.terms] + ["i.id"]
    )
    text = f"SELECT {columns} FROM dm_instance AS i WHERE {condition.text} ORDER BY {sorting} LIMIT ?"
    rows = run(db, Sql(text, (*condition.parameters, -1 if limit is None else limit)))
    return [(row[-1], list(row)) for row in map(tuple, rows)]


def cut(call: Call, found: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """Return the page in ``found``, of which one more than ``limit`` was asked for, and whether to go on."""
    full = limit if call.reads(FULL_PAGE_CURSOR, "given") else limit + 1
    return list(found[:limit]), len(found) >= full


def ids_of(found: Sequence[tuple[int, Position]]) -> list[int]:
    """Return the ids alone."""
    return [each for each, _ in found]
