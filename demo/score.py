"""What a run got right: the links in the store against the truth of a sample site.

The unit is one plate on one image. Where links hang on face files, a plate over a cube seam has one on each
face that it touches; together they are one approval. Places are compared as polygons on the sphere, with
shapely and not with the product's own geometry: a yardstick that shares its errors would not see them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.truth import Plate, Truth
from report.tangent import TangentPlane

STYLES = ("plain", "stencil", "engraved", "low_contrast")
TRAITS = ("two_lines", "seam", "tilted", "small")
ENOUGH = 0.1
"""Share of a polygon that is on the plate on which its middle lies; with less it frames other things too."""
TOUCH = 1e-3
"""Radians, half a pixel of a 1024 px face: polygons that are nearer than this touch."""
GOOD_IOU = 0.5
WHOLE = "whole"
"""The part of an image on which a link hangs that is not bound to a face."""


@dataclass(frozen=True, eq=False)
class StoredLink:
    """One link in the store: an asset and a polygon (N, 3), unit directions, on a part of an image.

    The part is a face, or WHOLE. A link is seen where the viewer draws it, and finds its image by its asset.
    """

    image: str
    part: str
    asset: str
    text: str
    polygon: NDArray[np.float64]
    status: str = "approved"
    is_seen: bool = True


@dataclass(frozen=True, eq=False)
class Suggestion:
    """An asset that waits for a person, by external id, and the polygon (N, 3) of the whole tag."""

    image: str
    asset: str
    text: str
    polygon: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reading:
    """Text that the engine read, whatever became of it; the polygon is (N, 3)."""

    image: str
    text: str
    polygon: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Approval:
    """The approved links of one asset at one place of an image: one tag, over all faces that it touches."""

    image: str
    asset: str
    links: tuple[StoredLink, ...]

    @property
    def text(self) -> str:
        """What was read, as the first link holds it."""
        return self.links[0].text

    @property
    def is_seen(self) -> bool:
        """Whether the viewer shows all of it: what is in the store and not seen is of use to nobody."""
        return all(link.is_seen for link in self.links)

    @property
    def polygons(self) -> tuple[NDArray[np.float64], ...]:
        """The fragments, each (N, 3)."""
        return tuple(link.polygon for link in self.links)


@dataclass(frozen=True, eq=False)
class WrongApproval:
    """An approval whose asset is not the plate's; ``plate`` is None where there is none."""

    approval: Approval
    plate: Plate | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a tag, and all that was read on its plate, from top to bottom."""

    plate: Plate
    result: Literal["approved", "suggested", "missed"]
    read: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Score:
    """A run against the truth.

    Args:
        outcomes: One for each tag of the truth whose asset is in the list.
        wrong: Approvals whose asset is not the plate's, plates without an asset and places without a plate
            included.
        duplicates: Links beyond one per plate, asset and part.
        ious: Overlap of each approval with the true text, 0 where it is on no plate.
        centred: For each approval whether it is seen with its middle in the true text.
    """

    outcomes: tuple[Outcome, ...]
    wrong: tuple[WrongApproval, ...]
    duplicates: int
    ious: tuple[float, ...]
    centred: tuple[bool, ...]

    def summary(self) -> dict[str, Any]:
        """The counts under the keys of summary.json."""
        legible = Counter(outcome.result for outcome in self.outcomes if outcome.plate.legible)
        one_face = Counter(
            outcome.result for outcome in self.outcomes if outcome.plate.is_legible_on_one_face
        )
        results = Counter(outcome.result for outcome in self.outcomes)
        good = sum(iou >= GOOD_IOU for iou in self.ious)
        return {
            "tags_in_truth": len(self.outcomes),
            "legible_tags": legible.total(),
            "approved": results["approved"],
            "suggested": results["suggested"],
            "missed": results["missed"],
            "legible_approved": legible["approved"],
            "legible_shown": legible["approved"] + legible["suggested"],
            "one_face_tags": one_face.total(),
            "one_face_approved": one_face["approved"],
            "one_face_shown": one_face["approved"] + one_face["suggested"],
            "wrong_approvals": len(self.wrong),
            "duplicates": self.duplicates,
            "iou_ok": good / len(self.ious) if self.ious else 0.0,
            "centre_ok": sum(self.centred) / len(self.centred) if self.centred else 0.0,
            "per_style": {name: self._row(name) for name in STYLES + TRAITS},
        }

    def _row(self, name: str) -> dict[str, int]:
        results = [o.result for o in self.outcomes if name == o.plate.style or name in o.plate.traits]
        return {"approved": results.count("approved"), "total": len(results)}


class PlateMap:
    """Finds the plate under a polygon."""

    def __init__(self, truth: Truth) -> None:
        self._places: dict[str, list[_Place]] = {}
        for plate in truth.plates:
            self._places.setdefault(plate.image, []).append(_Place.of(plate))

    def plate_under(self, image: str, polygons: Sequence[NDArray[np.float64]]) -> Plate | None:
        """The plate on which the middle of the polygons (N, 3) together lies: never two plates."""
        place = self._under(image, polygons)
        return place.plate if place else None

    def plates_read(self, image: str, polygon: NDArray[np.float64]) -> list[Plate]:
        """The plates that a polygon (N, 3) overlaps anywhere."""
        return [place.plate for place in self._places.get(image, ()) if place.shared([polygon]) > 0]

    def iou(self, image: str, polygons: Sequence[NDArray[np.float64]]) -> float:
        """Overlap with the true text of the plate beneath, 0..1; 0 on no plate."""
        place = self._under(image, polygons)
        if place is None:
            return 0.0
        drawn, text = place.plane.shape(polygons), place.plane.shape([place.plate.text_polygon])
        return drawn.intersection(text).area / drawn.union(text).area

    def is_centred(self, image: str, polygons: Sequence[NDArray[np.float64]]) -> bool:
        """Whether the middle of the polygons together lies in the true text of the plate beneath.

        A tag over a seam has a polygon on each face, which are judged as the one that they make up. Of each
        alone the middle must be on the plate: where only the margin of a text reaches over the seam, there is
        no ink beneath it.
        """
        place = self._under(image, polygons)
        if place is None:
            return False
        text = place.plane.shape([place.plate.text_polygon])
        return bool(text.contains(place.plane.shape(polygons).centroid)) and all(
            place.shape.contains(place.plane.shape([each]).centroid) for each in polygons
        )

    def _under(self, image: str, polygons: Sequence[NDArray[np.float64]]) -> "_Place | None":
        for place in self._places.get(image, ()):
            if place.is_under(polygons):
                return place
        return None


@dataclass(frozen=True, eq=False)
class _Place:
    plate: Plate
    plane: TangentPlane
    shape: shapely.Geometry

    @classmethod
    def of(cls, plate: Plate) -> "_Place":
        plane = TangentPlane.at(plate.plate_polygon)
        return cls(plate, plane, plane.shape([plate.plate_polygon]))

    def is_under(self, polygons: Sequence[NDArray[np.float64]]) -> bool:
        """Whether the middle of the polygons is on the plate, and so is enough of them.

        Of an upright box around slanted text most is off the plate, though it stands in its middle.
        """
        drawn = self.plane.shape(polygons)
        return (
            self.shared(polygons) > ENOUGH
            and not drawn.is_empty
            and bool(self.shape.contains(drawn.centroid))
        )

    def shared(self, polygons: Sequence[NDArray[np.float64]]) -> float:
        """Share of the polygons that is on the plate, 0..1."""
        drawn = self.plane.shape(polygons)
        return drawn.intersection(self.shape).area / drawn.area if drawn.area > 0 else 0.0


def score(
    truth: Truth,
    links: Sequence[StoredLink],
    suggestions: Sequence[Suggestion],
    readings: Sequence[Reading] = (),
) -> Score:
    """Holds what a run left in the store against the truth.

    Args:
        truth: The plates.
        links: All links of the store; those that are not approved count for nothing.
        suggestions: What waits for a person.
        readings: What the engine read, for the list of misses.
    """
    plates = PlateMap(truth)
    approvals = group_links(links)
    under = [plates.plate_under(approval.image, approval.polygons) for approval in approvals]
    pairs = list(zip(approvals, under, strict=True))
    right = {
        plate.id for approval, plate in pairs if plate and approval.is_seen and _is_right(approval, plate)
    }
    shown = _shown(plates, suggestions)
    read = _readings_by_plate(plates, readings)
    return Score(
        outcomes=tuple(
            Outcome(plate, _result(plate, right, shown), tuple(read.get(plate.id, ())))
            for plate in truth.tags
        ),
        wrong=tuple(
            WrongApproval(approval, plate) for approval, plate in pairs if not _is_right(approval, plate)
        ),
        duplicates=_duplicates(pairs),
        ious=tuple(plates.iou(approval.image, approval.polygons) for approval in approvals),
        centred=tuple(
            approval.is_seen and plates.is_centred(approval.image, approval.polygons)
            for approval in approvals
        ),
    )


def _shown(plates: PlateMap, suggestions: Sequence[Suggestion]) -> set[str]:
    under = [(plates.plate_under(each.image, [each.polygon]), each.asset) for each in suggestions]
    return {plate.id for plate, asset in under if plate is not None and plate.asset == asset}


def group_links(links: Sequence[StoredLink]) -> list[Approval]:
    """Approved links of one image and asset that touch each other are one approval."""
    groups: list[list[StoredLink]] = []
    for link in links:
        if link.status != "approved":
            continue
        touched = [group for group in groups if any(_touch(link, other) for other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([*(other for group in touched for other in group), link])
    return [Approval(group[0].image, group[0].asset, tuple(group)) for group in groups]


def _touch(one: StoredLink, other: StoredLink) -> bool:
    if (one.image, one.asset) != (other.image, other.asset):
        return False
    plane = TangentPlane.at(one.polygon)
    here, there = plane.shape([one.polygon]), plane.shape([other.polygon])
    return not there.is_empty and here.distance(there) < TOUCH


def _is_right(approval: Approval, plate: Plate | None) -> bool:
    return plate is not None and plate.asset == approval.asset


def _result(plate: Plate, right: set[str], shown: set[str]) -> Literal["approved", "suggested", "missed"]:
    if plate.id in right:
        return "approved"
    return "suggested" if plate.id in shown else "missed"


def _duplicates(pairs: Sequence[tuple[Approval, Plate | None]]) -> int:
    """An approval on no plate is a place of its own: only its own links can repeat each other."""
    links = Counter(
        (plate.id if plate else number, approval.asset, link.part)
        for number, (approval, plate) in enumerate(pairs)
        for link in approval.links
    )
    return sum(count - 1 for count in links.values())


def _readings_by_plate(plates: PlateMap, readings: Sequence[Reading]) -> Mapping[str, list[str]]:
    found: dict[str, list[tuple[float, str]]] = {}
    for reading in readings:
        for plate in plates.plates_read(reading.image, reading.polygon):
            points = TangentPlane.at(plate.plate_polygon).project(reading.polygon)
            down = float(points[:, 1].mean()) if points is not None else 0.0
            found.setdefault(plate.id, []).append((down, reading.text))
    return {plate: [text for _, text in sorted(texts)] for plate, texts in found.items()}
