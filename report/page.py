"""The report's page as plain values: what the template prints, with pictures and polygons ready to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image360.geometry import FACES, clip_to_faces
from report.confusions import Confusion, confusions
from report.findings import Decision, Funnel, Miss, Report, ReportImage, ReportRow, WrongLink
from report.pictures import Allowance, Cube
from report.shown import visible
from report.tangent import TangentPlane

PICTURE_BYTES = 23_000_000
"""All pictures of a page together, and the text of its rows; with the viewer it stays below 25 MB."""
ROW_BYTES = 1_400
"""Of the text of a row and its outlines; 5 000 rows were measured to take 900 each."""
FACE_SHARE = 0.75
"""The rest is for crops."""
FULL = "left out: the page is full"
DECISIONS: tuple[Decision, ...] = ("approve", "suggest", "none")
SLOWEST = 10
DIGITS = 5  # of an angle in radians: a hundredth of a pixel


@dataclass(frozen=True)
class Shape:
    """A polygon on a face: SVG points of a square of 1000, what it stands for, and the row it belongs to."""

    kind: str
    row: str
    points: str
    label: str


@dataclass(frozen=True)
class Mark:
    """A polygon on the sphere, as `Shape` has it on a face; places are yaw to the right and pitch up, in
    radians."""

    kind: str
    row: str
    label: str
    places: tuple[tuple[float, float], ...]

    @property
    def data(self) -> Mapping[str, object]:
        """What the viewer is given."""
        return {"kind": self.kind, "row": self.row, "label": self.label, "places": self.places}


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

    @property
    def kind(self) -> str:
        """Colour of the row: its decision, or "wrong"."""
        return "wrong" if self.row.verdict and self.row.verdict.mark == "wrong" else self.row.decision


@dataclass(frozen=True)
class MissView:
    """A tag that was neither approved nor suggested."""

    id: str
    miss: Miss
    crop: str | None
    aim: Aim


@dataclass(frozen=True)
class ImageView:
    """An image with its faces, rows and misses."""

    id: str
    source: ReportImage
    faces: tuple[FaceView, ...]
    marks: tuple[Mark, ...]
    rows: tuple[RowView, ...]
    misses: tuple[MissView, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by decision."""
        return {decision: sum(view.row.decision == decision for view in self.rows) for decision in DECISIONS}

    @property
    def data(self) -> Sequence[Mapping[str, object]]:
        """The marks as the viewer is given them."""
        return [mark.data for mark in self.marks]


@dataclass(frozen=True)
class WrongView:
    """A wrong approval in the store, and the row of the page that shows it (or its image)."""

    link: WrongLink
    row: str


@dataclass(frozen=True)
class Page:
    """All that the template prints."""

    report: Report
    funnel: Funnel
    images: tuple[ImageView, ...]
    wrong: tuple[WrongView, ...]
    counts: Mapping[str, int]
    confusions: Sequence[Confusion]
    slowest: Sequence[tuple[str, str, float]]
    """Section of the page or "", image and seconds."""


def build_page(report: Report) -> Page:
    """Decode the images one after the other, and keep of each what the page shows."""
    rows = sum(len(image.rows) + len(image.misses) for image in report.images)
    room = max(PICTURE_BYTES - ROW_BYTES * rows, PICTURE_BYTES // 4)
    face_size = int(FACE_SHARE * room / max(1, len(FACES) * len(report.images)))
    builder = _Builder(face_size, Allowance(room))
    images = tuple(builder.image(number, image) for number, image in enumerate(report.images))
    counts = {decision: sum(image.counts[decision] for image in images) for decision in DECISIONS}
    judged = report.judgement
    return Page(
        report=report,
        funnel=report.funnel or _funnel(report, counts),
        images=images,
        wrong=tuple(_wrong(link, images) for link in judged.wrong) if judged else (),
        counts=counts,
        confusions=confusions(row for image in report.images for row in image.rows),
        slowest=_slowest(report, images),
    )


class _Builder:
    def __init__(self, face_size: int, allowance: Allowance) -> None:
        self._face_size = face_size
        self._allowance = allowance

    def image(self, number: int, source: ReportImage) -> ImageView:
        cube = Cube.of(source.faces())
        pictures = self._pictures(cube)
        ordered = sorted(enumerate(source.rows), key=lambda each: _urgency(each[1]))
        rows = tuple(self._row(f"i{number}r{n}", row, cube) for n, row in ordered)
        misses = tuple(self._miss(f"i{number}m{n}", miss, cube) for n, miss in enumerate(source.misses))
        drawn = _drawn(source, rows, misses)
        shapes = _on_faces(drawn)
        faces = tuple(
            FaceView(face, pictures.get(face), cube.problems.get(face, FULL), tuple(shapes[face]))
            for face in FACES
        )
        marks = tuple(Mark(kind, row, label, places_of(polygon)) for kind, row, label, polygon in drawn)
        return ImageView(f"i{number}", source, faces, marks, rows, misses)

    def _pictures(self, cube: Cube) -> dict[str, str]:
        pictures = {face: cube.face(face, self._face_size) for face in cube.pixels}
        return {face: data for face, data in pictures.items() if self._allowance.take(len(data))}

    def _row(self, name: str, row: ReportRow, cube: Cube) -> RowView:
        return RowView(name, row, self._crop(cube, row.polygon), aim(row.polygon))

    def _miss(self, name: str, miss: Miss, cube: Cube) -> MissView:
        return MissView(name, miss, self._crop(cube, miss.polygon), aim(miss.polygon))

    def _crop(self, cube: Cube, polygon: NDArray[np.float64]) -> str | None:
        crop = cube.crop(polygon)
        return crop if crop and self._allowance.take(len(crop)) else None


_Drawn = tuple[str, str, str, NDArray[np.float64]]  # kind, row, label, polygon


def _drawn(source: ReportImage, rows: Sequence[RowView], misses: Sequence[MissView]) -> list[_Drawn]:
    """What is drawn later lies on top: truth, misses, errors of the store, rows by urgency."""
    true, wrong = (
        [(kind, "", visible(each.label), each.polygon) for each in source.outlines if each.kind == kind]
        for kind in ("truth", "wrong")
    )
    missed = [
        ("missed", each.id, visible(f"missed: {each.miss.painted}"), each.miss.polygon) for each in misses
    ]
    read = [(each.kind, each.id, visible(each.row.text), each.row.polygon) for each in reversed(rows)]
    return [*true, *missed, *wrong, *read]


def _on_faces(drawn: Sequence[_Drawn]) -> dict[str, list[Shape]]:
    shapes: dict[str, list[Shape]] = {face: [] for face in FACES}
    for kind, row, label, polygon in drawn:
        for face, vertices in clip_to_faces(polygon):
            points = " ".join(f"{1000 * u:.1f},{1000 * v:.1f}" for u, v in vertices)
            shapes[face].append(Shape(kind, row, points, label))
    return shapes


def aim(polygon: NDArray[np.float64]) -> Aim:
    """Where to look for a polygon (N, 3)."""
    middle = TangentPlane.at(polygon).frame[2]
    corners = polygon / np.linalg.norm(polygon, axis=1, keepdims=True)
    extent = 2 * np.degrees(np.arccos(np.clip(corners @ middle, -1, 1)).max())
    ((yaw, pitch),) = np.degrees(_angles(middle[None]))
    return Aim(round(float(yaw), 2), round(float(pitch), 2), round(float(extent), 2))


def places_of(polygon: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """The corners (N, 3) of a polygon as the panorama viewer counts: yaw to the right of front, pitch up."""
    return tuple((round(float(yaw), DIGITS), round(float(pitch), DIGITS)) for yaw, pitch in _angles(polygon))


def _angles(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z = directions.T
    return np.stack([np.arctan2(-x, -y), np.arctan2(z, np.hypot(x, y))], axis=-1)


def _wrong(link: WrongLink, images: Sequence[ImageView]) -> WrongView:
    where = "summary"
    for image in images:
        if image.source.id == link.image:
            rows = [view.id for view in image.rows if view.kind == "wrong" and _names(view.row, link.asset)]
            where = rows[0] if rows else image.id
    return WrongView(link, where)


def _urgency(row: ReportRow) -> tuple[int, bool, float]:
    """Errors come first, then rows by decision; among those left alone the ones that should not have been."""
    mark = row.verdict.mark if row.verdict else None
    kind = "wrong" if mark == "wrong" else row.decision
    return ("wrong", *DECISIONS).index(kind), mark != "missed", -row.score


def _names(row: ReportRow, asset: str) -> bool:
    return row.asset is not None and row.asset.external_id == asset


def _funnel(report: Report, counts: Mapping[str, int]) -> Funnel:
    return Funnel(len(report.images), None, counts["approve"], counts["suggest"], counts["none"])


def _slowest(report: Report, images: Sequence[ImageView]) -> list[tuple[str, str, float]]:
    sections = {image.source.id: image.id for image in images}
    ordered = sorted(report.costs.images.items(), key=lambda each: (-each[1], each[0]))
    return [(sections.get(name, ""), name, seconds) for name, seconds in ordered[:SLOWEST]]
