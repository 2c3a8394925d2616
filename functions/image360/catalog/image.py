"""A 360° image as every catalog describes it."""

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cognite.client.data_classes.data_modeling import NodeId

from image360.geometry import FACES


@dataclass(frozen=True)
class FaceFile:
    """The file of one cube face: a classic file by its internal id, or a `CogniteFile` node."""

    id: int | NodeId
    uploaded_time: int  # epoch milliseconds


@dataclass(frozen=True)
class Image:
    """One 360° image with all six faces.

    Without a node of its own (faces by metadata) it goes by a name in the state space.
    """

    space: str
    external_id: str
    collection: str  # external id of the collection, or the site id
    faces: Mapping[str, FaceFile]

    @property
    def key(self) -> tuple[str, str]:
        """Space and external id."""
        return self.space, self.external_id

    @property
    def content_version(self) -> str:
        """Name of what the six files hold now: it changes when one of them is replaced."""
        text = ";".join(f"{name}:{_id(self.faces[name])}:{self.faces[name].uploaded_time}" for name in FACES)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class IncompleteImage:
    """An image that cannot be processed yet, and why."""

    external_id: str
    reason: str


@dataclass(frozen=True)
class Catalog:
    """The images of a deployment's collections, in the order of their ids."""

    images: tuple[Image, ...]
    incomplete: tuple[IncompleteImage, ...]


def image_of(
    space: str, external_id: str, collection: str, faces: Mapping[str, FaceFile], reasons: Sequence[str]
) -> Image | IncompleteImage:
    """Return an image with its faces, or what keeps it from being processed."""
    if reasons:
        return IncompleteImage(external_id, "; ".join(reasons))
    return Image(space, external_id, collection, faces)


def catalog_of(found: Iterable[Image | IncompleteImage]) -> Catalog:
    """Return a catalog of images, in the order given."""
    each = list(found)
    return Catalog(
        tuple(image for image in each if isinstance(image, Image)),
        tuple(image for image in each if isinstance(image, IncompleteImage)),
    )


def shared_files(files: Mapping[str, Hashable]) -> list[str]:
    """Say which faces name one file: what is read of it cannot be told apart.

    Args:
        files: The file by face.
    """
    faces: dict[Hashable, list[str]] = {}
    for face, file in files.items():
        faces.setdefault(file, []).append(face)
    return [f"faces {' and '.join(each)} are one file" for each in faces.values() if len(each) > 1]


def _id(file: FaceFile) -> str:
    return f"{file.id.space}:{file.id.external_id}" if isinstance(file.id, NodeId) else str(file.id)
