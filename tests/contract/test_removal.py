"""Taking image360 out of a project: all of it goes, and nothing that others have made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeId

from demo.deploy import PIPELINE, STATE_SPACE, deploy, resources
from demo.localserver import AT_ONCE
from demo.localserver import local_cdf as running
from deploy.belongings import Belongings, Deployed, belongings
from deploy.remove import take_away
from image360.geometry import FACES
from image360.nodes import list_nodes
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE, VIEWS
from tests.contract.detecting import FAKE, picture, until
from tests.contract.people import decide
from tests.contract.plants import API, COLLECTION, FUNCTIONS, Plant, Read

STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
TAG, OTHER = "21-PT-1001", "21-PT-1002"
IMAGES = {"a": [Read(TAG, 0.2, 0.3), Read(OTHER, 0.5, 0.6)], "b": [Read(TAG, 0.4, 0.3)]}
OUR_SPACES = ["sp_image360", STATE_SPACE, DECISIONS_SPACE]
OUR_JOB, THEIR_JOB = "job_" + 32 * "0", "job_of_others"


@dataclass
class Site:
    """A project in which image360 has worked."""

    plant: Plant
    deployed: Deployed

    @property
    def client(self) -> CogniteClient:
        """The client of whoever removes it."""
        return self.plant.client

    def found(self, approvals: bool = False) -> Belongings:
        """What goes and what stays."""
        self.plant.pass_time()
        return belongings(self.client, self.deployed, approvals)

    def remove(self, approvals: bool = False) -> list[str]:
        """Take image360 away; return what has not gone."""
        self.plant.pass_time()
        left = take_away(self.client, self.deployed, approvals)
        self.plant.pass_time()
        return left

    def holds(self) -> dict[str, Any]:
        """Everything in the project that has an id, without the data set and the pipeline."""
        modeling = self.client.data_modeling
        nodes, edges = (modeling.instances.list(kind, limit=None) for kind in ("node", "edge"))
        files = self.client.files.list(limit=None)
        found = {
            "spaces": {each.space for each in modeling.spaces.list(limit=None)},
            "containers": {each.external_id for each in modeling.containers.list(limit=None)},
            "views": {each.as_id() for each in modeling.views.list(limit=None, all_versions=True)},
            "models": {each.as_id() for each in modeling.data_models.list(limit=None, all_versions=True)},
            "nodes": {each.as_id(): each.version for each in nodes},
            "edges": {each.as_id(): each.version for each in edges},
            "files": {file.id for file in files},
        }
        if self.plant.kind == "data_modeling":
            return {**found, "jobs": {job["externalId"] for job in self.jobs()}}
        return {**found, "annotations": {each.id for each in self.plant.annotations()}}

    def jobs(self) -> list[dict[str, Any]]:
        """The 3D jobs."""
        return self.client.post(f"{API}/3d/jobs/list", json={}).json()["items"]

    def start_job(self, name: str) -> None:
        """Let a 3D job read the images."""
        for face in FACES:
            self.client.files.upload_content_bytes(picture(), instance_id=NodeId(self.plant.name, face))
        self.plant.pass_time()
        source = {"space": self.plant.name, "externalId": COLLECTION}
        job = {
            "space": STATE_SPACE,
            "externalId": name,
            "name": name,
            "type": "ImageTextDetection",
            "source": {"type": "Cognite360ImageCollection", "instanceId": source},
            "configuration": {},
            "nonce": self.client.iam.sessions.create().nonce,
        }
        self.client.post(f"{API}/3d/jobs", json={"items": [job]})
        until(lambda: all(each["status"] not in ("Scheduled", "Started") for each in self.jobs()))


def build_of(folder: Path, plant: Plant) -> Path:
    """What `cdf build` makes of the schema, and of the config of the plant."""
    content = {kind: resources(kind) for kind in ("Space", "Container", "View", "DataModel")}
    config = {"externalId": PIPELINE, "config": yaml.safe_dump(plant.config())}
    content |= {"Config": [config], "DataSet": [{"externalId": "ds_image360"}]}
    for kind, items in content.items():
        (folder / f"1-x.{kind}.yaml").write_text(yaml.safe_dump(items), "utf-8")
    return folder


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Two images with three approvals, and one text that nobody knows."""
    kind = request.param
    options = ["--detector", FAKE]
    with running(tmp_path / "cdf", project_status=STATUS[kind], options=options) as server:
        server.read_as(**AT_ONCE)
        plant = Plant(server, kind, server.client("remover"), server.client(FUNCTIONS))
        deploy(plant.client, plant.config())
        plant.client.post(f"{API}/models/datamodels", json={"items": resources("DataModel")})
        plant.load([TAG, OTHER], IMAGES)
        (tmp_path / "build").mkdir()
        yield Site(plant, Deployed.read(build_of(tmp_path / "build", plant)))


every_kind = pytest.mark.parametrize("site", sorted(STATUS), indirect=True)
data_modeling = pytest.mark.parametrize("site", ["data_modeling"], indirect=True)
hybrid = pytest.mark.parametrize("site", ["hybrid"], indirect=True)


def less(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, set[Any]]:
    """What has gone; nothing may have come or changed."""
    for what, each in after.items():
        if isinstance(each, dict):
            assert {key: before[what].get(key) for key in each} == each, what
        assert set(each) <= set(before[what]), what
    return {what: gone for what in before if (gone := set(before[what]) - set(after[what]))}


@every_kind
def test_looking_for_what_goes_writes_nothing(site: Site) -> None:
    site.plant.match()
    before = site.holds()
    for approvals in (False, True):
        found = site.found(approvals)
        assert found.going
    assert site.holds() == before


@every_kind
def test_the_state_goes_and_the_approvals_stay(site: Site) -> None:
    site.plant.match()
    full = site.holds()
    counts = {part.what: part.count for part in site.found().going}
    assert (counts["work items"], counts["region files"], counts["proposals"]) == (2, 2, 3)
    assert (counts["runs"], counts["audit rows"]) == (1, 3)
    assert site.remove() == []
    gone = less(full, site.holds())
    assert gone["spaces"] == set(OUR_SPACES)
    assert gone["containers"] == {view.external_id for view in VIEWS}
    assert {each.as_tuple() for each in gone["views"]} == {
        ("sp_image360", "WorkItem", "v1"),
        ("sp_image360", "Decision", "v1"),
        *(view.as_tuple() for view in VIEWS),
    }
    assert {each.external_id for each in gone["models"]} == {"image360"}
    assert {each.space for each in gone["nodes"]} == {STATE_SPACE}
    assert len(gone["files"]) == len(IMAGES)  # the region files
    assert gone.keys() == {"spaces", "containers", "views", "models", "nodes", "files"}


@every_kind
def test_a_second_time_there_is_nothing_to_take_away(site: Site) -> None:
    site.plant.match()
    assert site.remove(approvals=True) == []
    before = site.holds()
    assert site.found(approvals=True).going == []
    assert site.remove(approvals=True) == []
    assert site.holds() == before


@every_kind
def test_with_the_approvals_goes_what_was_linked_and_no_link_of_others(site: Site) -> None:
    plant = site.plant
    bare = site.holds()
    plant.match()
    links = "edges" if plant.kind == "data_modeling" else "annotations"
    ours = set(site.holds()[links])
    assert len(ours) == 3
    link_as_others(site)
    full = site.holds()
    assert len(full[links]) == 4
    assert site.remove(approvals=True) == []
    after = site.holds()
    assert less(full, after)[links] == ours
    assert set(after["nodes"]) >= {each for each in bare["nodes"] if each.space == plant.name}


def link_as_others(site: Site) -> None:
    """Let another app link what ours has linked, at another place, into the very space that ours takes."""
    plant = site.plant
    if plant.kind == "data_modeling":
        edge = plant.edges()[0]
        properties = {"polygon": [3.0, 0.1, 0.2, 0.3, 0.2, 0.3, 0.4], "formatVersion": "2.0.0"}
        source = {
            "type": "view",
            "space": "cdf_cdm",
            "externalId": "Cognite360ImageAnnotation",
            "version": "v1",
        }
        space, image, object3d = f"{plant.name}_edges", edge.image, edge.object3d
        item = {
            "instanceType": "edge",
            "space": space,
            "externalId": "of_others",
            "type": {"space": "cdf_cdm", "externalId": "image-360-annotation"},
            "startNode": {"space": object3d[0], "externalId": object3d[1]},
            "endNode": {"space": image[0], "externalId": image[1]},
            "sources": [{"source": source, "properties": properties}],
        }
        site.client.post(f"{API}/models/instances", json={"items": [item]})
    else:
        (one, *_) = plant.annotations()
        written = one.as_write()
        written.creating_app = "another"
        site.client.annotations.create(written)


@hybrid
def test_what_others_have_put_beside_it_stays_with_its_place(site: Site) -> None:
    site.plant.match()
    container = {
        "space": "sp_image360",
        "externalId": "Theirs",
        "usedFor": "node",
        "properties": {"note": {"type": {"type": "text"}}},
    }
    node = {"instanceType": "node", "space": STATE_SPACE, "externalId": "regions_of_the_plant"}
    site.client.post(f"{API}/models/containers", json={"items": [container]})
    site.client.post(f"{API}/models/instances", json={"items": [node]})
    staying = site.found().staying
    assert any(
        f"1 instances of others such as 'regions_of_the_plant', and so their space {STATE_SPACE}" in each
        for each in staying
    )
    (refused,) = site.remove()
    assert refused.startswith("space sp_image360: ")
    after = site.holds()
    assert "Theirs" in after["containers"]
    assert not {"WorkItem", "Proposal"} & after["containers"]
    assert {STATE_SPACE, "sp_image360"} <= after["spaces"]
    assert [each.external_id for each in after["nodes"] if each.space == STATE_SPACE] == [
        "regions_of_the_plant"
    ]


@hybrid
def test_what_people_have_decided_goes_with_the_approvals_only(site: Site) -> None:
    site.plant.match(run="first")
    site.plant.match(step="undo", run="first")
    decide(site.plant, "a", TAG, "reject")
    (decision,) = list_nodes(site.client, DECISION_VIEW, [DECISIONS_SPACE])
    counts = {part.what: part.count for part in site.found().going}
    assert counts["pairs on hold"] == 3
    assert any("1 decisions of people" in each for each in site.found().staying)
    assert site.remove() == []
    after = site.holds()
    assert {"sp_image360", DECISIONS_SPACE} <= after["spaces"]
    assert after["containers"] == {"Decision"}
    assert list_nodes(site.client, DECISION_VIEW, [DECISIONS_SPACE]) == [decision]
    assert site.remove(approvals=True) == []
    assert not {"sp_image360", DECISIONS_SPACE} & site.holds()["spaces"]


@hybrid
def test_state_of_a_space_that_was_configured_before_goes_too(site: Site) -> None:
    site.client.post(f"{API}/models/spaces", json={"items": [{"space": "sp_former"}]})
    view = {"type": "view", "space": "sp_image360", "externalId": "WorkItem", "version": "v1"}
    source = {"source": view, "properties": {"state": "pending"}}
    item = {"instanceType": "node", "space": "sp_former", "externalId": "wi", "sources": [source]}
    site.client.post(f"{API}/models/instances", json={"items": [item]})
    assert {part.what: part.count for part in site.found().going}["work items"] == len(IMAGES) + 1
    assert site.remove() == []
    assert not [each for each in site.holds()["nodes"] if each.space == "sp_former"]
    assert "sp_former" in site.holds()["spaces"]


@data_modeling
def test_our_jobs_go_with_their_results_and_those_of_others_stay(site: Site) -> None:
    site.start_job(OUR_JOB)
    site.plant.pass_time()
    before = site.holds()
    site.start_job(THEIR_JOB)
    site.plant.pass_time()
    theirs = set(site.holds()["nodes"]) - set(before["nodes"])
    counts = {part.what: part.count for part in site.found().going}
    assert (counts["3D jobs"], counts["result files of 3D jobs"]) == (1, len(theirs))
    assert theirs
    assert site.remove() == []
    after = site.holds()
    assert after["jobs"] == {THEIR_JOB}
    assert {each for each in after["nodes"] if each.space == STATE_SPACE} == theirs


@data_modeling
def test_jobs_that_may_not_be_listed_stay_and_are_named(site: Site) -> None:
    site.start_job(OUR_JOB)
    site.plant.strike({"kind": "403", "path": "^/3d/jobs/list$", "times": 99})
    assert any("CDF refuses to list them" in each for each in site.found().staying)
    assert [each for each in site.remove() if not each.startswith(f"space {STATE_SPACE}")] == []
    site.plant.strike()
    assert [job["externalId"] for job in site.jobs()] == [OUR_JOB]
