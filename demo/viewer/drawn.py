"""What comes to be seen in the viewer: images, what is drawn on them, and what is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from demo.viewer.pose import Pose
from demo.viewer.requests import Node
from demo.viewer.requests.annotations import AssetName
from demo.viewer.requests.files import FileName


class ViewerError(Exception):
    """The viewer throws: what it was about to show stays away as a whole. The message says for what."""


@dataclass(frozen=True, eq=False)
class ViewedImage:
    """An image that the viewer can enter.

    Args:
        id: The node, or the name of the station (and time) where images have none.
        files: What each of the six faces' files goes by.
        pose: Of the cube that it is shown on.
    """

    id: Node | str
    files: Mapping[str, FileName]
    pose: Pose

    @property
    def name(self) -> str:
        """What the image goes by within its collection or site."""
        return self.id if isinstance(self.id, str) else self.id[1]


@dataclass(frozen=True, eq=False)
class Drawn:
    """One polygon that the viewer draws.

    Args:
        image: Name of the image.
        face: The face that it hangs on, or None where it hangs on the whole image.
        asset: What a click on it leads to; None for a detected object without an asset.
        polygon: (N, 3) unit vectors in the image's frame, CDF axes: the pixels that it lies over.
    """

    image: str
    face: str | None
    asset: AssetName | None
    polygon: NDArray[np.float64]


@dataclass(frozen=True)
class Hidden:
    """Approved annotations that the viewer does not draw: of which image or collection, and why."""

    image: str
    why: str


@dataclass(frozen=True)
class Shown:
    """What one request for annotations brings."""

    drawn: tuple[Drawn, ...] = ()
    hidden: tuple[Hidden, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What is seen of a project: what its images show and hide, and on which images each asset is found."""

    drawn: tuple[Drawn, ...]
    hidden: tuple[Hidden, ...]
    images_of: Mapping[AssetName, frozenset[str]]


class ImageSet(Protocol):
    """The images that a person adds to the viewer at once."""

    @property
    def images(self) -> Mapping[str, ViewedImage]:
        """The images by name."""
        ...

    def enter(self, image: ViewedImage) -> Shown:
        """Return what is drawn on an image that is entered."""
        ...

    def images_of(self, asset: AssetName) -> frozenset[str]:
        """Return the names of the images that are found for an asset."""
        ...

    def download_links(self, image: ViewedImage) -> dict[str, str]:
        """Return where the picture of each face is fetched from."""
        ...
