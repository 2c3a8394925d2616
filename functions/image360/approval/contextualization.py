"""Approvals of the core data model: Cognite's contextualization service makes edges of them (beta).

Source of the format: the reference of `POST /3d/contextualization/image360`, and what Cognite's viewer was
measured to read: `phi` first, from the image's +Y axis, then `theta` around it; one polygon per item.

The reference says neither what a repeated item does, nor whether several items of one asset and image become
one edge, nor when they show. So: what CDF holds is read first, an asset that has a link on an image gets no
further one there, every write is read back whatever its answer was, and what is not as meant is mended.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import EdgeApply, EdgeId, NodeOrEdgeData, ViewId

from image360.approval.edges import Edge, Node, list_edges
from image360.approval.pairs import better_link, is_same_polygon, merged_links
from image360.approval.places import Directions, SpherePlace, sphere_place
from image360.approval.plan import (
    Changes,
    Link,
    Outcome,
    Pair,
    StoredLink,
    by_pair,
    missing_links,
    pair_of,
)
from image360.catalog.image import Image
from image360.config import Contextualization
from image360.errors import SetupError
from image360.geometry import direction_to_phi_theta
from image360.write_once import send_in_halves, write_once

PATH = "/3d/contextualization/image360"
BETA = {"cdf-version": "beta"}
ITEMS_PER_REQUEST = 100
EDGES_PER_REQUEST = 1000
POLYGON_VERSION = "2.0.0"
MOST_CORNERS = 499  # of a polygon: an item takes 1000 numbers
EDGE_TYPE = ("cdf_cdm", "image-360-annotation")
ANNOTATION_VIEW = ViewId("cdf_cdm", "Cognite360ImageAnnotation", "v1")
READ_BACK_AFTER = (0.0, 2.0, 4.0)  # seconds waited before each look


@dataclass(frozen=True)
class Contextualizations:
    """Reads and writes the links of `Cognite360Image` nodes."""

    client: CogniteClient
    config: Contextualization
    _known_spaces: set[str] = field(default_factory=set[str], init=False, repr=False, compare=False)

    def places(self, polygon: Directions, image: Image) -> Sequence[SpherePlace]:
        """Return where the link to a text stands: one place, also over a seam."""
        step = -(-len(polygon) // MOST_CORNERS)
        return [sphere_place(polygon[::step], image)]

    def stored(self, holders: Iterable[Hashable]) -> list[StoredLink]:
        """Return every link on the images with these ids, whoever made it; a viewer draws them all."""
        edges = list_edges(self.client, sorted(cast("set[Node]", set(holders))))
        return [*_links(edges), *_hiding(edges)]

    def gone(self, links: Sequence[str]) -> set[str]:
        """Return those of the edges, by name, that CDF does not hold any more."""
        if not links:
            return set()
        ids = {name: EdgeId(*name.split("/", 1)) for name in links}
        found = self.client.data_modeling.instances.retrieve(edges=list(ids.values())).edges
        there = {edge.as_id() for edge in found}
        return {name for name, edge_id in ids.items() if edge_id not in there}

    def changes(self, wanted: Sequence[Link], stored: Sequence[StoredLink]) -> Changes:
        """Return what to write of the wanted links.

        An asset that has a link elsewhere on the image gets no further one there: CDF may put both into
        one edge, and that would hide the first one, whoever made it.
        """
        taken = {pair_of(link) for link in stored}
        missing = missing_links(wanted, stored)
        return Changes(
            create=tuple(link for link in missing if pair_of(link) not in taken),
            held=tuple(link for link in missing if pair_of(link) in taken),
            mend=tuple(link for links in merged_links(wanted, stored).own for link in links),
            hiding=tuple(link for link in stored if link.asset is None and not _is_wanted(link, wanted)),
        )

    def write(self, changes: Changes) -> Outcome:
        """Write links, read them back, and mend what CDF made otherwise than meant.

        Raises:
            SetupError: A space of the config is not in the project.
        """
        links = [*changes.create, *changes.mend]
        if not links:
            return Outcome()
        self._require_spaces()
        refused = self._post(changes.create)
        not_taken = {link for link, _ in refused}
        links = [link for link in links if link not in not_taken]
        edges = self._look(links, lambda found: not missing_links(links, _links(found)))
        stored = _links(edges)
        merged = merged_links(links, stored)
        kept = self._keep_better(merged.own)
        orphans = self._take_orphans_back(links, edges)
        gone = {*(link for of_pair in merged.own for link in of_pair), *orphans}
        written = [each for each in _made(links, stored) if each[0] not in gone]
        return Outcome(
            written=(*written, *kept.written),
            unsettled=(*missing_links(links, stored), *kept.unsettled),
            held=kept.held,
            shared=merged.shared,
            orphans=orphans,
            refused=tuple(refused),
        )

    def take_back(
        self, removed: Sequence[StoredLink], demoted: Sequence[StoredLink] = ()
    ) -> list[StoredLink]:
        """Delete links; return those of which it is not seen. Here nothing is ever only suggested.

        CDF's service deletes all links of an asset on an image, so the edge itself is: as a whole, or as many
        of its polygons as are to go.
        """
        assert not demoted, "an edge is always approved"
        images = sorted({cast("Node", link.place.holder) for link in removed})
        edges = {edge.id: edge for edge in list_edges(self.client, images)}
        whole: list[Edge] = []
        for edge_id, links in _by_edge(removed).items():
            if edge_id not in edges:
                continue
            edge = edges[edge_id]
            left = [
                block
                for polygon, block in zip(edge.polygons, edge.blocks, strict=False)
                if not any(is_same_polygon(SpherePlace(edge.image, polygon), link.place) for link in links)
            ]
            if not left:
                whole.append(edge)
            elif len(left) < len(edge.blocks):
                self._keep_polygons(edge, left)
        for start in range(0, len(whole), EDGES_PER_REQUEST):
            send_in_halves(whole[start : start + EDGES_PER_REQUEST], self._delete, self._still_there)
        there = _links(list_edges(self.client, images)) if images else []
        return [
            link
            for link in removed
            if any(each.id == link.id and is_same_polygon(each.place, link.place) for each in there)
        ]

    def _delete(self, edges: Sequence[Edge]) -> bool:
        """Delete edges, unless somebody has written to one since it was read."""
        items = [
            {
                "instanceType": "edge",
                "space": edge.id[0],
                "externalId": edge.id[1],
                "existingVersion": edge.version,
            }
            for edge in edges
        ]
        return write_once(self.client, "/models/instances/delete", {"items": items})

    def _still_there(self, edges: Sequence[Edge]) -> list[Edge]:
        there = {edge.id for edge in list_edges(self.client, sorted({edge.image for edge in edges}))}
        return [edge for edge in edges if edge.id in there]

    def _keep_polygons(self, edge: Edge, blocks: Iterable[Sequence[float]]) -> None:
        """Leave some polygons of an edge; one that anybody has written to meanwhile stays as it is."""
        numbers = [number for block in blocks for number in (len(block) // 2, *block)]
        node = EdgeApply(
            *edge.id,
            EDGE_TYPE,
            edge.object3d,
            edge.image,
            existing_version=edge.version,
            sources=[NodeOrEdgeData(ANNOTATION_VIEW, {"polygon": numbers})],
        )
        self.client.data_modeling.instances.apply(edges=node, skip_on_version_conflict=True)

    def _require_spaces(self) -> None:
        """Ask once whether the spaces are there: CDF's refusal of a write names neither key nor fix."""
        named = {"object3d_space": self.config.object3d_space, "space": self.config.space}
        if self._known_spaces.issuperset(named.values()):
            return
        found = self.client.data_modeling.spaces.retrieve(sorted(set(named.values())))
        self._known_spaces.update(space.space for space in found)
        for key, space in named.items():
            if space not in self._known_spaces:
                raise SetupError(
                    f"contextualization.{key}: space '{space}' is not in project "
                    f"'{self.client.config.project}': create it, correct the key in the config, or give the "
                    "functions dataModelsAcl:READ for it"
                )

    def _post(self, links: Sequence[Link]) -> list[tuple[Link, str]]:
        """Send each link once; return those that CDF refuses. Whether one arrived is seen by reading back."""
        refused: list[tuple[Link, str]] = []
        for collection, batch in _batches(links):

            def send(part: Sequence[Link], collection: Node = collection) -> bool:
                body = self._body(collection, [_item(link) for link in part])
                return write_once(self.client, PATH, body, BETA)

            refused += send_in_halves(batch, send, self._missing).refused
        return refused

    def _missing(self, links: Sequence[Link]) -> list[Link]:
        """Return the links that CDF does not show: of a refused request the sound items may be there."""
        edges = self._look(links, lambda found: not missing_links(links, _links(found)))
        return missing_links(links, _links(edges))

    def _look(self, links: Iterable[Link], settled: Callable[[list[Edge]], bool]) -> list[Edge]:
        """Read the edges of the links' images until they are as expected, or for as long as that may take."""
        images = sorted({_sphere(link).image for link in links})
        edges: list[Edge] = []
        for seconds in READ_BACK_AFTER:
            time.sleep(seconds)
            edges = list_edges(self.client, images)
            if settled(edges):
                break
        return edges

    def _keep_better(self, merged: Sequence[Sequence[Link]]) -> Outcome:
        """Of links in one edge keep one: take all of their asset and image back, write the better one again.

        What is not seen to be gone is not written again, and is left to a later call.
        """
        links = [link for of_pair in merged for link in of_pair]
        if not links:
            return Outcome()
        for collection, batch in _batches([of_pair[0] for of_pair in merged]):
            body = self._body(collection, [_pair(link) for link in batch])
            write_once(self.client, f"{PATH}/delete", body, BETA)
        pairs = {pair_of(link) for link in links}
        left = _pairs(self._look(links, lambda found: pairs.isdisjoint(_pairs(found))))
        gone = [of_pair for of_pair in merged if pair_of(of_pair[0]) not in left]
        better = [better_link(of_pair) for of_pair in gone]
        unsettled = [link for link in links if pair_of(link) in left]
        written: list[tuple[Link, StoredLink]] = []
        if better:
            self._post(better)
            edges = self._look(better, lambda found: not missing_links(better, _links(found)))
            unsettled += missing_links(better, _links(edges))
            written += _made(better, _links(edges))
        held = [link for of_pair in gone for link in of_pair if link not in better]
        return Outcome(tuple(written), tuple(unsettled), tuple(held))

    def _take_orphans_back(self, links: Iterable[Link], edges: Iterable[Edge]) -> tuple[Link, ...]:
        """Delete our edges whose object no asset points to: for one, the viewer drops all of an image.

        The edge itself is deleted: CDF's service finds the edges of a pair by the asset's object.
        """
        of_image: dict[Node, list[Link]] = {}
        for link in links:
            of_image.setdefault(_sphere(link).image, []).append(link)
        orphans: dict[Node, list[Link]] = {}
        for edge in (each for each in edges if each.asset is None):
            places = [SpherePlace(edge.image, polygon) for polygon in edge.polygons]
            near = of_image.get(edge.image, [])
            ours = [link for link in near if any(is_same_polygon(link.place, place) for place in places)]
            if places and len(ours) == len(places):
                orphans[edge.id] = ours
        if orphans:
            ids = [EdgeId(space, external_id) for space, external_id in orphans]
            self.client.data_modeling.instances.delete(edges=ids)
        return tuple(link for ours in orphans.values() for link in ours)

    def _body(self, collection: Node, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {
            "items": items,
            "dmsContextualizationConfig": {
                "object3DSpace": self.config.object3d_space,
                "contextualizationSpace": self.config.space,
                "revision": _instance(collection),
            },
        }


def _links(edges: Iterable[Edge]) -> list[StoredLink]:
    return [
        StoredLink(
            edge.asset,
            SpherePlace(edge.image, polygon),
            edge.id,
            print=edge.print,
            is_untouched=edge.is_untouched,
        )
        for edge in edges
        if edge.asset is not None
        for polygon in edge.polygons
    ]


def _made(links: Iterable[Link], stored: Iterable[StoredLink]) -> list[tuple[Link, StoredLink]]:
    """Return the links that CDF holds as they were sent, each with how it holds it."""
    there = by_pair(stored)
    return [
        (link, each)
        for link in links
        for each in there.get(pair_of(link), ())
        if is_same_polygon(each.place, link.place)
    ]


def _by_edge(links: Iterable[StoredLink]) -> dict[Node, list[StoredLink]]:
    found: dict[Node, list[StoredLink]] = {}
    for link in links:
        found.setdefault(cast("Node", link.id), []).append(link)
    return found


def _hiding(edges: Iterable[Edge]) -> list[StoredLink]:
    """Return the edges for which a viewer shows nothing of their image."""
    return [
        StoredLink(None, SpherePlace(edge.image, edge.polygons[0] if edge.polygons else ()), edge.id)
        for edge in edges
        if edge.asset is None or edge.is_malformed
    ]


def _is_wanted(stored: StoredLink, wanted: Iterable[Link]) -> bool:
    """Whether a stored edge is ours: it has the very polygon of a link that is wanted."""
    return any(is_same_polygon(link.place, stored.place) for link in wanted)


def _pairs(edges: Iterable[Edge]) -> set[Pair]:
    return {pair_of(link) for link in _links(edges)}


def _batches(links: Iterable[Link]) -> Iterator[tuple[Node, Sequence[Link]]]:
    """Yield the links of each collection, as many at a time as a request takes, those of a pair together."""
    by_collection: dict[Node, list[Link]] = {}
    for of_pair in by_pair(links).values():
        place = _sphere(of_pair[0])
        by_collection.setdefault((place.image[0], place.collection), []).extend(of_pair)
    for collection, of_collection in by_collection.items():
        start = 0
        while start < len(of_collection):
            end = _end(of_collection, start)
            yield collection, of_collection[start:end]
            start = end


def _end(links: Sequence[Link], start: int) -> int:
    """Return where a request that begins at `start` ends: between two pairs, where they are small enough."""
    full = start + ITEMS_PER_REQUEST
    if full >= len(links):
        return len(links)
    ends = (end for end in range(full, start, -1) if pair_of(links[end - 1]) != pair_of(links[end]))
    return next(ends, full)


def _item(link: Link) -> dict[str, Any]:
    phi, theta = direction_to_phi_theta(np.array(_sphere(link).polygon))
    angles = [float(angle) for corner in zip(phi, theta, strict=True) for angle in corner]
    polygon = {"version": POLYGON_VERSION, "data": [len(phi), *angles]}
    return {**_pair(link), "polygon": polygon}


def _pair(link: Link) -> dict[str, Any]:
    return {"asset": _instance(cast("Node", link.asset)), "image360": _instance(_sphere(link).image)}


def _instance(node: Node) -> dict[str, Any]:
    return {"instanceId": {"space": node[0], "externalId": node[1]}}


def _sphere(link: Link) -> SpherePlace:
    assert isinstance(link.place, SpherePlace), "contextualizations stand on the sphere"
    return link.place
