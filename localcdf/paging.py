"""Cursors: opaque, and only good for the list that gave them out."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from localcdf.endpoint import Body
from localcdf.errors import CdfError

Row = Mapping[str, Any]
Position = tuple[int, ...]  # where a page ended, in the order of the list


def by_id(row: Row) -> Position:
    """Return the position of a row in a list ordered by id."""
    return (row["id"],)


def page(
    rows: Iterable[Row], limit: int, query: Body, position: Callable[[Row], Position] = by_id
) -> dict[str, Any]:
    """Return up to ``limit`` of ``rows`` and, if there are more, the cursor to go on after the last one."""
    items = list(islice(rows, limit + 1))
    if len(items) <= limit:
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
