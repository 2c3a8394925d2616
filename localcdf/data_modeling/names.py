"""Names in data modeling: the reference's patterns, lengths and reserved words."""

from typing import Annotated

from pydantic import AfterValidator, Field

RESERVED_SPACES = frozenset(
    [
        "cdf",
        "constraint",
        "dms",
        "edge",
        "edge_source",
        "history",
        "identifier_by_space",
        "index",
        "mapping",
        "node",
        "node_source",
        "pg3",
        "project",
        "property",
        "property_group",
        "property_group_constraint",
        "property_group_index",
        "shared",
        "space",
        "system",
        "version_info",
    ]
)
RESERVED_EXTERNAL_IDS = frozenset(
    [
        "Boolean",
        "Date",
        "File",
        "Float",
        "Float32",
        "Float64",
        "Int",
        "Int32",
        "Int64",
        "JSONObject",
        "Mutation",
        "Numeric",
        "PageInfo",
        "Query",
        "Sequence",
        "String",
        "Subscription",
        "TimeSeries",
        "Timestamp",
    ]
)
RESERVED_PROPERTIES = frozenset(
    [
        "createdTime",
        "deletedTime",
        "edge_id",
        "endNode",
        "extensions",
        "externalId",
        "lastUpdatedTime",
        "node_id",
        "project_id",
        "property_group",
        "seq",
        "space",
        "startNode",
        "tg_table_name",
        "version",
    ]
)
RESERVED_ENUM_VALUES = frozenset({"true", "false", "null"})


def _not_in(reserved: frozenset[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name in reserved:
            raise ValueError(f"{name} is a reserved name, choose another")
        return name

    return AfterValidator(check)


SpaceId = Annotated[
    str, Field(min_length=1, max_length=43, pattern=r"^[a-zA-Z][a-zA-Z0-9_-]{0,41}[a-zA-Z0-9]?$")
]
NewSpaceId = Annotated[SpaceId, _not_in(RESERVED_SPACES)]
SchemaId = Annotated[
    str, Field(min_length=1, max_length=255, pattern=r"^[a-zA-Z]([a-zA-Z0-9_]{0,253}[a-zA-Z0-9])?$")
]
NewSchemaId = Annotated[SchemaId, _not_in(RESERVED_EXTERNAL_IDS)]
Version = Annotated[
    str, Field(min_length=1, max_length=43, pattern=r"^[a-zA-Z0-9]([.a-zA-Z0-9_-]{0,41}[a-zA-Z0-9])?$")
]
PropertyId = Annotated[
    str, Field(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,253}[a-zA-Z0-9]?$")
]
ConstraintId = Annotated[
    str, Field(min_length=1, max_length=43, pattern=r"^[a-zA-Z]([a-zA-Z0-9_]*[a-zA-Z0-9])?$")
]
EnumValueId = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^[_A-Za-z][_0-9A-Za-z]{0,127}$"),
    _not_in(RESERVED_ENUM_VALUES),
]
InstanceExternalId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]{1,256}$")]
Name = Annotated[str, Field(max_length=255)]
Description = Annotated[str, Field(max_length=1024)]
