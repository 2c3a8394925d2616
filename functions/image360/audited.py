"""Writes and take-backs of approvals, each with an audit row that is there before it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from image360.approval.claims import Claim, claims_on
from image360.approval.places import Place, at_one_place
from image360.approval.plan import Changes, LinkStatus, Outcome, StoredLink, pair_of
from image360.approval.writers import Approvals
from image360.history import Told, missing, outdated, withdrawn
from image360.image_plan import Finding, ImagePlan
from image360.nodes import existing
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

    def compared(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Return the plans with what to change in CDF, as it and the audit rows of their images are now."""
        rows: dict[Key, list[AuditRow]] = {}
        for row in self.audit.of_images(sorted({plan.item.image.key for plan in plans})):
            rows.setdefault(row.pair.image, []).append(row)
        wanted = {link.place.holder for plan in plans for link in plan.links}
        told = {place.holder for plan in plans for place in _places(plan, rows.get(plan.item.image.key, ()))}
        stored = self.approvals.stored(wanted | told)
        found = [self._against(plan, rows.get(plan.item.image.key, ()), stored) for plan in plans]
        return self._without_missing(found, rows, stored)

    def _against(self, plan: ImagePlan, rows: Sequence[AuditRow], stored: Sequence[StoredLink]) -> ImagePlan:
        """Compare one image; our links of what a person has rejected, or new content does not show, leave."""
        of_image = written(rows)
        rejected = [row for row in of_image if row.pair.asset in plan.ruling.rejected]
        leaving = [claim.link for claim in claims_on(rejected, stored)]
        if plan.item.state != "matched":  # not yet: later changes of assets or rules take nothing back
            item = plan.item.external_id
            leaving += outdated(of_image, item, plan.links, plan.left_to_people, stored)
        unlearned = withdrawn(of_image, [*plan.links, *plan.confirmed], stored)
        leaving = list(dict.fromkeys([*leaving, *unlearned]))
        return replace(plan.against(stored, self.approvals, leaving), withdrawn=tuple(unlearned))

    def _without_missing(
        self,
        plans: Sequence[ImagePlan],
        rows: Mapping[Key, Sequence[AuditRow]],
        stored: Sequence[StoredLink],
    ) -> list[ImagePlan]:
        """Write nothing again that was written once and is not seen: lists lag, or somebody removed it."""
        lost = [self._lost(plan, rows.get(plan.item.image.key, ()), stored) for plan in plans]
        removed = self._removed([each for of_plan in lost for each in of_plan], stored)
        found: list[ImagePlan] = []
        for plan, of_plan in zip(plans, lost, strict=True):
            deleted = tuple(each for each in of_plan if removed.get(each))
            held = {each.row.pair.asset for each in deleted}
            unseen = [each for each in of_plan if each not in removed]
            changes = plan.changes.only(
                lambda link, held=held, unseen=unseen: (
                    link.asset not in held
                    and not any(
                        link.asset == each.row.pair.asset and at_one_place(link.place, each.place)
                        for each in unseen
                    )
                )
            )
            found.append(replace(plan, changes=changes, deleted=deleted))
        return found

    def _lost(self, plan: ImagePlan, rows: Sequence[AuditRow], stored: Sequence[StoredLink]) -> list[Told]:
        """Return what CDF does not show of the pairs of which something would be written.

        What a person has approved since then may be written again.
        """
        pairs = {Pair(plan.item.image.key, cast("AssetKey", link.asset)) for link in plan.changes.create}
        return [
            each
            for each in missing(rows, stored, pairs, _holders(plan))
            if not (
                (decision := plan.new_approvals.get(each.row.pair.asset)) and decision.changed > each.row.at
            )
        ]

    def _removed(self, lost: Sequence[Told], stored: Sequence[StoredLink]) -> dict[Told, bool]:
        """Return those links that are where they were no more, and whether somebody has seen to that.

        What went with its image or asset, which was made anew since, nobody has decided on.
        """
        listed = {link.name for link in stored}
        gone = self.approvals.gone(sorted({each.name for each in lost if each.name not in listed}))
        removed = [each for each in lost if each.name in listed or each.name in gone]
        made = existing(self.audit.client, (node for each in removed for node in each.row.pair.nodes))
        return {
            each: not any(each.is_older_than(made.get(node, 0)) for node in each.row.pair.nodes)
            for each in removed
        }

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
        still = {pair_of(link) for link in left}
        changes = changes.only(lambda link: pair_of(link) not in still)
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
            told: dict[str, Any] = {"reason": "the image has new content, in which it is not read there"}
            if decision := plan.ruling.rejected.get(pair.asset):
                told = {"decidedBy": decision.decided_by, "reason": f"rejected by {decision.decided_by}"}
            elif link in plan.withdrawn:
                told = {"reason": "people do not say any more that the text there names the asset"}
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


def _places(plan: ImagePlan, rows: Iterable[AuditRow]) -> list[Place]:
    """Return the places of an image's rows, as far as they hang on what the image is made of now."""
    holders = _holders(plan)
    return [place for row in rows for place in row.places if place.holder in holders]


def _holders(plan: ImagePlan) -> set[Hashable]:
    return {plan.item.image.key, *(face.id for face in plan.item.image.faces.values())}
