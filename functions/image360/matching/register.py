"""The asset list made ready for look-ups: every name, external id and alias as a label under its keys.

The labels are numbers: the names by the place of the asset, then the aliases. Tables of hashes lead from a
key to numbers; the asset list itself holds the texts. So a register is smaller than a dict of the keys.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from image360.matching.asset import Asset, AssetList
from image360.matching.hashing import BITS, Edits, Hashes, Weights, Written, ends, hash_of
from image360.matching.learned import LearnedAlias, LearnedRejection, Lesson
from image360.matching.normaliser import Reading
from image360.matching.rules import Rules
from image360.matching.site_model import SiteModel
from image360.matching.table import HashSet, HashTable
from image360.matching.words import Strength, Vocabulary, is_surely_tag, strength

# Of more entries of a list than these that are written alike, nobody could pick one.
MOST_ALIKE = 64
# Shorter texts are near to too many tags, longer ones stand on no plate.
NEAR_LENGTHS = range(5, 41)
# Descriptions that are looked at for common words, and names for separators.
_SAMPLE = 20_000
_SHOWN = 5_000

# Of the characters that the list uses, so many of the commonest are tried in the place of a wrong one.
_MOST_CHARACTERS = 64
# The size of the bit maps: of one key in so many the bit is set by chance.
_BITS_FOR_KEYS = 64
_BITS_FOR_BEGINNINGS = 16

Kind = Literal["name", "external id", "alias"]


class Label(NamedTuple):
    """One way in which the list writes an asset."""

    text: str
    key: str
    asset: Asset
    kind: Kind

    @property
    def order(self) -> tuple[object, ...]:
        """What sorts labels that are equally near."""
        return *self.asset.order, self.text


Labels = tuple[Label, ...]


@dataclass(frozen=True)
class Tables:
    """What is looked up in a register, by hash. A wide form counts all look-alikes as equal.

    Args:
        alike: Names and aliases by their wide form.
        begun: The beginnings of the wide forms.
        near: The wide forms of the lengths that are compared by likeness.
        external: Assets by their external id as it stands, where that is not their name.
        edits: What is one character away from a wide form.
    """

    alike: HashTable
    begun: HashSet
    near: HashSet
    external: HashTable
    edits: Edits


@dataclass(frozen=True, eq=False)
class Register:
    """All labels of a list.

    Args:
        assets: As they were given.
        owners: The assets of the aliases, by place.
        turns: Which of the asset's aliases each one is.
        rules: What the site sets.
        tables: Where labels are looked up.
        model: What the tags of the site look like.
        vocabulary: The words of the site.
        learned: What people have confirmed of texts, by key, each with the asset that it names.
        rejected: What they have rejected, by key.
    """

    assets: tuple[Asset, ...]
    owners: NDArray[np.int32]
    turns: NDArray[np.int32]
    rules: Rules
    tables: Tables
    model: SiteModel
    vocabulary: Vocabulary
    learned: Mapping[str, tuple[LearnedAlias, Asset]] = field(
        default_factory=dict[str, tuple[LearnedAlias, Asset]]
    )
    rejected: Mapping[str, Sequence[LearnedRejection]] = field(
        default_factory=dict[str, Sequence[LearnedRejection]]
    )

    @staticmethod
    def of(listed: AssetList, rules: Rules) -> "Register":
        """The register of these assets."""
        assets = listed.assets
        texts, owners, turns = _texts(listed)
        keys = rules.normaliser.keys(texts)
        written = Written.of(keys)
        hashes, tables = _tables(listed, written, rules)
        sample = _sample(hashes[: len(assets)], _SAMPLE)
        descriptions = filter(None, (listed.descriptions[i] for i in sample))
        vocabulary = Vocabulary.of(descriptions, rules.confusions.fold)

        def is_trusted(place: int) -> bool:
            return (
                is_surely_tag(keys[place]) or strength(texts[place], keys[place], vocabulary.common) == "tag"
            )

        shown = [Reading(texts[i], keys[i]) for i in _sample(hashes[: len(assets)], _SHOWN) if is_trusted(i)]
        model = SiteModel.learn(keys, written, is_trusted, shown)
        return Register(assets, owners, turns, rules, tables, model, vocabulary)

    def taught(self, lessons: Iterable[Lesson]) -> "Register":
        """The register with these lessons alone; an alias whose asset is not listed is left out."""
        aliases: list[LearnedAlias] = []
        rejected: dict[str, list[LearnedRejection]] = {}
        for lesson in lessons:
            if isinstance(lesson, LearnedAlias):
                aliases.append(lesson)
            else:
                rejected.setdefault(lesson.key, []).append(lesson)
        wanted = {alias.asset for alias in aliases}
        assets: dict[Hashable, Asset] = {}
        for asset in self.assets if wanted else ():
            if asset.key in wanted and (asset.key not in assets or asset.order < assets[asset.key].order):
                assets[asset.key] = asset
        named = {alias.key: (alias, assets[alias.asset]) for alias in aliases if alias.asset in assets}
        return replace(self, learned=named, rejected=rejected)

    @cached_property
    def weights(self) -> Weights:
        """Of characters, look-alikes alike."""
        return Weights(self.rules.confusions.wide_folds)

    def read(self, text: str) -> Reading:
        """A text taken apart as the site's rules say."""
        return self.rules.normaliser.read(text)

    def label(self, number: int) -> Label:
        """The label of a number."""
        named = len(self.assets)
        if number < named:
            asset = self.assets[number]
            text = asset.name or asset.external_id or ""
            return Label(text, self._key(text), asset, "name" if asset.name else "external id")
        asset = self.assets[self.owners.item(number - named)]
        text = asset.aliases[self.turns.item(number - named)]
        return Label(text, self._key(text), asset, "alias")

    @property
    def _key(self) -> Callable[[str], str]:
        return self.rules.normaliser.key

    def alike(self, key: str) -> list[Label]:
        """The labels whose keys are this key but for letters that look like digits.

        None where more than ``MOST_ALIKE`` labels have its wide form.
        """
        return self.alike_by_hash(key, hash_of(key, self.weights))

    def alike_by_hash(self, key: str, value: int) -> list[Label]:
        """``alike`` of a key whose hash is known."""
        found = self.tables.alike.numbers(value, MOST_ALIKE + 1)
        if not found or len(found) > MOST_ALIKE:
            return []
        fold = self.rules.confusions.fold
        form = fold(key)
        labels = [self.label(number) for number in found]
        return [label for label in labels if label.key == key or fold(label.key) == form]

    def is_crowded(self, key: str) -> bool:
        """Whether so many labels are written like a key that they are nobody's."""
        return len(self.tables.alike.numbers(hash_of(key, self.weights), MOST_ALIKE + 1)) > MOST_ALIKE

    def begun_from(self, key: str, start: int) -> list[tuple[int, int]]:
        """How far a tag may reach in a key from ``start``: each end, and the hash of what is between."""
        return self.tables.begun.first(ends(key, start, self.weights))

    def external(self, text: str) -> list[Label]:
        """The assets whose external id is this text, where that is not their name."""
        numbers = self.tables.external.numbers(hash(text) & _WHOLE, MOST_ALIKE + 1)
        assets = [self.assets[number] for number in numbers if self.assets[number].external_id == text]
        if len(assets) > MOST_ALIKE:
            return []
        return [Label(text, self._key(text), asset, "external id") for asset in assets]

    def near(self, key: str) -> list[Label]:
        """The tags within one character of a key, all look-alikes counted as equal; in no order."""
        if len(key) not in NEAR_LENGTHS:
            return []
        wide = self.rules.confusions.wide_fold
        form = wide(key)
        tables = self.tables
        found = [
            tables.alike.numbers(value, MOST_ALIKE + 1)
            for value in tables.near.among(tables.edits.around(key))
        ]
        return [
            label
            for numbers in found
            if len(numbers) <= MOST_ALIKE
            for label in map(self.label, numbers)
            if len(label.key) in NEAR_LENGTHS
            and Levenshtein.distance(form, wide(label.key), score_cutoff=1) <= 1
            and self.strength(label) == "tag"
        ]

    def begins_tag(self, key: str) -> bool:
        """Whether a tag may begin with a key, look-alikes counted as equal; False is sure, True is not."""
        return hash_of(key, self.weights) in self.tables.begun

    def strength(self, label: Label) -> Strength:
        """How far a label can be trusted to be nothing but a tag."""
        return strength(label.text, label.key, self.vocabulary.common)

    def tags(self, labels: Iterable[Label]) -> list[Label]:
        """The labels that can be trusted as tags."""
        return [label for label in labels if self.strength(label) == "tag"]


def one_per_asset(labels: Iterable[Label]) -> Labels:
    """The first label of each asset, in the order given."""
    first: dict[object, Label] = {}
    for label in labels:
        first.setdefault(label.asset.key, label)
    return tuple(first.values())


_WHOLE = (1 << BITS) - 1


def _texts(listed: AssetList) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """The names, then the aliases; of each alias the place of its asset, and which of its own it is."""
    texts = [name or ext or "" for name, ext in zip(listed.names, listed.external_ids, strict=True)]
    counts = np.fromiter(map(len, listed.aliases), np.int32, len(texts))
    owners = np.repeat(np.arange(len(texts), dtype=np.int32), counts)
    texts.extend(chain.from_iterable(listed.aliases))
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    turns = (np.arange(len(owners)) - firsts).astype(np.int32)
    return texts, owners, turns


def _sample(hashes: Hashes, size: int) -> list[int]:
    """The places of the lowest hashes, so many at least: whatever the order of a list, the same are taken."""
    if len(hashes) <= size:
        return list(range(len(hashes)))
    return np.flatnonzero(hashes <= np.partition(hashes, size)[size]).tolist()


def _tables(listed: AssetList, written: Written, rules: Rules) -> tuple[Hashes, Tables]:
    """The hashes of the wide forms, and the tables."""
    weights = Weights(rules.confusions.wide_folds)
    count = len(written.lengths)
    begun = HashSet.empty(count, _BITS_FOR_BEGINNINGS)
    near = HashSet.empty(count, _BITS_FOR_KEYS)
    hashes = np.zeros(count, np.uint64)
    for block in written.blocks(weights):
        hashes[block.places] = block.whole
        begun.add(block.beginnings)
        if len(block.beginnings) - 1 in NEAR_LENGTHS:
            near.add(block.whole)
    places = np.flatnonzero(written.lengths)
    alike = HashTable.of(hashes[places], places, count)
    edits = Edits(_alphabet(written), weights, NEAR_LENGTHS.stop)
    return hashes, Tables(alike, begun, near, _external(listed), edits)


def _external(listed: AssetList) -> HashTable:
    ids = {
        place: external_id
        for place, (external_id, name) in enumerate(zip(listed.external_ids, listed.names, strict=True))
        if external_id and name and external_id != name
    }
    # Python's own hash differs from run to run; it only says where to look, and nothing else follows from it.
    hashes = np.fromiter(map(hash, ids.values()), np.int64, len(ids)).view(np.uint64)
    return HashTable.of(hashes, np.fromiter(ids, np.int64, len(ids)), len(listed.names))


def _alphabet(written: Written) -> list[str]:
    """The characters of the list, the commonest first."""
    counts = np.bincount(written.codes) if len(written.codes) else np.zeros(0, np.int64)
    used = np.flatnonzero(counts)
    order = np.argsort(-counts[used], kind="stable")
    return [chr(code) for code in used[order][:_MOST_CHARACTERS].tolist()]
