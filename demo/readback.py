"""What a run left in the store: links, proposals and text regions, read through the SDK."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter
from numpy.typing import NDArray

from demo.deploy import STATE_SPACE
from demo.score import StoredLink
from demo.upload import COLLECTION
from image360.matching import TextRegion
from image360.nodes import StoredNode, list_nodes
from image360.state.ids import PROPOSAL_VIEW, WORK_ITEM_VIEW
from image360.state.region_files import RegionFile, RegionFiles

FILES_PER_REQUEST = 1000


@dataclass(frozen=True, eq=False)
class StoredProposal:
    """A proposal as the store holds it; assets by external id, the polygon as directions (N, 3)."""

    image: str
    text: str
    regions: tuple[int, ...]
    polygon: NDArray[np.float64]
    asset: str
    runner_up: str | None
    decision: Literal["approve", "suggest"]
    level: str
    score: float
    reason: str


@dataclass(frozen=True, eq=False)
class Left:
    """All that a run left in the store."""

    links: tuple[StoredLink, ...]
    proposals: tuple[StoredProposal, ...]
    regions: dict[str, list[TextRegion]]  # by image
    failed: dict[str, str]  # images that could not be read, and why


def read_back(client: CogniteClient) -> Left:
    """Read what the functions wrote."""
    regions, failed = _work_items(client)
    return Left(tuple(_links(client)), tuple(_proposals(client)), regions, failed)


def _links(client: CogniteClient) -> list[StoredLink]:
    files = client.files.list(metadata={"site_id": COLLECTION}, limit=None)
    # The uploader names a face file <image>_<face>.
    place = {file.id: (file.external_id or "").rsplit("_", 1) for file in files}
    ids = [{"id": file.id} for file in files]
    found: list[StoredLink] = []
    for start in range(0, len(ids), FILES_PER_REQUEST):
        batch = AnnotationFilter("file", ids[start : start + FILES_PER_REQUEST])
        for annotation in client.annotations.list(batch, limit=None):
            image, face = place[annotation.annotated_resource_id]
            vertices = annotation.data["objectRegion"]["polygon"]["vertices"]
            found.append(
                StoredLink(
                    image,
                    face,
                    annotation.data["instanceRef"]["externalId"],
                    annotation.data["text"],
                    np.array([(vertex["x"], vertex["y"]) for vertex in vertices]),
                    annotation.status,
                )
            )
    return found


def _proposals(client: CogniteClient) -> list[StoredProposal]:
    return [_proposal(node) for node in list_nodes(client, PROPOSAL_VIEW, [STATE_SPACE])]


def _proposal(node: StoredNode) -> StoredProposal:
    properties = node.properties
    return StoredProposal(
        image=node.relation("image") or "",
        text=properties["text"],
        regions=tuple(properties["regions"]),
        polygon=np.array(properties["polygon"]).reshape(-1, 3),
        asset=node.relation("asset") or "",
        runner_up=node.relation("runnerUp"),
        decision=properties["decision"],
        level=properties["level"],
        score=properties["score"],
        reason=properties["reason"],
    )


def _work_items(client: CogniteClient) -> tuple[dict[str, list[TextRegion]], dict[str, str]]:
    """Return the text regions of the images that were read, and the errors of those that could not be."""
    items = list_nodes(client, WORK_ITEM_VIEW, [STATE_SPACE])
    files = [file for item in items if (file := item.relation("regionFile"))]
    failed = [item for item in items if item.properties["state"] == "failed"]
    return (
        {content.image: content.text_regions() for content in _load(client, files)},
        {item.relation("image") or "": item.text("lastError") or "" for item in failed},
    )


def _load(client: CogniteClient, external_ids: Sequence[str]) -> list[RegionFile]:
    loaded = RegionFiles(client, STATE_SPACE).load(external_ids)
    return [content for content in loaded if isinstance(content, RegionFile)]
