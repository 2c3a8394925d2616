"""The 360° images of a collection, with the content of their faces, as far as a session may read them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcdf.content.table import find_content
from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.platform import system_container
from localcdf.data_modeling.references import Key, ref_of
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.detection import Picture
from localcdf.detection.pictures import FACES
from localcdf.endpoint import Call
from localcdf.files.access import is_readable
from localcdf.files.table import find_file
from localcdf.rights import allowed

IMAGE: Key = ("cdf_cdm_3d", "Cognite360Image", "")
CUBE_MAP: Key = ("cdf_cdm_3d", "CogniteCubeMap", "")
REVISION: Key = ("cdf_cdm_3d", "Cognite3DRevision", "")


@dataclass(frozen=True)
class Image:
    """A 360° image; without a picture where a face is missing."""

    space: str
    external_id: str
    picture: Picture | None


def is_collection(call: Call, space: str, external_id: str) -> bool:
    """Say whether this is a collection of 360° images that the caller may read."""
    ref = ref_of(space, external_id)
    node = store.find_live(call.db, [ref]).get(ref)
    if node is None or not _may_read(call, space):
        return False
    container = system_container(Schema(call.db), REVISION).id
    data = store.data_of(call.db, [node.id], [container])[node.id]
    return data.get(container, {}).get("type") == "Image360"


def images_of(call: Call, space: str, external_id: str) -> Iterator[Image]:
    """Yield the images of a collection that the caller may read, in the order in which they were made."""
    schema = Schema(call.db)
    rows = call.db.execute(
        "SELECT i.space, i.external_id, cube.properties AS faces"
        " FROM dm_data image JOIN dm_instance i ON i.id = image.instance"
        " LEFT JOIN dm_data cube ON cube.instance = i.id AND cube.container = ?"
        " WHERE image.container = ? AND i.deleted_time IS NULL"
        " AND image.properties ->> '$.collection360.space' = ?"
        " AND image.properties ->> '$.collection360.externalId' = ? ORDER BY i.id",
        (
            system_container(schema, CUBE_MAP).id,
            system_container(schema, IMAGE).id,
            space,
            external_id,
        ),
    )
    for row in rows:
        if _may_read(call, row["space"]):
            faces = json.loads(row["faces"] or "{}")
            yield Image(row["space"], row["external_id"], _picture(call, row, faces))


def _picture(call: Call, row: Any, faces: dict[str, dict[str, str]]) -> Picture | None:
    content = {}
    for face in FACES:
        file = find_file(call.db, {"instanceId": faces[face]}) if face in faces else None
        blob = find_content(call, file) if file and is_readable(call, file) else None
        if blob is None:
            return None
        content[face] = call.blobs / blob
    return Picture(f"{row['space']}:{row['external_id']}", content)


def _may_read(call: Call, space: str) -> bool:
    return allowed(call, "dataModelInstancesAcl", "READ").covers(space=space)
