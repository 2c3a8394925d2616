"""The keys with which images are matched: one that was matched with another key is due again."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from cognite.client import CogniteClient

from image360 import __version__
from image360.config import AnyConfig
from image360.matching import Asset
from image360.state.decisions import Decisions
from image360.state.holds import Holds
from image360.state.rulings import Rulings
from image360.state.work_items import WorkItem


@dataclass(frozen=True)
class MatchKeys:
    """What images are matched with."""

    of_all: str
    rulings: Rulings

    def of(self, item: WorkItem) -> str:
        """Name what one image is matched with."""
        decided = self.rulings.key_of(item.image.key)
        key = f"{self.of_all}:{decided}" if decided else self.of_all
        return self.rulings.with_held(key, item.image.key)


def match_keys(client: CogniteClient, config: AnyConfig, assets: Iterable[Asset]) -> MatchKeys:
    """Read what people have decided and what is on hold, beside the assets that were read already."""
    rulings = Rulings.of(Decisions(client).listed(), Holds(client, config.state.space).listed())
    return MatchKeys(match_key(config, assets), rulings)


def match_key(config: AnyConfig, assets: Iterable[Asset]) -> str:
    """Name what a match depends on beside the regions: assets, the config's rules, and the code."""
    rows = sorted(
        json.dumps([a.key, a.name, a.external_id, sorted(a.aliases), a.description], ensure_ascii=False)
        for a in assets
    )
    approval = [sorted(config.approval.levels), config.approval.write_suggestions]
    matching = config.matching.model_dump_json()
    content = json.dumps([__version__, *approval, matching, rows], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]
