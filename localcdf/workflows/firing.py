"""What triggers do by themselves: at the times of their cron, or when instances have changed."""

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from localcdf import cron, sessions
from localcdf.agenda import Task as Plan
from localcdf.agenda import plan
from localcdf.data_modeling.instances.store import last_change
from localcdf.data_modeling.queries.body import Sync
from localcdf.data_modeling.queries.sync import sync
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.records import Record, Records
from localcdf.workflows import executions
from localcdf.workflows.models import MOST_DATA, within
from localcdf.workflows.readings import POLLED, REFUSED_BATCH
from localcdf.workflows.table import find_version

TRIGGERS = Records("workflow_triggers", "Triggers")
STATE = """
CREATE TABLE IF NOT EXISTS workflow_trigger_state (
    trigger_id INTEGER PRIMARY KEY REFERENCES workflow_triggers (id) ON DELETE CASCADE,
    session INTEGER NOT NULL REFERENCES sessions (id),
    round INTEGER NOT NULL, -- counts how often the trigger was written: what was planned before is void
    seen INTEGER NOT NULL, -- the last write to instances that was looked at
    doc TEXT NOT NULL -- JSON: cursors, what waits for its batch, since when
);
CREATE TABLE IF NOT EXISTS workflow_trigger_runs (
    n INTEGER PRIMARY KEY,
    trigger_id INTEGER NOT NULL REFERENCES workflow_triggers (id) ON DELETE CASCADE,
    fired INTEGER NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS workflow_trigger_runs_newest
    ON workflow_trigger_runs (trigger_id, fired DESC, n DESC);
"""
SCHEMA = TRIGGERS.schema + STATE
TOLD = ("instanceType", "space", "externalId", "properties")  # of an instance, to the workflow


@dataclass(frozen=True)
class State:
    """How far a trigger is."""

    trigger: int
    session: int
    round: int
    seen: int
    cursors: dict[str, str]
    waiting: list[Record]  # changed instances, in the order in which they came up
    since: int | None  # since when the first of them waits


def arm(call: Call, trigger: Record, session: int, *, go_on: bool) -> None:
    """Set a trigger that was written going; what it knows is kept if it is to ``go_on``."""
    known = _state(call.db, trigger["id"])
    state = State(trigger["id"], session, (known.round if known else 0) + 1, -1, {}, [], None)
    if known is not None and go_on:
        state = replace(known, session=session, round=state.round)
    _keep(call.db, state)
    _plan(call.db, trigger, state.round, call.now, call.delay(POLLED) * 1000)


def _plan(db: sqlite3.Connection, trigger: Record, round_: int, now: int, poll: int) -> None:
    rule = trigger["triggerRule"]
    payload = {"trigger": trigger["id"], "round": round_}
    if rule["triggerType"] == "schedule":
        at = cron.next_after(rule["cronExpression"], now, rule.get("timezone", cron.UTC))
        plan(db, at, TICK.kind, payload)
    else:
        plan(db, now + poll, POLL.kind, payload)


def check_query(call: Call, query: Body) -> None:
    """Refuse a query that the caller could not ask."""
    sync(replace(call, body=Sync.model_validate(query.model_dump(by_alias=True, exclude_unset=True))))


def _tick(call: Call, work: dict[str, Any]) -> None:
    trigger, state = _due(call, work)
    if trigger is None or state is None:
        return
    _plan(call.db, trigger, state.round, call.now, 0)
    if not trigger["isPaused"]:
        fire(call, trigger, state, {})


def _poll(call: Call, work: dict[str, Any]) -> None:
    trigger, state = _due(call, work)
    if trigger is None or state is None:
        return
    _plan(call.db, trigger, state.round, call.now, call.delay(POLLED) * 1000)
    if trigger["isPaused"]:
        return
    rule = trigger["triggerRule"]
    try:
        state = _looked(call, rule, state)
    except CdfError as error:
        _record(call, trigger, reason=f"The query was refused: {error.message}")
        return
    size, patience = rule["batchSize"], rule["batchTimeout"] * 1000
    while len(state.waiting) >= size or (state.since is not None and call.now - state.since >= patience):
        batch, rest = state.waiting[:size], state.waiting[size:]
        started = fire(call, trigger, state, {"version": "v1", "items": batch})
        if not started and call.reads(REFUSED_BATCH, "kept"):
            break
        state = replace(state, waiting=rest, since=call.now if rest else None)
    _keep(call.db, state)


def _due(call: Call, work: dict[str, Any]) -> tuple[Record | None, State | None]:
    """Return the trigger that is due, unless it is deleted or was written anew since this was planned."""
    trigger, state = TRIGGERS.find(call.db, {"id": work["trigger"]}), _state(call.db, work["trigger"])
    return (trigger, state) if state is not None and state.round == work["round"] else (None, None)


def _looked(call: Call, rule: Record, state: State) -> State:
    """Return the state with what has changed since the last look."""
    newest = last_change(call.db)
    if state.seen == newest:
        return state
    asker = sessions.renew(call, state.session).principal
    for right in ("dataModelsAcl", "dataModelInstancesAcl"):
        if not asker.reach(right, "READ"):
            raise CdfError(403, f"the holder of the session lacks {right}:READ")
    query = dict(rule["dataModelingQuery"])
    cursors, waiting = dict(state.cursors), {_key(each): each for each in state.waiting}
    while True:
        body = Sync.model_validate(query | {"cursors": cursors})
        answer = sync(replace(call, principal=asker, body=body))
        cursors |= answer["nextCursor"]
        for item in (each for items in answer["items"].values() for each in items):
            waiting.pop(_key(item), None)
            if "deletedTime" not in item:
                waiting[_key(item)] = {name: item[name] for name in TOLD if name in item}
        if all(len(items) < rule["batchSize"] for items in answer["items"].values()):
            break
    found = list(waiting.values())
    since = None if not found else call.now if state.since is None else state.since
    return replace(state, seen=newest, cursors=cursors, waiting=found, since=since)


def _key(item: Record) -> tuple[str, str, str]:
    return item["instanceType"], item["space"], item["externalId"]


def fire(call: Call, trigger: Record, state: State, given: Record) -> bool:
    """Start an execution, or note why that cannot be; say whether it was started."""
    workflow, version = trigger["workflowExternalId"], trigger["workflowVersion"]
    found = find_version(call.db, workflow, version)
    if found is None:
        return _record(call, trigger, reason=f"There is no version {version} of a workflow {workflow}")
    whole = trigger.get("input", {}) | given
    try:
        within(MOST_DATA)(whole)
        executions.check_room(call, workflow)
        sessions.renew(call, state.session)
    except ValueError as error:
        return _record(call, trigger, reason=f"The input cannot be handed on: {error}")
    except CdfError as error:
        return _record(call, trigger, reason=error.message)
    execution = executions.start(call, found, state.session, whole, trigger.get("metadata", {}))
    return _record(call, trigger, execution=execution.id)


def _record(call: Call, trigger: Record, *, execution: str | None = None, reason: str | None = None) -> bool:
    """Keep a run, with the execution it has started or the reason why it has not; say which of the two."""
    run = {
        "fireTime": call.now,
        "externalId": trigger["externalId"],
        "workflowExternalId": trigger["workflowExternalId"],
        "workflowVersion": trigger["workflowVersion"],
        "workflowExecutionId": execution,
        "status": "failed" if execution is None else "success",
        "reasonForFailure": reason,
    }
    call.db.execute(
        "INSERT INTO workflow_trigger_runs (trigger_id, fired, doc) VALUES (?, ?, ?)",
        (trigger["id"], call.now, json.dumps(run)),
    )
    return execution is not None


def _state(db: sqlite3.Connection, trigger: int) -> State | None:
    row = db.execute("SELECT * FROM workflow_trigger_state WHERE trigger_id = ?", (trigger,)).fetchone()
    if row is None:
        return None
    return State(row["trigger_id"], row["session"], row["round"], row["seen"], **json.loads(row["doc"]))


def _keep(db: sqlite3.Connection, state: State) -> None:
    doc = {"cursors": state.cursors, "waiting": state.waiting, "since": state.since}
    db.execute(
        "INSERT OR REPLACE INTO workflow_trigger_state VALUES (?, ?, ?, ?, ?)",
        (state.trigger, state.session, state.round, state.seen, json.dumps(doc)),
    )


TICK, POLL = Plan("workflow-trigger-cron", _tick), Plan("workflow-trigger-poll", _poll)
TASKS = (TICK, POLL)


def skip_missed(db: sqlite3.Connection, now: int) -> None:
    """Leave out the times of cron, and all polls but one, that passed while the local CDF was not there."""
    for row in db.execute(
        "SELECT n, kind, payload FROM agenda WHERE kind IN (?, ?) AND at < ?", (TICK.kind, POLL.kind, now)
    ).fetchall():
        db.execute("DELETE FROM agenda WHERE n = ?", (row["n"],))
        work = json.loads(row["payload"])
        if trigger := TRIGGERS.find(db, {"id": work["trigger"]}):
            _plan(db, trigger, work["round"], now, 0)
