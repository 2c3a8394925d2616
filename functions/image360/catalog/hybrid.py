"""Images of a hybrid project: `Image360` nodes whose faces are classic files by external id.

Source of the schema: `cdf_360_image_schema`, views version v1, as Cognite's viewer reads it.
"""

from collections.abc import Iterable, Sequence

from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadata
from cognite.client.data_classes.data_modeling import NodeId, ViewId
from cognite.client.data_classes.filters import In

from image360.catalog import behind
from image360.catalog.image import Catalog, FaceFile, catalog_of, image_of, shared_files
from image360.catalog.selection import EVERYTHING, Selection
from image360.config import CollectionImages
from image360.errors import SetupError
from image360.geometry import FACES
from image360.nodes import StoredNode, list_nodes, relation_to, retrieve_nodes

COLLECTION_VIEW = ViewId("cdf_360_image_schema", "Image360Collection", "v1")
IMAGE_VIEW = ViewId("cdf_360_image_schema", "Image360", "v1")


def list_images(client: CogniteClient, config: CollectionImages, only: Selection = EVERYTHING) -> Catalog:
    """List the images of the configured collections, or those of them that `only` takes.

    Raises:
        SetupError: A collection is not in CDF, or is no `Image360Collection`.
    """
    require_collections(client, config)
    listed = (node for node in _image_nodes(client, config, only) if node.external_id in only)
    nodes = sorted(listed, key=lambda node: node.external_id)
    files = _face_files(client, nodes)
    return catalog_of(
        image_of(node.space, node.external_id, node.relation("collection360") or "", *_faces_of(node, files))
        for node in nodes
    )


def images_behind(client: CogniteClient, config: CollectionImages, items: Sequence[NodeId]) -> frozenset[str]:
    """Return the external ids of the images that are among the items, or have one of them for a face."""
    faces = [_face_property(face) for face in FACES]
    return behind.images_behind(client, IMAGE_VIEW, config.space, items, faces, lambda file: file.external_id)


def require_collections(client: CogniteClient, config: CollectionImages) -> None:
    """Raise a SetupError for a collection that is not in CDF, or is no collection of 360° images."""
    ids = [NodeId(config.space, collection) for collection in config.collections]
    # One read without a view: what is there, and what of it is a collection.
    there = {node.external_id for node in client.data_modeling.instances.retrieve_nodes(ids)}
    typed = {
        node.external_id
        for node in client.data_modeling.instances.retrieve_nodes(ids, sources=COLLECTION_VIEW)
    }
    for collection in config.collections:
        if collection not in there:
            raise SetupError(
                f"collection '{collection}' is not in space '{config.space}': correct images.collections or "
                "images.space in the config, or upload the collection"
            )
        if collection not in typed:
            raise SetupError(
                f"'{collection}' in space '{config.space}' is no Image360Collection of "
                "cdf_360_image_schema, as project_type 'hybrid' needs: correct project_type or "
                "images.collections in the config"
            )


def _image_nodes(client: CogniteClient, config: CollectionImages, only: Selection) -> Iterable[StoredNode]:
    if only.names is not None:
        ids = [NodeId(config.space, external_id) for external_id in sorted(only.names)]
        named = retrieve_nodes(client, IMAGE_VIEW, ids)
        return [node for node in named if node.relation("collection360") in config.collections]
    collections = [relation_to(config.space, collection) for collection in config.collections]
    of_ours = In(IMAGE_VIEW.as_property_ref("collection360"), collections).dump()
    return list_nodes(client, IMAGE_VIEW, [config.space], of_ours)


def _face_ids(node: StoredNode) -> dict[str, str]:
    """Return the external ids of the files that an image names as its faces."""
    named = {face: node.text(_face_property(face)) for face in FACES}
    return {face: file for face, file in named.items() if file is not None}


def _face_property(face: str) -> str:
    return f"cubeMap{face.capitalize()}"


def _face_files(client: CogniteClient, nodes: Iterable[StoredNode]) -> dict[str, FileMetadata]:
    wanted = sorted({file for node in nodes for file in _face_ids(node).values()})
    if not wanted:
        return {}
    files = client.files.retrieve_multiple(external_ids=wanted, ignore_unknown_ids=True)
    return {file.external_id: file for file in files if file.external_id}


def _faces_of(node: StoredNode, files: dict[str, FileMetadata]) -> tuple[dict[str, FaceFile], list[str]]:
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
            reasons.append(f"face {face}: file '{named[face]}' is not in CDF")
        elif not file.uploaded:
            reasons.append(f"face {face}: file '{named[face]}' has no content yet")
        else:
            faces[face] = FaceFile(file.id, file.uploaded_time or 0)
    return faces, reasons
