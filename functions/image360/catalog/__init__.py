"""Which 360° images exist: one module for each way in which CDF projects keep them."""

from collections.abc import Collection, Iterable, Mapping

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId

from image360.catalog import classic, core, hybrid
from image360.catalog.image import Catalog, Image, IncompleteImage
from image360.catalog.selection import EVERYTHING, Selection
from image360.config import AnyConfig, AssetCentricConfig, DataModelingConfig
from image360.errors import RequestError
from image360.nodes import retrieve_nodes


def list_images(client: CogniteClient, config: AnyConfig, only: Selection = EVERYTHING) -> Catalog:
    """List the images of the configured collections or sites, or those of them that `only` takes.

    Raises:
        SetupError: A collection is not in CDF, or is of another kind.
    """
    if isinstance(config, DataModelingConfig):
        return core.list_images(client, config.images, only)
    if isinstance(config, AssetCentricConfig):
        return classic.list_images(client, config.images, config.state.space, only)
    return hybrid.list_images(client, config.images, only)


def collections_of(
    client: CogniteClient, config: AnyConfig, images: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    """Return the configured collection, or site, of those images that are there and in one, by their keys."""
    if isinstance(config, AssetCentricConfig):
        named = {
            key: classic.site_of(key[1], config.images) for key in images if key[0] == config.state.space
        }
        return {key: site for key, site in named.items() if site is not None}
    view = core.IMAGE_VIEW if isinstance(config, DataModelingConfig) else hybrid.IMAGE_VIEW
    ids = [NodeId(*key) for key in sorted(set(images)) if key[0] == config.images.space]
    found = {
        (node.space, node.external_id): node.relation("collection360")
        for node in retrieve_nodes(client, view, ids)
    }
    return {key: name for key, name in found.items() if name in config.images.collections}


def find_image(client: CogniteClient, config: AnyConfig, external_id: str) -> Image | IncompleteImage | None:
    """Find one image without listing the others; None where it is not in CDF or of no configured collection.

    Raises:
        SetupError: A collection is not in CDF, or is of another kind.
    """
    if isinstance(config, AssetCentricConfig):
        return classic.find_image(client, config.images, config.state.space, external_id)
    found = list_images(client, config, Selection(frozenset({external_id})))
    return next(iter((*found.images, *found.incomplete)), None)


def select(client: CogniteClient, config: AnyConfig, only: Selection, items: Collection[NodeId]) -> Selection:
    """Restrict a selection to the images that a trigger has handed over, and to those it handed a face of.

    Raises:
        RequestError: There are items, but images of this project type are no nodes.
    """
    if not items:
        return only
    if isinstance(config, AssetCentricConfig):
        raise RequestError(
            "data of the call: 'items': images of project_type 'asset_centric' are no nodes, so no trigger "
            "can hand them over: start the workflow by a schedule"
        )
    named = core.images_behind if isinstance(config, DataModelingConfig) else hybrid.images_behind
    return Selection((only.names or frozenset()) | named(client, config.images, list(items)), only.shard)
