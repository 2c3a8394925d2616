"""A pair: an asset and an image. It is what people decide on, what is held, and what audit rows tell of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from image360.nodes import StoredNode, relation_to
from image360.state.ids import derived_id

Key = tuple[str, str]  # space and external id of a node
AssetKey = Key | int  # a node, or a classic asset's id


@dataclass(frozen=True)
class Pair:
    """An asset on an image."""

    image: Key
    asset: AssetKey

    @property
    def decision_id(self) -> str:
        """The external id of the one decision on this pair."""
        return derived_id("de", *self.parts)

    @property
    def parts(self) -> tuple[object, ...]:
        """What tells the pair from all others."""
        return (*self.image, *key_parts(self.asset))

    @property
    def nodes(self) -> list[Key]:
        """The nodes of the pair: a classic asset has none."""
        return [self.image, self.asset] if isinstance(self.asset, tuple) else [self.image]

    @property
    def properties(self) -> dict[str, Any]:
        """The properties of a node by which the pair is named."""
        return {"image": relation_to(*self.image), **named_asset("asset", "classicAsset", self.asset)}

    @property
    def name(self) -> str:
        """The pair in words."""
        asset = self.asset[1] if isinstance(self.asset, tuple) else self.asset
        return f"{asset} on {self.image[1]}"


def pair_in(node: StoredNode) -> Pair | None:
    """Return the pair that a node names, None where it names none."""
    image, asset = node.relation_id("image"), asset_of(node.properties)
    return Pair(image.as_tuple(), asset) if image is not None and asset is not None else None


def asset_of(properties: Mapping[str, Any]) -> AssetKey | None:
    """Return the asset that the properties of a node name."""
    return asset_in(properties, "asset", "classicAsset")


def asset_in(properties: Mapping[str, Any], node_property: str, classic_property: str) -> AssetKey | None:
    """Return the asset that two properties of a node name."""
    relation = properties.get(node_property)
    return (relation["space"], relation["externalId"]) if relation else properties.get(classic_property)


def named_asset(node_property: str, classic_property: str, asset: object) -> Mapping[str, Any]:
    """Return the two properties that name an asset by its key: a relation to its node, or a classic id."""
    if isinstance(asset, tuple):
        relation = relation_to(*cast("Key", asset))
        return {node_property: relation, classic_property: None}
    return {node_property: None, classic_property: asset}


def key_parts(asset: object) -> tuple[object, ...]:
    """Return the key of an asset in parts, from which ids derive."""
    return cast("tuple[object, ...]", asset) if isinstance(asset, tuple) else (asset,)
