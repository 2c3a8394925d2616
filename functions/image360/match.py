"""Use case: match the stored text regions to assets, approve the safe ones, propose the others."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cognite.client import CogniteClient

from image360 import __version__
from image360.approval.annotations import Annotations
from image360.approval.plan import Link, StoredLink, links_of, missing_links
from image360.assets import list_assets
from image360.call import FunctionCall, Summary
from image360.catalog.hybrid import list_images
from image360.config import Config
from image360.deadline import Deadline
from image360.errors import NothingDoneError, RegionFileError, SetupError
from image360.log import Log
from image360.matching import Asset, AssetIndex, Match, TextRegion
from image360.state.proposals import Proposal, Proposals, proposal_of
from image360.state.region_files import RegionFile, RegionFiles
from image360.state.work_items import WorkItem, WorkItems

BATCH = 50  # images a batch: 300 faces a list call, and little to repeat when a call is killed
BATCH_SECONDS = 60.0  # what a batch may take


@dataclass(frozen=True)
class ImagePlan:
    """What one image would get: a proposal per match, and links for the matches that are approved."""

    item: WorkItem
    proposals: tuple[Proposal, ...]
    approvals: tuple[tuple[Link, ...], ...]  # the links of each approved match
    missing: tuple[tuple[Link, ...], ...] = ()  # those of them that CDF does not hold, where there are any

    @property
    def links(self) -> list[Link]:
        """Every link of the image."""
        return [link for links in self.approvals for link in links]


def match(client: CogniteClient, config: Config, call: FunctionCall, deadline: Deadline, log: Log) -> Summary:
    """Match the images that are due, as far as the cap and the deadline allow.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Images were due and none of their region files can be read.
    """
    catalog = list_images(client, config.images, call.only)
    items = WorkItems(client, config.state.space, call.run).of(catalog.images)
    assets = list_assets(client, config.assets)
    key = match_key(config, assets)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_match(key, now)]
    log("listed", images=len(items), due=len(due), assets=len(assets))
    summary: Summary = {"images": len(items), "assets": len(assets)}
    matching = _Matching(client, config, call, log, key)
    if due:
        matching.run(due, AssetIndex.build(assets), deadline)
    if matching.unreadable and not matching.matched:
        raise NothingDoneError(
            f"none of {len(matching.unreadable)} region files can be read; first: {matching.unreadable[0]}"
        )
    return {**summary, **matching.counts(), "remaining": len(due) - matching.matched}


def match_key(config: Config, assets: Iterable[Asset]) -> str:
    """Name what a match depends on beside the regions: the assets, the levels approved, and the code."""
    rows = sorted(
        json.dumps([a.key, a.name, a.external_id, sorted(a.aliases)], ensure_ascii=False) for a in assets
    )
    content = json.dumps([__version__, sorted(config.approval.levels), rows], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class _Matching:
    """Works through batches of images, each saved before the next."""

    def __init__(self, client: CogniteClient, config: Config, call: FunctionCall, log: Log, key: str) -> None:
        self._config = config
        self._call = call
        self._log = log
        self._key = key
        self._work_items = WorkItems(client, config.state.space, call.run)
        self._region_files = RegionFiles(client, config.state.space)
        self._proposals = Proposals(client, config.state.space)
        self._annotations = Annotations(client, config.assets.view)
        self._counts = dict.fromkeys(("regions", "approved", "suggested", "approved_now", "links_written"), 0)
        self.matched = 0
        self.unsettled = 0
        self.waiting = 0
        self.unreadable: list[RegionFileError] = []

    def counts(self) -> Summary:
        """Return the counts of the run so far."""
        changed = self._call.applies and bool(self.matched or self.unreadable or self.unsettled)
        return {
            **self._counts,
            "matched": self.matched,
            "unreadable": len(self.unreadable),
            "unsettled": self.unsettled,
            "waiting": self.waiting,
            "changed": changed,
        }

    def run(self, due: Sequence[WorkItem], index: AssetIndex, deadline: Deadline) -> None:
        """Match the due items until the deadline or the cap on approvals."""
        for start in range(0, len(due), BATCH):
            if not deadline.allows(BATCH_SECONDS):
                self._log("deadline", left=deadline.left())
                return
            batch = due[start : start + BATCH]
            claimed = self._work_items.claim(batch) if self._call.applies else list(batch)
            plans = self._plan(claimed, index)
            fitting = self._within_cap(plans)
            if self._call.applies:
                self._count(self._write(fitting))
                self._work_items.finish([plan.item for plan in plans[len(fitting) :]])
            else:
                self._count(fitting)
            if len(fitting) < len(plans):
                self._stop_at_cap(plans[len(fitting)])
                return

    def _plan(self, items: Sequence[WorkItem], index: AssetIndex) -> list[ImagePlan]:
        """Match the regions of the items, and compare their links with those CDF holds."""
        plans: list[ImagePlan] = []
        stored = self._region_files.load([item.region_file or "" for item in items])
        for item, region_file in zip(items, stored, strict=True):
            if region_file is None:
                self._wait(item)
            elif isinstance(region_file, RegionFileError):
                self._give_back(item, region_file)
            else:
                self._counts["regions"] += len(region_file.regions)
                plans.append(self._image_plan(item, region_file, index))
        file_ids = sorted({link.file_id for plan in plans for link in plan.links})
        held = self._annotations.stored(file_ids)
        return [replace(plan, missing=_missing(plan, held)) for plan in plans]

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

    def _image_plan(self, item: WorkItem, region_file: RegionFile, index: AssetIndex) -> ImagePlan:
        regions = region_file.text_regions()
        proposals: list[Proposal] = []
        approvals: list[tuple[Link, ...]] = []
        for found in _flat(index.match_regions(regions)):
            if found.asset is None:
                continue
            text = text_of(found, regions)
            approved = found.decision == "approve" and found.level in self._config.approval.levels
            if approved:
                approvals.append(tuple(links_of(found, text, item.image.faces)))
            decision = "approve" if approved else "suggest"
            proposals.append(proposal_of(found, text, decision, item, self._config.state.space))
        return ImagePlan(item, tuple(proposals), tuple(approvals))

    def _within_cap(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Return the first plans whose new approvals stay within the cap of the run."""
        total = self._counts["approved_now"]
        for number, plan in enumerate(plans):
            total += len(plan.missing)
            if total > self._config.limits.max_approvals_per_run:
                return list(plans[:number])
        return list(plans)

    def _stop_at_cap(self, plan: ImagePlan) -> None:
        cap, name = self._config.limits.max_approvals_per_run, plan.item.image.external_id
        self._log("cap", max_approvals_per_run=cap, image=name)
        if len(plan.missing) > cap:
            raise SetupError(
                f"image '{name}' alone has {len(plan.missing)} new approvals, more than "
                f"limits.max_approvals_per_run ({cap}): raise it in the config"
            )

    def _write(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Write what the plans say; return those that are done.

        An image with a link of unknown fate keeps its lease: when that has ended, CDF's lists have long
        settled, and the call that takes the image then sees what is missing.
        """
        proposed = self._proposals.stored([plan.item for plan in plans])
        unsettled = self._annotations.write(
            [link for plan in plans for links in plan.missing for link in links]
        )
        files = {link.file_id for link in unsettled}
        done: list[ImagePlan] = []
        for plan in plans:
            if any(link.file_id in files for link in plan.links):
                self._log("unsettled", image=plan.item.image.external_id, until=plan.item.lease_until)
                self.unsettled += 1
            else:
                done.append(plan)
        self._proposals.write([proposal for plan in done for proposal in plan.proposals], proposed)
        self._work_items.finish([replace(plan.item, state="matched", match_key=self._key) for plan in done])
        return done

    def _count(self, plans: Sequence[ImagePlan]) -> None:
        self.matched += len(plans)
        for plan in plans:
            self._counts["approved"] += len(plan.approvals)
            self._counts["suggested"] += len(plan.proposals) - len(plan.approvals)
            self._counts["approved_now"] += len(plan.missing)
            self._counts["links_written"] += sum(len(links) for links in plan.missing)


def _missing(plan: ImagePlan, held: Sequence[StoredLink]) -> tuple[tuple[Link, ...], ...]:
    """Return the links that CDF does not hold, per approval that lacks any."""
    missing = (tuple(missing_links(links, held)) for links in plan.approvals)
    return tuple(links for links in missing if links)


def text_of(found: Match, regions: Sequence[TextRegion]) -> str:
    """Return what was read of a match of regions, in reading order: line by line, each from its start."""
    if found.polygon is None or len(found.regions) == 1:
        return " ".join(regions[place].text for place in found.regions)
    start, along, down = found.polygon[0], found.polygon[1], found.polygon[-1]

    def order(place: int) -> float:
        offset = regions[place].polygon.mean(axis=0) - start
        right = float(offset @ (along - start)) / float((along - start) @ (along - start))
        below = float(offset @ (down - start)) / float((down - start) @ (down - start))
        # Lines lie half the height apart or more, boxes of one line a small part of it.
        return 4 * below + right

    return " ".join(regions[place].text for place in sorted(found.regions, key=order))


def _flat(matches: Iterable[Match]) -> Iterable[Match]:
    """Yield every match, and the further tags of its text."""
    for found in matches:
        yield found
        yield from found.also
