"""A collection in `cdf_360_image_schema`: face files by external id, annotations on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demo.viewer import Version
from demo.viewer.drawn import Shown, ViewedImage, ViewerError
from demo.viewer.face_annotations import drawn_on_faces, faces_of_images, images_linked_to
from demo.viewer.face_files import download_links
from demo.viewer.pose import Pose, node_pose
from demo.viewer.requests import Node
from demo.viewer.requests import hybrid as requests
from demo.viewer.requests.annotations import AssetName
from demo.viewer.service import Service


@dataclass(frozen=True)
class HybridCollection:
    """One collection, added to one version of the viewer."""

    service: Service
    version: Version
    id: Node

    @cached_property
    def images(self) -> Mapping[str, ViewedImage]:
        """The images by external id; one that lacks a face cannot be shown.

        Raises:
            ViewerError: There is no such collection.
        """
        answer = self.service.ask("/models/instances/query", requests.collection_query(self.id))
        if not answer["items"]["image_collection"]:
            raise ViewerError(f"collection {self.id[1]} does not exist")
        cubes: dict[Node, Pose] = {}
        found: dict[str, ViewedImage] = {}
        for node in answer["items"]["images"]:
            properties = node["properties"]["cdf_360_image_schema"]["Image360/v1"]
            files = {
                name.removeprefix("cubeMap").lower(): file
                for name in requests.CUBE
                if (file := properties.get(name))
            }
            if len(files) == len(requests.CUBE):
                # Images of one station stand on one cube, and that has the pose of the first of them.
                place = _id(properties.get("station") or node)
                cube = cubes.setdefault(place, node_pose(properties))
                found[node["externalId"]] = ViewedImage(_id(node), files, cube)
        return found

    def enter(self, image: ViewedImage) -> Shown:
        """Return what is drawn on an image."""
        return drawn_on_faces(self.service, self.version, image)

    def images_of(self, asset: AssetName) -> frozenset[str]:
        """Return the images of the collection that are found for an asset."""
        return images_linked_to(self.service, self.version, self._faces, asset)

    def download_links(self, image: ViewedImage) -> dict[str, str]:
        """Return where the picture of each face is fetched from."""
        return download_links(self.service, self.version, image)

    @cached_property
    def _faces(self) -> dict[int, str]:
        return faces_of_images(self.service, self.version, self.images.values())


def _id(value: Mapping[str, Any]) -> Node:
    return value["space"], value["externalId"]
