"""Writes and take-backs of approvals, each with an audit row that is there before it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from image360.approval.claims import Claim, claims_on
from image360.approval.places import Place
from image360.approval.plan import Changes, LinkStatus, Outcome, StoredLink
from image360.approval.writers import Approvals
from image360.image_plan import Finding, ImagePlan
from image360.state.audit import Action, Audit, AuditRow, written
from image360.state.pairs import AssetKey, Key, Pair

ACTIONS: Sequence[tuple[LinkStatus, Action]] = (("approved", "approve"), ("suggested", "suggest"))


@dataclass(frozen=True)
class AuditedApprovals:
    """The approvals of a project, as one call of a run writes them."""

    approvals: Approvals
    audit: Audit
    run: str
    call: str

    def with_take_back(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Return the plans with our links to take back: of what a person has rejected since."""
        rejected = {plan.item.image.key: plan.ruling.rejected for plan in plans if plan.ruling.rejected}
        rows = [
            row
            for row in written(self.audit.of_images(sorted(rejected)))
            if row.pair.asset in rejected[row.pair.image]
        ]
        if not rows:
            return list(plans)
        stored = self.approvals.stored({place.holder for row in rows for place in row.places})
        ours: dict[Key, list[StoredLink]] = {}
        for claim in claims_on(rows, stored):
            ours.setdefault(claim.row.pair.image, []).append(claim.link)
        return [
            replace(plan, changes=replace(plan.changes, take_back=tuple(ours.get(plan.item.image.key, ()))))
            for plan in plans
        ]

    def write(self, plans: Sequence[ImagePlan]) -> tuple[Outcome, list[StoredLink]]:
        """Write what the plans say; return what became of it, and the links that did not go.

        A link whose row CDF refuses is not written either.
        """
        rows = [row for plan in plans for row in self._rows(plan)]
        untold: dict[tuple[Hashable, Place], str] = {
            (row.pair.asset, place): said for row, said in self.audit.write(rows) for place in row.places
        }
        changes = Changes.together(plan.changes for plan in plans).only(
            lambda link: (link.asset, link.place) not in untold
        )
        refused = [
            (link, untold[link.asset, link.place])
            for plan in plans
            for link in plan.links
            if (link.asset, link.place) in untold
        ]
        left = self.approvals.take_back(changes.take_back) if changes.take_back else []
        outcome = self.approvals.write(changes)
        told = {(link.asset, link.place): stored for link, stored in outcome.written}
        completed = [
            row.with_links(
                {
                    place: told[row.pair.asset, place]
                    for place in row.places
                    if (row.pair.asset, place) in told
                }
            )
            for row in rows
            if row.action in ("approve", "suggest")
        ]
        self.audit.write([row for row in completed if row.told_links])
        return replace(outcome, refused=(*outcome.refused, *refused)), left

    def take_back(self, claims: Sequence[Claim], reason: str) -> list[StoredLink]:
        """Take back the links of these rows; return those of which it is not seen."""
        told = {"reason": reason}
        self.audit.write([self._taken(claim.row.pair, claim.link, told) for claim in claims])
        removed = [claim.link for claim in claims if claim.row.action != "promote"]
        demoted = [claim.link for claim in claims if claim.row.action == "promote"]
        return self.approvals.take_back(removed, demoted)

    def _rows(self, plan: ImagePlan) -> Iterable[AuditRow]:
        create = {*plan.changes.create, *plan.changes.mend}
        promote = {each.link: each.stored for each in plan.changes.promote}
        for finding in plan.findings:
            for status, action in ACTIONS:
                links = [link for link in finding.links if link in create and link.status == status]
                if links:
                    yield self._row(plan, finding, action, [link.place for link in links])
            # It stands where the suggestion does, be that a corner off, and CDF has told of it before.
            stored = {promote[link].place: promote[link] for link in finding.links if link in promote}
            if stored:
                approved = {place: each.as_approved() for place, each in stored.items()}
                yield self._row(plan, finding, "promote", list(stored)).with_links(approved)
        for link in plan.changes.take_back:
            pair = Pair(plan.item.image.key, cast("AssetKey", link.asset))
            decision = plan.ruling.rejected[pair.asset]
            told = {"decidedBy": decision.decided_by, "reason": f"rejected by {decision.decided_by}"}
            yield self._taken(pair, link, {**told, "workItem": plan.item.external_id})

    def _row(self, plan: ImagePlan, finding: Finding, action: Action, places: Sequence[Place]) -> AuditRow:
        said = finding.proposal.properties
        told: dict[str, Any] = {
            "workItem": plan.item.external_id,
            "proposal": finding.proposal.external_id,
            "decidedBy": finding.decision.decided_by if finding.decision else None,
            **{name: said[name] for name in ("text", "level", "score", "reason")},
        }
        return AuditRow(self.run, self.call, action, finding.pair, tuple(places), told=told)

    def _taken(self, pair: Pair, link: StoredLink, told: Mapping[str, Any]) -> AuditRow:
        row = AuditRow(self.run, self.call, "take_back", pair, (link.place,), told=told)
        return row.with_links({link.place: link})
