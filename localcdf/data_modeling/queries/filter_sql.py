"""What filters mean, as conditions on ``dm_instance``.

A property without a value makes a comparison neither true nor false, as in SQL; ``NEGATION`` says what its
negation is then.
"""

# ruff: noqa: S608  SQL is made of our own words; what requests give goes into parameters

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from localcdf.data_modeling import filters
from localcdf.data_modeling.filters import Filter, Parameter, PropertyOf
from localcdf.data_modeling.property_types import DirectType, TextType
from localcdf.data_modeling.queries.columns import Column, Scope, column
from localcdf.data_modeling.queries.sql import Sql, bound, bound_list, joined
from localcdf.data_modeling.references import SourceReference
from localcdf.data_modeling.schema.resolved import Container, View
from localcdf.errors import CdfError
from localcdf.readings import Reading

NEGATION = Reading(
    "negation-without-value",
    {
        "no-match": "a property without a value meets neither a filter nor its negation, as in SQL",
        "match": "a property without a value meets the negation of a filter",
    },
)
MAX_DEPTH = 20  # of filters in filters, those of views included
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
ORDERED = frozenset({"int32", "int64", "float32", "float64", "timestamp", "date"})
# Search and aggregate follow these relations only.
SEARCHABLE_SCOPES = frozenset(
    {
        ("cdf_cdm", "CogniteActivity", "assets"),
        ("cdf_cdm", "CogniteEquipment", "asset"),
        ("cdf_cdm", "CogniteFile", "assets"),
        ("cdf_cdm", "CogniteFile", "category"),
        ("cdf_cdm", "CogniteTimeSeries", "assets"),
        ("cdf_cdm", "CogniteTimeSeries", "unit"),
    }
)
TRUE, FALSE = Sql("TRUE"), Sql("FALSE")


def condition(filter_: Filter, scope: Scope) -> Sql:
    """Return the condition that instances meet when ``filter_`` matches; a 400 says why there is none."""
    if scope.depth > MAX_DEPTH:
        raise CdfError(400, f"Filters are nested more than {MAX_DEPTH} deep")
    return _CONDITIONS[type(filter_)](filter_, replace(scope, depth=scope.depth + 1))


def has_data(source: Container | View, scope: Scope) -> Sql:
    """Return the condition that an instance has data in a container, or belongs to a view."""
    if isinstance(source, Container):
        text = f"EXISTS (SELECT 1 FROM dm_data AS d WHERE d.instance = {scope.alias}.id AND d.container = ?)"
        return Sql(text, (source.id,))
    if source.used_for not in {scope.kind, "all"}:
        return FALSE
    if source.body.filter is not None:
        return condition(source.body.filter, replace(scope, parameters=None, view=None))
    if not source.containers:
        raise CdfError(
            400, f"The {source.body} cannot be queried: it has neither a filter nor mapped properties"
        )
    return joined("AND", [has_data(each, scope) for each in source.containers])


def _and(each: filters.And, scope: Scope) -> Sql:
    return joined("AND", [condition(part, scope) for part in each.and_])


def _or(each: filters.Or, scope: Scope) -> Sql:
    return joined("OR", [condition(part, scope) for part in each.or_])


def _not(each: filters.Not, scope: Scope) -> Sql:
    inner = condition(each.not_, scope)
    if scope.schema.reads(NEGATION, "match"):
        return Sql(f"(NOT coalesce({inner.text}, FALSE))", inner.parameters)
    return Sql(f"(NOT {inner.text})", inner.parameters)


def _match_all(_each: filters.MatchAll, _scope: Scope) -> Sql:
    return TRUE


def _has_data(each: filters.HasData, scope: Scope) -> Sql:
    return joined("AND", [TRUE, *(_belongs(reference, scope) for reference in each.has_data)])


def _belongs(reference: SourceReference, scope: Scope) -> Sql:
    return has_data(scope.schema.source(reference), scope)


def _instance_references(each: filters.InstanceReferences, scope: Scope) -> Sql:
    refs = bound_list([reference.ref for reference in each.instance_references])
    return Sql(f"{scope.alias}.ref IN (SELECT value FROM json_each(?))", (refs,))


def _equals(each: filters.Equals, scope: Scope) -> Sql:
    left = column(each.equals.path, scope)
    right = _operand(each.equals.value, left, scope, as_list=left.type.is_list)
    return Sql(f"({left.sql} = {right.text})", right.parameters)


def _range(each: filters.Range, scope: Scope) -> Sql:
    return _within(column(each.range.path, scope), each.range.path, each.range, scope, OPERATORS)


def _overlaps(each: filters.Overlaps, scope: Scope) -> Sql:
    """Both ranges reach into each other: the end after the lower bound, the start before the upper one."""
    if scope.dialect == "search":
        raise CdfError(400, "overlaps is not available in search and aggregate")
    given = each.overlaps
    start, end = column(given.start_property, scope), column(given.end_property, scope)
    lower = {name: sign for name, sign in OPERATORS.items() if name in {"gt", "gte"}}
    upper = {name: sign for name, sign in OPERATORS.items() if name in {"lt", "lte"}}
    present = [Sql(f"({start.sql} IS NOT NULL OR NULL)"), Sql(f"({end.sql} IS NOT NULL OR NULL)")]
    after = _within(end, given.end_property, given, scope, lower)
    before = _within(start, given.start_property, given, scope, upper)
    return joined("AND", [*present, after, before])


def _within(
    left: Column, path: list[str], given: filters.Bounds, scope: Scope, operators: dict[str, str]
) -> Sql:
    if left.type.is_list or left.type.type not in ORDERED:
        raise CdfError(400, f"{path} is no single number, timestamp or date: only those have a range")
    parts = []
    for name, value in given.bounds().items():
        if name in operators:
            right = _operand(value, left, scope)
            parts.append(Sql(f"({left.sql} {operators[name]} {right.text})", right.parameters))
    return joined("AND", parts or [TRUE])


def _exists(each: filters.Exists, scope: Scope) -> Sql:
    left = column(each.exists.path, scope)
    if left.type.is_list and scope.dialect == "search":  # there, an empty list does not exist
        return Sql(f"(coalesce(json_array_length({left.sql}), 0) > 0)")
    return Sql(f"({left.sql} IS NOT NULL)")


def _prefix(each: filters.Prefix, scope: Scope) -> Sql:
    left = column(each.prefix.path, scope)
    if left.type.is_list:
        return _list_prefix(each, left, scope)
    if not isinstance(left.type, TextType):
        raise CdfError(400, f"{each.prefix.path} is no text: only text has a prefix")
    right = _operand(each.prefix.value, left, scope)
    return Sql(f"(substr({left.sql}, 1, length({right.text})) = {right.text})", right.parameters * 2)


def _list_prefix(each: filters.Prefix, left: Column, scope: Scope) -> Sql:
    value = _resolved(each.prefix.value, scope)
    if scope.dialect == "list" or (scope.dialect == "search" and isinstance(value, list)):
        raise CdfError(400, f"{each.prefix.path} is a list: only queries look at the prefix of a list")
    if scope.dialect == "search":
        text = _parsed(left, value)
        return _known(
            Sql(
                f"EXISTS (SELECT 1 FROM json_each({left.sql}) WHERE substr(value, 1, length(?)) = ?)",
                (text, text),
            ),
            left,
        )
    wanted = [_parsed(left, one) for one in (value if isinstance(value, list) else [value])]
    differs = f"json_extract({left.sql}, '$[' || wanted.key || ']') IS NOT wanted.value"
    return _known(
        Sql(f"NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE {differs})", (bound_list(wanted),)), left
    )


def _in(each: filters.In, scope: Scope) -> Sql:
    left = column(each.in_.path, scope)
    if left.type.is_list:
        return _contains_any(each.in_, scope)
    values, others = _set(each.in_.values, left, scope)
    text = f"({left.sql} IN (SELECT value FROM {values.text}))"
    return _known(Sql(text, values.parameters), left, *others)


def _contains_any(each: filters.PropertyAndValues, scope: Scope) -> Sql:
    left = _list_column(each, scope)
    values, others = _set(each.values, left, scope)
    given = f"SELECT value FROM {values.text}"
    text = f"EXISTS (SELECT 1 FROM json_each({left.sql}) AS own WHERE own.value IN ({given}))"
    return _known(Sql(text, values.parameters), left, *others)


def _contains_all(each: filters.PropertyAndValues, scope: Scope) -> Sql:
    left = _list_column(each, scope)
    values, others = _set(each.values, left, scope)
    own = f"SELECT value FROM json_each({left.sql})"
    text = f"NOT EXISTS (SELECT 1 FROM {values.text} AS given WHERE given.value NOT IN ({own}))"
    return _known(Sql(text, values.parameters), left, *others)


def _list_column(each: filters.PropertyAndValues, scope: Scope) -> Column:
    left = column(each.path, scope)
    if not left.type.is_list:
        raise CdfError(400, f"{each.path} is no list: use in or equals")
    return left


def _nested(each: filters.Nested, scope: Scope) -> Sql:
    relation = column(each.nested.scope, scope)
    if not isinstance(relation.type, DirectType):
        raise CdfError(400, f"{each.nested.scope} is no direct relation")
    if scope.dialect == "search":
        _refuse_scope(each, scope)
    target = f"n{scope.depth}"
    there = replace(scope, kind="node", alias=target, view=None)
    inner = joined("AND", [*there.visible(), condition(each.nested.filter, there)])
    match = (
        f"IN (SELECT value FROM json_each({relation.sql}))" if relation.type.is_list else f"= {relation.sql}"
    )
    # Not by _known: SQLite's parser has a small stack, and this takes less of it.
    text = (
        f"(EXISTS (SELECT 1 FROM dm_instance AS {target} WHERE {target}.ref {match} "
        f"AND {target}.kind = 'node' AND {target}.deleted_time IS NULL AND {inner.text}) "
        f"OR ({relation.sql} IS NULL AND NULL))"
    )
    return Sql(text, inner.parameters)


def _refuse_scope(each: filters.Nested, scope: Scope) -> None:
    path = each.nested.scope
    container: tuple[str, ...] = tuple(path)
    if len(path) == 3 and "/" in path[1]:
        view = scope.schema.view((path[0], *path[1].split("/", 1)))
        mapped = view.mapped[path[2]] if view else None
        container = (*mapped.container.body.key[:2], mapped.property_id) if mapped else ()
    if container not in SEARCHABLE_SCOPES:
        raise CdfError(400, f"Search and aggregate do not follow {path}: use a query")


def _operand(value: Any, left: Column, scope: Scope, *, as_list: bool = False) -> Sql:
    value = _resolved(value, scope)
    if isinstance(value, PropertyOf):
        return Sql(_comparable(value, left, scope, is_list=as_list).sql)
    if not as_list:
        return Sql("?", (bound(_parsed(left, value)),))
    if not isinstance(value, list):
        raise CdfError(400, "A list is compared with a list; use containsAny or containsAll for its elements")
    return Sql("?", (bound([_parsed(left, each) for each in value]),))


def _set(values: Any, left: Column, scope: Scope) -> tuple[Sql, list[Column]]:
    """Return a table of the values, and the columns that it reads."""
    values = _resolved(values, scope)
    if isinstance(values, PropertyOf):
        other = _comparable(values, left, scope, is_list=True)
        return Sql(f"json_each({other.sql})"), [other]
    if not isinstance(values, list):
        raise CdfError(400, "values must be a list")
    given = bound_list([_parsed(left, each) for each in values])
    return Sql("json_each(?)", (given,)), []


def _resolved(value: Any, scope: Scope) -> Any:
    if not isinstance(value, Parameter):
        return value
    if scope.parameters is None:
        raise CdfError(400, f"Only queries have parameters: {value.parameter}")
    if value.parameter not in scope.parameters:
        raise CdfError(400, f"The parameter {value.parameter} is not given: add it to parameters")
    return scope.parameters[value.parameter]


def _comparable(value: PropertyOf, left: Column, scope: Scope, *, is_list: bool) -> Column:
    other = column(value.path, scope)
    if (other.type.type, other.type.is_list) != (left.type.type, is_list):
        wanted = f"a list of {left.type.type}" if is_list else left.type.type
        raise CdfError(400, f"{value.path} is not {wanted}, so the two cannot be compared")
    return other


def _parsed(left: Column, value: Any) -> Any:
    try:
        return left.parse(value)
    except ValueError as error:
        raise CdfError(400, f"A value of the filter does not fit its property: {error}") from error


def _known(sql: Sql, *columns: Column) -> Sql:
    """Return a condition that is NULL where one of the columns has no value."""
    missing = " OR ".join(f"{each.sql} IS NULL" for each in columns if each.nullable)
    return Sql(f"(CASE WHEN {missing} THEN NULL ELSE {sql.text} END)", sql.parameters) if missing else sql


_CONDITIONS: dict[type, Callable[[Any, Scope], Sql]] = {
    filters.And: _and,
    filters.Or: _or,
    filters.Not: _not,
    filters.MatchAll: _match_all,
    filters.HasData: _has_data,
    filters.InstanceReferences: _instance_references,
    filters.Equals: _equals,
    filters.In: _in,
    filters.Range: _range,
    filters.Prefix: _prefix,
    filters.Exists: _exists,
    filters.Overlaps: _overlaps,
    filters.Nested: _nested,
    filters.ContainsAny: lambda each, scope: _contains_any(each.contains_any, scope),
    filters.ContainsAll: lambda each, scope: _contains_all(each.contains_all, scope),
}


def check_view_filter(scope_schema: Any, view: View) -> None:
    """Refuse the filter of a view that makes no sense, or that refers back to the view."""
    kind = "edge" if view.used_for == "edge" else "node"
    assert view.body.filter is not None
    condition(view.body.filter, Scope(scope_schema, kind, "list"))
