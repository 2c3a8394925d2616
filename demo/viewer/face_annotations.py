"""Annotations on face files, drawn on the faces that they are of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.viewer import Version
from demo.viewer.drawn import Drawn, Hidden, Shown, ViewedImage
from demo.viewer.face_files import file_ids
from demo.viewer.pose import Matrix, turn
from demo.viewer.requests.annotations import AssetName, annotations_on, files_linked_to
from demo.viewer.service import Service

Data = Mapping[str, Any]

# The front face lies before the eye; each other is the front face turned, in axes of which Y is up.
_RIGHT_ANGLE = np.pi / 2
_UP, _SIDE = (0, 1, 0), (1, 0, 0)
TURNS: Mapping[str, Matrix] = {
    "front": np.eye(3),
    "back": turn(_UP, 2 * _RIGHT_ANGLE),
    "left": turn(_UP, _RIGHT_ANGLE),
    "right": turn(_UP, -_RIGHT_ANGLE),
    "top": turn(_SIDE, -_RIGHT_ANGLE),
    "bottom": turn(_SIDE, _RIGHT_ANGLE),
}


def drawn_on_faces(service: Service, version: Version, image: ViewedImage) -> Shown:
    """Return what is drawn on the faces of an image: approved annotations, if they have what it takes."""
    ids = file_ids(service, version, image)
    faces = {file: face for face, file in ids.items()}
    drawn: list[Drawn] = []
    hidden: list[Hidden] = []
    for annotation in service.pages("/annotations/list", annotations_on(ids.values())):
        if annotation["status"] != "approved":
            continue
        data, face = annotation["data"], faces[annotation["annotatedResourceId"]]
        corners = outline(data, annotation["annotationType"])
        if corners is None:
            why = f"annotation {annotation['id']} on face {face} lacks what the viewer draws"
            hidden.append(Hidden(image.name, why))
        else:
            polygon = on_face(face, corners)
            drawn.append(Drawn(image.name, face, asset_of(data), polygon))
    return Shown(tuple(drawn), tuple(hidden))


def images_linked_to(
    service: Service, version: Version, faces: Mapping[int, str], asset: AssetName
) -> frozenset[str]:
    """Return the names of the images that are found for an asset; `faces` has those of each file."""
    found = {item["id"] for item in service.pages("/annotations/reverselookup", files_linked_to(asset))}
    if version != "4.29.0" and found:  # the newer version looks at the annotations of what is found
        listed = service.pages("/annotations/list", annotations_on(sorted(found)))
        found = {each["annotatedResourceId"] for each in listed if asset_of(each["data"]) == asset}
    return frozenset(faces[file] for file in found if file in faces)


def faces_of_images(service: Service, version: Version, images: Iterable[ViewedImage]) -> dict[int, str]:
    """Return the name of the image that each file is a face of."""
    return {file: image.name for image in images for file in file_ids(service, version, image).values()}


def asset_of(data: Data) -> AssetName | None:
    """Return what an annotation links to, by the fields of its data."""
    if node := data.get("instanceRef"):
        return node["space"], node["externalId"]
    classic = data.get("assetRef", {})
    return classic.get("id", classic.get("externalId"))


def outline(data: Data, kind: str) -> NDArray[np.float64] | None:
    """Return the corners (N, 2) on the face image of what is drawn; None where nothing is.

    A link is known by the fields of its data, whatever its kind: a text, its region, and the asset.
    """
    if "text" in data and "textRegion" in data and ("assetRef" in data or "instanceRef" in data):
        region = data.get("objectRegion")
        return _box(data["textRegion"]) if region is None else _region(region)
    return _region(data) if kind == "images.ObjectDetection" and "label" in data else None


def on_face(face: str, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the directions (N, 3), CDF axes, of corners (N, 2) on a face: x to the right, y down."""
    cube = np.column_stack([0.5 - corners, np.full(len(corners), 0.5)]) @ TURNS[face].T
    cdf = np.column_stack([cube[:, 0], -cube[:, 2], cube[:, 1]])
    return cdf / np.linalg.norm(cdf, axis=1, keepdims=True)


def _region(holder: Data) -> NDArray[np.float64] | None:
    if polygon := holder.get("polygon"):
        return _corners([(vertex["x"], vertex["y"]) for vertex in polygon["vertices"]])
    return _box(holder["boundingBox"]) if "boundingBox" in holder else None


def _box(box: Data) -> NDArray[np.float64] | None:
    left, right, top, bottom = (box[name] for name in ("xMin", "xMax", "yMin", "yMax"))
    return _corners([(left, top), (right, top), (right, bottom), (left, bottom)])


def _corners(corners: Sequence[tuple[float, float]]) -> NDArray[np.float64] | None:
    """Fewer than three corners are no surface."""
    return np.array(corners, np.float64) if len(corners) > 2 else None
