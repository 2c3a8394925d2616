"""A 360° image as every catalog describes it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from image360.geometry import FACES


@dataclass(frozen=True)
class FaceFile:
    """The file of one cube face."""

    id: int
    uploaded_time: int  # epoch milliseconds


@dataclass(frozen=True)
class Image:
    """One 360° image with all six faces."""

    space: str
    external_id: str
    collection: str  # external id of the collection
    faces: Mapping[str, FaceFile]

    @property
    def content_version(self) -> str:
        """Name of what the six files hold now: it changes when one of them is replaced."""
        text = ";".join(f"{name}:{self.faces[name].id}:{self.faces[name].uploaded_time}" for name in FACES)
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
