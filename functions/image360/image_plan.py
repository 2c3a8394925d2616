"""What one image would get: its proposals, and the links of those that are to be written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from image360.approval.plan import Changes, Link, StoredLink, links_of
from image360.approval.writers import Approvals
from image360.config import AnyConfig
from image360.matching import AssetIndex, Match, TextRegion
from image360.state.proposals import Proposal, proposal_of
from image360.state.region_files import RegionFile
from image360.state.work_items import WorkItem


@dataclass(frozen=True)
class Finding:
    """A match that has an asset: its proposal, and the links that are wanted for it."""

    proposal: Proposal
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class ImagePlan:
    """What one image would get."""

    item: WorkItem
    findings: tuple[Finding, ...]
    changes: Changes = field(default_factory=Changes)

    @property
    def links(self) -> list[Link]:
        """Every link that is wanted."""
        return [link for finding in self.findings for link in finding.links]

    @property
    def approved(self) -> list[Finding]:
        """What is approved without a person."""
        return [finding for finding in self.findings if finding.proposal.is_approved]

    @property
    def suggested(self) -> int:
        """How many matches are left to a person, those on hold included."""
        return len(self.findings) - len(self.approved)

    @property
    def held(self) -> int:
        """How many approvals are held back from CDF."""
        return sum(bool(each.proposal.properties["held"]) for each in self.findings)

    @property
    def approved_now(self) -> int:
        """How many approvals CDF does not hold yet, or not in full."""
        return sum(not self.changes.written.isdisjoint(finding.links) for finding in self.approved)

    @property
    def links_written(self) -> int:
        """How many links CDF does not hold yet."""
        return len(self.changes.written.intersection(self.links))

    def matched(self, match_key: str) -> WorkItem:
        """Return the work item of the image once all of this is written."""
        return replace(
            self.item,
            state="matched",
            match_key=match_key,
            approved=len(self.approved),
            suggested=self.suggested,
            held=self.held,
        )

    def against(self, stored: Sequence[StoredLink], approvals: Approvals) -> "ImagePlan":
        """Return the plan with what to change in CDF, which holds these links."""
        changes = approvals.changes(self.links, stored)
        return replace(self, changes=changes).holding(changes.held)

    def holding(self, links: Collection[Link]) -> "ImagePlan":
        """Return the plan with the findings of these links left to a person."""
        return replace(
            self,
            findings=tuple(
                Finding(finding.proposal.on_hold())
                if any(link in links for link in finding.links)
                else finding
                for finding in self.findings
            ),
        )


@dataclass(frozen=True)
class Planner:
    """Plans images, each with the assets and rules of the run."""

    config: AnyConfig
    approvals: Approvals
    index: AssetIndex

    def plan(
        self, item: WorkItem, region_file: RegionFile, proposed: Mapping[str, Mapping[str, Any]]
    ) -> ImagePlan:
        """Match the regions of an image; of the stored proposals, `proposed`, those on hold stay so."""
        regions = region_file.text_regions()
        found = (each for each in _flat(self.index.match_regions(regions)) if each.asset is not None)
        return ImagePlan(item, tuple(self._finding(each, regions, item, proposed) for each in found))

    def _finding(
        self,
        found: Match,
        regions: Sequence[TextRegion],
        item: WorkItem,
        proposed: Mapping[str, Mapping[str, Any]],
    ) -> Finding:
        text = text_of(found, regions)
        approved = found.decision == "approve" and found.level in self.config.approval.levels
        decision = "approve" if approved else "suggest"
        proposal = proposal_of(found, text, decision, item, self.config.state.space)
        if proposed.get(proposal.external_id, {}).get("held"):
            return Finding(proposal.on_hold())
        if found.polygon is None or not (approved or self.config.approval.write_suggestions):
            return Finding(proposal)
        places = self.approvals.places(found.polygon, item.image)
        status = "approved" if approved else "suggested"
        return Finding(proposal, tuple(links_of(found, text, places, status)))


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
