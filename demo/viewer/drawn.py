"""What a viewer draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Directions = NDArray[np.float64]  # (N, 3) unit vectors in the image's own frame, CDF axes
FACES = ("front", "back", "left", "right", "top", "bottom")  # in the order in which the viewer asks for them


AssetId = tuple[str, str] | int  # space and external id of a node, or a classic asset's id


@dataclass(frozen=True, eq=False)
class Drawn:
    """An asset that is drawn on an image: on a face, or over the whole image where `face` is None."""

    image: str
    face: str | None
    asset: AssetId
    polygon: Directions


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of a project: what is drawn on its images, and the images on which each asset is found."""

    drawn: tuple[Drawn, ...]
    images_of: Mapping[AssetId, frozenset[str]]
