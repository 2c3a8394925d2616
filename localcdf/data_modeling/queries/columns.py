"""Properties as SQL sees them: base properties of instances, and what containers hold."""

# ruff: noqa: S608  SQL is made of our own words; what requests give goes into parameters

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from localcdf.data_modeling.property_types import DirectType, PrimitiveType, PropertyType, TextType
from localcdf.data_modeling.queries.sql import Sql, bound_list
from localcdf.data_modeling.references import InstanceType
from localcdf.data_modeling.schema.resolved import Container, Mapped, Schema, View
from localcdf.data_modeling.values import check_item, epoch_ms
from localcdf.errors import CdfError
from localcdf.readings import Reading

Dialect = Literal["query", "list", "search"]

OTHER_KIND = Reading(
    "base-property-of-other-type",
    {
        "400": "naming a base property by node where edges are looked for, or the other way round, is a 400",
        "accepted": "base properties may be named by node or by edge",
    },
)


@dataclass(frozen=True)
class Scope:
    """Where a filter or a sort is read: of which instances, and how properties may be named."""

    schema: Schema
    kind: InstanceType
    dialect: Dialect
    parameters: Mapping[str, Any] | None = None  # None: there are none in this kind of request
    view: View | None = None  # whose properties may be named alone
    alias: str = "i"  # of dm_instance in the query
    depth: int = 0

    def visible(self) -> list[Sql]:
        """Return the condition to be in a space whose instances the caller may read, if there is one."""
        reach = self.schema.caller.reach("dataModelInstancesAcl", "READ")
        if reach.everywhere:
            return []
        spaces = bound_list(sorted(reach.spaces))
        return [Sql(f"{self.alias}.space IN (SELECT value FROM json_each(?))", (spaces,))]


@dataclass(frozen=True)
class Column:
    """A property: an SQL expression that is NULL where there is no value, and the type of the values."""

    sql: str
    type: PropertyType
    parse: Callable[[Any], Any]  # from a value in a request to what the store compares
    nullable: bool = True
    container: Container | None = None  # None: a base property
    name: str = ""  # in the container


_TEXT = TextType(type="text")
_INTEGER = PrimitiveType(type="int64")
_DIRECT = DirectType(type="direct")
_BASE: dict[str, tuple[str, PropertyType, bool]] = {
    "space": ("space", _TEXT, False),
    "externalId": ("external_id", _TEXT, False),
    "instanceType": ("kind", _TEXT, False),
    "version": ("version", _INTEGER, False),
    "type": ("type", _DIRECT, True),
    "createdTime": ("created_time", _INTEGER, False),
    "lastUpdatedTime": ("last_updated_time", _INTEGER, False),
    "deletedTime": ("deleted_time", _INTEGER, True),
    "startNode": ("start_node", _DIRECT, False),
    "endNode": ("end_node", _DIRECT, False),
}
_EDGES_ONLY = frozenset({"startNode", "endNode"})
_TIMES = frozenset({"createdTime", "lastUpdatedTime", "deletedTime"})


def column(path: Sequence[str], scope: Scope) -> Column:
    """Return the property that ``path`` names; an unknown one is a 400."""
    match path:
        case ["node" | "edge" as kind, name]:
            if kind != scope.kind and scope.schema.reads(OTHER_KIND, "400"):
                raise CdfError(400, f"{list(path)} is a property of {kind}s, but these are {scope.kind}s")
            return _base(name, scope)
        case [name] if scope.view and name in scope.view.properties:
            return _of_view(scope.view, name, scope)
        case [name] if scope.view:
            return _base(name, scope)
        case [space, source, name]:
            return _of_source(space, source, name, scope)
        case _:
            raise CdfError(400, f"{list(path)} names no property: {_FORMS}")


_FORMS = 'expected ["node" or "edge", name], [space, container, name] or [space, "view/version", name]'


def mapped_column(mapped: Mapped, scope: Scope) -> Column:
    """Return a property of a view."""
    return _data(mapped.container, mapped.property_id, mapped.spec.type, scope)


def _of_source(space: str, source: str, name: str, scope: Scope) -> Column:
    scope.schema.check_readable(space)
    external_id, is_view, version = source.partition("/")
    if is_view:
        view = scope.schema.view((space, external_id, version))
        if view is None:
            raise CdfError(400, f"The view {space}:{source} does not exist")
        return _of_view(view, name, scope)
    container = scope.schema.container((space, external_id, ""))
    if container is None:
        raise CdfError(400, f"The container {space}:{source} does not exist")
    spec = container.body.properties.get(name)
    if spec is None:
        raise CdfError(400, f"The {container.body} has no property {name}")
    return _data(container, name, spec.type, scope)


def _of_view(view: View, name: str, scope: Scope) -> Column:
    if name not in view.mapped:
        reason = (
            "is a connection and has no value" if name in view.properties else "is none of its properties"
        )
        raise CdfError(400, f"The {view.body}: {name} {reason}")
    return mapped_column(view.mapped[name], scope)


def _base(name: str, scope: Scope) -> Column:
    if name not in _BASE or (name in _EDGES_ONLY and scope.kind == "node"):
        raise CdfError(400, f"{scope.kind}s have no base property {name}")
    sql, type_, nullable = _BASE[name]
    parse = epoch_ms if name in _TIMES else partial(check_item, type_)
    return Column(f"{scope.alias}.{sql}", type_, parse, nullable)


def _data(container: Container, name: str, type_: PropertyType, scope: Scope) -> Column:
    # The name has passed the pattern of property identifiers, so it may stand in the path.
    sql = (
        f"(SELECT json_extract(d.properties, '$.\"{name}\"') FROM dm_data AS d "
        f"WHERE d.instance = {scope.alias}.id AND d.container = {container.id})"
    )
    unlimited = type_.model_copy(update={"max_text_size": None}) if isinstance(type_, TextType) else type_
    return Column(sql, type_, partial(check_item, unlimited), container=container, name=name)
