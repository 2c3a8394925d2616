"""The report's page as plain values: what the template prints, with pictures and polygons ready to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.findings import Report, ReportImage, ReportRow
from demo.floors import Floor, check_floors
from demo.misses import why_missed
from demo.pictures import Allowance, Cube
from demo.score import Approval, Outcome, PlateMap, WrongApproval
from demo.tangent import TangentPlane
from demo.truth import Plate
from demo.verdict import Verdict, judge
from image360.geometry import FACES, clip_to_faces

PICTURE_BYTES = 22_000_000
"""All pictures of a page together; with the text it stays below 25 MB."""
FACE_SHARE = 0.75
"""The rest is for crops."""
FULL = "left out: the page is full"
DECISIONS = ("approve", "suggest", "none")
FACTS = {
    "project_type": "project type",
    "engine": "engine",
    "seed": "seed",
    "seconds": "seconds",
    "images": "images",
    "faces": "faces",
    "text_regions": "text regions",
    "annotations_written": "annotations written",
    "requests": "requests",
    "second_run_writes": "writes of a second run",
}


@dataclass(frozen=True)
class Shape:
    """A polygon on a face: SVG points of a square of 1000, what it stands for, and the row it belongs to."""

    kind: str
    row: str
    points: str
    label: str


@dataclass(frozen=True)
class FaceView:
    """A face: its picture or why there is none, and what is drawn over it."""

    name: str
    picture: str | None
    problem: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Aim:
    """Where to look for a polygon: degrees to the right of front, up, and its extent."""

    yaw: float
    pitch: float
    extent: float


@dataclass(frozen=True)
class RowView:
    """A row of an image's table."""

    id: str
    row: ReportRow
    crop: str | None
    aim: Aim
    verdict: Verdict | None

    @property
    def kind(self) -> str:
        """Colour of the row: its decision, or "wrong"."""
        return "wrong" if self.verdict and self.verdict.mark == "wrong" else self.row.decision


@dataclass(frozen=True)
class MissView:
    """A tag that was neither approved nor suggested."""

    id: str
    outcome: Outcome
    why: str
    crop: str | None
    aim: Aim


@dataclass(frozen=True)
class ImageView:
    """An image with its faces, rows and misses."""

    id: str
    source: ReportImage
    faces: tuple[FaceView, ...]
    rows: tuple[RowView, ...]
    misses: tuple[MissView, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by decision."""
        return {decision: sum(view.row.decision == decision for view in self.rows) for decision in DECISIONS}


@dataclass(frozen=True)
class WrongView:
    """A wrong approval in the store, and the row of the page that shows it (or its image)."""

    approval: Approval
    plate: Plate | None
    row: str


@dataclass(frozen=True)
class Page:
    """All that the template prints."""

    report: Report
    facts: Mapping[str, Any]
    floors: tuple[Floor, ...]
    images: tuple[ImageView, ...]
    wrong: tuple[WrongView, ...]
    counts: Mapping[str, int]


def build_page(report: Report) -> Page:
    """Decodes the images one after the other, and keeps of each what the page shows."""
    face_size = int(FACE_SHARE * PICTURE_BYTES / max(1, len(FACES) * len(report.images)))
    builder = _Builder(report, face_size, Allowance(PICTURE_BYTES))
    images = tuple(builder.image(number, image) for number, image in enumerate(report.images))
    return Page(
        report=report,
        facts={
            name: report.summary[key] for key, name in FACTS.items() if report.summary.get(key) is not None
        },
        floors=check_floors(report.summary) if report.score else (),
        images=images,
        wrong=tuple(_wrong(wrong, images) for wrong in report.score.wrong) if report.score else (),
        counts={decision: sum(image.counts[decision] for image in images) for decision in DECISIONS},
    )


class _Builder:
    def __init__(self, report: Report, face_size: int, allowance: Allowance) -> None:
        self._report = report
        self._plates = PlateMap(report.truth) if report.truth else None
        self._outcomes = {o.plate.id: o for o in report.score.outcomes} if report.score else {}
        self._face_size = face_size
        self._allowance = allowance

    def image(self, number: int, source: ReportImage) -> ImageView:
        cube = Cube.of(source.image.face_files())
        pictures = self._pictures(cube)
        views = [self._row(f"i{number}r{n}", source.image.id, row, cube) for n, row in enumerate(source.rows)]
        rows = tuple(sorted(views, key=_urgency))
        missed = [
            o for o in self._outcomes.values() if o.result == "missed" and o.plate.image == source.image.id
        ]
        misses = tuple(self._miss(f"i{number}m{n}", outcome, cube) for n, outcome in enumerate(missed))
        shapes = self._shapes(source.image.id, rows, misses)
        faces = tuple(
            FaceView(face, pictures.get(face), cube.problems.get(face, FULL), shapes[face]) for face in FACES
        )
        return ImageView(f"i{number}", source, faces, rows, misses)

    def _pictures(self, cube: Cube) -> dict[str, str]:
        pictures = {face: cube.face(face, self._face_size) for face in cube.pixels}
        return {face: data for face, data in pictures.items() if self._allowance.take(len(data))}

    def _row(self, name: str, image: str, row: ReportRow, cube: Cube) -> RowView:
        verdict = judge(row, image, self._plates, self._outcomes) if self._plates else None
        return RowView(name, row, self._crop(cube, row.polygon), aim(row.polygon), verdict)

    def _miss(self, name: str, outcome: Outcome, cube: Cube) -> MissView:
        polygon = outcome.plate.plate_polygon
        why = why_missed(outcome, str(self._report.summary.get("engine")))
        return MissView(name, outcome, why, self._crop(cube, polygon), aim(polygon))

    def _crop(self, cube: Cube, polygon: NDArray[np.float64]) -> str | None:
        crop = cube.crop(polygon)
        return crop if crop and self._allowance.take(len(crop)) else None

    def _shapes(
        self, image: str, rows: Sequence[RowView], misses: Sequence[MissView]
    ) -> dict[str, tuple[Shape, ...]]:
        """What is drawn later lies on top: truth, errors of the store, rows by urgency."""
        shapes: dict[str, list[Shape]] = {face: [] for face in FACES}
        missed = {miss.outcome.plate.id for miss in misses}
        for plate in self._report.truth.plates if self._report.truth else ():
            if plate.image == image and plate.id not in missed:
                _draw(shapes, plate.plate_polygon, "truth", "", f"truth: {_truth(plate)}")
        for miss in misses:
            plate = miss.outcome.plate
            _draw(shapes, plate.plate_polygon, "missed", miss.id, f"missed: {_truth(plate)}")
        for wrong in self._report.score.wrong if self._report.score else ():
            if wrong.approval.image == image:
                for polygon in wrong.approval.polygons:
                    _draw(shapes, polygon, "wrong", "", f"wrong approval: {wrong.approval.asset}")
        for view in reversed(rows):
            _draw(shapes, view.row.polygon, view.kind, view.id, view.row.text)
        return {face: tuple(drawn) for face, drawn in shapes.items()}


def aim(polygon: NDArray[np.float64]) -> Aim:
    """Where to look for a polygon (N, 3)."""
    x, y, z = TangentPlane.at(polygon).frame[2]
    corners = polygon / np.linalg.norm(polygon, axis=1, keepdims=True)
    extent = 2 * np.degrees(np.arccos(np.clip(corners @ (x, y, z), -1, 1)).max())
    yaw, pitch = np.degrees(np.arctan2(-x, -y)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    return Aim(round(float(yaw), 2), round(float(pitch), 2), round(float(extent), 2))


def _wrong(wrong: WrongApproval, images: Sequence[ImageView]) -> WrongView:
    approval = wrong.approval
    where = "summary"
    for image in images:
        if image.source.image.id == approval.image:
            rows = [
                view.id for view in image.rows if view.kind == "wrong" and _names(view.row, approval.asset)
            ]
            where = rows[0] if rows else image.id
    return WrongView(approval, wrong.plate, where)


def _urgency(view: RowView) -> tuple[int, bool, float]:
    """Errors come first, then rows by decision; among those left alone the ones that should not have been."""
    missed = view.verdict is not None and view.verdict.mark == "missed"
    return ("wrong", *DECISIONS).index(view.kind), not missed, -view.row.score


def _names(row: ReportRow, asset: str) -> bool:
    return row.asset is not None and row.asset.external_id == asset


def _draw(
    shapes: dict[str, list[Shape]], polygon: NDArray[np.float64], kind: str, row: str, label: str
) -> None:
    for face, vertices in clip_to_faces(polygon):
        points = " ".join(f"{1000 * u:.1f},{1000 * v:.1f}" for u, v in vertices)
        shapes[face].append(Shape(kind, row, points, label))


def _truth(plate: Plate) -> str:
    return f"{plate.painted} ({plate.asset})" if plate.asset else plate.painted
