"""The filter language: what a filter looks like on the wire. ``filter_sql`` says what it means.

A property is named by ``["node" | "edge", base property]``, ``[space, container, property]`` or
``[space, "view/version", property]``; search and aggregate also know ``[property]`` of their view. A
value is given as it is, as ``{"property": [...]}`` of the same instance, or, in queries, as
``{"parameter": name}``.
"""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from localcdf.data_modeling.references import NodeReference, SourceReference
from localcdf.endpoint import Body

Path = Annotated[list[str], Field(min_length=1, max_length=4)]


class PropertyOf(Body):
    """A value that another property of the same instance holds."""

    path: Path = Field(alias="property")


class Parameter(Body):
    """A value that the query's ``parameters`` hold."""

    parameter: str


def _form(value: Any) -> str:
    if isinstance(value, PropertyOf | Parameter):
        return type(value).__name__
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if key == "property" and isinstance(inner, list):
            return "PropertyOf"
        if key == "parameter" and isinstance(inner, str):
            return "Parameter"
    return "literal"


Value = Annotated[
    Annotated[PropertyOf, Tag("PropertyOf")]
    | Annotated[Parameter, Tag("Parameter")]
    | Annotated[Any, Tag("literal")],
    Discriminator(_form),
]


class PropertyAndValue(Body):
    """What equals and prefix compare."""

    path: Path = Field(alias="property")
    value: Value


class PropertyAndValues(Body):
    """What in, containsAny and containsAll compare."""

    path: Path = Field(alias="property")
    values: Value


class Bounds(Body):
    """At least one bound, and not two of one side."""

    gte: Value = None
    gt: Value = None
    lte: Value = None
    lt: Value = None

    @model_validator(mode="after")
    def _one_each_side(self) -> Self:
        given = self.bounds()
        if not given:
            raise ValueError("give at least one of gt, gte, lt, lte")
        if {"gt", "gte"} <= given.keys() or {"lt", "lte"} <= given.keys():
            raise ValueError("give only one of gt and gte, and only one of lt and lte")
        return self

    def bounds(self) -> dict[str, Any]:
        """Return the bounds given, by their names."""
        return {
            name: getattr(self, name) for name in ("gt", "gte", "lt", "lte") if name in self.model_fields_set
        }


class RangeBounds(Bounds):
    """What range compares."""

    path: Path = Field(alias="property")


class OverlapBounds(Bounds):
    """What overlaps compares."""

    start_property: Path
    end_property: Path


class PropertyOnly(Body):
    """What exists looks at."""

    path: Path = Field(alias="property")


class Scope(Body):
    """A filter on the node that a direct relation points to."""

    scope: Annotated[list[str], Field(min_length=1, max_length=3)]
    filter: "Filter"


class Nothing(Body):
    """The empty object."""


class Equals(Body):
    equals: PropertyAndValue


class In(Body):
    in_: PropertyAndValues = Field(alias="in")


class Range(Body):
    range: RangeBounds


class Prefix(Body):
    prefix: PropertyAndValue


class Exists(Body):
    exists: PropertyOnly


class ContainsAny(Body):
    contains_any: PropertyAndValues


class ContainsAll(Body):
    contains_all: PropertyAndValues


class Nested(Body):
    nested: Scope


class Overlaps(Body):
    overlaps: OverlapBounds


class HasData(Body):
    has_data: list[SourceReference]


class MatchAll(Body):
    match_all: Nothing


class InstanceReferences(Body):
    instance_references: list[NodeReference]


class And(Body):
    and_: Annotated[list["Filter"], Field(min_length=1, alias="and")]


class Or(Body):
    or_: Annotated[list["Filter"], Field(min_length=1, alias="or")]


class Not(Body):
    not_: "Filter" = Field(alias="not")


def _operator(value: Any) -> str | None:
    if isinstance(value, Body):
        return next(iter(type(value).model_fields.values())).alias
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None


Filter = Annotated[
    Annotated[Equals, Tag("equals")]
    | Annotated[In, Tag("in")]
    | Annotated[Range, Tag("range")]
    | Annotated[Prefix, Tag("prefix")]
    | Annotated[Exists, Tag("exists")]
    | Annotated[ContainsAny, Tag("containsAny")]
    | Annotated[ContainsAll, Tag("containsAll")]
    | Annotated[Nested, Tag("nested")]
    | Annotated[Overlaps, Tag("overlaps")]
    | Annotated[HasData, Tag("hasData")]
    | Annotated[MatchAll, Tag("matchAll")]
    | Annotated[InstanceReferences, Tag("instanceReferences")]
    | Annotated[And, Tag("and")]
    | Annotated[Or, Tag("or")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _operator,
        custom_error_type="filter",
        custom_error_message="expected an object with one filter: equals, in, range, prefix, exists, "
        "containsAny, containsAll, nested, overlaps, hasData, matchAll, instanceReferences, and, or, not",
    ),
]
for _model in (Scope, Nested, And, Or, Not):
    _model.model_rebuild()
