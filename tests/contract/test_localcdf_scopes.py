"""Scopes: a right goes as far as its data sets, its spaces or its ids, and no farther."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetUpdate,
    DataSetWrite,
    ExtractionPipelineConfigWrite,
    ExtractionPipelineRunWrite,
    ExtractionPipelineUpdate,
    ExtractionPipelineWrite,
    FileMetadataUpdate,
    FileMetadataWrite,
    GroupWrite,
)
from cognite.client.data_classes.aggregations import Count
from cognite.client.data_classes.data_modeling import (
    ContainerApply,
    ContainerId,
    ContainerPropertyApply,
    DataModelApply,
    MappedPropertyApply,
    NodeApply,
    NodeId,
    NodeOrEdgeData,
    SpaceApply,
    Text,
    ViewApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply
from cognite.client.data_classes.data_modeling.query import NodeResultSetExpression, Query, Select
from cognite.client.data_classes.filters import Equals, HasData
from cognite.client.exceptions import CogniteNotFoundError

from demo.localserver import LocalServer
from tests.conftest import UserOf, capabilities, forbidden

API = "/api/v1/projects/local"


@dataclass(frozen=True)
class Two:
    """Two of a kind: the caller gets at the first only."""

    ours: Any
    theirs: Any


@pytest.fixture
def unknown(local_cdf: LocalServer) -> Iterator[None]:
    """What is out of scope is as if it were not there."""
    local_cdf.read_as(out_of_scope="unknown")
    yield
    local_cdf.read_as(out_of_scope="refused")


# Data sets: files and pipelines follow theirs


@pytest.fixture(scope="module")
def data_sets(client: CogniteClient) -> Two:
    """Two data sets."""
    return Two(*(client.data_sets.create(DataSetWrite(uuid4().hex)).id for _ in range(2)))


def by_ids(*rights: str, ids: list[int], scope: str = "datasetScope") -> list[dict[str, Any]]:
    """Capabilities for data sets, or with another scope for other things."""
    return capabilities(*rights, scope={scope: {"ids": ids}})


def test_a_data_set_out_of_scope_is_not_listed_read_or_changed(user_of: UserOf, data_sets: Two) -> None:
    ours, theirs = data_sets.ours, data_sets.theirs
    api = user_of(by_ids("datasetsAcl:READ", "datasetsAcl:WRITE", ids=[ours], scope="idScope")).data_sets
    assert [each.id for each in api.list(limit=-1)] == [ours]
    assert api.retrieve(ours).id == ours
    api.update(DataSetUpdate(ours).name.set("ours"))
    forbidden(lambda: api.retrieve(theirs), "datasetsAcl:READ", str(theirs))
    forbidden(lambda: api.update(DataSetUpdate(theirs).name.set("a")), "datasetsAcl:WRITE", str(theirs))
    forbidden(lambda: api.create(DataSetWrite(uuid4().hex)), "datasetsAcl:WRITE")


@pytest.mark.usefixtures("unknown")
def test_what_is_out_of_scope_can_be_as_if_it_were_not_there(user_of: UserOf, data_sets: Two) -> None:
    api = user_of(by_ids("datasetsAcl:READ", ids=[data_sets.ours], scope="idscope")).data_sets
    assert api.retrieve(data_sets.theirs) is None
    with pytest.raises(CogniteNotFoundError) as refusal:
        api.retrieve_multiple([data_sets.ours, data_sets.theirs])
    assert refusal.value.missing == [{"id": data_sets.theirs}]


@pytest.fixture(scope="module")
def files(client: CogniteClient, data_sets: Two) -> Two:
    """A file with content in each of the data sets."""

    def upload(data_set: int) -> Any:
        return client.files.upload_bytes(b"1", "a", external_id=uuid4().hex, data_set_id=data_set)

    return Two(upload(data_sets.ours), upload(data_sets.theirs))


def test_files_are_read_as_far_as_the_data_sets_go(user_of: UserOf, data_sets: Two, files: Two) -> None:
    user = user_of(by_ids("filesAcl:READ", ids=[data_sets.ours]))
    assert {each.data_set_id for each in user.files.list(limit=-1)} == {data_sets.ours}
    assert user.files.download_bytes(files.ours.id) == b"1"
    for ask in (
        lambda: user.files.retrieve(files.theirs.id),
        lambda: user.files.retrieve_multiple([files.theirs.id], ignore_unknown_ids=True),
        lambda: user.files.retrieve_download_urls(files.theirs.id),
        lambda: user.get(f"{API}/files/icon", params={"id": files.theirs.id}),
    ):
        forbidden(ask, "filesAcl:READ", f"data set {data_sets.theirs}")


def test_files_are_written_as_far_as_the_data_sets_go(user_of: UserOf, data_sets: Two, files: Two) -> None:
    ours, theirs = data_sets.ours, data_sets.theirs
    api = user_of(by_ids("filesAcl:READ", "filesAcl:WRITE", ids=[ours])).files
    api.update(FileMetadataUpdate(files.ours.id).source.set("a"))
    api.delete(api.upload_bytes(b"2", "a", data_set_id=ours).id)
    taken = files.theirs.external_id
    for ask in (
        lambda: api.upload_bytes(b"2", "a", data_set_id=theirs),
        lambda: api.update(FileMetadataUpdate(files.theirs.id).source.set("a")),
        lambda: api.update(FileMetadataUpdate(files.ours.id).data_set_id.set(theirs)),
        lambda: api.upload_content_bytes(b"3", external_id=taken),
        lambda: api.upload_bytes(b"4", "a", external_id=taken, data_set_id=ours, overwrite=True),
        lambda: api.delete(files.theirs.id),
    ):
        forbidden(ask, "filesAcl:WRITE", f"data set {theirs}")
    forbidden(lambda: api.create(FileMetadataWrite("in no data set")), "filesAcl:WRITE")


def annotate(who: CogniteClient, file: Any) -> int:
    """Put an annotation on a file."""
    item = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file.id,
        "annotationType": "images.TextRegion",
        "creatingApp": "scopes",
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "status": "approved",
        "data": {"text": "a", "textRegion": {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}},
    }
    return who.post(f"{API}/annotations", json={"items": [item]}).json()["items"][0]["id"]


def annotations_of(who: CogniteClient, *files: Any) -> list[int]:
    """The annotations of files."""
    wanted = {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": each.id} for each in files]}
    return [each.id for each in who.annotations.list(wanted, limit=None)]


def test_an_annotation_takes_the_right_to_read_its_file(
    client: CogniteClient, user_of: UserOf, data_sets: Two, files: Two
) -> None:
    user = user_of(by_ids("filesAcl:READ", ids=[data_sets.ours]), capabilities("annotationsAcl:WRITE"))
    ours, theirs = annotate(user, files.ours), annotate(client, files.theirs)
    assert annotations_of(user, files.ours) == [ours]
    assert user.annotations.retrieve(ours).id == ours
    wanted = {"filter": {"annotatedResourceType": "file", "creatingApp": "scopes"}}
    headers = {"cdf-version": "beta"}
    found = user.post(f"{API}/annotations/reverselookup", json=wanted, headers=headers).json()
    assert found["items"] == [{"id": files.ours.id}]
    for ask in (
        lambda: annotate(user, files.theirs),
        lambda: annotations_of(user, files.ours, files.theirs),
        lambda: user.annotations.retrieve(theirs),
        lambda: user.get(f"{API}/annotations/{theirs}"),
        lambda: user.annotations.delete(theirs),
    ):
        forbidden(ask, "filesAcl:READ", f"data set {data_sets.theirs}")


def test_only_owners_write_into_a_protected_data_set(client: CogniteClient, user_of: UserOf) -> None:
    protected = client.data_sets.create(DataSetWrite(uuid4().hex, write_protected=True)).id
    file = FileMetadataWrite("a", data_set_id=protected)
    writer = user_of(capabilities("filesAcl:WRITE"))
    forbidden(lambda: writer.files.create(file), "datasetsAcl:OWNER", str(protected))
    ownership = by_ids("datasetsAcl:OWNER", ids=[protected], scope="idScope")
    owner = user_of(capabilities("filesAcl:WRITE"), ownership)
    made, _ = owner.files.create(file)
    forbidden(lambda: writer.files.delete(made.id), "datasetsAcl:OWNER")
    owner.files.delete(made.id)


# Extraction pipelines: by their own ids, or by their data sets


@pytest.fixture(scope="module")
def pipelines(client: CogniteClient, data_sets: Two) -> Two:
    """A pipeline in each of the data sets."""

    def create(data_set: int) -> Any:
        return client.extraction_pipelines.create(ExtractionPipelineWrite(uuid4().hex, "a", data_set))

    return Two(create(data_sets.ours), create(data_sets.theirs))


PIPELINE_RIGHTS = ("extractionPipelinesAcl:READ", "extractionPipelinesAcl:WRITE")


@pytest.mark.parametrize("scope", ["datasetScope", "idScope"])
def test_pipelines_are_read_and_changed_as_far_as_the_scope_goes(
    user_of: UserOf, data_sets: Two, pipelines: Two, scope: str
) -> None:
    mine = data_sets.ours if scope == "datasetScope" else pipelines.ours.id
    user = user_of(by_ids(*PIPELINE_RIGHTS, ids=[mine], scope=scope), capabilities("datasetsAcl:READ"))
    api, ours, theirs = user.extraction_pipelines, pipelines.ours.id, pipelines.theirs.id
    assert [each.id for each in api.list(limit=-1)] == [ours]
    assert api.retrieve(ours).id == ours
    api.update(ExtractionPipelineUpdate(ours).description.set("a"))
    change = ExtractionPipelineUpdate(theirs).description.set("a")
    new = ExtractionPipelineWrite(uuid4().hex, "a", data_sets.theirs)
    forbidden(lambda: api.retrieve(theirs), "extractionPipelinesAcl:READ", str(theirs))
    forbidden(lambda: api.update(change), "extractionPipelinesAcl:WRITE", str(theirs))
    forbidden(lambda: api.delete(theirs), "extractionPipelinesAcl:WRITE", str(theirs))
    forbidden(lambda: api.create(new), "extractionPipelinesAcl:WRITE", str(data_sets.theirs))


def test_a_pipeline_takes_the_right_to_read_its_data_set(user_of: UserOf, data_sets: Two) -> None:
    reads = by_ids("datasetsAcl:READ", ids=[data_sets.ours], scope="idScope")
    api = user_of(capabilities(*PIPELINE_RIGHTS), reads).extraction_pipelines
    api.delete(api.create(ExtractionPipelineWrite(uuid4().hex, "a", data_sets.ours)).id)
    new = ExtractionPipelineWrite(uuid4().hex, "a", data_sets.theirs)
    forbidden(lambda: api.create(new), "datasetsAcl:READ", str(data_sets.theirs))


@pytest.mark.parametrize("scope", ["datasetScope", "extractionPipelineScope"])
def test_runs_and_configs_are_read_and_written_as_far_as_the_scope_goes(
    user_of: UserOf, data_sets: Two, pipelines: Two, scope: str
) -> None:
    acls = ("extractionRunsAcl", "extractionConfigsAcl")
    rights = [f"{acl}:{action}" for acl in acls for action in ("READ", "WRITE")]
    reach = data_sets.ours if scope == "datasetScope" else pipelines.ours.id
    user = user_of(by_ids(*rights, ids=[reach], scope=scope), capabilities("datasetsAcl:READ"))
    runs, config = user.extraction_pipelines.runs, user.extraction_pipelines.config
    ours, theirs = pipelines.ours.external_id, pipelines.theirs.external_id
    runs.create(ExtractionPipelineRunWrite(ours, "success"))
    assert runs.list(ours)
    config.create(ExtractionPipelineConfigWrite(ours, "a: 1"))
    assert config.retrieve(ours).config == "a: 1"
    for ask in (
        lambda: runs.create(ExtractionPipelineRunWrite(theirs, "success")),
        lambda: runs.list(theirs),
        lambda: config.create(ExtractionPipelineConfigWrite(theirs, "a: 1")),
        lambda: config.revert(theirs, 1),
        lambda: config.retrieve(theirs),
        lambda: config.list(theirs),
    ):
        forbidden(ask, f"pipeline {pipelines.theirs.id}")


# Spaces: definitions by dataModelsAcl, instances by dataModelInstancesAcl


def node(space: str, external_id: str = "n", *, view_in: str = "") -> NodeApply:
    """A node with data in the view of its space, or of another."""
    data = NodeOrEdgeData(ViewId(view_in or space, "V", "v1"), {"text": "word"})
    return NodeApply(space, external_id, sources=[data])


def view_over(container: ContainerId, space: str, external_id: str) -> ViewApply:
    """A view of a container's text."""
    return ViewApply(space, external_id, "v1", properties={"text": MappedPropertyApply(container, "text")})


@pytest.fixture(scope="module")
def spaces(client: CogniteClient) -> Two:
    """Two spaces, each with a container, a view, a data model and a node."""
    dm, both = client.data_modeling, Two(f"s{uuid4().hex}", f"s{uuid4().hex}")
    for space in (both.ours, both.theirs):
        dm.spaces.apply(SpaceApply(space))
        dm.containers.apply(ContainerApply(space, "C", {"text": ContainerPropertyApply(Text())}))
        dm.views.apply(view_over(ContainerId(space, "C"), space, "V"))
        dm.data_models.apply(DataModelApply(space, "M", "v1", views=[ViewId(space, "V", "v1")]))
        dm.instances.apply(node(space))
    return both


def by_spaces(*rights: str, spaces: list[str]) -> list[dict[str, Any]]:
    """Capabilities for spaces."""
    return capabilities(*rights, scope={"spaceIdScope": {"spaceIds": spaces}})


def readers(user: CogniteClient) -> list[Callable[[str], Any]]:
    """All ways to read a definition of a space by its id."""
    dm = user.data_modeling
    return [
        lambda space: dm.spaces.retrieve([space]),
        lambda space: dm.containers.retrieve([(space, "C")]),
        lambda space: dm.views.retrieve((space, "V", "v1")),
        lambda space: dm.views.retrieve((space, "V"), all_versions=True),
        lambda space: dm.data_models.retrieve((space, "M", "v1")),
    ]


def test_definitions_are_read_as_far_as_the_spaces_go(user_of: UserOf, spaces: Two) -> None:
    user = user_of(by_spaces("dataModelsAcl:READ", spaces=[spaces.ours]))
    dm = user.data_modeling
    for listed in (
        dm.spaces.list(limit=-1, include_global=True),
        dm.containers.list(limit=-1, include_global=True),
        dm.views.list(limit=-1, include_global=True),
        dm.data_models.list(limit=-1, include_global=True),
    ):
        assert {each.space for each in listed} == {spaces.ours}
    for read in readers(user):
        assert len(read(spaces.ours)) == 1
        forbidden(lambda read=read: read(spaces.theirs), "dataModelsAcl:READ", f"space {spaces.theirs}")


@pytest.mark.usefixtures("unknown")
def test_definitions_out_of_scope_can_be_as_if_they_were_not_there(user_of: UserOf, spaces: Two) -> None:
    user = user_of(by_spaces("dataModelsAcl:READ", spaces=[spaces.ours]))
    assert [len(read(spaces.theirs)) for read in readers(user)] == [0] * len(readers(user))


def test_definitions_are_written_as_far_as_the_spaces_go(user_of: UserOf, spaces: Two) -> None:
    new, theirs = f"s{uuid4().hex}", spaces.theirs
    rights = by_spaces("dataModelsAcl:WRITE", "dataModelsAcl:READ", spaces=[spaces.ours, new])
    dm = user_of(rights).data_modeling
    dm.spaces.apply(SpaceApply(new))
    dm.spaces.delete(new)
    for ask in (
        lambda: dm.spaces.apply(SpaceApply(f"s{uuid4().hex}")),
        lambda: dm.spaces.apply(SpaceApply(theirs)),
        lambda: dm.containers.apply(ContainerApply(theirs, "D", {"text": ContainerPropertyApply(Text())})),
        lambda: dm.views.apply(view_over(ContainerId(theirs, "C"), theirs, "W")),
        lambda: dm.data_models.apply(DataModelApply(theirs, "N", "v1")),
        lambda: dm.views.delete((theirs, "V", "v1")),
        lambda: dm.data_models.delete((theirs, "M", "v1")),
        lambda: dm.containers.delete((theirs, "C")),
        lambda: dm.spaces.delete(theirs),
    ):
        forbidden(ask, "dataModelsAcl:WRITE", "space s")
    over_theirs = ViewApply(spaces.ours, "X", "v1", implements=[ViewId(theirs, "V", "v1")])
    forbidden(lambda: dm.views.apply(over_theirs), "dataModelsAcl:READ", theirs)


def test_instances_are_seen_as_far_as_the_spaces_go(
    client: CogniteClient, user_of: UserOf, spaces: Two
) -> None:
    client.data_modeling.instances.apply(node(spaces.theirs, "in our view", view_in=spaces.ours))
    api = user_of(
        by_spaces("dataModelInstancesAcl:READ", spaces=[spaces.ours]), capabilities("dataModelsAcl:READ")
    ).data_modeling.instances
    view = ViewId(spaces.ours, "V", "v1")
    in_view = NodeResultSetExpression(filter=HasData(views=[view]))
    for found in (
        api.list("node", limit=-1),
        api.list("node", sources=view, limit=-1),
        api.query(Query(with_={"a": in_view}, select={"a": Select()}))["a"],
        api.search(view, "word"),
    ):
        assert {each.space for each in found} == {spaces.ours}
    assert api.aggregate(view, Count("externalId")).value == 1
    assert client.data_modeling.instances.aggregate(view, Count("externalId")).value == 2
    assert len(api.retrieve(NodeId(spaces.ours, "n")).nodes) == 1
    forbidden(lambda: api.retrieve(NodeId(spaces.theirs, "n")), "dataModelInstancesAcl:READ", spaces.theirs)


@pytest.mark.usefixtures("unknown")
def test_an_instance_out_of_scope_can_be_as_if_it_were_not_there(user_of: UserOf, spaces: Two) -> None:
    reads = by_spaces("dataModelInstancesAcl:READ", spaces=[spaces.ours])
    user = user_of(reads, capabilities("dataModelsAcl:READ"))
    assert not user.data_modeling.instances.retrieve(NodeId(spaces.theirs, "n")).nodes


def test_a_view_is_used_by_who_may_read_its_space(user_of: UserOf, spaces: Two) -> None:
    api = user_of(
        by_spaces("dataModelsAcl:READ", spaces=[spaces.ours]),
        capabilities("dataModelInstancesAcl:READ", "dataModelInstancesAcl:WRITE"),
    ).data_modeling.instances
    view = ViewId(spaces.theirs, "V", "v1")
    in_view = NodeResultSetExpression(filter=HasData(views=[view]))
    for ask in (
        lambda: api.list("node", sources=view),
        lambda: api.list("node", filter=HasData(views=[view])),
        lambda: api.list("node", filter=Equals([spaces.theirs, "V/v1", "text"], "a")),
        lambda: api.list("node", filter=Equals([spaces.theirs, "C", "text"], "a")),
        lambda: api.retrieve(NodeId(spaces.ours, "n"), sources=view),
        lambda: api.query(Query(with_={"a": in_view}, select={"a": Select()})),
        lambda: api.search(view, "word"),
        lambda: api.aggregate(view, Count("externalId")),
        lambda: api.apply(node(spaces.ours, view_in=spaces.theirs)),
    ):
        forbidden(ask, "dataModelsAcl:READ", f"space {spaces.theirs}")


def test_a_view_is_used_by_who_may_read_its_containers_too_unless_read_otherwise(
    client: CogniteClient, user_of: UserOf, spaces: Two, local_cdf: LocalServer
) -> None:
    view = view_over(ContainerId(spaces.theirs, "C"), spaces.ours, "OverTheirs")
    client.data_modeling.views.apply(view)
    reads = by_spaces("dataModelsAcl:READ", spaces=[spaces.ours])
    api = user_of(reads, capabilities("dataModelInstancesAcl:READ")).data_modeling.instances
    forbidden(lambda: api.list("node", sources=view.as_id()), "dataModelsAcl:READ", spaces.theirs)
    local_cdf.read_as(views_over_containers="view")
    try:
        assert api.list("node", sources=view.as_id())
    finally:
        local_cdf.read_as(views_over_containers="both")


def test_instances_are_written_as_far_as_the_spaces_go(
    client: CogniteClient, user_of: UserOf, spaces: Two
) -> None:
    writes = by_spaces("dataModelInstancesAcl:WRITE", spaces=[spaces.ours])
    api = user_of(writes, capabilities("dataModelsAcl:READ")).data_modeling.instances
    api.apply(node(spaces.ours, "mine"))
    api.delete(NodeId(spaces.ours, "mine"))
    makes_another = NodeApply(spaces.ours, "typed", type=(spaces.theirs, "type"))
    for ask in (
        lambda: api.apply(node(spaces.theirs, "mine")),
        lambda: api.delete(NodeId(spaces.theirs, "n")),
        lambda: api.apply(makes_another),
    ):
        forbidden(ask, "dataModelInstancesAcl:WRITE", f"space {spaces.theirs}")
    assert not client.data_modeling.instances.retrieve(NodeId(spaces.ours, "typed")).nodes


def test_write_properties_is_enough_for_what_is_there(
    client: CogniteClient, user_of: UserOf, spaces: Two
) -> None:
    client.data_modeling.instances.apply(node(spaces.ours, "there"))
    writes = by_spaces("dataModelInstancesAcl:WRITE_PROPERTIES", spaces=[spaces.ours])
    api = user_of(writes, capabilities("dataModelsAcl:READ")).data_modeling.instances
    api.apply(node(spaces.ours, "there"))
    forbidden(lambda: api.apply(node(spaces.ours, "new")), "dataModelInstancesAcl:WRITE")
    forbidden(lambda: api.delete(NodeId(spaces.ours, "there")), "dataModelInstancesAcl:WRITE")


def test_the_file_of_a_node_is_had_by_the_rights_on_the_node(
    client: CogniteClient, user_of: UserOf, spaces: Two
) -> None:
    for space in (spaces.ours, spaces.theirs):
        client.data_modeling.instances.apply(CogniteFileApply(space, "file", name="a", mime_type="image/png"))
    ours, theirs = NodeId(spaces.ours, "file"), NodeId(spaces.theirs, "file")
    core = by_spaces("dataModelsAcl:READ", spaces=["cdf_cdm"])
    reads = by_spaces("dataModelInstancesAcl:READ", spaces=[spaces.ours])
    writes = by_spaces("dataModelInstancesAcl:WRITE", spaces=[spaces.ours])
    writer, reader = user_of(core, reads, writes).files, user_of(core, reads).files
    writer.upload_content_bytes(b"1", instance_id=ours)
    assert reader.retrieve(instance_id=ours).instance_id == ours
    assert reader.download_bytes(instance_id=ours) == b"1"
    forbidden(lambda: reader.upload_content_bytes(b"1", instance_id=ours), "dataModelInstancesAcl:WRITE")
    forbidden(lambda: writer.upload_content_bytes(b"1", instance_id=theirs), f"space {spaces.theirs}")
    forbidden(lambda: reader.retrieve(instance_id=theirs), f"space {spaces.theirs}")
    forbidden(reader.list, "filesAcl:READ")
    without_core = user_of(reads).files
    forbidden(lambda: without_core.retrieve(instance_id=ours), "filesAcl:READ", f"space {spaces.ours}")


# Groups: all, or those of the caller


def test_groups_are_listed_and_deleted_by_who_may_for_all_or_is_in_them(
    client: CogniteClient, user_of: UserOf
) -> None:
    rights = capabilities("groupsAcl:LIST", "groupsAcl:DELETE", scope={"currentuserscope": {}})
    api = user_of(rights).iam.groups
    (mine,) = api.list()
    other = client.iam.groups.create(GroupWrite("other", source_id=uuid4().hex, capabilities=[]))
    assert {mine.id, other.id} <= {each.id for each in client.iam.groups.list(all=True)}
    forbidden(lambda: api.list(all=True), "groupsAcl:LIST")
    forbidden(lambda: api.delete(other.id), "groupsAcl:DELETE", str(other.id))
    api.delete(mine.id)
    forbidden(api.list, "groupsAcl:LIST")  # from now on the user is in no group


def test_who_makes_groups_may_do_so_for_all(user_of: UserOf) -> None:
    api = user_of(capabilities("groupsAcl:CREATE", scope={"currentuserscope": {}})).iam.groups
    forbidden(lambda: api.create(GroupWrite("a", capabilities=[])), "groupsAcl:CREATE")
