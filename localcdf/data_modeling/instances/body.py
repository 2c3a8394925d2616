"""What requests say about instances."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from localcdf.data_modeling.filters import Filter, Path
from localcdf.data_modeling.names import InstanceExternalId, PropertyId, SpaceId
from localcdf.data_modeling.references import (
    InstanceReference,
    InstanceType,
    NodeReference,
    SourceReference,
    ViewReference,
)
from localcdf.endpoint import Body

MAX_INSTANCES = 1000
MAX_SOURCES = 10  # views to read in one request
Version = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class SourceData(Body):
    """Properties of a view or container; without any, the containers get empty data."""

    source: SourceReference
    properties: Annotated[dict[PropertyId, Any], Field(min_length=1)] | None = None


class _Write(Body):
    space: SpaceId
    external_id: InstanceExternalId
    existing_version: Version | None = None
    sources: Annotated[list[SourceData], Field(min_length=1, max_length=100)] | None = None

    @property
    def reference(self) -> NodeReference:
        """The identifier."""
        return NodeReference(space=self.space, externalId=self.external_id)


class NodeWrite(_Write):
    """A node to create or update."""

    instance_type: Literal["node"]
    type: NodeReference | None = None


class EdgeWrite(_Write):
    """An edge to create or update."""

    instance_type: Literal["edge"]
    type: NodeReference
    start_node: NodeReference
    end_node: NodeReference


InstanceWrite = Annotated[NodeWrite | EdgeWrite, Field(discriminator="instance_type")]


class InstanceDelete(InstanceReference):
    """An instance to delete."""

    existing_version: Version | None = None


class Apply(Body):
    """Instances to create or update, and others to delete."""

    items: Annotated[list[InstanceWrite], Field(max_length=MAX_INSTANCES)]
    delete: Annotated[list[InstanceDelete], Field(max_length=MAX_INSTANCES)] = Field(default_factory=list)
    auto_create_direct_relations: bool = True
    auto_create_start_nodes: bool = False
    auto_create_end_nodes: bool = False
    skip_on_version_conflict: bool = False
    replace: bool = False

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if len(self.items) + len(self.delete) > MAX_INSTANCES:
            raise ValueError(f"items and delete together are more than {MAX_INSTANCES}")
        return self


class Delete(Body):
    """Instances to delete."""

    items: Annotated[list[InstanceDelete], Field(min_length=1, max_length=MAX_INSTANCES)]


class ViewSource(Body):
    """A view through which to read."""

    source: ViewReference


Sources = Annotated[list[ViewSource], Field(max_length=MAX_SOURCES)]


class ByIds(Body):
    """Instances to read."""

    items: Annotated[list[InstanceReference], Field(min_length=1, max_length=MAX_INSTANCES)]
    sources: Sources | None = None
    include_typing: bool = False


class SearchSort(Body):
    """A property to sort search results by; nulls come last."""

    path: Path = Field(alias="property")
    direction: Literal["ascending", "descending"] = "ascending"


class Sort(SearchSort):
    """A property to sort by."""

    nulls_first: bool = False


Sorts = Annotated[list[Sort], Field(max_length=5)]


class List(Body):
    """Which instances to list."""

    instance_type: InstanceType = "node"
    sources: Sources | None = None
    filter: Filter | None = None
    sort: Sorts | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000
    cursor: str | None = None
    include_typing: bool = False


class Search(Body):
    """What to search for."""

    view: ViewReference
    query: str | None = None
    instance_type: InstanceType = "node"
    properties: list[PropertyId] | None = None
    filter: Filter | None = None
    include_typing: bool = False
    sort: Annotated[list[SearchSort], Field(max_length=5)] | None = None
    operator: Literal["AND", "OR"] = "OR"
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000
