"""The rows of an image: its proposals as they are stored, and what was left alone beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError

from image360.assets import list_assets
from image360.config import AnyConfig
from image360.image_plan import text_of
from image360.match import rules_of
from image360.matching import AssetIndex, Match, TextRegion
from image360.state.decisions import Decision, Decisions
from image360.state.pairs import AssetKey, Key, Pair, asset_in, asset_of
from image360.state.proposals import Proposals
from report.findings import NamedAsset, ReportRow

CLASSIC_PER_REQUEST = 1000  # of POST /assets/byids (API reference)
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Proposed:
    """Stored proposals: their properties by work item."""

    by_item: Mapping[str, Sequence[Properties]]

    @classmethod
    def on(cls, client: CogniteClient, space: str, images: Sequence[Key]) -> Self:
        """Read the proposals on images."""
        found: dict[str, list[Properties]] = {}
        for properties in Proposals(client, space).on_images(images).values():
            relation = cast("Mapping[str, str]", properties.get("workItem") or {})
            found.setdefault(relation.get("externalId", ""), []).append(properties)
        return cls(found)

    def of(self, item: str) -> Sequence[Properties]:
        """Those of a work item."""
        return self.by_item.get(item, ())

    @property
    def assets(self) -> set[AssetKey]:
        """Every asset that is named, runners-up too."""
        keys = {
            asset_in(each, *names)
            for properties in self.by_item.values()
            for each in properties
            for names in (("asset", "classicAsset"), ("runnerUp", "classicRunnerUp"))
        }
        return {key for key in keys if key is not None}


@dataclass(frozen=True)
class Matched:
    """The matcher with the assets of the config, which says again why a text was left alone, and names."""

    client: CogniteClient
    index: AssetIndex
    names: Mapping[AssetKey, NamedAsset]

    @classmethod
    def of(cls, client: CogniteClient, config: AnyConfig, proposed: Proposed) -> Self:
        """Read the asset list.

        Raises:
            SetupError: What the config names of it does not fit the project, or there are no assets.
        """
        assets = list_assets(client, config)
        classic = sorted(key for key in proposed.assets if isinstance(key, int))
        known = {cast("AssetKey", each.key): each for each in assets}
        names = {
            key: NamedAsset(each.name or "", _external_id(key, each.external_id), each.description or "")
            for key in proposed.assets
            if (each := known.get(key)) is not None
        }
        return cls(client, AssetIndex.build(assets, rules_of(config)), {**names, **_classic(client, classic)})

    def named(self, key: AssetKey | None) -> NamedAsset | None:
        """An asset as people know it, by its id alone if it is no longer in the list."""
        if key is None:
            return None
        return self.names.get(key) or NamedAsset("", _external_id(key, None), "not in the asset list")

    def decisions(self, pairs: Iterable[Pair]) -> Mapping[AssetKey, Decision]:
        """What people have decided on pairs of one image, as far as who asks may read it."""
        try:
            return {each.pair.asset: each for each in Decisions(self.client).on(pairs)}
        except CogniteAPIError as refusal:
            if refusal.code == 403:
                return {}
            raise


def _external_id(key: AssetKey, given: str | None) -> str:
    return key[1] if isinstance(key, tuple) else given or str(key)


def _classic(client: CogniteClient, ids: Sequence[int]) -> dict[AssetKey, NamedAsset]:
    found: dict[AssetKey, NamedAsset] = {}
    for start in range(0, len(ids), CLASSIC_PER_REQUEST):
        batch = client.assets.retrieve_multiple(
            ids[start : start + CLASSIC_PER_REQUEST], ignore_unknown_ids=True
        )
        for each in batch:
            found[each.id] = NamedAsset(
                each.name or "", each.external_id or str(each.id), each.description or ""
            )
    return found


def proposed_row(stored: Properties, regions: Sequence[TextRegion], matched: Matched) -> ReportRow | None:
    """Return the row of a proposal; None where it does not say where it is."""
    numbers = np.array(stored.get("polygon") or (), np.float64)
    if len(numbers) < 9 or len(numbers) % 3 or not np.isfinite(numbers).all():
        return None
    polygon = numbers.reshape(-1, 3)
    if not np.linalg.norm(polygon, axis=1).all():
        return None
    places = cast("Sequence[int]", stored.get("regions") or ())
    used = [regions[place] for place in places if 0 <= place < len(regions)]
    return ReportRow(
        text=stored.get("text") or "",
        polygon=polygon,
        decision="approve" if stored.get("decision") == "approve" else "suggest",
        confidence=min((region.confidence for region in used), default=None),
        level=stored.get("level"),
        score=stored.get("score") or 0.0,
        asset=matched.named(asset_of(stored)),
        runner_up=matched.named(asset_in(stored, "runnerUp", "classicRunnerUp")),
        reason=stored.get("reason") or "",
        other_readings=_other_readings(used),
    )


def left_alone(
    image: Key, regions: Sequence[TextRegion], stored: Sequence[Properties], matched: Matched
) -> Iterator[ReportRow]:
    """Yield the texts that no proposal has, and why: the matcher says again what is not stored."""
    taken = {place for each in stored for place in each.get("regions") or ()}
    left = [
        match
        for match in matched.index.match_regions(regions)
        if match.asset is None or taken.isdisjoint(match.regions)
    ]
    decided = matched.decisions(
        Pair(image, cast("AssetKey", match.asset.key)) for match in left if match.asset is not None
    )
    for match in left:
        assert match.polygon is not None, "a match of regions has a polygon"
        used = [regions[place] for place in match.regions]
        yield ReportRow(
            text=text_of(match, regions),
            polygon=match.polygon,
            decision="none",
            confidence=min(region.confidence for region in used),
            reason=_why(match, decided),
            other_readings=_other_readings(used),
        )


def _why(match: Match, decided: Mapping[AssetKey, Decision]) -> str:
    if match.asset is None:
        return match.reason
    decision = decided.get(cast("AssetKey", match.asset.key))
    name = match.asset.name or match.asset.external_id or match.asset.key
    if decision is not None and decision.rejects:
        return f"{decision.decided_by} says that it is not {name}"
    return f"would be matched to {name} now, and was not then"


def _other_readings(regions: Iterable[TextRegion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for region in regions for text in region.other_readings))
