"""The report of a run, put together from what it left in the store."""

from collections.abc import Iterable, Sequence

from demo.findings import Report, ReportImage, ReportRow
from demo.readback import Left, StoredProposal
from demo.score import Reading, Score, Suggestion, score
from demo.site import Site, SiteImage
from demo.tables import SiteAsset
from image360.image_plan import text_of
from image360.matching import Asset, AssetIndex, Match, TextRegion

Summary = dict[str, object]


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


def report_of(site: Site, left: Left, found: Score | None, summary: Summary) -> Report:
    """Tell what was read on each image, and what was decided on it."""
    assets = {asset.external_id: asset for asset in site.assets}
    index = AssetIndex.build(
        Asset(each.external_id, each.name or None, each.external_id, each.aliases) for each in site.assets
    )
    images = [_image(image, left, assets, index) for image in site.images]
    name = f"Sample site, seed {site.truth.seed}" if site.truth else site.name
    return Report(name, summary, tuple(images), site.truth, found)


def _image(image: SiteImage, left: Left, assets: dict[str, SiteAsset], index: AssetIndex) -> ReportImage:
    regions = left.regions.get(image.id)
    if regions is None:
        incomplete = "not read: a face is missing or has no content"
        return ReportImage(image, (), left.failed.get(image.id, incomplete))
    proposed = [_proposed(each, regions, assets) for each in left.proposals if each.image == image.id]
    # What the store does not hold is why a text was left alone: the matcher says it again, the same way.
    others = [_left_alone(match, regions) for match in index.match_regions(regions) if match.asset is None]
    return ReportImage(image, (*proposed, *others))


def _proposed(
    proposal: StoredProposal, regions: Sequence[TextRegion], assets: dict[str, SiteAsset]
) -> ReportRow:
    used = [regions[place] for place in proposal.regions]
    return ReportRow(
        text=proposal.text,
        polygon=proposal.polygon,
        decision=proposal.decision,
        confidence=min(region.confidence for region in used),
        level=proposal.level,
        score=proposal.score,
        asset=assets.get(proposal.asset),
        runner_up=assets.get(proposal.runner_up) if proposal.runner_up else None,
        reason=proposal.reason,
        other_readings=_other_readings(used),
    )


def _left_alone(match: Match, regions: Sequence[TextRegion]) -> ReportRow:
    used = [regions[place] for place in match.regions]
    assert match.polygon is not None, "a match of regions has a polygon"
    return ReportRow(
        text=text_of(match, regions),
        polygon=match.polygon,
        decision="none",
        confidence=min(region.confidence for region in used),
        reason=match.reason,
        other_readings=_other_readings(used),
    )


def _other_readings(regions: Iterable[TextRegion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for region in regions for text in region.other_readings))
