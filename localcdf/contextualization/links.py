"""What the service makes: for an asset a ``Cognite3DObject``, for the asset on an image an edge."""

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import uuid4

from localcdf.agenda import Task
from localcdf.contextualization.models import MAX_NUMBERS, blocks
from localcdf.contextualization.readings import EDGE, NUMBERS, OBJECT, PAIR, REMOVAL, REPEAT
from localcdf.data_modeling.instances import platform, store
from localcdf.data_modeling.instances.platform import system_container
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.references import Key, ref_of, relation
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call

OBJECT_VIEW: Key = ("cdf_cdm", "Cognite3DObject", "v1")
ANNOTATION_VIEW: Key = ("cdf_cdm", "Cognite360ImageAnnotation", "v1")
ANNOTATION: Key = ("cdf_cdm_3d", "Cognite360ImageAnnotation", "")
DESCRIBABLE: Key = ("cdf_cdm", "CogniteDescribable", "")
VISUALIZABLE: Key = ("cdf_cdm", "CogniteVisualizable", "")
EDGE_TYPE = ref_of("cdf_cdm", "image-360-annotation")
BOX = {f"{axis}{end}": value for axis in "xyz" for end, value in (("Min", -0.5), ("Max", 0.5))}


def link(call: Call, payload: dict[str, Any]) -> None:
    """Link assets to images; what was deleted since the request is passed over."""
    made: dict[tuple[int, int], int] = {}  # the edge of this request for each object and image
    for asset, image, item in _live(call, payload):
        object3d = _object_of(call, asset) or _new_object(call, asset, payload["objectSpace"])
        numbers = _stored(call, item["numbers"])
        edges = _edges(call, object3d, image, payload["space"])
        if call.reads(REPEAT, "once"):
            known = {tuple(polygon) for edge in edges for polygon in blocks(_polygon(call, edge))}
            numbers = list(chain(*(each for each in blocks(numbers) if tuple(each) not in known)))
        if numbers:
            place = (object3d.id, image.id)
            into = _joined(call, edges, made.get(place), len(numbers))
            made[place] = _write_edge(call, payload, (asset, object3d, image), into, numbers)


def unlink(call: Call, payload: dict[str, Any]) -> None:
    """Delete all edges between assets and images, and perhaps the objects that lose their last one."""
    for asset, image, _ in _live(call, payload):
        object3d = _object_of(call, asset)
        if object3d is None:
            continue
        gone = _edges(call, object3d, image, payload["space"])
        store.mark_deleted(call.db, [each.id for each in gone], call.now)
        if gone and not call.reads(REMOVAL, "kept") and not store.has_edges(call.db, object3d.id):
            store.mark_deleted(call.db, [object3d.id], call.now)
            if call.reads(REMOVAL, "removed"):
                _point_to(call, asset, None)


LINK = Task("image360 link", link)
UNLINK = Task("image360 unlink", unlink)


def is_linked(call: Call, refs: tuple[str, str], space: str) -> bool:
    """Say whether an asset has an annotation on an image."""
    nodes = store.find_live(call.db, refs)
    object3d = _object_of(call, nodes[refs[0]])
    return object3d is not None and bool(_edges(call, object3d, nodes[refs[1]], space))


def _live(call: Call, payload: dict[str, Any]) -> Iterator[tuple[Instance, Instance, dict[str, Any]]]:
    refs = {each[end] for each in payload["items"] for end in ("asset", "image")}
    nodes = store.find_live(call.db, refs)
    for each in payload["items"]:
        asset, image = nodes.get(each["asset"]), nodes.get(each["image"])
        if asset and image:
            yield asset, image, each


def _object_of(call: Call, asset: Instance) -> Instance | None:
    """Return the object that an asset points to, unless it is gone."""
    named = _properties(call, asset, VISUALIZABLE).get("object3D")
    if named is None:
        return None
    ref = ref_of(named["space"], named["externalId"])
    return store.find_live(call.db, [ref]).get(ref)


def _new_object(call: Call, asset: Instance, space: str) -> Instance:
    box = BOX if call.reads(OBJECT, "box") else {}
    (made,) = platform.create(call, OBJECT_VIEW, [(Instance("node", space, str(uuid4())), box)])
    _point_to(call, asset, made)
    return made


def _point_to(call: Call, asset: Instance, object3d: Instance | None) -> None:
    container = system_container(Schema(call.db), VISUALIZABLE).id
    value = relation(object3d.ref) if object3d else None
    platform.write(call, {asset.id: {container: {"object3D": value}}})


def _edges(call: Call, object3d: Instance, image: Instance, space: str) -> list[Instance]:
    found = store.edges_between(call.db, object3d.id, image.id)
    return [each for each in found if each.space == space and each.type == EDGE_TYPE]


def _joined(call: Call, edges: Sequence[Instance], of_request: int | None, more: int) -> Instance | None:
    """Return the edge that a further polygon joins; None for an edge of its own."""
    if call.reads(PAIR, "edges"):
        return None
    if call.reads(PAIR, "one-edge-a-request"):
        edges = [each for each in edges if each.id == of_request]
    fitting = [each for each in edges if len(_polygon(call, each)) + more <= MAX_NUMBERS]
    return fitting[-1] if fitting else None


def _write_edge(
    call: Call,
    payload: dict[str, Any],
    ends: tuple[Instance, Instance, Instance],
    into: Instance | None,
    numbers: list[float],
) -> int:
    """Store polygons in an edge that is there, or in a new one; return its id."""
    if into:
        container = system_container(Schema(call.db), ANNOTATION).id
        platform.write(call, {into.id: {container: {"polygon": [*_polygon(call, into), *numbers]}}})
        return into.id
    asset, object3d, image = ends
    edge = Instance("edge", payload["space"], str(uuid4()), EDGE_TYPE, object3d.ref, image.ref)
    properties = {"status": "Approved", "polygon": numbers, "formatVersion": "2.0.0"}
    if call.reads(EDGE, "named"):
        properties["name"] = _properties(call, asset, DESCRIBABLE).get("name", asset.external_id)
        properties["sourceId"] = payload["collection"]
    (made,) = platform.create(call, ANNOTATION_VIEW, [(edge, properties)])
    return made.id


def _polygon(call: Call, edge: Instance) -> list[float]:
    return _properties(call, edge, ANNOTATION).get("polygon", [])


def _properties(call: Call, instance: Instance, container: Key) -> dict[str, Any]:
    id_ = system_container(Schema(call.db), container).id
    return store.data_of(call.db, [instance.id], [id_])[instance.id].get(id_, {})


def _stored(call: Call, numbers: Sequence[float]) -> list[float]:
    if call.reads(NUMBERS, "float64"):
        return list(numbers)
    form = f"{len(numbers)}f"
    return list(struct.unpack(form, struct.pack(form, *numbers)))
