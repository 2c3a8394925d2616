"""Runs: a node for each call of a run that writes, with what it did, when, and how long it took.

The calls of one run never write to the same node; who wants the run as a whole sums them up by `run`.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData
from cognite.client.data_classes.filters import Equals

from image360 import __version__
from image360.nodes import list_nodes, timestamp, write_nodes
from image360.state.ids import RUN_VIEW, derived_id

Counts = Mapping[str, int]
ERROR_LIMIT = 1000  # characters kept of an error


@dataclass(frozen=True)
class StoredRun:
    """What one call has told of itself."""

    call: str
    step: str
    status: str
    started: datetime
    seconds: float
    counts: Counts

    def is_running_since(self, since: datetime) -> bool:
        """Whether it has started after a moment, and not told its end."""
        return self.status == "running" and self.started > since


@dataclass
class CallRecord:
    """The node of this call. It is not there before `begin`: a call that writes nothing leaves none."""

    client: CogniteClient
    space: str
    run: str
    step: str
    mode: str
    call: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    counts: Counts = field(default_factory=dict[str, int])
    _is_begun: bool = False

    def begin(self) -> None:
        """Tell, before the first write, that this call is at work."""
        if not self._is_begun:
            self._write("running")
            self._is_begun = True

    def tell(self, counts: Counts) -> None:
        """Tell how far the call has come."""
        self.begin()
        self._write("running", counts)
        self.counts = counts

    def end(self, status: Literal["done", "failed"], counts: Counts, error: str | None = None) -> None:
        """Tell what the call has come to, if it has written anything."""
        if self._is_begun:
            self._write(status, counts, error, datetime.now(UTC))

    def others(self) -> list[StoredRun]:
        """Return what the other calls of this run have told."""
        return [each for each in runs_of(self.client, self.space, self.run) if each.call != self.call]

    def _write(
        self,
        status: str,
        counts: Counts | None = None,
        error: str | None = None,
        ended: datetime | None = None,
    ) -> None:
        properties: dict[str, Any] = {
            "run": self.run,
            "call": self.call,
            "step": self.step,
            "mode": self.mode,
            "status": status,
            "started": timestamp(self.started),
            "ended": timestamp(ended),
            "seconds": round((ended - self.started).total_seconds(), 3) if ended else None,
            "counts": dict(counts or {}),
            "error": error[:ERROR_LIMIT] if error else None,
            "appVersion": __version__,
        }
        name = derived_id("run", self.run, self.call)
        node = NodeApply(self.space, name, sources=[NodeOrEdgeData(RUN_VIEW, properties)])
        write_nodes(self.client, [node])


def runs_of(client: CogniteClient, space: str, run: str) -> list[StoredRun]:
    """Return what the calls of a run have told of themselves."""
    of_run = Equals(RUN_VIEW.as_property_ref("run"), run).dump()
    return [
        StoredRun(
            node.properties["call"],
            node.properties["step"],
            node.properties["status"],
            datetime.fromisoformat(node.properties["started"]),
            node.properties.get("seconds") or 0.0,
            node.properties.get("counts") or {},
        )
        for node in list_nodes(client, RUN_VIEW, [space], of_run)
    ]


def numbers_in(summary: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of a summary."""
    return {key: each for key, each in summary.items() if type(each) is int}


def total(runs: Iterable[StoredRun], key: str) -> int:
    """Add up one count of several calls."""
    return sum(run.counts.get(key, 0) for run in runs)
