"""What earlier runs have written on an image, set against what CDF holds of it now.

A link of ours that new content does not support any more goes; one that somebody has deleted is not written
again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from image360.approval.claims import claims_on
from image360.approval.pairs import is_same_polygon
from image360.approval.places import Place, at_one_place
from image360.approval.plan import Link, StoredLink
from image360.state.audit import WRITING, AuditRow
from image360.state.decisions import Decision
from image360.state.pairs import AssetKey


@dataclass(frozen=True)
class Told:
    """A link that an audit row tells of.

    Args:
        row: The last row that tells of it.
        place: Where it stands.
        name: Its id.
        print: What it said when it was written.
    """

    row: AuditRow
    place: Place
    name: str
    print: str

    def gone(self, run: str, call: str, work_item: str) -> AuditRow:
        """Return the row that tells of its end, which nobody has told of."""
        told = {"workItem": work_item, "reason": f"somebody has deleted the link of run {self.row.run}"}
        links = ((self.name, self.print),)
        return AuditRow(run, call, "gone", self.row.pair, (self.place,), links, told)


def standing(rows: Iterable[AuditRow]) -> list[Told]:
    """Return the links that CDF should hold: written, and by no later row taken back or gone."""
    found: list[Told] = []
    for row in sorted(rows, key=lambda row: (row.at, row.external_id)):
        for place, name, said in row.told_links:
            found = [each for each in found if not (each.name == name and is_same_polygon(each.place, place))]
            if row.action in WRITING:
                found.append(Told(row, place, name, said))
    return found


def outdated(
    rows: Sequence[AuditRow],
    work_item: str,
    wanted: Sequence[Link],
    read: set[AssetKey],
    stored: Sequence[StoredLink],
) -> list[StoredLink]:
    """Return our links of an earlier content which nothing supports that is read now.

    Args:
        rows: What was written on the image.
        work_item: Of the content that the image has now.
        wanted: The links of what is read now.
        read: The assets that are read now, of which no link is wanted: a person is to look at those first.
        stored: What CDF holds.
    """
    earlier = [claim for claim in claims_on(rows, stored) if claim.row.work_item not in (None, work_item)]
    return [
        claim.link
        for claim in earlier
        if claim.row.pair.asset not in read
        and not any(
            link.asset == claim.link.asset and at_one_place(link.place, claim.link.place) for link in wanted
        )
    ]


def missing(
    rows: Iterable[AuditRow],
    new: Sequence[Link],
    stored: Iterable[StoredLink],
    approved: Mapping[AssetKey, Decision],
) -> list[tuple[Link, Told]]:
    """Return the new links that were written there once, with the link of then, which CDF does not show.

    What a person has approved since it was written may be written again.
    """
    there = {link.name for link in stored}
    lost = [each for each in standing(rows) if each.name not in there]
    return [
        (link, each)
        for link in new
        for each in lost
        if each.row.pair.asset == link.asset
        and at_one_place(each.place, link.place)
        and not _is_decided_since(approved.get(each.row.pair.asset), each.row)
    ]


def _is_decided_since(decision: Decision | None, row: AuditRow) -> bool:
    return decision is not None and decision.changed > row.at
