"""The plan of a run: which links would be written, as pure data. Applying it is a separate step.

In a hybrid project an approval is one link (an annotation) per face fragment of the tag: a tag over a
cube seam has its parts on two or three face files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from image360.assets import node_key
from image360.catalog.image import FaceFile
from image360.geometry import clip_to_faces
from image360.matching import Match

SLIVER = 0.02  # share of a tag below which its part on a face is not worth a link
SAME_PLACE = 0.5  # share of the smaller box that two links on one face must share to stand at one place


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

    def at_place_of(self, other: "Box") -> bool:
        """Whether the two boxes stand at one place of the face."""
        shared = Box(
            max(self.x_min, other.x_min),
            min(self.x_max, other.x_max),
            max(self.y_min, other.y_min),
            min(self.y_max, other.y_max),
        )
        if shared.x_max <= shared.x_min or shared.y_max <= shared.y_min:
            return False
        return shared.area >= SAME_PLACE * min(self.area, other.area)


@dataclass(frozen=True)
class Link:
    """A link from a place on a face file to an asset node."""

    file_id: int
    asset_space: str
    asset_id: str
    text: str
    vertices: tuple[tuple[float, float], ...]  # on the face: x right, y down, 0..1
    confidence: float

    @property
    def box(self) -> Box:
        """The upright box around the fragment."""
        return Box.around(self.vertices)


@dataclass(frozen=True)
class StoredLink:
    """A link that CDF holds already, whoever made it, in whatever status."""

    file_id: int
    asset_space: str
    asset_id: str
    box: Box


def links_of(match: Match, text: str, faces: Mapping[str, FaceFile]) -> list[Link]:
    """Return the links of an approved match: one per face that its polygon touches."""
    if match.asset is None or match.polygon is None:
        raise ValueError("only a match with an asset can be linked")
    asset_space, asset_id = node_key(match.asset)
    return [
        Link(
            faces[fragment.face].id,
            asset_space,
            asset_id,
            text,
            tuple((float(u), float(v)) for u, v in fragment.vertices),
            match.score,
        )
        for fragment in clip_to_faces(match.polygon, SLIVER)
    ]


def missing_links(wanted: Iterable[Link], stored: Sequence[StoredLink]) -> list[Link]:
    """Return the wanted links that CDF does not hold at that place yet.

    A stored link counts whoever made it and whatever its status: what a person rejected or moved to
    another status is not written again.
    """
    held: dict[tuple[int, str, str], list[Box]] = {}
    for link in stored:
        held.setdefault((link.file_id, link.asset_space, link.asset_id), []).append(link.box)
    missing: list[Link] = []
    for link in wanted:
        boxes = held.setdefault((link.file_id, link.asset_space, link.asset_id), [])
        if not any(link.box.at_place_of(box) for box in boxes):
            missing.append(link)
            boxes.append(link.box)
    return missing
