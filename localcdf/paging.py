"""Cursors: opaque, and only good for the list that gave them out."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

Row = Mapping[str, Any]
Position = tuple[int, ...]  # where a page ended, in the order of the list


FULL_PAGE_CURSOR = Reading(
    "full-page-cursor",
    {
        "given": "a full page has a cursor, even if nothing follows",
        "none": "a page that nothing follows has no cursor",
    },
)
LIST_ORDER = Reading(
    "list-order",
    {
        "by-id": "lists come in the order of internal ids, which is no order of time",
        "by-time": "lists come in the order in which the items were created",
    },
)
PAGED = (FULL_PAGE_CURSOR, LIST_ORDER)  # what a list of records depends on


def by_id(row: Row) -> Position:
    """Return the position of a row in a list ordered by id."""
    return (row["id"],)


@dataclass(frozen=True)
class Order:
    """An order of records: by columns of their table."""

    columns: str  # SQL
    position: Callable[[Row], Position]
    start: Position  # before all others


BY_ID = Order("id", by_id, (0,))
BY_TIME = Order("json_extract(doc, '$.createdTime'), id", lambda row: (row["createdTime"], row["id"]), (0, 0))


def list_order(call: Call) -> Order:
    """Return the order in which lists of records come."""
    return BY_ID if call.reads(LIST_ORDER, "by-id") else BY_TIME


def page(
    call: Call, rows: Iterable[Row], limit: int, query: Body, position: Callable[[Row], Position] = by_id
) -> dict[str, Any]:
    """Return up to ``limit`` of ``rows`` and, if there may be more, the cursor to go on after the last."""
    items = list(islice(rows, limit + 1))
    full = limit if call.reads(FULL_PAGE_CURSOR, "given") else limit + 1
    if len(items) < full:
        return {"items": items}
    return {"items": items[:limit], "nextCursor": encode_cursor(query, position(items[limit - 1]))}


def encode_cursor(query: Body, position: Position) -> str:
    """Return the cursor of ``query`` that goes on after ``position``."""
    content = ".".join([_digest(query), *map(str, position)])
    return base64.urlsafe_b64encode(content.encode()).decode()


def decode_cursor(query: Body, cursor: str | None, start: Position = (0,)) -> Position:
    """Return the position in ``cursor``, or ``start`` without one.

    Refuses a cursor that another query, or nobody, gave out.
    """
    if cursor is None:
        return start
    try:
        digest, *numbers = base64.urlsafe_b64decode(cursor.encode()).decode().split(".")
        position = tuple(int(each) for each in numbers)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise CdfError(400, "Invalid cursor: send one that this list answered") from error
    if len(position) != len(start) or any(each >= 2**63 for each in position):
        raise CdfError(400, "Invalid cursor: send one that this list answered")
    if digest != _digest(query):
        raise CdfError(400, "The cursor belongs to a list with other parameters: keep all but the cursor")
    return position


def _digest(query: Body) -> str:
    """Tell apart what must stay the same from page to page."""
    content = type(query).__name__ + query.model_dump_json(exclude={"cursor", "limit"}, exclude_none=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
