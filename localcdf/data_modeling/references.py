"""References: how requests name views, containers and instances."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from localcdf.data_modeling.names import InstanceExternalId, SchemaId, SpaceId, Version
from localcdf.endpoint import Body

InstanceType = Literal["node", "edge"]
Key = tuple[str, str, str]  # space, external id, version; what a thing does not have is empty


class ContainerReference(Body):
    """A container."""

    type: Literal["container"]
    space: SpaceId
    external_id: SchemaId

    @property
    def key(self) -> Key:
        """The key of its definition."""
        return (self.space, self.external_id, "")

    def __str__(self) -> str:
        return f"container {self.space}:{self.external_id}"


class ViewReference(Body):
    """One version of a view."""

    type: Literal["view"]
    space: SpaceId
    external_id: SchemaId
    version: Version

    @property
    def key(self) -> Key:
        """The key of its definition."""
        return (self.space, self.external_id, self.version)

    def __str__(self) -> str:
        return f"view {self.space}:{self.external_id}/{self.version}"


SourceReference = Annotated[ViewReference | ContainerReference, Field(discriminator="type")]


class NodeReference(Body):
    """The value of a direct relation."""

    space: SpaceId
    external_id: InstanceExternalId

    @property
    def ref(self) -> str:
        """What the store writes for it."""
        return ref_of(self.space, self.external_id)


class InstanceReference(NodeReference):
    """A node or an edge."""

    instance_type: InstanceType


def canonical(value: Any) -> str:
    """Return the one way in which the store writes a JSON value, so that equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def ref_of(space: str, external_id: str) -> str:
    """Return what the store writes for an instance: the canonical text of ``{"externalId", "space"}``."""
    return canonical({"externalId": external_id, "space": space})


def relation(ref: str) -> dict[str, str]:
    """Return the value of a direct relation that the store writes as ``ref``."""
    return json.loads(ref)


def instance_of(ref: str) -> str:
    """Return an instance as messages name it."""
    named = relation(ref)
    return f"{named['space']}:{named['externalId']}"
