"""Sync: everything once, then what changed, deletions included."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import EdgeApply, NodeApply, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply
from cognite.client.data_classes.data_modeling.query import (
    NodeResultSetExpressionSync,
    QuerySync,
    SelectSync,
    SourceSelector,
)
from cognite.client.data_classes.filters import SpaceFilter
from cognite.client.exceptions import CogniteAPIError

from localcdf.data_modeling.queries.cursors import decode, encode

Refused = Callable[..., CogniteAPIError]
Post = Callable[..., Any]
SYNC = "/models/instances/sync"
ASSET = ViewId("cdf_cdm", "CogniteAsset", "v1")
MODES = ("onePhase", "twoPhase", "noBackfill")


class Feed:
    """A sync of the nodes in a space, as a client would keep it up."""

    def __init__(self, client: CogniteClient, post: Post, space: str, **options: Any) -> None:
        self.client, self.post, self.space = client, post, space
        client.data_modeling.spaces.apply(SpaceApply(space))
        filter_ = {"equals": {"property": ["node", "space"], "value": space}}
        sets = {"nodes": {"nodes": {"filter": filter_}, **options}}
        select = {"sources": [{"source": ASSET.dump(), "properties": ["name"]}]}
        self.body: dict[str, Any] = {"with": sets, "select": {"nodes": select}}

    def write(self, *names: str, **properties: Any) -> None:
        assets = [CogniteAssetApply(self.space, each, name=properties.get("name", each)) for each in names]
        self.client.data_modeling.instances.apply(assets)

    def delete(self, *names: str) -> None:
        self.client.data_modeling.instances.delete([(self.space, each) for each in names])

    def next(self) -> list[str]:
        """The next page: names, with a minus before those that are deleted."""
        answer = self.post(SYNC, self.body)
        self.body["cursors"] = answer["nextCursor"]
        return [
            ("-" if "deletedTime" in each else "") + each["externalId"] for each in answer["items"]["nodes"]
        ]


@pytest.mark.parametrize("mode", MODES)
def test_a_sync_tells_of_all_that_changes_from_then_on(client: CogniteClient, post: Post, mode: str) -> None:
    feed = Feed(client, post, f"changes_{mode}", mode=mode)
    feed.write("a", "b")
    assert feed.next() == ([] if mode == "noBackfill" else ["a", "b"])
    assert feed.next() == []
    feed.write("c")
    feed.write("a", name="new")
    feed.delete("b")
    assert feed.next() == ["c", "a", "-b"]
    assert feed.next() == []
    feed.write("a", name="new")  # changes nothing
    assert feed.next() == []


@pytest.mark.parametrize("mode", ["onePhase", "twoPhase"])
def test_a_sync_goes_on_from_page_to_page(client: CogniteClient, post: Post, mode: str) -> None:
    feed = Feed(client, post, f"pages_{mode}", mode=mode, limit=2)
    feed.write(*"abcde")
    assert [feed.next() for _ in range(3)] == [["a", "b"], ["c", "d"], ["e"]]
    feed.write("f")
    feed.write(*"abcd", name="new")
    assert [feed.next() for _ in range(4)] == [["f", "a"], ["b", "c"], ["d"], []]


def test_what_changes_during_the_backfill_is_told_of_once(client: CogniteClient, post: Post) -> None:
    feed = Feed(client, post, "during", mode="twoPhase", limit=2)
    feed.write(*"abcd")
    assert feed.next() == ["a", "b"]
    feed.write("a", "d", name="new")
    feed.delete("c")
    assert feed.next() == []  # the backfill is over
    assert feed.next() == ["a", "d"]
    assert feed.next() == ["-c"]


@pytest.mark.parametrize("mode", ["onePhase", "twoPhase"])
@pytest.mark.parametrize("skip", [True, False])
def test_earlier_deletions_are_told_of_when_asked_for(
    client: CogniteClient, post: Post, mode: str, skip: bool
) -> None:
    feed = Feed(client, post, f"earlier_{mode}_{skip}", mode=mode, skipAlreadyDeleted=skip)
    feed.write("a", "b")
    feed.delete("a")
    assert sorted(feed.next()) == (["b"] if skip else ["-a", "b"])
    feed.delete("b")
    assert feed.next() == ["-b"]


def test_a_backfill_is_sorted_by_a_cursorable_index_only(
    client: CogniteClient, post: Post, refused: Refused
) -> None:
    client.data_modeling.spaces.apply(SpaceApply("sorted_fill"))
    client.data_modeling.instances.apply(
        [
            CogniteAssetApply("sorted_fill", name, source_id=each)
            for name, each in zip("abc", "231", strict=True)
        ]
    )

    def sort(view: str, name: str) -> list[dict[str, Any]]:
        return [{"property": ["cdf_cdm", f"{view}/v1", name]}]

    feed = Feed(
        client,
        post,
        "sorted_fill",
        mode="twoPhase",
        backfillSort=sort("CogniteSourceable", "sourceId"),
        limit=2,
    )
    assert [feed.next(), feed.next()] == [["c", "a"], ["b"]]
    unsorted = Feed(client, post, "sorted_fill", mode="twoPhase", backfillSort=sort("CogniteAsset", "name"))
    refused(SYNC, unsorted.body, match="no cursorable index")
    wrong_mode = Feed(client, post, "sorted_fill", backfillSort=sort("CogniteSourceable", "sourceId"))
    refused(SYNC, wrong_mode.body, match="needs mode twoPhase")


def test_a_set_in_sync_chains_from_all_of_another(client: CogniteClient, post: Post) -> None:
    client.data_modeling.spaces.apply(SpaceApply("chained"))
    apply = client.data_modeling.instances.apply
    apply([NodeApply("chained", name) for name in ("a", "b")])

    def link(name: str) -> None:
        apply(
            edges=EdgeApply(
                "chained", name, type=("chained", "t"), start_node=("chained", "a"), end_node=("chained", "b")
            )
        )

    sets = {
        "nodes": {"nodes": {"filter": {"instanceReferences": [{"space": "chained", "externalId": "a"}]}}},
        "edges": {"edges": {"from": "nodes"}},
    }
    body: dict[str, Any] = {"with": sets, "select": {"edges": {}}}
    seen = []
    for name in ("one", "two"):
        link(name)
        answer = post(SYNC, body)
        body["cursors"] = answer["nextCursor"]
        seen.append([each["externalId"] for each in answer["items"]["edges"]])
    assert seen == [["one"], ["two"]]


def test_the_sdk_syncs_with_its_own_classes(client: CogniteClient) -> None:
    client.data_modeling.spaces.apply(SpaceApply("typed_sync"))
    client.data_modeling.instances.apply(
        [CogniteAssetApply("typed_sync", f"a{number}", name="n") for number in range(5)]
    )
    query = QuerySync(
        with_={"assets": NodeResultSetExpressionSync(filter=SpaceFilter("typed_sync"), limit=2)},
        select={"assets": SelectSync([SourceSelector(ASSET, ["name"])])},
    )
    sizes = []
    for _ in range(4):
        result = client.data_modeling.instances.sync(query)
        sizes.append(len(result["assets"]))
        query.cursors = result.cursors
    assert sizes == [2, 2, 1, 0]
    client.data_modeling.instances.delete(("typed_sync", "a0"))
    (deleted,) = client.data_modeling.instances.sync(query)["assets"]
    assert deleted.deleted_time is not None
    assert not deleted.properties


def test_a_cursor_expires_after_3_days(client: CogniteClient, post: Post, refused: Refused) -> None:
    feed = Feed(client, post, "expires")
    feed.next()
    cursor = feed.body["cursors"]["nodes"]
    digest = base64.urlsafe_b64decode(cursor).decode()[:16]
    progress = decode(digest, cursor)
    old = {"nodes": encode(digest, progress | {"time": progress["time"] - 3 * 24 * 3600 * 1000 - 60_000})}
    young = {"nodes": encode(digest, progress | {"time": progress["time"] - 3 * 24 * 3600 * 1000 + 60_000})}
    refused(SYNC, feed.body | {"cursors": old}, match="expired after 3 days")
    post(SYNC, feed.body | {"cursors": young})
    post(SYNC, feed.body | {"cursors": old, "allowExpiredCursorsAndAcceptMissedDeletes": True})


def test_a_cursor_of_another_sync_is_refused(client: CogniteClient, post: Post, refused: Refused) -> None:
    one, other = Feed(client, post, "one_feed"), Feed(client, post, "other_feed")
    one.next()
    refused(SYNC, other.body | {"cursors": one.body["cursors"]}, match="cursor")
    refused(SYNC, other.body | {"cursors": {"nodes": "nonsense"}}, match="cursor")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"limit": 2001}, "2000"),
        ({"limit": 0}, "limit"),
        ({"mode": "threePhase"}, "onePhase"),
        ({"sort": [{"property": ["node", "space"]}]}, "Unknown field"),
    ],
)
def test_what_is_no_sync_is_refused(
    client: CogniteClient, post: Post, refused: Refused, change: Any, reason: str
) -> None:
    refused(SYNC, Feed(client, post, "no_sync", **change).body, match=reason)
    post(SYNC, Feed(client, post, "no_sync", limit=2000).body)
