"""Use case: match the stored text regions to assets, approve the safe ones, propose the others."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from cognite.client import CogniteClient

from image360 import __version__
from image360.approval.plan import Changes, Link, Outcome, pair_of
from image360.approval.writers import Approvals, approvals_of
from image360.assets import list_assets
from image360.call import Context, FunctionCall, Summary
from image360.config import AnyConfig
from image360.deadline import Deadline
from image360.errors import NothingDoneError, RegionFileError, SetupError
from image360.image_plan import ImagePlan, Planner
from image360.listed import images_of
from image360.log import Log
from image360.matching import Asset, AssetIndex, Rules
from image360.matching.normaliser import Normaliser
from image360.state.proposals import Proposals
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItem, WorkItems

BATCH = 50  # images a batch: 300 faces a list call, and little to repeat when a call is killed
BATCH_SECONDS = 60.0  # what a batch may take
NAMES_TOLD = 50  # of a list in the summary, which is kept short; the log has them all
Keys = tuple[tuple[str, str] | int, tuple[str, str] | int]  # of nodes, or of what is classic
COUNTS = ("regions", "approved", "suggested", "held", "approved_now", "links_written")


def match(context: Context) -> Summary:
    """Match the images that are due, as far as the cap and the deadline allow.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Images were due and none of their region files can be read.
    """
    client, config, call, log = context.client, context.config, context.call, context.log
    items = WorkItems(client, config.state.space, call.run).of(images_of(context).images)
    assets = list_assets(client, config)
    key = match_key(config, assets)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_match(key, now)]
    leased = sum(item.unmatched(key) and item.leased(now) for item in items)  # in the hands of other calls
    log("listed", images=len(items), due=len(due), leased=leased, assets=len(assets))
    summary: Summary = {"images": len(items), "assets": len(assets)}
    matching = _Matching(client, config, call, log, key)
    if due:
        matching.run(due, AssetIndex.build(assets, rules_of(config)), context.deadline)
    if matching.unreadable and not matching.matched:
        raise NothingDoneError(
            f"none of {len(matching.unreadable)} region files can be read; first: {matching.unreadable[0]}"
        )
    return {**summary, **matching.counts(), "remaining": len(due) + leased - matching.matched}


def rules_of(config: AnyConfig) -> Rules:
    """Return what the config sets for the matching."""
    look_alikes = tuple(sorted(config.matching.look_alikes.items()))
    return Rules(Normaliser(look_alikes), no_tags=config.matching.no_tags)


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

    def __init__(
        self, client: CogniteClient, config: AnyConfig, call: FunctionCall, log: Log, key: str
    ) -> None:
        self._config = config
        self._call = call
        self._log = log
        self._key = key
        self._work_items = WorkItems(client, config.state.space, call.run, log.conceal)
        self._region_files = RegionFiles(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        self._approvals: Approvals = approvals_of(client, config)
        self._counts = dict.fromkeys(COUNTS, 0)
        self.matched = 0
        self.unsettled = 0
        self.waiting = 0
        self.unreadable: list[RegionFileError] = []
        self._orphans: list[str] = []
        self._hidden: list[str] = []

    def counts(self) -> Summary:
        """Return the counts of the run so far."""
        changed = self._call.applies and bool(self.matched or self.unreadable or self.unsettled)
        return {
            **self._counts,
            "matched": self.matched,
            "unreadable": len(self.unreadable),
            "unsettled": self.unsettled,
            "waiting": self.waiting,
            "orphans": self._orphans[:NAMES_TOLD],
            "hidden": self._hidden[:NAMES_TOLD],
            "changed": changed,
        }

    def run(self, due: Sequence[WorkItem], index: AssetIndex, deadline: Deadline) -> None:
        """Match the due items until the deadline or the cap on approvals."""
        for start in range(0, len(due), BATCH):
            if not deadline.allows(BATCH_SECONDS):
                self._log("deadline", left=deadline.left())
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
        plans: list[ImagePlan] = []
        planner = Planner(self._config, self._approvals, index)
        proposed = self._proposals.stored(items)
        stored = self._region_files.load([item.region_file or "" for item in items])
        for item, region_file in zip(items, stored, strict=True):
            if region_file is None:
                self._wait(item)
            elif isinstance(region_file, RegionFileError):
                self._give_back(item, region_file)
            else:
                self._counts["regions"] += len(region_file.regions)
                plans.append(planner.plan(item, region_file, proposed))
        links = self._approvals.stored({link.place.holder for plan in plans for link in plan.links})
        compared = [plan.against(links, self._approvals) for plan in plans]
        self._tell_hidden(compared)
        return compared, proposed

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
        """Return the first plans whose new approvals stay within the cap of the run."""
        total = self._counts["approved_now"]
        for number, plan in enumerate(plans):
            total += plan.approved_now
            if total > self._config.limits.max_approvals_per_run:
                return list(plans[:number])
        return list(plans)

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
        outcome = self._approvals.write(Changes.together(plan.changes for plan in plans))
        self._tell(outcome)
        open_images = {link.place.holder for link in outcome.unsettled}
        done: list[ImagePlan] = []
        for plan in plans:
            if any(link.place.holder in open_images for link in plan.links):
                self._log("unsettled", image=plan.item.image.external_id, until=plan.item.lease_until)
                self.unsettled += 1
            else:
                done.append(plan.holding(outcome.held))
        ids = {plan.item.external_id for plan in done}
        stored = {name: each for name, each in proposed.items() if each["workItem"]["externalId"] in ids}
        self._proposals.write([found.proposal for plan in done for found in plan.findings], stored)
        self._work_items.finish([plan.matched(self._key) for plan in done])
        return done

    def _tell(self, outcome: Outcome) -> None:
        """Say what CDF made otherwise than meant."""
        for link in outcome.shared:
            self._log("shared_edge", link=_named(link))
        for link in outcome.orphans:
            self._log("orphan", link=_named(link))
            self._orphans.append(_named(link))

    def _tell_hidden(self, plans: Iterable[ImagePlan]) -> None:
        """Name the images of which a viewer shows no link, for an edge that is not ours to mend."""
        for plan in plans:
            for link in plan.changes.hiding:
                space, edge = cast("tuple[str, str]", link.id)
                name = plan.item.image.external_id
                self._log("hidden", image=name, edge=edge, space=space)
                self._hidden.append(f"{name}, for edge '{edge}' in space '{space}'")

    def _count(self, plans: Sequence[ImagePlan]) -> None:
        self.matched += len(plans)
        for plan in plans:
            self._counts["approved"] += len(plan.approved)
            self._counts["suggested"] += plan.suggested
            self._counts["held"] += plan.held
            self._counts["approved_now"] += plan.approved_now
            self._counts["links_written"] += plan.links_written


def _named(link: Link) -> str:
    """Name the asset and the image or file of a link."""
    asset, holder = (key[1] if isinstance(key, tuple) else key for key in cast("Keys", pair_of(link)))
    return f"{asset} on {holder}"
