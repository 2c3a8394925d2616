"""Images of the core data model: `Cognite360Image` nodes whose faces are `CogniteFile` nodes.

Source of the schema: the core data model, version v1, as Cognite's viewer reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import ContainerId, NodeId, ViewId
from cognite.client.data_classes.filters import HasData, In

from image360.catalog import behind
from image360.catalog.image import Catalog, FaceFile, catalog_of, image_of, shared_files
from image360.catalog.selection import EVERYTHING, Selection
from image360.config import CollectionImages
from image360.errors import SetupError
from image360.geometry import FACES
from image360.nodes import StoredNode, list_nodes, relation_to, retrieve_nodes

REVISION_VIEW = ViewId("cdf_cdm", "Cognite3DRevision", "v1")
IMAGE_VIEW = ViewId("cdf_cdm", "Cognite360Image", "v1")
FILE_VIEW = ViewId("cdf_cdm", "CogniteFile", "v1")
IMAGE_CONTAINER = ContainerId("cdf_cdm_3d", "Cognite360Image")


def list_images(client: CogniteClient, config: CollectionImages, only: Selection = EVERYTHING) -> Catalog:
    """List the images of the configured collections, or those of them that `only` takes.

    Raises:
        SetupError: A collection is not in CDF, or is no collection of 360° images.
    """
    require_collections(client, config)
    listed = (node for node in image_nodes(client, config, only) if node.external_id in only)
    nodes = sorted(listed, key=lambda node: node.external_id)
    files = _face_files(client, nodes)
    return catalog_of(
        image_of(node.space, node.external_id, node.relation("collection360") or "", *_faces_of(node, files))
        for node in nodes
    )


def images_behind(client: CogniteClient, config: CollectionImages, items: Sequence[NodeId]) -> frozenset[str]:
    """Return the external ids of the images that are among the items, or have one of them for a face."""
    return behind.images_behind(
        client,
        IMAGE_VIEW,
        config.space,
        items,
        FACES,
        lambda file: relation_to(file.space, file.external_id),
    )


def require_collections(client: CogniteClient, config: CollectionImages) -> None:
    """Raise a SetupError for a collection that is not in CDF, or is no collection of 360° images."""
    # The type of a collection stands in the container of 3D revisions: the view of collections hides it.
    ids = [NodeId(config.space, collection) for collection in config.collections]
    found = {node.external_id: node for node in retrieve_nodes(client, REVISION_VIEW, ids)}
    for collection in config.collections:
        if collection not in found:
            raise SetupError(
                f"collection '{collection}' is not in space '{config.space}': correct images.collections or "
                "images.space in the config, or upload the collection"
            )
        if found[collection].text("type") != "Image360":
            raise SetupError(
                f"'{collection}' in space '{config.space}' is no Cognite360ImageCollection (its type is not "
                "Image360), as project_type 'data_modeling' needs: correct images.collections in the config, "
                "or set the type, without which Cognite's viewer does not show it either"
            )


def image_nodes(client: CogniteClient, config: CollectionImages, only: Selection) -> Iterable[StoredNode]:
    """List the images as nodes, complete or not."""
    if only.names is not None:
        ids = [NodeId(config.space, external_id) for external_id in sorted(only.names)]
        named = retrieve_nodes(client, IMAGE_VIEW, ids)
        return [node for node in named if node.relation("collection360") in config.collections]
    collections = [relation_to(config.space, collection) for collection in config.collections]
    of_ours = In(IMAGE_VIEW.as_property_ref("collection360"), collections).dump()
    # By the container: an image that lacks poses or faces is no member of the view, and must be named.
    in_container = HasData(containers=[IMAGE_CONTAINER]).dump()
    return list_nodes(client, IMAGE_VIEW, [config.space], {"and": [in_container, of_ours]})


def _face_ids(node: StoredNode) -> dict[str, NodeId]:
    """Return the files that an image names as its faces."""
    named = {face: node.relation_id(face) for face in FACES}
    return {face: file for face, file in named.items() if file is not None}


def _face_files(client: CogniteClient, nodes: Iterable[StoredNode]) -> dict[NodeId, StoredNode]:
    wanted = {file for node in nodes for file in _face_ids(node).values()}
    ordered = sorted(wanted, key=lambda file: (file.space, file.external_id))
    found = retrieve_nodes(client, FILE_VIEW, ordered)
    return {NodeId(file.space, file.external_id): file for file in found}


def _faces_of(node: StoredNode, files: Mapping[NodeId, StoredNode]) -> tuple[dict[str, FaceFile], list[str]]:
    """Return the face files of a node, and what is missing."""
    faces: dict[str, FaceFile] = {}
    named = _face_ids(node)
    reasons = shared_files(named)
    for face in FACES:
        if face not in named:
            reasons.append(f"face {face}: the image names no file")
            continue
        file = files.get(named[face])
        if file is None:
            reasons.append(f"face {face}: file '{named[face].external_id}' is not in CDF")
        elif not file.properties.get("isUploaded"):
            reasons.append(f"face {face}: file '{named[face].external_id}' has no content yet")
        else:
            faces[face] = FaceFile(named[face], _epoch_ms(file.text("uploadedTime")))
    return faces, reasons


def _epoch_ms(timestamp: str | None) -> int:
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000) if timestamp else 0
