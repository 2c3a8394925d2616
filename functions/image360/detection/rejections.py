"""Rejections: keys of detections that somebody took back from the results of a 3D job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId

from image360.detection.pages import pages


@dataclass(frozen=True)
class Rejections:
    """What is rejected of the result files of 3D jobs in a space."""

    client: CogniteClient
    space: str

    def of(self, job: str, result: NodeId) -> frozenset[str]:
        """Return the keys that are rejected of a result file."""
        items = pages(self.client, "/3d/job/result/rejections/list", self._named(job, result))
        return frozenset(item["rejectedKey"] for item in items)

    def add(self, job: str, result: NodeId, keys: Sequence[str]) -> None:
        """Reject keys; one that is rejected already stays so."""
        self.client.post(
            f"/api/v1/projects/{self.client.config.project}/3d/job/result/rejections",
            json={**self._named(job, result), "add": list(keys)},
        )

    def _named(self, job: str, result: NodeId) -> dict[str, Any]:
        return {
            "job": {"space": self.space, "externalId": job},
            "result": {"instanceId": {"space": result.space, "externalId": result.external_id}},
        }
