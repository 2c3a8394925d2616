"""Files that ``CogniteFile`` nodes make: how the two APIs see each other."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationWrite, FileMetadataUpdate
from cognite.client.data_classes.data_modeling import NodeId, SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFile, CogniteFileApply
from cognite.client.exceptions import CogniteAPIError, CogniteNotFoundError

Refused = Callable[..., Any]
SPACE = "test_files"


@pytest.fixture(scope="module", autouse=True)
def space(client: CogniteClient) -> None:
    """A space for the nodes."""
    client.data_modeling.spaces.apply(SpaceApply(SPACE))


@pytest.fixture
def node(client: CogniteClient) -> Iterator[NodeId]:
    """A CogniteFile node without content."""
    made = NodeId(SPACE, f"st01/front {uuid4().hex}.jpg")
    client.data_modeling.instances.apply(
        CogniteFileApply(*made.as_tuple(), name="front.jpg", mime_type="image/jpeg", directory="/st01")
    )
    yield made
    client.data_modeling.instances.delete(nodes=made)


def read(client: CogniteClient, node: NodeId) -> CogniteFile:
    """The node as it is now."""
    found = client.data_modeling.instances.retrieve_nodes(node, node_cls=CogniteFile)
    assert isinstance(found, CogniteFile)
    return found


def test_a_node_makes_a_file_with_its_name_and_type(client: CogniteClient, node: NodeId) -> None:
    file = client.files.retrieve(instance_id=node)
    assert file.instance_id == node
    assert (file.name, file.mime_type, file.directory) == ("front.jpg", "image/jpeg", "/st01")
    assert (file.uploaded, file.external_id) == (False, None)
    assert client.files.retrieve(id=file.id).dump() == file.dump()


def test_a_node_without_a_name_lends_its_external_id(client: CogniteClient) -> None:
    nameless = NodeId(SPACE, uuid4().hex)
    client.data_modeling.instances.apply(CogniteFileApply(*nameless.as_tuple(), description="d"))
    assert client.files.retrieve(instance_id=nameless).name == nameless.external_id


def test_a_change_of_the_node_shows_on_the_file_and_its_id_stays(client: CogniteClient, node: NodeId) -> None:
    before = client.files.retrieve(instance_id=node)
    client.data_modeling.instances.apply(CogniteFileApply(*node.as_tuple(), name="new.jpg"))
    after = client.files.retrieve(instance_id=node)
    assert (after.id, after.name, after.mime_type) == (before.id, "new.jpg", "image/jpeg")


@pytest.mark.parametrize("way", ["bytes", "path", "parts"])
def test_content_goes_in_by_instance_and_the_node_knows(
    client: CogniteClient, node: NodeId, way: str, tmp_path: Path
) -> None:
    assert not read(client, node).is_uploaded
    if way == "bytes":
        client.files.upload_content_bytes(b"content", instance_id=node)
    elif way == "path":
        (tmp_path / "a").write_bytes(b"content")
        client.files.upload_content(tmp_path / "a", instance_id=node)
    else:
        with client.files.multipart_upload_content_session(parts=1, instance_id=node) as session:
            session.upload_part(0, b"content")
    file = client.files.retrieve(instance_id=node)
    assert file.uploaded
    assert client.files.download_bytes(instance_id=node) == b"content"
    assert client.files.download_bytes(id=file.id) == b"content"
    seen = read(client, node)
    assert seen.is_uploaded
    assert seen.uploaded_time
    assert int(seen.uploaded_time.timestamp() * 1000) == file.uploaded_time


def test_download_links_are_answered_with_the_instance(
    client: CogniteClient, post: Any, node: NodeId
) -> None:
    client.files.upload_content_bytes(b"content", instance_id=node)
    instance = {"space": node.space, "externalId": node.external_id}
    (item,) = post("/files/downloadlink", {"items": [{"instanceId": instance}]})["items"]
    assert item.keys() == {"instanceId", "downloadUrl"}
    assert item["instanceId"] == instance
    assert httpx2.get(item["downloadUrl"]).headers["content-type"] == "image/jpeg"
    params = {"space": node.space, "instanceExternalId": node.external_id}
    assert client.get("/api/v1/projects/local/files/icon", params=params).content == b"content"


@pytest.mark.filterwarnings("ignore:It is not recommended to update a file with an instance_id")
def test_only_what_is_not_the_node_s_changes_through_files(client: CogniteClient, node: NodeId) -> None:
    file = client.files.retrieve(instance_id=node)
    name = uuid4().hex
    update = FileMetadataUpdate(instance_id=node).external_id.set(name).metadata.set({"face": "front"})
    assert client.files.update(update).metadata == {"face": "front"}
    assert client.files.retrieve(external_id=name).id == file.id
    for foreign in (
        FileMetadataUpdate(instance_id=node).directory.set("/x"),
        FileMetadataUpdate(id=file.id).mime_type.set("image/png"),
    ):
        with pytest.raises(CogniteAPIError, match="on its node"):
            client.files.update(foreign)
    client.data_modeling.instances.apply(CogniteFileApply(*node.as_tuple(), name="new.jpg"))
    kept = client.files.retrieve(instance_id=node)
    assert (kept.name, kept.metadata, kept.external_id) == ("new.jpg", {"face": "front"}, name)


def test_the_file_of_a_node_is_not_deleted_nor_overwritten_through_files(
    client: CogniteClient, refused: Refused, node: NodeId
) -> None:
    file = client.files.retrieve(instance_id=node)
    refused("/files/delete", {"items": [{"id": file.id}]}, "delete the node")
    name = uuid4().hex
    client.files.update(FileMetadataUpdate(id=file.id).external_id.set(name))
    refused("/files?overwrite=true", {"name": "x", "externalId": name}, "belongs to a node")
    assert client.files.retrieve(instance_id=node).name == "front.jpg"


def test_a_deleted_node_takes_its_file_and_annotations_along(client: CogniteClient) -> None:
    node = NodeId(SPACE, uuid4().hex)
    client.data_modeling.instances.apply(CogniteFileApply(*node.as_tuple(), name="a"))
    client.files.upload_content_bytes(b"content", instance_id=node)
    file = client.files.retrieve(instance_id=node)
    made = client.annotations.create(
        AnnotationWrite(
            "images.Classification", {"label": "a"}, "approved", "tests", "1.0.0", None, "file", file.id
        )
    )
    client.data_modeling.instances.delete(nodes=node)
    assert client.files.retrieve(instance_id=node) is None
    assert client.files.retrieve(id=file.id) is None
    assert client.annotations.retrieve(made.id) is None
    with pytest.raises(CogniteNotFoundError):
        client.files.upload_content_bytes(b"late", instance_id=node)


def test_a_link_made_before_the_node_was_deleted_is_worth_nothing(client: CogniteClient, post: Any) -> None:
    node = NodeId(SPACE, uuid4().hex)
    client.data_modeling.instances.apply(CogniteFileApply(*node.as_tuple(), name="a"))
    instance = {"space": node.space, "externalId": node.external_id}
    (link,) = post("/files/uploadlink", {"items": [{"instanceId": instance}]})["items"]
    client.data_modeling.instances.delete(nodes=node)
    assert httpx2.put(link["uploadUrl"], content=b"late").status_code == 404
