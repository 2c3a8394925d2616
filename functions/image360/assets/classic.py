"""Classic assets."""

from cognite.client import CogniteClient
from cognite.client.data_classes import Asset as StoredAsset
from cognite.client.exceptions import CogniteAPIError

from image360.config import ClassicAssets
from image360.errors import SetupError
from image360.matching import Asset

METADATA = "metadata."  # the start of a match property that names a metadata key


def list_assets(client: CogniteClient, config: ClassicAssets, limit: int | None = None) -> list[Asset]:
    """List the configured assets, or the first of them; the key of each is its internal id.

    Raises:
        SetupError: A data set or an asset of the config is not in the project, or there are no assets.
    """
    try:
        stored = client.assets.list(
            data_set_external_ids=list(config.data_sets) or None,
            asset_subtree_external_ids=list(config.subtree) or None,
            limit=limit,
        )
    except CogniteAPIError as error:
        if error.code != 400:
            raise
        raise SetupError(
            f"CDF refuses to list the assets: {error.message}; correct classic_assets.data_sets or "
            "classic_assets.subtree in the config"
        ) from error
    if not stored:
        raise SetupError(
            "no classic assets: correct classic_assets.data_sets or classic_assets.subtree in the config, "
            "load the assets, or give the functions assetsAcl:READ for them"
        )
    return [_asset(each, config.match_properties) for each in stored]


def _asset(asset: StoredAsset, match_properties: tuple[str, ...]) -> Asset:
    """Name and external id take their own place, every matched metadata value counts as an alias."""
    keys = [name.removeprefix(METADATA) for name in match_properties if name.startswith(METADATA)]
    metadata = asset.metadata or {}
    return Asset(
        key=asset.id,
        name=asset.name if "name" in match_properties else None,
        external_id=asset.external_id if "externalId" in match_properties else None,
        aliases=tuple(str(metadata[key]) for key in keys if metadata.get(key)),
        description=asset.description,
    )
