"""Links that are annotations on classic face files, read as Cognite's viewer reads them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter

from demo.projects.loading import COLLECTION, ITEMS_PER_REQUEST
from demo.score import StoredLink
from image360.geometry import face_uv_to_direction


def face_links(client: CogniteClient, asset_of: Callable[[dict[str, Any]], str]) -> list[StoredLink]:
    """Return every link on the site's face files; `asset_of` names the asset in the data of an annotation."""
    files = client.files.list(metadata={"site_id": COLLECTION}, limit=None)
    # The uploader names a face file <image>_<face>.
    place = {file.id: (file.external_id or "").rsplit("_", 1) for file in files}
    ids = [{"id": file.id} for file in files]
    found: list[StoredLink] = []
    for start in range(0, len(ids), ITEMS_PER_REQUEST):
        batch = AnnotationFilter("file", ids[start : start + ITEMS_PER_REQUEST])
        for annotation in client.annotations.list(batch, limit=None):
            image, face = place[annotation.annotated_resource_id]
            vertices = annotation.data["objectRegion"]["polygon"]["vertices"]
            u, v = np.array([(vertex["x"], vertex["y"]) for vertex in vertices]).T
            found.append(
                StoredLink(
                    image,
                    face,
                    asset_of(annotation.data),
                    annotation.data["text"],
                    face_uv_to_direction(face, u, v),
                    annotation.status,
                )
            )
    return found
