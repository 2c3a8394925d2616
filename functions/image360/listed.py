"""The images that a call may work on, and what is said of them in every summary."""

from collections.abc import Sequence
from typing import Any

from cognite.client.data_classes.data_modeling import NodeId

from image360.call import Context
from image360.catalog import list_images, select
from image360.catalog.image import Catalog
from image360.state.work_items import WorkItem

LISTED = 20  # images named one by one in a summary


def images_of(context: Context) -> Catalog:
    """List the images of the config to which the call is not restricted otherwise.

    Raises:
        SetupError: A collection or site is not in CDF, or is of another kind.
        RequestError: The images of the project cannot be what a trigger has handed over.
    """
    client, config, call = context.client, context.config, context.call
    nodes = [NodeId(item.space, item.external_id) for item in call.items]
    return list_images(client, config, select(client, config, call.only, nodes))


def listing(catalog: Catalog) -> dict[str, Any]:
    """Say what the catalog holds: the images, and those that cannot be processed."""
    return {
        "images": len(catalog.images),
        "incomplete": len(catalog.incomplete),
        "incomplete_images": [
            {"image": image.external_id, "reason": image.reason} for image in catalog.incomplete[:LISTED]
        ],
    }


def failures(items: Sequence[WorkItem]) -> list[dict[str, str | None]]:
    """Name the first images that failed, each with its error."""
    return [{"image": item.image.external_id, "error": item.last_error} for item in items[:LISTED]]
