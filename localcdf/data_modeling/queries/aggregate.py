"""Aggregates: counts, sums and the like over the instances of a view, in groups if wanted."""

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from localcdf.data_modeling.filters import Filter
from localcdf.data_modeling.names import PropertyId
from localcdf.data_modeling.property_types import DirectType
from localcdf.data_modeling.queries import finding
from localcdf.data_modeling.queries.answers import Selection, typing
from localcdf.data_modeling.queries.columns import Column, Scope, column
from localcdf.data_modeling.queries.search import in_view, matching, parsed
from localcdf.data_modeling.references import InstanceType, ViewReference, canonical
from localcdf.data_modeling.schema.resolved import Schema, View
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError

GROUPABLE = frozenset({"text", "direct", "int32", "int64", "float32", "float64", "boolean", "enum"})
NUMBERS = frozenset({"int32", "int64", "float32", "float64"})


class OfProperty(Body):
    """The numbers that an aggregate looks at."""

    path: PropertyId = Field(alias="property")


class OfAny(Body):
    """What count looks at: instances, or those with a value."""

    path: PropertyId | None = Field(None, alias="property")


class InBuckets(Body):
    """The numbers that a histogram looks at, and the width of its buckets."""

    path: PropertyId = Field(alias="property")
    interval: Annotated[float, Field(gt=0, strict=False)]


class Count(Body):
    count: OfAny


class Sum(Body):
    sum: OfProperty


class Avg(Body):
    avg: OfProperty


class Min(Body):
    min: OfProperty


class Max(Body):
    max: OfProperty


class Histogram(Body):
    histogram: InBuckets


def _name(value: Any) -> str | None:
    if isinstance(value, Body):
        return next(iter(type(value).model_fields))
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None


Aggregate = Annotated[
    Annotated[Count, Tag("count")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Avg, Tag("avg")]
    | Annotated[Min, Tag("min")]
    | Annotated[Max, Tag("max")]
    | Annotated[Histogram, Tag("histogram")],
    Discriminator(
        _name,
        custom_error_type="aggregate",
        custom_error_message="expected an object with one of count, sum, avg, min, max, histogram",
    ),
]


class Aggregates(Body):
    """What to aggregate."""

    view: ViewReference
    instance_type: InstanceType = "node"
    query: str | None = None
    properties: Annotated[list[PropertyId], Field(min_length=1, max_length=200)] | None = None
    operator: Literal["AND", "OR"] = "OR"
    filter: Filter | None = None
    aggregates: Annotated[list[Aggregate], Field(max_length=5)] | None = None
    group_by: Annotated[list[PropertyId], Field(min_length=1, max_length=5)] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    include_typing: bool = False


Row = dict[str, Any]  # values by property


def aggregate(call: Call) -> dict[str, Any]:
    """Return the aggregates, of each group of instances or of all."""
    body: Aggregates = call.body
    if not body.aggregates and not body.group_by:
        raise CdfError(400, "give aggregates, groupBy or both")
    schema = Schema.of_caller(call)
    view = schema.known_view(body.view)
    scope = Scope(schema, body.instance_type, "search", view=view)
    columns = _columns(body, scope)
    groups: dict[str, list[Row]] = {} if body.group_by else {"{}": []}
    for row in _rows(call, scope, view, body, columns):
        key = canonical({name: row[name] for name in body.group_by or () if row[name] is not None})
        groups.setdefault(key, []).append(row)
    items = [_item(body, json.loads(key), rows) for key, rows in list(groups.items())[: body.limit]]
    answer: dict[str, Any] = {"items": items}
    if body.include_typing:
        answer["typing"] = typing(
            call, [Selection(view, tuple(name for name in columns if name in view.mapped))]
        )
    return answer


def _columns(body: Aggregates, scope: Scope) -> dict[str, Column]:
    """Return the properties that matter; one of another type than it must have is a 400."""
    wanted: list[tuple[str, frozenset[str] | None]] = [(name, GROUPABLE) for name in body.group_by or ()]
    for each in body.aggregates or ():
        inner = getattr(each, _name(each) or "")
        if inner.path is not None:
            wanted.append((inner.path, None if isinstance(each, Count) else NUMBERS))
    columns = {name: column([name], scope) for name, _ in wanted}
    for name, types in wanted:
        type_ = columns[name].type
        if types and (type_.is_list or type_.type not in types):
            raise CdfError(400, f"The property {name} must be one of {', '.join(sorted(types))}, and no list")
    return columns


def _rows(call: Call, scope: Scope, view: View, body: Aggregates, columns: dict[str, Column]) -> list[Row]:
    ids = in_view(call, scope, view, body.filter, finding.Order())
    if query := parsed(call, body.query, body.operator):
        ids = matching(call, view, ids, query, body.properties)
    selected = "".join(f", {each.sql}" for each in columns.values())
    rows = call.db.execute(
        f"SELECT i.id{selected} FROM dm_instance AS i "  # noqa: S608
        "WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY i.id",
        (canonical(list(ids)),),
    )
    return [
        dict(zip(columns, map(_value, columns.values(), row[1:]), strict=True)) for row in map(tuple, rows)
    ]


def _value(of: Column, value: Any) -> Any:
    if value is None:
        return None
    if of.type.is_list or isinstance(of.type, DirectType):
        return json.loads(value)
    return bool(value) if of.type.type == "boolean" else value


def _item(body: Aggregates, group: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    item: dict[str, Any] = {"instanceType": body.instance_type}
    if body.group_by:
        item["group"] = group
    return item | {"aggregates": [_aggregated(each, rows) for each in body.aggregates or ()]}


def _aggregated(each: Any, rows: list[Row]) -> dict[str, Any]:
    name = _name(each) or ""
    of = getattr(each, name)
    if of.path is None:
        return {"aggregate": name, "value": len(rows)}
    values = [row[of.path] for row in rows if row[of.path] is not None]
    answer: dict[str, Any] = {"aggregate": name, "property": of.path}
    if name == "histogram":
        return answer | {"interval": of.interval, "buckets": _buckets(values, of.interval)}
    if values or name in {"count", "sum"}:
        answer["value"] = _REDUCE[name](values)
    if not math.isfinite(answer.get("value", 0)):
        raise CdfError(400, f"The {name} of {of.path} does not fit a number")
    return answer


def _buckets(values: Sequence[float], interval: float) -> list[dict[str, Any]]:
    quotients = [value / interval for value in values]
    if not all(map(math.isfinite, quotients)):
        raise CdfError(400, f"The interval {interval} is too small for the values of the histogram")
    counts = Counter(map(math.floor, quotients))
    return [{"start": index * interval, "count": counts[index]} for index in sorted(counts)]


_REDUCE: dict[str, Callable[[Sequence[Any]], Any]] = {
    "count": len,
    "sum": sum,
    "min": min,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
}
