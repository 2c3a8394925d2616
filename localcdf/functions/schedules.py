"""Schedules: a function is called by cron, for as long as the schedule and its session last."""

import json
import sqlite3
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from localcdf import cron, sessions
from localcdf.agenda import Task, plan
from localcdf.clouds import SCHEDULES_PER_FUNCTION, SCHEDULES_PER_PROJECT
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.fields import ExternalId, InternalId, TimeRange
from localcdf.filters import matcher, wanted_fields, within
from localcdf.functions.call_table import Origin, insert
from localcdf.functions.calls import begin, check_callable, check_data
from localcdf.functions.models import Limit
from localcdf.functions.resource import READ, WRITE, id_in_path
from localcdf.functions.table import FUNCTIONS
from localcdf.paging import LIST_ORDER, list_order
from localcdf.plain import IGNORE_UNKNOWN, items_of
from localcdf.readings import Reading
from localcdf.records import (
    UNKNOWN_IDS,
    UNKNOWN_IN_PATH,
    Record,
    Records,
    find_all,
    not_in_path,
)

SCHEDULES = Records("function_schedules", "Schedules")
BONDS = """
CREATE TABLE IF NOT EXISTS function_schedule_bonds (
    schedule INTEGER PRIMARY KEY REFERENCES function_schedules (id) ON DELETE CASCADE,
    function INTEGER NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    session INTEGER NOT NULL REFERENCES sessions (id)
);
CREATE TRIGGER IF NOT EXISTS function_schedules_go AFTER DELETE ON function_schedule_bonds
BEGIN DELETE FROM function_schedules WHERE id = OLD.schedule; END;
"""
SCHEMA = SCHEDULES.schema + BONDS
WITHOUT_DATA = Reading(
    "schedule-without-data",
    {
        "empty": "the input data of a schedule without data is an empty object",
        "absent": "the input data of a schedule without data is not in the answer",
    },
)

Name = Annotated[str, Field(min_length=1, max_length=140)]
Cron = Annotated[str, Field(max_length=1024)]
Description = Annotated[str, Field(max_length=500)]


class Schedule(Body):
    """A schedule as created."""

    name: Name
    description: Description | None = None
    cron_expression: Annotated[Cron, AfterValidator(cron.check_cron)]
    function_id: InternalId
    data: dict[str, Any] | None = None
    nonce: Annotated[str, Field(min_length=1)]


class ScheduleFilter(Body):
    """Which schedules to list."""

    name: Name | None = None
    function_id: InternalId | None = None
    function_external_id: ExternalId | None = None
    created_time: TimeRange | None = None
    cron_expression: Cron | None = None

    @model_validator(mode="after")
    def _of_one_function(self) -> "ScheduleFilter":
        if self.function_id is not None and self.function_external_id is not None:
            raise ValueError("functionId and functionExternalId: give one of them, not both")
        return self


class ScheduleList(Body):
    """A list by POST; it has no pages."""

    filter: ScheduleFilter | None = None
    limit: Limit = 100


class ScheduleQuery(Body):
    """A list by GET; it has no pages."""

    limit: Limit = 100


class ScheduleId(Body):
    """A schedule."""

    id: InternalId


NewSchedules = items_of(Schedule, most=1)
ScheduleIds: Any = items_of(ScheduleId, most=10_000, **IGNORE_UNKNOWN)
DeletedSchedules: Any = items_of(ScheduleId, most=10_000)


def create(call: Call) -> dict[str, Any]:
    """Store a schedule and plan its first call."""
    (wanted,) = call.body.items
    function = FUNCTIONS.find(call.db, {"id": wanted.function_id})
    if function is None:
        raise CdfError(
            400,
            f"functionId {wanted.function_id} is the id of no function",
            missing=[{"id": wanted.function_id}],
        )
    check_data(call, wanted.data or {})
    _check_room(call, function)
    session = sessions.spend(call, wanted.nonce)
    document = wanted.model_dump(by_alias=True, exclude_none=True, exclude={"nonce"})
    document |= {"when": f"{wanted.cron_expression} (UTC)", "sessionId": str(session.id)}
    (made,) = SCHEDULES.insert(call, [document])
    call.db.execute(
        "INSERT INTO function_schedule_bonds VALUES (?, ?, ?)", (made["id"], function["id"], session.id)
    )
    _plan(call.db, made, call.now)
    return {"items": [_shown(made)]}


def _check_room(call: Call, function: Record) -> None:
    rows = call.db.execute("SELECT function FROM function_schedule_bonds").fetchall()
    of_function = sum(row["function"] == function["id"] for row in rows)
    for named, count, most in (
        ("function", of_function, SCHEDULES_PER_FUNCTION),
        ("project", len(rows), SCHEDULES_PER_PROJECT),
    ):
        if count >= most:
            raise CdfError(400, f"A {named} has at most {most} schedules: delete some first")


def _plan(db: sqlite3.Connection, schedule: Record, after: int) -> None:
    plan(db, cron.next_after(schedule["cronExpression"], after), FIRE.kind, {"schedule": schedule["id"]})


def _fire(call: Call, work: dict[str, Any]) -> None:
    """Call the function, and plan the next time; a call that cannot be is kept as failed."""
    schedule = SCHEDULES.find(call.db, {"id": work["schedule"]})
    if schedule is None:
        return
    _plan(call.db, schedule, call.now)
    function = FUNCTIONS.find(call.db, {"id": schedule["functionId"]})
    assert function is not None, "a schedule goes with its function"
    origin = Origin(schedule["id"], call.now)
    data = schedule.get("data", {})
    try:
        check_callable(call, function, data)
        session = sessions.renew(call, int(schedule["sessionId"]))
    except CdfError as error:
        insert(call, function, origin, "Failed", error.message)
        return
    begin(call, function, data, session.token, origin)


FIRE = Task("function-schedule", _fire)
TASKS = (FIRE,)


def skip_missed(db: sqlite3.Connection, now: int) -> None:
    """Leave out what was to be called while the local CDF was not there: only the next time counts."""
    for row in db.execute(
        "SELECT n, payload FROM agenda WHERE kind = ? AND at < ?", (FIRE.kind, now)
    ).fetchall():
        db.execute("DELETE FROM agenda WHERE n = ?", (row["n"],))
        schedule = SCHEDULES.find(db, {"id": json.loads(row["payload"])["schedule"]})
        if schedule is not None:
            _plan(db, schedule, now)


def list_matching(call: Call) -> dict[str, Any]:
    """Return the schedules that match the filter, as many as asked for."""
    wanted = wanted_fields(call.body.filter)
    external_id = wanted.pop("functionExternalId", None)
    if external_id is not None:
        function = FUNCTIONS.find(call.db, {"externalId": external_id})
        wanted["functionId"] = function["id"] if function else None
    return _list(call, wanted, call.body.limit)


def list_all(call: Call) -> dict[str, Any]:
    """Return the schedules, as many as asked for."""
    return _list(call, {}, call.params.limit)


def _list(call: Call, wanted: dict[str, Any], limit: int) -> dict[str, Any]:
    matches = matcher(wanted, {"createdTime": within("createdTime")})
    found = SCHEDULES.scan(call.db, matches, list_order(call))
    return {"items": [_shown(schedule) for schedule in found][:limit]}


def retrieve(call: Call) -> dict[str, Any]:
    """Return schedules by id, in the order asked for."""
    found = find_all(
        call,
        lambda identifier: SCHEDULES.find(call.db, identifier),
        [{"id": each.id} for each in call.body.items],
        SCHEDULES.thing,
        ignore_unknown=call.body.ignore_unknown_ids,
    )
    return {"items": [_shown(schedule) for schedule in found]}


def retrieve_one(call: Call) -> dict[str, Any]:
    """Return the schedule that the path names."""
    return _shown(_in_path(call))


def input_data(call: Call) -> dict[str, Any]:
    """Return what the function is called with."""
    schedule = _in_path(call)
    if "data" not in schedule and call.reads(WITHOUT_DATA, "absent"):
        return {"id": schedule["id"]}
    return {"id": schedule["id"], "data": schedule.get("data", {})}


def delete(call: Call) -> dict[str, Any]:
    """Delete schedules; the calls that they have made stay."""
    identifiers = [{"id": each.id} for each in call.body.items]
    found = find_all(
        call, lambda identifier: SCHEDULES.find(call.db, identifier), identifiers, SCHEDULES.thing
    )
    SCHEDULES.delete(call.db, [each["id"] for each in found])
    return {}


def _in_path(call: Call) -> Record:
    schedule = SCHEDULES.find(call.db, {"id": id_in_path(call, "scheduleId")})
    if schedule is None:
        raise not_in_path(call, f"There is no schedule {call.path['scheduleId']}")
    return schedule


def _shown(schedule: Record) -> Record:
    """Return a schedule as CDF shows it; its data has a path of its own."""
    return {name: value for name, value in schedule.items() if name not in ("lastUpdatedTime", "data")}


PATH = "/functions/schedules"
ENDPOINTS = [
    Endpoint(
        "POST",
        PATH,
        create,
        NewSchedules,
        status=201,
        writes=True,
        rights=WRITE,
        assumed=(sessions.BAD_NONCE,),
        supposed=("a call that cannot be started at its time is kept as one that failed",),
        unserved=(
            "functionExternalId, which is deprecated",
            "when says the cron expression again",
            "what was to be called while the local CDF was stopped is left out",
        ),
    ),
    Endpoint("GET", PATH, list_all, params=ScheduleQuery, rights=READ, lags=True, assumed=(LIST_ORDER,)),
    Endpoint(
        "POST", f"{PATH}/list", list_matching, ScheduleList, rights=READ, lags=True, assumed=(LIST_ORDER,)
    ),
    Endpoint("POST", f"{PATH}/byids", retrieve, ScheduleIds, rights=READ, assumed=(UNKNOWN_IDS,)),
    Endpoint(
        "POST",
        f"{PATH}/delete",
        delete,
        DeletedSchedules,
        writes=True,
        rights=WRITE,
        assumed=(UNKNOWN_IDS,),
    ),
    Endpoint("GET", f"{PATH}/{{scheduleId}}", retrieve_one, rights=READ, assumed=(UNKNOWN_IN_PATH,)),
    Endpoint(
        "GET",
        f"{PATH}/{{scheduleId}}/input_data",
        input_data,
        rights=READ,
        assumed=(UNKNOWN_IN_PATH, WITHOUT_DATA),
    ),
]
