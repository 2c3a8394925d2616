"""Lessons: what follows for a text from what people have decided on the places where it was read.

Nothing of it is stored. The aliases follow from the decisions each time, so whoever changes or deletes one
has withdrawn what it taught (docs/decisions/0016). Pure, and the same in every order.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from image360.matching import LearnedAlias
from image360.matching.match import shown
from image360.matching.normaliser import VERSION, Normaliser
from image360.state.decisions import Decision
from image360.state.pairs import AssetKey, Key

ENOUGH = 2  # images on which a text is confirmed
NAMED = 3  # decisions that a reason spells out


@dataclass(frozen=True)
class Lessons:
    """The learned aliases of each collection, by the key of their text.

    A collection is what a text is learned for: another one may write the same for another asset.
    """

    aliases: Mapping[str, Mapping[str, LearnedAlias]]
    normaliser: Normaliser

    @classmethod
    def of(
        cls,
        decisions: Iterable[Decision],
        collections: Mapping[Key, str],
        assets: Collection[AssetKey],
        normaliser: Normaliser,
    ) -> Self:
        """Return what decisions teach.

        Args:
            decisions: One for each pair at most.
            collections: Of the images: what is decided on any other teaches nothing here.
            assets: Those that the config means: an alias of any other is none.
            normaliser: Brings texts to their keys.
        """
        by_collection: dict[str, list[Decision]] = defaultdict(list)
        for decision in decisions:
            if decision.pair.image in collections:
                by_collection[collections[decision.pair.image]].append(decision)
        found = {name: learned(each, normaliser.key) for name, each in by_collection.items()}
        known = set(assets)
        return cls(
            {
                name: {alias.key: alias for alias in aliases if alias.asset in known}
                for name, aliases in found.items()
            },
            normaliser,
        )

    def __bool__(self) -> bool:
        return any(self.aliases.values())

    def of_collection(self, collection: str) -> Sequence[LearnedAlias]:
        """Return the learned aliases of a collection."""
        return list(self.aliases.get(collection, {}).values())

    def names(self, collection: str) -> set[str]:
        """Return the names of the learned aliases of a collection."""
        return {name_of(alias) for alias in self.of_collection(collection)}

    def names_for(self, collection: str, texts: Iterable[str]) -> set[str]:
        """Return the names of those that some texts meet."""
        aliases = self.aliases.get(collection, {})
        if not aliases:
            return set()
        keys = {self.normaliser.key(text) for text in texts}
        return {name_of(aliases[key]) for key in keys & aliases.keys()}


def name_of(alias: LearnedAlias) -> str:
    """Name an alias: another one where the text, its asset, or what forbids its approval is another."""
    content = repr((VERSION, alias.key, alias.asset, alias.always))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def learned(decisions: Iterable[Decision], key_of: Callable[[str], str]) -> list[LearnedAlias]:
    """Return the aliases that the decisions on the images of one collection teach.

    A text is an alias where people have approved one asset for it, on two images or once with "always", and
    nobody has rejected that asset for it or approved another.
    """
    approved: dict[str, dict[AssetKey, list[Decision]]] = defaultdict(lambda: defaultdict(list))
    rejected: set[tuple[str, AssetKey]] = set()
    for decision in decisions:
        key = key_of(decision.text or "")
        if not key:
            continue
        if decision.approves is not None:
            approved[key][decision.approves].append(decision)
        if decision.rejects:
            rejected.add((key, decision.pair.asset))
    aliases = [
        _alias(key, asset, told)
        for key, by_asset in sorted(approved.items())
        for asset, told in by_asset.items()
        if len(by_asset) == 1 and (key, asset) not in rejected
    ]
    return [alias for alias in aliases if alias is not None]


def _alias(key: str, asset: AssetKey, decisions: Sequence[Decision]) -> LearnedAlias | None:
    always = [each for each in decisions if each.always]
    if not always and len({each.pair.image for each in decisions}) < ENOUGH:
        return None
    return LearnedAlias(key, asset, bool(always), _told(always or decisions, bool(always)))


def _told(decisions: Sequence[Decision], always: bool) -> str:
    ordered = sorted(decisions, key=lambda each: (each.changed, each.external_id))
    said = [
        f"{shown(each.decided_by)} on {shown(each.pair.image[1])} "
        f"({datetime.fromtimestamp(each.changed / 1000, UTC):%Y-%m-%d})"
        for each in ordered[:NAMED]
    ]
    others = len(ordered) - NAMED
    further = f" and {others} others" if others > 0 else ""
    what = "always, says" if always else "confirmed by"
    return f"{what} {', '.join(said)}{further}; normaliser {VERSION}"
