"""A site folder into a hybrid project, through the SDK, as a user's own uploader would do it."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply

from demo.site import FaceFile, Site, SiteAsset, SiteImage

IMAGE_SPACE = "sp_site_images"
ASSET_SPACE = "sp_site_assets"
COLLECTION = "site"
SCHEMA = "cdf_360_image_schema"
NODES_PER_REQUEST = 1000
NOTICED_WITHIN_SECONDS = 60

Item = TypeVar("Item")


def upload_assets(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the asset list; `advance` is told how many assets were loaded."""
    client.data_modeling.spaces.apply(SpaceApply(ASSET_SPACE))
    for batch in _batches(site.assets):
        client.data_modeling.instances.apply([_asset(asset) for asset in batch])
        advance(len(batch))


def upload_images(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the 360° images with their collection and stations; `advance` is told of each image."""
    client.data_modeling.spaces.apply(SpaceApply(IMAGE_SPACE))
    stations = {image.station: image.label for image in site.images}
    client.data_modeling.instances.apply(
        [
            _node("Image360Collection", COLLECTION, {"label": site.name}),
            *(_node("Station360", f"station_{key}", {"label": label}) for key, label in stations.items()),
        ]
    )
    uploaded: list[str] = []
    for image in site.images:
        files = {file.face: _upload_face(client, image, file) for file in image.face_files()}
        client.data_modeling.instances.apply([_image(image, files)])
        uploaded += files.values()
        advance(1)
    _wait_until_noticed(client, uploaded)


def _wait_until_noticed(client: CogniteClient, external_ids: Sequence[str]) -> None:
    """Wait until CDF shows the files as uploaded: it may do so a while after the bytes arrived."""
    for batch in _batches(external_ids):
        deadline = time.monotonic() + NOTICED_WITHIN_SECONDS
        while late := [
            file.external_id
            for file in client.files.retrieve_multiple(external_ids=batch)
            if not file.uploaded
        ]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"CDF still shows {len(late)} files without content, such as {late[0]}")
            time.sleep(0.2)


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), NODES_PER_REQUEST):
        yield items[start : start + NODES_PER_REQUEST]


def _asset(asset: SiteAsset) -> CogniteAssetApply:
    return CogniteAssetApply(
        ASSET_SPACE,
        asset.external_id,
        name=asset.name or None,
        aliases=list(asset.aliases) or None,
        description=asset.description or None,
    )


def _upload_face(client: CogniteClient, image: SiteImage, file: FaceFile) -> str:
    """Upload one face with the metadata that Cognite's guide asks for; return its external id."""
    external_id = f"{image.id}_{file.face}"
    client.files.upload_bytes(
        file.content,
        name=f"{external_id}.{file.mime_type.removeprefix('image/')}",
        external_id=external_id,
        mime_type=file.mime_type,
        metadata={
            "site_id": COLLECTION,
            "station_id": image.station,
            "station_name": image.label,
            "image_type": "cubemap",
            "face": file.face,
        },
    )
    return external_id


def _image(image: SiteImage, files: dict[str, str]) -> NodeApply:
    x, y, z = image.translation
    ex, ey, ez = image.euler
    properties: dict[str, Any] = {
        "label": image.label,
        "translationX": x,
        "translationY": y,
        "translationZ": z,
        "eulerRotationX": ex,
        "eulerRotationY": ey,
        "eulerRotationZ": ez,
        "scaleX": 1.0,
        "scaleY": 1.0,
        "scaleZ": 1.0,
        "collection360": {"space": IMAGE_SPACE, "externalId": COLLECTION},
        "station": {"space": IMAGE_SPACE, "externalId": f"station_{image.station}"},
        **{f"cubeMap{face.capitalize()}": external_id for face, external_id in files.items()},
    }
    if image.taken_at:
        properties["timeTaken"] = image.taken_at.isoformat(timespec="milliseconds")
    return _node("Image360", image.id, properties)


def _node(view: str, external_id: str, properties: dict[str, Any]) -> NodeApply:
    data = NodeOrEdgeData(ViewId(SCHEMA, view, "v1"), properties)
    return NodeApply(IMAGE_SPACE, external_id, sources=[data])
