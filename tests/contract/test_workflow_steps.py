"""A run as a workflow makes it: shard, its tasks, report; on all images or on those of a trigger."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply

import detect_handler
import match_handler
from demo.deploy import PIPELINE, deploy
from demo.localserver import AT_ONCE
from demo.localserver import local_cdf as running
from image360 import detect_here, shard
from image360.detect_here import DetectionHere
from image360.detection.jobs import Running
from image360.detection.jobs_3d import Jobs3d
from image360.errors import NothingDoneError, RequestError
from image360.geometry import FACES
from image360.state.work_items import WorkItem
from tests.contract.plants import COLLECTION, FUNCTIONS, POSE, Plant, Read

HANDLERS = {"fn_image360_detect": detect_handler, "fn_image360_match": match_handler}
STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
NAMES = [f"img_{number:02}" for number in range(12)]
TAG = "21-PT-1001"
Data = dict[str, Any]


@dataclass
class Workflow:
    """A plant, and what a workflow does with the functions."""

    plant: Plant
    bad: set[str] = field(default_factory=set)  # images that own OCR cannot read
    calls: list[Data] = field(default_factory=list)  # the data of each call
    printed: list[str] = field(default_factory=list)
    before: int = 0  # runs of the extraction pipeline

    def call(self, function: str, data: Data) -> Data:
        """Call a function as CDF does: what comes and goes is JSON."""
        self.plant.pass_time()
        self.calls.append(data)
        out = io.StringIO()
        try:
            with redirect_stdout(out):
                answer = HANDLERS[function].handle(
                    client=self.plant.functions, data=json.loads(json.dumps(data))
                )
        finally:
            self.printed += out.getvalue().splitlines()
        return json.loads(json.dumps(answer))

    def execute(self, **data: Any) -> tuple[Data, Data]:
        """Make a run; return the answers of shard and report. A task that fails is skipped."""
        shared = {"extraction_pipeline": PIPELINE, **data}
        shards = self.call("fn_image360_detect", {**shared, "step": "shard"})
        for task in (*shards["detect_tasks"], *shards["match_tasks"]):
            function = task["parameters"]["function"]
            try:
                self.call(function["externalId"], function["data"])
            except NothingDoneError:
                assert task["onFailure"] == "skipTask"
        report = self.call("fn_image360_match", {**shared, "step": "report", "run": shards["run"]})
        return shards, report

    def runs(self) -> list[tuple[str, str]]:
        """Status and message of the extraction pipeline's runs, oldest first."""
        self.plant.pass_time()
        runs = self.plant.client.extraction_pipelines.runs.list(PIPELINE, limit=None)
        ordered = sorted(runs, key=lambda run: (run.created_time, run.id))
        return [(run.status, run.message) for run in ordered[self.before :]]

    def item(self, name: str, space: str | None = None) -> Data:
        """A node as a trigger hands it over."""
        return {
            "instanceType": "node",
            "space": space or self.plant.name,
            "externalId": name,
            "properties": {},
        }


@pytest.fixture(scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A project of some kind with everything deployed."""
    kind = request.param
    with running(tmp_path_factory.mktemp("cdf"), project_status=STATUS[kind]) as server:
        server.read_as(**AT_ONCE)
        plant = Plant(server, kind, server.client("onlooker"), server.client(FUNCTIONS))
        deploy(plant.client, plant.config())
        yield plant


@pytest.fixture
def workflow(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    """Twelve images that nobody has read, and own OCR that reads one tag on each."""
    plant = Plant(project.server, project.kind, project.client, project.functions, settings={"engine": "ocr"})
    monkeypatch.setattr(Plant, "read", lambda self, images: None)
    plant.load([TAG], {name: [] for name in NAMES})
    made = Workflow(plant)
    made.before = len(made.runs())
    number = {plant.image(name): place for place, name in enumerate(NAMES)}

    def read(self: DetectionHere, item: WorkItem) -> str:
        if item.image.external_id in made.bad:
            raise OSError("the lens was covered")
        region = Read(TAG, 0.1 + number[item.image.external_id] / 20, 0.3).region
        return self._region_files.save(item.image, "ocr", {}, [region])

    monkeypatch.setattr(detect_here, "engine_named", lambda name: None)
    monkeypatch.setattr(DetectionHere, "_read", read)
    monkeypatch.setattr(shard, "OCR_IMAGES", 5)
    monkeypatch.setattr(shard, "MATCHED_IMAGES", 6)
    yield made
    plant.remove()


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
hybrid = pytest.mark.parametrize("project", ["hybrid"], indirect=True)
data_modeling = pytest.mark.parametrize("project", ["data_modeling"], indirect=True)


def named(tasks: Sequence[Data], key: str = "images") -> list[Any]:
    return [task["parameters"]["function"]["data"].get(key) for task in tasks]


@every_kind
def test_a_run_works_on_every_image_once_and_reports_once(workflow: Workflow) -> None:
    shards, report = workflow.execute()
    assert (len(shards["detect_tasks"]), len(shards["match_tasks"])) == (3, 2)
    assert shards["due"] == 12
    counts = {
        key: report[key]
        for key in ("worked_on", "matched", "approved", "failed", "left_to_detect", "left_to_match")
    }
    assert counts == {
        "worked_on": 12,
        "matched": 12,
        "approved": 12,
        "failed": 0,
        "left_to_detect": 0,
        "left_to_match": 0,
    }
    ((status, message),) = workflow.runs()
    assert status == "success"
    assert len(message) <= 1000
    assert {key: json.loads(message)[key] for key in counts} == counts
    assert len({data["run"] for data in workflow.calls[1:]}) == 1


@every_kind
def test_a_second_run_has_no_tasks_and_is_only_seen(workflow: Workflow) -> None:
    workflow.execute()
    shards, report = workflow.execute()
    assert (shards["detect_tasks"], shards["match_tasks"]) == ([], [])
    assert report["worked_on"] == 0
    assert [status for status, _ in workflow.runs()] == ["success", "seen"]


@every_kind
def test_a_further_asset_makes_every_image_due_for_matching_alone(workflow: Workflow) -> None:
    workflow.execute()
    workflow.plant.add_assets("99-ZZ-0001")
    shards, report = workflow.execute()
    assert (len(shards["detect_tasks"]), len(shards["match_tasks"])) == (0, 2)
    assert (report["worked_on"], report["matched"], report["approved"]) == (12, 12, 12)


@every_kind
def test_what_failed_is_named_and_the_rest_is_done(workflow: Workflow) -> None:
    workflow.bad = {workflow.plant.image("img_03")}
    _, report = workflow.execute()
    assert (report["matched"], report["failed"], report["left_to_detect"]) == (11, 1, 1)
    assert report["failed_images"] == [
        {"image": workflow.plant.image("img_03"), "error": "OSError: the lens was covered"}
    ]


@every_kind
def test_a_run_of_which_every_image_failed_is_a_failure(workflow: Workflow) -> None:
    workflow.bad = {workflow.plant.image(name) for name in NAMES}
    with pytest.raises(NothingDoneError, match=r"all 12 images of this run; first: .*the lens was covered"):
        workflow.execute()
    assert {status for status, _ in workflow.runs()} == {"failure"}


@every_kind
def test_plan_mode_has_the_same_tasks_and_writes_nothing(workflow: Workflow) -> None:
    def plan() -> None:
        shards, report = workflow.execute(mode="plan")
        assert (len(shards["detect_tasks"]), len(shards["match_tasks"])) == (3, 2)
        assert set(named(shards["detect_tasks"], "mode")) == {"plan"}
        assert report["worked_on"] == 0

    assert workflow.plant.writes(plan, "") == []


@every_kind
def test_beyond_the_cap_images_are_left_to_the_next_run(workflow: Workflow) -> None:
    workflow.plant.configure(limits={"max_images_per_run": 7})
    shards, report = workflow.execute()
    assert (shards["due"], shards["beyond_cap"], len(shards["detect_tasks"])) == (12, 5, 2)
    assert (report["matched"], report["left_to_detect"]) == (7, 5)
    _, report = workflow.execute()
    assert (report["matched"], report["left_to_detect"]) == (5, 0)


@every_kind
def test_paused_there_are_no_tasks(workflow: Workflow) -> None:
    workflow.plant.configure(paused=True)
    answer = workflow.call("fn_image360_detect", {"extraction_pipeline": PIPELINE, "step": "shard"})
    assert answer["paused"] is True
    assert (answer["detect_tasks"], answer["match_tasks"]) == ([], [])


@pytest.mark.parametrize("project", ["hybrid", "data_modeling"], indirect=True)
def test_a_trigger_restricts_the_run_to_its_images(workflow: Workflow) -> None:
    items = [
        workflow.item("img_01"),
        workflow.item("img_02"),
        workflow.item("of_others"),
        workflow.item("img_03", "elsewhere"),
    ]
    shards, report = workflow.execute(items=items)
    assert [sorted(each) for each in named(shards["detect_tasks"])] == [["img_01", "img_02"]]
    assert [sorted(each) for each in named(shards["match_tasks"])] == [["img_01", "img_02"]]
    assert (report["images"], report["matched"]) == (2, 2)


@pytest.mark.parametrize("project", ["hybrid", "data_modeling"], indirect=True)
def test_of_what_is_nothing_of_ours_a_run_has_nothing_to_do(workflow: Workflow) -> None:
    shards, report = workflow.execute(items=[workflow.item("of_others")])
    assert (shards["detect_tasks"], shards["match_tasks"], report["images"]) == ([], [], 0)


@pytest.mark.parametrize("project", ["hybrid", "data_modeling"], indirect=True)
@pytest.mark.parametrize("step", ["detect", "match"])
def test_the_steps_themselves_take_the_items_of_a_trigger(workflow: Workflow, step: str) -> None:
    function = f"fn_image360_{step}"
    data = {"extraction_pipeline": PIPELINE, "step": step, "items": [workflow.item("img_05")]}
    if step == "match":
        workflow.call("fn_image360_detect", {**data, "step": "detect"})
    answer = workflow.call(function, data)
    assert (answer["images"], answer["detected" if step == "detect" else "matched"]) == (1, 1)


@hybrid
def test_a_face_of_a_hybrid_image_means_its_image(workflow: Workflow) -> None:
    face = f"{workflow.plant.name}_img_04_top"
    shards, _ = workflow.execute(items=[workflow.item(face, "anywhere")])
    assert named(shards["detect_tasks"]) == [["img_04"]]


@data_modeling
def test_a_face_means_its_image_and_several_faces_of_it_mean_it_once(workflow: Workflow) -> None:
    name, client = workflow.plant.name, workflow.plant.client
    for face in FACES:
        client.data_modeling.instances.apply(
            CogniteFileApply(name, f"new_{face}", name=f"{face}.jpg", mime_type="image/jpeg")
        )
        client.files.upload_content_bytes(b"pixels", instance_id=NodeId(name, f"new_{face}"))
    faces = {face: {"space": name, "externalId": f"new_{face}"} for face in FACES}
    relation = {"space": name, "externalId": COLLECTION}
    view = ViewId("cdf_cdm", "Cognite360Image", "v1")
    data = NodeOrEdgeData(view, {**POSE, **faces, "collection360": relation})
    client.data_modeling.instances.apply(NodeApply(name, "img_00", sources=[data]))
    items = [workflow.item(f"new_{face}") for face in FACES]
    shards, report = workflow.execute(items=items)
    assert named(shards["detect_tasks"]) == [["img_00"]]
    assert (report["images"], report["matched"]) == (1, 1)


@pytest.mark.parametrize("project", ["asset_centric"], indirect=True)
def test_an_asset_centric_project_has_no_triggers(workflow: Workflow) -> None:
    with pytest.raises(RequestError, match="start the workflow by a schedule"):
        workflow.execute(items=[workflow.item("img_00")])


@data_modeling
def test_jobs_are_looked_after_by_one_call_and_what_is_not_ready_is_no_failure(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs3d, "look", lambda self, job, images: Running())
    workflow.plant.configure(engine="jobs_3d")
    shards, report = workflow.execute()
    assert named(shards["detect_tasks"], "shard") == [None]
    assert named(shards["match_tasks"]) == []
    assert report["running"] == 12
    started = workflow.plant.client.post("/api/v1/projects/local/3d/jobs/list", json={}).json()["items"]
    assert [job["source"]["instanceId"]["space"] for job in started].count(workflow.plant.name) == 1
    # As long as the job is not ready the next run looks at it, and nothing fails.
    shards, _ = workflow.execute()
    assert len(shards["detect_tasks"]) == 1
    assert not [status for status, _ in workflow.runs() if status == "failure"]


@data_modeling
def test_what_jobs_are_refused_own_ocr_reads_in_shards(workflow: Workflow) -> None:
    workflow.plant.configure(engine="auto", limits={"max_images_per_run": 2})
    workflow.plant.strike({"kind": "403", "path": "^/3d/jobs/?$", "times": 99})
    shards, report = workflow.execute()
    assert named(shards["detect_tasks"], "shard") == [None]
    assert report["left_to_detect"] == 10
    workflow.plant.configure(engine="auto")
    shards, report = workflow.execute()
    assert all(named(shards["detect_tasks"], "shard"))
    assert len(shards["detect_tasks"]) == 2
    assert report["left_to_detect"] == 0
    workflow.plant.strike()


@hybrid
def test_the_log_of_step_shard_says_how_many_tasks_there_are_and_no_more(workflow: Workflow) -> None:
    workflow.call("fn_image360_detect", {"extraction_pipeline": PIPELINE, "step": "shard"})
    (done,) = [json.loads(line) for line in workflow.printed if json.loads(line)["event"] == "done"]
    assert (done["detect_tasks"], done["match_tasks"]) == (3, 2)
