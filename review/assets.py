"""Assets as a person is told of them, and the search for any other; never more of them than are shown."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from cognite.client import CogniteClient
from cognite.client.data_classes import Asset as ClassicAsset
from cognite.client.data_classes import AssetFilter
from cognite.client.data_classes.data_modeling import Node, NodeId

from image360.asset_scope import asset_filter, asset_view
from image360.config import AnyConfig, AssetCentricConfig, AssetNodes, ClassicAssets, DataModelingConfig
from image360.nodes import retrieve_nodes
from image360.state.pairs import AssetKey
from review.waiting import Area

MOST_FOUND = 20  # that a search shows
SEARCHED = 100  # of which it shows those most like the words
SUBTREE = 5000  # values of one filter that CDF takes (API reference)


@dataclass(frozen=True)
class Told:
    """An asset, in words."""

    key: AssetKey
    name: str
    external_id: str
    description: str = ""


@dataclass(frozen=True)
class Found:
    """What a search has found, the most alike first; `more`: there are others."""

    assets: tuple[Told, ...]
    more: bool


@dataclass(frozen=True)
class Assets:
    """The assets that the config means."""

    client: CogniteClient
    config: AssetNodes | ClassicAssets

    @classmethod
    def of(cls, client: CogniteClient, config: AnyConfig) -> "Assets":
        """Return the assets of a deployment."""
        if isinstance(config, AssetCentricConfig):
            return cls(client, config.classic_assets)
        if isinstance(config, DataModelingConfig):
            return cls(client, config.assets)
        kind = config.assets or config.classic_assets
        assert kind is not None, "a hybrid project has one kind of assets"
        return cls(client, kind)

    def told(self, keys: Iterable[AssetKey]) -> Mapping[AssetKey, Told]:
        """Return those of the assets that are there."""
        wanted = set(keys)
        nodes = [NodeId(*key) for key in sorted(key for key in wanted if isinstance(key, tuple))]
        ids = sorted(key for key in wanted if isinstance(key, int))
        found: dict[AssetKey, Told] = {}
        if nodes and isinstance(self.config, AssetNodes):
            for node in retrieve_nodes(self.client, asset_view(self.config), nodes):
                name = node.text("name") or node.external_id
                key = (node.space, node.external_id)
                found[key] = Told(key, name, node.external_id, node.text("description") or "")
        if ids:
            stored = self.client.assets.retrieve_multiple(ids=ids, ignore_unknown_ids=True)
            found |= {each.key: each for each in map(_classic, stored)}
        return found

    def search(self, words: str) -> Found:
        """Search by words in the texts of assets."""
        words = words.strip()
        if not words:
            return Found((), False)
        if isinstance(self.config, AssetNodes):
            found = [_node(each, self.config) for each in self._nodes(words, self.config, "AND")]
            found = found or [_node(each, self.config) for each in self._nodes(words, self.config, "OR")]
        else:
            found = [_classic(each) for each in self._classic(words, self.config)]
        found.sort(key=lambda each: (-likeness(words, each.name), each.name, str(each.key)))
        return Found(tuple(found[:MOST_FOUND]), len(found) > MOST_FOUND)

    def called(self, names: Iterable[str]) -> Mapping[str, AssetKey]:
        """Return the assets that are there by what a sheet calls them: their `key_text` or external id."""
        wanted = sorted(set(names))
        if isinstance(self.config, AssetNodes):
            keys = {name: self._node_keys(name, self.config.spaces) for name in wanted}
            there = self.told(key for each in keys.values() for key in each)
            found = {name: [key for key in each if key in there] for name, each in keys.items()}
            return {name: each[0] for name, each in found.items() if each}
        ids = [int(name) for name in wanted if name.isdecimal()]
        others = [name for name in wanted if not name.isdecimal()]
        if not wanted:
            return {}
        stored = self.client.assets.retrieve_multiple(
            ids=ids or None, external_ids=others or None, ignore_unknown_ids=True
        )
        by_name: dict[str, AssetKey] = {}
        for each in stored:
            assert each.id is not None
            by_name |= {str(each.id): each.id, each.external_id or str(each.id): each.id}
        return {name: by_name[name] for name in wanted if name in by_name}

    @staticmethod
    def _node_keys(name: str, spaces: Sequence[str]) -> list[tuple[str, str]]:
        space, _, external_id = name.partition("/")
        whole = [(each, name) for each in spaces]
        return [(space, external_id), *whole] if space in spaces and external_id else whole

    def below(self, external_id: str) -> Area | None:
        """Return an asset by its external id with all below it; None: it is not there.

        Raises:
            ValueError: There are too many below it for one filter.
        """
        if isinstance(self.config, AssetNodes):
            ids = [NodeId(space, external_id) for space in self.config.spaces]
            found = self.told(each.as_tuple() for each in ids)
            return next((Area(key) for key in found if isinstance(key, tuple)), None)
        if self.client.assets.retrieve(external_id=external_id) is None:
            return None
        listed = self.client.assets.list(asset_subtree_external_ids=[external_id], limit=SUBTREE + 1)
        if len(listed) > SUBTREE:
            raise ValueError(f"more than {SUBTREE} assets are below '{external_id}': name a smaller area")
        return Area(classic=tuple(each.id for each in listed))

    def _nodes(self, words: str, config: AssetNodes, operator: Literal["AND", "OR"]) -> Sequence[Node]:
        return self.client.data_modeling.instances.search(
            asset_view(config),
            words,
            space=list(config.spaces),
            filter=asset_filter(config),
            limit=SEARCHED,
            operator=operator,
        )

    def _classic(self, words: str, config: ClassicAssets) -> Sequence[ClassicAsset]:
        where = AssetFilter(
            data_set_ids=[{"externalId": each} for each in config.data_sets] or None,
            asset_subtree_ids=[{"externalId": each} for each in config.subtree] or None,
        )
        return self.client.assets.search(query=words, filter=where, limit=SEARCHED)


def key_text(key: AssetKey) -> str:
    """Return an asset's key as one text."""
    return "/".join(key) if isinstance(key, tuple) else str(key)


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1, whatever their case."""
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def _node(node: Node, config: AssetNodes) -> Told:
    properties = cast("Mapping[str, object]", node.properties[asset_view(config)])
    name, description = properties.get("name"), properties.get("description")
    key = (node.space, node.external_id)
    return Told(key, str(name or node.external_id), node.external_id, str(description or ""))


def _classic(asset: ClassicAsset) -> Told:
    assert asset.id is not None
    return Told(asset.id, asset.name or str(asset.id), asset.external_id or "", asset.description or "")
