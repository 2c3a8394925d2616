"""A classic site: events with poses, face files by their metadata, annotations on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from demo.viewer import Version
from demo.viewer.drawn import Shown, ViewedImage
from demo.viewer.face_annotations import TURNS, drawn_on_faces, faces_of_images, images_linked_to
from demo.viewer.face_files import download_links
from demo.viewer.pose import AXES, Pose, turn
from demo.viewer.requests import classic as requests
from demo.viewer.requests.annotations import AssetName
from demo.viewer.service import Service

NEEDED = frozenset({"station_id", "rotation_angle", "rotation_axis", "translation"})
Metadata = Mapping[str, str]


@dataclass(frozen=True)
class ClassicSite:
    """One site, added to one version of the viewer with its option `preMultipliedRotation: false`.

    By default, with that option on, the viewer takes the pictures as turned already, and leaves the rotations
    of the events aside: images then stand side by side unturned, with the same annotations on them.
    """

    service: Service
    version: Version
    id: str

    @cached_property
    def images(self) -> Mapping[str, ViewedImage]:
        """The images by `station` or `station/timestamp`: those with an event and exactly six faces."""
        if self.id != self.id.lower():
            return {}  # the viewer writes the site ids of events in lower case, and then looks for this one
        poses = {event["station_id"]: _pose(event) for event in self._events() if event.keys() >= NEEDED}
        files: dict[str, list[dict[str, Any]]] = {}
        for body in requests.file_lists(self.id):
            for file in self.service.pages("/files/list", body):
                if (station := file["metadata"].get("station_id")) in poses:
                    files.setdefault(station, []).append(file)
        return {
            name: ViewedImage(name, faces, poses[station])
            for station, of_station in files.items()
            for name, faces in _shots(station, of_station)
        }

    def enter(self, image: ViewedImage) -> Shown:
        """Return what is drawn on an image."""
        return drawn_on_faces(self.service, self.version, image)

    def images_of(self, asset: AssetName) -> frozenset[str]:
        """Return the images of the site that are found for an asset."""
        return images_linked_to(self.service, self.version, self._faces, asset)

    def download_links(self, image: ViewedImage) -> dict[str, str]:
        """Return where the picture of each face is fetched from."""
        return download_links(self.service, self.version, image)

    @cached_property
    def _faces(self) -> dict[int, str]:
        return faces_of_images(self.service, self.version, self.images.values())

    def _events(self) -> Iterator[Metadata]:
        for body in requests.event_lists(self.id):
            for event in self.service.pages("/events/list", body):
                yield event.get("metadata", {})


def _shots(station: str, files: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the name and faces of each image of a station; the first file says whether they have times."""
    shots: dict[str, list[dict[str, Any]]] = {}
    timed = "timestamp" in files[0]["metadata"]
    for file in files:
        time = file["metadata"].get("timestamp")
        name = f"{station}/{time}" if timed and time else station
        shots.setdefault(name, []).append(file)
    for name, of_shot in shots.items():
        faces = {file["metadata"].get("face", ""): file["id"] for file in of_shot}
        if len(of_shot) == len(TURNS) and faces.keys() == TURNS.keys():
            yield name, faces


def _pose(event: Metadata) -> Pose:
    """Return the pose of an event: millimetres, degrees, and a quarter turn that the viewer adds."""
    axis, translation = (
        [float(number) for number in event[name].split(",")] for name in ("rotation_axis", "translation")
    )
    rotation = turn(axis, np.radians(float(event["rotation_angle"]))) @ turn(AXES["Z"], np.pi / 2)
    return Pose(np.array(translation) / 1000, rotation)
