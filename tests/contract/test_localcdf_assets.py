"""Classic assets: their hierarchy, lists, limits and rights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AssetUpdate, AssetWrite, LabelFilter
from cognite.client.exceptions import CogniteAPIError, CogniteDuplicatedError, CogniteNotFoundError

from demo.localserver import LocalServer
from demo.localserver import local_cdf as running
from tests.contract.test_localcdf_rights import UserOf, capabilities, forbidden

Refused = Callable[..., CogniteAPIError]


@pytest.fixture
def tree(client: CogniteClient) -> str:
    """A tree of its own: root, a with a1 and a2, b; return what all external ids begin with."""
    key = uuid4().hex[:12]
    made = [
        AssetWrite(name="a1", external_id=f"{key}a1", parent_external_id=f"{key}a"),
        AssetWrite(name="a", external_id=f"{key}a", parent_external_id=key, metadata={"kind": "x", "n": "1"}),
        AssetWrite(name="plant", external_id=key, source="tests", description="the Whole Plant"),
        AssetWrite(name="a2", external_id=f"{key}a2", parent_external_id=f"{key}a", metadata={"kind": "x"}),
        AssetWrite(name="b", external_id=f"{key}b", parent_external_id=key, description="a feed water pump"),
    ]
    client.assets.create(made)
    return key


def names(found: Any) -> list[str]:
    """Names, sorted."""
    return sorted(each.name for each in found)


def test_parents_may_come_after_their_children_in_a_request(client: CogniteClient, tree: str) -> None:
    root, a, a1 = client.assets.retrieve_multiple(external_ids=[tree, f"{tree}a", f"{tree}a1"])
    assert (root.parent_id, root.parent_external_id, root.root_id) == (None, None, root.id)
    assert (a.parent_id, a.parent_external_id, a.root_id) == (root.id, tree, root.id)
    assert (a1.parent_id, a1.parent_external_id, a1.root_id) == (a.id, f"{tree}a", root.id)


def test_a_child_can_be_added_later_by_either_identifier_of_its_parent(
    client: CogniteClient, tree: str
) -> None:
    b = client.assets.retrieve(external_id=f"{tree}b")
    assert b
    made = client.assets.create(
        [AssetWrite(name="b1", parent_id=b.id), AssetWrite(name="b2", parent_external_id=f"{tree}b")]
    )
    assert {(each.parent_id, each.root_id) for each in made} == {(b.id, b.root_id)}


def test_create_answers_201(client: CogniteClient) -> None:
    assert client.post("/api/v1/projects/local/assets", json={"items": [{"name": "x"}]}).status_code == 201


def test_a_parent_that_is_not_there_is_refused_by_name(refused: Refused) -> None:
    refusal = refused("/assets", {"items": [{"name": "a", "parentExternalId": "nowhere"}]})
    assert refusal.missing == [{"externalId": "nowhere"}]
    assert refused("/assets", {"items": [{"name": "a", "parentId": 5}]}).missing == [{"id": 5}]
    both = {"name": "a", "parentId": 5, "parentExternalId": "nowhere"}
    refused("/assets", {"items": [both]}, "at most one of parentId, parentExternalId")


def test_parents_may_not_go_round_in_a_circle(refused: Refused) -> None:
    ends = {"a": "b", "b": "c", "c": "a"}
    items = [
        {"name": each, "externalId": f"circle_{each}", "parentExternalId": f"circle_{above}"}
        for each, above in ends.items()
    ]
    refused("/assets", {"items": items}, "circle")
    refused("/assets", {"items": [{"name": "x", "externalId": "self", "parentExternalId": "self"}]}, "circle")


def test_a_taken_external_id_is_a_conflict(client: CogniteClient, tree: str) -> None:
    with pytest.raises(CogniteDuplicatedError) as refusal:
        client.assets.create(AssetWrite(name="x", external_id=tree))
    assert refusal.value.duplicated == [{"externalId": tree}]


@pytest.mark.parametrize(
    ("field", "longest", "too_long"),
    [
        ("name", "n" * 140, "n" * 141),
        ("name", "n", ""),
        ("externalId", "e" * 255, "e" * 256),
        ("description", "d" * 500, "d" * 501),
        ("source", "s" * 128, "s" * 129),
        ("metadata", {str(each): "" for each in range(256)}, {str(each): "" for each in range(257)}),
        ("metadata", {"k": "v" * 10_239}, {"k": "v" * 10_240}),
        (
            "labels",
            [{"externalId": str(each)} for each in range(10)],
            [{"externalId": str(each)} for each in range(11)],
        ),
    ],
)
def test_fields_have_their_documented_limits(
    client: CogniteClient, post: Any, refused: Refused, field: str, longest: Any, too_long: Any
) -> None:
    item = {"name": "x"}
    made = post("/assets", {"items": [item | {field: longest}]})["items"][0]
    assert made[field] == longest
    client.assets.delete(id=made["id"])
    refused("/assets", {"items": [item | {field: too_long}]}, rf"items\[0\].{field}")


def test_a_request_has_a_thousand_items_at_most(client: CogniteClient, post: Any, refused: Refused) -> None:
    items = [{"name": "many", "externalId": f"many{each}"} for each in range(1001)]
    refused("/assets", {"items": items}, "items")
    refused("/assets", {"items": []}, "items")
    assert len(post("/assets", {"items": items[:1000]})["items"]) == 1000
    assert len(client.assets.list(name="many", limit=None)) == 1000
    post("/assets/delete", {"items": [{"externalId": each["externalId"]} for each in items[:1000]]})
    assert client.assets.list(name="many") == []


def test_aggregates_are_shown_when_asked_for(client: CogniteClient, post: Any, tree: str) -> None:
    wanted = ["childCount", "path", "depth"]
    body = {"items": [{"externalId": tree}, {"externalId": f"{tree}a1"}], "aggregatedProperties": wanted}
    root, a1 = post("/assets/byids", body)["items"]
    a = client.assets.retrieve(external_id=f"{tree}a")
    assert a
    assert root["aggregates"] == {"childCount": 2, "depth": 0, "path": [{"id": root["id"]}]}
    path = [{"id": each} for each in (root["id"], a.id, a1["id"])]
    assert a1["aggregates"] == {"childCount": 0, "depth": 2, "path": path}
    listed = client.assets.list(external_id_prefix=f"{tree}a", aggregated_properties=["child_count"])
    assert {each.name: each.aggregates.child_count for each in listed} == {"a": 2, "a1": 0, "a2": 0}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "a1"}, ["a1"]),
        ({"parent_external_ids": ["{0}"]}, ["a", "b"]),
        ({"parent_external_ids": ["{0}a", "nowhere"]}, ["a1", "a2"]),
        ({"asset_subtree_external_ids": ["{0}a"]}, ["a", "a1", "a2"]),
        ({"asset_subtree_external_ids": ["{0}a1", "{0}b"]}, ["a1", "b"]),
        ({"metadata": {"kind": "x"}}, ["a", "a2"]),
        ({"metadata": {"kind": "x", "n": "1"}}, ["a"]),
        ({"metadata": {"kind": "y"}}, []),
        ({"source": "tests"}, ["plant"]),
        ({"external_id_prefix": "{0}a"}, ["a", "a1", "a2"]),
        ({"root": True}, ["plant"]),
        ({"root": False}, ["a", "a1", "a2", "b"]),
        ({"created_time": {"max": 1}}, []),
        ({"labels": LabelFilter(contains_any=["none"])}, []),
    ],
)
def test_lists_are_filtered(
    client: CogniteClient, tree: str, wanted: dict[str, Any], found: list[str]
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [each.format(tree) for each in value]
        return value.format(tree) if isinstance(value, str) else value

    given = {name: filled(value) for name, value in wanted.items()}
    listed = client.assets.list(**given, limit=None)
    assert names(each for each in listed if (each.external_id or "").startswith(tree)) == found


def test_parents_and_old_roots_are_found_by_their_ids(client: CogniteClient, post: Any, tree: str) -> None:
    root = client.assets.retrieve(external_id=tree)
    assert root
    assert names(client.assets.list(parent_ids=[root.id])) == ["a", "b"]
    listed = post("/assets/list", {"filter": {"rootIds": [{"id": root.id}]}})["items"]
    assert len(listed) == 5


@pytest.mark.parametrize("path", ["/assets/list", "/assets/search", "/events/list", "/files/list"])
def test_an_unknown_subtree_in_a_filter_is_refused_or_matches_nothing(
    local_cdf: LocalServer, post: Any, refused: Refused, path: str
) -> None:
    wanted = [{"externalId": "nowhere"}]
    body = {"filter": {"assetSubtreeIds": wanted}}
    assert refused(path, body).missing == wanted
    local_cdf.read_as(unknown_subtree="empty")
    try:
        assert post(path, body)["items"] == []
    finally:
        local_cdf.read_as(unknown_subtree="refused")


@pytest.mark.parametrize("name", ["parentIds", "assetSubtreeIds"])
def test_a_filter_names_a_hundred_assets_at_most(refused: Refused, name: str) -> None:
    items = [each if name == "parentIds" else {"id": each} for each in range(1, 102)]
    refused("/assets/list", {"filter": {name: items}}, f"filter.{name}")
    refused("/assets/list", {"filter": {name: []}}, f"filter.{name}")


def test_what_is_not_served_is_refused(refused: Refused) -> None:
    refused("/assets/list", {"advancedFilter": {}}, "advancedFilter is not served")
    refused("/assets/list", {"sort": []}, "sort is not served")
    refused("/assets/list", {"filter": {"geoLocation": {}}}, "geoLocation is not served")


def test_pages_and_partitions_hold_every_asset_once(client: CogniteClient, post: Any) -> None:
    key = uuid4().hex[:12]
    client.assets.create([AssetWrite(name="p", external_id=f"{key}{each}") for each in range(25)])
    seen: list[int] = []
    for share in range(1, 4):
        body: dict[str, Any] = {"filter": {"externalIdPrefix": key}, "limit": 4, "partition": f"{share}/3"}
        while True:
            answer = post("/assets/list", body)
            seen += [each["id"] for each in answer["items"]]
            if "nextCursor" not in answer:
                break
            body["cursor"] = answer["nextCursor"]
    assert len(seen) == len(set(seen)) == 25
    assert len(client.assets.list(external_id_prefix=key, partitions=10, limit=None)) == 25


@pytest.mark.parametrize("share", ["0/3", "4/3", "1/11", "1", "a/b", "1/3/5"])
def test_a_partition_is_one_of_ten_at_most(refused: Refused, share: str) -> None:
    refused("/assets/list", {"partition": share}, "partition")


def test_updates_change_what_they_name(client: CogniteClient, tree: str) -> None:
    update = AssetUpdate(external_id=f"{tree}a").name.set("A").metadata.add({"m": "2"}).metadata.remove(["n"])
    changed = client.assets.update(update)
    assert (changed.name, changed.metadata) == ("A", {"kind": "x", "m": "2"})
    assert changed.parent_external_id == tree
    client.assets.update(AssetUpdate(external_id=f"{tree}b").description.set(None))
    b = client.assets.retrieve(external_id=f"{tree}b")
    assert b
    assert b.description is None


def test_an_asset_moves_within_its_tree_with_all_below_it(client: CogniteClient, tree: str) -> None:
    client.assets.update(AssetUpdate(external_id=f"{tree}a").parent_external_id.set(f"{tree}b"))
    assert names(client.assets.list(asset_subtree_external_ids=[f"{tree}b"])) == ["a", "a1", "a2", "b"]


@pytest.mark.parametrize(
    ("moved", "parent", "why"),
    [("", "b", "root"), ("a", "a", "own ancestor"), ("a", "a1", "own ancestor"), ("a", "other", "own tree")],
)
def test_an_asset_cannot_move_where_it_would_break_the_tree(
    client: CogniteClient, refused: Refused, tree: str, moved: str, parent: str, why: str
) -> None:
    client.assets.create(AssetWrite(name="x", external_id=f"{tree}other"))
    change = {"externalId": tree + moved, "update": {"parentExternalId": {"set": tree + parent}}}
    refused("/assets/update", {"items": [change]}, why)


def test_an_update_may_not_take_the_name_away(refused: Refused, tree: str) -> None:
    refused("/assets/update", {"items": [{"externalId": tree, "update": {"name": {"setNull": True}}}]})
    refused("/assets/update", {"items": [{"externalId": tree, "update": {"name": {"set": ""}}}]})


def test_a_parent_is_deleted_with_its_children_only(
    client: CogniteClient, refused: Refused, tree: str
) -> None:
    refused("/assets/delete", {"items": [{"externalId": f"{tree}a"}]}, "recursive")
    client.assets.delete(external_id=[f"{tree}a", f"{tree}a1", f"{tree}a2"])
    assert names(client.assets.list(external_id_prefix=tree)) == ["b", "plant"]
    client.assets.delete(external_id=tree, recursive=True)
    assert client.assets.list(external_id_prefix=tree) == []


def test_unknown_assets_are_named_or_passed_over(client: CogniteClient, tree: str) -> None:
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.assets.retrieve_multiple(external_ids=[tree, "nowhere"])
    assert refusal.value.missing == [{"externalId": "nowhere"}]
    found = client.assets.retrieve_multiple(external_ids=[tree, "nowhere"], ignore_unknown_ids=True)
    assert names(found) == ["plant"]
    client.assets.delete(external_id="nowhere", ignore_unknown_ids=True)
    with pytest.raises(CogniteNotFoundError):
        client.assets.delete(external_id="nowhere")


def test_a_search_finds_words_in_any_case(client: CogniteClient, tree: str, local_cdf: LocalServer) -> None:
    within = {"assetSubtreeIds": [{"externalId": tree}]}
    search = client.assets.search
    assert names(search(query="PUMP water", filter=within)) == ["b"]
    assert names(search(query="pump fire", filter=within)) == ["b"]
    local_cdf.read_as(asset_search_words="all")
    try:
        assert names(search(query="pump fire", filter=within)) == []
    finally:
        local_cdf.read_as(asset_search_words="any")
    assert names(search(description="whole", filter=within)) == ["plant"]
    assert [each.name for each in search(name="a", filter=within)][:1] == ["a"]
    assert len(search(name="a", filter=within, limit=2)) == 2


def test_lists_lag_behind_writes_and_reads_by_id_do_not(tmp_path: Path) -> None:
    with running(tmp_path / "cdf") as server:
        client = server.client("tests")
        server.admin("clock", {"run": False})
        client.assets.create(AssetWrite(name="x", external_id="x"))
        assert client.assets.retrieve(external_id="x")
        assert client.assets.list() == []
        server.admin("clock", {"advance": 5})
        assert names(client.assets.list()) == ["x"]


# Rights


def test_rights_go_as_far_as_their_data_sets(client: CogniteClient, user_of: UserOf, post: Any) -> None:
    key = uuid4().hex[:12]
    ours, others = (
        each["id"] for each in post("/datasets", {"items": [{"name": "a"}, {"name": "b"}]})["items"]
    )
    client.assets.create(
        [
            AssetWrite(name=name, external_id=f"{key}{name}", data_set_id=data_set)
            for name, data_set in (("ours", ours), ("others", others), ("none", None))
        ]
    )
    scope = {"datasetScope": {"ids": [ours]}}
    user = user_of(capabilities("assetsAcl:READ", "assetsAcl:WRITE", scope=scope))
    assert names(user.assets.list(external_id_prefix=key)) == ["ours"]
    assert names(user.assets.search(query="o", filter={"externalIdPrefix": key})) == ["ours"]
    forbidden(lambda: user.assets.retrieve(external_id=f"{key}others"), "assetsAcl:READ")
    forbidden(lambda: user.assets.create(AssetWrite(name="x", data_set_id=others)), "assetsAcl:WRITE")
    forbidden(lambda: user.assets.create(AssetWrite(name="x")), "assetsAcl:WRITE")
    forbidden(lambda: user.assets.delete(external_id=f"{key}none"), "assetsAcl:WRITE")
    moved = AssetUpdate(external_id=f"{key}ours").data_set_id.set(others)
    forbidden(lambda: user.assets.update(moved), "assetsAcl:WRITE")
    user.assets.update(AssetUpdate(external_id=f"{key}ours").name.set("still ours"))


@pytest.mark.parametrize("path", ["/assets", "/assets/update", "/assets/delete"])
def test_projects_of_data_modeling_alone_block_writes(tmp_path: Path, path: str) -> None:
    bodies: dict[str, Any] = {
        "/assets": {"name": "x"},
        "/assets/update": {"id": 1, "update": {"name": {"set": "y"}}},
        "/assets/delete": {"id": 1},
    }
    with running(tmp_path / "cdf", project_status="DATA_MODELING_ONLY") as server:
        client = server.client("tests")
        with pytest.raises(CogniteAPIError, match="DATA_MODELING_ONLY") as refusal:
            client.post(f"/api/v1/projects/local{path}", json={"items": [bodies[path]]})
        assert refusal.value.code == 403
        assert client.assets.list() == []


# Files of assets


def test_files_are_found_by_the_assets_they_name(client: CogniteClient, post: Any, tree: str) -> None:
    a, a1, b = client.assets.retrieve_multiple(external_ids=[f"{tree}{each}" for each in ("a", "a1", "b")])
    for name, ids in {"f_a": [a.id], "f_a1": [a1.id], "f_b_a": [b.id, a.id], "f": None}.items():
        post("/files", {"name": name, "source": tree} | ({"assetIds": ids} if ids else {}))

    def found(**wanted: Any) -> list[str]:
        return names(client.files.list(source=tree, **wanted, limit=None))

    assert found(asset_external_ids=[f"{tree}b", "nowhere"]) == ["f_b_a"]
    assert found(asset_subtree_external_ids=[f"{tree}a"]) == ["f_a", "f_a1", "f_b_a"]
    assert found(asset_subtree_external_ids=[f"{tree}a1"]) == ["f_a1"]
    in_tree = {"source": tree, "rootAssetIds": [{"externalId": tree}]}
    listed = post("/files/list", {"filter": in_tree})["items"]
    assert sorted(each["name"] for each in listed) == ["f_a", "f_a1", "f_b_a"]
