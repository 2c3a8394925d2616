"""The queries that the viewer sends for images of the core data model, word for word."""

from collections.abc import Mapping, Sequence
from typing import Any

from demo.viewer import Version
from demo.viewer.drawn import FACES

Body = dict[str, Any]
Node = tuple[str, str]  # space and external id

POSE = tuple(f"{what}{axis}" for what in ("translation", "eulerRotation", "scale") for axis in "XYZ")
IMAGE_PROPERTIES = (*POSE, *FACES, "collection360", "station360", "takenAt")
LIMIT = 10_000


def collection(version: Version, node: Node) -> Body:
    """A collection, its images and their stations."""
    named: Body = {"instanceReferences": [{"externalId": node[1], "space": node[0]}]}
    new = version == "4.35.1"
    return {
        "with": {
            "image_collections": {
                "nodes": {"filter": {"and": [named, _is_collection(version)]} if new else named},
                "limit": 1,
            },
            "images": _set(
                _has("Cognite360Image", new),
                **{"from": "image_collections"},
                through=_through("Cognite360Image", "collection360"),
            ),
            "stations": _set(
                _has("Cognite3DGroup", new),
                **{"from": "images"},
                through=_through("Cognite360Image", "station360"),
                direction="outwards",
            ),
        },
        "select": {
            "image_collections": _select("Cognite360ImageCollection", ["name"]),
            "images": _select("Cognite360Image", IMAGE_PROPERTIES),
            "stations": _select("Cognite360ImageStation", ["name"]),
        },
    }


def annotations_of_image(version: Version, node: Node) -> Body:
    """The annotations of the image that was entered, with the assets they show."""
    new = version == "4.35.1"
    kind = _container("Cognite360Image") if new else _view("Cognite360Image")
    return {
        "with": {
            "images": {"nodes": {"filter": {"and": [{"hasData": [kind]}, *_is(node)]}}, "limit": LIMIT},
            **_annotations(version),
            "assets": _set(
                _has("CogniteVisualizable", new, "cdf_cdm"),
                **{"from": "object3d"},
                through=_through("CogniteAsset", "object3D"),
            ),
        },
        "select": _selected(),
    }


def annotations_of_collection(version: Version, node: Node) -> Body:
    """The annotations of all images of a collection, with the assets they show."""
    new = version == "4.35.1"
    asset = "CogniteVisualizable" if new else "CogniteAsset"
    return {
        "with": {
            "collection": {
                "nodes": {"filter": {"and": [_is_collection(version), *_is(node)]}},
                **({"limit": 1} if new else {}),
            },
            "images": _set(
                _has("Cognite360Image", new),
                **{"from": "collection"},
                through=_through("Cognite360Image", "collection360"),
                direction="inwards",
            ),
            **_annotations(version),
            "assets": _set(
                _has("CogniteVisualizable", new, "cdf_cdm"),
                **{"from": "object3d"},
                through=_through(asset, "object3D"),
            ),
        },
        "select": {"collection": {}, **_selected()},
    }


def images_of_asset(version: Version, node: Node) -> Body:
    """The images on which an asset is seen."""
    new = version == "4.35.1"
    edges = _container("Cognite360ImageAnnotation") if new else _view("Cognite360ImageAnnotation")
    objects: Body = {
        "from": "instance_object",
        "through": _through("CogniteVisualizable", "object3D"),
        "direction": "outwards",
        **_has("Cognite3DObject", new),
    }
    return {
        "with": {
            "instance_object": {"nodes": {"filter": {"and": _is(node)}}, "limit": 1},
            "object3ds": {"nodes": objects},
            "annotation_edges": {
                "edges": {"from": "object3ds", "direction": "outwards", "filter": {"hasData": [edges]}},
                "limit": LIMIT,
            },
            "image_revisions": {
                "nodes": {"from": "annotation_edges", "chainTo": "destination", "direction": "outwards"},
                "limit": LIMIT,
            },
        },
        "select": {
            "image_revisions": _select("Cognite360Image", IMAGE_PROPERTIES),
            "annotation_edges": _select("Cognite360ImageAnnotation", ["polygon", "formatVersion"]),
        },
    }


def _annotations(version: Version) -> Body:
    """The edges that end in the images, and the objects where they start."""
    new = version == "4.35.1"
    has: Body = {"hasData": [_container("Cognite360ImageAnnotation")]}
    if not new:
        has = {"and": [{"hasData": [_view("Cognite360ImageAnnotation")]}]}
    return {
        "annotations": {
            "edges": {"from": "images", "direction": "inwards", "filter": has},
            "limit": LIMIT,
        },
        "object3d": _set(_has("Cognite3DObject", new), **{"from": "annotations"}),
    }


def _selected() -> Body:
    return {
        "images": _select("Cognite360Image", IMAGE_PROPERTIES),
        "annotations": _select("Cognite360ImageAnnotation", ["polygon", "formatVersion"]),
        "object3d": {},
        "assets": _select("CogniteAsset", ["name", "description", "object3D"]),
    }


def _is_collection(version: Version) -> Body:
    kind = _container("Cognite3DRevision") if version == "4.35.1" else _view("Cognite3DRevision")
    typed = {"equals": {"property": ["cdf_cdm_3d", "Cognite3DRevision", "type"], "value": "Image360"}}
    return {"and": [{"hasData": [kind]}, typed]}


def _is(node: Node) -> list[Body]:
    return [
        {"equals": {"property": ["node", "externalId"], "value": node[1]}},
        {"equals": {"property": ["node", "space"], "value": node[0]}},
    ]


def _set(has: Body, **nodes: Any) -> Body:
    return {"nodes": {**nodes, **has}, "limit": LIMIT}


def _has(container: str, asked: bool, space: str = "cdf_cdm_3d") -> Body:
    """The filter on a container that only the newer version sends."""
    return {"filter": {"hasData": [_container(container, space)]}} if asked else {}


def _select(view: str, properties: Sequence[str]) -> Body:
    return {"sources": [{"source": _view(view), "properties": list(properties)}]}


def _through(view: str, relation: str) -> Body:
    return {"view": _view(view), "identifier": relation}


def _view(name: str) -> Mapping[str, str]:
    return {"type": "view", "space": "cdf_cdm", "externalId": name, "version": "v1"}


def _container(name: str, space: str = "cdf_cdm_3d") -> Mapping[str, str]:
    return {"type": "container", "space": space, "externalId": name}
