"""The `data` of a function call, and what every call does around its step."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cognite.client import CogniteClient
from cognite.client.data_classes import ExtractionPipelineRunWrite
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from image360.config import AnyConfig, load_config, require_pipeline
from image360.deadline import Deadline
from image360.errors import RequestError
from image360.log import Log

MESSAGE_LIMIT = 1000  # characters of an extraction-pipeline run's message (API reference)


class TriggerItem(BaseModel):
    """An instance as a data-modeling trigger hands it over; only its identity is used."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    space: str
    external_id: str = Field(alias="externalId")


class FunctionCall(BaseModel):
    """The parsed `data` of a call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extraction_pipeline: str = Field(min_length=1)
    step: str
    mode: Literal["apply", "plan"] = "apply"
    items: tuple[TriggerItem, ...] = ()
    """Instances from a trigger: the run is restricted to these images."""
    images: tuple[str, ...] = ()
    """External ids of a shard's images: the run is restricted to these images."""
    run: str = Field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def only(self) -> frozenset[str] | None:
        """External ids of the images to which the call is restricted, None for all."""
        named = frozenset(self.images) | {item.external_id for item in self.items}
        return named or None

    @property
    def applies(self) -> bool:
        """Whether the call may write."""
        return self.mode == "apply"


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


Summary = dict[str, Any]
Step = Callable[[Context], Summary]


def parse_call(data: Mapping[str, Any] | None, steps: Mapping[str, Step]) -> FunctionCall:
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
    steps: Mapping[str, Step],
) -> Summary:
    """Run one step with a deadline and report its outcome on the extraction pipeline.

    A failure is reported and raised: CDF counts a returned "failure" as a success.
    """
    deadline = Deadline.after()
    call = parse_call(data, steps)
    log = Log(call.run, call.step)
    require_pipeline(client, call.extraction_pipeline)
    summary: Summary = {"run": call.run, "step": call.step, "mode": call.mode}
    try:
        config = load_config(client, call.extraction_pipeline)
        if config.paused:
            log("paused")
            return {**summary, "paused": True}
        summary |= steps[call.step](Context(client, config, call, deadline, log, secrets or {}))
    except Exception as error:
        log("failed", error=f"{type(error).__name__}: {error}")
        _report(client, call, "failure", f"{call.step} {call.run}: {type(error).__name__}: {error}")
        raise
    log("done", **summary)
    _report(
        client, call, "success" if summary["changed"] else "seen", json.dumps(summary, ensure_ascii=False)
    )
    return summary


def _report(
    client: CogniteClient, call: FunctionCall, status: Literal["success", "failure", "seen"], text: str
) -> None:
    """Write a run of the extraction pipeline; plan mode writes nothing."""
    if call.applies:
        client.extraction_pipelines.runs.create(
            ExtractionPipelineRunWrite(call.extraction_pipeline, status, text[:MESSAGE_LIMIT])
        )
