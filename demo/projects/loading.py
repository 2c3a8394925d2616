"""What the loading of every kind of project shares."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadataList
from cognite.client.data_classes.data_modeling import SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply

from demo.site import FaceFile, Site, SiteAsset, SiteImage

IMAGE_SPACE = "sp_site_images"
ASSET_SPACE = "sp_site_assets"
COLLECTION = "site"
ITEMS_PER_REQUEST = 1000
NOTICED_WITHIN_SECONDS = 60

Item = TypeVar("Item")


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield as many items at a time as a request takes."""
    for start in range(0, len(items), ITEMS_PER_REQUEST):
        yield items[start : start + ITEMS_PER_REQUEST]


def upload_asset_nodes(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the asset list as `CogniteAsset` nodes."""
    client.data_modeling.spaces.apply(SpaceApply(ASSET_SPACE))
    for batch in batches(site.assets):
        client.data_modeling.instances.apply([_asset_node(asset) for asset in batch])
        advance(len(batch))


def upload_face_file(client: CogniteClient, image: SiteImage, file: FaceFile) -> str:
    """Upload one face as a classic file, with the metadata that Cognite's guide asks for; return its id."""
    external_id = f"{image.id}_{file.face}"
    client.files.upload_bytes(
        file.content,
        name=file_name(external_id, file),
        external_id=external_id,
        mime_type=file.mime_type,
        metadata={
            "site_id": COLLECTION,
            "station_id": image.id,
            "station_name": image.label,
            "image_type": "cubemap",
            "face": file.face,
        },
    )
    return external_id


def file_name(external_id: str, file: FaceFile) -> str:
    """Return the name of a face file, with the ending that its type has."""
    return f"{external_id}.{file.mime_type.removeprefix('image/')}"


def wait_until_noticed(read: Callable[[], FileMetadataList]) -> None:
    """Wait until CDF shows all files that `read` returns as uploaded: it may do so after a while."""
    deadline = time.monotonic() + NOTICED_WITHIN_SECONDS
    while late := [file.name for file in read() if not file.uploaded]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"CDF still shows {len(late)} files without content, such as {late[0]}")
        time.sleep(0.2)


def _asset_node(asset: SiteAsset) -> CogniteAssetApply:
    return CogniteAssetApply(
        ASSET_SPACE,
        asset.external_id,
        name=asset.name or None,
        aliases=list(asset.aliases) or None,
        description=asset.description or None,
    )
