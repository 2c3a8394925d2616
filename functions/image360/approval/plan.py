"""The plan of a run: which links would be written, as pure data. Applying it is a separate step.

A link says that an asset is seen at a place: on a face file, or on the sphere of an image. Where links hang
on face files, a tag over a cube seam has one link for each of its parts.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeVar, cast

from image360.approval.places import Place, at_one_place
from image360.matching import Match

LinkStatus = Literal["approved", "suggested"]


@dataclass(frozen=True)
class Link:
    """A link that is wanted."""

    asset: Hashable  # the key of the asset: (space, external id) of a node, or a classic asset's id
    place: Place
    text: str
    confidence: float
    status: LinkStatus = "approved"


@dataclass(frozen=True)
class StoredLink:
    """A link that CDF holds already, whoever made it, in whatever status.

    `asset` is None for an edge of which Cognite's viewer cannot draw anything, nor of the image then.
    """

    asset: Hashable
    place: Place
    id: Hashable = None  # of the annotation or edge that holds it; an edge may hold several
    status: str = "approved"
    own: bool = False  # whether this app made it and says so in it
    print: str = ""  # all that it says but its place, status first: another one where anybody changed it
    is_untouched: bool = False  # whether CDF holds it as it was when it was made

    @property
    def name(self) -> str:
        """Its id as a text."""
        return "/".join(cast("tuple[str, str]", self.id)) if isinstance(self.id, tuple) else str(self.id)

    def as_approved(self) -> Self:
        """Return it as it is once a suggestion has become an approval."""
        return replace(self, status="approved", print=f"approved:{self.print.partition(':')[2]}")


AnyLink = TypeVar("AnyLink", Link, StoredLink)
Pair = tuple[Hashable, Hashable]  # an asset, and what a link hangs on


def pair_of(link: Link | StoredLink) -> Pair:
    """Return the asset of a link, and what the link hangs on."""
    return link.asset, link.place.holder


def by_pair(links: Iterable[AnyLink]) -> dict[Pair, list[AnyLink]]:
    """Group links by what they link."""
    found: dict[Pair, list[AnyLink]] = {}
    for link in links:
        found.setdefault(pair_of(link), []).append(link)
    return found


@dataclass(frozen=True)
class Promotion:
    """A stored suggestion of this app that becomes an approval."""

    link: Link
    stored: StoredLink


@dataclass(frozen=True)
class Changes:
    """What is to be done for the links of an image, or of several."""

    create: tuple[Link, ...] = ()
    promote: tuple[Promotion, ...] = ()
    held: tuple[Link, ...] = ()  # not to be written: CDF would not keep them beside what it holds
    mend: tuple[Link, ...] = ()  # stored already, several in one edge, which a viewer shows in part only
    hiding: tuple[StoredLink, ...] = ()  # stored by others: a viewer shows no link of the image for them
    take_back: tuple[StoredLink, ...] = ()  # ours, of what a person has rejected since

    @property
    def written(self) -> frozenset[Link]:
        """The links that CDF does not hold yet, in the status that is wanted."""
        return frozenset((*self.create, *(promotion.link for promotion in self.promote)))

    @classmethod
    def together(cls, parts: Iterable["Changes"]) -> "Changes":
        """Return the changes of several images as one."""
        each = list(parts)
        return cls(
            tuple(link for part in each for link in part.create),
            tuple(promotion for part in each for promotion in part.promote),
            tuple(link for part in each for link in part.held),
            tuple(link for part in each for link in part.mend),
            tuple(link for part in each for link in part.hiding),
            tuple(link for part in each for link in part.take_back),
        )

    def only(self, may_be_written: Callable[[Link], bool]) -> "Changes":
        """Return the changes without the links that may not be written."""
        return replace(
            self,
            create=tuple(filter(may_be_written, self.create)),
            promote=tuple(each for each in self.promote if may_be_written(each.link)),
            mend=tuple(filter(may_be_written, self.mend)),
        )


@dataclass(frozen=True)
class Outcome:
    """What became of the links that were to be written; all others are in CDF.

    `written` names those that this write has brought there, as far as CDF has told them.
    """

    written: tuple[tuple[Link, StoredLink], ...] = ()
    unsettled: tuple[Link, ...] = ()  # nobody knows whether CDF has them, or they are to be tried again
    held: tuple[Link, ...] = ()  # taken back: CDF did not keep them beside a better one
    shared: tuple[Link, ...] = ()  # in one edge with polygons of others, which is left as it is
    orphans: tuple[Link, ...] = ()  # taken back: their asset does not point to the object of their edge
    refused: tuple[tuple[Link, str], ...] = ()  # CDF does not take them, each with what it says


def links_of(match: Match, text: str, places: Iterable[Place], status: LinkStatus = "approved") -> list[Link]:
    """Return the links of a match: one for each of its places."""
    if match.asset is None:
        raise ValueError("only a match with an asset can be linked")
    key = match.asset.key
    return [Link(key, place, text, match.score, status) for place in places]


def missing_links(wanted: Iterable[Link], stored: Iterable[StoredLink]) -> list[Link]:
    """Return the wanted links that CDF does not hold at that place yet.

    A stored link counts whoever made it and whatever its status: what a person rejected or moved to
    another status is not written again. Of two wanted at one place the approved one, else the first is kept.
    """
    held = {pair: [link.place for link in links] for pair, links in by_pair(stored).items()}
    missing: list[Link] = []
    for link in sorted(wanted, key=lambda each: each.status != "approved"):
        places = held.setdefault(pair_of(link), [])
        if not any(at_one_place(link.place, place) for place in places):
            missing.append(link)
            places.append(link.place)
    return missing


def promotions(wanted: Iterable[Link], stored: Iterable[StoredLink]) -> list[Promotion]:
    """Return the stored suggestions of this app that are approvals now.

    Where anybody approved or rejected the asset at that place, nothing is promoted.
    """
    held = by_pair(stored)
    found: dict[Hashable, Promotion] = {}
    for link in wanted:
        if link.status != "approved":
            continue
        near = held.get(pair_of(link), ())
        there = [each for each in near if at_one_place(link.place, each.place)]
        own = [each for each in there if each.own]
        if own and all(each.status == "suggested" for each in there):
            found.setdefault(own[0].id, Promotion(link, own[0]))
    return list(found.values())
