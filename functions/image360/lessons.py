"""Lessons: what follows for a text from what people have decided on the places where it was read.

Nothing of it is stored. Lessons follow from the decisions each time, so whoever changes or deletes one has
withdrawn what it taught (docs/decisions/0016). Pure, and the same in every order.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from image360.matching import LearnedAlias, LearnedRejection, Lesson
from image360.matching.match import shown
from image360.matching.normaliser import VERSION, Normaliser
from image360.state.decisions import Decision
from image360.state.pairs import AssetKey, Key

ENOUGH = 2  # images on which a text is confirmed
NAMED = 3  # decisions that a reason spells out


@dataclass(frozen=True)
class Lessons:
    """The lessons of each collection, by the key of their text.

    A collection is what a text is learned for: another one may write the same for another asset.
    """

    by_text: Mapping[str, Mapping[str, Sequence[Lesson]]]
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
            assets: Those that the config means: of any other there is no lesson.
            normaliser: Brings texts to their keys.
        """
        by_collection: dict[str, list[Decision]] = defaultdict(list)
        for decision in decisions:
            if decision.pair.image in collections:
                by_collection[collections[decision.pair.image]].append(decision)
        known = set(assets)
        by_text: dict[str, dict[str, list[Lesson]]] = {}
        for name, each in by_collection.items():
            of_name = by_text.setdefault(name, defaultdict(list))
            for lesson in learned(each, normaliser.key):
                if lesson.asset in known:
                    of_name[lesson.key].append(lesson)
        return cls(by_text, normaliser)

    def __bool__(self) -> bool:
        return any(self.by_text.values())

    def of_collection(self, collection: str) -> Sequence[Lesson]:
        """Return the lessons of a collection."""
        return [lesson for each in self.by_text.get(collection, {}).values() for lesson in each]

    def names(self, collection: str) -> set[str]:
        """Return the names of the lessons of a collection."""
        return {name_of(lesson) for lesson in self.of_collection(collection)}

    def names_for(self, collection: str, texts: Iterable[str]) -> set[str]:
        """Return the names of those that some texts meet."""
        lessons = self.by_text.get(collection, {})
        if not lessons:
            return set()
        keys = {self.normaliser.key(text) for text in texts}
        return {name_of(lesson) for key in keys & lessons.keys() for lesson in lessons[key]}


def name_of(lesson: Lesson) -> str:
    """Name a lesson: another one where the text, the asset, or what is said of both is another."""
    what = lesson.always if isinstance(lesson, LearnedAlias) else "rejected"
    content = repr((VERSION, lesson.key, lesson.asset, what))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def learned(decisions: Iterable[Decision], key_of: Callable[[str], str]) -> list[Lesson]:
    """Return what the decisions on the images of one collection teach.

    A text is an alias where people have approved one asset for it, on two images or once with "always", and
    nobody has rejected that asset for it or approved another. Whether it names an asset is no question any
    more where somebody has rejected that, and nobody has approved it.
    """
    approved: dict[str, dict[AssetKey, list[Decision]]] = defaultdict(lambda: defaultdict(list))
    rejected: dict[str, dict[AssetKey, list[Decision]]] = defaultdict(lambda: defaultdict(list))
    for decision in decisions:
        key = key_of(decision.text or "")
        if key and decision.approves is not None:
            approved[key][decision.approves].append(decision)
        if key and decision.rejects:
            rejected[key][decision.pair.asset].append(decision)
    lessons: list[Lesson | None] = []
    for key in sorted(approved.keys() | rejected.keys()):
        yes, no = approved[key], rejected[key]
        lessons += [_alias(key, asset, yes[asset]) for asset in yes if len(yes) == 1 and asset not in no]
        lessons += [
            LearnedRejection(key, asset, _told("rejected by", no[asset]))
            for asset in sorted(no, key=repr)
            if asset not in yes
        ]
    return [lesson for lesson in lessons if lesson is not None]


def _alias(key: str, asset: AssetKey, decisions: Sequence[Decision]) -> LearnedAlias | None:
    always = [each for each in decisions if each.always]
    if not always and len({each.pair.image for each in decisions}) < ENOUGH:
        return None
    what = "always, says" if always else "confirmed by"
    return LearnedAlias(key, asset, bool(always), _told(what, always or decisions))


def _told(what: str, decisions: Sequence[Decision]) -> str:
    ordered = sorted(decisions, key=lambda each: (each.changed, each.external_id))
    said = [
        f"{shown(each.decided_by)} on {shown(each.pair.image[1])} "
        f"({datetime.fromtimestamp(each.changed / 1000, UTC):%Y-%m-%d})"
        for each in ordered[:NAMED]
    ]
    others = len(ordered) - NAMED
    further = f" and {others} others" if others > 0 else ""
    return f"{what} {', '.join(said)}{further}; normaliser {VERSION}"
