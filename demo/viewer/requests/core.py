"""What the viewer asks of a collection in the core data model: bodies of `POST /models/instances/query`."""

from demo.viewer import Version
from demo.viewer.requests import Body, Node

ROWS = 10_000
POSE = tuple(f"{what}{axis}" for what in ("translation", "eulerRotation", "scale") for axis in "XYZ")
CUBE = ("front", "back", "left", "right", "top", "bottom")
IMAGE_PROPERTIES = [*POSE, *CUBE, "collection360", "station360", "takenAt"]


def collection_query(version: Version, collection: Node) -> Body:
    """The images and stations of a collection."""
    references = {"instanceReferences": [_reference(collection)]}
    wanted = references if version == "4.29.0" else {"and": [references, _is_360(version)]}
    return {
        "with": {
            "image_collections": {"nodes": {"filter": wanted}, "limit": 1},
            "images": {
                "nodes": {
                    "from": "image_collections",
                    "through": _through("Cognite360Image", "collection360"),
                    **_only_with(version, "cdf_cdm_3d", "Cognite360Image"),
                },
                "limit": ROWS,
            },
            "stations": {
                "nodes": {
                    "from": "images",
                    "through": _through("Cognite360Image", "station360"),
                    "direction": "outwards",
                    **_only_with(version, "cdf_cdm_3d", "Cognite3DGroup"),
                },
                "limit": ROWS,
            },
        },
        "select": {
            "image_collections": _select("Cognite360ImageCollection", ["name"]),
            "images": _select("Cognite360Image", IMAGE_PROPERTIES),
            "stations": _select("Cognite360ImageStation", ["name"]),
        },
    }


def image_annotations_query(version: Version, image: Node) -> Body:
    """The annotations of the image that a person has entered."""
    entered = {"and": [_has_data(version, "Cognite360Image"), *_is(image)]}
    return {
        "with": {
            "images": {"nodes": {"filter": entered}, "limit": ROWS},
            **_annotations_of_images(version, "CogniteAsset"),
        },
        "select": _ANNOTATIONS_SELECTED,
    }


def collection_annotations_query(version: Version, collection: Node) -> Body:
    """All annotations of a collection."""
    old = version == "4.29.0"
    wanted = {"nodes": {"filter": {"and": [_is_360(version), *_is(collection)]}}}
    return {
        "with": {
            "collection": wanted if old else {**wanted, "limit": 1},
            "images": {
                "nodes": {
                    "from": "collection",
                    "through": _through("Cognite360Image", "collection360"),
                    "direction": "inwards",
                    **_only_with(version, "cdf_cdm_3d", "Cognite360Image"),
                },
                "limit": ROWS,
            },
            **_annotations_of_images(version, "CogniteAsset" if old else "CogniteVisualizable"),
        },
        "select": {"collection": {}, **_ANNOTATIONS_SELECTED},
    }


def asset_images_query(version: Version, asset: Node) -> Body:
    """The images that show an asset, of any collection."""
    return {
        "with": {
            "instance_object": {"nodes": {"filter": {"and": _is(asset)}}, "limit": 1},
            "object3ds": {
                "nodes": {
                    "from": "instance_object",
                    "through": _through("CogniteVisualizable", "object3D"),
                    "direction": "outwards",
                    **_only_with(version, "cdf_cdm_3d", "Cognite3DObject"),
                }
            },
            "annotation_edges": {
                "edges": {
                    "from": "object3ds",
                    "direction": "outwards",
                    "filter": _has_data(version, "Cognite360ImageAnnotation"),
                },
                "limit": ROWS,
            },
            "image_revisions": {
                "nodes": {"from": "annotation_edges", "chainTo": "destination", "direction": "outwards"},
                "limit": ROWS,
            },
        },
        "select": {
            "image_revisions": _select("Cognite360Image", IMAGE_PROPERTIES),
            "annotation_edges": _select("Cognite360ImageAnnotation", ["polygon", "formatVersion"]),
        },
    }


def _annotations_of_images(version: Version, holder: str) -> Body:
    """The sets from the edges of `images` to the assets, which hold the relation by the view `holder`."""
    annotated = _has_data(version, "Cognite360ImageAnnotation")
    return {
        "annotations": {
            "edges": {
                "from": "images",
                "direction": "inwards",
                "filter": {"and": [annotated]} if version == "4.29.0" else annotated,
            },
            "limit": ROWS,
        },
        "object3d": {
            "nodes": {"from": "annotations", **_only_with(version, "cdf_cdm_3d", "Cognite3DObject")},
            "limit": ROWS,
        },
        "assets": {
            "nodes": {
                "from": "object3d",
                "through": _through(holder, "object3D"),
                **_only_with(version, "cdf_cdm", "CogniteVisualizable"),
            },
            "limit": ROWS,
        },
    }


def _reference(node: Node) -> Body:
    return {"space": node[0], "externalId": node[1]}


def _is(node: Node) -> list[Body]:
    space, external_id = node
    return [
        {"equals": {"property": ["node", "externalId"], "value": external_id}},
        {"equals": {"property": ["node", "space"], "value": space}},
    ]


def _is_360(version: Version) -> Body:
    image360 = {"equals": {"property": ["cdf_cdm_3d", "Cognite3DRevision", "type"], "value": "Image360"}}
    return {"and": [_has_data(version, "Cognite3DRevision"), image360]}


def _has_data(version: Version, name: str) -> Body:
    """The older version asks for data by the view, the newer by the container of the same name."""
    if version == "4.29.0":
        return {"hasData": [_view(name)]}
    return {"hasData": [{"type": "container", "space": "cdf_cdm_3d", "externalId": name}]}


def _only_with(version: Version, space: str, container: str) -> Body:
    """The filter that only the newer version has."""
    if version == "4.29.0":
        return {}
    return {"filter": {"hasData": [{"type": "container", "space": space, "externalId": container}]}}


def _through(view: str, relation: str) -> Body:
    return {"view": _view(view), "identifier": relation}


def _select(view: str, properties: list[str]) -> Body:
    return {"sources": [{"source": _view(view), "properties": properties}]}


def _view(name: str) -> Body:
    return {"type": "view", "space": "cdf_cdm", "externalId": name, "version": "v1"}


_ANNOTATIONS_SELECTED = {
    "images": _select("Cognite360Image", IMAGE_PROPERTIES),
    "annotations": _select("Cognite360ImageAnnotation", ["polygon", "formatVersion"]),
    "object3d": {},
    "assets": _select("CogniteAsset", ["name", "description", "object3D"]),
}
