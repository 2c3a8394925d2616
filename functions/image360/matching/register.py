"""The asset list made ready for look-ups: every name, external id and alias as a label under its keys."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from image360.matching.asset import Asset
from image360.matching.confusions import fold
from image360.matching.normaliser import Reading, read
from image360.matching.site_model import SiteModel
from image360.matching.words import Strength, strength, words_of_the_site


@dataclass(frozen=True, slots=True)
class Label:
    """One way in which the list writes an asset. ``rank`` is the asset's place in the canonical order."""

    reading: Reading
    asset: Asset
    rank: int
    kind: Literal["name", "external id", "alias"]
    strength: Strength


Labels = tuple[Label, ...]


@dataclass(frozen=True)
class Register:
    """All labels of a list.

    Args:
        by_key: Names and aliases by their key. An asset without a name goes by its external id.
        by_external_id: External ids as they stand.
        by_fold: Keys of tags by their folded form.
        forms: The folded forms, sorted.
        lengths: Lengths of the keys of tags, longest first.
        model: What the tags of the site look like.
    """

    by_key: dict[str, Labels]
    by_external_id: dict[str, Labels]
    by_fold: dict[str, tuple[str, ...]]
    forms: tuple[str, ...]
    lengths: tuple[int, ...]
    model: SiteModel

    @staticmethod
    def of(assets: tuple[Asset, ...]) -> "Register":
        """The register of assets that stand in canonical order."""
        common = words_of_the_site(asset.description for asset in assets)
        by_key: dict[str, list[Label]] = defaultdict(list)
        by_external_id: dict[str, list[Label]] = defaultdict(list)
        for rank, asset in enumerate(assets):
            for label in _labels(asset, rank, common):
                by_key[label.reading.key].append(label)
            if asset.external_id and asset.name:
                label = _label(asset.external_id, asset, rank, "external id", common)
                by_external_id[asset.external_id].append(label)
        tags = sorted(key for key, labels in by_key.items() if any(x.strength == "tag" for x in labels))
        by_fold: dict[str, list[str]] = defaultdict(list)
        for key in tags:
            by_fold[fold(key)].append(key)
        return Register(
            {key: tuple(labels) for key, labels in by_key.items()},
            {text: tuple(labels) for text, labels in by_external_id.items()},
            {form: tuple(keys) for form, keys in by_fold.items()},
            tuple(sorted(by_fold)),
            tuple(sorted({len(key) for key in tags}, reverse=True)),
            SiteModel.learn(x.reading for key in tags for x in by_key[key] if x.strength == "tag"),
        )

    def tag_labels(self, key: str) -> Labels:
        """The labels under a key that can be trusted as tags."""
        return tuple(label for label in self.by_key.get(key, ()) if label.strength == "tag")

    def begins_tag(self, key: str) -> bool:
        """Whether a tag may begin with a key, look-alikes counted as equal."""
        form = fold(key)
        place = bisect_left(self.forms, form)
        return place < len(self.forms) and self.forms[place].startswith(form)


def one_per_asset(labels: Iterable[Label]) -> Labels:
    """The first label of each asset, in the order given."""
    first: dict[object, Label] = {}
    for label in labels:
        first.setdefault(label.asset.key, label)
    return tuple(first.values())


def _labels(asset: Asset, rank: int, common: frozenset[str]) -> list[Label]:
    labels = [_label(alias, asset, rank, "alias", common) for alias in asset.aliases]
    if asset.name:
        labels.insert(0, _label(asset.name, asset, rank, "name", common))
    elif asset.external_id:
        labels.insert(0, _label(asset.external_id, asset, rank, "external id", common))
    return [label for label in labels if label.reading.key]


def _label(
    text: str, asset: Asset, rank: int, kind: Literal["name", "external id", "alias"], common: frozenset[str]
) -> Label:
    reading = read(text)
    return Label(reading, asset, rank, kind, strength(text, reading.key, common))
