"""Use cases: take back what one run has written, and let its pairs be approved again.

Both work image by image, holding its work item, so that no other call writes to it meanwhile. What is left
to do is read from CDF each time: a call that is cut off is made good by the next one, and a further one
finds nothing to do.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from image360.approval.claims import Claim, claims_on
from image360.approval.plan import Link, StoredLink
from image360.approval.writers import approvals_of
from image360.audited import AuditedApprovals
from image360.call import Context, Summary
from image360.catalog import list_images
from image360.catalog.selection import Selection
from image360.errors import RequestError
from image360.history import Told, standing
from image360.nodes import existing
from image360.state.audit import Audit, AuditRow, written
from image360.state.decisions import Decisions
from image360.state.holds import Hold, Holds
from image360.state.pairs import Key, Pair, asset_of
from image360.state.proposals import HELD, Proposal, Proposals, undone
from image360.state.rulings import Ruling, Rulings
from image360.state.runs import runs_of
from image360.state.work_items import LEASE, WorkItem

BATCH = 50  # images
BATCH_SECONDS = 60.0  # what a batch may take
NAMES_TOLD = 50  # of a list in the summary; the log has them all
COUNTS = ("images", "taken_back", "held_now", "proposals_held")
_Wanted = tuple[Proposal, Sequence[Link]]


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


def release(context: Context) -> Summary:
    """Let the pairs of a run that was undone be approved again, by the next run that matches their images.

    Raises:
        RequestError: Nothing is known of the run.
    """
    config, call = context.config, context.call
    stored = Holds(context.client, config.state.space)
    holds = stored.of_run(call.run)
    _require_known(context, is_known=bool(holds))
    by_image: dict[Key, list[Hold]] = {}
    for hold in holds:
        by_image.setdefault(hold.pair.image, []).append(hold)
    released = 0
    work_items = context.work_items()
    items = _items_of(context, by_image)
    for batch in _batches(context, sorted(by_image)):
        if not context.call.applies:
            released += sum(len(by_image[image]) for image in batch)
            continue
        # Due from here on, also if this call is cut off: its lease ends.
        due = {image: replace(item, match_key=None) for image, item in items.items() if image in batch}
        claimed = _claim(context, list(due.values()))
        free = [image for image in batch if image not in due or image in claimed]
        freed = [hold for image in free for hold in by_image[image]]
        context.record.begin()
        stored.delete(freed)
        work_items.finish([replace(item, run=items[image].run) for image, item in claimed.items()])
        released += len(freed)
    return {
        "held": len(holds),
        "released": released,
        "remaining": len(holds) - released,
        "changed": call.applies and released > 0,
    }


@dataclass(frozen=True)
class _ImageUndo:
    """What is to be done on one image."""

    claims: tuple[Claim, ...] = ()
    holds: tuple[Hold, ...] = ()
    deleted: tuple[Told, ...] = ()  # links that somebody has deleted before: their end is to be told
    proposals: Mapping[str, str] = field(default_factory=dict[str, str])  # to hold: why, by external id
    counts: Mapping[str, int] = field(default_factory=dict[str, int])  # of the work item afterwards

    def __bool__(self) -> bool:
        return bool(self.claims or self.holds or self.deleted or self.proposals)

    @property
    def pairs(self) -> list[Pair]:
        """The pairs of which a node would be written."""
        return [*(hold.pair for hold in self.holds), *(each.row.pair for each in self.deleted)]

    def among(self, there: Collection[Key]) -> "_ImageUndo":
        """Return it without what is to be said of pairs whose nodes are not there any more."""

        def is_there(pair: Pair) -> bool:
            return all(node in there for node in pair.nodes)

        return replace(
            self,
            holds=tuple(hold for hold in self.holds if is_there(hold.pair)),
            deleted=tuple(each for each in self.deleted if is_there(each.row.pair)),
        )


class _Undoing:
    """Works through the images on which the run has written."""

    def __init__(self, context: Context, rows: Sequence[AuditRow]) -> None:
        client, config, call = context.client, context.config, context.call
        self._context = context
        self._run = call.run
        self._suggests = config.approval.write_suggestions
        self._audit = Audit(client, config.state.space)
        self._approvals = approvals_of(client, config)
        self._audited = AuditedApprovals(self._approvals, self._audit, call.run, context.record.call)
        self._holds = Holds(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        self._rows: dict[Key, list[AuditRow]] = {}
        for row in rows:
            self._rows.setdefault(row.pair.image, []).append(row)
        self._rulings = Rulings.of(Decisions(client).listed(), self._holds.listed())
        self._items = _items_of(context, self._rows)
        self._counts = dict.fromkeys(COUNTS, 0)
        self._kept: dict[str, None] = {}
        self._unsettled = 0
        self._left = set(self._rows)

    def summary(self) -> Summary:
        """Return what was done."""
        changed = self._context.call.applies and any(self._counts.values())
        return {
            **self._counts,
            "kept": list(self._kept)[:NAMES_TOLD],
            "unsettled": self._unsettled,
            "remaining": len(self._left),
            "changed": changed,
        }

    def run(self) -> None:
        """Undo image by image, until the deadline or somebody's stop."""
        for batch in _batches(self._context, sorted(self._rows)):
            todo = self._look(batch)
            self._left.difference_update(image for image in batch if image not in todo)
            if todo and self._context.call.applies:
                claimed = _claim(
                    self._context, [self._items[image] for image in todo if image in self._items]
                )
                free = [image for image in todo if image not in self._items or image in claimed]
                self._apply(self._look(free), claimed)  # once more: what a call wrote before it let go
                self._left.difference_update(free)
            else:
                self._count(todo)
                self._left.difference_update(todo)

    def _look(self, images: Sequence[Key]) -> dict[Key, _ImageUndo]:
        """Return what is to be done on these images, as CDF holds them now."""
        rows = [row for image in images for row in self._rows[image]]
        if not rows:
            return {}
        left_open = {row.pair.image for row in rows if row.open_places}
        of_images = self._audit.of_images(images)
        others = [row for row in written(of_images) if row.run != self._run and row.pair.image in left_open]
        proposed = self._proposed(images)
        wanted = [link for links in proposed.values() for _, each in links for link in each]
        stored = self._approvals.stored(
            {place.holder for row in rows for place in row.places} | {link.place.holder for link in wanted}
        )
        claims = [claim for claim in claims_on([*rows, *others], stored) if claim.row.run == self._run]
        self._tell_kept(rows, stored, claims)
        deleted = self._deleted(of_images, stored)
        found = {
            image: replace(
                self._of_image(
                    image,
                    [each for each in claims if each.row.pair.image == image],
                    stored,
                    proposed.get(image, ()),
                ),
                deleted=tuple(each for each in deleted if each.row.pair.image == image),
            )
            for image in images
        }
        there = existing(
            self._context.client,
            (key for each in found.values() for pair in each.pairs for key in pair.nodes),
        ).keys()
        found = {image: each.among(there) for image, each in found.items()}
        return {image: each for image, each in found.items() if each}

    def _deleted(self, of_images: Sequence[AuditRow], stored: Sequence[StoredLink]) -> list[Told]:
        """Return the links of the run that somebody has deleted before, of which no row tells the end yet."""
        listed = {link.name for link in stored}
        lost = [each for each in standing(of_images) if each.row.run == self._run and each.name not in listed]
        gone = self._approvals.gone(sorted({each.name for each in lost}))
        return [each for each in lost if each.name in gone]

    def _proposed(self, images: Sequence[Key]) -> dict[Key, list[_Wanted]]:
        """Return the stored proposals of the images, each with the links that a run would want for it."""
        items = {item.external_id: item for image in images if (item := self._items.get(image))}
        found: dict[Key, list[_Wanted]] = {item.image.key: [] for item in items.values()}
        for name, each in self._proposals.stored(list(items.values())).items():
            image = items[each["workItem"]["externalId"]].image
            proposal, links = Proposal(name, each), list[Link]()
            if not each.get("held") and (proposal.is_approved or self._suggests):
                places = self._approvals.places(np.reshape(each["polygon"], (-1, 3)), image)
                status = "approved" if proposal.is_approved else "suggested"
                asset = asset_of(each)
                links = [Link(asset, place, each["text"], each["score"], status) for place in places]
            found[image.key].append((proposal, links))
        return found

    def _of_image(
        self,
        image: Key,
        claims: Sequence[Claim],
        stored: Sequence[StoredLink],
        proposed: Sequence[_Wanted],
    ) -> _ImageUndo:
        holders = {place.holder for row in self._rows[image] for place in row.places}
        linked = {link.asset for link in stored if link.place.holder in holders}
        pairs = {claim.row.pair for claim in claims} | {
            row.pair for row in self._rows[image] if row.told_links and row.pair.asset not in linked
        }
        held = {hold.pair for hold in self._rulings.holds if hold.run == self._run}
        holds = [self._hold(pair) for pair in sorted(pairs - held, key=lambda pair: str(pair.parts))]
        removed = [claim.link for claim in claims if claim.row.action != "promote"]
        after = [link for link in stored if link not in removed]
        ruling = self._rulings.with_holds(holds).on(image)
        to_hold = {
            proposal.external_id: why
            for proposal, links in proposed
            if (why := self._why_held(links, after, ruling)) is not None
        }
        counts = _counted([each for each, _ in proposed], to_hold)
        return _ImageUndo(tuple(claims), tuple(holds), proposals=to_hold, counts=counts)

    def _why_held(self, links: Sequence[Link], stored: Sequence[StoredLink], ruling: Ruling) -> str | None:
        """Say why a later run would hold the proposal of these links, if it would: it is held at once."""
        run = next((run for asset, run in ruling.held.items() for link in links if link.asset == asset), None)
        if run is None:
            return None
        changes = self._approvals.changes(links, stored)
        return undone(run) if changes.written else HELD if changes.held else None

    def _hold(self, pair: Pair) -> Hold:
        decision = self._rulings.approval_of(pair)
        return Hold(pair, self._run, decision.changed if decision else None)

    def _apply(self, todo: Mapping[Key, _ImageUndo], claimed: Mapping[Key, WorkItem]) -> None:
        """Hold first, so that nothing is approved again if this call is cut off; then take back."""
        self._context.record.begin()
        holds = [hold for each in todo.values() for hold in each.holds]
        self._holds.write(holds)
        self._rulings = self._rulings.with_holds(holds)
        call = self._context.record.call
        self._audit.write([link.gone(self._run, call) for each in todo.values() for link in each.deleted])
        claims = [claim for each in todo.values() for claim in each.claims]
        left = self._audited.take_back(claims, f"run {self._run} was undone") if claims else []
        self._proposals.hold({name: why for each in todo.values() for name, why in each.proposals.items()})
        self._context.work_items().finish(
            [
                replace(item, run=self._items[image].run, **(todo[image].counts if image in todo else {}))
                for image, item in claimed.items()
            ]
        )
        self._unsettled += len(left)
        self._count(todo)

    def _count(self, todo: Mapping[Key, _ImageUndo]) -> None:
        self._counts["images"] += len(todo)
        for each in todo.values():
            self._counts["taken_back"] += len(each.claims)
            self._counts["held_now"] += len(each.holds)
            self._counts["proposals_held"] += len(each.proposals)

    def _tell_kept(
        self, rows: Iterable[AuditRow], stored: Iterable[StoredLink], claims: Iterable[Claim]
    ) -> None:
        """Name the links of the run that somebody has changed since: they stay."""
        ours = {claim.link.name for claim in claims}
        there = {link.name for link in stored} - ours
        for row in rows:
            for _, name, _ in row.told_links:
                if name in there and f"{row.pair.name} ({name})" not in self._kept:
                    self._context.log("kept", pair=row.pair.name, link=name)
                    self._kept[f"{row.pair.name} ({name})"] = None


def _counted(proposed: Sequence[Proposal], to_hold: Mapping[str, str]) -> dict[str, int]:
    """Return the counts of a work item with these proposals, some of which are going to be held."""
    approved = [each for each in proposed if each.is_approved and each.external_id not in to_hold]
    held = [each for each in proposed if each.properties.get("held") or each.external_id in to_hold]
    return {"approved": len(approved), "suggested": len(proposed) - len(approved), "held": len(held)}


def _items_of(context: Context, images: Iterable[Key]) -> dict[Key, WorkItem]:
    """Return the work items of the images that the config still names."""
    wanted = set(images)
    if not wanted:
        return {}
    named = Selection(frozenset(external_id for _, external_id in wanted))
    listed = list_images(context.client, context.config, named).images
    items = context.work_items().of(image for image in listed if image.key in wanted)
    return {item.image.key: item for item in items}


def _claim(context: Context, items: Sequence[WorkItem]) -> dict[Key, WorkItem]:
    """Claim the items that no other call holds."""
    now = datetime.now(UTC)
    free = [item for item in items if not item.leased(now)]
    claimed = context.work_items().claim(free) if free else []
    return {item.image.key: item for item in claimed}


def _batches(context: Context, images: Sequence[Key]) -> Iterable[Sequence[Key]]:
    """Yield images until the deadline. A pause stops neither undo nor release: who pauses may want one."""
    for start in range(0, len(images), BATCH):
        if not context.deadline.allows(BATCH_SECONDS):
            context.log("deadline", left=context.deadline.left())
            return
        yield images[start : start + BATCH]


def _require_known(context: Context, *, is_known: bool) -> None:
    run = context.call.run
    if not (is_known or runs_of(context.client, context.config.state.space, run)):
        raise RequestError(
            f"data of the call: 'run': nothing is known of run '{run}': give the id that its summary, its "
            "audit rows and its Run nodes have"
        )


def _require_ended(context: Context, *, is_known: bool) -> None:
    """Refuse a run of which a call may go on writing."""
    _require_known(context, is_known=is_known)
    since = datetime.now(UTC) - LEASE
    for each in runs_of(context.client, context.config.state.space, context.call.run):
        if context.call.applies and each.step == "match" and each.is_running_since(since):
            raise RequestError(
                f"data of the call: 'run': call '{each.call}' of run '{context.call.run}' may still be at "
                f"work: try again when it has ended, at the latest {LEASE // timedelta(minutes=1)} minutes "
                "after its start"
            )
