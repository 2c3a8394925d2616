"""What a result file of text detection looks like inside: nobody outside Cognite knows, so there are several.

All are of our own making. A client must tell a shape that it does not know from one without text.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

from localcdf.detection import Region

Vector = tuple[float, ...]
# For each face the directions that 1-2u and 1-2v count along, and the one it looks to.
FRAMES: Mapping[str, tuple[Vector, Vector, Vector]] = {
    "front": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "back": ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    "left": ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    "right": ((0, -1, 0), (0, 0, 1), (-1, 0, 0)),
    "top": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "bottom": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
}
TURN = 2 * math.pi


@dataclass(frozen=True)
class Found:
    """What was read on an image of the collection."""

    space: str
    external_id: str
    regions: Sequence[Region]

    def keyed(self, job: int) -> Iterator[tuple[str, Region]]:
        """Yield each region with the key under which it can be rejected, unlike that in any other job."""
        for number, region in enumerate(self.regions):
            named = f"{job} {self.space} {self.external_id} {number}"
            yield hashlib.sha256(named.encode()).hexdigest()[:32], region


@dataclass(frozen=True)
class Shape:
    """How many images go into one file, None for all, and how it is written."""

    images: int | None
    write: Callable[[int, Sequence[Found]], str]
    suffix: str
    mime_type: str


def phi_theta(vector: Vector) -> tuple[float, float]:
    """Return the angle from +Y, 0 to pi, and the one about +Y from +Z towards +X, from 0 to below 2 pi."""
    x, y, z = vector
    phi = math.acos(max(-1.0, min(1.0, y / math.hypot(x, y, z))))
    return phi, math.atan2(x, z) % TURN % TURN  # once more: the remainder of -1e-17 is a whole turn


def _dot(one: Vector, other: Vector) -> float:
    return sum(map(mul, one, other))


def face_box(polygon: Sequence[Vector]) -> tuple[str, list[float]]:
    """Return the face that looks most towards a polygon, and ``[left, top, width, height]`` there, 0 to 1."""
    centre = tuple(map(sum, zip(*polygon, strict=True)))
    face = max(FRAMES, key=lambda name: _dot(centre, FRAMES[name][2]))
    across, up, ahead = FRAMES[face]
    places = []
    for vertex in polygon:
        depth = max(_dot(vertex, ahead), 1e-9)
        place = ((1 - _dot(vertex, way) / depth) / 2 for way in (across, up))
        places.append([max(0.0, min(1.0, each)) for each in place])
    (left, right), (top, bottom) = ((min(each), max(each)) for each in zip(*places, strict=True))
    return face, [left, top, right - left, bottom - top]


def _assumed_1(job: int, images: Sequence[Found]) -> str:
    def detection(key: str, region: Region) -> dict[str, Any]:
        angles = [angle for vertex in region.polygon for angle in phi_theta(vertex)]
        return {
            "key": key,
            "text": region.text,
            "confidence": region.confidence,
            "polygon": {"version": "2.0.0", "data": [len(region.polygon), *angles]},
        }

    return json.dumps(
        {
            "version": "1.0.0",
            "images": [
                {
                    "instanceId": {"space": each.space, "externalId": each.external_id},
                    "detections": [detection(*keyed) for keyed in each.keyed(job)],
                }
                for each in images
            ],
        }
    )


def _by_image(job: int, images: Sequence[Found]) -> str:
    (image,) = images
    faces: dict[str, list[Any]] = {face: [] for face in FRAMES}
    for key, region in image.keyed(job):
        face, box = face_box(region.polygon)
        names = ("left", "top", "width", "height")
        percent = dict(zip(names, (100 * each for each in box), strict=True))
        faces[face].append(
            {"id": key, "value": region.text, "score": region.confidence, "boundingBox": percent}
        )
    about = {"image360": f"{image.space}/{image.external_id}"}
    return json.dumps({"schema": "face-text/2", "source": about, "faces": faces})


def _by_collection(job: int, images: Sequence[Found]) -> str:
    lines = [
        {
            "uid": key,
            "image": [each.space, each.external_id],
            "ocr": {"string": region.text, "probability": region.confidence},
            "outline": [[math.degrees(angle) for angle in phi_theta(each)] for each in region.polygon],
        }
        for each in images
        for key, region in each.keyed(job)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


SHAPES: Mapping[str, Shape] = {
    "assumed-1": Shape(100, _assumed_1, ".json", "application/json"),
    "by-image": Shape(1, _by_image, ".json", "application/json"),
    "by-collection": Shape(None, _by_collection, ".jsonl", "application/x-ndjson"),
}
