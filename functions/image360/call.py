"""The `data` of a function call, and what every call does around its step."""

import json
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from cognite.client import CogniteClient
from cognite.client.data_classes import ExtractionPipelineRunWrite
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, field_validator

from image360.answered import Answered, answered_requests
from image360.catalog.selection import Selection, Shard
from image360.conceal import Concealer
from image360.config import AnyConfig, ExternalId, load_config, require_pipeline
from image360.deadline import MARGIN, TIGHTEST, Deadline, call_seconds
from image360.errors import AnswerError, RequestError
from image360.log import Log
from image360.retries import bounded_retries
from image360.state.runs import CallRecord, numbers_in
from image360.state.work_items import WorkItem, WorkItems
from image360.stop import Stop
from image360.told import fitted

MESSAGE_LIMIT = 1000  # characters of an extraction-pipeline run's message (API reference)
ANSWER_LIMIT = 36_000  # bytes of an answer, the tasks of a workflow apart
ITEMS = 1000  # that a trigger hands over at most (API reference)

SHARD, CHECK = "shard", "check"
ON_A_RUN = ("report", "undo", "release")
"""Steps that are called once for a run, after its other calls."""
WHILE_PAUSED = ("undo", "release")
"""Steps that go on while all else is paused: they take back, and approve nothing."""
TASKS = ("detect_tasks", "match_tasks")
"""Keys of an answer that only the workflow reads: logs and run messages say how many there are."""


class TriggerItem(BaseModel):
    """An instance as a data-modeling trigger hands it over; only its identity is used."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    space: str
    external_id: str = Field(alias="externalId")


class FunctionCall(BaseModel):
    """The parsed `data` of a call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extraction_pipeline: ExternalId
    step: str
    mode: Literal["apply", "plan"] = "apply"
    items: tuple[TriggerItem, ...] = Field(default=(), max_length=ITEMS)
    """Nodes from a trigger, images or faces of images: the run is restricted to these images."""
    images: tuple[ExternalId, ...] = ()
    """External ids: the run is restricted to these images."""
    shard: Annotated[Shard, PlainValidator(lambda text: Shard.parse(str(text)))] = Shard()
    """A part of all images, as the step `shard` names it: the run is restricted to these images."""
    run: str = Field(default_factory=lambda: uuid.uuid4().hex[:12], pattern=r"^[\w.-]{1,64}$")
    """What the calls of one run have in common; who gives it calls the step `report` in the end."""
    detect_function: ExternalId = "fn_image360_detect"
    match_function: ExternalId = "fn_image360_match"
    """External ids of the functions that the tasks of the step `shard` call."""

    @field_validator("items", "images", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        """A workflow hands over null where its input has no such key."""
        return () if value is None else value

    @property
    def only(self) -> Selection:
        """The images to which the call is restricted, apart from `items`."""
        return Selection(frozenset(self.images) or None, self.shard)

    @property
    def is_shard(self) -> bool:
        """Whether the call works on a part of all images, beside others."""
        return "shard" in self.model_fields_set

    @property
    def has_siblings(self) -> bool:
        """Whether other calls may belong to the same run."""
        return "run" in self.model_fields_set

    @property
    def applies(self) -> bool:
        """Whether the call may write."""
        return self.mode == "apply"

    @property
    def reports(self) -> bool:
        """Whether the call reports its success; as part of a run it leaves that to the step `report`."""
        return self.step in ON_A_RUN or (self.step != SHARD and not self.has_siblings)


@dataclass(frozen=True)
class Context:
    """What a step works with."""

    client: CogniteClient
    config: AnyConfig
    call: FunctionCall
    deadline: Deadline
    log: Log
    secrets: Mapping[str, str]
    """The secrets of the function; never logged, never part of an answer."""
    record: CallRecord
    """What this call tells of itself; `begin` it before the first write."""
    stop: Stop
    """Whether to go on, to be asked between two pieces of work."""

    def work_items(self) -> WorkItems:
        """Return the work items as this call claims them."""

        def refused(item: WorkItem, said: str) -> None:
            self.log("refused", work_item=item.image.external_id, said=said)

        space, run = self.config.state.space, self.call.run
        return WorkItems(self.client, space, run, self.log.conceal, self.record.begin, refused)


Summary = dict[str, Any]
Step = Callable[[Context], Summary]
Steps = Mapping[str, str]
"""Where each step is, as `module:function`: what a step needs is loaded when it is called."""


def parse_call(data: Mapping[str, Any] | None, steps: Steps) -> FunctionCall:
    """Parse the `data` of a call; the first of `steps` is the default.

    Raises:
        RequestError: A key is unknown, missing or wrong.
    """
    try:
        call = FunctionCall.model_validate({"step": next(iter(steps)), **(data or {})})
    except ValidationError as error:
        entry = error.errors()[0]
        key = ".".join(str(part) for part in entry["loc"])
        known = ", ".join(FunctionCall.model_fields)
        raise RequestError(f"data of the call: '{key}': {entry['msg']}; known keys: {known}") from None
    if call.step not in steps:
        raise RequestError(f"data of the call: 'step': '{call.step}' is not one of {', '.join(steps)}")
    return call


def run_step(
    client: CogniteClient,
    data: Mapping[str, Any] | None,
    secrets: Mapping[str, str] | None,
    steps: Steps,
) -> Summary:
    """Run one step with a deadline and report its outcome on the extraction pipeline.

    A failure is reported and raised: CDF counts a returned "failure" as a success. No secret of the function
    leaves it in any of this.
    """
    conceal = Concealer.of((secrets or {}).values(), client)
    started = time.monotonic()
    try:
        call = parse_call(data, steps)
        log = Log(call.run, call.step, conceal)
        if call.step == CHECK:
            return conceal.within(_check(client, call, secrets or {}))
        with answered_requests() as answered, bounded_retries(client, MARGIN) as bound:
            bound(TIGHTEST)
            deadline = Deadline(started + call_seconds(client), bound=bound)
            answered.then = lambda: bound(deadline.left())
            require_pipeline(client, call.extraction_pipeline)
            frame = _Frame(client, call, deadline, log, secrets or {}, answered)
            return _run(frame, steps[call.step])
    except Exception as error:
        shown = conceal.error(error)
        if shown is error:
            raise
        raise shown from None


@dataclass(frozen=True)
class _Frame:
    """What a call has before its config is read."""

    client: CogniteClient
    call: FunctionCall
    deadline: Deadline
    log: Log
    secrets: Mapping[str, str]
    answered: Answered

    def context(self, config: AnyConfig) -> Context:
        """Return what the step works with."""
        call = self.call
        record = CallRecord(self.client, config.state.space, call.run, call.step, call.mode)
        stop = Stop(self.client, call.extraction_pipeline, self.log)
        return Context(self.client, config, call, self.deadline, self.log, self.secrets, record, stop)


def _run(frame: _Frame, place: str) -> Summary:
    call, log, conceal = frame.call, frame.log, frame.log.conceal
    said: Summary = {"run": call.run, "step": call.step, "mode": call.mode}
    try:
        with frame.answered.naming():
            config = load_config(frame.client, call.extraction_pipeline)
        if config.paused and call.step not in WHILE_PAUSED:
            log("paused")
            return {**said, "paused": True} | (dict.fromkeys(TASKS, ()) if call.step == SHARD else {})
        summary = _recorded(place, frame.context(config), frame.answered)
    except Exception as error:
        log("failed", error=f"{type(error).__name__}: {error}", at=_place_of(error))
        reason = conceal(f"{call.step} {call.run}: {type(error).__name__}: {error}")
        with suppress(Exception):  # what went wrong is what is told
            _report(frame.client, call, "failure", reason[:MESSAGE_LIMIT])
        raise
    tasks = {key: summary.pop(key) for key in TASKS if key in summary}
    said = fitted({**said, **summary}, ANSWER_LIMIT)
    told = {**said, **{key: len(each) for key, each in tasks.items()}}
    log("done", **told)
    if call.reports:
        message = json.dumps(fitted(told, MESSAGE_LIMIT), ensure_ascii=False)
        _report(frame.client, call, "success" if said["changed"] else "seen", message)
    return {**said, **tasks}


def _recorded(place: str, context: Context, answered: Answered) -> Summary:
    """Run the step; the node of a call that writes says how it ended."""
    record, conceal = context.record, context.log.conceal
    try:
        with answered.naming():
            summary = conceal.within(_step_at(place)(context))
    except Exception as error:
        with suppress(Exception):  # what went wrong is what is told
            record.end("failed", record.counts, conceal(f"{type(error).__name__}: {error}"))
        raise
    record.end("done", numbers_in(summary))
    return {**summary, "paused": True} if context.stop.was_asked else summary


def _check(client: CogniteClient, call: FunctionCall, secrets: Mapping[str, str]) -> Summary:
    from image360.check import check

    return {"run": call.run, "step": call.step, **check(client, call, secrets).summary()}


def _step_at(place: str) -> Step:
    """Load the step at `module:function`."""
    module, name = place.split(":")
    return cast("Step", getattr(import_module(module), name))


def _place_of(error: Exception) -> str:
    """Name the line where an error was raised, or what it stands for."""
    origin = error.__context__ if isinstance(error, AnswerError) and error.__context__ else error
    *_, last = traceback.extract_tb(origin.__traceback__)
    return f"{Path(last.filename).name}:{last.lineno}"


def _report(
    client: CogniteClient, call: FunctionCall, status: Literal["success", "failure", "seen"], message: str
) -> None:
    """Write a run of the extraction pipeline; plan mode writes nothing."""
    if call.applies:
        client.extraction_pipelines.runs.create(
            ExtractionPipelineRunWrite(call.extraction_pipeline, status, message)
        )
