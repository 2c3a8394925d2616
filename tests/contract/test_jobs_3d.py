"""The engine of 3D jobs, and detection by it, on the local CDF: whatever a job does, the rest goes on."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import ExtractionPipelineConfigWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply

import detect_handler
import match_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import LocalServer, local_cdf
from image360.catalog.core import list_images
from image360.config import CollectionImages
from image360.deadline import Deadline
from image360.detection import jobs_3d
from image360.detection.jobs import Done, Failed, Running
from image360.detection.jobs_3d import CLIENT_ID, CLIENT_SECRET, Jobs3d
from image360.detection.rejections import Rejections
from image360.errors import EngineRefusedError, NothingDoneError, SetupError
from image360.log import Log
from image360.state import work_items
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import Pair
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItem, WorkItems
from localcdf.jobs3d.readings import CHAINED, DUPLICATE, INCOMPLETE, PARTIAL, SOURCE
from tests.contract.detecting import API, FAKE, picture, unreadable, until
from tests.contract.text_jobs import (
    DEFAULTS,
    NUMBERS,
    PUMP,
    SPACE,
    VALVE,
    Item,
    Jobs,
    blank_png,
    jobs_of,
    node_id,
)

FUNCTIONS = "functions"
JOBS_PATH = r"/3d/jobs$"


def config(*collections: str, engine: str = "jobs_3d") -> dict[str, Any]:
    """The config of a deployment on collections."""
    return {
        "project_type": "data_modeling",
        "engine": engine,
        "state": {"space": STATE_SPACE},
        "images": {"space": SPACE, "collections": list(collections)},
        "assets": {"spaces": ["assets"]},
        "contextualization": {"object3d_space": "objects", "space": "links"},
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project of status DATA_MODELING_ONLY, with a detector and a deployment."""
    folder = tmp_path_factory.mktemp("jobs_3d")
    with local_cdf(folder, project_status="DATA_MODELING_ONLY", options=["--detector", FAKE]) as running:
        jobs = jobs_of(running)
        deploy(jobs.client, config("none"))
        jobs.client.data_modeling.spaces.apply([SpaceApply(space) for space in ("objects", "links")])
        yield running


@dataclass
class Site:
    """Collections, and the function that works on them."""

    jobs: Jobs
    functions: CogniteClient
    collections: tuple[str, ...]
    secrets: dict[str, str] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)

    def detect(self) -> dict[str, Any]:
        """Call the function."""
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                return detect_handler.handle(self.functions, {"extraction_pipeline": PIPELINE}, self.secrets)
        finally:
            self.logs += [json.loads(line) for line in printed.getvalue().splitlines()]

    def configure(self, engine: str) -> None:
        """Write the config; by then what was uploaded is noticed."""
        text = yaml.safe_dump(config(*self.collections, engine=engine))
        self.jobs.client.extraction_pipelines.config.create(ExtractionPipelineConfigWrite(PIPELINE, text))
        self.jobs.server.admin("clock", {"advance": 60})

    def own_jobs(self) -> list[Item]:
        """The jobs on the collections, the first one first: lists come newest first."""
        jobs = reversed(self.jobs.listed())
        return [job for job in jobs if job["source"]["instanceId"]["externalId"] in self.collections]

    def end_jobs(self) -> None:
        """Wait until no job runs, and what it has uploaded is noticed."""
        for job in self.own_jobs():
            until(lambda job=job: self.jobs.status(job) not in ("Scheduled", "Started"))
        self.jobs.server.admin("clock", {"advance": 60})

    def items(self) -> list[WorkItem]:
        """The work items of the images."""
        settings = CollectionImages(space=SPACE, collections=self.collections)
        images = list_images(self.jobs.client, settings).images
        return WorkItems(self.jobs.client, STATE_SPACE, "onlooker").of(images)

    def texts(self) -> dict[str, set[str]]:
        """What was read on each image, once that is noticed."""
        self.jobs.server.admin("clock", {"advance": 60})
        items = [item for item in self.items() if item.region_file]
        files = RegionFiles(self.jobs.client, STATE_SPACE).load([item.region_file or "" for item in items])
        return {
            item.image.external_id: {region.text for region in file.regions}
            for item, file in zip(items, files, strict=True)
        }

    def errors(self) -> dict[str, str]:
        """Why images failed."""
        return {item.image.external_id: item.last_error for item in self.items() if item.state == "failed"}

    def result(self, number: int = 0) -> tuple[str, NodeId]:
        """The first result file of a job, and the job."""
        job = self.own_jobs()[number]
        return job["externalId"], node_id(self.jobs.results(job)[-1])

    def faults(self, *rules: Item) -> None:
        """Make requests of the function fail."""
        self.jobs.server.admin("faults", {"items": [rule | {"caller": FUNCTIONS} for rule in rules]})


NewSite = Callable[..., Site]


@pytest.fixture
def new_site(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewSite]:
    """Load collections of pictures, and configure a deployment for them."""
    server.read_as(**DEFAULTS)
    server.admin("jobs", {"next": "succeed"})
    monkeypatch.setattr(jobs_3d, "LOOK_AGAIN_AFTER", (0.0,))

    def load(*collections: list[bytes | None], engine: str = "jobs_3d") -> Site:
        jobs = Jobs(server, server.client("tests"))
        names = tuple(jobs.collection(*pictures) for pictures in collections)
        site = Site(jobs, server.client(FUNCTIONS), names)
        site.configure(engine)
        return site

    yield load
    headers = {"Authorization": f"Bearer {server.token}"}
    httpx2.delete(f"{server.url}/_localcdf/faults", headers=headers)


def engine_of(site: Site) -> Jobs3d:
    return Jobs3d(site.functions, STATE_SPACE, SPACE, site.secrets, Log("run", "detect"))


def images_of(site: Site) -> list[Any]:
    return [item.image for item in site.items()]


# From pixels to region files


def test_a_job_is_started_and_its_texts_are_taken_in_by_a_later_call(new_site: NewSite) -> None:
    site = new_site([picture(PUMP), picture(PUMP, VALVE), picture()])
    first = site.detect()
    assert (first["engine"], first["running"], first["detected"], first["remaining"]) == ("jobs_3d", 3, 0, 3)
    site.end_jobs()
    second = site.detect()
    assert (second["running"], second["detected"], second["remaining"]) == (0, 3, 0)
    assert list(site.texts().values()) == [{"21-P-1001"}, {"21-P-1001", "21-V-7"}, set()]
    assert site.detect()["changed"] is False
    assert len(site.own_jobs()) == 1


def test_each_collection_has_a_job_of_its_own(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], [picture(VALVE)])
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 2
    assert len(site.own_jobs()) == 2


def test_a_job_is_known_from_any_page_of_the_list(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    for _ in range(26):
        site.jobs.start(site.collections[0])
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1


def test_an_image_added_later_has_a_job_and_the_others_stay(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.detect()
    site.end_jobs()
    site.detect()
    more = new_site([picture(VALVE)])
    more.collections = (*site.collections, *more.collections)
    more.configure("jobs_3d")
    assert (more.detect()["running"], len(more.own_jobs())) == (1, 2)


def test_what_is_rejected_is_left_out(new_site: NewSite) -> None:
    site = new_site([picture(PUMP, VALVE)])
    site.detect()
    site.end_jobs()
    job, result = site.result()
    (image,) = json.loads(site.jobs.client.files.download_bytes(instance_id=result))["images"]
    rejections = Rejections(site.functions, STATE_SPACE)
    rejections.add(job, result, [image["detections"][0]["key"]])
    site.jobs.server.read_as(**{"3d_job_rejected_again": "passed-over"})
    rejections.add(job, result, [image["detections"][0]["key"]])
    site.detect()
    assert list(site.texts().values()) == [{"21-V-7"}]


def test_what_a_person_rejects_is_rejected_in_the_results_of_the_job_and_once(new_site: NewSite) -> None:
    site = new_site([picture(PUMP, VALVE)])
    client = site.jobs.client
    client.data_modeling.spaces.apply([SpaceApply("assets")])
    client.data_modeling.instances.apply(CogniteAssetApply("assets", "pump", name=PUMP["text"]))
    site.detect()
    site.end_jobs()
    site.detect()
    site.configure("jobs_3d")
    job, result = site.result()
    (image,) = json.loads(client.files.download_bytes(instance_id=result))["images"]
    found = {each["text"]: each["key"] for each in image["detections"]}
    rejections = Rejections(site.functions, STATE_SPACE)
    ref = image["instanceId"]
    pair = Pair((ref["space"], ref["externalId"]), ("assets", "pump"))
    match = partial(match_handler.handle, site.functions, {"extraction_pipeline": PIPELINE})
    match()
    assert rejections.of(job, result) == frozenset()
    decision = NodeOrEdgeData(DECISION_VIEW, {**pair.properties, "verdict": "reject"})
    client.data_modeling.instances.apply(NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[decision]))
    site.jobs.server.admin("clock", {"advance": 60})
    assert match()["rejected_in_jobs"] == 1
    assert rejections.of(job, result) == {found[PUMP["text"]]}
    client.data_modeling.instances.apply(CogniteAssetApply("assets", "another", name="99-ZZ-0001"))
    site.jobs.server.admin("clock", {"advance": 60})
    again = match()
    assert (again["matched"], again["rejected_in_jobs"]) == (1, 0)


def test_rejections_are_listed_over_all_pages(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.detect()
    site.end_jobs()
    keys = {f"k{number}" for number in range(101)}
    rejections = Rejections(site.functions, STATE_SPACE)
    assert rejections.of(*site.result()) == frozenset()
    rejections.add(*site.result(), sorted(keys))
    assert rejections.of(*site.result()) == keys


# Jobs that bring nothing


@pytest.mark.parametrize("fate", ["fail", "cancel"])
def test_a_job_that_fails_is_named_and_tried_again(new_site: NewSite, fate: str) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.admin("jobs", {"next": fate})
    site.detect()
    site.end_jobs()
    status = {"fail": "Failed", "cancel": "Cancelled"}[fate]
    with pytest.raises(NothingDoneError, match=f"3D job 'job_.*' in space '{STATE_SPACE}': {status}"):
        site.detect()
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1
    assert len(site.own_jobs()) == 2


def test_the_job_of_one_collection_fails_and_that_of_the_other_is_taken_in(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], [picture(VALVE)])
    site.jobs.server.admin("jobs", {"next": "fail"})
    site.detect()
    site.end_jobs()
    summary = site.detect()
    assert (summary["detected"], summary["failed_now"]) == (1, 1)
    assert "Failed; CDF gives no reason" in summary["failed_images"][0]["error"]


def test_images_that_fail_while_a_job_is_started_remain_with_those_of_the_job(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.admin("jobs", {"next": "fail"})
    site.detect()
    site.end_jobs()
    more = new_site([picture(VALVE)])
    more.collections = (*site.collections, *more.collections)
    more.configure("jobs_3d")
    summary = more.detect()
    assert (summary["failed_now"], summary["running"], summary["remaining"]) == (1, 1, 2)
    assert "Failed; CDF gives no reason" in summary["failed_images"][0]["error"]


def test_an_image_that_fails_for_the_third_time_remains_no_longer(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], [picture(VALVE)])
    for number in range(3):
        site.jobs.server.admin("jobs", {"next": "fail"})
        site.detect()
        site.end_jobs()
        if number == 0:
            first = site.detect()
            assert (first["detected"], first["remaining"], first["given_up"]) == (1, 1, 0)
        else:
            with pytest.raises(NothingDoneError):
                site.detect()
    last = site.detect()
    assert (last["remaining"], last["given_up"], last["changed"]) == (0, 1, False)


def test_when_all_fail_for_one_reason_it_is_named_with_what_was_refused(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], engine="auto")
    site.faults({"kind": "403", "path": JOBS_PATH})
    with pytest.raises(NothingDoneError, match=r"for the same reason; first: .*refused: .*403"):
        site.detect()


def test_a_job_that_hangs_counts_as_running_for_a_day(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.admin("jobs", {"next": "hang"})
    site.detect()
    assert site.detect()["running"] == 1
    monkeypatch.setattr(jobs_3d, "HANGS_AFTER", -1)
    with pytest.raises(NothingDoneError, match="hangs: Started"):
        site.detect()


def test_a_deleted_job_counts_as_running_until_any_list_would_show_it(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site([picture(PUMP)])
    site.detect()
    site.end_jobs()
    (job,) = site.own_jobs()
    site.jobs.post("jobs/delete", {"items": [{"space": job["space"], "externalId": job["externalId"]}]})
    assert site.detect()["running"] == 1
    monkeypatch.setattr(jobs_3d, "LISTED_WITHIN", -1)
    with pytest.raises(NothingDoneError, match="is not in the list of jobs"):
        site.detect()


def test_a_list_that_lags_does_not_start_a_second_job(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.read_as(list_lag="1000")
    site.jobs.server.admin("clock", {"run": False})
    site.detect()
    assert site.detect()["running"] == 1
    site.jobs.server.admin("clock", {"run": True})
    site.jobs.server.read_as(list_lag="0")
    site.end_jobs()
    assert site.detect()["detected"] == 1
    assert len(site.own_jobs()) == 1


def test_a_job_of_another_engine_is_no_3d_job(new_site: NewSite) -> None:
    site = new_site([picture()])
    assert isinstance(engine_of(site).look("123", images_of(site)), Failed)


def test_a_status_that_nobody_knows_counts_as_running(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = new_site([picture()])
    engine = engine_of(site)
    started = engine.start("key", site.collections[0], [])
    listed = [job | {"status": "Paused"} for job in site.jobs.listed()]
    monkeypatch.setattr(jobs_3d, "pages", lambda *_: iter(listed))
    assert engine.look(started or "", images_of(site)) == Running()
    assert "job of unknown status" in capsys.readouterr().out


# Result files that are not as they should be


@dataclass(frozen=True)
class Damaged:
    """Two collections whose jobs have ended; the result file of the first is damaged."""

    site: Site

    def check(self, reason: str) -> None:
        """The first image fails for this reason, and the second is read all the same."""
        summary = self.site.detect()
        assert (summary["detected"], summary["failed_now"]) == (1, 1)
        (error,) = self.site.errors().values()
        assert reason in error
        assert list(self.site.texts().values()) == [{"21-V-7"}]


@pytest.fixture
def damaged(new_site: NewSite) -> Damaged:
    site = new_site([picture(PUMP)], [picture(VALVE)])
    site.detect()
    site.end_jobs()
    return Damaged(site)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\n", "is empty"),
        (b'{"version": "1.0.0", "images": [{"inst', "not JSON"),
        (b'{"version": "1.0.0", "images": []}', "the job says nothing about this image"),
        (b'{"results": {"text": "21-P-1001"}}', '{"results": {"text": "string"}}'),
    ],
)
def test_a_damaged_result_file_fails_its_images_and_no_others(
    damaged: Damaged, content: bytes, reason: str
) -> None:
    _, result = damaged.site.result()
    damaged.site.jobs.client.files.upload_content_bytes(content, instance_id=result)
    damaged.site.jobs.server.admin("clock", {"advance": 60})
    damaged.check(reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([2, 1.0, 1.0, 1.1, 1.1], "it has 2 corners"),
        ([3, 4.0, 1.0, 1.1, 1.1, 1.2, 1.0], "outside the image"),
        ([3, float("nan"), 1.0, 1.1, 1.1, 1.2, 1.0], "finite number"),
    ],
    ids=["two points", "outside", "NaN"],
)
def test_a_polygon_that_cannot_be_fails_its_image_and_no_other_of_the_file(
    new_site: NewSite, data: list[float], reason: str
) -> None:
    site = new_site([picture(PUMP), picture(VALVE)])
    site.detect()
    site.end_jobs()
    _, result = site.result()
    file = json.loads(site.jobs.client.files.download_bytes(instance_id=result))
    file["images"][0]["detections"][0]["polygon"]["data"] = data
    site.jobs.client.files.upload_content_bytes(json.dumps(file).encode(), instance_id=result)
    site.jobs.server.admin("clock", {"advance": 60})
    summary = site.detect()
    assert (summary["detected"], summary["remaining"]) == (1, 1)
    (error,) = site.errors().values()
    assert reason in error
    assert summary["failed_images"] == [{"image": f"{site.collections[0]}_0", "error": error}]
    assert list(site.texts().values()) == [{"21-V-7"}]


def test_a_result_file_that_is_gone_is_named(damaged: Damaged) -> None:
    _, result = damaged.site.result()
    damaged.site.jobs.client.data_modeling.instances.delete(nodes=result)
    damaged.check(f"result file '{result.external_id}' (space '{STATE_SPACE}') has no content")


def test_a_result_file_that_cannot_be_downloaded_is_named(damaged: Damaged) -> None:
    damaged.site.faults({"kind": "expired-link"})
    damaged.check("cannot be downloaded (403)")


def test_a_result_file_whose_upload_is_not_noticed_yet_is_waited_for(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.read_as(upload_noticed_after="500")
    site.jobs.server.admin("clock", {"run": False})
    site.detect()
    until(lambda: site.jobs.status(site.own_jobs()[0]) == "Succeeded")
    assert site.detect()["running"] == 1
    monkeypatch.setattr(jobs_3d, "UPLOADED_WITHIN", -1e6)
    with pytest.raises(NothingDoneError, match="has no content"):
        site.detect()
    site.detect()
    site.jobs.server.admin("clock", {"run": True})
    site.end_jobs()
    assert site.detect()["detected"] == 1


@pytest.mark.parametrize("shape", ["by-image", "by-collection"])
def test_no_text_is_taken_from_a_file_of_unknown_shape(new_site: NewSite, shape: str) -> None:
    site = new_site([picture(PUMP), picture()])
    site.jobs.server.read_as(result_file_shape=shape)
    site.detect()
    site.end_jobs()
    with pytest.raises(NothingDoneError, match="is of no shape that is known here") as failure:
        site.detect()
    assert "21-P-1001" not in str(failure.value)
    assert site.texts() == {}


def test_an_image_that_the_job_left_out_is_tried_again(new_site: NewSite) -> None:
    site = new_site([picture(PUMP), unreadable("a cut file")])
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1
    assert list(site.errors().values()) == ["the job says nothing about this image"]
    assert site.detect()["running"] == 1


def test_an_image_in_two_result_files_is_taken_from_none(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    engine = engine_of(site)
    started = engine.start("twice", site.collections[0], []) or ""
    site.end_jobs()
    found = engine._result_files("twice")
    copied = NodeId(STATE_SPACE, "copy")
    content = site.jobs.client.files.download_bytes(instance_id=found[0])
    taken = jobs_3d._Taken()
    for result in (*found, copied):
        engine._take("twice", found[0], content, taken)
        assert result
    (image,) = images_of(site)
    assert taken.done([image]) == Done({}, {image.external_id: "two result files name the image"})
    assert isinstance(engine.look(started, [image]), Done)


def test_three_thousand_texts_are_taken_in(new_site: NewSite) -> None:
    many = [PUMP | {"text": f"21-P-{number}"} for number in range(3000)]
    site = new_site([picture(*many)])
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1
    ((_, texts),) = site.texts().items()
    assert len(texts) == 3000


# Answers that get lost


@pytest.mark.parametrize("code", ["400", "409"])
@pytest.mark.parametrize("kind", ["reset", "500", "502-html", "504", "cut-connection", "cut-json"])
def test_a_lost_answer_leads_to_one_job(new_site: NewSite, kind: str, code: str) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.read_as(**{"3d_job_duplicate": code})
    site.faults({"kind": kind, "when": "after", "path": JOBS_PATH})
    assert site.detect()["running"] == 1
    assert len(site.own_jobs()) == 1
    site.end_jobs()
    assert site.detect()["detected"] == 1


def test_a_request_that_never_arrived_is_sent_again(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.faults({"kind": "reset", "when": "before", "path": JOBS_PATH})
    assert site.detect()["running"] == 1
    assert len(site.own_jobs()) == 1


def test_a_job_of_unknown_fate_is_looked_for_later(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site([picture(PUMP)])
    site.faults({"kind": "503", "when": "before", "path": JOBS_PATH, "times": 2})
    assert site.detect()["running"] == 1
    assert any(line["event"] == "job of unknown fate" for line in site.logs)
    assert (site.own_jobs(), site.detect()["running"]) == ([], 1)
    monkeypatch.setattr(jobs_3d, "LISTED_WITHIN", -1)
    with pytest.raises(NothingDoneError):
        site.detect()
    assert (site.detect()["running"], len(site.own_jobs())) == (1, 1)


def test_a_busy_cdf_starts_the_job_later(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("image360.write_once.BUSY_WAITS", (0.0,))
    site = new_site([picture(PUMP)])
    site.faults({"kind": "429", "path": JOBS_PATH, "times": 2})
    summary = site.detect()
    assert (summary["running"], summary["remaining"], summary["changed"]) == (0, 1, False)
    assert [(item.state, item.attempts) for item in site.items()] == [("pending", 0)]
    assert site.detect()["running"] == 1


@pytest.mark.parametrize("path", ["/3d/jobs/list$", "/3d/job/results/list$", "/rejections/list$"])
def test_a_job_that_cannot_be_looked_at_for_now_counts_as_running(new_site: NewSite, path: str) -> None:
    site = new_site([picture(PUMP)])
    site.detect()
    site.end_jobs()
    site.faults({"kind": "500", "path": path})
    assert site.detect()["running"] == 1
    assert site.detect()["detected"] == 1


@pytest.mark.parametrize("times", [1, 2, 4])
def test_calls_killed_before_they_named_their_job_lead_to_the_same_job(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    site = new_site([picture(PUMP)])

    class KilledError(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(work_items, "LEASE", work_items.LEASE * 0)
        patched.setattr(WorkItems, "finish", killed)
        for _ in range(times):
            with pytest.raises(KilledError):
                site.detect()
    assert site.detect()["running"] == 1
    assert len(site.own_jobs()) == 1
    site.end_jobs()
    assert site.detect()["detected"] == 1


# What CDF refuses


def test_a_refusal_names_both_ways_out_and_leaves_the_images_as_they_were(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.faults({"kind": "403", "path": JOBS_PATH})
    with pytest.raises(EngineRefusedError, match=r"the running session \(403") as refusal:
        site.detect()
    assert f"secrets '{CLIENT_ID}' and '{CLIENT_SECRET}'" in str(refusal.value)
    assert "engine: ocr" in str(refusal.value)
    assert [(item.state, item.attempts, item.lease_owner) for item in site.items()] == [("pending", 0, None)]
    assert site.detect()["running"] == 1


@pytest.mark.parametrize("kind", ["400", "401", "403"])
@pytest.mark.parametrize("path", [JOBS_PATH, "/sessions$"])
def test_a_refusal_is_an_error_of_setup(new_site: NewSite, kind: str, path: str) -> None:
    site = new_site([picture(PUMP)])
    site.faults({"kind": kind, "path": path})
    with pytest.raises(SetupError, match=kind):
        site.detect()


@pytest.mark.parametrize("path", ["/3d/jobs/list$", "/3d/job/results/list$"])
def test_a_refused_list_is_an_error_of_setup_and_loses_no_job(new_site: NewSite, path: str) -> None:
    site = new_site([picture(PUMP)])
    site.detect()
    site.end_jobs()
    site.faults({"kind": "403", "path": path})
    with pytest.raises(EngineRefusedError, match="403"):
        site.detect()
    assert site.detect()["detected"] == 1


def session_in_a_function(jobs: Jobs) -> CogniteClient:
    """A client as a function has it: its token is that of a session."""
    jobs.server.read_as(function_deployment="0")
    content = io.BytesIO()
    handler = "def handle(client):\n    return client.config.credentials.authorization_header()[1]\n"
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", handler)
    file = jobs.client.files.upload_bytes(content.getvalue(), name="code.zip")
    function = jobs.client.functions.create(f"token{next(NUMBERS)}", file_id=file.id)
    token = function.call(wait=True).get_response()
    assert isinstance(token, str)
    return replace(jobs.server, token=token.removeprefix("Bearer ")).client(FUNCTIONS)


def principal(jobs: Jobs) -> dict[str, str]:
    """The secrets of a service principal that may do what a job needs."""
    name = f"jobs{next(NUMBERS)}"
    everything = {"scope": {"all": {}}}
    rights = [
        {"dataModelsAcl": everything | {"actions": ["READ"]}},
        {"dataModelInstancesAcl": everything | {"actions": ["READ", "WRITE"]}},
    ]
    group = {"name": name, "sourceId": name, "capabilities": rights}
    jobs.client.post(f"{API}/groups", json={"items": [group]})
    named = {"name": name, "groups": [name], "clientId": f"id-{name}", "clientSecret": f"secret-{name}"}
    jobs.server.admin("identities", {"items": [named]})
    return {CLIENT_ID: named["clientId"], CLIENT_SECRET: named["clientSecret"]}


def test_a_chained_session_is_refused_and_secrets_are_a_way_out(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.functions = session_in_a_function(site.jobs)
    with pytest.raises(EngineRefusedError, match="chained"):
        site.detect()
    site.secrets = principal(site.jobs)
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1


def test_a_chained_session_does_where_it_is_accepted(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.read_as(**{"3d_job_chained_nonce": "accepted"})
    site.functions = session_in_a_function(site.jobs)
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 1


def test_wrong_secrets_are_named_and_not_shown(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.secrets = principal(site.jobs) | {CLIENT_SECRET: "wrong-secret"}
    with pytest.raises(EngineRefusedError, match=f"the service principal of secret '{CLIENT_ID}'") as refusal:
        site.detect()
    assert "wrong-secret" not in str(refusal.value)
    assert "wrong-secret" not in json.dumps(site.logs)


def test_half_of_the_secrets_is_named(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.secrets = {CLIENT_ID: "id"}
    with pytest.raises(SetupError, match=f"only '{CLIENT_ID}' is given"):
        site.detect()
    assert [(item.state, item.attempts) for item in site.items()] == [("pending", 0)]


# Own OCR beside the jobs


def test_a_plan_names_the_engine_and_asks_for_nothing(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    call = {"extraction_pipeline": PIPELINE, "mode": "plan"}
    planned = detect_handler.handle(site.functions, call)
    assert (planned["engine"], planned["would_detect"]) == ("jobs_3d", 1)
    assert site.own_jobs() == []


def test_auto_takes_jobs(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], engine="auto")
    first = site.detect()
    assert (first["engine"], first["engine_note"], first["running"]) == ("jobs_3d", None, 1)


NO_PICTURE = "is no JPEG or PNG image"  # what own OCR says to the pictures here


def test_auto_leaves_to_own_ocr_what_jobs_are_refused(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], engine="auto")
    site.faults({"kind": "403", "path": JOBS_PATH})
    with pytest.raises(NothingDoneError, match=NO_PICTURE):
        site.detect()
    (refused,) = [line for line in site.logs if line["event"] == "refused"]
    assert "403" in refused["reason"]


@pytest.mark.parametrize("code", ["400", "403"])
def test_auto_leaves_to_own_ocr_a_project_that_has_no_3d_jobs(tmp_path: Path, code: str) -> None:
    with local_cdf(tmp_path, project_status="HYBRID") as other:
        jobs = jobs_of(other)
        other.read_as(**DEFAULTS | {"project_status_refusal": code})
        site = Site(jobs, other.client(FUNCTIONS), (jobs.collection(picture(PUMP)),))
        deploy(jobs.client, config(*site.collections, engine="auto"))
        with pytest.raises(NothingDoneError, match=NO_PICTURE):
            site.detect()
        site.collections = (jobs.collection(picture(PUMP)),)
        site.configure("jobs_3d")
        with pytest.raises(EngineRefusedError, match=code):
            site.detect()


def test_a_session_service_that_is_down_is_no_refusal(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], engine="auto")
    site.faults({"kind": "503", "path": "/sessions$"})
    summary = site.detect()
    assert (summary["engine"], summary["running"], summary["remaining"]) == ("jobs_3d", 0, 1)
    assert site.detect()["running"] == 1


def test_auto_leaves_to_own_ocr_an_image_on_which_a_job_has_failed(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)], engine="auto")
    site.jobs.server.read_as(result_file_shape="by-image")
    site.detect()
    site.end_jobs()
    with pytest.raises(NothingDoneError, match="no shape that is known"):
        site.detect()
    with pytest.raises(NothingDoneError, match=NO_PICTURE):
        site.detect()
    assert len(site.own_jobs()) == 1


def test_own_ocr_reads_what_jobs_of_an_earlier_config_left(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)])
    site.jobs.server.admin("jobs", {"next": "hang"})
    site.detect()
    site.configure("ocr")
    with pytest.raises(NothingDoneError, match=NO_PICTURE):
        site.detect()
    assert [item.job for item in site.items()] == [None]


@pytest.mark.ocr
def test_the_answer_says_when_own_ocr_reads_instead(new_site: NewSite) -> None:
    site = new_site([blank_png()], [blank_png()], engine="auto")
    site.faults({"kind": "403", "path": JOBS_PATH, "at": 2})
    first = site.detect()
    assert (first["engine"], first["detected"], first["running"]) == ("ocr", 1, 1)
    assert first["engine_note"].startswith("own OCR instead: CDF refuses a 3D job")
    site.end_jobs()
    with pytest.raises(NothingDoneError, match="Failed"):  # the fake detector knows no pixels
        site.detect()
    last = site.detect()
    assert (last["engine"], last["detected"], last["running"]) == ("jobs_3d", 1, 0)
    assert last["engine_note"] == "own OCR read 1 images on which a job had failed"


# Many images


def test_a_job_for_many_images_is_taken_in_as_far_as_time_allows(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image360.detect_by_jobs.TAKEN_AT_ONCE", 2)
    site = new_site([picture(PUMP)] * 5)
    site.detect()
    site.end_jobs()
    looks = iter([True, True, False])
    with monkeypatch.context() as patched:
        patched.setattr(Deadline, "allows", lambda *_: next(looks, False))
        part = site.detect()
    assert (part["detected"], part["running"], part["remaining"]) == (2, 3, 3)
    rest = site.detect()
    assert (rest["detected"], rest["running"], len(site.own_jobs())) == (3, 0, 1)


def test_a_cap_on_images_does_not_cut_a_collection_into_jobs(new_site: NewSite) -> None:
    site = new_site([picture(PUMP)] * 3)
    text = yaml.safe_dump(config(*site.collections) | {"limits": {"max_images_per_run": 1}})
    site.jobs.client.extraction_pipelines.config.create(ExtractionPipelineConfigWrite(PIPELINE, text))
    assert (site.detect()["running"], len(site.own_jobs())) == (3, 1)


# Under any mix of readings


@pytest.mark.parametrize("seed", range(8))
def test_the_same_is_read_under_any_mix_of_readings(new_site: NewSite, seed: int) -> None:
    site = new_site([picture(PUMP), picture(VALVE), picture()])
    choose = random.Random(seed)
    mixed = {
        reading.name.replace("-", "_"): choose.choice(list(reading.options))
        for reading in (DUPLICATE, CHAINED, SOURCE, INCOMPLETE, PARTIAL)
    }
    site.jobs.server.read_as(**mixed)
    site.faults({"kind": "reset", "when": "after", "path": JOBS_PATH})
    site.detect()
    site.end_jobs()
    assert site.detect()["detected"] == 3
    assert list(site.texts().values()) == [{"21-P-1001"}, {"21-V-7"}, set()]
    assert len(site.own_jobs()) == 1
