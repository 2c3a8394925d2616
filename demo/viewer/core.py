"""A collection of the core data model: annotations are edges between an image and the object of an asset."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demo.viewer import Version
from demo.viewer.drawn import Drawn, Hidden, Shown, ViewedImage, ViewerError
from demo.viewer.face_files import download_links, file_ids
from demo.viewer.pose import AXES, Pose, node_pose
from demo.viewer.requests import Body, Node
from demo.viewer.requests import core as requests
from demo.viewer.requests.annotations import AssetName
from demo.viewer.service import Service
from demo.viewer.sphere import polygons, release, turn_of_annotation

QUERY = "/models/instances/query"
NEEDED = tuple(f"{what}{axis}" for what in ("translation", "eulerRotation") for axis in AXES)
Answer = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class CoreCollection:
    """One collection, added to one version of the viewer."""

    service: Service
    version: Version
    id: Node

    @cached_property
    def images(self) -> Mapping[str, ViewedImage]:
        """The images by external id; one that lacks a face is left out, as the viewer does in silence.

        Raises:
            ViewerError: There is no such collection, or an image of it has no pose.
        """
        answers = list(self._pages(requests.collection_query(self.version, self.id)))
        if not answers[0]["image_collections"]:
            raise ViewerError(f"collection {self.id[1]} is none of 360° images, or does not exist")
        cubes: dict[Node, Pose] = {}
        found: dict[str, ViewedImage] = {}
        for node in (node for answer in answers for node in answer["images"]):
            properties = _properties(node, "Cognite360Image")
            if lacking := [name for name in NEEDED if properties.get(name) is None]:
                raise ViewerError(f"image {node['externalId']} has no {', '.join(lacking)}")
            files = {face: _id(file) for face in requests.CUBE if (file := properties.get(face))}
            if len(files) == len(requests.CUBE):
                # Images of one station stand on one cube, and that has the pose of the first of them.
                place = _id(properties.get("station360") or node)
                cube = cubes.setdefault(place, node_pose(properties))
                found[node["externalId"]] = ViewedImage(_id(node), files, cube)
        return found

    def enter(self, image: ViewedImage) -> Shown:
        """Return what is drawn on an image."""
        assert isinstance(image.id, tuple), "images of the core data model are nodes"
        return self._shown(requests.image_annotations_query(self.version, image.id), image.name)

    def annotations(self) -> Shown:
        """Return what is drawn on all images when they are asked for at once; one fault hides them all."""
        return self._shown(requests.collection_annotations_query(self.version, self.id), self.id[1])

    def images_of(self, asset: AssetName) -> frozenset[str]:
        """Return the images of the collection that are found for an asset."""
        assert isinstance(asset, tuple), "assets of the core data model are nodes"
        answer = self._ask(requests.asset_images_query(self.version, asset))
        return frozenset(node["externalId"] for node in answer["image_revisions"]) & self.images.keys()

    def file_ids(self, image: ViewedImage) -> dict[str, int]:
        """Return the id of the file of each face."""
        return file_ids(self.service, self.version, image)

    def download_links(self, image: ViewedImage) -> dict[str, str]:
        """Return where the picture of each face is fetched from."""
        return download_links(self.service, self.version, image)

    def _ask(self, body: Body) -> Answer:
        return self.service.ask(QUERY, body)["items"]

    def _pages(self, body: Body) -> Iterator[Answer]:
        cursors: Body = {}
        while True:
            answer = self.service.ask(QUERY, {**body, **cursors})
            yield answer["items"]
            following = answer.get("nextCursor", {}).get("images")
            if len(answer["items"]["images"]) < requests.ROWS or not following:
                return
            cursors = {"cursors": {"images": following}}

    def _shown(self, body: Body, asked_for: str) -> Shown:
        answer = self._ask(body)
        try:
            return Shown(tuple(self._drawn(answer)))
        except ViewerError as error:
            return Shown(hidden=(Hidden(asked_for, f"the viewer draws none of its annotations: {error}"),))

    def _drawn(self, answer: Answer) -> Iterator[Drawn]:
        poses = {_id(image): _properties(image, "Cognite360Image") for image in answer["images"]}
        assets = _by_object(answer["assets"])
        for edge in answer["annotations"]:
            if _id(edge["startNode"]) not in assets:
                raise ViewerError(f"no asset belongs to the object of edge {edge['externalId']}")
            image = _id(edge["endNode"])
            try:
                yield from self._of_edge(edge, poses[image], assets[_id(edge["startNode"])])
            except ViewerError as error:
                raise ViewerError(f"edge {edge['externalId']}: {error}") from error

    def _of_edge(self, edge: Mapping[str, Any], pose: Mapping[str, Any], asset: Node) -> Iterator[Drawn]:
        stored = _properties(edge, "Cognite360ImageAnnotation")
        image = self.images.get(edge["endNode"]["externalId"])
        if image is None or stored.get("polygon") is None:
            return
        since = release(stored.get("formatVersion"))
        # What is drawn stands in the world; the pixels beneath it are those that the cube has turned there.
        turn = image.pose.rotation.T @ turn_of_annotation(pose, since)
        found = polygons(stored["polygon"], since)
        for polygon in found if self.version == "4.29.0" else found[-1:]:
            yield Drawn(image.name, None, asset, polygon @ turn.T)


def _by_object(assets: Iterable[Mapping[str, Any]]) -> dict[Node, Node]:
    """An object is of one asset: CDF keeps `object3D` unique."""
    objects = {_id(asset): _properties(asset, "CogniteAsset").get("object3D") for asset in assets}
    return {_id(object_): asset for asset, object_ in objects.items() if object_}


def _id(value: Mapping[str, Any]) -> Node:
    return value["space"], value["externalId"]


def _properties(instance: Mapping[str, Any], view: str) -> Mapping[str, Any]:
    return instance.get("properties", {}).get("cdf_cdm", {}).get(f"{view}/v1", {})
