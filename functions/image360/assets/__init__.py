"""The assets that texts are matched to: nodes of a view, or classic assets.

The key of an asset is the (space, external id) of its node, or the internal id of a classic asset.
"""

from cognite.client import CogniteClient

from image360.assets import classic, nodes
from image360.config import AnyConfig, AssetCentricConfig, HybridConfig
from image360.matching import Asset


def list_assets(client: CogniteClient, config: AnyConfig, limit: int | None = None) -> list[Asset]:
    """List the configured assets, or the first of them.

    Raises:
        SetupError: What the config names of them does not fit the project, or there are none.
    """
    if isinstance(config, AssetCentricConfig):
        return classic.list_assets(client, config.classic_assets, limit)
    if isinstance(config, HybridConfig) and config.classic_assets is not None:
        return classic.list_assets(client, config.classic_assets, limit)
    assert config.assets is not None, "a hybrid project has one kind of assets"
    return nodes.list_assets(client, config.assets, limit)
