"""What a container is, as requests define it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from localcdf.data_modeling.names import (
    ConstraintId,
    Description,
    Name,
    NewSchemaId,
    PropertyId,
    SpaceId,
)
from localcdf.data_modeling.property_types import DirectType, PropertyType
from localcdf.data_modeling.references import ContainerReference, InstanceType, Key
from localcdf.data_modeling.values import check_value
from localcdf.endpoint import Body

UsedFor = Literal["node", "edge", "all"]
MAX_PROPERTIES = 100
MAX_INDEXES = 10
MAX_UNIQUENESS = 10
MAX_REQUIRES = 25


class ContainerProperty(Body):
    """One property."""

    type: PropertyType
    nullable: bool = True
    immutable: bool = False
    auto_increment: Literal[False] = False  # the local CDF does not count
    default_value: Any = None
    name: Name | None = None
    description: Description | None = None

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if self.default_value is not None:
            if self.type.is_list or isinstance(self.type, DirectType):
                raise ValueError("lists and direct relations have no default value")
            check_value(self.type, self.default_value)
        return self


class Uniqueness(Body):
    """No two instances have the same values of these properties; a null is like no other null."""

    constraint_type: Literal["uniqueness"] = "uniqueness"
    properties: Annotated[list[PropertyId], Field(min_length=1)]
    by_space: bool = False


class Requires(Body):
    """Who has data here has data there too."""

    constraint_type: Literal["requires"] = "requires"
    require: ContainerReference


class BtreeIndex(Body):
    """A btree index. Only what ``cursorable`` means for paging has an effect here."""

    index_type: Literal["btree"] = "btree"
    properties: Annotated[list[PropertyId], Field(min_length=1)]
    cursorable: bool = False
    by_space: bool = False


class InvertedIndex(Body):
    """An inverted index, without effect here."""

    index_type: Literal["inverted"]
    properties: Annotated[list[PropertyId], Field(min_length=1)]


Constraint = Uniqueness | Requires
Index = BtreeIndex | InvertedIndex


class ContainerBody(Body):
    """A container."""

    space: SpaceId
    external_id: NewSchemaId
    name: Name | None = None
    description: Description | None = None
    used_for: UsedFor = "node"
    properties: Annotated[dict[PropertyId, ContainerProperty], Field(min_length=1, max_length=MAX_PROPERTIES)]
    constraints: dict[ConstraintId, Constraint] = Field(default_factory=dict)
    indexes: Annotated[dict[ConstraintId, Index], Field(max_length=MAX_INDEXES)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, part in [*self.constraints.items(), *self.indexes.items()]:
            unknown = set(getattr(part, "properties", ())) - self.properties.keys()
            if unknown:
                raise ValueError(
                    f"{name} names properties that the container lacks: {', '.join(sorted(unknown))}"
                )
        for kind, most in ((Uniqueness, MAX_UNIQUENESS), (Requires, MAX_REQUIRES)):
            if sum(isinstance(each, kind) for each in self.constraints.values()) > most:
                raise ValueError(f"more than {most} constraints of one type")
        return self

    @property
    def key(self) -> Key:
        """The key of the definition."""
        return (self.space, self.external_id, "")

    def holds(self, kind: InstanceType) -> bool:
        """Whether instances of this type may have data here."""
        return self.used_for in {kind, "all"}

    def __str__(self) -> str:
        return f"container {self.space}:{self.external_id}"
