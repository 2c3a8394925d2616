"""What a run left in the store: links, proposals and text regions, read through the SDK."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from cognite.client import CogniteClient
from numpy.typing import NDArray

from demo.deploy import STATE_SPACE
from demo.projects import Project
from demo.score import StoredLink
from demo.unseen import look
from image360.matching import TextRegion
from image360.nodes import StoredNode, list_nodes
from image360.state.ids import PROPOSAL_VIEW, WORK_ITEM_VIEW
from image360.state.region_files import RegionFile, RegionFiles


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
    engines: tuple[str, ...]  # those that have read, by name
    unseen: tuple[str, ...]  # links that Cognite's viewer shows otherwise than they stand in the store


def read_back(client: CogniteClient, project: Project) -> Left:
    """Read what the functions wrote."""
    files, failed = _work_items(client)
    regions = {site_image(file.image): file.text_regions() for file in files}
    engines = tuple(sorted({file.engine for file in files}))
    assets = project.asset_ids(client)
    proposals = tuple(_proposals(client, assets))
    sight = look(client, project, project.links(client))
    return Left(sight.links, proposals, regions, failed, engines, sight.unseen)


def _proposals(client: CogniteClient, assets: Mapping[int, str]) -> list[StoredProposal]:
    return [_proposal(node, assets) for node in list_nodes(client, PROPOSAL_VIEW, [STATE_SPACE])]


def _proposal(node: StoredNode, assets: Mapping[int, str]) -> StoredProposal:
    properties = node.properties
    classic, runner_up = (properties.get(name) for name in ("classicAsset", "classicRunnerUp"))
    return StoredProposal(
        image=_image(node),
        text=properties["text"],
        regions=tuple(properties["regions"]),
        polygon=np.array(properties["polygon"]).reshape(-1, 3),
        asset=node.relation("asset") or assets.get(classic, ""),
        runner_up=node.relation("runnerUp") or assets.get(runner_up),
        decision=properties["decision"],
        level=properties["level"],
        score=properties["score"],
        reason=properties["reason"],
    )


def _work_items(client: CogniteClient) -> tuple[list[RegionFile], dict[str, str]]:
    """Return what was read of the images, and the errors of those that could not be read."""
    items = list_nodes(client, WORK_ITEM_VIEW, [STATE_SPACE])
    files = [file for item in items if (file := item.relation("regionFile"))]
    failed = [item for item in items if item.properties["state"] == "failed"]
    return _load(client, files), {_image(item): item.text("lastError") or "" for item in failed}


def _load(client: CogniteClient, external_ids: Sequence[str]) -> list[RegionFile]:
    loaded = RegionFiles(client, STATE_SPACE).load(external_ids)
    return [content for content in loaded if isinstance(content, RegionFile)]


def _image(node: StoredNode) -> str:
    return site_image(node.relation("image") or "")


def site_image(external_id: str) -> str:
    """Return the site's name of an image; images without a node go by `site/station`."""
    return external_id.rpartition("/")[2]
