"""Search and aggregates over a few assets and files."""

from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.aggregations import Avg, Count, Histogram, Max, Min, Sum
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAsset, CogniteAssetApply, CogniteFileApply
from cognite.client.data_classes.data_modeling.instances import InstanceSort
from cognite.client.data_classes.filters import Equals, Nested, Prefix, Range
from cognite.client.exceptions import CogniteAPIError

Refused = Callable[..., CogniteAPIError]
Post = Callable[..., Any]
SPACE = "search"
SEARCH, AGGREGATE = "/models/instances/search", "/models/instances/aggregate"
ASSET = ViewId("cdf_cdm", "CogniteAsset", "v1")
FILE = ViewId("cdf_cdm", "CogniteFile", "v1")
PUMP = ViewId(SPACE, "Pump", "v1")
NAMES = {
    "a0": ("21-PT-1019", "Pressure transmitter"),
    "a1": ("21-PT-1020", "Pressure transmitter, suction side"),
    "a2": ("21-HV-2034", "Hand valve"),
    "a3": ("Heat exchanger", "243 alpha"),
    "a4": ("Exchanger heat", None),
}


@pytest.fixture(scope="module", autouse=True)
def plant(client: CogniteClient, post: Post) -> None:
    """Assets with texts, files on them, and pumps with numbers."""
    client.data_modeling.spaces.apply(SpaceApply(SPACE))
    apply = client.data_modeling.instances.apply
    apply(
        [
            CogniteAssetApply(SPACE, each, name=name, description=description, aliases=["spare", each])
            for each, (name, description) in NAMES.items()
        ]
    )
    apply(
        [
            CogniteFileApply(SPACE, "f0", name="f", assets=[(SPACE, "a0")]),
            CogniteFileApply(SPACE, "f1", name="f"),
        ]
    )
    types: dict[str, Any] = {
        "maker": {"type": "text"},
        "runs": {"type": "boolean"},
        "size": {"type": "int32"},
        "flow": {"type": "float64"},
        "site": {"type": "direct"},
        "tags": {"type": "text", "list": True},
        "since": {"type": "timestamp"},
    }
    container = {
        "space": SPACE,
        "externalId": "Pump",
        "properties": {name: {"type": each} for name, each in types.items()},
    }
    post("/models/containers", {"items": [container]})
    reference = {"type": "container", "space": SPACE, "externalId": "Pump"}
    mapped = {name: {"container": reference, "containerPropertyIdentifier": name} for name in types}
    post(
        "/models/views",
        {"items": [{"space": SPACE, "externalId": "Pump", "version": "v1", "properties": mapped}]},
    )
    pumps = [
        {"maker": "x", "runs": True, "size": 1, "flow": -0.5, "site": {"space": SPACE, "externalId": "a0"}},
        {"maker": "x", "runs": False, "size": 2, "flow": 1.5, "tags": []},
        {"maker": "y", "runs": True, "size": 4, "tags": ["hot pump", "old"]},
        {"size": 3, "tags": ["hot"]},
    ]
    apply(
        [
            NodeApply(SPACE, f"p{number}", sources=[NodeOrEdgeData(PUMP, properties)])
            for number, properties in enumerate(pumps)
        ]
    )


def search(
    client: CogniteClient, query: str | None = None, view: ViewId = ASSET, **options: Any
) -> list[str]:
    """The external ids found, the most relevant first."""
    found = client.data_modeling.instances.search(view, query, space=SPACE, limit=100, **options)
    return [each.external_id for each in found]


def test_words_are_found_in_all_texts_of_the_view(client: CogniteClient) -> None:
    assert search(client, "pressure") == ["a0", "a1"]
    assert search(client, "SPARE") == ["a0", "a1", "a2", "a3", "a4"]
    assert search(client, "a3") == ["a3"]
    assert search(client, "nothing") == []


def test_all_words_or_any_of_them(client: CogniteClient) -> None:
    assert search(client, "pressure valve", operator="AND") == []
    assert search(client, "pressure valve", operator="OR") == ["a0", "a1", "a2"]
    assert search(client, "pressure suct", operator="AND") == []
    assert search(client, "pressure suct", operator="OR") == ["a1", "a0"]


def test_more_words_and_whole_phrases_come_first(client: CogniteClient) -> None:
    assert search(client, "heat exchanger", operator="AND") == ["a3", "a4"]
    assert search(client, "heat exchanger 243", operator="OR") == ["a3", "a4"]


def test_a_search_keeps_to_the_properties_named(client: CogniteClient, refused: Refused) -> None:
    assert search(client, "243", properties=["description"]) == ["a3"]
    assert search(client, "243", properties=["name"]) == []
    refused(
        SEARCH, {"view": ASSET.dump(), "query": "a", "properties": ["object3D"]}, match="no text property"
    )


def test_a_search_filters_sorts_and_limits(client: CogniteClient, post: Post) -> None:
    assert search(client, "pressure", filter=Prefix(ASSET.as_property_ref("name"), "21-PT-1020")) == ["a1"]
    descending = InstanceSort(ASSET.as_property_ref("name"), "descending")
    assert search(client, "21", sort=descending) == ["a1", "a0", "a2"]
    named_alone = {"view": ASSET.dump(), "query": "21", "sort": [{"property": ["name"]}], "limit": 2}
    in_space = {"equals": {"property": ["node", "space"], "value": SPACE}}
    filter_ = {"and": [{"prefix": {"property": ["name"], "value": "21"}}, in_space]}
    items = post(SEARCH, named_alone | {"filter": filter_})["items"]
    assert [each["externalId"] for each in items] == ["a2", "a0"]


def test_a_search_without_words_lists_the_view(client: CogniteClient) -> None:
    assert search(client, view=PUMP) == ["p0", "p1", "p2", "p3"]
    assert search(client, "--", view=PUMP) == ["p0", "p1", "p2", "p3"]


def test_what_is_found_shows_the_view(client: CogniteClient) -> None:
    (found,) = client.data_modeling.instances.search(
        ASSET, "2034", instance_type=CogniteAsset, space=SPACE, include_typing=True
    )
    assert found.name == "21-HV-2034"


def test_an_empty_list_does_not_exist_here(client: CogniteClient, post: Post) -> None:
    exists = {"exists": {"property": [SPACE, "Pump/v1", "tags"]}}
    found = post(SEARCH, {"view": PUMP.dump(), "filter": exists})["items"]
    assert [each["externalId"] for each in found] == ["p2", "p3"]
    listed = post("/models/instances/list", {"filter": exists})["items"]
    assert [each["externalId"] for each in listed] == ["p1", "p2", "p3"]


def test_a_prefix_looks_into_lists_here(post: Post) -> None:
    prefix = {"prefix": {"property": [SPACE, "Pump/v1", "tags"], "value": "ol"}}
    found = post(SEARCH, {"view": PUMP.dump(), "filter": prefix})["items"]
    assert [each["externalId"] for each in found] == ["p2"]


def test_a_search_follows_the_documented_relations_only(client: CogniteClient, refused: Refused) -> None:
    named = Equals(ASSET.as_property_ref("name"), "21-PT-1019")
    assert search(client, view=FILE, filter=Nested(FILE.as_property_ref("assets"), named)) == ["f0"]
    nested = {"nested": {"scope": [SPACE, "Pump/v1", "site"], "filter": {"matchAll": {}}}}
    refused(SEARCH, {"view": PUMP.dump(), "filter": nested}, match="do not follow")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "view: Field required"),
        ({"view": ASSET.dump() | {"version": "v9"}}, "does not exist"),
        ({"limit": 1001}, "1000"),
        ({"operator": "and"}, "AND"),
        ({"sort": [{"property": ["name"], "nullsFirst": True}]}, "Unknown field"),
        (
            {"filter": {"overlaps": {"startProperty": ["size"], "endProperty": ["size"], "gt": 1}}},
            "not available",
        ),
        ({"filter": {"equals": {"property": ["nothing"], "value": 1}}}, "no base property"),
        ({"colour": "red"}, "Unknown field"),
    ],
)
def test_what_is_no_search_is_refused(refused: Refused, body: Any, reason: str) -> None:
    refused(SEARCH, ({"view": PUMP.dump()} if body else {}) | body, match=reason)


# ---- aggregates ----


def test_numbers_are_counted_summed_and_compared(client: CogniteClient) -> None:
    aggregates = [Count("flow"), Sum("size"), Avg("size"), Min("size"), Max("flow")]
    values = client.data_modeling.instances.aggregate(PUMP, aggregates, space=SPACE)
    assert [each.value for each in values] == [2, 10, 2.5, 1, 1.5]
    assert client.data_modeling.instances.aggregate(PUMP, Count("externalId"), space=SPACE).value == 4


def test_aggregates_come_by_group(client: CogniteClient) -> None:
    groups = client.data_modeling.instances.aggregate(PUMP, Sum("size"), group_by="maker", space=SPACE)
    assert [(each.group, each.aggregates[0].value) for each in groups] == [
        ({"maker": "x"}, 3),
        ({"maker": "y"}, 4),
        ({}, 3),
    ]
    by_two = client.data_modeling.instances.aggregate(
        PUMP, Count("size"), group_by=["maker", "runs"], space=SPACE
    )
    assert len(by_two) == 4
    sites = client.data_modeling.instances.aggregate(PUMP, Count("size"), group_by="site", space=SPACE)
    assert {"site": {"space": SPACE, "externalId": "a0"}} in [each.group for each in sites]


def test_a_histogram_counts_by_buckets(client: CogniteClient) -> None:
    histogram = client.data_modeling.instances.histogram(PUMP, Histogram("flow", 1.0), space=SPACE)
    assert [(each.start, each.count) for each in histogram.buckets] == [(-1, 1), (1, 1)]


def test_aggregates_keep_to_a_filter_and_to_words(client: CogniteClient) -> None:
    aggregate = client.data_modeling.instances.aggregate
    large = Range(PUMP.as_property_ref("size"), gt=2)
    assert aggregate(PUMP, Count("size"), filter=large, space=SPACE).value == 2
    assert aggregate(PUMP, Count("size"), query="hot", space=SPACE).value == 2
    assert aggregate(PUMP, Count("size"), query="hot", properties=["maker"], space=SPACE).value == 0


def test_nothing_has_no_average(client: CogniteClient, post: Post) -> None:
    body = {"view": PUMP.dump(), "filter": {"equals": {"property": ["maker"], "value": "z"}}}
    aggregates = [{"avg": {"property": "size"}}, {"sum": {"property": "size"}}, {"count": {}}]
    (item,) = post(AGGREGATE, body | {"aggregates": aggregates})["items"]
    assert [each.get("value") for each in item["aggregates"]] == [None, 0, 0]


def test_groups_alone_are_the_values_there_are(post: Post) -> None:
    items = post(AGGREGATE, {"view": PUMP.dump(), "groupBy": ["maker"], "limit": 2})["items"]
    assert [each["group"] for each in items] == [{"maker": "x"}, {"maker": "y"}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "give aggregates, groupBy or both"),
        ({"aggregates": [{"count": {}}] * 6}, "at most 5"),
        ({"groupBy": ["maker", "runs", "size", "flow", "site", "tags"]}, "at most 5"),
        ({"groupBy": []}, "at least 1"),
        ({"groupBy": ["tags"]}, "no list"),
        ({"groupBy": ["since"]}, "must be one of"),
        ({"groupBy": ["nothing"]}, "no base property nothing"),
        ({"aggregates": [{"sum": {"property": "maker"}}]}, "must be one of"),
        ({"aggregates": [{"sum": {}}]}, "property: Field required"),
        ({"aggregates": [{"median": {"property": "size"}}]}, "expected an object with one of"),
        ({"aggregates": [{"histogram": {"property": "size", "interval": 0}}]}, "greater than 0"),
        ({"aggregates": [{"histogram": {"property": "flow", "interval": 5e-324}}]}, "interval"),
        ({"aggregates": [{"count": {}}], "limit": 1001}, "1000"),
        ({"aggregates": [{"count": {}}], "colour": "red"}, "Unknown field"),
    ],
)
def test_what_is_no_aggregate_is_refused(refused: Refused, body: Any, reason: str) -> None:
    refused(AGGREGATE, {"view": PUMP.dump()} | body, match=reason)
