"""The polygons of an edge of the core data model, as numbers and on the sphere."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.viewer.drawn import ViewerError
from demo.viewer.pose import CUBE_ORDER, Matrix, euler_turn

Release = tuple[int, int, int]

OLD: Release = (1, 0, 0)
TURNED_AS_THE_CUBE: Release = (1, 0, 1)
BLOCKS: Release = (2, 0, 0)


def release(version: str | None) -> Release:
    """Return a format version as numbers; what is no `int.int.int`, or is absent, counts as the oldest."""
    parts = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version or "", re.ASCII)
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else OLD


def turn_of_annotation(properties: Mapping[str, Any], since: Release) -> Matrix:
    """Return how the viewer turns polygons of an image with these properties: formerly unlike its cube."""
    return euler_turn(properties, CUBE_ORDER if since >= TURNED_AS_THE_CUBE else "XYZ")


def polygons(numbers: Sequence[float], since: Release) -> list[NDArray[np.float64]]:
    """Return the polygons (N, 3) of an edge, before any turn.

    Raises:
        ViewerError: The numbers are no polygons.
    """
    pairs = list(_blocks(numbers)) if since >= BLOCKS else [list(numbers)]
    if not numbers or not pairs:
        raise ViewerError("its polygon is empty")
    return [_directions(block) for block in pairs]


def _blocks(numbers: Sequence[float]) -> Iterator[Sequence[float]]:
    """Cut `[n, first, second, ..., m, first, second, ...]` into the angles of each polygon."""
    start = 0
    while start < len(numbers):
        count = numbers[start]
        end = start + 1 + 2 * int(count)
        if count != int(count) or count < 3 or end > len(numbers):
            left = len(numbers) - start - 1
            raise ViewerError(f"its polygon announces {count:g} corners where {left} numbers follow")
        yield numbers[start + 1 : end]
        start = end


def _directions(angles: Sequence[float]) -> NDArray[np.float64]:
    """Take angles as three.js takes `Spherical(1, first, second)`, and the vector as one in CDF axes."""
    if len(angles) % 2 or len(angles) < 6:
        raise ViewerError(f"its polygon has {len(angles)} numbers, which are no pairs for three corners")
    first, second = np.array(angles[0::2]), np.array(angles[1::2])
    across = np.sin(first)
    return np.stack([across * np.sin(second), np.cos(first), across * np.cos(second)], axis=-1)
