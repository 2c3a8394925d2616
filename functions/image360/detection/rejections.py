"""Rejections: keys of detections that somebody took back from the results of a 3D job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.exceptions import CogniteAPIError

from image360.detection.pages import pages
from image360.log import Log
from image360.state.region_files import StoredOrigin


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

    def add_origins(self, origins: Iterable[StoredOrigin], log: Log) -> int:
        """Reject where regions come from, unless that is done; return how many keys were rejected.

        A job that is gone, or that the functions may not write to, is passed over: nothing is read from its
        results any more, and the decision of the person holds without it.
        """
        by_result: dict[tuple[str, NodeId], set[str]] = {}
        for each in origins:
            by_result.setdefault((each.job, NodeId(each.result_space, each.result)), set()).add(each.key)
        count = 0
        for (job, result), keys in by_result.items():
            try:
                further = sorted(keys - self.of(job, result))
                if further:
                    self.add(job, result, further)
                count += len(further)
            except CogniteAPIError as refusal:
                if not 400 <= refusal.code < 500 or refusal.code in (408, 429):
                    raise
                log("not_rejected", job=job, result=result.external_id, said=refusal.message)
        return count

    def _named(self, job: str, result: NodeId) -> dict[str, Any]:
        return {
            "job": {"space": self.space, "externalId": job},
            "result": {"instanceId": {"space": result.space, "externalId": result.external_id}},
        }
