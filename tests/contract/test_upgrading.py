"""A project in which the release before has worked goes on under this one: nothing again, nothing lost."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, ViewId

import detect_handler
import match_handler
from demo import deploy as demo_deploy
from demo.deploy import PIPELINE, STATE_SPACE, deploy, resources
from demo.localserver import AT_ONCE
from demo.localserver import local_cdf as running
from image360 import detect_here
from image360.catalog import list_images
from image360.config import parse_config
from image360.detect_here import DetectionHere
from image360.detection.jobs import Done, JobState
from image360.detection.jobs_3d import Jobs3d
from image360.state import decisions, work_items
from image360.state.work_items import MAX_ATTEMPTS, WorkItem, WorkItems
from tests.contract.plants import FUNCTIONS, Plant, Read

STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
TAG = "21-PT-1001"
TEXT = Read(TAG, 0.2, 0.3)
DAY = timedelta(days=1)
# What a release may leave of an image that it has not matched.
LEFT: dict[str, dict[str, Any]] = {
    "pending": {"state": "pending"},
    "failed": {"state": "failed", "attempts": 1, "last_error": "the lens was covered"},
    "killed": {"state": "detecting", "attempts": 1, "lease_owner": "old", "lease_until": -DAY},
    "leased": {"state": "detecting", "attempts": 1, "lease_owner": "old", "lease_until": DAY},
    "given_up": {"state": "failed", "attempts": MAX_ATTEMPTS, "last_error": "no image"},
}
MATCHED, DETECTED, NEW = ("matched_1", "matched_2"), "detected", "new"
Data = dict[str, Any]


def first_release(kind: str) -> list[Data]:
    """What was deployed before: the first view of a work item, and a container with no more in it."""
    found = [each for each in resources(kind) if each.get("version", "v1") == "v1"]
    for each in found:
        if kind == "Container":
            each["properties"] = {name: each["properties"][name] for name in known_before(each["externalId"])}
    return found


def known_before(name: str = "WorkItem") -> set[str]:
    """The properties that a view had in the release before."""
    (view,) = [view for view in resources("View") if (view["externalId"], view["version"]) == (name, "v1")]
    return set(view["properties"])


@dataclass
class Project:
    """A plant, and what the functions of both releases do in it."""

    plant: Plant
    read: list[str] = field(default_factory=list)  # images that own OCR was asked for

    def call(self, handler: Any, **data: Any) -> Data:
        """Call a function."""
        self.plant.pass_time()
        with redirect_stdout(io.StringIO()):
            return handler.handle(client=self.plant.functions, data={"extraction_pipeline": PIPELINE, **data})

    def run(self) -> Data:
        """Do what a workflow of this release does."""
        shards = self.call(detect_handler, step="shard")
        for task in (*shards["detect_tasks"], *shards["match_tasks"]):
            function = task["parameters"]["function"]
            handler = detect_handler if function["externalId"] == "fn_image360_detect" else match_handler
            self.call(handler, **function["data"])
        return self.call(match_handler, step="report", run=shards["run"])

    def items(self) -> dict[str, WorkItem]:
        """The work items, by the names of the images, as this release reads them."""
        self.plant.pass_time()
        stored = self.plant.client.extraction_pipelines.config.retrieve(PIPELINE)
        config = parse_config(stored.config or "", PIPELINE)
        images = list_images(self.plant.client, config).images
        found = WorkItems(self.plant.client, STATE_SPACE, "old").of(images)
        return {item.image.external_id.rpartition("/")[2]: item for item in found}

    def leave(self, name: str, **left: Any) -> None:
        """Leave the work item of an image in this state."""
        if "lease_until" in left:
            left["lease_until"] += datetime.now(UTC)
        node = WorkItems(self.plant.client, STATE_SPACE, "old")._node(replace(self.items()[name], **left))
        self.plant.client.data_modeling.instances.apply(node)

    def links(self) -> set[Any]:
        """The ids of the links on the images."""
        if self.plant.kind == "data_modeling":
            return {edge.id for edge in self.plant.edges()}
        return {annotation.id for annotation in self.plant.annotations()}

    def upgrade(self) -> None:
        """Deploy the schema of this release over what is there, as the toolkit does."""
        for kind, path in (("Container", "containers"), ("View", "views")):
            url = f"/api/v1/projects/local/models/{path}"
            self.plant.client.post(url, json={"items": resources(kind)})


@pytest.fixture
def project(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """A project as the release before has left it; the test has the schema of this one deployed."""
    kind = request.param
    with running(tmp_path / "cdf", project_status=STATUS[kind]) as server:
        server.read_as(**AT_ONCE)
        plant = Plant(
            server, kind, server.client("onlooker"), server.client(FUNCTIONS), settings={"engine": "ocr"}
        )
        made = Project(plant)

        def read(self: DetectionHere, item: WorkItem) -> str:
            made.read.append(item.image.external_id.rpartition("/")[2])
            return self._region_files.save(item.image, "ocr", {}, [TEXT.region])

        monkeypatch.setattr(detect_here, "engine_named", lambda name: None)
        monkeypatch.setattr(DetectionHere, "_read", read)
        with monkeypatch.context() as then:
            be_the_release_before(then)
            deploy(plant.client, plant.config())
            with monkeypatch.context() as unread:
                unread.setattr(Plant, "read", lambda self, images: None)
                plant.load([TAG], {name: [] for name in (*MATCHED, DETECTED, NEW, *LEFT)})
            for name, left in LEFT.items():
                made.leave(name, **left)
            plant.read({name: [TEXT] for name in (*MATCHED, DETECTED)})
            made.call(match_handler, images=[plant.image(name) for name in MATCHED])
        assert made.links()
        yield made


def be_the_release_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the code deploy, write and read as it did then."""
    write = WorkItems._node

    def write_what_was_known(self: WorkItems, item: WorkItem) -> NodeApply:
        node = write(self, item)
        known = known_before()
        properties = node.sources[0].properties
        node.sources[0].properties = {name: each for name, each in properties.items() if name in known}
        return node

    monkeypatch.setattr(demo_deploy, "resources", first_release)
    monkeypatch.setattr(work_items, "WORK_ITEM_VIEW", ViewId("sp_image360", "WorkItem", "v1"))
    monkeypatch.setattr(decisions, "DECISION_VIEW", ViewId("sp_image360", "Decision", "v1"))
    monkeypatch.setattr(WorkItems, "_node", write_what_was_known)


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)


@every_kind
def test_what_is_done_is_not_done_again_and_what_is_left_is_taken_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        be_the_release_before(then)
        before, links = project.items(), project.links()
    project.upgrade()
    assert project.items() == before  # each lease, error and attempt

    report = project.run()
    assert sorted(project.read) == ["failed", "killed", "new", "pending"]
    after = project.items()
    matched = {name for name, item in after.items() if item.state == "matched"}
    assert matched == {*MATCHED, DETECTED, NEW, "pending", "failed", "killed"}
    for name in (*MATCHED, "leased", "given_up"):
        assert after[name] == before[name]
    assert (report["worked_on"], report["approved"], report["given_up"]) == (5, 5, 1)
    assert links < project.links()
    assert len(project.links()) == len(matched)


@every_kind
def test_a_call_of_the_release_before_ends_well_beside_this_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that run are not cut off by a deployment."""
    project.upgrade()
    with monkeypatch.context() as then:
        be_the_release_before(then)
        old = WorkItems(project.plant.client, STATE_SPACE, "old")
        (claimed,) = old.claim([project.items()[NEW]], "detecting")
    project.run()
    assert NEW not in project.read
    with monkeypatch.context() as then:
        be_the_release_before(then)
        assert old.finish([replace(claimed, state="pending")]) == []
    project.run()
    assert project.read.count(NEW) == 1
    assert project.items()[NEW].state == "matched"


@pytest.mark.parametrize("project", ["data_modeling"], indirect=True)
def test_a_job_that_the_release_before_has_started_is_taken_in(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(self: Jobs3d, job: str, images: Any) -> JobState:
        assert job == "job_of_before@1"
        return Done({image.external_id: [TEXT.region] for image in images})

    with monkeypatch.context() as then:
        be_the_release_before(then)
        for name in ("pending", "failed", "killed", NEW):
            project.leave(name, state="detecting", attempts=1, lease_until=-DAY, job="job_of_before@1")
    project.upgrade()
    monkeypatch.setattr(Jobs3d, "look", look)
    monkeypatch.setattr(Jobs3d, "start", lambda *_: pytest.fail("a job was started again"))
    project.plant.configure(engine="jobs_3d")
    project.run()
    project.run()
    assert project.read == []
    assert {project.items()[name].state for name in ("pending", "failed", "killed", NEW)} == {"matched"}
