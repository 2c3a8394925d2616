"""Where a link stands: a polygon on a face file, or on the sphere of an image."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from image360.catalog.image import FaceFile, Image
from image360.geometry import clip_to_faces, polygon_area, polygon_intersection

SLIVER = 0.02  # share of a tag below which its part on a face is not worth a link
SAME_PLACE = 0.5  # share of the smaller place that two links must share to stand at one place

Directions = NDArray[np.float64]  # (N, 3) unit vectors in the image's own frame, CDF axes


@dataclass(frozen=True)
class FacePlace:
    """A polygon on a face file: x right, y down, 0..1."""

    file_id: int
    vertices: tuple[tuple[float, float], ...]

    @property
    def holder(self) -> int:
        """What a link at this place hangs on."""
        return self.file_id

    @property
    def box(self) -> "Box":
        """The upright box around the polygon."""
        return Box.around(self.vertices)


@dataclass(frozen=True)
class SpherePlace:
    """A polygon on the sphere of an image: unit vectors in the image's own frame, CDF axes."""

    image: tuple[str, str]  # space and external id
    polygon: tuple[tuple[float, float, float], ...]
    collection: str = field(default="", compare=False)  # external id, in the space of the image

    @property
    def holder(self) -> tuple[str, str]:
        """What a link at this place hangs on."""
        return self.image


Place = FacePlace | SpherePlace


@dataclass(frozen=True)
class Box:
    """An upright box on a face, 0..1, y down."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float

    @classmethod
    def around(cls, vertices: Iterable[tuple[float, float]]) -> "Box":
        """Return the smallest box that holds the vertices."""
        points = list(vertices)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return cls(min(xs), max(xs), min(ys), max(ys))

    @property
    def area(self) -> float:
        """Area as a share of the face."""
        return max(0.0, self.x_max - self.x_min) * max(0.0, self.y_max - self.y_min)

    def shared_with(self, other: "Box") -> float:
        """Return the area that two boxes share."""
        return Box(
            max(self.x_min, other.x_min),
            min(self.x_max, other.x_max),
            max(self.y_min, other.y_min),
            min(self.y_max, other.y_max),
        ).area


def face_places(polygon: Directions, faces: Mapping[str, FaceFile]) -> list[FacePlace]:
    """Return the parts of a polygon, one for each face that it touches; faces by classic files."""
    found: list[FacePlace] = []
    for fragment in clip_to_faces(polygon, SLIVER):
        file_id = faces[fragment.face].id
        assert isinstance(file_id, int), "annotations hang on classic files"
        found.append(FacePlace(file_id, tuple((float(u), float(v)) for u, v in fragment.vertices)))
    return found


def sphere_place(polygon: Directions, image: Image) -> SpherePlace:
    """Return the whole polygon on the sphere of its image."""
    corners = tuple((float(x), float(y), float(z)) for x, y, z in polygon)
    return SpherePlace((image.space, image.external_id), corners, image.collection)


def at_one_place(one: Place, other: Place) -> bool:
    """Whether two places are one: on one holder, and most of the smaller one lies in the other."""
    if isinstance(one, FacePlace) and isinstance(other, FacePlace):
        shared = one.box.shared_with(other.box)
        return shared > 0 and shared >= SAME_PLACE * min(one.box.area, other.box.area)
    if isinstance(one, SpherePlace) and isinstance(other, SpherePlace):
        first, second = np.array(one.polygon), np.array(other.polygon)
        shared = polygon_intersection(first, second)
        return len(shared) >= 3 and polygon_area(shared) >= SAME_PLACE * min(
            polygon_area(first), polygon_area(second)
        )
    return False
