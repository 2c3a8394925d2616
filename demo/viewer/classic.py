"""What the viewer draws on faces that are classic files, and on which files it finds an asset."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cognite.client import CogniteClient

from demo.viewer import Version
from demo.viewer.drawn import FACES, AssetId, Directions, Drawn, Seen

Faces = Mapping[str, int]  # file ids by face
SCHEMA = "cdf_360_image_schema"
PARTITIONS = 10
POSE = tuple(f"{what}{axis}" for what in ("translation", "eulerRotation", "scale") for axis in "XYZ")
CUBE_MAPS = tuple(f"cubeMap{face.capitalize()}" for face in FACES)
# Turns of the front face, in three.js axes: around which axis, by which angle.
TURNS = {
    "front": ("y", 0.0),
    "back": ("y", np.pi),
    "left": ("y", np.pi / 2),
    "right": ("y", -np.pi / 2),
    "top": ("x", -np.pi / 2),
    "bottom": ("x", np.pi / 2),
}


def hybrid_images(client: CogniteClient, version: Version, collection: tuple[str, str]) -> dict[str, Faces]:
    """Return the face files of the images of a collection, by the image's external id."""
    items = _post(client, "/models/instances/query", collection_query(collection))["items"]
    found: dict[str, Faces] = {}
    for image in items["images"]:
        names = image["properties"][SCHEMA]["Image360/v1"]
        files = [{"externalId": names[face]} for face in CUBE_MAPS]
        ids = [each["id"] for each in _post(client, "/files/byids", {"items": files})["items"]]
        links = [{"id": each} for each in ids] if version == "4.29.0" else files
        _post(client, "/files/downloadlink", {"items": links})
        found[image["externalId"]] = dict(zip(FACES, ids, strict=True))
    return found


def site_images(client: CogniteClient, version: Version, site: str) -> dict[str, Faces]:
    """Return the face files of the stations of a site that have a pose and six files, by station."""
    events, files = (_all(client, path, body) for path, body in site_lists(site).items())
    found: dict[str, Faces] = {}
    for station in sorted({event["metadata"]["station_id"] for event in events}):
        of_station = [file for file in files if file["metadata"]["station_id"] == station]
        faces = {file["metadata"]["face"]: file["id"] for file in of_station}
        if len(of_station) == len(FACES):
            found[station] = {face: faces[face] for face in FACES}
    if version == "4.35.1":
        for faces in found.values():
            _post(client, "/files/byids", {"items": [{"id": each} for each in faces.values()]})
    return found


def seen(client: CogniteClient, images: Mapping[str, Faces]) -> Seen:
    """Return what is seen on images, given their faces."""
    shown = drawn(client, images)
    assets = {each.asset for each in shown}
    return Seen(tuple(shown), {asset: frozenset(images_of(client, images, asset)) for asset in assets})


def drawn(client: CogniteClient, images: Mapping[str, Faces]) -> list[Drawn]:
    """Return what is drawn when somebody enters each image."""
    found: list[Drawn] = []
    for image, faces in images.items():
        face_of = {file: face for face, file in faces.items()}
        for annotation in _post(client, "/annotations/list", annotations_query(list(face_of)))["items"]:
            face = face_of[annotation["annotatedResourceId"]]
            vertices = vertices_of(annotation)
            if vertices is not None:
                found.append(Drawn(image, face, _asset(annotation["data"]), directions(face, vertices)))
    return found


def images_of(client: CogniteClient, images: Mapping[str, Faces], asset: AssetId) -> set[str]:
    """Return those of the images on whose files the viewer finds an asset."""
    files = _files_of(client, asset)
    return {image for image, faces in images.items() if files.intersection(faces.values())}


def _files_of(client: CogniteClient, asset: AssetId) -> set[int]:
    answer = _post(client, "/annotations/reverselookup", asset_query(asset), beta=True)
    return {each["id"] for each in answer["items"]}


def collection_query(collection: tuple[str, str]) -> dict[str, Any]:
    """The query for a collection, its images and their stations, word for word."""
    by_parameter = [
        {"equals": {"property": ["node", "externalId"], "value": {"parameter": "collectionExternalId"}}},
        {"equals": {"property": ["node", "space"], "value": {"parameter": "collectionSpace"}}},
    ]
    relation = {"view": _view("Image360"), "identifier": "collection360"}
    station = {"view": _view("Image360"), "identifier": "station"}
    properties = [*POSE, *CUBE_MAPS, "collection360", "station", "timeTaken", "label"]
    return {
        "with": {
            "image_collection": {"nodes": {"filter": {"and": by_parameter}}, "limit": 1},
            "images": {"nodes": {"from": "image_collection", "through": relation}, "limit": 10_000},
            "stations": {
                "nodes": {"from": "images", "through": station, "direction": "outwards"},
                "limit": 10_000,
            },
        },
        "select": {
            "image_collection": _select("Image360Collection", ["label"]),
            "images": _select("Image360", properties),
            "stations": _select("Station360", ["label"]),
        },
        "parameters": {"collectionExternalId": collection[1], "collectionSpace": collection[0]},
    }


def site_lists(site: str) -> dict[str, dict[str, Any]]:
    """The requests for the events and files of a site, by path; each is sent once for every part."""
    named = {"metadata": {"site_id": site}}
    return {
        "/events/list": {"sort": [], "filter": named},
        "/files/list": {"filter": {**named, "uploaded": True}},
    }


def parts() -> list[dict[str, Any]]:
    """The partitions in which lists are asked for."""
    return [{"limit": 1000, "partition": f"{number}/{PARTITIONS}"} for number in range(1, PARTITIONS + 1)]


def annotations_query(files: Sequence[int]) -> dict[str, Any]:
    """The request for the annotations of an image, word for word."""
    ids = [{"id": each} for each in files]
    return {"limit": 1000, "filter": {"annotatedResourceType": "file", "annotatedResourceIds": ids}}


def asset_query(asset: AssetId) -> dict[str, Any]:
    """The request for the files of an asset, word for word."""
    kind, data = "images.AssetLink", {"assetRef": {"id": asset}}
    if isinstance(asset, tuple):
        kind, data = "images.InstanceLink", {"instanceRef": {"space": asset[0], "externalId": asset[1]}}
    return {
        "limit": 1000,
        "filter": {"annotatedResourceType": "file", "annotationType": kind, "data": data},
    }


def vertices_of(annotation: Mapping[str, Any]) -> list[tuple[float, float]] | None:
    """Return the corners that are drawn, x right and y down, 0..1; None where nothing is."""
    data = annotation["data"]
    links = "assetRef" in data or "instanceRef" in data
    if annotation["status"] != "approved" or not links or "text" not in data or "textRegion" not in data:
        return None
    region = data.get("objectRegion")
    if region is None:
        return _corners(data["textRegion"])
    if "polygon" in region:
        return [(vertex["x"], vertex["y"]) for vertex in region["polygon"]["vertices"]]
    return _corners(region["boundingBox"]) if "boundingBox" in region else None


def directions(face: str, vertices: Sequence[tuple[float, float]]) -> Directions:
    """Return where corners on a face point to: the front face in three.js axes, turned, then in CDF axes."""
    axis, angle = TURNS[face]
    x, y = 0.5 - np.array(vertices).T
    z = np.full_like(x, 0.5)
    cosine, sine = np.cos(angle), np.sin(angle)
    if axis == "y":
        x, z = cosine * x + sine * z, cosine * z - sine * x
    else:
        y, z = cosine * y - sine * z, sine * y + cosine * z
    vectors = np.stack([x, -z, y], axis=1)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _asset(data: Mapping[str, Any]) -> AssetId:
    if "instanceRef" in data:
        return data["instanceRef"]["space"], data["instanceRef"]["externalId"]
    return data["assetRef"]["id"]


def _corners(box: Mapping[str, float]) -> list[tuple[float, float]]:
    left, right, top, bottom = (box[name] for name in ("xMin", "xMax", "yMin", "yMax"))
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _view(name: str) -> dict[str, str]:
    return {"type": "view", "space": SCHEMA, "externalId": name, "version": "v1"}


def _select(view: str, properties: Sequence[str]) -> dict[str, Any]:
    return {"sources": [{"source": _view(view), "properties": list(properties)}]}


def _all(client: CogniteClient, path: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for part in parts() for item in _post(client, path, {**body, **part})["items"]]


def _post(client: CogniteClient, path: str, body: Mapping[str, Any], beta: bool = False) -> dict[str, Any]:
    headers = {"cdf-version": "beta"} if beta else None
    url = f"/api/v1/projects/{client.config.project}{path}"
    return client.post(url, json=dict(body), headers=headers).json()
