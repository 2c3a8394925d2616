"""What waits for a person: suggestions on which nobody has decided, the most doubtful first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes.aggregations import Count
from cognite.client.data_classes.data_modeling import Node, NodeId
from cognite.client.data_classes.filters import And, ContainsAny, Equals, Filter, In, Nested, Range

from image360.nodes import StoredNode, list_nodes, relation_to, retrieve_nodes
from image360.state.decisions import Corner, Decisions
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE, PROPOSAL_VIEW, WORK_ITEM_VIEW
from image360.state.pairs import AssetKey, Key, Pair, asset_in, pair_in

PER_PAGE = 50  # proposals that one request brings: what is shown, and what comes soon
MOST_PER_PAGE = 1000  # that CDF gives (API reference)
PATH = ("cdf_cdm", "CogniteAsset/v1", "path")
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """What the machine says, as a person is asked about it."""

    external_id: str
    pair: Pair
    text: str
    polygon: tuple[Corner, ...]
    runner_up: AssetKey | None
    level: str | None
    score: float
    reason: str
    waits: bool  # False: it is approved already


@dataclass(frozen=True)
class Entry:
    """What is shown at once: a reading with its asset, on each image where it waits.

    Args:
        shown: The most doubtful of them.
        images: The proposals of the group by pair, the one that is shown first. A pair has more than one
            where several texts on the image were read as the asset.
    """

    shown: Proposal
    images: Mapping[Pair, tuple[Proposal, ...]]
    linked: frozenset[Pair] = frozenset()
    """Pairs with an approval at another place of the image."""

    @property
    def pairs(self) -> list[Pair]:
        """The pairs of the group."""
        return list(self.images)

    def places(self, pair: Pair) -> tuple[Proposal, ...]:
        """Where the asset waits on an image."""
        return self.images[pair]


@dataclass(frozen=True)
class Area:
    """An asset with all below it: its node, or the ids of classic assets."""

    node: Key | None = None
    classic: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which of the waiting are asked for; None: all."""

    collection: str | None = None
    level: str | None = None
    least: float = 0.0
    most: float = 1.0
    area: Area | None = None

    @property
    def is_countable(self) -> bool:
        """Whether CDF counts them: it follows no relation when it does (API reference)."""
        return self.collection is None and (self.area is None or self.area.node is None)

    def filters(self) -> list[Filter]:
        """Return the filters that proposals meet."""
        parts: list[Filter] = []
        if self.collection is not None:
            collection = Equals(WORK_ITEM_VIEW.as_property_ref("collection"), self.collection)
            parts.append(Nested(_property("workItem"), collection))
        if self.area is not None and self.area.node is not None:
            below = ContainsAny(PATH, [relation_to(*self.area.node)])
            parts.append(Nested(_property("asset"), below))
        elif self.area is not None:
            parts.append(In(_property("classicAsset"), list(self.area.classic)))
        if self.level is not None:
            parts.append(Equals(_property("level"), self.level))
        if self.least > 0 or self.most < 1:
            parts.append(Range(_property("score"), gte=self.least, lte=self.most))
        return parts


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Page:
    """Some of what waits, and where the next begins; None: there is no more.

    Args:
        listed: How many CDF has listed, decided or not.
    """

    proposals: tuple[Proposal, ...]
    cursor: str | None
    listed: int


@dataclass(frozen=True)
class Waiting:
    """What waits in the state space."""

    client: CogniteClient
    space: str
    wanted: Wanted = field(default=EVERYTHING)

    def page(self, cursor: str | None = None, size: int = PER_PAGE) -> Page:
        """Return some proposals on which nobody has decided, the most doubtful first."""
        body = {
            "instanceType": "node",
            "sources": [{"source": PROPOSAL_VIEW.dump()}],
            "filter": And(_in(self.space), _is_suggested(), *self.wanted.filters()).dump(),
            # As the index "doubt" has it: without one, CDF gives no page after the first.
            "sort": [
                {"property": _property(name), "direction": "ascending"} for name in ("decision", "score")
            ],
            "limit": size,
            **({"cursor": cursor} if cursor else {}),
        }
        path = f"/api/v1/projects/{self.client.config.project}/models/instances/list"
        answer = self.client.post(path, json=body).json()
        nodes = [Node.load(each) for each in answer["items"]]
        found = _proposals(
            StoredNode(node.space, node.external_id, node.version, _properties(node)) for node in nodes
        )
        return Page(tuple(self.undecided(found)), answer.get("nextCursor"), len(nodes))

    def all(self) -> Iterator[Proposal]:
        """Yield everything that waits, in large pages."""
        page = self.page(size=MOST_PER_PAGE)
        yield from page.proposals
        while page.cursor:
            page = self.page(page.cursor, MOST_PER_PAGE)
            yield from page.proposals

    def undecided(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Return those on whose pair nobody has decided."""
        decided = {each.pair for each in Decisions(self.client).on(each.pair for each in proposals)}
        return [each for each in proposals if each.pair not in decided]

    def entry(self, shown: Proposal) -> Entry | None:
        """Return a proposal with all that is decided with it; None where somebody has decided meanwhile."""
        everywhere = self._of_asset(shown.pair.asset)
        left = self.undecided([each for each in everywhere if each.waits])
        if shown.external_id not in {each.external_id for each in left}:
            return None
        same = {each.pair for each in left if each.text == shown.text}
        images: dict[Pair, tuple[Proposal, ...]] = {shown.pair: (shown,)}
        for each in left:
            if each.pair in same and each != shown:
                images[each.pair] = (*images.get(each.pair, ()), each)
        linked = {each.pair for each in everywhere if not each.waits}
        return Entry(shown, images, frozenset(linked & same))

    def named(self, external_ids: Sequence[str]) -> list[Proposal]:
        """Return the proposals of these ids that are there."""
        ids = [NodeId(self.space, name) for name in external_ids]
        return _proposals(retrieve_nodes(self.client, PROPOSAL_VIEW, ids))

    def count(self) -> int | None:
        """Return how many the last run has suggested, decided or not; None where CDF cannot count them."""
        if not self.wanted.is_countable:
            return None
        where = And(_is_suggested(), *self.wanted.filters())
        return _counted(self.client, PROPOSAL_VIEW, self.space, where)

    def decided(self) -> Mapping[str, int]:
        """Return how many decisions there are, by verdict."""
        verdict = DECISION_VIEW.as_property_ref("verdict")
        return {
            each: _counted(self.client, DECISION_VIEW, DECISIONS_SPACE, Equals(verdict, each))
            for each in ("approve", "reject", "change")
        }

    def _of_asset(self, asset: AssetKey) -> list[Proposal]:
        """Return all proposals of an asset on the images that are asked for, those approved already too."""
        of_asset = (
            Equals(_property("asset"), relation_to(*asset))
            if isinstance(asset, tuple)
            else Equals(_property("classicAsset"), asset)
        )
        on_images = Wanted(collection=self.wanted.collection).filters()
        where = And(of_asset, *on_images).dump()
        return _proposals(list_nodes(self.client, PROPOSAL_VIEW, [self.space], where))


def _counted(client: CogniteClient, view: Any, space: str, where: Filter) -> int:
    counted = client.data_modeling.instances.aggregate(
        view, Count("externalId"), space=space, filter=where, limit=None
    )
    return int(counted.value or 0)


def _properties(node: Node) -> Properties:
    return cast("Properties", node.properties[PROPOSAL_VIEW])


def _property(name: str) -> tuple[str, str, str]:
    return PROPOSAL_VIEW.as_property_ref(name)


def _is_suggested() -> Filter:
    return Equals(_property("decision"), "suggest")


def _in(space: str) -> Filter:
    return Equals(("node", "space"), space)


def _proposals(nodes: Iterable[StoredNode]) -> list[Proposal]:
    return [each for node in nodes if (each := _proposal(node)) is not None]


def _proposal(node: StoredNode) -> Proposal | None:
    """Read a proposal; None where it names no pair, and so nothing can be decided."""
    pair, properties = pair_in(node), node.properties
    if pair is None:
        return None
    numbers = cast("list[float]", properties.get("polygon") or [])
    return Proposal(
        node.external_id,
        pair,
        node.text("text") or "",
        tuple(zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True)),
        asset_in(properties, "runnerUp", "classicRunnerUp"),
        node.text("level"),
        properties.get("score") or 0.0,
        node.text("reason") or "",
        properties["decision"] == "suggest",
    )
