"""What one image would get: its proposals, and the links of those that are to be written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from image360.approval.places import at_one_place, sphere_place
from image360.approval.plan import Changes, Link, StoredLink, links_of
from image360.approval.writers import Approvals
from image360.catalog.image import Image
from image360.config import AnyConfig
from image360.history import Told
from image360.matching import Asset, AssetIndex, LearnedAlias, Lesson, Level, Match, TextRegion
from image360.state.decisions import Decision
from image360.state.pairs import AssetKey, Pair
from image360.state.proposals import HELD, Proposal, decided_proposal, proposal_of, undone
from image360.state.region_files import RegionFile, StoredOrigin
from image360.state.rulings import Ruling, Rulings
from image360.state.work_items import WorkItem


@dataclass(frozen=True)
class Finding:
    """A match that has an asset: its proposal, and the links that are wanted for it."""

    proposal: Proposal
    pair: Pair
    links: tuple[Link, ...] = ()
    decision: Decision | None = None  # by which a person has approved it


@dataclass(frozen=True)
class ImagePlan:
    """What one image would get."""

    item: WorkItem
    findings: tuple[Finding, ...]
    ruling: Ruling = field(default_factory=Ruling)
    rejected: tuple[StoredOrigin, ...] = ()  # of regions which a person has rejected, and a job has found
    unplaced: tuple[
        Pair, ...
    ] = ()  # approved by a person who does not say where, and nothing that was read does
    changes: Changes = field(default_factory=Changes)
    deleted: tuple[Told, ...] = ()  # links of ours that somebody has deleted, and that would be written again
    learned: tuple[Lesson, ...] = ()  # what people have said of its texts
    confirmed: tuple[Link, ...] = ()  # where a text stands that people have confirmed, approved or not
    withdrawn: tuple[StoredLink, ...] = ()  # of those taken back, what rested on a withdrawn alias

    @property
    def links(self) -> list[Link]:
        """Every link that is wanted."""
        return [link for finding in self.findings for link in finding.links]

    @property
    def texts(self) -> list[str]:
        """What was read as an asset."""
        return [finding.proposal.properties["text"] for finding in self.findings]

    @property
    def approved(self) -> list[Finding]:
        """What is approved, by its level or by a person."""
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

    @property
    def to_write(self) -> list[Pair]:
        """The pairs of which a link would be written."""
        return [each.pair for each in self.findings if not self.changes.written.isdisjoint(each.links)]

    @property
    def new_approvals(self) -> Mapping[AssetKey, Decision]:
        """What people have approved on the image, if anything was decided on it since it was last matched."""
        known = (self.item.match_key or "").partition(":")[2]
        return self.ruling.approved if self.ruling.key != known else {}

    @property
    def left_to_people(self) -> set[AssetKey]:
        """The assets that are read, and of which no link is wanted, or that people say are there."""
        linked = {finding.pair.asset for finding in self.findings if finding.links}
        read = {finding.pair.asset for finding in self.findings} - linked
        return read | {pair.asset for pair in self.unplaced}

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

    def against(
        self, stored: Sequence[StoredLink], approvals: Approvals, leaving: Sequence[StoredLink] = ()
    ) -> "ImagePlan":
        """Return the plan with what to change in CDF, which holds these links, some of which are to leave it.

        Nothing is written of what is on hold; what CDF holds of it stays approved.
        """
        staying = [link for link in stored if link not in leaving]
        changes = replace(approvals.changes(self.links, staying), take_back=tuple(leaving))
        undone_links = {
            link: undone(run)
            for asset, run in self.ruling.held.items()
            for link in changes.written
            if link.asset == asset
        }
        kept = replace(self, changes=changes.only(lambda link: link.asset not in self.ruling.held))
        return kept.holding({**dict.fromkeys(changes.held, HELD), **undone_links})

    def holding(self, links: Mapping[Link, str]) -> "ImagePlan":
        """Return the plan with the findings of these links left to a person, each for its reason."""
        return replace(self, findings=tuple(_holding(finding, links) for finding in self.findings))


def _holding(finding: Finding, links: Mapping[Link, str]) -> Finding:
    reason = next((links[link] for link in finding.links if link in links), None)
    if reason is None:
        return finding
    return replace(finding, proposal=finding.proposal.on_hold(reason), links=())


@dataclass(frozen=True)
class Planner:
    """Plans images, each with the assets and rules of the run, and with what people have decided."""

    config: AnyConfig
    approvals: Approvals
    indexes: Mapping[str, AssetIndex]  # by collection: each has learned for itself
    assets: Mapping[AssetKey, Asset]
    rulings: Rulings

    def plan(
        self, item: WorkItem, region_file: RegionFile, proposed: Mapping[str, Mapping[str, Any]]
    ) -> ImagePlan:
        """Match the regions of an image; of the stored proposals, `proposed`, those on hold stay so."""
        regions = region_file.text_regions()
        matches = list(_flat(self.indexes[item.image.collection].match_regions(regions)))
        found = [each for each in matches if each.asset is not None]
        ruling = self.rulings.on(item.image.key)
        decided = _Decided(ruling, item.image, found, self.assets)
        findings = [
            self._finding(each, regions, item, proposed, decided.on(each)) for each in decided.not_rejected()
        ]
        findings += [self._unread(asset, decision, item) for asset, decision in decided.beyond()]
        origins = [region_file.regions[place].origin for place in decided.rejected_regions()]
        rejected = tuple(origin for origin in origins if origin is not None)
        return ImagePlan(
            item,
            tuple(findings),
            ruling,
            rejected,
            tuple(decided.unplaced()),
            learned=tuple(each.learned for each in matches if each.learned is not None),
            confirmed=tuple(self._confirmed(found, item)),
        )

    def _confirmed(self, found: Iterable[Match], item: WorkItem) -> Iterable[Link]:
        for each in found:
            if each.decision == "approve" and each.learned is not None and each.polygon is not None:
                places = self.approvals.places(each.polygon, item.image)
                yield from links_of(each, each.learned.key, places)

    def _finding(
        self,
        found: Match,
        regions: Sequence[TextRegion],
        item: WorkItem,
        proposed: Mapping[str, Mapping[str, Any]],
        decision: Decision | None,
    ) -> Finding:
        text = text_of(found, regions)
        approval = self.config.approval
        found = _resting(found, approval.levels)
        approved = found.decision == "approve" and found.level in approval.levels
        approved = approved and found.score >= approval.from_score
        proposal = proposal_of(
            found, text, "approve" if approved else "suggest", item, self.config.state.space
        )
        pair = _pair(item.image, found)
        if decision is not None:
            proposal = proposal.decided(decision)
        elif proposed.get(proposal.external_id, {}).get("reason") == HELD:
            return Finding(proposal.on_hold(), pair)
        if found.polygon is None or not (proposal.is_approved or self.config.approval.write_suggestions):
            return Finding(proposal, pair)
        places = self.approvals.places(found.polygon, item.image)
        status = "approved" if proposal.is_approved else "suggested"
        return Finding(proposal, pair, tuple(links_of(found, text, places, status)), decision)

    def _unread(self, asset: Asset, decision: Decision, item: WorkItem) -> Finding:
        """Return what a person has approved at a place where nothing that was read says so."""
        proposal = decided_proposal(decision, asset, item, self.config.state.space)
        places = self.approvals.places(np.array(decision.polygon), item.image)
        links = [Link(asset.key, place, proposal.properties["text"], 1.0) for place in places]
        key = cast("AssetKey", asset.key)
        return Finding(proposal, Pair(item.image.key, key), tuple(links), decision)


@dataclass(frozen=True)
class _Decided:
    """What people have decided on an image, set against what was read on it."""

    ruling: Ruling
    image: Image
    found: Sequence[Match]
    assets: Mapping[AssetKey, Asset]

    def not_rejected(self) -> list[Match]:
        """Return the matches that stand; what was read as another asset than it is, as the one it is."""
        kept = [each for each in self.found if not self._is_rejected(each)]
        for asset, decision in self.ruling.approved.items():
            if decision.polygon is None and decision.instead == asset and asset in self.assets:
                was = [each for each in self.found if _key(each) == decision.pair.asset]
                kept += [replace(each, asset=self.assets[asset], runner_up=None) for each in was]
        return kept

    def rejected_regions(self) -> list[int]:
        """Return the regions that say nothing but what a person has rejected; what is another asset stays."""
        rejected = {asset for asset, each in self.ruling.rejected.items() if each.verdict == "reject"}
        of_rejected = {place for each in self.found if _key(each) in rejected for place in each.regions}
        of_others = {place for each in self.found if _key(each) not in rejected for place in each.regions}
        return sorted(of_rejected - of_others)

    def on(self, match: Match) -> Decision | None:
        """Return the decision by which a match is approved: at its polygon, or wherever the asset is read."""
        decision = self.ruling.approved.get(_key(match))
        if decision is None or decision.polygon is None or match is self._at(decision, _key(match)):
            return decision
        return None

    def beyond(self) -> list[tuple[Asset, Decision]]:
        """Return what is approved at a polygon where the asset was not read."""
        return [
            (self.assets[asset], decision)
            for asset, decision in self.ruling.approved.items()
            if asset in self.assets and decision.polygon is not None and self._at(decision, asset) is None
        ]

    def unplaced(self) -> list[Pair]:
        """Return what is approved and cannot be written: nobody knows where, or the asset is out of scope."""
        read = {_key(each) for each in self.not_rejected()}
        return [
            Pair(self.image.key, asset)
            for asset, decision in self.ruling.approved.items()
            if asset not in self.assets or (decision.polygon is None and asset not in read)
        ]

    def _at(self, decision: Decision, asset: AssetKey) -> Match | None:
        """Return the best match of an asset at the polygon of a decision."""
        place = sphere_place(np.array(decision.polygon), self.image)
        near = [
            each
            for each in self.found
            if _key(each) == asset
            and each.polygon is not None
            and at_one_place(sphere_place(each.polygon, self.image), place)
        ]
        return max(near, key=lambda each: (each.decision == "approve", each.score), default=None)

    def _is_rejected(self, match: Match) -> bool:
        return _key(match) in self.ruling.rejected


def _resting(found: Match, levels: Collection[Level]) -> Match:
    """Return a match at the level that approves it.

    Where the config leaves its own to people, and people have confirmed the text, that is `learned`.
    """
    if found.decision != "approve" or found.level in levels or not isinstance(found.learned, LearnedAlias):
        return found
    if found.level == "learned" or "learned" not in levels:
        return found
    return replace(found, level="learned", reason=f"{found.reason}; {found.learned.told}")


def _key(match: Match) -> AssetKey:
    assert match.asset is not None, "only matches with an asset are looked at"
    return cast("AssetKey", match.asset.key)


def _pair(image: Image, match: Match) -> Pair:
    return Pair(image.key, _key(match))


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
