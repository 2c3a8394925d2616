"""What the plans of a batch bring about in CDF: holds, links, rejections in jobs, proposals, work items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from image360.audited import AuditedApprovals
from image360.batch_plan import Proposed, holds_on
from image360.call import Context
from image360.detection.rejections import Rejections
from image360.image_plan import ImagePlan
from image360.match_keys import MatchKeys
from image360.match_tally import MatchTally
from image360.nodes import write_nodes
from image360.state.holds import Holds
from image360.state.pairs import asset_of
from image360.state.proposals import HELD, Proposals
from image360.state.work_items import WorkItems


@dataclass(frozen=True)
class BatchWriter:
    """Writes batch after batch."""

    context: Context
    audited: AuditedApprovals
    work_items: WorkItems
    proposals: Proposals
    tally: MatchTally

    def write(self, plans: Sequence[ImagePlan], proposed: Proposed, keys: MatchKeys) -> list[ImagePlan]:
        """Write what the plans say; return those that are done, as CDF holds them."""
        self._hold(plans, keys)
        done = self._link(plans)
        self._reject(done)
        self._propose(done, proposed)
        self.work_items.finish(
            [plan.matched(keys.after(plan.item, plan.texts, plan.learned)) for plan in done]
        )
        return done

    def _hold(self, plans: Sequence[ImagePlan], keys: MatchKeys) -> None:
        """Hold what somebody has deleted, and tell of its end: at once, so that no kill parts the two."""
        client, space = self.context.client, self.context.config.state.space
        run, call = self.context.call.run, self.context.record.call
        rows = [each.gone(run, call) for plan in plans for each in plan.deleted]
        if rows:
            holds = holds_on(plans, keys.rulings)
            write_nodes(client, [*Holds(client, space).nodes(holds), *self.audited.audit.nodes(rows)])

    def _link(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Write links; return the images of which all links are settled.

        An image with a link of unknown fate keeps its lease: when that has ended, CDF's lists have long
        settled, and the call that takes the image then sees what is missing.
        """
        outcome, left = self.audited.write(plans)
        self.tally.tell_outcome(outcome)
        reasons = dict.fromkeys(outcome.held, HELD)
        reasons |= {link: f"held: CDF refuses the link ({said})" for link, said in outcome.refused}
        open_images = {link.place.holder for link in (*outcome.unsettled, *left)}
        done: list[ImagePlan] = []
        for plan in plans:
            if any(link.place.holder in open_images for link in (*plan.links, *plan.changes.take_back)):
                self.tally.tell_unsettled(plan)
            else:
                done.append(plan.holding(reasons))
        return done

    def _reject(self, done: Sequence[ImagePlan]) -> None:
        """Reject in the results of 3D jobs what a person has rejected."""
        rejections = Rejections(self.context.client, self.context.config.state.space)
        origins = [origin for plan in done for origin in plan.rejected]
        self.tally.counts["rejected_in_jobs"] += rejections.add_origins(origins, self.context.log)

    def _propose(self, done: Sequence[ImagePlan], proposed: Proposed) -> None:
        ids = {plan.item.external_id for plan in done}
        stored = {name: each for name, each in proposed.items() if each["workItem"]["externalId"] in ids}
        stored |= self._rejected_since(done)
        wanted = [found.proposal for plan in done for found in plan.findings]
        for name, said in self.proposals.write(wanted, stored).items():
            self.tally.tell_refused_proposal(name, said)

    def _rejected_since(self, plans: Iterable[ImagePlan]) -> dict[str, Mapping[str, Any]]:
        """Return the proposals of pairs that a person has rejected, of whatever content of the images."""
        rejected = {plan.item.image.key: plan.ruling.rejected for plan in plans if plan.ruling.rejected}
        return {
            name: each
            for name, each in self.proposals.on_images(sorted(rejected)).items()
            if asset_of(each) in rejected[each["image"]["space"], each["image"]["externalId"]]
        }
