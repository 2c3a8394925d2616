"""What the platform keeps of assets and files: path and root, uploaded or not."""

from collections.abc import Callable
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import (
    CogniteAsset,
    CogniteAssetApply,
    CogniteFile,
    CogniteFileApply,
)
from cognite.client.data_classes.filters import ContainsAny
from cognite.client.exceptions import CogniteAPIError

Refused = Callable[..., CogniteAPIError]
SPACE = "kept"
ASSET_VIEW = ViewId("cdf_cdm", "CogniteAsset", "v1")


@pytest.fixture(scope="module", autouse=True)
def space(client: CogniteClient) -> str:
    """The space of these tests."""
    return client.data_modeling.spaces.apply(SpaceApply(SPACE)).space


def write(client: CogniteClient, **parents: str | None) -> None:
    """Write assets with their parents, all in one request."""
    client.data_modeling.instances.apply(
        [
            CogniteAssetApply(SPACE, name, name=name, parent=(SPACE, parent) if parent else None)
            for name, parent in parents.items()
        ]
    )


def asset(client: CogniteClient, name: str) -> CogniteAsset:
    """Read an asset."""
    return client.data_modeling.instances.retrieve_nodes((SPACE, name), node_cls=CogniteAsset)


def path(client: CogniteClient, name: str) -> list[str]:
    """The path of an asset; its root is the path's first."""
    found = asset(client, name)
    assert found.root.external_id == found.path[0].external_id
    return [each.external_id for each in found.path]


def test_a_root_asset_is_its_own_path(client: CogniteClient) -> None:
    write(client, root=None)
    assert path(client, "root") == ["root"]
    assert asset(client, "root").path_last_updated_time is not None


def test_a_path_leads_from_the_root_to_the_asset_in_any_order_of_writing(client: CogniteClient) -> None:
    write(client, leaf="twig", twig="branch")
    write(client, branch="tree", tree=None)
    assert path(client, "leaf") == ["tree", "branch", "twig", "leaf"]
    assert path(client, "branch") == ["tree", "branch"]


def test_moving_an_asset_moves_all_below_it(client: CogniteClient) -> None:
    write(client, a=None, b="a", c="b", d="c", other=None)
    before = asset(client, "d")
    write(client, b="other")
    assert path(client, "d") == ["other", "b", "c", "d"]
    assert asset(client, "d").version > before.version
    write(client, b=None)
    assert path(client, "d") == ["b", "c", "d"]


def test_what_does_not_move_an_asset_leaves_its_path_alone(client: CogniteClient) -> None:
    write(client, still=None, below="still")
    before = asset(client, "below")
    client.data_modeling.instances.apply(CogniteAssetApply(SPACE, "below", description="d"))
    after = asset(client, "below")
    assert (after.path_last_updated_time, after.version) == (
        before.path_last_updated_time,
        before.version + 1,
    )


def test_the_platform_s_update_of_a_path_moves_the_version_on(client: CogniteClient) -> None:
    made = client.data_modeling.instances.apply(CogniteAssetApply(SPACE, "late", name="late"))
    assert made.nodes[0].version == 1
    assert asset(client, "late").version == 2


def test_a_deleted_parent_stays_in_the_relation_and_is_the_end_of_the_path(client: CogniteClient) -> None:
    write(client, top=None, middle="top", low="middle")
    client.data_modeling.instances.delete((SPACE, "top"))
    assert path(client, "low") == ["top", "middle", "low"]
    client.data_modeling.instances.delete((SPACE, "middle"))
    assert path(client, "low") == ["middle", "low"]
    assert asset(client, "low").parent.external_id == "middle"


@pytest.mark.parametrize(
    "parents", [{"self": "self"}, {"x": "y", "y": "x"}, {"x1": "x3", "x2": "x1", "x3": "x2", "x0": None}]
)
def test_an_asset_cannot_be_its_own_ancestor(client: CogniteClient, parents: dict[str, Any]) -> None:
    with pytest.raises(CogniteAPIError, match="own ancestor") as refusal:
        write(client, **parents)
    assert refusal.value.code == 400
    assert asset(client, next(iter(parents))) is None


def test_a_circle_is_refused_when_it_closes_later_too(client: CogniteClient) -> None:
    write(client, first=None, second="first", third="second")
    with pytest.raises(CogniteAPIError, match="own ancestor"):
        write(client, first="third")
    assert path(client, "third") == ["first", "second", "third"]


def test_a_path_holds_up_to_100_assets(client: CogniteClient) -> None:
    chain: dict[str, str | None] = {"c1": None} | {f"c{level}": f"c{level - 1}" for level in range(2, 101)}
    write(client, **chain)
    assert len(path(client, "c100")) == 100
    with pytest.raises(CogniteAPIError, match="more than 100 levels"):
        write(client, c101="c100")


@pytest.mark.parametrize(
    ("view", "properties"),
    [
        ("CogniteAsset", {"root": {"space": SPACE, "externalId": "root"}}),
        ("CogniteAsset", {"path": []}),
        ("CogniteAsset", {"pathLastUpdatedTime": None}),
        ("CogniteFile", {"isUploaded": True}),
        ("CogniteFile", {"uploadedTime": "2024-05-31T02:12:29Z"}),
    ],
)
def test_what_the_platform_keeps_cannot_be_written(client: CogniteClient, view: str, properties: Any) -> None:
    source = NodeOrEdgeData(ViewId("cdf_cdm", view, "v1"), properties)
    with pytest.raises(CogniteAPIError, match="kept by the platform") as refusal:
        client.data_modeling.instances.apply(NodeApply(SPACE, "refused", sources=[source]))
    assert refusal.value.code == 400


def test_replacing_an_asset_leaves_what_the_platform_keeps(client: CogniteClient) -> None:
    write(client, above=None, replaced="above")
    client.data_modeling.instances.apply(
        CogniteAssetApply(SPACE, "replaced", description="d", parent=(SPACE, "above")), replace=True
    )
    found = asset(client, "replaced")
    assert (found.name, found.description) == (None, "d")
    assert path(client, "replaced") == ["above", "replaced"]


def test_assets_below_another_are_found_by_their_path(client: CogniteClient) -> None:
    write(client, plant=None, unit="plant", pump="unit", elsewhere=None)
    relation = {"space": SPACE, "externalId": "unit"}
    found = client.data_modeling.instances.list(
        CogniteAsset, filter=ContainsAny(ASSET_VIEW.as_property_ref("path"), [relation]), limit=None
    )
    assert {each.external_id for each in found} == {"unit", "pump"}


# ---- files ----


def file(client: CogniteClient, name: str) -> CogniteFile:
    """Read the node of a file."""
    return client.data_modeling.instances.retrieve_nodes((SPACE, name), node_cls=CogniteFile)


def test_a_file_node_has_a_file_that_comes_changes_and_goes_with_it(client: CogniteClient) -> None:
    identifier = NodeId(SPACE, "file")
    client.data_modeling.instances.apply(
        CogniteFileApply(SPACE, "file", name="a.jpg", mime_type="image/jpeg")
    )
    made = client.files.retrieve(instance_id=identifier)
    assert (made.name, made.mime_type, made.uploaded) == ("a.jpg", "image/jpeg", False)
    assert (file(client, "file").is_uploaded, file(client, "file").uploaded_time) == (False, None)
    client.data_modeling.instances.apply(CogniteFileApply(SPACE, "file", name="b.jpg"))
    assert client.files.retrieve(instance_id=identifier).name == "b.jpg"
    client.data_modeling.instances.delete(identifier)
    assert client.files.retrieve(instance_id=identifier) is None


def test_uploading_content_marks_the_node(client: CogniteClient) -> None:
    client.data_modeling.instances.apply(CogniteFileApply(SPACE, "uploaded", name="a.jpg"))
    before = file(client, "uploaded")
    client.files.upload_content_bytes(b"content", instance_id=NodeId(SPACE, "uploaded"))
    after = file(client, "uploaded")
    assert after.is_uploaded
    assert after.uploaded_time is not None
    assert after.version == before.version + 1
    assert after.last_updated_time >= before.last_updated_time
    assert client.files.download_bytes(instance_id=NodeId(SPACE, "uploaded")) == b"content"


def test_replacing_the_node_does_not_forget_the_upload(client: CogniteClient) -> None:
    client.data_modeling.instances.apply(CogniteFileApply(SPACE, "again", name="a.jpg"))
    client.files.upload_content_bytes(b"content", instance_id=NodeId(SPACE, "again"))
    client.data_modeling.instances.apply(CogniteFileApply(SPACE, "again", description="d"), replace=True)
    found = file(client, "again")
    assert (found.name, found.is_uploaded) == (None, True)
