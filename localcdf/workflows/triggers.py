"""Triggers: executions are started by cron, or by what changes in data modeling."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from localcdf import cron, sessions
from localcdf.data_modeling.queries.body import SyncSelect, SyncSet
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR, decode_cursor, page
from localcdf.plain import items_of
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, Record, not_in_path, unknown
from localcdf.rights import OUT_OF_SCOPE
from localcdf.workflows import firing
from localcdf.workflows.definitions import READ, WRITE
from localcdf.workflows.models import Authentication, Data, Metadata, PageQuery, Version, WorkflowId
from localcdf.workflows.readings import MISSING_VERSION, POLLED, REFUSED_BATCH
from localcdf.workflows.table import check_readable, check_writable, find_version, readable

MOST = 200  # in a project
TRIGGERS = firing.TRIGGERS
SCHEMA = firing.SCHEMA


class ByCron(Body):
    """Start at certain times."""

    trigger_type: Literal["schedule"]
    cron_expression: Annotated[str, AfterValidator(cron.check_cron)]
    timezone: Annotated[str, AfterValidator(cron.check_zone)] = cron.UTC


class SyncQuery(Body):
    """What to look for changes in."""

    with_: Annotated[dict[str, SyncSet], Field(alias="with", min_length=1, max_length=50)]
    select: Annotated[dict[str, SyncSelect], Field(min_length=1, max_length=50)]


class ByChange(Body):
    """Start when instances have changed."""

    trigger_type: Literal["dataModeling"]
    data_modeling_query: SyncQuery
    batch_size: Annotated[int, Field(ge=1, le=1000)]
    batch_timeout: Annotated[int, Field(ge=10, le=86_400)]  # seconds

    @model_validator(mode="after")
    def _limited_to_batches(self) -> "ByChange":
        for name in self.data_modeling_query.select:
            each = self.data_modeling_query.with_.get(name)
            if each is None:
                raise ValueError(f"dataModelingQuery selects {name}, which is not in with")
            if "limit" not in each.model_fields_set or each.limit != self.batch_size:
                raise ValueError(f"dataModelingQuery.with.{name}.limit must be batchSize, {self.batch_size}")
        return self


class Trigger(Body):
    """A trigger as written."""

    external_id: WorkflowId
    trigger_rule: Annotated[ByCron | ByChange, Field(discriminator="trigger_type")]
    input: Data | None = None
    metadata: Metadata | None = None
    workflow_external_id: WorkflowId
    workflow_version: Version
    authentication: Authentication


class TriggerKey(Body):
    """A trigger."""

    external_id: WorkflowId


Triggers: Any = items_of(Trigger, most=1)
TriggerKeys: Any = items_of(TriggerKey, most=1)


def upsert(call: Call) -> dict[str, Any]:
    """Write a trigger; what it has seen already stays seen unless it looks for something else now."""
    (wanted,) = call.body.items
    check_writable(call, wanted.workflow_external_id)
    known = TRIGGERS.find(call.db, {"externalId": wanted.external_id})
    if known is not None:
        check_writable(call, known["workflowExternalId"])
    _check_version(call, wanted)
    if isinstance(wanted.trigger_rule, ByChange):
        firing.check_query(call, wanted.trigger_rule.data_modeling_query)
    if known is None and call.db.execute("SELECT count(*) FROM workflow_triggers").fetchone()[0] >= MOST:
        raise CdfError(400, f"A project has at most {MOST} triggers: delete some first")
    session = sessions.spend(call, wanted.authentication.nonce, root_only=True)
    document = wanted.model_dump(by_alias=True, exclude_unset=True, exclude={"authentication"})
    if known is None:
        (trigger,) = TRIGGERS.insert(call, [document | {"isPaused": False}])
    else:
        kept = {name: known[name] for name in ("id", "createdTime", "isPaused")}
        trigger = TRIGGERS.replace(call, document | kept)
    same_query = known is not None and known["triggerRule"] == trigger["triggerRule"]
    firing.arm(call, trigger, session.id, go_on=same_query)
    return {"items": [_shown(trigger)]}


def _check_version(call: Call, wanted: Trigger) -> None:
    if call.reads(MISSING_VERSION, "taken"):
        return
    if find_version(call.db, wanted.workflow_external_id, wanted.workflow_version) is None:
        raise CdfError(
            400,
            f"There is no version {wanted.workflow_version} of a workflow {wanted.workflow_external_id}",
            missing=[{"workflowExternalId": wanted.workflow_external_id, "version": wanted.workflow_version}],
        )


def list_triggers(call: Call) -> dict[str, Any]:
    """Return one page of the triggers, by external id."""
    query: PageQuery = call.params
    (last,) = decode_cursor(query, query.cursor)
    after = TRIGGERS.find(call.db, {"id": last}) if last else None
    if last and after is None:
        raise CdfError(400, "The cursor is no longer good: the trigger where its page ended is deleted")
    rows = call.db.execute(
        "SELECT doc FROM workflow_triggers WHERE external_id > ? ORDER BY external_id",
        (after["externalId"] if after else "",),
    )
    seen = (each for row in rows if readable(call, (each := json.loads(row["doc"]))["workflowExternalId"]))
    found = page(call, seen, query.limit, query)
    return found | {"items": [_shown(each) for each in found["items"]]}


def delete(call: Call) -> dict[str, Any]:
    """Delete a trigger; what it has started goes on."""
    (wanted,) = call.body.items
    found = TRIGGERS.find(call.db, {"externalId": wanted.external_id})
    if found is None:
        raise unknown(call, "Triggers", [{"externalId": wanted.external_id}])
    check_writable(call, found["workflowExternalId"])
    TRIGGERS.delete(call.db, [found["id"]])
    return {}


def pause(call: Call) -> dict[str, Any]:
    """Let a trigger rest."""
    return _set_paused(call, True)


def resume(call: Call) -> dict[str, Any]:
    """Let a trigger go on where it was paused."""
    return _set_paused(call, False)


def _set_paused(call: Call, paused: bool) -> dict[str, Any]:
    found = _in_path(call)
    check_writable(call, found["workflowExternalId"])
    TRIGGERS.replace(call, found | {"isPaused": paused})
    return {}


def history(call: Call) -> dict[str, Any]:
    """Return one page of what a trigger has done, the newest first."""
    trigger, query = _in_path(call), call.params
    after = decode_cursor(query, query.cursor, start=(2**63 - 1, 0))
    rows = call.db.execute(
        "SELECT * FROM workflow_trigger_runs WHERE trigger_id = ? AND (fired, n) < (?, ?) "
        "ORDER BY fired DESC, n DESC",
        (trigger["id"], *after),
    )
    found = page(call, rows, query.limit, query, lambda row: (row["fired"], row["n"]))
    return found | {"items": [json.loads(row["doc"]) for row in found["items"]]}


def _in_path(call: Call) -> Record:
    name = call.path["triggerExternalId"]
    found = TRIGGERS.find(call.db, {"externalId": name})
    if found is None:
        raise not_in_path(call, f"There is no trigger {name}")
    check_readable(call, found["workflowExternalId"], f"trigger {name}")
    return found


def _shown(trigger: Mapping[str, Any]) -> Record:
    return {name: value for name, value in trigger.items() if name != "id"}


PATH = "/workflows/triggers"
NAMED = (UNKNOWN_IN_PATH, OUT_OF_SCOPE)
ENDPOINTS = [
    Endpoint(
        "POST",
        PATH,
        upsert,
        Triggers,
        writes=True,
        rights=WRITE,
        assumed=(
            sessions.BAD_NONCE,
            sessions.CHAINED,
            MISSING_VERSION,
            POLLED,
            REFUSED_BATCH,
        ),
        supposed=(
            "what was there before the trigger starts it too",
            "deleted instances start nothing",
            "an instance that changes again while it waits for its batch is in it once, as it is last",
        ),
        unserved=(
            "triggers by record streams are a 400",
            "cron is kept to the second",
            "what was due while the local CDF was stopped is left out, but for changes",
        ),
    ),
    Endpoint(
        "GET", PATH, list_triggers, params=PageQuery, rights=READ, lags=True, assumed=(FULL_PAGE_CURSOR,)
    ),
    Endpoint(
        "POST", f"{PATH}/delete", delete, TriggerKeys, writes=True, rights=WRITE, assumed=(UNKNOWN_IDS,)
    ),
    Endpoint(
        "GET",
        f"{PATH}/{{triggerExternalId}}/history",
        history,
        params=PageQuery,
        rights=READ,
        assumed=(*NAMED, FULL_PAGE_CURSOR),
    ),
    Endpoint("POST", f"{PATH}/{{triggerExternalId}}/pause", pause, writes=True, rights=WRITE, assumed=NAMED),
    Endpoint(
        "POST", f"{PATH}/{{triggerExternalId}}/resume", resume, writes=True, rights=WRITE, assumed=NAMED
    ),
]
