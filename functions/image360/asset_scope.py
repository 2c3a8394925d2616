"""Which asset nodes the config means: its view and its filter, for whoever lists or searches them."""

from typing import Any

from cognite.client.data_classes.data_modeling import ViewId
from cognite.client.data_classes.filters import ContainsAny, HasData

from image360.config import AssetNodes
from image360.nodes import relation_to


def asset_view(config: AssetNodes) -> ViewId:
    """Return the view through which the assets are read."""
    return ViewId(config.view.space, config.view.external_id, config.view.version)


def asset_filter(config: AssetNodes) -> dict[str, Any]:
    """Return the filter that the assets meet, their spaces apart."""
    view = asset_view(config)
    parts = [HasData(views=[view]).dump()]
    if config.filter is not None:
        parts.append(config.filter)  # as it is: CDF judges it
    if config.subtree:
        roots = [relation_to(config.spaces[0], root) for root in config.subtree]
        parts.append(ContainsAny(view.as_property_ref("path"), roots).dump())
    return {"and": parts}
