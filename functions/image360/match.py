"""Use case: match the stored text regions to assets, approve the safe ones, propose the others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from image360.approval.writers import approvals_of
from image360.approval_cap import stop_at, within_cap
from image360.assets import list_assets
from image360.audited import AuditedApprovals
from image360.batch_plan import BatchPlanner, Proposed
from image360.batch_write import BatchWriter
from image360.call import Context, Summary
from image360.config import AnyConfig
from image360.errors import NothingDoneError, RegionFileError, SetupError
from image360.image_plan import ImagePlan
from image360.listed import images_of
from image360.match_keys import MatchKeys, match_keys, normaliser_of
from image360.match_tally import MatchTally
from image360.matching import Asset, AssetIndex, Rules
from image360.state.audit import Audit
from image360.state.decisions import Decisions
from image360.state.pairs import AssetKey
from image360.state.proposals import Proposals
from image360.state.region_files import RegionFile, RegionFiles
from image360.state.work_items import WorkItem

BATCH = 50  # images a batch: 300 faces a list call, and little to repeat when a call is killed
BATCH_SECONDS = 60.0  # what a batch may take


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
    tally = MatchTally(log)
    if due:
        _Matching(context, keys, assets, tally, {item.image.collection for item in due}).run(due)
    if tally.unreadable and not tally.matched:
        raise NothingDoneError(
            f"none of {len(tally.unreadable)} region files can be read; first: {tally.unreadable[0]}"
        )
    return {
        "images": len(items),
        "assets": len(assets),
        **tally.summary(),
        "changed": context.call.applies and tally.has_changed,
        "remaining": len(due) + leased - tally.matched,
    }


def rules_of(config: AnyConfig) -> Rules:
    """Return what the config sets for the matching."""
    return Rules(normaliser_of(config), no_tags=config.matching.no_tags)


class _Matching:
    """Works through batches of images, each saved before the next."""

    def __init__(
        self,
        context: Context,
        keys: MatchKeys,
        assets: Sequence[Asset],
        tally: MatchTally,
        collections: Iterable[str],
    ) -> None:
        client, config, call = context.client, context.config, context.call
        self._context = context
        self._tally = tally
        self._work_items = context.work_items()
        self._region_files = RegionFiles(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        approvals = approvals_of(client, config)
        audited = AuditedApprovals(
            approvals, Audit(client, config.state.space), call.run, context.record.call
        )
        by_key = {cast("AssetKey", asset.key): asset for asset in assets}
        index = AssetIndex.build(by_key.values(), rules_of(config))
        indexes = {name: index.taught(keys.lessons.of_collection(name)) for name in collections}
        self._planner = BatchPlanner(config, approvals, audited, Decisions(client), indexes, by_key, keys)
        self._writer = BatchWriter(context, audited, self._work_items, self._proposals, tally)

    def run(self, due: Sequence[WorkItem]) -> None:
        """Match the due items until the deadline, the cap on approvals, or somebody's stop."""
        deadline = self._context.deadline
        for start in range(0, len(due), BATCH):
            if not deadline.allows(BATCH_SECONDS):
                self._context.log("deadline", left=deadline.left())
                return
            if start > 0 and self._context.stop.is_asked():
                return
            if not self._batch(due[start : start + BATCH]):
                return

    def _batch(self, batch: Sequence[WorkItem]) -> bool:
        """Match a batch; return whether the cap leaves room for more."""
        applies = self._context.call.applies
        claimed = self._work_items.claim(batch) if applies else list(batch)
        try:
            proposed = self._proposals.stored(claimed)
            plans = self._planner.plan(self._read(claimed), proposed)
            self._tally.tell_plans(plans)
            fitting = within_cap(self._context, self._tally.counts, plans)
            self._tally.count(self._written(fitting, proposed) if applies else fitting)
            if applies:
                self._work_items.finish([plan.item for plan in plans[len(fitting) :]])
        except SetupError:
            if applies:
                self._work_items.finish(claimed)  # so that the next call need not wait for the leases
            raise
        if len(fitting) < len(plans):
            stop_at(self._context, plans[len(fitting)])
        return len(fitting) == len(plans)

    def _written(self, plans: Sequence[ImagePlan], proposed: Proposed) -> Sequence[ImagePlan]:
        return self._writer.write(plans, proposed, self._planner.keys)

    def _read(self, items: Sequence[WorkItem]) -> list[tuple[WorkItem, RegionFile]]:
        """Return the items whose region files can be read."""
        readable: list[tuple[WorkItem, RegionFile]] = []
        stored = self._region_files.load([item.region_file or "" for item in items])
        for item, region_file in zip(items, stored, strict=True):
            if region_file is None:
                self._wait(item)
            elif isinstance(region_file, RegionFileError):
                self._give_back(item, region_file)
            else:
                self._tally.counts["regions"] += len(region_file.regions)
                readable.append((item, region_file))
        return readable

    def _wait(self, item: WorkItem) -> None:
        """Leave an image to a later call: CDF does not hand out its region file yet."""
        self._context.log("waiting", image=item.image.external_id, region_file=item.region_file)
        self._tally.waiting += 1
        if self._context.call.applies:
            self._work_items.finish([item])

    def _give_back(self, item: WorkItem, error: RegionFileError) -> None:
        """Let an image be detected again whose region file cannot be read."""
        self._context.log("unreadable", image=item.image.external_id, error=str(error))
        self._tally.unreadable.append(error)
        if self._context.call.applies:
            self._work_items.finish([replace(item, state="pending", region_file=None, last_error=str(error))])
