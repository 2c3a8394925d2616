"""Search: instances of a view by words in their texts."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from localcdf.data_modeling.filters import Filter
from localcdf.data_modeling.instances.body import Search
from localcdf.data_modeling.property_types import TextType
from localcdf.data_modeling.queries import finding
from localcdf.data_modeling.queries.answers import answers, selection, typing
from localcdf.data_modeling.queries.columns import Scope, mapped_column
from localcdf.data_modeling.queries.filter_sql import condition, has_data
from localcdf.data_modeling.queries.sql import Sql
from localcdf.data_modeling.queries.words import WordQuery
from localcdf.data_modeling.references import canonical
from localcdf.data_modeling.schema.resolved import Mapped, Schema, View
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

PREFIX = Reading(
    "search-prefix-with-and",
    {
        "no": "with AND every word is compared whole (with OR the last stands for all that begin so)",
        "yes": "with AND, as with OR, the last word stands for all that begin so",
    },
)


def search(call: Call) -> dict[str, Any]:
    """Return instances of a view that match words and a filter, the most relevant first."""
    body: Search = call.body
    schema = Schema.of_caller(call)
    view = schema.known_view(body.view)
    scope = Scope(schema, body.instance_type, "search", view=view)
    ids = in_view(call, scope, view, body.filter, finding.order(body.sort, scope))
    if query := parsed(call, body.query, body.operator):
        ids = matching(call, view, ids, query, body.properties)
        if not body.sort:
            ids = dict(sorted(ids.items(), key=lambda each: (each[1], -each[0]), reverse=True))
    selections = [selection(schema, body.view)]
    answer: dict[str, Any] = {"items": answers(call, list(ids)[: body.limit], selections)}
    if body.include_typing:
        answer["typing"] = typing(call, selections)
    return answer


def parsed(call: Call, text: str | None, operator: str) -> WordQuery | None:
    """Return what to search for, or None where the request names no word."""
    query = WordQuery.parse(text or "", operator, prefix_with_and=call.reads(PREFIX, "yes"))
    return query if query.words else None


def in_view(
    call: Call, scope: Scope, view: View, filter_: Filter | None, order: finding.Order
) -> dict[int, Any]:
    """Return the instances that belong to a view and match a filter."""
    where: list[Sql] = [finding.seen(scope), finding.LIVE, has_data(view, scope)]
    if filter_ is not None:
        where.append(condition(filter_, scope))
    return dict.fromkeys(finding.ids_of(finding.find(call.db, where, order)))


def matching(
    call: Call,
    view: View,
    ids: Sequence[int] | dict[int, Any],
    query: WordQuery,
    properties: list[str] | None,
) -> dict[int, tuple[int, int]]:
    """Return those of the instances whose texts match, each with its relevance."""
    found: dict[int, tuple[int, int]] = {}
    for id_, texts in _texts(call, list(ids), _text_properties(view, properties)):
        lowered = " ".join(texts).lower()
        if any(word in lowered for word in query.words):  # cheap, and it spares cutting most texts into words
            relevance = query.relevance(texts)
            if relevance is not None:
                found[id_] = relevance
    return found


def _text_properties(view: View, names: list[str] | None) -> list[Mapped]:
    texts = {name: each for name, each in view.mapped.items() if isinstance(each.spec.type, TextType)}
    for name in names or ():
        if name not in texts:
            raise CdfError(400, f"The {view.body} has no text property {name} to search in")
    return [texts[name] for name in names or texts]


def _texts(call: Call, ids: list[int], properties: list[Mapped]) -> Iterator[tuple[int, list[str]]]:
    if not properties:
        return
    scope = Scope(Schema(call.db), "node", "search")
    columns = ", ".join(mapped_column(each, scope).sql for each in properties)
    rows = call.db.execute(
        f"SELECT i.id, {columns} FROM dm_instance AS i "  # noqa: S608
        "JOIN json_each(?) AS wanted ON i.id = wanted.value ORDER BY wanted.key",
        (canonical(ids),),
    )
    for id_, *values in map(tuple, rows):
        texts: list[str] = []
        for each, value in zip(properties, values, strict=True):
            if value is not None:
                texts += json.loads(value) if each.spec.type.is_list else [value]
        yield id_, texts
