"""What is told of calls of functions: lists of them, what each returned and what it printed."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from localcdf.endpoint import Body, Call, Endpoint
from localcdf.fields import InternalId, TimeRange
from localcdf.filters import matcher, wanted_fields, within
from localcdf.functions.call_table import find, shown
from localcdf.functions.calls import LOG
from localcdf.functions.models import Limit
from localcdf.functions.resource import READ, function_in_path, id_in_path
from localcdf.paging import FULL_PAGE_CURSOR, Position, Row, decode_cursor, page
from localcdf.plain import IGNORE_UNKNOWN, items_of
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, Record, find_all, not_in_path

MOST_IN_A_PAGE = 1000
TESTS = {"startTime": within("startTime"), "endTime": within("endTime")}


class CallFilter(Body):
    """Which calls to list."""

    schedule_id: InternalId | None = None
    status: Literal["Running", "Completed", "Failed", "Timeout"] | None = None
    start_time: TimeRange | None = None
    end_time: TimeRange | None = None


class CallList(Body):
    """A list by POST."""

    filter: CallFilter | None = None
    limit: Limit = 100
    cursor: str | None = None


class CallQuery(Body):
    """A list by GET."""

    limit: Limit = 100
    cursor: str | None = None


class CallId(Body):
    """A call."""

    id: InternalId


CallIds: Any = items_of(CallId, most=10_000, **IGNORE_UNKNOWN)


def list_matching(call: Call) -> dict[str, Any]:
    """Return one page of a function's calls that match, newest first."""
    return _page(call, call.body, call.body.filter)


def list_all(call: Call) -> dict[str, Any]:
    """Return one page of a function's calls, newest first."""
    return _page(call, call.params, None)


def _page(call: Call, query: CallList | CallQuery, wanted: CallFilter | None) -> dict[str, Any]:
    function = function_in_path(call)
    after = decode_cursor(query, query.cursor, start=(2**63 - 1, 0))
    rows = call.db.execute(
        "SELECT * FROM function_calls WHERE function = ? AND (started, id) < (?, ?)"
        " ORDER BY started DESC, id DESC",
        (function["id"], *after),
    )
    matches = matcher(wanted_fields(wanted), TESTS)
    found: Iterator[Record] = filter(matches, map(shown, rows))
    return page(call, found, min(query.limit, MOST_IN_A_PAGE), query, _position)


def _position(shown: Row) -> Position:
    return shown["startTime"], shown["id"]


def retrieve(call: Call) -> dict[str, Any]:
    """Return calls of a function by id, in the order asked for."""
    function = function_in_path(call)

    def find_shown(identifier: Any) -> Record | None:
        row = _find(call, function, identifier["id"])
        return shown(row) if row else None

    identifiers = [{"id": each.id} for each in call.body.items]
    found = find_all(call, find_shown, identifiers, "Calls", ignore_unknown=call.body.ignore_unknown_ids)
    return {"items": found}


def retrieve_one(call: Call) -> dict[str, Any]:
    """Return the call that the path names."""
    return shown(_in_path(call))


def response(call: Call) -> dict[str, Any]:
    """Return what the function returned; without a ``response`` before it has, or for None."""
    row = _in_path(call)
    answer = {"functionId": row["function"], "callId": row["id"]}
    return answer if row["response"] is None else answer | {"response": json.loads(row["response"])}


def logs(call: Call) -> dict[str, Any]:
    """Return what the function printed, once it has ended."""
    rows = call.db.execute(
        "SELECT at, message FROM function_call_logs WHERE call = ? ORDER BY n", (_in_path(call)["id"],)
    )
    return {"items": [{"timestamp": row["at"], "message": row["message"]} for row in rows]}


def _in_path(call: Call) -> Any:
    row = _find(call, function_in_path(call), id_in_path(call, "callId"))
    if row is None:
        raise not_in_path(call, f"Function {call.path['functionId']} has no call {call.path['callId']}")
    return row


def _find(call: Call, function: Record, made: int) -> Any:
    """Return the row of a call, or None when it is not one of this function."""
    row = find(call.db, made)
    return row if row and row["function"] == function["id"] else None


_PAGES = (FULL_PAGE_CURSOR, UNKNOWN_IN_PATH)
BELOW = "/functions/{functionId}/calls"
ENDPOINTS = [
    Endpoint("GET", BELOW, list_all, params=CallQuery, rights=READ, lags=True, assumed=_PAGES),
    Endpoint("POST", f"{BELOW}/list", list_matching, CallList, rights=READ, lags=True, assumed=_PAGES),
    Endpoint(
        "POST",
        f"{BELOW}/byids",
        retrieve,
        CallIds,
        rights=READ,
        assumed=(UNKNOWN_IDS, UNKNOWN_IN_PATH),
    ),
    Endpoint("GET", f"{BELOW}/{{callId}}", retrieve_one, rights=READ, assumed=(UNKNOWN_IN_PATH,)),
    Endpoint(
        "GET",
        f"{BELOW}/{{callId}}/response",
        response,
        rights=READ,
        assumed=(UNKNOWN_IN_PATH,),
    ),
    Endpoint(
        "GET",
        f"{BELOW}/{{callId}}/logs",
        logs,
        rights=READ,
        assumed=(UNKNOWN_IN_PATH, LOG),
        unserved=("a log is there when the call has ended, and has a megabyte at most",),
    ),
]
