"""What is to be done for the undo of a run, image by image: a difference, read from CDF each time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from image360.approval.claims import Claim, claims_on
from image360.approval.plan import Link, StoredLink
from image360.approval.writers import Approvals
from image360.call import Context
from image360.history import Told, standing
from image360.nodes import existing
from image360.state.audit import Audit, AuditRow, written
from image360.state.decisions import Decisions
from image360.state.holds import Hold, Holds
from image360.state.pairs import Key, Pair, asset_of
from image360.state.proposals import HELD, Proposal, Proposals, undone
from image360.state.rulings import Ruling, Rulings
from image360.state.work_items import WorkItem

_Wanted = tuple[Proposal, Sequence[Link]]


@dataclass(frozen=True)
class ImageUndo:
    """What is to be done on one image."""

    claims: tuple[Claim, ...] = ()
    holds: tuple[Hold, ...] = ()
    deleted: tuple[Told, ...] = ()  # links that somebody has deleted before: their end is to be told
    proposals: Mapping[str, str] = field(default_factory=dict[str, str])  # to hold: why, by external id
    counts: Mapping[str, int] = field(default_factory=dict[str, int])  # that its work item does not tell yet

    def __bool__(self) -> bool:
        return bool(self.claims or self.holds or self.deleted or self.proposals or self.counts)

    @property
    def pairs(self) -> list[Pair]:
        """The pairs of which a node would be written."""
        return [*(hold.pair for hold in self.holds), *(each.row.pair for each in self.deleted)]

    def among(self, there: Collection[Key]) -> "ImageUndo":
        """Return it without what is to be said of pairs whose nodes are not there any more."""

        def is_there(pair: Pair) -> bool:
            return all(node in there for node in pair.nodes)

        return replace(
            self,
            holds=tuple(hold for hold in self.holds if is_there(hold.pair)),
            deleted=tuple(each for each in self.deleted if is_there(each.row.pair)),
        )


class UndoPlanner:
    """Says what is to be done for the undo of a run, from what CDF holds at the moment.

    Args:
        approvals: The links of the project.
        rows: What the run has written.
        items: The work items of the images that the config still names.
    """

    def __init__(
        self,
        context: Context,
        approvals: Approvals,
        rows: Mapping[Key, Sequence[AuditRow]],
        items: Mapping[Key, WorkItem],
    ) -> None:
        client, config = context.client, context.config
        self._client = client
        self._run = context.call.run
        self._log = context.log
        self._suggests = config.approval.write_suggestions
        self._approvals = approvals
        self._rows = rows
        self._items = items
        self._audit = Audit(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        self._rulings = Rulings.of(Decisions(client).listed(), Holds(client, config.state.space).listed())
        self._kept: dict[str, None] = {}

    @property
    def kept(self) -> list[str]:
        """The links of the run that somebody has changed since: they stay."""
        return list(self._kept)

    def holding(self, holds: Sequence[Hold]) -> None:
        """Take note of holds that were written."""
        self._rulings = self._rulings.with_holds(holds)

    def with_held(self, match_key: str, image: Key) -> str:
        """Return the key of a match, naming what is on hold on the image now."""
        return self._rulings.with_held(match_key, image)

    def look(self, images: Sequence[Key]) -> dict[Key, ImageUndo]:
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
        self._keep(rows, stored, claims)
        deleted = self._deleted(of_images, stored)
        found = {
            image: self._of_image(
                image,
                [each for each in claims if each.row.pair.image == image],
                [each for each in deleted if each.row.pair.image == image],
                stored,
                proposed.get(image, ()),
            )
            for image in images
        }
        there = existing(
            self._client,
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
        deleted: Sequence[Told],
        stored: Sequence[StoredLink],
        proposed: Sequence[_Wanted],
    ) -> ImageUndo:
        holders = {place.holder for row in self._rows[image] for place in row.places}
        linked = {link.asset for link in stored if link.place.holder in holders}
        # What somebody has deleted stays away, too, even if another place of the pair is linked.
        pairs = {each.row.pair for each in (*claims, *deleted)} | {
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
        item = self._items.get(image)
        is_told = item is None or all(getattr(item, name) == count for name, count in counts.items())
        return ImageUndo(
            tuple(claims), tuple(holds), tuple(deleted), to_hold, counts={} if is_told else counts
        )

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

    def _keep(self, rows: Iterable[AuditRow], stored: Iterable[StoredLink], claims: Iterable[Claim]) -> None:
        """Name the links of the run that somebody has changed since: they stay."""
        ours = {claim.link.name for claim in claims}
        there = {link.name for link in stored} - ours
        for row in rows:
            for _, name, _ in row.told_links:
                if name in there and f"{row.pair.name} ({name})" not in self._kept:
                    self._log("kept", pair=row.pair.name, link=name)
                    self._kept[f"{row.pair.name} ({name})"] = None


def _counted(proposed: Sequence[Proposal], to_hold: Mapping[str, str]) -> dict[str, int]:
    """Return the counts of a work item with these proposals, some of which are going to be held."""
    approved = [each for each in proposed if each.is_approved and each.external_id not in to_hold]
    held = [each for each in proposed if each.properties.get("held") or each.external_id in to_hold]
    return {"approved": len(approved), "suggested": len(proposed) - len(approved), "held": len(held)}
