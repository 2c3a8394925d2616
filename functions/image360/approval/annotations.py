"""Links as annotations on face files: `images.InstanceLink` to nodes, `images.AssetLink` to classic assets.

Source of the format: Cognite's Annotations API reference, and what Cognite's viewer was measured to draw.
"""

import hashlib
import json
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes import Annotation, AnnotationFilter, AnnotationUpdate
from cognite.client.data_classes.data_modeling import ViewId
from cognite.client.exceptions import CogniteAPIError

from image360 import __version__
from image360.approval.pairs import is_same_polygon
from image360.approval.places import Box, Directions, FacePlace, face_places
from image360.approval.plan import (
    Changes,
    Link,
    Outcome,
    Promotion,
    StoredLink,
    missing_links,
    promotions,
)
from image360.catalog.image import Image
from image360.config import AssetView
from image360.write_once import answer_once, send_in_halves, write_once

APP = "image360"
TEXT_LIMIT = 128  # characters of an annotation's text
ITEMS_PER_REQUEST = 1000
READ_BACK_AFTER = (0.0, 2.0, 4.0)  # seconds waited before each look: lists may lag behind writes
UNKNOWN = (400, 404)  # which of them CDF answers for an unknown id, its reference does not say
TINY = 1e-6  # of a face: the least extent of a text region, whose min must be below its max


@dataclass(frozen=True)
class Annotations:
    """Reads and writes the links of face files; `asset_view` is None where assets are classic ones."""

    client: CogniteClient
    asset_view: AssetView | None

    def places(self, polygon: Directions, image: Image) -> Sequence[FacePlace]:
        """Return where links to a text stand: one place for each face that it touches."""
        return face_places(polygon, image.faces)

    def stored(self, holders: Iterable[Hashable]) -> list[StoredLink]:
        """Return every link to an asset on the files with these ids, in any status and by any app."""
        file_ids = sorted(cast("set[int]", set(holders)))
        found: list[Annotation] = []
        for start in range(0, len(file_ids), ITEMS_PER_REQUEST):
            batch = [{"id": file_id} for file_id in file_ids[start : start + ITEMS_PER_REQUEST]]
            # Without a filter on the type: the list call has none, and links of other types are few.
            listed = AnnotationFilter(annotated_resource_type="file", annotated_resource_ids=batch)
            found += self.client.annotations.list(listed, limit=None)
        keys = self._asset_keys([_data(each) for each in found])
        return [_stored(each, key) for each, key in zip(found, keys, strict=True) if key is not None]

    def gone(self, links: Sequence[str]) -> set[str]:
        """Return those of the annotations, by name, that CDF does not hold any more."""
        there = self._there([int(name) for name in links])
        return {name for name in links if int(name) not in there}

    def changes(self, wanted: Sequence[Link], stored: Sequence[StoredLink]) -> Changes:
        """Return what to write of the wanted links; what people or other apps made stays as it is."""
        return Changes(tuple(missing_links(wanted, stored)), tuple(promotions(wanted, stored)))

    def write(self, changes: Changes) -> Outcome:
        """Promote our own suggestions and write the links that are missing.

        A write whose answer got lost leads to reads, never to a second write: a list that does not show a
        link yet is no proof that it was not written. A promotion may be sent twice.
        """
        if changes.promote:
            self.client.annotations.update([_promoted(each) for each in changes.promote])
        written = [(each.link, each.stored.as_approved()) for each in changes.promote]
        unclear: list[Link] = []
        refused: list[tuple[Link, str]] = []
        for batch in _batches(changes.create):
            sent = send_in_halves(batch, lambda links: self._create(links, written), self._not_seen)
            unclear += sent.unclear
            refused += sent.refused
        unsettled = self._not_seen(unclear)
        return Outcome((*written, *self._seen(unclear, unsettled)), tuple(unsettled), refused=tuple(refused))

    def take_back(
        self, removed: Sequence[StoredLink], demoted: Sequence[StoredLink] = ()
    ) -> list[StoredLink]:
        """Delete links, and make suggestions of others again; return those of which it is not seen.

        What is not there any more is passed over. Deleting one twice does no harm.
        """
        if demoted:
            self.client.annotations.update([_demoted(each) for each in demoted])
        sent = send_in_halves(removed, self._delete, self._still_there)
        return list(self._still_there([*sent.unclear, *(link for link, _ in sent.refused)]))

    def _there(self, ids: Sequence[int]) -> set[int]:
        """Return those of the annotations that CDF hands out by id; an unknown one makes it refuse."""
        if not ids:
            return set()
        try:
            return {each.id for each in self.client.annotations.retrieve_multiple(ids)}
        except CogniteAPIError as refusal:
            if refusal.code not in UNKNOWN:
                raise
            named = cast("Sequence[Mapping[str, Any]]", refusal.missing or ())
            unknown = {each.get("id") for each in named}
        known = [each for each in ids if each not in unknown]
        if len(known) < len(ids):
            return self._there(known)
        middle = len(ids) // 2
        return self._there(ids[:middle]) | self._there(ids[middle:]) if middle else set()

    def _create(self, links: Sequence[Link], written: list[tuple[Link, StoredLink]]) -> bool:
        """Write links; add them to those written, as CDF answers them."""
        answer = answer_once(self.client, "/annotations", {"items": [self._item(link) for link in links]})
        if answer is None:
            return False
        made = [Annotation.load(each) for each in json.loads(answer)["items"]]
        written += [(link, _stored(each, link.asset)) for link, each in zip(links, made, strict=True)]
        return True

    def _delete(self, links: Sequence[StoredLink]) -> bool:
        body = {"items": [{"id": link.id} for link in links]}
        return write_once(self.client, "/annotations/delete", body)

    def _still_there(self, links: Sequence[StoredLink]) -> Sequence[StoredLink]:
        there = self.stored(link.place.holder for link in links) if links else []
        ids = {link.id for link in there}
        return [link for link in links if link.id in ids]

    def _seen(self, links: Sequence[Link], missing: Sequence[Link]) -> list[tuple[Link, StoredLink]]:
        """Return the links that a list has shown after all, as it has them."""
        wanted = [link for link in links if link not in missing]
        stored = self.stored(link.place.holder for link in wanted) if wanted else []
        return [
            (link, each)
            for link in wanted
            for each in stored
            if each.own and each.asset == link.asset and is_same_polygon(each.place, link.place)
        ]

    def _not_seen(self, links: Sequence[Link]) -> list[Link]:
        """Look for links after a lost answer; return those that did not show up."""
        missing = list(links)
        for seconds in READ_BACK_AFTER if missing else ():
            time.sleep(seconds)
            missing = missing_links(missing, self.stored(link.place.holder for link in missing))
            if not missing:
                break
        return missing

    def _asset_keys(self, data: Sequence[dict[str, Any]]) -> list[Hashable | None]:
        """Return the key of the asset that each annotation links to, None for one that links to none."""
        if self.asset_view is not None:
            return [
                (ref["space"], ref["externalId"]) if (ref := each.get("instanceRef")) else None
                for each in data
            ]
        refs: list[dict[str, Any]] = [each.get("assetRef") or {} for each in data]
        by_external_id = self._internal_ids({ref["externalId"] for ref in refs if "externalId" in ref})
        return [ref.get("id") or by_external_id.get(ref.get("externalId", "")) for ref in refs]

    def _internal_ids(self, external_ids: set[str]) -> dict[str, int]:
        """Look up assets that others linked by external id; we write internal ids."""
        ids = sorted(external_ids)
        found: dict[str, int] = {}
        for start in range(0, len(ids), ITEMS_PER_REQUEST):
            batch = ids[start : start + ITEMS_PER_REQUEST]
            assets = self.client.assets.retrieve_multiple(external_ids=batch, ignore_unknown_ids=True)
            found |= {asset.external_id: asset.id for asset in assets if asset.external_id}
        return found

    def _item(self, link: Link) -> dict[str, Any]:
        assert isinstance(link.place, FacePlace), "annotations stand on faces"
        kind, reference = self._reference(link.asset)
        vertices = [{"x": x, "y": y} for x, y in link.place.vertices]
        return {
            "annotatedResourceType": "file",
            "annotatedResourceId": link.place.file_id,
            "annotationType": kind,
            "status": link.status,
            "creatingApp": APP,
            "creatingAppVersion": __version__,
            "creatingUser": None,
            "data": {
                "text": link.text[:TEXT_LIMIT],
                "textRegion": _text_region(link.place.box),
                "objectRegion": {"polygon": {"vertices": vertices}},
                "confidence": min(1.0, max(0.0, link.confidence)),
                **reference,
            },
        }

    def _reference(self, asset: Hashable) -> tuple[str, dict[str, Any]]:
        """Return the annotation type for an asset's key, and the field of `data` that names the asset."""
        if self.asset_view is None:
            return "images.AssetLink", {"assetRef": {"id": asset}}
        space, external_id = cast("tuple[str, str]", asset)
        view = ViewId(self.asset_view.space, self.asset_view.external_id, self.asset_view.version)
        node = {"instanceType": "node", "space": space, "externalId": external_id}
        return "images.InstanceLink", {"instanceRef": {**node, "sources": [view.dump()]}}


def _batches(links: Sequence[Link]) -> Iterator[Sequence[Link]]:
    for start in range(0, len(links), ITEMS_PER_REQUEST):
        yield links[start : start + ITEMS_PER_REQUEST]


def _promoted(promotion: Promotion) -> AnnotationUpdate:
    return AnnotationUpdate(cast("int", promotion.stored.id)).status.set("approved")


def _demoted(link: StoredLink) -> AnnotationUpdate:
    return AnnotationUpdate(cast("int", link.id)).status.set("suggested")


def _stored(annotation: Annotation, asset: Hashable) -> StoredLink:
    said = [annotation.annotation_type, annotation.creating_app, _data(annotation)]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
    return StoredLink(
        asset,
        FacePlace(annotation.annotated_resource_id, _vertices(_data(annotation))),
        annotation.id,
        annotation.status,
        annotation.creating_app == APP,
        f"{annotation.status}:{digest}",
        annotation.creating_app == APP and annotation.created_time == annotation.last_updated_time,
    )


def _data(annotation: Annotation) -> dict[str, Any]:
    return cast("dict[str, Any]", annotation.data)


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


def _vertices(data: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    """Return the corners of the place that a stored link has, as the viewer would draw it."""
    region: dict[str, Any] = data.get("objectRegion") or {}
    if "polygon" in region:
        return tuple((vertex["x"], vertex["y"]) for vertex in region["polygon"]["vertices"])
    box: dict[str, float] = region.get("boundingBox") or data["textRegion"]
    left, right, top, bottom = (box[name] for name in ("xMin", "xMax", "yMin", "yMax"))
    return ((left, top), (right, top), (right, bottom), (left, bottom))
