"""The plans of a batch of images, against decisions, holds and links as CDF has them just then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from image360.approval.writers import Approvals
from image360.audited import AuditedApprovals
from image360.config import AnyConfig
from image360.image_plan import ImagePlan, Planner
from image360.match_keys import MatchKeys
from image360.matching import Asset, AssetIndex
from image360.state.decisions import Decisions
from image360.state.holds import Hold
from image360.state.pairs import AssetKey
from image360.state.region_files import RegionFile
from image360.state.rulings import Rulings
from image360.state.work_items import WorkItem

Read = Sequence[tuple[WorkItem, RegionFile]]  # images with what was read on them
Proposed = Mapping[str, Mapping[str, Any]]  # stored proposals: properties by external id


@dataclass
class BatchPlanner:
    """Plans batch after batch; what it comes to know of decisions and holds is in `keys`."""

    config: AnyConfig
    approvals: Approvals
    audited: AuditedApprovals
    decisions: Decisions
    indexes: Mapping[str, AssetIndex]  # by collection
    assets: Mapping[AssetKey, Asset]
    keys: MatchKeys

    def plan(self, read: Read, proposed: Proposed) -> list[ImagePlan]:
        """Match what was read, and compare with what CDF holds; what somebody has deleted is on hold."""
        plans = self._compared(read, proposed)
        if self._decided_meanwhile(plans):
            plans = self._compared(read, proposed)
        if holds := holds_on(plans, self.keys.rulings):
            deleted = [plan.deleted for plan in plans]
            self.keys = replace(self.keys, rulings=self.keys.rulings.with_holds(holds))
            again = self._compared(read, proposed)
            plans = [replace(plan, deleted=each) for plan, each in zip(again, deleted, strict=True)]
        return plans

    def _compared(self, read: Read, proposed: Proposed) -> list[ImagePlan]:
        planner = Planner(self.config, self.approvals, self.indexes, self.assets, self.keys.rulings)
        return self.audited.compared(
            [planner.plan(item, region_file, proposed) for item, region_file in read]
        )

    def _decided_meanwhile(self, plans: Iterable[ImagePlan]) -> bool:
        """Read the decisions on what would be written once more; return whether there are new ones."""
        pairs = [pair for plan in plans for pair in plan.to_write]
        before = self.keys.rulings
        if pairs:
            self.keys = replace(self.keys, rulings=before.with_decisions(self.decisions.on(pairs)))
        return self.keys.rulings is not before


def holds_on(plans: Iterable[ImagePlan], rulings: Rulings) -> list[Hold]:
    """Return the holds on what somebody has deleted."""
    told = dict.fromkeys((each.row.pair, each.row.run) for plan in plans for each in plan.deleted)
    return [
        Hold(pair, run, decision.changed if (decision := rulings.approval_of(pair)) else None)
        for pair, run in told
    ]
