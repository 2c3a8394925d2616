"""Sync: what changed since the last time, deletions included.

Every write has a number, and a set in sync goes on from the last number it saw. A set of two phases first
goes through what was there when it began, in its own order, then, as the others do, through what changed.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.queries import cursors, finding
from localcdf.data_modeling.queries.answers import answers, typing
from localcdf.data_modeling.queries.body import Sync, SyncEdgeSet, SyncNodeSet
from localcdf.data_modeling.queries.query import selections_of
from localcdf.data_modeling.queries.sets import Sets
from localcdf.data_modeling.queries.sql import Sql
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError

GRACE_MS = 3 * 24 * 3600 * 1000  # how long cursors are good and deleted instances are told of
BY_CHANGE = finding.Order((finding.Term("i.change", descending=False),))


class Progress(Body):
    """How far a set has come; this is what its cursor holds."""

    phase: Literal["backfill", "stream"]
    start: int  # the last write before the sync began
    after: int = 0  # stream: the last write seen
    position: list[str | int | float | bool | None] | None = None  # backfill: where the last page ended
    time: int  # when the cursor was given out


@dataclass
class _Run:
    call: Call
    body: Sync
    digest: str
    all_members: dict[str, list[int] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        schema = Schema.of_caller(self.call)
        self.sets = Sets(self.call.db, self.body.with_, self.body.parameters or {}, schema, self.members)

    def members(self, name: str) -> list[int]:
        """Return all live instances of a set, to chain from, whether they changed or not."""
        if name not in self.all_members:
            self.all_members[name] = None  # so that a circle shows
            where = [finding.LIVE, *self._where(name)]
            self.all_members[name] = finding.ids_of(finding.find(self.call.db, where, finding.Order()))
        found = self.all_members[name]
        if found is None:
            raise CdfError(400, f"The result set {name} chains from itself")
        return found

    def page(self, name: str) -> tuple[list[int], str]:
        """Return the next instances of a set, and its cursor from then on."""
        each = self.body.with_[name]
        progress = self._progress(name, each)
        if each.mode == "noBackfill" and (self.body.cursors or {}).get(name) is None:
            return [], self._cursor(name, progress)
        if progress.phase == "backfill":
            return self._backfill(name, each, progress)
        return self._stream(name, each, progress)

    def _backfill(
        self, name: str, each: SyncNodeSet | SyncEdgeSet, progress: Progress
    ) -> tuple[list[int], str]:
        order = finding.order(each.backfill_sort, self.sets.scope(self.sets.kind(name)))
        if not order.cursorable:
            raise CdfError(400, f"{name}: no cursorable index stands behind backfillSort")
        where = [Sql("i.change <= ?", (progress.start,)), *self._visible(each, progress), *self._where(name)]
        found = finding.find(self.call.db, where, order, after=progress.position, limit=each.limit)
        ids = finding.ids_of(found)
        if len(ids) < each.limit:
            onward = Progress(phase="stream", start=progress.start, after=progress.start, time=self.call.now)
        else:
            onward = progress.model_copy(update={"position": found[-1][1], "time": self.call.now})
        return ids, self._cursor(name, onward)

    def _stream(
        self, name: str, each: SyncNodeSet | SyncEdgeSet, progress: Progress
    ) -> tuple[list[int], str]:
        where = [Sql("i.change > ?", (progress.after,)), *self._visible(each, progress), *self._where(name)]
        found = finding.find(self.call.db, where, BY_CHANGE, limit=each.limit)
        after = found[-1][1][0] if found else progress.after
        onward = progress.model_copy(update={"after": after, "time": self.call.now})
        return finding.ids_of(found), self._cursor(name, onward)

    def _visible(self, each: SyncNodeSet | SyncEdgeSet, progress: Progress) -> list[Sql]:
        """Return the condition on deleted instances: earlier ones only if wanted, those long gone never."""
        told = "i.change > ?" if each.skip_already_deleted else "? IS NOT NULL"
        recent = self.call.now - GRACE_MS
        return [Sql(f"(i.deleted_time IS NULL OR (i.deleted_time > ? AND {told}))", (recent, progress.start))]

    def _where(self, name: str) -> list[Sql]:
        each = self.sets.get(name)
        if isinstance(each, SyncNodeSet):
            return self.sets.nodes(each.nodes)
        assert isinstance(each, SyncEdgeSet)
        return self.sets.edges(each.edges)

    def _progress(self, name: str, each: SyncNodeSet | SyncEdgeSet) -> Progress:
        cursor = (self.body.cursors or {}).get(name)
        if cursor is None:
            last = store.last_change(self.call.db)
            phase: Literal["backfill", "stream"] = "backfill" if each.mode == "twoPhase" else "stream"
            after = last if each.mode == "noBackfill" else 0
            return Progress(phase=phase, start=last, after=after, time=self.call.now)
        try:
            progress = Progress.model_validate(cursors.decode(self._digest(name), cursor))
        except ValidationError as error:
            raise CdfError(400, cursors.INVALID) from error
        if (
            self.call.now - progress.time > GRACE_MS
            and not self.body.allow_expired_cursors_and_accept_missed_deletes
        ):
            raise CdfError(
                400,
                f"The cursor of {name} has expired after 3 days: start over, or set "
                "allowExpiredCursorsAndAcceptMissedDeletes",
            )
        return progress

    def _cursor(self, name: str, progress: Progress) -> str:
        return cursors.encode(self._digest(name), progress.model_dump(by_alias=True))

    def _digest(self, name: str) -> str:
        return cursors.query_digest(name, {"of": self.digest})


def sync(call: Call) -> dict[str, Any]:
    """Return what changed in each result set selected, and always a cursor."""
    body: Sync = call.body
    content = body.model_dump(by_alias=True, exclude_none=True, include={"with_", "parameters"})
    run = _Run(call, body, cursors.query_digest("sync", content))
    items: dict[str, Any] = {}
    following: dict[str, str] = {}
    types: dict[str, Any] = {}
    for name, select in body.select.items():
        selections = selections_of(run.sets.schema, select)
        ids, following[name] = run.page(name)
        items[name] = answers(call, ids, selections)
        types[name] = typing(call, selections) if body.include_typing else {}
    answer = {"items": items, "nextCursor": following}
    return answer | ({"typing": types} if body.include_typing else {})
