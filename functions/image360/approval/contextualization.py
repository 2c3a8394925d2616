"""Approvals of the core data model: Cognite's contextualization service makes edges of them (beta).

Source of the format: the reference of `POST /3d/contextualization/image360`, and what Cognite's viewer was
measured to read: `phi` first, from the image's +Y axis, then `theta` around it; one polygon per item.
"""

import time
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from cognite.client import CogniteClient

from image360.approval.edges import Node, list_edges
from image360.approval.places import Directions, SpherePlace, sphere_place
from image360.approval.plan import Link, StoredLink, missing_links
from image360.catalog.image import Image
from image360.config import Contextualization
from image360.geometry import direction_to_phi_theta
from image360.write_once import write_once

PATH = "/3d/contextualization/image360"
BETA = {"cdf-version": "beta"}
ITEMS_PER_REQUEST = 100
POLYGON_VERSION = "2.0.0"
READ_BACK_AFTER = (0.0, 2.0, 4.0)  # seconds waited before each look


@dataclass(frozen=True)
class Contextualizations:
    """Reads and writes the links of `Cognite360Image` nodes."""

    client: CogniteClient
    config: Contextualization

    def places(self, polygon: Directions, image: Image) -> Sequence[SpherePlace]:
        """Return where the link to a text stands: one place, also over a seam."""
        return [sphere_place(polygon, image)]

    def stored(self, holders: Iterable[Hashable]) -> list[StoredLink]:
        """Return every link on the images with these ids, whoever made it; a viewer draws them all."""
        images = sorted(cast("set[Node]", set(holders)))
        return [
            StoredLink(edge.asset, SpherePlace(edge.image, polygon))
            for edge in list_edges(self.client, images)
            if edge.asset is not None
            for polygon in edge.polygons
        ]

    def write(self, links: Sequence[Link]) -> list[Link]:
        """Write the links, all of them missing in CDF; return those of unknown fate."""
        unsettled: list[Link] = []
        for collection, batch in _batches(links):
            if not write_once(self.client, PATH, self._body(collection, batch), BETA):
                unsettled += self._not_seen(batch)
        return unsettled

    def _not_seen(self, links: Sequence[Link]) -> list[Link]:
        """Look for links after a lost answer; return those that did not show up."""
        missing = list(links)
        for seconds in READ_BACK_AFTER:
            time.sleep(seconds)
            missing = missing_links(missing, self.stored(link.place.holder for link in missing))
            if not missing:
                break
        return missing

    def _body(self, collection: Node, links: Sequence[Link]) -> dict[str, Any]:
        return {
            "items": [_item(link) for link in links],
            "dmsContextualizationConfig": {
                "object3DSpace": self.config.object3d_space,
                "contextualizationSpace": self.config.space,
                "revision": _instance(collection),
            },
        }


def _batches(links: Sequence[Link]) -> Iterator[tuple[Node, Sequence[Link]]]:
    """Yield the links of each collection, as many at a time as a request takes."""
    by_collection: dict[Node, list[Link]] = {}
    for link in links:
        place = _sphere(link)
        by_collection.setdefault((place.image[0], place.collection), []).append(link)
    for collection, of_collection in by_collection.items():
        for start in range(0, len(of_collection), ITEMS_PER_REQUEST):
            yield collection, of_collection[start : start + ITEMS_PER_REQUEST]


def _item(link: Link) -> dict[str, Any]:
    place = _sphere(link)
    phi, theta = direction_to_phi_theta(np.array(place.polygon))
    angles = [float(angle) for corner in zip(phi, theta, strict=True) for angle in corner]
    return {
        "asset": _instance(cast("Node", link.asset)),
        "image360": _instance(place.image),
        "polygon": {"version": POLYGON_VERSION, "data": [len(place.polygon), *angles]},
    }


def _instance(node: Node) -> dict[str, Any]:
    return {"instanceId": {"space": node[0], "externalId": node[1]}}


def _sphere(link: Link) -> SpherePlace:
    assert isinstance(link.place, SpherePlace), "contextualizations stand on the sphere"
    return link.place
