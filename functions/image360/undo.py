"""Use case: take back what one run has written.

It works image by image, holding its work item, so that no other call writes to it meanwhile. What is left to
do is read from CDF each time: an undo that is cut off is made good by the next one, and a further one finds
nothing to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from image360.approval.writers import approvals_of
from image360.audited import AuditedApprovals
from image360.call import Context, Summary
from image360.errors import RequestError
from image360.one_run import batches, claim, items_of, require_known
from image360.state.audit import Audit, AuditRow, written
from image360.state.holds import Holds
from image360.state.pairs import Key
from image360.state.proposals import Proposals
from image360.state.runs import runs_of
from image360.state.work_items import LEASE, WorkItem
from image360.undo_plan import ImageUndo, UndoPlanner

NAMES_TOLD = 50  # of a list in the summary; the log has them all
COUNTS = ("images", "taken_back", "held_now", "proposals_held")


def undo(context: Context) -> Summary:
    """Take back what a run has written, where nobody has changed it since, and hold its pairs.

    Raises:
        RequestError: Nothing is known of the run, or it may still be at work.
    """
    config, call = context.config, context.call
    rows = written(Audit(context.client, config.state.space).of_run(call.run))
    _require_ended(context, is_known=bool(rows))
    undoing = _Undoing(context, rows)
    undoing.run()
    return undoing.summary()


class _Undoing:
    """Works through the images on which the run has written."""

    def __init__(self, context: Context, rows: Sequence[AuditRow]) -> None:
        client, space = context.client, context.config.state.space
        self._context = context
        self._run = context.call.run
        self._rows: dict[Key, list[AuditRow]] = {}
        for row in rows:
            self._rows.setdefault(row.pair.image, []).append(row)
        approvals = approvals_of(client, context.config)
        self._items = items_of(context, self._rows)
        self._planner = UndoPlanner(context, approvals, self._rows, self._items)
        self._audit = Audit(client, space)
        self._audited = AuditedApprovals(approvals, self._audit, self._run, context.record.call)
        self._holds = Holds(client, space)
        self._proposals = Proposals(client, space)
        self._counts = dict.fromkeys(COUNTS, 0)
        self._unsettled = 0
        self._left = set(self._rows)

    def summary(self) -> Summary:
        """Return what was done."""
        changed = self._context.call.applies and any(self._counts.values())
        return {
            **self._counts,
            "kept": self._planner.kept[:NAMES_TOLD],
            "unsettled": self._unsettled,
            "remaining": len(self._left),
            "changed": changed,
        }

    def run(self) -> None:
        """Undo image by image, until the deadline."""
        for batch in batches(self._context, sorted(self._rows)):
            todo = self._planner.look(batch)
            self._left.difference_update(image for image in batch if image not in todo)
            if todo and self._context.call.applies:
                claimed = claim(self._context, [self._items[image] for image in todo if image in self._items])
                free = [image for image in todo if image not in self._items or image in claimed]
                self._apply(
                    self._planner.look(free), claimed
                )  # once more: what a call wrote before it let go
                self._left.difference_update(free)
            else:
                self._count(todo)
                self._left.difference_update(todo)

    def _apply(self, todo: Mapping[Key, ImageUndo], claimed: Mapping[Key, WorkItem]) -> None:
        """Hold first, so that nothing is approved again if this call is cut off; then take back."""
        self._context.record.begin()
        holds = [hold for each in todo.values() for hold in each.holds]
        self._holds.write(holds)
        self._planner.holding(holds)
        call = self._context.record.call
        self._audit.write([link.gone(self._run, call) for each in todo.values() for link in each.deleted])
        claims = [claim for each in todo.values() for claim in each.claims]
        left = self._audited.take_back(claims, f"run {self._run} was undone") if claims else []
        self._proposals.hold({name: why for each in todo.values() for name, why in each.proposals.items()})
        self._context.work_items().finish(
            [self._told(image, item, todo.get(image, ImageUndo())) for image, item in claimed.items()]
        )
        self._unsettled += len(left)
        self._count(todo)

    def _told(self, image: Key, item: WorkItem, done: ImageUndo) -> WorkItem:
        """Return the work item with what is left on its image; the hold alone does not make it due."""
        key = self._planner.with_held(item.match_key, image) if item.match_key else None
        return replace(item, run=self._items[image].run, match_key=key, **done.counts)

    def _count(self, todo: Mapping[Key, ImageUndo]) -> None:
        self._counts["images"] += len(todo)
        for each in todo.values():
            self._counts["taken_back"] += len(each.claims)
            self._counts["held_now"] += len(each.holds)
            self._counts["proposals_held"] += len(each.proposals)


def _require_ended(context: Context, *, is_known: bool) -> None:
    """Refuse a run of which a call may go on writing."""
    require_known(context, is_known=is_known)
    since = datetime.now(UTC) - LEASE
    for each in runs_of(context.client, context.config.state.space, context.call.run):
        if context.call.applies and each.step == "match" and each.is_running_since(since):
            raise RequestError(
                f"data of the call: 'run': call '{each.call}' of run '{context.call.run}' may still be at "
                f"work: try again when it has ended, at the latest {LEASE // timedelta(minutes=1)} minutes "
                "after its start"
            )
