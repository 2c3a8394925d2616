"""The annotation edges of core data model images, read as Cognite's viewer reads them.

image <- edge (`Cognite360ImageAnnotation`) <- `Cognite3DObject` <- asset, by its `object3D`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from cognite.client import CogniteClient

from image360.errors import SetupError
from image360.geometry import phi_theta_to_direction

Node = tuple[str, str]  # space and external id
Polygon = tuple[tuple[float, float, float], ...]
Release = tuple[int, int, int]

IMAGES_PER_QUERY = 50
ROWS_PER_SET = 10_000  # of a query's result set; the viewer reads no more of an image either
IMAGE = {"type": "view", "space": "cdf_cdm", "externalId": "Cognite360Image", "version": "v1"}
ANNOTATION = {"type": "view", "space": "cdf_cdm", "externalId": "Cognite360ImageAnnotation", "version": "v1"}
VISUALIZABLE = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteVisualizable", "version": "v1"}
ANNOTATION_CONTAINER = {"type": "container", "space": "cdf_cdm_3d", "externalId": "Cognite360ImageAnnotation"}
OBJECT3D = {
    "source": {"type": "container", "space": "cdf_cdm", "externalId": "CogniteVisualizable"},
    "identifier": "object3D",
}
BLOCKS_SINCE: Release = (2, 0, 0)  # several polygons, each with its number of corners before it
EULER = ("eulerRotationX", "eulerRotationY", "eulerRotationZ")


@dataclass(frozen=True)
class Edge:
    """One annotation edge and asset; `polygons` are directions.

    `asset` is None where no asset points to the object; where several do, each has the edge for its own.
    `is_malformed`: its polygon is none that can be drawn. For an edge like that, or one without an asset,
    Cognite's viewer drops all annotations of the image.
    """

    id: Node
    image: Node
    object3d: Node
    asset: Node | None
    polygons: tuple[Polygon, ...]
    is_malformed: bool = False
    version: int = 0
    blocks: tuple[tuple[float, ...], ...] = ()  # of the polygons, as CDF has them; none of an old format
    print: str = ""  # all that it says but its polygons, status first
    is_untouched: bool = False  # whether CDF holds it as it was when it was made


def list_edges(client: CogniteClient, images: Sequence[Node]) -> list[Edge]:
    """Return the annotation edges of the images.

    Raises:
        SetupError: An image has more edges than a query can return.
    """
    found: list[Edge] = []
    for start in range(0, len(images), IMAGES_PER_QUERY):
        found += _edges_of(client, images[start : start + IMAGES_PER_QUERY])
    return found


def _edges_of(client: CogniteClient, images: Sequence[Node]) -> list[Edge]:
    url = f"/api/v1/projects/{client.config.project}/models/instances/query"
    answer = cast("dict[str, Any]", client.post(url, json=_query(images)).json())
    items: Mapping[str, list[dict[str, Any]]] = answer["items"]
    if max(len(items["annotations"]), len(items["assets"])) >= ROWS_PER_SET:
        if len(images) == 1:
            raise SetupError(
                f"image '{images[0][1]}' has {ROWS_PER_SET} annotations or more: Cognite's viewer and a "
                "query return no more; delete the superfluous ones"
            )
        half = len(images) // 2
        return _edges_of(client, images[:half]) + _edges_of(client, images[half:])
    return _joined(items)


def _query(images: Sequence[Node]) -> dict[str, Any]:
    ids = [{"space": space, "externalId": external_id} for space, external_id in images]
    return {
        "with": {
            "images": {"nodes": {"filter": {"instanceReferences": ids}}, "limit": len(ids)},
            "annotations": {
                "edges": {
                    "from": "images",
                    "direction": "inwards",
                    "filter": {"hasData": [ANNOTATION_CONTAINER]},
                },
                "limit": ROWS_PER_SET,
            },
            "objects": {"nodes": {"from": "annotations"}, "limit": ROWS_PER_SET},
            "assets": {
                "nodes": {"from": "objects", "through": OBJECT3D, "direction": "inwards"},
                "limit": ROWS_PER_SET,
            },
        },
        "select": {
            "images": {"sources": [{"source": IMAGE, "properties": list(EULER)}]},
            "annotations": {"sources": [{"source": ANNOTATION, "properties": ["*"]}]},
            "assets": {"sources": [{"source": VISUALIZABLE, "properties": ["object3D"]}]},
        },
    }


def _joined(items: Mapping[str, list[dict[str, Any]]]) -> list[Edge]:
    assets: dict[Node, list[Node | None]] = {}
    for asset in items["assets"]:
        if object3d := _properties(asset, VISUALIZABLE).get("object3D"):
            assets.setdefault(_node(object3d), []).append(_node(asset))
    eulers = {_node(image): _euler(_properties(image, IMAGE)) for image in items["images"]}
    edges: list[Edge] = []
    for edge in items["annotations"]:
        image, object_ = _node(edge["endNode"]), _node(edge["startNode"])
        stored = _properties(edge, ANNOTATION)
        numbers, release = stored.get("polygon"), _release(stored.get("formatVersion"))
        polygons = tuple(_polygons(numbers, release, eulers.get(image)))
        # The viewer skips an edge without numbers, and throws for one whose numbers it cannot read.
        is_malformed = numbers is not None and _length(polygons, release) != len(numbers)
        made = Edge(
            _node(edge),
            image,
            object_,
            None,
            polygons,
            is_malformed,
            edge["version"],
            tuple(tuple(each) for each in _blocks(list(numbers or ()))) if release >= BLOCKS_SINCE else (),
            _print(stored),
            edge["createdTime"] == edge["lastUpdatedTime"],
        )
        edges += [replace(made, asset=asset) for asset in assets.get(object_, [None])]
    return edges


def _print(stored: Mapping[str, Any]) -> str:
    said = {name: value for name, value in stored.items() if name not in ("polygon", "status")}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
    return f"{stored.get('status')}:{digest}"


def _node(value: Mapping[str, Any]) -> Node:
    return value["space"], value["externalId"]


def _properties(instance: Mapping[str, Any], view: Mapping[str, str]) -> Mapping[str, Any]:
    spaces: Mapping[str, Any] = instance.get("properties", {})
    return spaces.get(view["space"], {}).get(f"{view['externalId']}/{view['version']}", {})


def _euler(properties: Mapping[str, Any]) -> tuple[float, float, float]:
    x, y, z = (float(properties.get(name) or 0) for name in EULER)
    return x, y, z


def _polygons(
    values: Sequence[float] | None, release: Release, euler: tuple[float, float, float] | None
) -> Iterator[Polygon]:
    """Yield the polygons of an edge as directions in the image's own frame; what is malformed yields none."""
    numbers = list(values or ())
    blocks = list(_blocks(numbers)) if release >= BLOCKS_SINCE else [numbers]
    turn = np.eye(3) if release >= (1, 0, 1) or euler is None else _old_turn(euler)
    for block in blocks:
        if len(block) >= 6 and len(block) % 2 == 0:
            directions = phi_theta_to_direction(block[0::2], block[1::2]) @ turn.T
            yield tuple((float(x), float(y), float(z)) for x, y, z in directions)


def _length(polygons: Sequence[Polygon], release: Release) -> int:
    """Return how many numbers the polygons of an edge come from; -1 where there are none."""
    count = 1 if release >= BLOCKS_SINCE else 0
    return sum(count + 2 * len(polygon) for polygon in polygons) or -1


def _blocks(numbers: list[float]) -> Iterator[list[float]]:
    """Cut `[n, phi, theta, ... , m, phi, theta, ...]` into the angles of each polygon."""
    start = 0
    while start < len(numbers):
        count = int(numbers[start])
        block = numbers[start + 1 : start + 1 + 2 * count]
        if count < 3 or len(block) < 2 * count:
            return
        yield block
        start += 1 + 2 * count


def _release(version: str | None) -> Release:
    """Return a format version as the viewer takes it: whatever is no `int.int.int` counts as 1.0.0."""
    parts = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version or "")
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else (1, 0, 0)


def _old_turn(euler: tuple[float, float, float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return what turns a polygon of format 1.0.0, with its order of rotations, into the image's frame."""
    x, y, z = (_rotation(axis, angle) for axis, angle in enumerate(euler))
    return (x @ z @ y).T @ (x @ y @ z)


def _rotation(axis: int, angle: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix
