"""What earlier runs have written on an image, set against what CDF holds of it now.

A link of ours that new content does not support any more goes; one that somebody has deleted is not written
again.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from image360.approval.claims import claims_on
from image360.approval.pairs import is_same_polygon
from image360.approval.places import Place, at_one_place
from image360.approval.plan import Link, StoredLink
from image360.state.audit import WRITING, AuditRow
from image360.state.pairs import AssetKey, Pair


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

    def is_older_than(self, made: int) -> bool:
        """Whether something was made after CDF had told of the link; in epoch milliseconds."""
        return made > self.row.changed

    def stands_in(self, stored: Iterable[StoredLink]) -> bool:
        """Whether CDF shows it for its asset at its place, or for no asset: then its object has lost it."""
        return any(
            link.name == self.name
            and (
                link.asset is None
                or (link.asset == self.row.pair.asset and at_one_place(link.place, self.place))
            )
            for link in stored
        )

    def gone(self, run: str, call: str) -> AuditRow:
        """Return the row that tells of its end, which nobody has told of."""
        reason = f"somebody has deleted or moved the link of run {self.row.run}"
        told = {"workItem": self.row.work_item, "reason": reason}
        links = ((self.name, self.print),)
        return AuditRow(run, call, "gone", self.row.pair, (self.place,), links, told)


def standing(rows: Iterable[AuditRow]) -> list[Told]:
    """Return the links that CDF should hold: written, and by no later row taken back, gone or replaced."""
    found: list[Told] = []
    for row in sorted(rows, key=lambda row: (row.at, row.external_id)):
        for place, name, said in row.told_links:
            now = Told(row, place, name, said)
            found = [each for each in found if not _ends(now, each)]
            if row.action in WRITING:
                found.append(now)
    return found


def _ends(later: Told, earlier: Told) -> bool:
    """Whether a link is told of no more: it was taken back, or another one was written in its place."""
    if later.name == earlier.name or later.row.action in WRITING:
        return later.row.pair == earlier.row.pair and is_same_polygon(later.place, earlier.place)
    return False


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


def withdrawn(
    rows: Sequence[AuditRow], wanted: Sequence[Link], stored: Sequence[StoredLink]
) -> list[StoredLink]:
    """Return our approvals that rest on a learned alias which people have withdrawn since.

    Args:
        rows: What was written on the image.
        wanted: The links of what stands now, by whatever level or person, and of what people still confirm,
            whether the config approves it or not.
        stored: What CDF holds.
    """
    resting = [
        claim
        for claim in claims_on(rows, stored)
        if claim.row.action != "suggest"
        and claim.row.told.get("level") == "learned"
        and not claim.row.told.get("decidedBy")
    ]
    return [
        claim.link
        for claim in resting
        if not any(
            link.status == "approved"
            and link.asset == claim.link.asset
            and at_one_place(link.place, claim.link.place)
            for link in wanted
        )
    ]


def missing(
    rows: Iterable[AuditRow],
    stored: Sequence[StoredLink],
    pairs: Collection[Pair],
    holders: Collection[Hashable],
) -> list[Told]:
    """Return the links of these pairs that CDF should hold and does not show as they were written.

    Args:
        rows: What was written on the image, and taken back.
        stored: What CDF shows.
        pairs: Those that are asked for.
        holders: What the image is made of now: a link on a file that it has no more went with that.
    """
    return [
        each
        for each in standing(rows)
        if each.row.pair in pairs and each.place.holder in holders and not each.stands_in(stored)
    ]
