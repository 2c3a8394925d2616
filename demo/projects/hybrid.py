"""A hybrid project: `Image360` nodes, faces as classic files, approvals as annotations to asset nodes."""

from collections.abc import Callable, Mapping
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, SpaceApply, ViewId

from demo.projects.face_links import face_links
from demo.projects.loading import (
    ASSET_SPACE,
    COLLECTION,
    IMAGE_SPACE,
    batches,
    upload_asset_nodes,
    upload_face_file,
    wait_until_noticed,
)
from demo.projects.project import Project
from demo.score import StoredLink
from demo.site import Site, SiteImage
from demo.viewer import Version
from demo.viewer.drawn import Seen
from demo.viewer.hybrid import HybridCollection
from demo.viewer.look import look_at
from demo.viewer.service import Service

SCHEMA = "cdf_360_image_schema"


def _config(engine: str) -> dict[str, Any]:
    """Return the pipeline's config for a site that is loaded."""
    return {
        "project_type": "hybrid",
        "engine": engine,
        "images": {"space": IMAGE_SPACE, "collections": [COLLECTION]},
        "assets": {"spaces": [ASSET_SPACE]},
    }


def _upload_images(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the 360° images with their collection and stations."""
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
        files = {file.face: upload_face_file(client, image, file) for file in image.face_files()}
        client.data_modeling.instances.apply([_image(image, files)])
        uploaded += files.values()
        advance(1)
    for batch in batches(uploaded):
        wait_until_noticed(lambda batch=batch: client.files.retrieve_multiple(external_ids=batch))


def _links(client: CogniteClient) -> list[StoredLink]:
    return face_links(client, lambda data: data["instanceRef"]["externalId"])


def _seen(client: CogniteClient, version: Version) -> Seen:
    return look_at(HybridCollection(Service(client), version, (IMAGE_SPACE, COLLECTION)), COLLECTION)


def _image(image: SiteImage, files: Mapping[str, str]) -> NodeApply:
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


HYBRID = Project(
    status="HYBRID",
    spaces=(IMAGE_SPACE, ASSET_SPACE),
    engines=("ocr", "vision"),
    config=_config,
    upload_assets=upload_asset_nodes,
    upload_images=_upload_images,
    links=_links,
    seen=_seen,
)
