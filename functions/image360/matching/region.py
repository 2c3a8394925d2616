"""A text region: detected text with its confidence and its polygon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class TextRegion:
    """Text that an engine read at one place of an image.

    Args:
        text: The text as read.
        polygon: (N, 3): corners as unit vectors in the image's own frame (CDF axes), or
            (N, 2): planar pixels, y down. Corners run around the text from the upper left of its
            reading direction: the first edge points along the line of text.
        confidence: The engine's confidence, 0..1.
        other_readings: What other views, that hold the same text whole, read instead. A region with
            other readings is never approved without a person.
    """

    text: str
    polygon: NDArray[np.float64]
    confidence: float = 1.0
    other_readings: tuple[str, ...] = ()

    def __init__(
        self, text: str, polygon: ArrayLike, confidence: float = 1.0, other_readings: tuple[str, ...] = ()
    ) -> None:
        corners = np.array(polygon, dtype=np.float64)
        corners.setflags(write=False)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "polygon", corners)
        object.__setattr__(self, "confidence", float(confidence))
        object.__setattr__(self, "other_readings", tuple(other_readings))
