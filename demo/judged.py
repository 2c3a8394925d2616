"""A run against the truth: what it left in the store as a score, and the report with the truth beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from demo.floors import check_floors
from demo.misses import why_missed
from demo.readback import Left
from demo.score import Outcome, PlateMap, Reading, Score, Suggestion, WrongApproval, score
from demo.site import Site
from demo.truth import Plate, Truth
from demo.verdict import judge
from report.findings import Judgement, Miss, Outline, Report, ReportImage, Style, WrongLink

Summary = Mapping[str, object]


def score_of(site: Site, left: Left) -> Score | None:
    """Hold what the run left against the truth of the site; None for a site without one."""
    if site.truth is None:
        return None
    suggestions = [
        Suggestion(each.image, each.asset, each.text, each.polygon)
        for each in left.proposals
        if each.decision == "suggest"
    ]
    readings = [
        Reading(image, region.text, region.polygon)
        for image, regions in left.regions.items()
        for region in regions
    ]
    return score(site.truth, left.links, suggestions, readings)


def with_truth(report: Report, truth: Truth, found: Score, summary: Summary) -> Report:
    """The report of a run on a sample site, with the truth beside each row.

    Args:
        report: As the run left it; its images go by the names of the site.
        truth: What is painted.
        found: The score of the run.
        summary: As in summary.json.
    """
    beside = _Beside(truth, found, str(summary.get("engine")))
    images = tuple(beside.image(image) for image in report.images)
    return replace(report, images=images, judgement=_judgement(found, summary))


def _judgement(found: Score, summary: Summary) -> Judgement:
    counts = found.summary()
    return Judgement(
        tags=counts["tags_in_truth"],
        approved=counts["approved"],
        suggested=counts["suggested"],
        missed=counts["missed"],
        approvals=len(found.ious),
        wrong=tuple(_link(each) for each in found.wrong),
        duplicates=found.duplicates,
        on_text=counts["iou_ok"],
        floors=check_floors(summary),
        styles=tuple(
            Style(name, each["approved"], each["total"]) for name, each in counts["per_style"].items()
        ),
    )


def _link(wrong: WrongApproval) -> WrongLink:
    approval, plate = wrong.approval, wrong.plate
    painted, is_listed = (plate.painted, plate.asset is not None) if plate else (None, False)
    return WrongLink(approval.image, approval.text, approval.asset, painted, is_listed)


@dataclass(frozen=True)
class _Beside:
    truth: Truth
    found: Score
    engine: str

    def image(self, image: ReportImage) -> ReportImage:
        outcomes = {each.plate.id: each for each in self.found.outcomes}
        plates = PlateMap(self.truth)
        missed = [
            each for each in self.found.outcomes if each.result == "missed" and each.plate.image == image.id
        ]
        return replace(
            image,
            rows=tuple(replace(row, verdict=judge(row, image.id, plates, outcomes)) for row in image.rows),
            misses=tuple(self._miss(each) for each in missed),
            outlines=(*self._true(image.id, [each.plate.id for each in missed]), *self._wrong(image.id)),
        )

    def _miss(self, outcome: Outcome) -> Miss:
        plate = outcome.plate
        return Miss(
            plate.plate_polygon,
            plate.painted,
            plate.asset or "",
            outcome.read,
            why_missed(outcome, self.engine),
            ", ".join((plate.style, *plate.traits)).replace("_", " "),
            plate.legible,
            plate.cap_px,
            plate.tilt_deg,
        )

    def _true(self, image: str, missed: Sequence[str]) -> list[Outline]:
        return [
            Outline("truth", plate.plate_polygon, f"truth: {_named(plate)}")
            for plate in self.truth.plates
            if plate.image == image and plate.id not in missed
        ]

    def _wrong(self, image: str) -> list[Outline]:
        return [
            Outline("wrong", polygon, f"wrong approval: {each.approval.asset}")
            for each in self.found.wrong
            if each.approval.image == image
            for polygon in each.approval.polygons
        ]


def _named(plate: Plate) -> str:
    return f"{plate.painted} ({plate.asset})" if plate.asset else plate.painted
