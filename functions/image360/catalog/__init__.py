"""Which 360° images exist: one module for each way in which CDF projects keep them."""

from cognite.client import CogniteClient

from image360.catalog import classic, core, hybrid
from image360.catalog.image import Catalog
from image360.config import AnyConfig, AssetCentricConfig, DataModelingConfig


def list_images(client: CogniteClient, config: AnyConfig, only: frozenset[str] | None) -> Catalog:
    """List the images of the configured collections or sites, or those of them that `only` names.

    Raises:
        SetupError: A collection is not in CDF, or is of another kind.
    """
    if isinstance(config, DataModelingConfig):
        return core.list_images(client, config.images, only)
    if isinstance(config, AssetCentricConfig):
        return classic.list_images(client, config.images, config.state.space, only)
    return hybrid.list_images(client, config.images, only)
