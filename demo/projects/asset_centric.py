"""An asset-centric project: face files with metadata, classic assets, approvals as annotations to them."""

from collections.abc import Callable, Mapping
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes import AssetWrite, EventWrite

from demo.projects.event_pose import event_pose
from demo.projects.face_links import face_links
from demo.projects.loading import COLLECTION, batches, upload_face_file, wait_until_noticed
from demo.projects.project import Project
from demo.score import StoredLink
from demo.site import Site, SiteImage
from demo.viewer import Version
from demo.viewer.classic import ClassicSite
from demo.viewer.drawn import Seen
from demo.viewer.look import look_at
from demo.viewer.service import Service

ALIASES = "aliases"  # metadata key; classic assets have no aliases of their own


def _config(engine: str) -> dict[str, Any]:
    """Return the pipeline's config for a site that is loaded."""
    return {
        "project_type": "asset_centric",
        "engine": engine,
        "images": {"sites": [COLLECTION]},
        "classic_assets": {"match_properties": ["name", "externalId", f"metadata.{ALIASES}"]},
    }


def _upload_assets(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the asset list; classic assets must have a name."""
    for batch in batches(site.assets):
        client.assets.create(
            [
                AssetWrite(
                    external_id=asset.external_id,
                    name=asset.name or asset.external_id,
                    description=asset.description or None,
                    metadata={ALIASES: asset.aliases[0]} if asset.aliases else None,
                )
                for asset in batch
            ]
        )
        advance(len(batch))


def _upload_images(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the face files, and an event with the pose for each image."""
    uploaded: list[str] = []
    for image in site.images:
        client.events.create(_event(image))
        uploaded += [upload_face_file(client, image, file) for file in image.face_files()]
        advance(1)
    for batch in batches(uploaded):
        wait_until_noticed(lambda batch=batch: client.files.retrieve_multiple(external_ids=batch))


def _asset_ids(client: CogniteClient) -> Mapping[int, str]:
    """Return the external ids of the assets by internal id."""
    return {asset.id: asset.external_id or "" for asset in client.assets.list(limit=None)}


def _links(client: CogniteClient) -> list[StoredLink]:
    """Return every link on the face files."""
    external_ids = _asset_ids(client)
    return face_links(client, lambda data: external_ids[data["assetRef"]["id"]])


def _seen(client: CogniteClient, version: Version) -> Seen:
    return look_at(ClassicSite(Service(client), version, COLLECTION), COLLECTION)


def _event(image: SiteImage) -> EventWrite:
    """Return what Cognite's viewer needs of an image besides its files."""
    return EventWrite(
        external_id=f"{COLLECTION}_{image.id}",
        type="scan",
        metadata={
            "site_id": COLLECTION,
            "site_name": COLLECTION,
            "station_id": image.id,
            "station_name": image.label,
            **event_pose(image),
        },
    )


ASSET_CENTRIC = Project(
    status="HYBRID",  # the one of the three that has classic assets
    spaces=(),
    engines=("ocr", "vision"),
    config=_config,
    upload_assets=_upload_assets,
    upload_images=_upload_images,
    links=_links,
    seen=_seen,
    asset_ids=_asset_ids,
)
