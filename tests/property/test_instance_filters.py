"""The filter language against a naive evaluator, written from its documented meaning, over random worlds."""

import json
import operator
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from localcdf import agenda, data_modeling, files, readings
from localcdf.bearers import Bearers
from localcdf.data_modeling.instances.apply import apply
from localcdf.data_modeling.instances.body import Apply
from localcdf.data_modeling.queries.body import Query
from localcdf.data_modeling.queries.query import query
from localcdf.data_modeling.schema.containers import Containers
from localcdf.data_modeling.schema.containers import apply as apply_containers
from localcdf.data_modeling.schema.spaces import Spaces
from localcdf.data_modeling.schema.spaces import apply as apply_spaces
from localcdf.data_modeling.schema.views import Views
from localcdf.data_modeling.schema.views import apply as apply_views
from localcdf.endpoint import Body, Call
from localcdf.principal import ADMIN
from localcdf.readings import Readings
from localcdf.store import SCHEMA

Json = Any
Truth = bool | None  # None: a value is missing, so nobody can tell
SPACE = "s"
TYPES: dict[str, Json] = {
    "text": {"type": "text"},
    "other": {"type": "text"},
    "texts": {"type": "text", "list": True},
    "int": {"type": "int32"},
    "more": {"type": "int32"},
    "ints": {"type": "int64", "list": True},
    "float": {"type": "float64"},
    "yes": {"type": "boolean"},
    "yeses": {"type": "boolean", "list": True},
    "time": {"type": "timestamp"},
    "later": {"type": "timestamp"},
    "day": {"type": "date"},
    "node": {"type": "direct"},
    "nodes": {"type": "direct", "list": True},
    "json": {"type": "json"},
    "kind": {"type": "enum", "values": {"a": {}, "b": {}}},
}
NAMES = ["n0", "n1", "n2", "n3"]
REFERENCES = [{"space": SPACE, "externalId": name} for name in NAMES]
# Few values, so that filters hit; awkward ones, so that they miss for the right reason.
ITEMS: dict[str, list[Json]] = {
    "text": ["", "a", "ab", "A", "é", "a%", 'q"\\', "\n", "🙂"],
    "int32": [-1, 0, 1, 2],
    "int64": [-(2**62), 0, 1, 2**62],
    "float64": [-1.5, -0.0, 0, 0.1, 1, 1e300],
    "boolean": [True, False],
    "timestamp": [
        "2024-01-01T00:00:00Z",
        "2024-01-01T01:00:00+01:00",
        "2024-01-01T00:00:00.001Z",
        "0001-01-01T00:00:00",
    ],
    "date": ["2024-01-01", "2023-12-31"],
    "direct": REFERENCES,
    "json": [{}, {"a": 1}, {"a": [1, {"b": None}], "c": "d"}, {"c": "d", "a": [1, {"b": None}]}],
    "enum": ["a", "b"],
}


# ---- the naive meaning ----


def plain(name: str, value: Json) -> Json:
    """A value as it compares: times by their moment, relations and JSON by their content."""
    if isinstance(value, list):
        return [plain(name, each) for each in value]
    kind = TYPES.get(name, {}).get("type")
    if kind == "timestamp":
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else datetime.fromisoformat(value + "+00:00")).timestamp()
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


class Naive:
    """Evaluates filters over instances that are plain dictionaries."""

    def __init__(self, world: list[Json], parameters: Mapping[str, Json]) -> None:
        self.world = world
        self.parameters = parameters

    def value(self, node: Json, path: list[str]) -> Json:
        if path[0] == "node":
            return plain("", node[path[1]]) if path[1] in node else None
        name = path[2]
        held = (node["properties"] or {}).get(name)
        return None if held is None else plain(name, held)

    def operand(self, node: Json, path: list[str], given: Json) -> Json:
        if isinstance(given, dict) and given.keys() == {"property"}:
            return self.value(node, given["property"])
        if isinstance(given, dict) and given.keys() == {"parameter"}:
            given = self.parameters[given["parameter"]]
        return plain(path[-1], given)

    def holds(self, node: Json, filter_: Json) -> Truth:
        ((word, content),) = filter_.items()
        return getattr(self, word.removesuffix("_") + "_")(node, content)

    def and_(self, node: Json, parts: Json) -> Truth:
        truths = [self.holds(node, each) for each in parts]
        return False if False in truths else None if None in truths else True

    def or_(self, node: Json, parts: Json) -> Truth:
        truths = [self.holds(node, each) for each in parts]
        return True if True in truths else None if None in truths else False

    def not_(self, node: Json, part: Json) -> Truth:
        truth = self.holds(node, part)
        return None if truth is None else not truth

    def matchAll_(self, node: Json, _content: Json) -> Truth:  # noqa: N802 the word of the language
        return True

    def equals_(self, node: Json, content: Json) -> Truth:
        left = self.value(node, content["property"])
        right = self.operand(node, content["property"], content["value"])
        return None if left is None or right is None else left == right

    def sets(self, node: Json, content: Json) -> tuple[Json, Json]:
        left = self.value(node, content["property"])
        return left, self.operand(node, content["property"], content["values"])

    def in_(self, node: Json, content: Json) -> Truth:
        left, values = self.sets(node, content)
        if left is None or values is None:
            return None
        return any(each in values for each in left) if isinstance(left, list) else left in values

    def containsAny_(self, node: Json, content: Json) -> Truth:  # noqa: N802
        return self.in_(node, content)

    def containsAll_(self, node: Json, content: Json) -> Truth:  # noqa: N802
        left, values = self.sets(node, content)
        return None if left is None or values is None else all(each in left for each in values)

    def bounded(self, node: Json, path: list[str], content: Json, names: tuple[str, ...]) -> Truth:
        compare: dict[str, Callable[[Any, Any], bool]] = {
            "gt": operator.gt,
            "gte": operator.ge,
            "lt": operator.lt,
            "lte": operator.le,
        }
        left = self.value(node, path)
        truths: list[Truth] = []
        for name in names:
            if name in content:
                right = self.operand(node, path, content[name])
                truths.append(None if left is None or right is None else compare[name](left, right))
        return False if False in truths else None if None in truths else True

    def range_(self, node: Json, content: Json) -> Truth:
        return self.bounded(node, content["property"], content, ("gt", "gte", "lt", "lte"))

    def overlaps_(self, node: Json, content: Json) -> Truth:
        ends = [self.value(node, content[name]) for name in ("startProperty", "endProperty")]
        after = self.bounded(node, content["endProperty"], content, ("gt", "gte"))
        before = self.bounded(node, content["startProperty"], content, ("lt", "lte"))
        truths = [after, before, None if None in ends else True]
        return False if False in truths else None if None in truths else True

    def exists_(self, node: Json, content: Json) -> Truth:
        return self.value(node, content["property"]) is not None

    def prefix_(self, node: Json, content: Json) -> Truth:
        left = self.value(node, content["property"])
        right = self.operand(node, content["property"], content["value"])
        if left is None or right is None:
            return None
        if isinstance(left, list):
            wanted = right if isinstance(right, list) else [right]
            return left[: len(wanted)] == wanted
        return left.startswith(right)

    def nested_(self, node: Json, content: Json) -> Truth:
        targets = self.value(node, content["scope"])
        if targets is None:
            return None
        targets = targets if isinstance(targets, list) else [targets]
        found = [each for each in self.world if self.reference(each) in targets]
        return any(self.holds(each, content["filter"]) is True for each in found)

    def hasData_(self, node: Json, content: Json) -> Truth:  # noqa: N802
        return all(node["properties"] is not None for _ in content)

    def instanceReferences_(self, node: Json, content: Json) -> Truth:  # noqa: N802
        return self.reference(node) in [plain("", each) for each in content]

    def reference(self, node: Json) -> str:
        return plain("", {"space": node["space"], "externalId": node["externalId"]})


# ---- the real thing ----


def call(db: sqlite3.Connection, body: Body) -> Call:
    return Call(
        db=db,
        blobs=Path(),
        project="local",
        caller="tests",
        now=1_700_000_000_000,
        base_url="http://127.0.0.1",
        principal=ADMIN,
        readings=Readings(db, ()),
        bearers=Bearers(db, "unused"),
        body=body,
    )


def parsed(model: type[Body], content: Json) -> Body:
    return model.model_validate_json(json.dumps(content), strict=True)


def empty_database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    for schema in (SCHEMA, agenda.SCHEMA, readings.SCHEMA, data_modeling.SCHEMA, files.SCHEMA):
        db.executescript(schema)
    data_modeling.install(db, 0)
    apply_spaces(call(db, parsed(Spaces, {"items": [{"space": SPACE}]})))
    properties = {name: {"type": type_} for name, type_ in TYPES.items()}
    container = {"space": SPACE, "externalId": "C", "properties": properties}
    apply_containers(call(db, parsed(Containers, {"items": [container]})))
    reference = {"type": "container", "space": SPACE, "externalId": "C"}
    mapped = {name: {"container": reference, "containerPropertyIdentifier": name} for name in TYPES}
    view = {"space": SPACE, "externalId": "V", "version": "v1", "properties": mapped}
    apply_views(call(db, parsed(Views, {"items": [view]})))
    return db


DATABASE = empty_database()
CONTAINER = {"type": "container", "space": SPACE, "externalId": "C"}
VIEW = {"type": "view", "space": SPACE, "externalId": "V", "version": "v1"}


def found(world: list[Json], filter_: Json, parameters: Mapping[str, Json]) -> list[str]:
    """Store a world, ask for what matches, and forget the world."""
    DATABASE.execute("BEGIN")
    try:
        items = [
            {key: each[key] for key in ("space", "externalId", "type") if key in each}
            | {"instanceType": "node"}
            | ({"sources": [{"source": CONTAINER} | filled(each)]} if each["properties"] is not None else {})
            for each in world
        ]
        apply(call(DATABASE, parsed(Apply, {"items": items})))
        asked = {
            "with": {"found": {"nodes": {"filter": filter_}, "limit": 10_000}},
            "select": {"found": {}},
            "parameters": parameters,
        }
        answer = query(call(DATABASE, parsed(Query, asked)))
        return sorted(each["externalId"] for each in answer["items"]["found"] if each["space"] == SPACE)
    finally:
        DATABASE.execute("ROLLBACK")


def filled(node: Json) -> Json:
    return {"properties": node["properties"]} if node["properties"] else {}


# ---- random worlds and filters ----


def values(name: str) -> st.SearchStrategy[Json]:
    item = st.sampled_from(ITEMS[TYPES[name]["type"]])
    return st.lists(item, max_size=3) if TYPES[name].get("list") else item


PROPERTIES = st.none() | st.fixed_dictionaries({}, optional={name: values(name) for name in TYPES})
WORLDS = st.tuples(
    *(
        st.fixed_dictionaries(
            {"space": st.just(SPACE), "externalId": st.just(name), "properties": PROPERTIES},
            optional={"type": st.sampled_from(REFERENCES)},
        )
        for name in NAMES
    )
).map(list)


def path(name: str) -> st.SearchStrategy[list[str]]:
    return st.sampled_from([[SPACE, "C", name], [SPACE, "V/v1", name]])


def named(*, lists: bool | None = None, types: set[str] | None = None) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            name
            for name, type_ in TYPES.items()
            if (lists is None or type_.get("list", False) == lists)
            and (types is None or type_["type"] in types)
        ]
    )


@st.composite
def operands(draw: st.DrawFn, name: str, literal: st.SearchStrategy[Json], *, as_list: bool) -> Json:
    """A value as it is, the value of a parameter, or that of a property of the same type."""
    alike = [
        other
        for other, type_ in TYPES.items()
        if (type_["type"], type_.get("list", False)) == (TYPES[name]["type"], as_list)
    ]
    form = draw(st.sampled_from(["literal", "literal", "parameter", *(["property"] if alike else [])]))
    if form == "property":
        return {"property": draw(path(draw(st.sampled_from(alike))))}
    value = draw(literal)
    if form == "parameter":
        return {"parameter": "p" + json.dumps(value)}
    return value


@st.composite
def equals(draw: st.DrawFn) -> Json:
    name = draw(named())
    is_list = TYPES[name].get("list", False)
    return {
        "equals": {"property": draw(path(name)), "value": draw(operands(name, values(name), as_list=is_list))}
    }


@st.composite
def with_values(draw: st.DrawFn) -> Json:
    word = draw(st.sampled_from(["in", "containsAny", "containsAll"]))
    name = draw(named(lists=None if word == "in" else True))
    literal = st.lists(st.sampled_from(ITEMS[TYPES[name]["type"]]), max_size=3)
    return {word: {"property": draw(path(name)), "values": draw(operands(name, literal, as_list=True))}}


@st.composite
def bounds(draw: st.DrawFn, name: str) -> Json:
    item = st.sampled_from(ITEMS[TYPES[name]["type"]])
    lower = draw(st.sampled_from([None, "gt", "gte"]))
    upper = draw(st.sampled_from(["lt", "lte"] + ([None] if lower else [])))
    return {each: draw(operands(name, item, as_list=False)) for each in (lower, upper) if each}


ORDERED = {"int32", "float64", "timestamp", "date"}


@st.composite
def ranges(draw: st.DrawFn) -> Json:
    name = draw(named(lists=False, types=ORDERED))
    return {"range": {"property": draw(path(name))} | draw(bounds(name))}


@st.composite
def overlaps(draw: st.DrawFn) -> Json:
    start, end = draw(st.sampled_from([("int", "more"), ("time", "later")]))
    return {
        "overlaps": {"startProperty": draw(path(start)), "endProperty": draw(path(end))} | draw(bounds(start))
    }


@st.composite
def prefixes(draw: st.DrawFn) -> Json:
    name = draw(st.sampled_from(["text", "texts", "ints", "nodes"]))
    item = st.sampled_from(ITEMS[TYPES[name]["type"]])
    literal = item | st.lists(item, max_size=2) if TYPES[name].get("list") else item
    return {"prefix": {"property": draw(path(name)), "value": draw(literal)}}


@st.composite
def base_properties(draw: st.DrawFn) -> Json:
    name = draw(st.sampled_from(["externalId", "space", "type"]))
    value = draw(st.sampled_from(REFERENCES if name == "type" else [SPACE, *NAMES]))
    form = draw(st.sampled_from(["equals", "in", "exists"]))
    content = {"equals": {"value": value}, "in": {"values": [value, value]}, "exists": {}}[form]
    return {form: {"property": ["node", name]} | content}


LEAVES = st.one_of(
    equals(),
    with_values(),
    ranges(),
    overlaps(),
    prefixes(),
    base_properties(),
    named().flatmap(path).map(lambda each: {"exists": {"property": each}}),
    st.lists(st.sampled_from([CONTAINER, VIEW]), max_size=2).map(lambda each: {"hasData": each}),
    st.lists(st.sampled_from(REFERENCES), max_size=2).map(lambda each: {"instanceReferences": each}),
    st.just({"matchAll": {}}),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"and": each})
        | st.lists(inner, min_size=1, max_size=3).map(lambda each: {"or": each})
        | inner.map(lambda each: {"not": each})
        | st.tuples(named(types={"direct"}).flatmap(path) | st.just(["node", "type"]), inner).map(
            lambda each: {"nested": {"scope": each[0], "filter": each[1]}}
        )
    ),
    max_leaves=5,
)


def parameters_in(filter_: Json) -> dict[str, Json]:
    """The parameters of a filter: their names spell their values."""
    if isinstance(filter_, dict):
        if filter_.keys() == {"parameter"}:
            return {filter_["parameter"]: json.loads(filter_["parameter"][1:])}
        filter_ = list(filter_.values())
    merged: dict[str, Json] = {}
    for each in filter_ if isinstance(filter_, list) else ():
        merged |= parameters_in(each)
    return merged


EMPTY_WORLD = [{"space": SPACE, "externalId": name, "properties": None} for name in NAMES]


OVERLAP = {"startProperty": [SPACE, "C", "int"], "endProperty": [SPACE, "C", "more"], "gte": 1}


@given(world=WORLDS, filter_=FILTERS)
@settings(max_examples=400, deadline=None)
@example(world=[EMPTY_WORLD[0] | {"properties": {"more": 2}}], filter_={"overlaps": OVERLAP})
@example(world=EMPTY_WORLD, filter_={"not": {"equals": {"property": [SPACE, "C", "text"], "value": "a"}}})
@example(world=EMPTY_WORLD, filter_={"not": {"in": {"property": [SPACE, "C", "text"], "values": []}}})
@example(world=EMPTY_WORLD, filter_={"containsAll": {"property": [SPACE, "C", "texts"], "values": []}})
@example(
    world=EMPTY_WORLD,
    filter_={"not": {"nested": {"scope": [SPACE, "C", "node"], "filter": {"matchAll": {}}}}},
)
def test_a_filter_matches_what_its_documented_meaning_says(world: list[Json], filter_: Json) -> None:
    parameters = parameters_in(filter_)
    naive = Naive(world, parameters)
    expected = sorted(each["externalId"] for each in world if naive.holds(each, filter_) is True)
    assert found(world, filter_, parameters) == expected


@given(world=WORLDS, filter_=FILTERS)
@settings(max_examples=60, deadline=None)
def test_no_instance_meets_both_a_filter_and_its_negation(world: list[Json], filter_: Json) -> None:
    parameters = parameters_in(filter_)
    matched, others = found(world, filter_, parameters), found(world, {"not": filter_}, parameters)
    assert not set(matched) & set(others)
