"""The asset list made ready for look-ups: every name, external id and alias as a label under its keys.

The labels are numbers: the names by the place of the asset, then the aliases. Tables of hashes lead from a key
to numbers; the asset list itself holds the texts. So a register is smaller than a dict of the keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, takewhile
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from image360.matching.asset import Asset
from image360.matching.confusions import COMMON_CONFUSIONS, Confusions
from image360.matching.hashing import Block, Weights, Written, ends, hash_of, without_one
from image360.matching.normaliser import Reading, normalise, read
from image360.matching.site_model import SiteModel
from image360.matching.table import HashSet, HashTable
from image360.matching.words import Strength, strength, words_of_the_site

# So many entries of a list that are written alike are looked at: nobody could pick one of them.
MOST_ALIKE = 64
# Shorter texts are near to too many tags, longer ones stand on no plate.
NEAR_LENGTHS = range(5, 41)
# Descriptions and names that are looked at for what they have in common.
_SAMPLE = 20_000

Kind = Literal["name", "external id", "alias"]


@dataclass(frozen=True)
class Label:
    """One way in which the list writes an asset. ``rank`` is the asset's place in the canonical order."""

    text: str
    key: str
    asset: Asset
    rank: int
    kind: Kind

    @cached_property
    def reading(self) -> Reading:
        return read(self.text)


Labels = tuple[Label, ...]


@dataclass(frozen=True)
class Tables:
    """What is looked up in a register, by hash.

    Args:
        alike: Names and aliases by the folded form of their key.
        begun: The beginnings of the folded forms.
        near: Names and aliases by their wide form, whole and without one of its characters.
        external: Assets by their external id as it stands, where that is not their name.
    """

    alike: HashTable
    begun: HashSet
    near: HashTable
    external: HashTable


@dataclass(frozen=True, eq=False)
class Register:
    """All labels of a list.

    Args:
        assets: In canonical order.
        owners: The assets of the aliases, by place.
        turns: Which of the asset's aliases each one is.
        confusions: What engines confuse.
        tables: Where labels are looked up.
        model: What the tags of the site look like.
        common: The words of the site.
    """

    assets: tuple[Asset, ...]
    owners: NDArray[np.int32]
    turns: NDArray[np.int32]
    confusions: Confusions
    tables: Tables
    model: SiteModel
    common: frozenset[str]

    @staticmethod
    def of(assets: tuple[Asset, ...], confusions: Confusions = COMMON_CONFUSIONS) -> "Register":
        """The register of assets that stand in canonical order."""
        texts, owners, turns = _texts(assets)
        keys = [normalise(text) for text in texts]
        every = max(1, len(assets) // _SAMPLE)
        common = words_of_the_site(asset.description for asset in assets[::every] if asset.description)
        plain = {key for text, key in zip(texts, keys, strict=True) if key and _is_plain(text, key, common)}
        sample = [
            Reading(texts[i], keys[i])
            for i in range(0, len(keys), max(1, len(keys) // _SAMPLE))
            if keys[i] and keys[i] not in plain
        ]
        model = SiteModel.learn((key for key in keys if key and key not in plain), sample)
        return Register(assets, owners, turns, confusions, _tables(assets, keys, confusions), model, common)

    @cached_property
    def _weights(self) -> Weights:
        return Weights(self.confusions.folds)

    @cached_property
    def _wide_weights(self) -> Weights:
        return Weights(self.confusions.wide_folds)

    def label(self, number: int) -> Label:
        """The label of a number."""
        named = len(self.assets)
        if number < named:
            asset = self.assets[number]
            text = asset.name or asset.external_id or ""
            return Label(text, normalise(text), asset, number, "name" if asset.name else "external id")
        rank = int(self.owners[number - named])
        asset = self.assets[rank]
        text = asset.aliases[int(self.turns[number - named])]
        return Label(text, normalise(text), asset, rank, "alias")

    def alike(self, key: str) -> list[Label]:
        """The labels whose keys are this key but for letters that look like digits, ``MOST_ALIKE`` at most."""
        return self.alike_by_hash(key, hash_of(key, self._weights))

    def alike_by_hash(self, key: str, value: int) -> list[Label]:
        """``alike`` of a key whose hash is known."""
        found = self.tables.alike.numbers(value)
        if not found:
            return []
        form = self.confusions.fold(key)
        labels = map(self.label, found[:MOST_ALIKE])
        return [label for label in labels if self.confusions.fold(label.key) == form]

    def begun_from(self, key: str, start: int) -> list[tuple[int, int]]:
        """How far a tag may reach in a key from ``start``: each end so far, with the hash of what is between."""
        return list(takewhile(lambda x: x[1] in self.tables.begun, ends(key, start, self._weights)))

    def external(self, text: str) -> list[Label]:
        """The assets whose external id is this text, where that is not their name."""
        labels = [
            Label(text, normalise(text), self.assets[number], number, "external id")
            for number in self.tables.external.numbers(hash_of(text, self._plain_weights))[:MOST_ALIKE]
        ]
        return [label for label in labels if label.asset.external_id == text]

    @cached_property
    def _plain_weights(self) -> Weights:
        return Weights({})

    def near(self, key: str) -> list[Label]:
        """The tags within one character of a key, all look-alikes counted as equal; in no order."""
        if len(key) not in NEAR_LENGTHS:
            return []
        numbers = {
            number
            for value in without_one(key, self._wide_weights)
            for number in self.tables.near.numbers(value)
        }
        form = self.confusions.wide_fold(key)
        return [
            label
            for label in map(self.label, sorted(numbers))
            if len(label.key) in NEAR_LENGTHS
            and Levenshtein.distance(form, self.confusions.wide_fold(label.key), score_cutoff=1) <= 1
            and self.strength(label) == "tag"
        ]

    def begins_tag(self, key: str) -> bool:
        """Whether a tag may begin with a key, look-alikes counted as equal; False is sure, True is not."""
        return hash_of(key, self._weights) in self.tables.begun

    def strength(self, label: Label) -> Strength:
        """How far a label can be trusted to be nothing but a tag."""
        return strength(label.text, label.key, self.common)

    def tags(self, labels: Iterable[Label]) -> list[Label]:
        """The labels that can be trusted as tags."""
        return [label for label in labels if self.strength(label) == "tag"]


def one_per_asset(labels: Iterable[Label]) -> Labels:
    """The first label of each asset, in the order given."""
    first: dict[object, Label] = {}
    for label in labels:
        first.setdefault(label.asset.key, label)
    return tuple(first.values())


def _texts(assets: tuple[Asset, ...]) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """What the assets are called, then their aliases; of the aliases the asset, and which of its own it is."""
    texts = [asset.name or asset.external_id or "" for asset in assets]
    counts = np.fromiter((len(asset.aliases) for asset in assets), np.int32, len(assets))
    texts.extend(chain.from_iterable(asset.aliases for asset in assets))
    owners = np.repeat(np.arange(len(assets), dtype=np.int32), counts)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    turns = (np.arange(len(owners)) - firsts).astype(np.int32)
    return texts, owners, turns


def _is_plain(text: str, key: str, common: frozenset[str]) -> bool:
    return strength(text, key, common) != "tag"


def _tables(assets: tuple[Asset, ...], keys: list[str], confusions: Confusions) -> Tables:
    written = Written.of(keys)
    folded = list(written.blocks(Weights(confusions.folds)))
    alike = HashTable.of((b.whole for b in folded), (b.places for b in folded), len(keys))
    begun = HashSet.of((b.beginnings for b in folded), len(keys))
    del folded
    # One more than a text may have: a text of the longest length may have lost a character.
    wide = Weights(confusions.wide_folds)
    near = _near_table(list(written.blocks(wide, NEAR_LENGTHS.stop - 1)), len(keys))
    ids = [
        asset.external_id if asset.external_id and asset.name and asset.external_id != asset.name else ""
        for asset in assets
    ]
    plain = list(Written.of(ids).blocks(Weights({})))
    external = HashTable.of((b.whole for b in plain), (b.places for b in plain), len(ids))
    return Tables(alike, begun, near, external)


def _near_table(blocks: list[Block], count: int) -> HashTable:
    blocks = [block for block in blocks if len(block.beginnings) > NEAR_LENGTHS.start]
    hashes = chain((b.whole for b in blocks), (b.without_one() for b in blocks))
    return HashTable.of(hashes, (b.places for b in chain(blocks, blocks)), count)
