"""What the viewer draws on images of the core data model, and on which images it finds an asset."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from cognite.client import CogniteClient

from demo.viewer import Version, core_requests
from demo.viewer.core_requests import Node
from demo.viewer.drawn import FACES, Directions, Drawn, Seen

Instance = Mapping[str, Any]
EULER = ("eulerRotationX", "eulerRotationY", "eulerRotationZ")


class _ThrownError(Exception):
    """The viewer throws: nothing is drawn of the image."""


def seen(client: CogniteClient, version: Version, collection: Node) -> Seen:
    """Return what is seen of a collection."""
    shown = drawn(client, version, collection)
    assets = {each.asset for each in shown if isinstance(each.asset, tuple)}
    return Seen(tuple(shown), {asset: frozenset(images_of(client, version, asset)) for asset in assets})


def drawn(client: CogniteClient, version: Version, collection: Node) -> list[Drawn]:
    """Return what is drawn when somebody enters each image of a collection."""
    found: list[Drawn] = []
    for image in images(client, version, collection):
        items = _query(client, core_requests.annotations_of_image(version, image))
        found += _drawn(version, items)
    return found


def drawn_of_collection(client: CogniteClient, version: Version, collection: Node) -> list[Drawn]:
    """Return what is drawn when the annotations of a collection are asked for at once."""
    return _drawn(version, _query(client, core_requests.annotations_of_collection(version, collection)))


def images(client: CogniteClient, version: Version, collection: Node) -> list[Node]:
    """Return the images of a collection that the viewer shows: six faces each, whose files it asks for."""
    items = _query(client, core_requests.collection(version, collection))
    shown = [image for image in items["images"] if all(_properties(image).get(face) for face in FACES)]
    for image in shown:
        files = [{"instanceId": _properties(image)[face]} for face in FACES]
        answer = client.post(_url(client, "/files/byids"), json={"items": files}).json()
        assert [each["instanceId"] for each in answer["items"]] == [each["instanceId"] for each in files]
        links: list[dict[str, Any]] = files
        if version == "4.29.0":
            links = [{"id": each["id"]} for each in answer["items"]]
        client.post(_url(client, "/files/downloadlink"), json={"items": links})
    return [_node(image) for image in shown]


def images_of(client: CogniteClient, version: Version, asset: Node) -> set[str]:
    """Return the external ids of the images on which the viewer finds an asset."""
    items = _query(client, core_requests.images_of_asset(version, asset))
    return {image["externalId"] for image in items["image_revisions"]}


def _drawn(version: Version, items: Mapping[str, list[Instance]]) -> list[Drawn]:
    try:
        return list(_annotations(version, items))
    except _ThrownError:
        return []


def _annotations(version: Version, items: Mapping[str, list[Instance]]) -> Iterator[Drawn]:
    assets = {_node(_properties(asset)["object3D"]): _node(asset) for asset in items["assets"]}
    poses = {_node(image): _properties(image) for image in items["images"]}
    for edge in items["annotations"]:
        stored = _properties(edge)
        if stored.get("polygon") is None:
            continue
        asset = assets.get(_node(edge["startNode"]))
        if asset is None:
            raise _ThrownError("an object that no asset points to")
        image = _node(edge["endNode"])
        euler = [float(poses[image][name]) for name in EULER]
        polygons = decode(stored["polygon"], stored.get("formatVersion"), euler)
        for polygon in polygons if version == "4.29.0" else polygons[-1:]:
            yield Drawn(image[1], None, asset, polygon)


def decode(numbers: Sequence[float], version: str | None, euler: Sequence[float]) -> list[Directions]:
    """Return the polygons of an edge in the frame of its image, as the viewer places them."""
    parts = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version or "")
    release = tuple(map(int, parts.groups())) if parts else (1, 0, 0)
    polygons: list[Directions] = []
    start = 0
    while start < len(numbers) or not polygons:
        count = int(numbers[start]) if release >= (2, 0, 0) and start < len(numbers) else len(numbers) // 2
        first = start + 1 if release >= (2, 0, 0) else 0
        angles = np.array(numbers[first : first + 2 * count], dtype=np.float64)
        if count < 3 or len(angles) < 2 * count or (first == 0 and len(numbers) % 2):
            raise _ThrownError("a polygon that cannot be read")
        polygons.append(_spherical(angles.reshape(-1, 2)) @ _turn(release, euler).T)
        start = first + 2 * count
    return polygons


def _spherical(angles: Directions) -> Directions:
    """three.js: `Spherical(1, first, second)`, taken for CDF coordinates."""
    first, second = angles.T
    return np.stack([np.sin(first) * np.sin(second), np.cos(first), np.sin(first) * np.cos(second)], axis=1)


def _turn(release: tuple[int, ...], euler: Sequence[float]) -> Directions:
    """Return what the order of rotations of formats before 1.0.1 differs by from that of images."""
    if release >= (1, 0, 1):
        return np.eye(3)
    x, y, z = (_rotation(axis, angle) for axis, angle in enumerate(euler))
    return (x @ z @ y).T @ (x @ y @ z)


def _rotation(axis: int, angle: float) -> Directions:
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = np.array([[cosine, -sine], [sine, cosine]])
    others = [each for each in range(3) if each != axis]
    matrix = np.eye(3)
    matrix[np.ix_(others, others)] = turned if axis != 1 else turned.T
    return matrix


def _query(client: CogniteClient, body: dict[str, Any]) -> Mapping[str, list[Instance]]:
    return client.post(_url(client, "/models/instances/query"), json=body).json()["items"]


def _url(client: CogniteClient, path: str) -> str:
    return f"/api/v1/projects/{client.config.project}{path}"


def _node(value: Mapping[str, Any]) -> Node:
    return value["space"], value["externalId"]


def _properties(instance: Instance) -> Mapping[str, Any]:
    """Return the properties of the one view through which an instance was asked for."""
    (views,) = instance["properties"].values()
    (found,) = views.values()
    return found
