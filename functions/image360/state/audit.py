"""Audit rows: what was written, or taken back, of the approvals of a pair. Nothing in them is ever changed.

A row is written before the links that it tells of, and gets their ids once CDF has told them. So whatever a
killed call has left in CDF has a row (docs/decisions/0014). A row without ids has links in CDF or none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData
from cognite.client.data_classes.filters import Equals, In

from image360 import __version__
from image360.approval.places import FacePlace, Place, SpherePlace
from image360.approval.plan import StoredLink
from image360.nodes import StoredNode, existing, list_nodes, millis, relation_to, timestamp, write_each
from image360.state.ids import AUDIT_VIEW, derived_id
from image360.state.pairs import Key, Pair, pair_in

Action = Literal["approve", "suggest", "promote", "take_back", "gone"]
WRITING: Sequence[Action] = ("approve", "suggest", "promote")
IMAGES_PER_FILTER = 100  # keeps the list call's body small


@dataclass(frozen=True)
class AuditRow:
    """What one call has done for one pair.

    Args:
        places: Where the links stand, one for each link.
        links: The id of each and what it said then, in the order of the places; empty texts for one of which
            CDF has not told it.
        told: Work item, level, score, reason, text and the like, for people.
        at: When it was decided to do so, in epoch milliseconds.
        changed: When CDF has stored the row, or the ids in it, by its own clock.
    """

    run: str
    call: str
    action: Action
    pair: Pair
    places: tuple[Place, ...]
    links: tuple[tuple[str, str], ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    at: int = field(default_factory=lambda: round(datetime.now(UTC).timestamp() * 1000), compare=False)
    changed: int = field(default=0, compare=False)

    @property
    def external_id(self) -> str:
        """Each call has rows of its own."""
        where = [_dumped(place) for place in self.places]
        return derived_id("au", self.run, self.call, self.action, *self.pair.parts, where)

    @property
    def open_places(self) -> list[Place]:
        """Where a link may stand of which nobody has told."""
        return [place for place, (name, _) in zip(self.places, self._links, strict=True) if not name]

    @property
    def told_links(self) -> list[tuple[Place, str, str]]:
        """The links that CDF has told: place, id and what it said then."""
        return [(place, *told) for place, told in zip(self.places, self._links, strict=True) if told[0]]

    @property
    def work_item(self) -> str | None:
        """The work item, and so the content of the image, that it was done for."""
        return self.told.get("workItem")

    @property
    def _links(self) -> Sequence[tuple[str, str]]:
        return self.links or (("", ""),) * len(self.places)

    def with_links(self, links: Mapping[Place, StoredLink]) -> "AuditRow":
        """Return the row with its links as CDF holds them, by their places."""
        told = tuple(
            (links[place].name, links[place].print) if place in links else ("", "") for place in self.places
        )
        return replace(self, links=told if any(name for name, _ in told) else ())


@dataclass(frozen=True)
class Audit:
    """Audit rows in the state space."""

    client: CogniteClient
    space: str

    def write(self, rows: Sequence[AuditRow]) -> list[tuple[AuditRow, str]]:
        """Write rows, or the ids of their links once known; return those that CDF refuses, and why."""
        taken = [key for row in rows if row.action == "take_back" for key in row.pair.nodes]
        missing = set(taken) - existing(self.client, taken).keys()
        refused = write_each(self.client, [(node,) for node in self.nodes(rows, missing)]).refused
        return [(row, refused[row.external_id]) for row in rows if row.external_id in refused]

    def nodes(self, rows: Iterable[AuditRow], missing: Collection[Key] = ()) -> list[NodeApply]:
        """Return rows as nodes; those of what is missing in CDF name no pair."""
        return [self._node(row, frozenset(missing)) for row in rows]

    def of_run(self, run: str) -> list[AuditRow]:
        """Return what a run has written."""
        return self._listed(Equals(AUDIT_VIEW.as_property_ref("run"), run))

    def of_images(self, images: Sequence[Key]) -> list[AuditRow]:
        """Return what all runs have written on some images."""
        found: list[AuditRow] = []
        for start in range(0, len(images), IMAGES_PER_FILTER):
            relations = [relation_to(*each) for each in images[start : start + IMAGES_PER_FILTER]]
            found += self._listed(In(AUDIT_VIEW.as_property_ref("image"), relations))
        return found

    def _listed(self, where: Equals | In) -> list[AuditRow]:
        nodes = list_nodes(self.client, AUDIT_VIEW, [self.space], where.dump())
        return [row for node in nodes if (row := _read(node)) is not None]

    def _node(self, row: AuditRow, missing: frozenset[Key]) -> NodeApply:
        """Return the row as a node; what is taken back may have outlived its asset or image."""
        properties: dict[str, Any] = {
            **row.told,
            **(row.pair.properties if not missing.intersection(row.pair.nodes) else {}),
            "run": row.run,
            "call": row.call,
            "action": row.action,
            "at": timestamp(row.at),
            "appVersion": __version__,
            "places": {"places": [_dumped(place) for place in row.places]},
            "linkIds": [name for name, _ in row.links],
            "prints": [said for _, said in row.links],
        }
        return NodeApply(self.space, row.external_id, sources=[NodeOrEdgeData(AUDIT_VIEW, properties)])


def written(rows: Iterable[AuditRow]) -> list[AuditRow]:
    """Return the rows that tell of links that were written."""
    return [row for row in rows if row.action in WRITING]


def _read(node: StoredNode) -> AuditRow | None:
    pair, properties = pair_in(node), node.properties
    if pair is None:
        return None
    return AuditRow(
        properties["run"],
        properties["call"],
        properties["action"],
        pair,
        tuple(_place(each) for each in properties["places"]["places"]),
        tuple(zip(properties.get("linkIds") or (), properties.get("prints") or (), strict=True)),
        {name: properties.get(name) for name in ("workItem", "level", "score", "decidedBy")},
        at=millis(node.text("at")) or 0,
        changed=node.changed,
    )


def _dumped(place: Place) -> dict[str, Any]:
    if isinstance(place, FacePlace):
        return {"file": place.file_id, "vertices": [list(each) for each in place.vertices]}
    return {
        "image": list(place.image),
        "polygon": [list(each) for each in place.polygon],
        "collection": place.collection,
    }


def _place(dumped: Mapping[str, Any]) -> Place:
    if "file" in dumped:
        return FacePlace(dumped["file"], tuple((x, y) for x, y in dumped["vertices"]))
    space, external_id = dumped["image"]
    corners = tuple((x, y, z) for x, y, z in dumped["polygon"])
    return SpherePlace((space, external_id), corners, dumped["collection"])
