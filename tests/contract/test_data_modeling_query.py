"""Queries over a small graph: chaining, directions, traversal, limits, pages, parameters."""

from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import (
    EdgeApply,
    NodeApply,
    NodeOrEdgeData,
    SpaceApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply, CogniteFileApply
from cognite.client.data_classes.data_modeling.instances import InstanceSort
from cognite.client.data_classes.data_modeling.query import (
    EdgeResultSetExpression,
    NodeResultSetExpression,
    Query,
    Select,
    SourceSelector,
)
from cognite.client.data_classes.filters import Equals, Filter, In, Prefix
from cognite.client.exceptions import CogniteAPIError

Refused = Callable[..., CogniteAPIError]
Post = Callable[..., Any]
SPACE = "graph"
QUERY = "/models/instances/query"
ASSET = ViewId("cdf_cdm", "CogniteAsset", "v1")
FILE = ViewId("cdf_cdm", "CogniteFile", "v1")
PARENT = ("cdf_cdm", "CogniteAsset/v1", "parent")


@pytest.fixture(scope="module", autouse=True)
def graph(client: CogniteClient) -> None:
    """Assets a > b > c, a > d; files f0..f2 of assets; roads n0 -> n1 -> n2 -> n3 -> n0 and n0 -> n4."""
    client.data_modeling.spaces.apply(SpaceApply(SPACE))
    apply = client.data_modeling.instances.apply
    parents = {"a": None, "b": "a", "c": "b", "d": "a"}
    apply(
        [
            CogniteAssetApply(SPACE, name, name=name.upper(), parent=(SPACE, parent) if parent else None)
            for name, parent in parents.items()
        ]
    )
    apply(
        [
            CogniteFileApply(
                SPACE, f"f{number}", name=f"F{number}", assets=[(SPACE, each) for each in assets]
            )
            for number, assets in enumerate(["ab", "b", ""])
        ]
    )
    roads = [("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n3", "n0"), ("n0", "n4")]
    apply(
        [NodeApply(SPACE, f"n{number}") for number in range(5)],
        [
            EdgeApply(
                SPACE, start + end, type=(SPACE, "road"), start_node=(SPACE, start), end_node=(SPACE, end)
            )
            for start, end in roads
        ],
    )


def ids(*names: str) -> Filter:
    """The nodes of these names in the space."""
    return Equals(["node", "space"], SPACE) & In(["node", "externalId"], list(names))


def run(client: CogniteClient, **sets: Any) -> dict[str, list[str]]:
    """Query sets and select them all; return their external ids, in order."""
    result = client.data_modeling.instances.query(Query(with_=sets, select={name: Select() for name in sets}))
    return {name: [each.external_id for each in result[name]] for name in sets}


# ---- relations ----


def test_relations_are_followed_outwards_to_what_they_point_to(client: CogniteClient) -> None:
    found = run(
        client,
        low=NodeResultSetExpression(filter=ids("c", "d")),
        up=NodeResultSetExpression(from_="low", through=PARENT, direction="outwards"),
    )
    assert found["up"] == ["a", "b"]


def test_relations_are_followed_inwards_to_what_points_here(client: CogniteClient) -> None:
    found = run(
        client,
        top=NodeResultSetExpression(filter=ids("a")),
        below=NodeResultSetExpression(from_="top", through=PARENT, direction="inwards"),
        lowest=NodeResultSetExpression(from_="below", through=PARENT, direction="inwards"),
    )
    assert found == {"top": ["a"], "below": ["b", "d"], "lowest": ["c"]}


def test_without_a_direction_relations_are_followed_inwards(post: Post) -> None:
    """The viewer relies on it; the SDK always says which."""
    through = {"view": ASSET.dump(), "identifier": "parent"}
    sets = {
        "top": {"nodes": {"filter": ids("a").dump()}},
        "below": {"nodes": {"from": "top", "through": through}},
    }
    answer = post(QUERY, {"with": sets, "select": {"below": {}}})
    assert [each["externalId"] for each in answer["items"]["below"]] == ["b", "d"]


def test_a_relation_can_be_named_by_its_container(client: CogniteClient) -> None:
    found = run(
        client,
        top=NodeResultSetExpression(filter=ids("a")),
        below=NodeResultSetExpression(
            from_="top", through=("cdf_cdm", "CogniteAsset", "assetHierarchy_parent"), direction="inwards"
        ),
    )
    assert found["below"] == ["b", "d"]


def test_lists_of_relations_are_followed_outwards_only(client: CogniteClient) -> None:
    assets = ("cdf_cdm", "CogniteFile/v1", "assets")
    found = run(
        client,
        files=NodeResultSetExpression(filter=ids("f0", "f1", "f2")),
        assets=NodeResultSetExpression(from_="files", through=assets, direction="outwards"),
    )
    assert found["assets"] == ["a", "b"]
    with pytest.raises(CogniteAPIError, match="cannot be followed inwards"):
        run(
            client,
            assets=NodeResultSetExpression(filter=ids("a")),
            files=NodeResultSetExpression(from_="assets", through=assets, direction="inwards"),
        )


def test_a_set_is_made_from_the_limited_set_before_it(client: CogniteClient) -> None:
    found = run(
        client,
        some=NodeResultSetExpression(filter=ids("c", "d"), limit=1),
        up=NodeResultSetExpression(from_="some", through=PARENT, direction="outwards"),
    )
    assert found == {"some": ["c"], "up": ["b"]}


# ---- edges ----


def names(client: CogniteClient, **options: Any) -> list[str]:
    """The edges found from n0."""
    found = run(
        client,
        start=NodeResultSetExpression(filter=ids("n0")),
        found=EdgeResultSetExpression(from_="start", **options),
    )
    return found["found"]


def test_edges_are_followed_until_they_end(client: CogniteClient) -> None:
    assert names(client, max_distance=1) == ["n0n1", "n0n4"]
    assert names(client, max_distance=2) == ["n0n1", "n0n4", "n1n2"]
    assert names(client) == ["n0n1", "n0n4", "n1n2", "n2n3", "n3n0"]
    assert names(client, direction="inwards", max_distance=1) == ["n3n0"]
    assert names(client, direction="inwards") == ["n3n0", "n2n3", "n1n2", "n0n1"]


def test_filters_steer_a_traversal(client: CogniteClient) -> None:
    node_filter = Prefix(["node", "externalId"], "n") & ~Equals(["node", "externalId"], "n4")
    assert names(client, node_filter=node_filter) == ["n0n1", "n1n2", "n2n3", "n3n0"]
    assert names(client, node_filter=node_filter, max_distance=1) == ["n0n1"]
    assert names(client, termination_filter=Equals(["node", "externalId"], "n2")) == ["n0n1", "n0n4", "n1n2"]
    assert names(client, filter=Prefix(["edge", "externalId"], "n0")) == ["n0n1", "n0n4"]


def test_a_traversal_stops_at_its_limit(client: CogniteClient) -> None:
    assert names(client, limit=3) == ["n0n1", "n0n4", "n1n2"]
    last_first = [InstanceSort(["edge", "externalId"], "descending")]
    assert names(client, limit=3, post_sort=last_first) == ["n1n2", "n0n4", "n0n1"]
    assert names(client, limit=1, max_distance=1, sort=last_first) == ["n0n4"]


def test_limit_each_holds_for_each_node(client: CogniteClient) -> None:
    found = run(
        client,
        start=NodeResultSetExpression(filter=ids("n0", "n1")),
        found=EdgeResultSetExpression(from_="start", max_distance=1, limit_each=1),
    )
    assert found["found"] == ["n0n1", "n1n2"]


@pytest.mark.parametrize(
    ("direction", "chain_to", "expected"),
    [
        ("outwards", "destination", ["n1", "n4"]),
        ("outwards", "source", ["n0"]),
        ("inwards", "destination", ["n3"]),
        ("inwards", "source", ["n0"]),
    ],
)
def test_nodes_chain_to_either_side_of_edges(
    client: CogniteClient, direction: Any, chain_to: Any, expected: list[str]
) -> None:
    found = run(
        client,
        start=NodeResultSetExpression(filter=ids("n0")),
        edges=EdgeResultSetExpression(from_="start", direction=direction, max_distance=1),
        ends=NodeResultSetExpression(from_="edges", chain_to=chain_to),
    )
    assert found["ends"] == expected


def test_edges_chain_from_edges(client: CogniteClient) -> None:
    found = run(
        client,
        start=NodeResultSetExpression(filter=ids("n0")),
        first=EdgeResultSetExpression(from_="start", max_distance=1),
        second=EdgeResultSetExpression(from_="first", max_distance=1),
    )
    assert found["second"] == ["n1n2"]


def test_edges_need_no_start(client: CogniteClient) -> None:
    found = run(client, edges=EdgeResultSetExpression(filter=Equals(["edge", "space"], SPACE)))
    assert found["edges"] == ["n0n1", "n1n2", "n2n3", "n3n0", "n0n4"]


# ---- sets from sets ----


def combine(post: Post, **operation: Any) -> list[str]:
    """The external ids of a set made from the assets a, b and b, c."""
    sets = {
        "left": {"nodes": {"filter": ids("a", "b").dump()}},
        "right": {"nodes": {"filter": ids("b", "c").dump()}},
        "made": operation,
    }
    return [
        each["externalId"] for each in post(QUERY, {"with": sets, "select": {"made": {}}})["items"]["made"]
    ]


def test_sets_are_united_intersected_and_subtracted(post: Post) -> None:
    assert combine(post, union=["left", "right"]) == ["a", "b", "c"]
    assert combine(post, unionAll=["left", "right"]) == ["a", "b", "b", "c"]
    assert combine(post, intersection=["left", "right"]) == ["b"]
    assert combine(post, union=["left", "right"], **{"except": ["left"]}) == ["c"]
    assert combine(post, union=["left", {"intersection": ["right", "right"]}], limit=2) == ["a", "b"]


# ---- selections ----


def test_a_selection_names_properties_sorts_and_limits(client: CogniteClient) -> None:
    descending = [InstanceSort(ASSET.as_property_ref("name"), "descending")]
    sets: Any = {"assets": NodeResultSetExpression(filter=ids("a", "b", "c"))}
    for properties, expected in ((["name"], {"name": "C"}), (["*"], None)):
        select = Select([SourceSelector(ASSET, properties)], sort=descending, limit=2)
        found = client.data_modeling.instances.query(Query(with_=sets, select={"assets": select}))["assets"]
        assert [each.external_id for each in found] == ["c", "b"]
        shown = dict(found[0].properties[ASSET])
        assert shown == expected or shown["parent"] == {"space": SPACE, "externalId": "b"}


def test_a_selection_does_not_filter(client: CogniteClient) -> None:
    select = Select([SourceSelector(ASSET, ["name"])])
    sets: Any = {"nodes": NodeResultSetExpression(filter=ids("a", "n0"))}
    found = client.data_modeling.instances.query(Query(with_=sets, select={"nodes": select}))["nodes"]
    assert {each.external_id: dict(each.properties.get(ASSET, {})) for each in found} == {
        "a": {"name": "A"},
        "n0": {},
    }


def test_sets_that_nobody_needs_are_not_worked_out(post: Post) -> None:
    impossible = {"nodes": {"filter": {"equals": {"property": ["a", "b", "c"], "value": 1}}}}
    sets = {"assets": {"nodes": {"filter": ids("a").dump()}}, "impossible": impossible}
    assert set(post(QUERY, {"with": sets, "select": {"assets": {}}})["items"]) == {"assets"}


def test_types_come_along_by_result_set(post: Post) -> None:
    select = {"sources": [{"source": ASSET.dump(), "properties": ["name"]}]}
    sets = {"assets": {"nodes": {"filter": ids("a").dump()}}}
    answer = post(QUERY, {"with": sets, "select": {"assets": select}, "includeTyping": True})
    assert answer["typing"]["assets"]["cdf_cdm"]["CogniteAsset/v1"]["name"]["type"]["type"] == "text"


# ---- pages ----


def pages(post: Post, name: str, sets: dict[str, Any]) -> list[list[str]]:
    """All pages of one of the sets."""
    body: dict[str, Any] = {"with": sets, "select": {name: {}}, "cursors": {name: None}}
    found = []
    while True:
        answer = post(QUERY, body)
        found.append([each["externalId"] for each in answer["items"][name]])
        if name not in answer["nextCursor"]:
            return found
        body["cursors"] = {name: answer["nextCursor"][name]}


def test_a_query_goes_on_from_page_to_page(post: Post) -> None:
    everything = {"all": {"nodes": {"filter": ids(*"abcd", "n0", "n1", "n2").dump()}, "limit": 3}}
    assert pages(post, "all", everything) == [["a", "b", "c"], ["d", "n0", "n1"], ["n2"]]


def test_a_chained_set_goes_on_from_page_to_page(post: Post) -> None:
    through = {"source": ASSET.dump(), "identifier": "root"}
    sets = {
        "root": {"nodes": {"filter": ids("a").dump()}},
        "assets": {"nodes": {"from": "root", "through": through}, "limit": 1},
    }
    assert pages(post, "assets", sets) == [["a"], ["b"], ["c"], ["d"], []]


def test_a_traversal_and_a_combined_set_go_on_from_page_to_page(post: Post) -> None:
    sets: dict[str, Any] = {
        "start": {"nodes": {"filter": ids("n0").dump()}},
        "roads": {"edges": {"from": "start"}, "limit": 2},
        "others": {"nodes": {"filter": ids("a", "b", "c").dump()}},
        "both": {"unionAll": ["others", "start"], "limit": 2},
    }
    assert pages(post, "roads", sets) == [["n0n1", "n0n4"], ["n1n2", "n2n3"], ["n3n0"]]
    assert pages(post, "both", sets) == [["a", "b"], ["c", "n0"], []]


def test_the_page_of_a_set_decides_what_is_chained_from_it(post: Post) -> None:
    sets = {
        "some": {"nodes": {"filter": ids("c", "d").dump()}, "limit": 1},
        "up": {
            "nodes": {
                "from": "some",
                "through": {"source": ASSET.dump(), "identifier": "parent"},
                "direction": "outwards",
            }
        },
    }
    body: dict[str, Any] = {"with": sets, "select": {"some": {}, "up": {}}}
    first = post(QUERY, body)
    second = post(QUERY, body | {"cursors": {"some": first["nextCursor"]["some"]}})
    assert [[each["externalId"] for each in answer["items"]["up"]] for answer in (first, second)] == [
        ["b"],
        ["a"],
    ]


def test_a_cursor_is_only_good_for_its_query_and_set(post: Post, refused: Refused) -> None:
    def body(name: str, *ids_: str) -> dict[str, Any]:
        sets = {each: {"nodes": {"filter": ids(*ids_).dump()}, "limit": 1} for each in ("one", "two")}
        return {"with": sets, "select": {name: {}}}

    cursor = post(QUERY, body("one", "a", "b"))["nextCursor"]["one"]
    post(QUERY, body("one", "a", "b") | {"cursors": {"one": cursor}})
    refused(QUERY, body("two", "a", "b") | {"cursors": {"two": cursor}}, match="cursor")
    refused(QUERY, body("one", "a", "c") | {"cursors": {"one": cursor}}, match="cursor")
    refused(QUERY, body("one", "a", "b") | {"cursors": {"one": "x"}}, match="cursor")
    refused(
        QUERY,
        body("one", "a", "b") | {"cursors": {"three": cursor}},
        match="cursors names what with does not",
    )


def test_a_sorted_set_has_pages_only_with_a_cursorable_index(post: Post) -> None:
    def sets(view: str, name: str) -> dict[str, Any]:
        sort = [{"property": ["cdf_cdm", f"{view}/v1", name]}]
        return {"assets": {"nodes": {"filter": ids("a", "b", "c").dump()}, "sort": sort, "limit": 1}}

    assert pages(post, "assets", sets("CogniteAsset", "name")) == [["a"]]
    assert len(pages(post, "assets", sets("CogniteSourceable", "sourceId"))) == 4


# ---- parameters ----


def test_parameters_stand_for_values(post: Post) -> None:
    filter_ = {
        "and": [
            {"equals": {"property": ["node", "space"], "value": {"parameter": "space"}}},
            {"in": {"property": ["node", "externalId"], "values": {"parameter": "names"}}},
        ]
    }
    body = {"with": {"found": {"nodes": {"filter": filter_}}}, "select": {"found": {}}}
    answer = post(QUERY, body | {"parameters": {"space": SPACE, "names": ["a", "c"]}})
    assert [each["externalId"] for each in answer["items"]["found"]] == ["a", "c"]


def test_a_parameter_that_is_missing_or_does_not_fit_is_refused(refused: Refused) -> None:
    filter_ = {"equals": {"property": ["node", "space"], "value": {"parameter": "space"}}}
    body = {"with": {"found": {"nodes": {"filter": filter_}}}, "select": {"found": {}}}
    refused(QUERY, body, match="parameter space is not given")
    refused(QUERY, body | {"parameters": {"space": 1}}, match="expected text")


# ---- what is refused ----

THROUGH = {"source": ASSET.dump(), "identifier": "parent"}
TOP = {"nodes": {"filter": {"matchAll": {}}}}


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        ({}, "at least 1"),
        ({f"s{number}": TOP for number in range(51)}, "at most 50"),
        ({"a": {}}, "expected nodes, edges"),
        ({"a": {"nodes": {}, "edges": {}}}, "Unknown field"),
        ({"a": TOP | {"limit": 0}}, "greater than or equal to 1"),
        ({"a": TOP | {"limit": 10_001}}, "less than or equal to 10000"),
        ({"a": {"nodes": {"from": "nobody", "through": THROUGH}}}, "no result set nobody"),
        ({"a": {"nodes": {"from": "a", "through": THROUGH}}}, "chains from itself"),
        (
            {
                "a": {"nodes": {"from": "b", "through": THROUGH}},
                "b": {"nodes": {"from": "a", "through": THROUGH}},
            },
            "chains from itself",
        ),
        ({"a": {"nodes": {"from": "b"}}, "b": TOP}, "through which direct relation"),
        ({"a": {"nodes": {"through": THROUGH}}}, "through needs from"),
        (
            {"a": {"nodes": {"from": "b", "through": THROUGH}}, "b": {"edges": {}}},
            "follows relations of nodes",
        ),
        (
            {"a": {"nodes": {"from": "b", "through": THROUGH | {"identifier": "name"}}}, "b": TOP},
            "no direct relation",
        ),
        (
            {"a": {"nodes": {"from": "b", "through": THROUGH | {"identifier": "children"}}}, "b": TOP},
            "no direct relation",
        ),
        (
            {
                "a": {
                    "nodes": {
                        "from": "b",
                        "through": {"source": ASSET.dump() | {"version": "v9"}, "identifier": "x"},
                    }
                },
                "b": TOP,
            },
            "does not exist",
        ),
        ({"a": {"nodes": {"from": "b", "through": {"identifier": "parent"}}}, "b": TOP}, "source or view"),
        ({"a": {"edges": {"limitEach": 2}}}, "limitEach needs"),
        ({"a": {"edges": {"from": "b", "maxDistance": 1, "limitEach": 2001}}, "b": TOP}, "2000"),
        ({"a": {"edges": {"from": "b"}, "sort": [{"property": ["edge", "space"]}]}, "b": TOP}, "postSort"),
        ({"a": {"union": ["b", "c"]}, "b": TOP, "c": {"edges": {}}}, "mixes nodes and edges"),
        (
            {
                "a": {"nodes": {"from": "u", "through": THROUGH, "direction": "outwards"}},
                "u": {"union": ["b"]},
                "b": TOP,
            },
            "only be followed inwards",
        ),
        ({"a": {"nodes": {"direction": "sideways"}}}, "outwards"),
        ({"a": {"nodes": {"colour": "red"}}}, "Unknown field"),
    ],
)
def test_what_is_no_result_set_is_refused_with_the_reason(refused: Refused, sets: Any, reason: str) -> None:
    refused(QUERY, {"with": sets, "select": {"a": {}} if "a" in sets else {"s0": {}}}, match=reason)


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        ({}, "at least 1"),
        ({"b": {}}, "select names what with does not: b"),
        ({"a": {"sources": [{"source": ASSET.dump()}]}}, "properties: Field required"),
        ({"a": {"sources": [{"source": ASSET.dump(), "properties": ["nothing"]}]}}, "no property nothing"),
        ({"a": {"sources": [{"source": ASSET.dump(), "properties": ["children"]}]}}, "no property children"),
        ({"a": {"sources": [{"source": FILE.dump(), "properties": []}] * 11}}, "at most 10"),
        ({"a": {"limit": 10_001}}, "10000"),
    ],
)
def test_what_is_no_selection_is_refused_with_the_reason(refused: Refused, select: Any, reason: str) -> None:
    refused(QUERY, {"with": {"a": TOP}, "select": select}, match=reason)


def test_sets_at_their_limits_are_accepted(post: Post) -> None:
    sets: dict[str, Any] = {
        f"s{number}": {"nodes": {"filter": ids("a").dump()}, "limit": 10_000} for number in range(50)
    }
    assert len(post(QUERY, {"with": sets, "select": {name: {} for name in sets}})["items"]) == 50


def test_a_written_property_shows_at_once(client: CogniteClient) -> None:
    source = NodeOrEdgeData(ASSET, {"name": "new"})
    client.data_modeling.instances.apply(NodeApply(SPACE, "shown", sources=[source]))
    name = Equals(ASSET.as_property_ref("name"), "new") & Equals(["node", "space"], SPACE)
    assert run(client, found=NodeResultSetExpression(filter=name))["found"] == ["shown"]
