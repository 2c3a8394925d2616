"""Assets that are nodes, read through the configured view."""

from typing import cast

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import ViewId
from cognite.client.exceptions import CogniteAPIError

from image360.asset_scope import asset_filter, asset_view
from image360.config import AssetNodes
from image360.errors import SetupError
from image360.matching import Asset
from image360.nodes import StoredNode, list_nodes


def list_assets(client: CogniteClient, config: AssetNodes, limit: int | None = None) -> list[Asset]:
    """List the configured assets, or the first of them; the key of each is (space, external id) of its node.

    Raises:
        SetupError: The view, a property or the filter of the config does not fit the project.
    """
    view = asset_view(config)
    _require_properties(client, config, view)
    try:
        nodes = list_nodes(client, view, config.spaces, asset_filter(config), limit)
    except CogniteAPIError as error:
        if error.code != 400:
            raise
        raise SetupError(
            f"CDF refuses the asset filter: {error.message}; correct assets.filter or assets.subtree"
        ) from error
    if not nodes:
        raise SetupError(
            f"no assets in space {', '.join(config.spaces)} through view {view.space}/{view.external_id}: "
            "correct assets.spaces, assets.filter or assets.subtree in the config, or load the assets"
        )
    return [_asset(node, config.match_properties) for node in nodes]


def _require_properties(client: CogniteClient, config: AssetNodes, view: ViewId) -> None:
    found = client.data_modeling.views.retrieve(view, all_versions=False)
    if not found:
        raise SetupError(
            f"view {view.space}/{view.external_id}/{view.version} is not in project "
            f"'{client.config.project}': correct assets.view in the config"
        )
    known = set(found[0].properties) | {"externalId"}
    for name in config.match_properties:
        if name not in known:
            raise SetupError(
                f"assets.match_properties: view {view.external_id} has no property '{name}'; it has "
                f"{', '.join(sorted(known))}"
            )


def _asset(node: StoredNode, match_properties: tuple[str, ...]) -> Asset:
    """Name and external id take their own place, every other matched property counts as an alias."""
    others = [name for name in match_properties if name not in ("name", "externalId")]
    return Asset(
        key=(node.space, node.external_id),
        name=node.text("name") if "name" in match_properties else None,
        external_id=node.external_id if "externalId" in match_properties else None,
        aliases=tuple(text for name in others for text in _texts(node.properties.get(name))),
        description=node.text("description"),
    )


def _texts(value: object) -> list[str]:
    """Return the texts of a property that is a text, a list of texts, or nothing."""
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]
