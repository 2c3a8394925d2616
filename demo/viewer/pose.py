"""Where an image stands and how it is turned, in CDF axes: right-handed, Z up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
AXES: Mapping[str, tuple[float, float, float]] = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}
CUBE_ORDER = "XZY"  # of the cube's rotations; as a matrix product, so Y turns first


@dataclass(frozen=True, eq=False)
class Pose:
    """Translation (3,) in metres, and the matrix that turns an image's directions into the world's."""

    translation: NDArray[np.float64]
    rotation: Matrix

    def world(self, directions: ArrayLike) -> NDArray[np.float64]:
        """Turn directions (N, 3) of the image's frame into the world's."""
        return np.asarray(directions, np.float64) @ self.rotation.T


def turn(axis: Sequence[float], angle: float) -> Matrix:
    """Return the rotation by an angle in radians around an axis of any length but zero."""
    x, y, z = np.array(axis, np.float64) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def euler_turn(properties: Mapping[str, Any], order: str) -> Matrix:
    """Return the product of the rotations `eulerRotationX/Y/Z` (radians) in an order such as "XZY"."""
    first, second, third = (turn(AXES[axis], properties[f"eulerRotation{axis}"]) for axis in order)
    return first @ second @ third


def node_pose(properties: Mapping[str, Any]) -> Pose:
    """Return the pose that an image node holds."""
    at = np.array([properties[f"translation{axis}"] for axis in AXES], np.float64)
    return Pose(at, euler_turn(properties, CUBE_ORDER))
