"""Work items: the state of one image and content version, as data-model nodes.

    (none) -> detecting -> detected -> matched
                  \\-> failed -> detecting ...            a failed item is tried again, up to MAX_ATTEMPTS

A worker claims an item before it works on it: it writes a lease (owner and end) with the node version it has
read as a check, so of two workers only one gets the item. A lease that has ended is free again, so a killed
call loses nothing. What is to do is derived from these nodes and the catalog; there is no cursor.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData

from image360.catalog.image import Image
from image360.conceal import NO_SECRETS, Concealer
from image360.nodes import StoredNode, relation_to, retrieve_nodes, write_each
from image360.state.ids import WORK_ITEM_VIEW, derived_id

ItemState = Literal["pending", "detecting", "detected", "matched", "failed"]

MAX_ATTEMPTS = 3
LEASE = timedelta(minutes=10)  # longer than a call lives
ERROR_LIMIT = 1000  # characters kept of the last error


@dataclass(frozen=True)
class WorkItem:
    """The state of one image and content version."""

    external_id: str
    image: Image
    version: int = 0  # of the node; 0: not in CDF yet
    state: ItemState = "pending"
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    last_error: str | None = None
    job: str | None = None  # the detection job outside that reads the image
    region_file: str | None = None  # external id of the region file, in the state space
    match_key: str | None = None  # what the item was matched with: assets, rules and version
    run: str | None = None  # the run that worked on it last
    approved: int = 0  # matches of the last matching, and so below
    suggested: int = 0
    held: int = 0

    def leased(self, now: datetime) -> bool:
        """Whether another worker holds the item."""
        return self.lease_until is not None and self.lease_until > now

    @property
    def unread(self) -> bool:
        """Whether nothing has read the image yet."""
        return self.state in ("pending", "detecting", "failed")

    def to_detect(self, now: datetime) -> bool:
        """Whether text detection is due."""
        return self._free_to_read(now) and self.attempts < MAX_ATTEMPTS

    def given_up(self, now: datetime) -> bool:
        """Whether text detection has failed, or was killed, so often that it is not tried again."""
        return self._free_to_read(now) and self.attempts >= MAX_ATTEMPTS

    def to_match(self, match_key: str, now: datetime) -> bool:
        """Whether matching is due: never matched, or matched with other assets or rules."""
        if self.leased(now):
            return False
        return self.unmatched(match_key)

    def unmatched(self, match_key: str) -> bool:
        """Whether it was read, and is not matched with these assets and rules."""
        return self.state == "detected" or (self.state == "matched" and self.match_key != match_key)

    def _free_to_read(self, now: datetime) -> bool:
        return self.unread and self.job is None and not self.leased(now)


@dataclass(frozen=True)
class WorkItems:
    """Work items in the state space."""

    client: CogniteClient
    space: str
    run: str
    conceal: Concealer = NO_SECRETS
    """Takes secrets out of errors before they are stored."""
    before_writing: Callable[[], None] = lambda: None
    refused: Callable[[WorkItem, str], None] = lambda _item, _said: None
    """Told of each item that CDF does not take, with what it says."""

    def of(self, images: Iterable[Image]) -> list[WorkItem]:
        """Return the work item of each image's present content, in order; new ones are `pending`."""
        items = [_new_item(image) for image in images]
        ids = [NodeId(self.space, item.external_id) for item in items]
        stored = {node.external_id: node for node in retrieve_nodes(self.client, WORK_ITEM_VIEW, ids)}
        return [
            _read_item(item, stored[item.external_id]) if item.external_id in stored else item
            for item in items
        ]

    def claim(self, items: Sequence[WorkItem], state: ItemState | None = None) -> list[WorkItem]:
        """Take the lease of the items, and set their state if one is given; return those that were free.

        One that CDF refuses is not among them, and holds no other up. A claim for detection counts as an
        attempt.
        """
        until = datetime.now(UTC) + LEASE
        wanted = [
            replace(
                item,
                state=state or item.state,
                attempts=item.attempts + (state == "detecting"),
                lease_owner=self.run,
                lease_until=until,
                run=self.run,
            )
            for item in items
        ]
        self.before_writing()
        versions = self._write(wanted, names=True)
        return [
            replace(item, version=versions[item.external_id])
            for item in wanted
            if item.external_id in versions
        ]

    def finish(self, items: Sequence[WorkItem]) -> list[WorkItem]:
        """Write claimed items back without their lease; return those that CDF did not take.

        An item that another worker took over meanwhile is left alone: that worker finishes it. One that is
        refused keeps its lease until that ends.
        """
        freed = [replace(item, lease_owner=None, lease_until=None) for item in items]
        versions = self._write(freed)
        return [item for item in freed if item.external_id not in versions]

    def _write(self, items: Sequence[WorkItem], *, names: bool = False) -> Mapping[str, int]:
        """Write items in the version that was read; return the versions that those written have now.

        Args:
            names: Whether to write the nodes, too, that name images without a node of their own.
        """
        groups = [
            [
                *([NodeApply(*item.image.key)] if names and item.image.space == self.space else ()),
                self._node(item),
            ]
            for item in items
        ]
        written = write_each(self.client, groups, skip_conflicts=True)
        for item in items:
            if said := written.refused.get(item.external_id):
                self.refused(item, said)
        return written.versions

    def _node(self, item: WorkItem) -> NodeApply:
        properties: dict[str, Any] = {
            "image": relation_to(item.image.space, item.image.external_id),
            "collection": item.image.collection,
            "contentVersion": item.image.content_version,
            "state": item.state,
            "attempts": item.attempts,
            "leaseOwner": item.lease_owner,
            "leaseUntil": item.lease_until.isoformat(timespec="milliseconds") if item.lease_until else None,
            "lastError": self.conceal(item.last_error)[:ERROR_LIMIT] if item.last_error else None,
            "job": item.job,
            "regionFile": relation_to(self.space, item.region_file) if item.region_file else None,
            "matchKey": item.match_key,
            "run": item.run,
            "approved": item.approved,
            "suggested": item.suggested,
            "held": item.held,
        }
        return NodeApply(
            self.space,
            item.external_id,
            existing_version=item.version,
            sources=[NodeOrEdgeData(WORK_ITEM_VIEW, properties)],
        )


def _new_item(image: Image) -> WorkItem:
    return WorkItem(derived_id("wi", image.space, image.external_id, image.content_version), image)


def _read_item(item: WorkItem, node: StoredNode) -> WorkItem:
    until = node.text("leaseUntil")
    return replace(
        item,
        version=node.version,
        state=node.properties["state"],
        attempts=node.properties.get("attempts") or 0,
        lease_owner=node.text("leaseOwner"),
        lease_until=datetime.fromisoformat(until) if until else None,
        last_error=node.text("lastError"),
        job=node.text("job"),
        region_file=node.relation("regionFile"),
        match_key=node.text("matchKey"),
        run=node.text("run"),
        approved=node.properties.get("approved") or 0,
        suggested=node.properties.get("suggested") or 0,
        held=node.properties.get("held") or 0,
    )
