"""What a call of `match` has come to: its counts, and the names of what a person is to know of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from image360.approval.plan import Link, Outcome, pair_of
from image360.errors import RegionFileError
from image360.image_plan import ImagePlan
from image360.log import Log

NAMES_TOLD = 50  # of a list in the summary, which is kept short; the log has them all
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
_Keys = tuple[tuple[str, str] | int, tuple[str, str] | int]  # of nodes, or of what is classic


@dataclass
class MatchTally:
    """Counts and names, each told to the log as it comes up."""

    log: Log
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    named: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMED})
    matched: int = 0
    unsettled: int = 0
    waiting: int = 0
    unreadable: list[RegionFileError] = field(default_factory=list[RegionFileError])

    def summary(self) -> dict[str, Any]:
        """Return it all as the summary of a call has it."""
        return {
            **self.counts,
            "matched": self.matched,
            "unreadable": len(self.unreadable),
            "unsettled": self.unsettled,
            "waiting": self.waiting,
            **{name: each[:NAMES_TOLD] for name, each in self.named.items()},
        }

    @property
    def has_changed(self) -> bool:
        """Whether anything was done that a call which applies its plans writes."""
        return bool(self.matched or self.unreadable or self.unsettled)

    def count(self, plans: Sequence[ImagePlan]) -> None:
        """Count images that are done."""
        self.matched += len(plans)
        for plan in plans:
            self.counts["approved"] += len(plan.approved)
            self.counts["suggested"] += plan.suggested
            self.counts["held"] += plan.held
            self.counts["approved_now"] += plan.approved_now
            self.counts["links_written"] += plan.links_written
            self.counts["taken_back"] += len(plan.changes.take_back)

    def tell_plans(self, plans: Iterable[ImagePlan]) -> None:
        """Name what a person is to know of: images of which a viewer shows no link, for an edge that is not
        ours to mend, what somebody has deleted, and decisions that cannot be carried out.
        """
        for plan in plans:
            for link in plan.changes.hiding:
                space, edge = cast("tuple[str, str]", link.id)
                name = plan.item.image.external_id
                self.log("hidden", image=name, edge=edge, space=space)
                self.named["hidden"].append(f"{name}, for edge '{edge}' in space '{space}'")
            for each in plan.deleted:
                self.log("deleted", pair=each.row.pair.name, run=each.row.run, link=each.name)
                self.named["deleted"].append(f"{each.row.pair.name}, of run {each.row.run}")
            for pair in plan.unplaced:
                self.log("unplaced", pair=pair.name)
                self.named["unplaced"].append(pair.name)

    def tell_outcome(self, outcome: Outcome) -> None:
        """Say what CDF made otherwise than meant."""
        for link in outcome.shared:
            self.log("shared_edge", link=_named(link))
        for link in outcome.orphans:
            self.log("orphan", link=_named(link))
            self.named["orphans"].append(_named(link))
        for link, said in outcome.refused:
            self.log("refused", link=_named(link), said=said)
            self.named["refused"].append(_named(link))

    def tell_refused_proposal(self, name: str, said: str) -> None:
        """Say which proposal CDF does not take."""
        self.log("refused", proposal=name, said=said)
        self.named["refused"].append(f"proposal {name}")

    def tell_unsettled(self, plan: ImagePlan) -> None:
        """Say which image has a link of unknown fate."""
        self.log("unsettled", image=plan.item.image.external_id, until=plan.item.lease_until)
        self.unsettled += 1


def _named(link: Link) -> str:
    """Name the asset and the image or file of a link."""
    asset, holder = (key[1] if isinstance(key, tuple) else key for key in cast("_Keys", pair_of(link)))
    return f"{asset} on {holder}"
