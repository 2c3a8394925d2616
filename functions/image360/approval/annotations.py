"""Approvals of a hybrid project: `images.InstanceLink` annotations on the face files.

Source of the format: Cognite's Annotations API reference, and what Cognite's viewer was measured to draw.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter

from image360 import __version__
from image360.approval.plan import Box, Link, StoredLink, missing_links
from image360.config import AssetView
from image360.write_once import write_once

APP = "image360"
TEXT_LIMIT = 128  # characters of an annotation's text
ITEMS_PER_REQUEST = 1000
READ_BACK_AFTER = (0.0, 2.0, 4.0)  # seconds waited before each look: lists may lag behind writes
TINY = 1e-6  # of a face: the least extent of a text region, whose min must be below its max


@dataclass(frozen=True)
class Annotations:
    """Reads and writes the links of face files."""

    client: CogniteClient
    asset_view: AssetView

    def stored(self, file_ids: Sequence[int]) -> list[StoredLink]:
        """Return every InstanceLink on the files, in any status and by any app."""
        found: list[StoredLink] = []
        for start in range(0, len(file_ids), ITEMS_PER_REQUEST):
            batch = [{"id": file_id} for file_id in file_ids[start : start + ITEMS_PER_REQUEST]]
            # Without a filter on the type: the list call has none, and links of other types are few.
            annotations = self.client.annotations.list(
                AnnotationFilter(annotated_resource_type="file", annotated_resource_ids=batch), limit=None
            )
            for annotation in annotations:
                if annotation.annotation_type == "images.InstanceLink":
                    data = cast("dict[str, Any]", annotation.data)
                    found.append(_stored_link(annotation.annotated_resource_id, data))
        return found

    def write(self, links: Sequence[Link]) -> list[Link]:
        """Write the links, all of them missing in CDF; return those of which nobody knows whether they are.

        An answer that got lost leads to reads, never to a second write: a list that does not show a link
        yet is no proof that it was not written.
        """
        unsettled: list[Link] = []
        for batch in _batches(links):
            if not write_once(self.client, "/annotations", {"items": [self._item(link) for link in batch]}):
                unsettled += self._not_seen(batch)
        return unsettled

    def _not_seen(self, links: Sequence[Link]) -> list[Link]:
        """Look for links after a lost answer; return those that did not show up."""
        missing = list(links)
        for seconds in READ_BACK_AFTER:
            time.sleep(seconds)
            missing = missing_links(missing, self.stored(sorted({link.file_id for link in missing})))
            if not missing:
                break
        return missing

    def _item(self, link: Link) -> dict[str, Any]:
        return {
            "annotatedResourceType": "file",
            "annotatedResourceId": link.file_id,
            "annotationType": "images.InstanceLink",
            "status": "approved",
            "creatingApp": APP,
            "creatingAppVersion": __version__,
            "creatingUser": None,
            "data": {
                "text": link.text[:TEXT_LIMIT],
                "textRegion": _text_region(link.box),
                "objectRegion": {"polygon": {"vertices": [{"x": x, "y": y} for x, y in link.vertices]}},
                "instanceRef": {
                    "instanceType": "node",
                    "space": link.asset_space,
                    "externalId": link.asset_id,
                    "sources": [
                        {
                            "type": "view",
                            "space": self.asset_view.space,
                            "externalId": self.asset_view.external_id,
                            "version": self.asset_view.version,
                        }
                    ],
                },
                "confidence": min(1.0, max(0.0, link.confidence)),
            },
        }


def _batches(links: Sequence[Link]) -> Iterator[Sequence[Link]]:
    for start in range(0, len(links), ITEMS_PER_REQUEST):
        yield links[start : start + ITEMS_PER_REQUEST]


def _text_region(box: Box) -> dict[str, float]:
    """Return the box in the API's form, widened where it has no extent: min must be below max."""
    x_max = max(box.x_max, min(1.0, box.x_min + TINY))
    y_max = max(box.y_max, min(1.0, box.y_min + TINY))
    return {
        "xMin": min(box.x_min, x_max - TINY),
        "xMax": x_max,
        "yMin": min(box.y_min, y_max - TINY),
        "yMax": y_max,
    }


def _stored_link(file_id: int, data: dict[str, Any]) -> StoredLink:
    reference = data["instanceRef"]
    polygon = data.get("objectRegion", {}).get("polygon")
    if polygon:
        box = Box.around((vertex["x"], vertex["y"]) for vertex in polygon["vertices"])
    else:
        region = data["textRegion"]
        box = Box(region["xMin"], region["xMax"], region["yMin"], region["yMax"])
    return StoredLink(file_id, reference["space"], reference["externalId"], box)
