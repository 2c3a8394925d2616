"""Use case: match the stored text regions to assets, approve the safe ones, propose the others."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from cognite.client import CogniteClient

from image360 import __version__
from image360.approval.plan import Link, Outcome, pair_of
from image360.approval.writers import Approvals, approvals_of
from image360.assets import list_assets
from image360.audited import AuditedApprovals
from image360.call import Context, Summary
from image360.config import AnyConfig
from image360.detection.rejections import Rejections
from image360.errors import NothingDoneError, RegionFileError, SetupError
from image360.image_plan import ImagePlan, Planner
from image360.listed import images_of
from image360.matching import Asset, AssetIndex, Rules
from image360.matching.normaliser import Normaliser
from image360.nodes import write_nodes
from image360.state.audit import Audit
from image360.state.decisions import Decisions
from image360.state.holds import Hold, Holds
from image360.state.pairs import AssetKey, asset_of
from image360.state.proposals import HELD, Proposals
from image360.state.region_files import RegionFile, RegionFiles
from image360.state.rulings import Rulings
from image360.state.runs import total
from image360.state.work_items import WorkItem

BATCH = 50  # images a batch: 300 faces a list call, and little to repeat when a call is killed
BATCH_SECONDS = 60.0  # what a batch may take
NAMES_TOLD = 50  # of a list in the summary, which is kept short; the log has them all
Keys = tuple[tuple[str, str] | int, tuple[str, str] | int]  # of nodes, or of what is classic
COUNTS = (
    "regions",
    "approved",
    "suggested",
    "held",
    "approved_now",
    "links_written",
    "taken_back",
    "rejected_in_jobs",
)
NAMED = ("orphans", "hidden", "refused", "unplaced", "deleted")


def match(context: Context) -> Summary:
    """Match the images that are due, as far as the cap and the deadline allow.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Images were due and none of their region files can be read.
    """
    client, config, log = context.client, context.config, context.log
    items = context.work_items().of(images_of(context).images)
    assets = list_assets(client, config)
    keys = match_keys(client, config, assets)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_match(keys.of(item), now)]
    leased = sum(item.unmatched(keys.of(item)) and item.leased(now) for item in items)  # by other calls
    log("listed", images=len(items), due=len(due), leased=leased, assets=len(assets))
    summary: Summary = {"images": len(items), "assets": len(assets)}
    matching = _Matching(context, keys, assets)
    if due:
        matching.run(due)
    if matching.unreadable and not matching.matched:
        raise NothingDoneError(
            f"none of {len(matching.unreadable)} region files can be read; first: {matching.unreadable[0]}"
        )
    return {**summary, **matching.counts(), "remaining": len(due) + leased - matching.matched}


def rules_of(config: AnyConfig) -> Rules:
    """Return what the config sets for the matching."""
    look_alikes = tuple(sorted(config.matching.look_alikes.items()))
    return Rules(Normaliser(look_alikes), no_tags=config.matching.no_tags)


@dataclass(frozen=True)
class MatchKeys:
    """What images are matched with: an image is due when that is something else than before."""

    of_all: str
    rulings: Rulings

    def of(self, item: WorkItem) -> str:
        """Name what one image is matched with."""
        decided = self.rulings.key_of(item.image.key)
        return f"{self.of_all}:{decided}" if decided else self.of_all


def match_keys(client: CogniteClient, config: AnyConfig, assets: Iterable[Asset]) -> MatchKeys:
    """Read what people have decided and what is on hold, beside the assets that were read already."""
    rulings = Rulings.of(Decisions(client).listed(), Holds(client, config.state.space).listed())
    return MatchKeys(match_key(config, assets), rulings)


def match_key(config: AnyConfig, assets: Iterable[Asset]) -> str:
    """Name what a match depends on beside the regions: assets, the config's rules, and the code."""
    rows = sorted(
        json.dumps([a.key, a.name, a.external_id, sorted(a.aliases), a.description], ensure_ascii=False)
        for a in assets
    )
    approval = [sorted(config.approval.levels), config.approval.write_suggestions]
    matching = config.matching.model_dump_json()
    content = json.dumps([__version__, *approval, matching, rows], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class _Matching:
    """Works through batches of images, each saved before the next."""

    def __init__(self, context: Context, keys: MatchKeys, assets: Sequence[Asset]) -> None:
        client, config, call = context.client, context.config, context.call
        self._context = context
        self._client = client
        self._config = config
        self._call = call
        self._log = context.log
        self._keys = keys
        self._assets = {cast("AssetKey", asset.key): asset for asset in assets}
        self._decisions = Decisions(client)
        self._work_items = context.work_items()
        self._region_files = RegionFiles(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        self._approvals: Approvals = approvals_of(client, config)
        self._rejections = Rejections(client, config.state.space)
        audit = Audit(client, config.state.space)
        self._audited = AuditedApprovals(self._approvals, audit, call.run, context.record.call)
        self._counts = dict.fromkeys(COUNTS, 0)
        self.matched = 0
        self.unsettled = 0
        self.waiting = 0
        self.unreadable: list[RegionFileError] = []
        self._named: dict[str, list[str]] = {name: [] for name in NAMED}

    def counts(self) -> Summary:
        """Return the counts of the run so far."""
        changed = self._call.applies and bool(self.matched or self.unreadable or self.unsettled)
        return {
            **self._counts,
            "matched": self.matched,
            "unreadable": len(self.unreadable),
            "unsettled": self.unsettled,
            "waiting": self.waiting,
            **{name: each[:NAMES_TOLD] for name, each in self._named.items()},
            "changed": changed,
        }

    def run(self, due: Sequence[WorkItem]) -> None:
        """Match the due items until the deadline, the cap on approvals, or somebody's stop."""
        index = AssetIndex.build(self._assets.values(), rules_of(self._config))
        deadline = self._context.deadline
        for start in range(0, len(due), BATCH):
            if not deadline.allows(BATCH_SECONDS):
                self._log("deadline", left=deadline.left())
                return
            if start > 0 and self._context.stop.is_asked():
                return
            if not self._batch(due[start : start + BATCH], index):
                return

    def _batch(self, batch: Sequence[WorkItem], index: AssetIndex) -> bool:
        """Match a batch; return whether the cap leaves room for more."""
        claimed = self._work_items.claim(batch) if self._call.applies else list(batch)
        try:
            plans, proposed = self._plan(claimed, index)
            fitting = self._within_cap(plans)
            if self._call.applies:
                self._count(self._write(fitting, proposed))
                self._work_items.finish([plan.item for plan in plans[len(fitting) :]])
            else:
                self._count(fitting)
        except SetupError:
            if self._call.applies:
                self._work_items.finish(claimed)  # so that the next call need not wait for the leases
            raise
        if len(fitting) < len(plans):
            self._stop_at_cap(plans[len(fitting)])
        return len(fitting) == len(plans)

    def _plan(
        self, items: Sequence[WorkItem], index: AssetIndex
    ) -> tuple[list[ImagePlan], Mapping[str, Mapping[str, Any]]]:
        """Match the regions of the items, and compare with what CDF holds: links, and proposals."""
        proposed = self._proposals.stored(items)
        readable: list[tuple[WorkItem, RegionFile]] = []
        stored = self._region_files.load([item.region_file or "" for item in items])
        for item, region_file in zip(items, stored, strict=True):
            if region_file is None:
                self._wait(item)
            elif isinstance(region_file, RegionFileError):
                self._give_back(item, region_file)
            else:
                self._counts["regions"] += len(region_file.regions)
                readable.append((item, region_file))
        plans = self._compared(readable, proposed, index)
        if self._decided_meanwhile(plans):
            plans = self._compared(readable, proposed, index)
        if holds := self._holds_on(plans):
            deleted = [plan.deleted for plan in plans]
            self._keys = replace(self._keys, rulings=self._keys.rulings.with_holds(holds))
            again = self._compared(readable, proposed, index)
            plans = [replace(plan, deleted=each) for plan, each in zip(again, deleted, strict=True)]
        self._tell_plans(plans)
        return plans, proposed

    def _compared(
        self,
        readable: Sequence[tuple[WorkItem, RegionFile]],
        proposed: Mapping[str, Mapping[str, Any]],
        index: AssetIndex,
    ) -> list[ImagePlan]:
        planner = Planner(self._config, self._approvals, index, self._assets, self._keys.rulings)
        return self._audited.compared(
            [planner.plan(item, region_file, proposed) for item, region_file in readable]
        )

    def _holds_on(self, plans: Iterable[ImagePlan]) -> list[Hold]:
        """Return the holds on what somebody has deleted."""
        rulings = self._keys.rulings
        told = dict.fromkeys((each.row.pair, each.row.run) for plan in plans for each in plan.deleted)
        return [
            Hold(pair, run, decision.changed if (decision := rulings.approval_of(pair)) else None)
            for pair, run in told
        ]

    def _hold(self, plans: Sequence[ImagePlan]) -> None:
        """Hold what somebody has deleted, and tell of its end: at once, so that no kill parts the two."""
        holds, call = self._holds_on(plans), self._context.record.call
        rows = [each.gone(self._call.run, call) for plan in plans for each in plan.deleted]
        if rows:
            space = self._config.state.space
            nodes = [*Holds(self._client, space).nodes(holds), *Audit(self._client, space).nodes(rows)]
            write_nodes(self._client, nodes)

    def _decided_meanwhile(self, plans: Iterable[ImagePlan]) -> bool:
        """Read the decisions on what would be written once more; return whether there are new ones."""
        pairs = [pair for plan in plans for pair in plan.to_write]
        before = self._keys.rulings
        if pairs:
            self._keys = replace(self._keys, rulings=before.with_decisions(self._decisions.on(pairs)))
        return self._keys.rulings is not before

    def _wait(self, item: WorkItem) -> None:
        """Leave an image to a later call: CDF does not hand out its region file yet."""
        self._log("waiting", image=item.image.external_id, region_file=item.region_file)
        self.waiting += 1
        if self._call.applies:
            self._work_items.finish([item])

    def _give_back(self, item: WorkItem, error: RegionFileError) -> None:
        """Let an image be detected again whose region file cannot be read."""
        self._log("unreadable", image=item.image.external_id, error=str(error))
        self.unreadable.append(error)
        if self._call.applies:
            self._work_items.finish([replace(item, state="pending", region_file=None, last_error=str(error))])

    def _within_cap(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Return the first plans whose new approvals stay within the cap of the run.

        What they would write is told at once, for the other calls of the run to count with it.
        """
        shares = self._call.applies and self._call.has_siblings
        own, others = self._counts["approved_now"], 0
        if shares and any(plan.approved_now for plan in plans):
            others = total(self._context.record.others(), "approved_now")
        fitting: list[ImagePlan] = []
        for plan in plans:
            if others + own + plan.approved_now > self._config.limits.max_approvals_per_run:
                break
            own += plan.approved_now
            fitting.append(plan)
        if shares and own > self._counts["approved_now"]:
            self._context.record.tell({**self._counts, "approved_now": own})
        return fitting

    def _stop_at_cap(self, plan: ImagePlan) -> None:
        cap, name = self._config.limits.max_approvals_per_run, plan.item.image.external_id
        self._log("cap", max_approvals_per_run=cap, image=name)
        if plan.approved_now > cap:
            raise SetupError(
                f"image '{name}' alone has {plan.approved_now} new approvals, more than "
                f"limits.max_approvals_per_run ({cap}): raise it in the config"
            )

    def _write(
        self, plans: Sequence[ImagePlan], proposed: Mapping[str, Mapping[str, Any]]
    ) -> list[ImagePlan]:
        """Write what the plans say; return those that are done, as CDF holds them.

        An image with a link of unknown fate keeps its lease: when that has ended, CDF's lists have long
        settled, and the call that takes the image then sees what is missing.
        """
        self._hold(plans)
        outcome, left = self._audited.write(plans)
        self._tell(outcome)
        reasons = dict.fromkeys(outcome.held, HELD)
        reasons |= {link: f"held: CDF refuses the link ({said})" for link, said in outcome.refused}
        open_images = {link.place.holder for link in (*outcome.unsettled, *left)}
        done: list[ImagePlan] = []
        for plan in plans:
            if any(link.place.holder in open_images for link in (*plan.links, *plan.changes.take_back)):
                self._log("unsettled", image=plan.item.image.external_id, until=plan.item.lease_until)
                self.unsettled += 1
            else:
                done.append(plan.holding(reasons))
        rejected = [origin for plan in done for origin in plan.rejected]
        self._counts["rejected_in_jobs"] += self._rejections.add_origins(rejected, self._log)
        ids = {plan.item.external_id for plan in done}
        stored = {name: each for name, each in proposed.items() if each["workItem"]["externalId"] in ids}
        stored |= self._rejected_since(done)
        wanted = [found.proposal for plan in done for found in plan.findings]
        for name, said in self._proposals.write(wanted, stored).items():
            self._log("refused", proposal=name, said=said)
            self._named["refused"].append(f"proposal {name}")
        self._work_items.finish([plan.matched(self._keys.of(plan.item)) for plan in done])
        return done

    def _rejected_since(self, plans: Iterable[ImagePlan]) -> dict[str, Mapping[str, Any]]:
        """Return the proposals of pairs that a person has rejected, of whatever content of the images."""
        rejected = {plan.item.image.key: plan.ruling.rejected for plan in plans if plan.ruling.rejected}
        return {
            name: each
            for name, each in self._proposals.on_images(sorted(rejected)).items()
            if asset_of(each) in rejected[each["image"]["space"], each["image"]["externalId"]]
        }

    def _tell(self, outcome: Outcome) -> None:
        """Say what CDF made otherwise than meant."""
        for link in outcome.shared:
            self._log("shared_edge", link=_named(link))
        for link in outcome.orphans:
            self._log("orphan", link=_named(link))
            self._named["orphans"].append(_named(link))
        for link, said in outcome.refused:
            self._log("refused", link=_named(link), said=said)
            self._named["refused"].append(_named(link))

    def _tell_plans(self, plans: Iterable[ImagePlan]) -> None:
        """Name what a person is to know of: images of which a viewer shows no link, for an edge that is not
        ours to mend, and decisions that cannot be carried out.
        """
        for plan in plans:
            for link in plan.changes.hiding:
                space, edge = cast("tuple[str, str]", link.id)
                name = plan.item.image.external_id
                self._log("hidden", image=name, edge=edge, space=space)
                self._named["hidden"].append(f"{name}, for edge '{edge}' in space '{space}'")
            for each in plan.deleted:
                self._log("deleted", pair=each.row.pair.name, run=each.row.run, link=each.name)
                self._named["deleted"].append(f"{each.row.pair.name}, of run {each.row.run}")
            for pair in plan.unplaced:
                self._log("unplaced", pair=pair.name)
                self._named["unplaced"].append(pair.name)

    def _count(self, plans: Sequence[ImagePlan]) -> None:
        self.matched += len(plans)
        for plan in plans:
            self._counts["approved"] += len(plan.approved)
            self._counts["suggested"] += plan.suggested
            self._counts["held"] += plan.held
            self._counts["approved_now"] += plan.approved_now
            self._counts["links_written"] += plan.links_written
            self._counts["taken_back"] += len(plan.changes.take_back)


def _named(link: Link) -> str:
    """Name the asset and the image or file of a link."""
    asset, holder = (key[1] if isinstance(key, tuple) else key for key in cast("Keys", pair_of(link)))
    return f"{asset} on {holder}"
