"""Which links of CDF are ours: those that an audit row tells of, as they were when it was written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from image360.approval.pairs import is_same_polygon
from image360.approval.plan import StoredLink
from image360.state.audit import WRITING, AuditRow


@dataclass(frozen=True)
class Claim:
    """A link in CDF that nobody has changed since, and the row that tells of it."""

    row: AuditRow
    link: StoredLink


def claims_on(rows: Iterable[AuditRow], stored: Sequence[StoredLink]) -> list[Claim]:
    """Return the links that are ours as they stand, each with the last row that tells of it.

    A row without ids was left by a call that was cut off. What stands at its very place is its link, if
    nobody has touched it and no later row tells of one there: that call had then not come to write it.
    """
    found: dict[StoredLink, Claim] = {}
    ordered = sorted(rows, key=lambda row: (row.at, row.external_id))
    for number, row in enumerate(ordered):
        for link in stored:
            if link.asset == row.pair.asset and (
                _is_told(row, link) or _is_left(row, link, ordered[number + 1 :])
            ):
                found[link] = Claim(row, link)
    return list(found.values())


def _is_told(row: AuditRow, link: StoredLink) -> bool:
    """Whether the row names the link, at its place, and it says what it said then."""
    return any(
        (link.name, link.print) == (name, said) and is_same_polygon(place, link.place)
        for place, name, said in row.told_links
    )


def _is_left(row: AuditRow, link: StoredLink, later: Iterable[AuditRow]) -> bool:
    """Whether a call that was cut off has left the link."""
    return (
        link.is_untouched
        and any(is_same_polygon(place, link.place) for place in row.open_places)
        and not any(
            each.pair == row.pair
            and each.action in WRITING
            and any(is_same_polygon(place, link.place) for place in each.places)
            for each in later
        )
    )
