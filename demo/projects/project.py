"""What the demo needs to know of one kind of CDF project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cognite.client import CogniteClient

from demo.score import StoredLink
from demo.site import Site
from demo.viewer import Version
from demo.viewer.drawn import Seen

Upload = Callable[[CogniteClient, Site, Callable[[int], None]], None]  # the last is told of the progress


def _no_assets(_client: CogniteClient) -> Mapping[int, str]:
    return {}


@dataclass(frozen=True)
class Project:
    """One project type.

    Args:
        status: What CDF says of such a project's data modeling.
        spaces: Of its images, assets and links, which are there before image360 is deployed.
        engines: The documented engines, the one that ``auto`` takes first.
        config: Returns the pipeline's config for a loaded site and an engine.
        upload_assets: Loads the asset list, and tells how many assets were loaded.
        upload_images: Loads the 360° images, tells of each, and waits until CDF has noticed them all.
        links: Returns every link of the site's images in the store.
        seen: Returns what Cognite's viewer shows of the site's images, in a version of it.
        asset_ids: Returns the external ids of classic assets by internal id; empty where assets are nodes.
    """

    status: str
    spaces: tuple[str, ...]
    engines: tuple[str, ...]
    config: Callable[[str], dict[str, Any]]
    upload_assets: Upload
    upload_images: Upload
    links: Callable[[CogniteClient], list[StoredLink]]
    seen: Callable[[CogniteClient, Version], Seen]
    asset_ids: Callable[[CogniteClient], Mapping[int, str]] = _no_assets
