"""A project of the core data model: `Cognite360Image` nodes, approvals by contextualization."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import (
    NodeApply,
    NodeId,
    NodeOrEdgeData,
    SpaceApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply

from demo.projects.loading import (
    ASSET_SPACE,
    COLLECTION,
    IMAGE_SPACE,
    batches,
    file_name,
    upload_asset_nodes,
    wait_until_noticed,
)
from demo.projects.project import Project
from demo.score import WHOLE, StoredLink
from demo.site import FaceFile, Site, SiteImage
from demo.viewer import Version
from demo.viewer.core import CoreCollection
from demo.viewer.drawn import Seen
from demo.viewer.look import look_at
from demo.viewer.service import Service
from image360.approval.edges import list_edges

OBJECT_SPACE = "sp_site_objects"
LINK_SPACE = "sp_site_links"


def _config(engine: str) -> dict[str, Any]:
    """Return the pipeline's config for a site that is loaded."""
    return {
        "project_type": "data_modeling",
        "engine": engine,
        "images": {"space": IMAGE_SPACE, "collections": [COLLECTION]},
        "assets": {"spaces": [ASSET_SPACE]},
        "contextualization": {"object3d_space": OBJECT_SPACE, "space": LINK_SPACE},
    }


def _upload_assets(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the asset list."""
    client.data_modeling.spaces.apply([SpaceApply(OBJECT_SPACE), SpaceApply(LINK_SPACE)])
    upload_asset_nodes(client, site, advance)


def _upload_images(client: CogniteClient, site: Site, advance: Callable[[int], None]) -> None:
    """Load the 360° images with their model, collection and stations."""
    instances = client.data_modeling.instances
    client.data_modeling.spaces.apply(SpaceApply(IMAGE_SPACE))
    instances.apply([_node("Cognite360ImageModel", "model", {"name": site.name, "type": "Image360"})])
    stations = {image.station: image.label for image in site.images}
    instances.apply(
        [
            _node(
                "Cognite360ImageCollection",
                COLLECTION,
                {
                    "name": site.name,
                    "model3D": _relation("model"),
                    "type": "Image360",
                    "status": "Done",
                    "published": True,
                },
            ),
            *(
                _node(
                    "Cognite360ImageStation",
                    f"station_{key}",
                    {"name": label, "groupType": "Station360"},
                )
                for key, label in stations.items()
            ),
        ]
    )
    uploaded: list[NodeId] = []
    for image in site.images:
        files = {file.face: _upload_face(client, image, file) for file in image.face_files()}
        instances.apply([_image(image, files)])
        uploaded += [NodeId(IMAGE_SPACE, external_id) for external_id in files.values()]
        advance(1)
    for batch in batches(uploaded):
        wait_until_noticed(lambda batch=batch: client.files.retrieve_multiple(instance_ids=batch))


def _links(client: CogniteClient) -> list[StoredLink]:
    """Return every link on the images; an edge has no text of its own."""
    view = ViewId("cdf_cdm", "Cognite360Image", "v1")
    images = client.data_modeling.instances.list("node", sources=view, space=IMAGE_SPACE, limit=None)
    found = list_edges(client, [(image.space, image.external_id) for image in images])
    return [
        StoredLink(edge.image[1], WHOLE, edge.asset[1] if edge.asset else "", "", np.array(polygon))
        for edge in found
        for polygon in edge.polygons
    ]


def _seen(client: CogniteClient, version: Version) -> Seen:
    return look_at(CoreCollection(Service(client), version, (IMAGE_SPACE, COLLECTION)), COLLECTION)


def _upload_face(client: CogniteClient, image: SiteImage, file: FaceFile) -> str:
    external_id = f"{image.id}_{file.face}"
    client.data_modeling.instances.apply(
        CogniteFileApply(
            IMAGE_SPACE, external_id, name=file_name(external_id, file), mime_type=file.mime_type
        )
    )
    client.files.upload_content_bytes(file.content, instance_id=NodeId(IMAGE_SPACE, external_id))
    return external_id


def _image(image: SiteImage, files: Mapping[str, str]) -> NodeApply:
    x, y, z = image.translation
    ex, ey, ez = image.euler
    properties: dict[str, Any] = {
        "translationX": x,
        "translationY": y,
        "translationZ": z,
        "eulerRotationX": ex,
        "eulerRotationY": ey,
        "eulerRotationZ": ez,
        "scaleX": 1.0,
        "scaleY": 1.0,
        "scaleZ": 1.0,
        "collection360": _relation(COLLECTION),
        "station360": _relation(f"station_{image.station}"),
        **{face: _relation(external_id) for face, external_id in files.items()},
    }
    if image.taken_at:
        properties["takenAt"] = image.taken_at.isoformat(timespec="milliseconds")
    return _node("Cognite360Image", image.id, properties)


def _relation(external_id: str) -> dict[str, str]:
    return {"space": IMAGE_SPACE, "externalId": external_id}


def _node(view: str, external_id: str, properties: dict[str, Any]) -> NodeApply:
    data = NodeOrEdgeData(ViewId("cdf_cdm", view, "v1"), properties)
    return NodeApply(IMAGE_SPACE, external_id, sources=[data])


DATA_MODELING = Project(
    status="DATA_MODELING_ONLY",
    spaces=(IMAGE_SPACE, ASSET_SPACE, OBJECT_SPACE, LINK_SPACE),
    engines=("jobs_3d", "ocr"),
    config=_config,
    upload_assets=_upload_assets,
    upload_images=_upload_images,
    links=_links,
    seen=_seen,
)
