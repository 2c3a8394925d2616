"""What views and data models are, as requests define them."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from localcdf.data_modeling.filters import Filter
from localcdf.data_modeling.names import (
    Description,
    Name,
    NewSchemaId,
    PropertyId,
    SchemaId,
    SpaceId,
    Version,
)
from localcdf.data_modeling.references import (
    ContainerReference,
    Key,
    NodeReference,
    SourceReference,
    ViewReference,
)
from localcdf.endpoint import Body

MAX_VIEW_PROPERTIES = 300
MAX_IMPLEMENTS = 10
MAX_MODEL_VIEWS = 100


class MappedProperty(Body):
    """A property of a container; ``source`` tells through which view to read a direct relation's target."""

    name: Name | None = None
    description: Description | None = None
    container: ContainerReference
    container_property_identifier: PropertyId
    source: ViewReference | None = None


class EdgeConnection(Body):
    """Edges that are expected between instances of two views."""

    connection_type: Literal["single_edge_connection", "multi_edge_connection"] = "multi_edge_connection"
    name: Name | None = None
    description: Description | None = None
    type: NodeReference
    source: ViewReference
    edge_source: ViewReference | None = None
    direction: Literal["outwards", "inwards"] = "outwards"


class Through(Body):
    """A direct relation, by the view or container that has it."""

    source: SourceReference
    identifier: PropertyId


class ReverseRelation(Body):
    """Direct relations that point here."""

    connection_type: Literal["single_reverse_direct_relation", "multi_reverse_direct_relation"]
    name: Name | None = None
    description: Description | None = None
    source: ViewReference
    through: Through


def _kind_of_property(value: Any) -> str:
    def has(name: str) -> bool:
        return name in value if isinstance(value, dict) else hasattr(value, name)

    return "mapped" if has("container") else "reverse" if has("through") else "edge"


ViewProperty = Annotated[
    Annotated[MappedProperty, Tag("mapped")]
    | Annotated[EdgeConnection, Tag("edge")]
    | Annotated[ReverseRelation, Tag("reverse")],
    Discriminator(_kind_of_property),
]


class ViewBody(Body):
    """One version of a view."""

    space: SpaceId
    external_id: NewSchemaId
    version: Version
    name: Name | None = None
    description: Description | None = None
    filter: Filter | None = None
    implements: Annotated[list[ViewReference], Field(max_length=MAX_IMPLEMENTS)] = Field(default_factory=list)
    properties: Annotated[dict[PropertyId, ViewProperty], Field(max_length=MAX_VIEW_PROPERTIES)] = Field(
        default_factory=dict
    )

    @property
    def key(self) -> Key:
        """The key of the definition."""
        return (self.space, self.external_id, self.version)

    @property
    def reference(self) -> ViewReference:
        """The reference to this view."""
        return ViewReference(type="view", space=self.space, externalId=self.external_id, version=self.version)

    def __str__(self) -> str:
        return str(self.reference)


class DataModelBody(Body):
    """One version of a data model; a view is given by reference or defined on the spot."""

    space: SpaceId
    external_id: SchemaId
    version: Version
    name: Name | None = None
    description: Description | None = None
    views: Annotated[
        list[
            Annotated[
                Annotated[ViewReference, Tag("reference")] | Annotated[ViewBody, Tag("definition")],
                Discriminator(lambda value: "reference" if _has_type(value) else "definition"),
            ]
        ],
        Field(max_length=MAX_MODEL_VIEWS),
    ] = Field(default_factory=list)

    @property
    def key(self) -> Key:
        """The key of the definition."""
        return (self.space, self.external_id, self.version)


def _has_type(value: Any) -> bool:
    return "type" in value if isinstance(value, dict) else isinstance(value, ViewReference)
