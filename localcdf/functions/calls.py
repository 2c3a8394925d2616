"""Calls of functions: started with a nonce, run beside the server, kept with their answer and their log."""

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from pydantic_core import to_json

from localcdf import sessions
from localcdf.agenda import plan
from localcdf.clouds import RUNNING_PER_FUNCTION, RUNNING_PER_PROJECT
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.fields import InternalId, TimeRange
from localcdf.filters import matcher, wanted_fields, within
from localcdf.functions.handlers import DEFAULT_PATH
from localcdf.functions.models import Limit
from localcdf.functions.resource import READ, function_in_path, id_in_path
from localcdf.functions.runner import Ending, Job
from localcdf.functions.table import FUNCTIONS, code_of, secrets_of
from localcdf.paging import FULL_PAGE_CURSOR, Position, Row, decode_cursor, page
from localcdf.plain import IGNORE_UNKNOWN, items_of
from localcdf.readings import Reading
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, Record, find_all, not_in_path
from localcdf.store import new_id

if TYPE_CHECKING:
    from localcdf.service import Service

SCHEMA = """
CREATE TABLE IF NOT EXISTS function_calls (
    id INTEGER PRIMARY KEY,
    function INTEGER NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    error TEXT,
    response TEXT,
    schedule INTEGER, -- the schedule that made it, and for when
    planned INTEGER,
    follow_up TEXT -- JSON: the kind and payload of the agenda's work that follows its end
);
CREATE INDEX IF NOT EXISTS function_calls_newest ON function_calls (function, started DESC, id DESC);
CREATE INDEX IF NOT EXISTS function_calls_running ON function_calls (function) WHERE status = 'Running';
CREATE TABLE IF NOT EXISTS function_call_logs (
    call INTEGER NOT NULL REFERENCES function_calls (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (call, n)
);
"""
LOG = Reading(
    "function-log",
    {
        "stdout": "the log of a call has what was printed",
        "stdout-and-stderr": "the log of a call has what was printed and what went to standard error",
    },
)
MOST_IN_A_PAGE = 1000
TESTS = {"startTime": within("startTime"), "endTime": within("endTime")}


class NewCall(Body):
    """What to call a function with."""

    data: dict[str, Any] | None = None
    nonce: Annotated[str, Field(min_length=1)]


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


def start(call: Call) -> dict[str, Any]:
    """Start a call of a function that is ready; it runs once this request is done."""
    function = function_in_path(call)
    data = call.body.data or {}
    check_callable(call, function, data)
    session = sessions.spend(call, call.body.nonce)
    return begin(call, function, data, session.token)


def check_callable(call: Call, function: Record, data: dict[str, Any]) -> None:
    """Refuse a call that cannot be started now."""
    if function["status"] != "Ready":
        raise CdfError(400, f"Function {function['id']} is {function['status']}: it can be called when Ready")
    check_data(call, data)
    _check_room(call, function)


def check_data(call: Call, data: dict[str, Any]) -> None:
    """Refuse data that is larger than the cloud takes."""
    if (size := len(to_json(data))) > call.cloud.input_bytes:
        raise CdfError(
            400, f"data is {size} bytes of JSON, more than the {call.cloud.input_bytes} of this cloud"
        )


@dataclass(frozen=True)
class Origin:
    """Where a call comes from if not from a request: a schedule, or who wants to know how it ends."""

    schedule: int | None = None
    planned: int | None = None  # for when, epoch milliseconds
    follow_up: tuple[str, dict[str, Any]] | None = None  # the kind and payload of what is done at its end


def begin(
    call: Call, function: Record, data: dict[str, Any], token: str, origin: Origin = Origin()
) -> Record:
    """Start a call with a session's token, and return it; it runs once the transaction is kept."""
    made = new_id(call.db)
    call.db.execute(
        "INSERT INTO function_calls (id, function, status, started, schedule, planned, follow_up) "
        "VALUES (?, ?, 'Running', ?, ?, ?, ?)",
        (
            made,
            function["id"],
            call.now,
            origin.schedule,
            origin.planned,
            json.dumps(origin.follow_up) if origin.follow_up else None,
        ),
    )
    FUNCTIONS.replace(call, function | {"lastCalled": call.now}, touch=False)
    call.afterwards.append(partial(_launch, _job(call, function, made, data, token, origin)))
    return _shown(_row(call.db, function, made))


def fail(call: Call, function: Record, reason: CdfError, origin: Origin) -> None:
    """Keep a call that could not be started, as one that failed at once."""
    error = json.dumps({"message": reason.message, "trace": ""})
    call.db.execute(
        "INSERT INTO function_calls (id, function, status, started, ended, error, schedule, planned) "
        "VALUES (?, ?, 'Failed', ?, ?, ?, ?, ?)",
        (
            new_id(call.db),
            function["id"],
            call.now,
            call.now,
            error,
            origin.schedule,
            origin.planned,
        ),
    )


def _check_room(call: Call, function: Record) -> None:
    rows = call.db.execute("SELECT function FROM function_calls WHERE status = 'Running'")
    running = Counter(row["function"] for row in rows)
    for named, count, most in (
        ("function", running[function["id"]], RUNNING_PER_FUNCTION),
        ("project", running.total(), RUNNING_PER_PROJECT),
    ):
        if count >= most:
            raise CdfError(429, f"Too many running calls: a {named} may have {most} at once")


def _job(call: Call, function: Record, made: int, data: dict[str, Any], token: str, origin: Origin) -> Job:
    cloud, code = call.cloud, code_of(call, function)
    info = {"function_id": str(function["id"]), "call_id": str(made)}
    if origin.schedule is not None:
        info |= {"schedule_id": str(origin.schedule), "scheduled_time": str(origin.planned)}
    return Job(
        call=made,
        archive=call.blobs / code.blob,
        python=code.python or sys.executable,
        environment=function.get("envVars", {}),
        seconds=cloud.timeout_minutes * 60,
        response_bytes=cloud.response_mb * 1_000_000,
        memory_bytes=int(function["memory"] * 1_000_000_000),
        log_errors=call.reads(LOG, "stdout-and-stderr"),
        told={
            "function_path": function.get("functionPath", DEFAULT_PATH),
            "data": data,
            "secrets": secrets_of(call, function),
            "function_call_info": info,
            "client": {
                "name": function.get("externalId") or function["name"],
                "project": call.project,
                "base_url": call.base_url,
                "token": token,
            },
        },
    )


def _launch(job: Job, service: "Service") -> None:
    service.runner.start(
        job, lambda ending: service.worker.submit(_record, service, job.call, ending).result()
    )


def _record(service: "Service", made: int, ending: Ending) -> None:
    """Keep how a call ended, unless it was deleted meanwhile."""
    with service.own_turn() as call:
        response = None if ending.response is None else json.dumps(ending.response)
        error = None if ending.error is None else json.dumps(ending.error)
        changed = call.db.execute(
            "UPDATE function_calls SET status = ?, ended = ?, error = ?, response = ? WHERE id = ?",
            (ending.status, call.now, error, response, made),
        )
        if changed.rowcount:
            lines = [(made, n, line.at, line.message) for n, line in enumerate(ending.log)]
            call.db.executemany("INSERT INTO function_call_logs VALUES (?, ?, ?, ?)", lines)
            _follow_up(call.db, call.now, "id = ?", made)


def _follow_up(db: sqlite3.Connection, now: int, where: str, *values: Any) -> None:
    """Have done next what waits for the end of calls."""
    rows = db.execute(f"SELECT follow_up FROM function_calls WHERE follow_up IS NOT NULL AND {where}", values)  # noqa: S608
    for row in rows.fetchall():
        kind, payload = json.loads(row["follow_up"])
        plan(db, now, kind, payload)


def fail_interrupted(db: sqlite3.Connection, now: int) -> None:
    """Let calls fail that ran when the local CDF was last stopped."""
    error = {"message": "The local CDF was stopped while the call ran", "trace": ""}
    _follow_up(db, now, "status = 'Running'")
    db.execute(
        "UPDATE function_calls SET status = 'Failed', ended = ?, error = ? WHERE status = 'Running'",
        (now, json.dumps(error)),
    )


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
    found: Iterator[Record] = filter(matches, map(_shown, rows))
    return page(call, found, min(query.limit, MOST_IN_A_PAGE), query, _position)


def _position(shown: Row) -> Position:
    return shown["startTime"], shown["id"]


def retrieve(call: Call) -> dict[str, Any]:
    """Return calls of a function by id, in the order asked for."""
    function = function_in_path(call)

    def find(identifier: Any) -> Record | None:
        row = _row(call.db, function, identifier["id"])
        return _shown(row) if row else None

    identifiers = [{"id": each.id} for each in call.body.items]
    return {"items": find_all(call, find, identifiers, "Calls", ignore_unknown=call.body.ignore_unknown_ids)}


def retrieve_one(call: Call) -> dict[str, Any]:
    """Return the call that the path names."""
    return _shown(_in_path(call))


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


def _in_path(call: Call) -> sqlite3.Row:
    row = _row(call.db, function_in_path(call), id_in_path(call, "callId"))
    if row is None:
        raise not_in_path(call, f"Function {call.path['functionId']} has no call {call.path['callId']}")
    return row


def _row(db: sqlite3.Connection, function: Record, made: int) -> Any:
    return db.execute(
        "SELECT * FROM function_calls WHERE id = ? AND function = ?", (made, function["id"])
    ).fetchone()


def ending_of(db: sqlite3.Connection, made: int) -> Any:
    """Return the row of a call, or None when it is deleted."""
    return db.execute("SELECT * FROM function_calls WHERE id = ?", (made,)).fetchone()


def _shown(row: Any) -> Record:
    shown = {
        "id": row["id"],
        "status": row["status"],
        "startTime": row["started"],
        "functionId": row["function"],
    }
    if row["ended"] is not None:
        shown["endTime"] = row["ended"]
    if row["schedule"] is not None:
        shown |= {"scheduleId": row["schedule"], "scheduledTime": row["planned"]}
    return shown if row["error"] is None else shown | {"error": json.loads(row["error"])}


_PAGES = (FULL_PAGE_CURSOR, UNKNOWN_IN_PATH)
BELOW = "/functions/{functionId}/calls"
ENDPOINTS = [
    Endpoint(
        "POST",
        "/functions/{functionId}/call",
        start,
        NewCall,
        status=201,
        writes=True,
        rights=("functionsAcl:RUN or functionsAcl:WRITE",),
        assumed=(UNKNOWN_IN_PATH, sessions.BAD_NONCE),
        unserved=(
            "cpu is not limited, and memory process by process",
            "calls are not forgotten after 90 days",
        ),
    ),
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
