"""The keys with which images are matched: one that was matched with another key is due again.

    rules and assets + lessons : decisions ~ holds

Of the lessons a key names those that the texts of the image meet, each by itself. So a new one makes those
images due on which its text waits, and one that is withdrawn those on which it was met, and no others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from cognite.client import CogniteClient

from image360 import __version__
from image360.catalog import collections_of
from image360.config import AnyConfig
from image360.lessons import Lessons, name_of
from image360.matching import Asset, Lesson
from image360.matching.normaliser import Normaliser
from image360.state.decisions import Decision, Decisions
from image360.state.holds import Holds
from image360.state.pairs import AssetKey
from image360.state.proposals import Proposals
from image360.state.rulings import HELD, Rulings
from image360.state.work_items import WorkItem

LEARNED, DECIDED, AND = "+", ":", ","  # in the key of a match, before what they name


@dataclass(frozen=True)
class MatchKeys:
    """What images are matched with.

    Args:
        of_all: Names the assets, the rules and the code.
        rulings: What people have decided, and what is on hold.
        lessons: What texts have come to mean by that.
        waiting: The texts that wait for a person, by work item.
    """

    of_all: str
    rulings: Rulings
    lessons: Lessons
    waiting: Mapping[str, Sequence[str]]

    def of(self, item: WorkItem) -> str:
        """Name what one image is to be matched with."""
        collection = item.image.collection
        met = _learned_in(item.match_key or "") & self.lessons.names(collection)
        met |= self.lessons.names_for(collection, self.waiting.get(item.external_id, ()))
        return self._key(item, met)

    def after(self, item: WorkItem, texts: Iterable[str], lessons: Iterable[Lesson]) -> str:
        """Name what one image was matched with: the texts that name assets, and the lessons that counted."""
        met = self.lessons.names_for(item.image.collection, texts)
        return self._key(item, met | {name_of(lesson) for lesson in lessons})

    def _key(self, item: WorkItem, met: Iterable[str]) -> str:
        names = AND.join(sorted(met))
        decided = self.rulings.key_of(item.image.key)
        key = f"{self.of_all}{LEARNED + names if names else ''}{DECIDED + decided if decided else ''}"
        return self.rulings.with_held(key, item.image.key)


def _learned_in(match_key: str) -> set[str]:
    """Return the names of the learned aliases that a key names."""
    names = match_key.partition(HELD)[0].partition(DECIDED)[0].partition(LEARNED)[2]
    return set(names.split(AND)) if names else set()


def match_keys(client: CogniteClient, config: AnyConfig, assets: Sequence[Asset]) -> MatchKeys:
    """Read what people have decided and what is on hold, beside the assets that were read already.

    Where nothing is learned, that is two lists. Else one request more for each thousand images that were
    decided on, and for each thousand proposals that wait.
    """
    decisions = Decisions(client).listed()
    rulings = Rulings.of(decisions, Holds(client, config.state.space).listed())
    lessons = _lessons(client, config, decisions, assets)
    waiting = Proposals(client, config.state.space).waiting() if lessons else {}
    return MatchKeys(match_key(config, assets), rulings, lessons, waiting)


def _lessons(
    client: CogniteClient, config: AnyConfig, decisions: Sequence[Decision], assets: Sequence[Asset]
) -> Lessons:
    collections = collections_of(client, config, {each.pair.image for each in decisions if each.text})
    keys = {cast("AssetKey", asset.key) for asset in assets}
    return Lessons.of(decisions, collections, keys, normaliser_of(config))


def normaliser_of(config: AnyConfig) -> Normaliser:
    """Return the normal form of texts that the config sets."""
    return Normaliser(tuple(sorted(config.matching.look_alikes.items())))


def match_key(config: AnyConfig, assets: Iterable[Asset]) -> str:
    """Name what a match depends on beside the regions: assets, the config's rules, and the code."""
    rows = sorted(
        json.dumps([a.key, a.name, a.external_id, sorted(a.aliases), a.description], ensure_ascii=False)
        for a in assets
    )
    approval = [
        sorted(config.approval.levels),
        config.approval.from_score,
        config.approval.write_suggestions,
    ]
    matching = config.matching.model_dump_json()
    content = json.dumps([__version__, *approval, matching, rows], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:32]
