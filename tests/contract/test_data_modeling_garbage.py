"""Whatever is sent to data modeling, the answer is one of the client's fault in CDF's envelope."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError
from hypothesis import given, settings
from hypothesis import strategies as st
from test_localcdf_garbage import JSON, places

from localcdf.data_modeling import ENDPOINTS

API = "/api/v1/projects/local"
Post = Callable[..., Any]
SPACE = "garbage"
CONTAINER = {"type": "container", "space": SPACE, "externalId": "Thing"}
VIEW = {"type": "view", "space": SPACE, "externalId": "Thing", "version": "v1"}
ASSET = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
NODE = {"instanceType": "node", "space": SPACE, "externalId": "n"}
TO = {"space": SPACE, "externalId": "n"}
VALUES: dict[str, Any] = {
    "text": "a",
    "texts": ["a", "b"],
    "yes": True,
    "small": 1,
    "single": 0.5,
    "time": "2024-05-31T02:12:29Z",
    "json": {"a": [1]},
    "node": TO,
    "nodes": [TO],
    "kind": "a",
}
TYPES: dict[str, Any] = {
    "text": {"type": "text", "maxTextSize": 100},
    "texts": {"type": "text", "list": True, "maxListSize": 10},
    "yes": {"type": "boolean"},
    "small": {"type": "int32"},
    "single": {"type": "float32"},
    "time": {"type": "timestamp"},
    "json": {"type": "json"},
    "node": {"type": "direct"},
    "nodes": {"type": "direct", "list": True},
    "kind": {"type": "enum", "values": {"a": {"name": "A"}, "b": {}}, "unknownValue": "b"},
}
DEFINITION: dict[str, Any] = {
    "space": SPACE,
    "externalId": "Thing",
    "usedFor": "node",
    "name": "n",
    "properties": {
        name: {"type": each, "nullable": True, "immutable": False, "name": "n", "description": "d"}
        for name, each in TYPES.items()
    },
    "constraints": {"unique": {"constraintType": "uniqueness", "properties": ["text"], "bySpace": True}},
    "indexes": {"text": {"indexType": "btree", "properties": ["text"], "cursorable": True}},
}


def path(name: str) -> list[str]:
    """A property, as filters name it."""
    return [SPACE, "Thing/v1", name]


FILTER: dict[str, Any] = {
    "and": [
        {"or": [{"equals": {"property": path("text"), "value": "a"}}, {"matchAll": {}}]},
        {"not": {"in": {"property": path("kind"), "values": ["a"]}}},
        {
            "range": {
                "property": path("time"),
                "gte": "2024-05-31T02:12:29Z",
                "lt": {"property": path("time")},
            }
        },
        {"overlaps": {"startProperty": path("small"), "endProperty": path("small"), "gt": 1}},
        {"prefix": {"property": path("text"), "value": "a"}},
        {"exists": {"property": ["node", "type"]}},
        {"containsAny": {"property": path("texts"), "values": ["a"]}},
        {"containsAll": {"property": path("nodes"), "values": [TO]}},
        {"nested": {"scope": path("node"), "filter": {"hasData": [VIEW, CONTAINER]}}},
        {"instanceReferences": [TO]},
        {"equals": {"property": path("json"), "value": {"a": [1]}}},
    ]
}
SEARCHED = {"and": [each for each in FILTER["and"] if not each.keys() & {"overlaps", "nested"}]}
SORT = [{"property": path("text"), "direction": "descending", "nullsFirst": True}]
SELECT = {"sources": [{"source": VIEW, "properties": ["text"]}]}
SETS: dict[str, Any] = {
    "nodes": {
        "nodes": {
            "filter": {
                "and": [
                    *FILTER["and"],
                    {"equals": {"property": ["node", "space"], "value": {"parameter": "space"}}},
                ]
            }
        },
        "limit": 5,
    },
    "through": {
        "nodes": {"from": "nodes", "through": {"source": VIEW, "identifier": "node"}, "direction": "outwards"}
    },
    "edges": {
        "edges": {
            "from": "nodes",
            "maxDistance": 3,
            "direction": "inwards",
            "nodeFilter": {"exists": {"property": ["node", "space"]}},
            "terminationFilter": {"matchAll": {}},
        }
    },
    "ends": {"nodes": {"from": "edges", "chainTo": "source"}},
}
# One request that each endpoint carries out; the mutations start from it. Deletions name what is not there.
UNDERSTOOD: dict[str, Any] = {
    "/models/spaces": {"items": [{"space": SPACE, "name": "n", "description": "d"}]},
    "/models/spaces/byids": {"items": [{"space": SPACE}]},
    "/models/spaces/delete": {"items": [{"space": "nowhere"}]},
    "/models/containers": {"items": [DEFINITION]},
    "/models/containers/byids": {"items": [{"space": SPACE, "externalId": "Thing"}]},
    "/models/containers/delete": {"items": [{"space": SPACE, "externalId": "Nothing"}]},
    "/models/containers/constraints/delete": {
        "items": [{"space": SPACE, "containerExternalId": "Nothing", "identifier": "unique"}]
    },
    "/models/containers/indexes/delete": {
        "items": [{"space": SPACE, "containerExternalId": "Nothing", "identifier": "text"}]
    },
    "/models/views": {
        "items": [
            {
                "space": SPACE,
                "externalId": "Thing",
                "version": "v1",
                "implements": [{**ASSET, "externalId": "CogniteDescribable"}],
                "filter": {"equals": {"property": ["node", "type"], "value": TO}},
                "properties": {
                    "mapped": {"container": CONTAINER, "containerPropertyIdentifier": "node", "source": VIEW},
                    "edges": {"type": TO, "source": VIEW, "direction": "inwards"},
                    "reverse": {
                        "connectionType": "multi_reverse_direct_relation",
                        "source": VIEW,
                        "through": {"source": CONTAINER, "identifier": "node"},
                    },
                },
            }
        ]
    },
    "/models/views/byids": {"items": [{"space": SPACE, "externalId": "Thing", "version": "v1"}]},
    "/models/views/delete": {"items": [{"space": SPACE, "externalId": "Nothing", "version": "v1"}]},
    "/models/datamodels": {"items": [{"space": SPACE, "externalId": "M", "version": "1", "views": [VIEW]}]},
    "/models/datamodels/byids": {"items": [{"space": SPACE, "externalId": "M", "version": "1"}]},
    "/models/datamodels/delete": {"items": [{"space": SPACE, "externalId": "Nothing", "version": "1"}]},
    "/models/instances": {
        "items": [
            NODE
            | {
                "type": TO,
                "existingVersion": 2**40,
                "sources": [{"source": CONTAINER, "properties": VALUES}],
            },
            {
                "instanceType": "edge",
                "space": SPACE,
                "externalId": "e",
                "type": TO,
                "startNode": TO,
                "endNode": {"space": SPACE, "externalId": "m"},
            },
        ],
        "delete": [{"instanceType": "node", "space": SPACE, "externalId": "nothing", "existingVersion": 1}],
        "replace": False,
        "autoCreateEndNodes": True,
        "skipOnVersionConflict": True,
    },
    "/models/instances/byids": {"items": [NODE], "sources": [{"source": ASSET}], "includeTyping": True},
    "/models/instances/delete": {"items": [NODE | {"externalId": "nothing"}]},
    "/models/instances/list": {"filter": FILTER, "sort": SORT, "sources": [{"source": ASSET}], "limit": 5},
    "/models/instances/query": {
        "with": SETS | {"both": {"union": ["nodes", "through"], "except": ["ends"], "limit": 5}},
        "select": {"nodes": SELECT | {"sort": SORT, "limit": 5}, "ends": {}, "both": {}},
        "parameters": {"space": SPACE},
        "cursors": {"nodes": None},
    },
    "/models/instances/sync": {
        "with": {name: each | {"mode": "twoPhase"} for name, each in SETS.items()},
        "select": {"nodes": SELECT, "ends": {}},
        "parameters": {"space": SPACE},
        "cursors": {"nodes": None},
        "allowExpiredCursorsAndAcceptMissedDeletes": True,
    },
    "/models/instances/search": {
        "view": VIEW,
        "query": "a b",
        "properties": ["text"],
        "filter": SEARCHED,
        "sort": [{"property": ["text"], "direction": "ascending"}],
        "operator": "OR",
        "limit": 5,
    },
    "/models/containers/inspect": {
        "inspectionOperations": {"involvedViews": {"allVersions": True}, "totalInvolvedViewCount": {}},
        "items": [{"space": SPACE, "externalId": "Thing"}],
    },
    "/models/statistics/spaces/byids": {"items": [{"space": SPACE}]},
    "/models/instances/aggregate": {
        "view": VIEW,
        "query": "a",
        "filter": SEARCHED,
        "groupBy": ["kind", "node"],
        "aggregates": [
            {"count": {}},
            {"avg": {"property": "small"}},
            {"histogram": {"property": "single", "interval": 0.5}},
        ],
    },
}


@pytest.fixture(scope="module", autouse=True)
def model(client: CogniteClient, post: Post) -> None:
    """A space with a container of each type of property, a view over it, and a node with data."""
    post("/models/spaces", {"items": [{"space": SPACE}]})
    post("/models/containers", UNDERSTOOD["/models/containers"])
    mapped = {name: {"container": CONTAINER, "containerPropertyIdentifier": name} for name in TYPES}
    view = {"space": SPACE, "externalId": "Thing", "version": "v1", "properties": mapped}
    post("/models/views", {"items": [view]})
    UNDERSTOOD["/models/views"]["items"][0]["version"] = "v2"
    post(
        "/models/instances",
        {"items": [NODE | {"sources": [{"source": VIEW, "properties": VALUES | {"text": None}}]}]},
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """An understood request with one place of its body changed, added to or taken away."""
    endpoint = draw(st.sampled_from(sorted(UNDERSTOOD)))
    body = {"body": copy.deepcopy(UNDERSTOOD[endpoint])}
    *way, last = draw(st.sampled_from(places(body)[1:]))
    holder: Any = body
    for key in way:
        holder = holder[key]
    change = draw(st.sampled_from(["replace", "remove", "add", "swap"]))
    if change == "swap":  # something of the right sort, but not there
        others = places(body)[1:]
        value: Any = body
        for key in draw(st.sampled_from(others)):
            value = value[key]
        holder[last] = copy.deepcopy(value)
    elif change == "replace" or holder is body:
        holder[last] = draw(JSON)
    elif change == "remove":
        del holder[last]
    elif isinstance(holder, dict):
        holder[draw(st.text(max_size=8))] = draw(JSON)
    else:
        holder.append(draw(JSON))
    return endpoint, body["body"]


def refusal_of(client: CogniteClient, endpoint: str, body: Any) -> CogniteAPIError | None:
    """Send a body as it is; None when it was understood and carried out."""
    try:
        client.post(API + endpoint, json=body)
    except CogniteAPIError as refusal:
        return refusal
    return None


def test_every_endpoint_with_a_body_has_an_understood_request() -> None:
    assert {each.path for each in ENDPOINTS if each.body} == set(UNDERSTOOD)


@pytest.mark.parametrize("endpoint", sorted(UNDERSTOOD))
def test_an_understood_request_is_carried_out(client: CogniteClient, endpoint: str) -> None:
    """So the mutations start behind the check of the form."""
    assert refusal_of(client, endpoint, UNDERSTOOD[endpoint]) is None


@given(request=requests())
@settings(max_examples=300, deadline=None)
def test_a_request_with_something_wrong_in_it_never_crashes_the_server(
    client: CogniteClient, request: tuple[str, Any]
) -> None:
    refusal = refusal_of(client, *request)
    if refusal:
        assert 400 <= refusal.code < 500, refusal
        assert refusal.message
        assert refusal.x_request_id


@given(body=JSON.filter(lambda body: body != {}), endpoint=st.sampled_from(sorted(UNDERSTOOD)))
@settings(max_examples=50, deadline=None)
def test_a_body_of_anything_at_all_is_refused(client: CogniteClient, endpoint: str, body: Any) -> None:
    refusal = refusal_of(client, endpoint, body)
    assert refusal is not None
    assert refusal.code == 400
