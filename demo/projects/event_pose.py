"""The pose of an image in the words of a classic event: millimetres, and one turn around one axis."""

import numpy as np
from numpy.typing import NDArray

from demo.site import SiteImage

Quaternion = NDArray[np.float64]  # scalar first
X, Y, Z = 1, 2, 3


def event_pose(image: SiteImage) -> dict[str, str]:
    """Return the metadata that say where an image stands and how it is turned.

    The viewer turns pictures of events by a quarter around Z before it turns them as the event says; here the
    quarter is taken back first, so that the image looks as its Euler angles say: around Y, then Z, then X.
    """
    x, y, z = image.euler
    turned = np.array([1.0, 0, 0, 0])
    for axis, angle in ((X, x), (Z, z), (Y, y), (Z, -np.pi / 2)):
        turned = _product(turned, _around(axis, angle))
    length = float(np.linalg.norm(turned[1:]))
    axis = turned[1:] / length if length else np.array([0, 0, 1.0])
    return {
        "translation": ",".join(str(round(1000 * metres, 3)) for metres in image.translation),
        "rotation_axis": ",".join(repr(float(part)) for part in axis),
        "rotation_angle": repr(float(np.degrees(2 * np.arctan2(length, turned[0])))),
    }


def _around(axis: int, angle: float) -> Quaternion:
    quaternion = np.zeros(4)
    quaternion[0], quaternion[axis] = np.cos(angle / 2), np.sin(angle / 2)
    return quaternion


def _product(one: Quaternion, other: Quaternion) -> Quaternion:
    """Return the turn that is the other one first, then this."""
    real = one[0] * other[0] - one[1:] @ other[1:]
    return np.array([real, *(one[0] * other[1:] + other[0] * one[1:] + np.cross(one[1:], other[1:]))])
