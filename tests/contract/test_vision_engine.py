"""Vision as the engine of a project, on pictures that say themselves what is to be read on them."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import global_config
from cognite.client.data_classes import AssetWrite
from conftest import UserOf, capabilities
from plants import Plant

import detect_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import AT_ONCE, LocalServer, local_cdf
from image360.catalog import list_images
from image360.catalog.image import FaceFile, Image
from image360.config import parse_config
from image360.detection import vision
from image360.detection.jobs import Failed
from image360.detection.vision import Vision
from image360.errors import EngineRefusedError, NothingDoneError
from image360.geometry import FACES
from image360.log import Log
from image360.state.work_items import WorkItem, WorkItems
from tests.contract.detecting import API, FAKE, picture, unreadable, until

PATH = "/context/vision/extract"
LOST = {"kind": "503", "path": PATH, "method": "POST", "when": "after", "times": 1}
BLANK = picture()


def text(name: str, confidence: float = 0.95) -> dict[str, Any]:
    """A text in the middle of a face."""
    corners = [[0.4, 0.5], [0.6, 0.5], [0.6, 0.53], [0.4, 0.53]]
    return {"text": name, "confidence": confidence, "polygon": corners}


PUMP = picture(text("21-P-1001"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project with a detector, and with what `cdf deploy` puts into it."""
    with local_cdf(tmp_path_factory.mktemp("vision"), options=["--detector", FAKE]) as running:
        client = running.client("onlooker")
        deploy(client, Plant(running, "asset_centric", client, client).config())
        yield running


@dataclass
class Site:
    """An asset-centric plant, read by Vision."""

    plant: Plant
    caller: str
    files: dict[tuple[str, str], int] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, *images: str, mime_type: str = "image/jpeg", **faces: bytes) -> None:
        """Upload images; a face that is not given is blank."""
        for image in images:
            for face in FACES:
                made = self.plant.client.files.upload_bytes(
                    faces.get(face, BLANK),
                    name=f"{image}_{face}.jpg",
                    mime_type=mime_type,
                    metadata={"site_id": self.plant.name, "station_id": image, "face": face},
                )
                self.files[image, face] = made.id

    def detect(self, **data: Any) -> dict[str, Any]:
        """Call the handler; its printed lines are kept in `logs`."""
        self.plant.pass_time()
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                return detect_handler.handle(
                    client=self.plant.functions, data={"extraction_pipeline": PIPELINE, **data}
                )
        finally:
            self.logs += [json.loads(line) for line in printed.getvalue().splitlines()]

    def failing(self) -> str:
        """Call the handler, which reads nothing at all; return what it says."""
        with pytest.raises(NothingDoneError) as failure:
            self.detect()
        return str(failure.value)

    def jobs(self) -> int:
        """How often the functions have asked for a job."""
        entries = self.plant.server.requests_by(self.caller)
        return sum(each["path"].endswith(PATH) for each in entries)

    def ended(self) -> None:
        """Wait for the jobs that the work items name."""
        for job in {item.job for item in self.items().values() if item.job}:
            path = f"{API}{PATH}/{job.partition('@')[0]}"
            until(
                lambda path=path: self.plant.client.get(path).json()["status"],
                lambda now: now in ("Completed", "Failed"),
            )

    def items(self) -> dict[str, WorkItem]:
        """The work items, by the names of the images."""
        self.plant.pass_time()
        stored = self.plant.client.extraction_pipelines.config.retrieve(PIPELINE)
        catalog = list_images(self.plant.client, parse_config(stored.config or "", PIPELINE))
        found = WorkItems(self.plant.client, STATE_SPACE, "onlooker").of(catalog.images)
        return {item.image.external_id.partition("/")[2]: item for item in found}

    def states(self) -> dict[str, str]:
        """The state of each image."""
        return {name: item.state for name, item in self.items().items()}


@pytest.fixture
def site(server: LocalServer) -> Iterator[Site]:
    """A plant without images; nothing is lost, and nothing late."""
    server.read_as(**AT_ONCE, vision_lost_file="never", vision_unfit_file="refused")
    server.admin("jobs", {"nextVision": "succeed"})
    caller = f"functions-{uuid4().hex[:8]}"
    plant = Plant(server, "asset_centric", server.client("onlooker"), server.client(caller))
    plant.settings = {"engine": "vision"}
    plant.configure()
    plant.client.assets.create(AssetWrite(name="plant", external_id=f"{plant.name}-root"))
    plant.add_assets("21-P-1001")
    yield Site(plant, caller)
    plant.strike()


# What is read


def test_the_texts_of_the_faces_are_read_by_a_job_and_approved(site: Site) -> None:
    site.add("a", left=PUMP)
    site.add("b")
    first = site.detect()
    assert (first["detected"], first["running"], first["changed"]) == (0, 2, True)
    site.ended()
    second = site.detect()
    assert (second["detected"], second["running"], second["remaining"]) == (2, 0, 0)
    assert site.plant.match()["links_written"] == 1
    (link,) = site.plant.annotations()
    assert link.annotated_resource_id == site.files["a", "left"]
    region = link.data["textRegion"]
    assert region == pytest.approx({"xMin": 0.4, "xMax": 0.6, "yMin": 0.5, "yMax": 0.53})
    assert site.detect()["changed"] is False
    assert site.jobs() == 1


def test_a_call_while_the_job_runs_changes_nothing(site: Site, tmp_path: Path) -> None:
    go = tmp_path / "go"
    site.add("a", front=picture(wait=str(go)))
    site.detect()
    summary = site.detect()
    assert (summary["running"], summary["changed"]) == (1, False)
    go.touch()
    site.ended()
    assert site.detect()["detected"] == 1


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_a_run_says_once_that_vision_is_deprecated_and_what_to_do(site: Site, mode: str) -> None:
    site.add("a")
    note = site.detect(mode=mode)["engine_note"]
    assert "deprecated" in note
    assert "data modeling project" in note
    assert [line["event"] for line in site.logs if "deprecated" in json.dumps(line)] == ["done"]


# Limits


def test_a_job_takes_sixteen_images(site: Site) -> None:
    site.add(*[f"i{n:02}" for n in range(17)])
    assert site.detect()["running"] == 17
    jobs = [item.job for item in site.items().values()]
    assert sorted(jobs.count(job) for job in set(jobs)) == [1, 16]
    site.ended()
    assert site.detect()["detected"] == 17


def test_of_21_jobs_the_last_waits_for_the_next_call(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "IMAGES_PER_JOB", (1,))
    go = tmp_path / "go"
    site.add(*[f"i{n:02}" for n in range(22)], front=picture(wait=str(go)))
    first = site.detect()
    assert (first["running"], first["remaining"]) == (20, 22)
    assert site.jobs() == 20  # none is asked for in vain
    assert [(item.state, item.attempts) for item in site.items().values()][20:] == [
        ("pending", 0),
        ("pending", 0),
    ]
    go.touch()
    site.ended()
    second = site.detect()
    assert (second["detected"], second["running"]) == (20, 2)
    site.ended()
    assert site.detect()["detected"] == 2


def test_a_job_for_which_others_leave_no_room_waits(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "IMAGES_PER_JOB", (1,))
    go = tmp_path / "go"
    site.add(*[f"i{n:02}" for n in range(21)], front=picture(wait=str(go)))
    asked = {"items": [{"fileId": site.files["i00", "front"]}], "features": ["TextDetection"]}
    site.plant.pass_time()
    site.plant.client.post(f"/api/v1/projects/local{PATH}", json=asked)
    assert site.detect()["running"] == 19
    assert site.jobs() == 20  # the last one is refused; then none
    assert {(item.state, item.attempts) for item in list(site.items().values())[19:]} == {("pending", 0)}
    go.touch()
    site.ended()
    assert site.detect()["detected"] == 19
    site.ended()


# What goes wrong


def test_a_job_whose_answer_is_lost_is_asked_for_once_and_again_by_the_next_call(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_config, "max_retries", 5)
    site.add("a", left=PUMP)
    site.plant.strike(LOST)
    first = site.detect()
    assert (first["detected"], first["running"], first["changed"]) == (0, 0, False)
    assert site.plant.struck()
    assert site.jobs() == 1
    assert (site.items()["a"].state, site.items()["a"].attempts) == ("pending", 0)
    site.detect()
    site.ended()
    assert site.detect()["detected"] == 1
    assert site.plant.match()["links_written"] == 1


def test_a_file_that_vision_loses_is_named_and_its_image_read_by_another_job(site: Site) -> None:
    site.add("a")
    site.add("b", left=PUMP)
    site.plant.server.admin("jobs", {"nextVision": "lose-file"})
    site.detect()
    site.ended()
    summary = site.detect()
    lost = site.files["b", "bottom"]
    error = f"face bottom: Vision says nothing about file {lost}"
    assert (summary["detected"], summary["failed_images"]) == (
        1,
        [{"image": f"{site.plant.name}/b", "error": error}],
    )
    site.detect()
    site.ended()
    assert site.detect()["detected"] == 1
    assert site.plant.match()["links_written"] == 1


def test_a_failed_batch_fails_its_images_and_no_others(site: Site) -> None:
    site.add("a", "b", "c")
    site.plant.server.admin("jobs", {"nextVision": "fail-batch"})
    site.detect()
    site.ended()
    site.detect()
    assert site.states() == {"a": "failed", "b": "failed", "c": "detected"}
    error = site.items()["b"].last_error
    assert error == "face front: Vision could not read its batch: Internal error"
    site.detect()
    site.ended()
    assert site.detect()["detected"] == 2


def test_a_failed_job_is_named_and_its_images_read_by_another(site: Site) -> None:
    site.add("a", "b")
    site.plant.server.admin("jobs", {"nextVision": "fail"})
    site.detect()
    site.ended()
    assert "the Vision job has failed: Internal error" in site.failing()
    site.detect()
    site.ended()
    assert site.detect()["detected"] == 2


def test_a_job_that_hangs_is_given_up_and_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("a")
    site.plant.server.admin("jobs", {"nextVision": "hang"})
    site.detect()
    assert site.detect()["running"] == 1
    monkeypatch.setattr(vision, "HANGS_AFTER", -1)
    assert "has not come to an end" in site.failing()
    monkeypatch.undo()
    site.detect()
    site.ended()
    assert site.detect()["detected"] == 1


@pytest.mark.parametrize("kind", ["503", "503-html", "408", "429", "reset", "cut-json", "cut-connection"])
def test_an_unclear_look_at_a_job_is_taken_again_by_the_next_call(site: Site, kind: str) -> None:
    site.add("a", left=PUMP)
    site.detect()
    site.ended()
    site.plant.strike({"kind": kind, "path": PATH, "method": "GET", "times": 20})
    summary = site.detect()
    assert site.plant.struck()
    assert (summary["running"], summary["changed"]) == (1, False)
    assert "unclear" in [line["event"] for line in site.logs]
    site.plant.strike()
    assert site.detect()["detected"] == 1


def test_a_job_that_cannot_be_looked_at_for_long_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("a")
    site.detect()
    site.plant.strike({"kind": "500", "path": PATH, "method": "GET", "times": 20})
    monkeypatch.setattr(vision, "HANGS_AFTER", -1)
    assert "has not come to an end" in site.failing()


def test_an_answer_of_another_shape_is_named(site: Site) -> None:
    site.add("a")
    site.detect()
    site.plant.strike({"kind": "wrong-schema", "path": PATH, "method": "GET"})
    assert "Vision's answer about its job is not understood: " in site.failing()


@pytest.mark.parametrize("kind", ["wrong-schema", "cut-json", "reset"])
def test_a_job_whose_id_nobody_learns_is_asked_for_again(site: Site, kind: str) -> None:
    site.add("a")
    site.plant.strike({"kind": kind, "path": PATH, "method": "POST"})
    assert site.detect()["running"] == 0
    assert site.jobs() == 1
    assert "lost" in [line["event"] for line in site.logs]
    assert site.detect()["running"] == 1


def finish(site: Site) -> None:
    """Call until nothing is due and nothing runs."""
    for _ in range(8):
        with suppress(NothingDoneError):
            site.detect()
        site.ended()
        if all(item.job is None and not item.to_detect(datetime.now(UTC)) for item in site.items().values()):
            return
    raise AssertionError(site.states())


@pytest.mark.parametrize(
    ("reading", "said"),
    [("refused", "Vision refuses the job (400: "), ("failed-items", "the Vision job has failed: ")],
)
def test_a_file_that_is_no_picture_takes_no_other_image_down(site: Site, reading: str, said: str) -> None:
    site.plant.server.read_as(vision_unfit_file=reading)
    site.add("a", "b", "c", "e", "f", "g")
    site.add("d", mime_type="image/gif")
    finish(site)
    states = site.states()
    assert states.pop("d") == "failed"
    assert set(states.values()) == {"detected"}
    error = site.items()["d"].last_error or ""
    assert said in error
    assert "image/gif" in error
    assert site.detect()["given_up"] == 1


def test_a_picture_that_cannot_be_read_takes_no_other_image_down(site: Site) -> None:
    site.add("a", "b", "c")
    site.add("d", top=unreadable("cut"))
    finish(site)
    assert site.states() == {"a": "detected", "b": "detected", "c": "detected", "d": "failed"}
    assert site.items()["d"].last_error == "the Vision job has failed: cut"


def test_a_file_deleted_before_its_job_begins_is_named(site: Site, tmp_path: Path) -> None:
    go = tmp_path / "go"
    site.add("x", front=picture(wait=str(go)))
    site.detect()
    site.add("a", "b")
    site.detect()
    site.plant.client.files.delete(id=site.files["b", "top"])
    go.touch()
    site.ended()
    finish(site)
    summary = site.detect()
    reason = {"image": f"{site.plant.name}/b", "reason": "face top: no file"}
    assert summary["incomplete_images"] == [reason]
    assert site.states() == {"a": "detected", "x": "detected"}


# The engine alone

IMAGE = Image("s", "a", "c", {face: FaceFile(n + 1, 0) for n, face in enumerate(FACES)})


def engine(site: Site) -> Vision:
    return Vision(site.plant.functions, Log("run", "detect"))


def test_a_job_that_vision_does_not_know_has_failed(site: Site) -> None:
    state = engine(site).look("7@0", [IMAGE])
    assert isinstance(state, Failed)
    assert "Vision does not know the job any more" in state.reason


def test_files_that_are_not_in_cdf_fail_their_images(site: Site) -> None:
    state = engine(site).start("key", "c", [IMAGE])
    assert isinstance(state, Failed)
    assert "Vision refuses the job (400: " in state.reason


def test_who_may_read_no_files_is_told_what_to_do(user_of: UserOf) -> None:
    refused = Vision(user_of(capabilities("assetsAcl:READ")), Log("run", "detect"))
    with pytest.raises(EngineRefusedError, match=r"filesAcl:READ.*engine: ocr"):
        refused.start("key", "c", [IMAGE])
    with pytest.raises(EngineRefusedError, match=r"filesAcl:READ.*engine: ocr"):
        refused.look("7@0", [IMAGE])


def test_who_is_nobody_is_told_what_to_do(site: Site) -> None:
    nobody = replace(site.plant.server, token="nobody").client("nobody")
    with pytest.raises(EngineRefusedError, match=r"filesAcl:READ.*engine: ocr"):
        Vision(nobody, Log("run", "detect")).look("7@0", [IMAGE])
