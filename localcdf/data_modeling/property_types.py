"""The types of properties, as container definitions give them."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from localcdf.data_modeling.names import Description, EnumValueId, InstanceExternalId, Name
from localcdf.data_modeling.references import ContainerReference
from localcdf.endpoint import Body

MAX_TEXT_BYTES = 128_000
MAX_LIST = 2_000  # the most that maxListSize may say
DEFAULT_LIST = 1_000
DEFAULT_RELATION_LIST = 100


class _Type(Body):
    is_list: bool = Field(False, alias="list")
    max_list_size: Annotated[int, Field(ge=1, le=MAX_LIST)] | None = None

    @model_validator(mode="after")
    def _size_of_a_list(self) -> Self:
        if self.max_list_size is not None and not self.is_list:
            raise ValueError("maxListSize is for lists: add list: true")
        return self

    @property
    def list_limit(self) -> int:
        """How many values a list may have."""
        return self.max_list_size or DEFAULT_LIST


class TextType(_Type):
    """Text. The local CDF knows the default collation only."""

    type: Literal["text"]
    max_text_size: Annotated[int, Field(ge=1, le=MAX_TEXT_BYTES)] | None = None
    collation: Literal["ucs_basic"] = "ucs_basic"


class Unit(Body):
    """A unit of the catalogue."""

    external_id: InstanceExternalId
    source_unit: str | None = None


class PrimitiveType(_Type):
    """Truth values, numbers, times and JSON."""

    type: Literal["boolean", "float32", "float64", "int32", "int64", "timestamp", "date", "json"]
    unit: Unit | None = None

    @model_validator(mode="after")
    def _unit_of_a_float(self) -> Self:
        if self.unit and self.type not in {"float32", "float64"}:
            raise ValueError("only float32 and float64 have a unit")
        return self


class ExternalReferenceType(_Type):
    """The external id of a time series, file or sequence; whether it exists is not checked."""

    type: Literal["timeseries", "file", "sequence"]


class DirectType(_Type):
    """A direct relation to a node; with ``container`` the node must have data in it."""

    type: Literal["direct"]
    container: ContainerReference | None = None

    @property
    def list_limit(self) -> int:
        """How many relations a list may have."""
        return self.max_list_size or DEFAULT_RELATION_LIST


class EnumValue(Body):
    """What people read for one value of an enum."""

    name: Name | None = None
    description: Description | None = None


class EnumType(Body):
    """One of a few values."""

    type: Literal["enum"]
    unknown_value: str | None = None
    values: dict[EnumValueId, EnumValue] = Field(min_length=1, max_length=32)
    is_list: ClassVar[bool] = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.unknown_value is not None and self.unknown_value not in self.values:
            raise ValueError(f"unknownValue {self.unknown_value} must be one of the values")
        return self


PropertyType = Annotated[
    TextType | PrimitiveType | ExternalReferenceType | DirectType | EnumType, Field(discriminator="type")
]
