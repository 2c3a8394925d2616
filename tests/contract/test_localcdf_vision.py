"""Vision jobs: what they take, how they go on batch by batch, and what is lost, in each reading."""

import json
import os
import signal
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cognite.client import CogniteClient, global_config
from cognite.client.data_classes import FileMetadataWrite
from cognite.client.data_classes.contextualization import VisionExtractJob, VisionFeature
from cognite.client.data_classes.data_modeling import NodeId, SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply
from cognite.client.exceptions import CogniteAPIError, CogniteModelFailedError

from demo.localserver import AT_ONCE, LocalServer, local_cdf
from localcdf.app import ENDPOINTS
from tests.contract.detecting import API, FAKE, children, is_alive, notes, picture, unreadable, until

PATH = "/context/vision/extract"
NUMBERS = count()
TEXTS = [VisionFeature.TEXT_DETECTION]
READINGS = {each.name: each for endpoint in ENDPOINTS if PATH in endpoint.path for each in endpoint.readings}
ALL = {"textDetectionParameters": {"threshold": 0}}
Item = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project with a detector."""
    with local_cdf(tmp_path_factory.mktemp("vision"), options=["--detector", FAKE]) as running:
        running.client("tests").data_modeling.spaces.apply(SpaceApply("pictures"))
        yield running


def region(text: str, *corners: tuple[float, float], confidence: float = 0.9) -> Item:
    """A text on a flat picture."""
    return {"text": text, "confidence": confidence, "polygon": [list(corner) for corner in corners]}


PUMP = region("21-P-1001", (0.2, 0.3), (0.4, 0.31), (0.39, 0.4), (0.19, 0.39))
BOX = {"xMin": 0.19, "xMax": 0.4, "yMin": 0.3, "yMax": 0.4}


@dataclass(frozen=True)
class Vision:
    """Pictures, and jobs on them."""

    server: LocalServer
    client: CogniteClient

    def files(self, *pictures: bytes) -> list[int]:
        """Upload pictures; their file ids."""
        return [self.file(content) for content in pictures]

    def file(self, content: bytes | None, name: str = "a.jpg", mime_type: str | None = "image/jpeg") -> int:
        """A file; None leaves it without content."""
        if content is None:
            made, _ = self.client.files.create(FileMetadataWrite(name, mime_type=mime_type))
        else:
            made = self.client.files.upload_bytes(content, name=name, mime_type=mime_type)
        return made.id

    def post(self, files: list[int] | None = None, beta: bool = False, **other: Any) -> Item:
        """Start a job by a plain request."""
        items = [{"fileId": each} for each in files or ()]
        body = {"items": items, "features": ["TextDetection"], "parameters": ALL} | other
        headers = {"cdf-version": "beta"} if beta else None
        return self.client.post(API + PATH, json=body, headers=headers).json()

    def refused(self, code: int = 400, **asked: Any) -> CogniteAPIError:
        """Start a job that must be refused."""
        with pytest.raises(CogniteAPIError) as refusal:
            self.post(**asked)
        assert refusal.value.code == code, refusal.value
        return refusal.value

    def get(self, job: Item) -> Item:
        """How far a job is."""
        return self.client.get(f"{API}{PATH}/{job['jobId']}").json()

    def ended(self, job: Item) -> Item:
        """A job once it has ended."""
        return until(lambda: self.get(job), lambda now: now["status"] in ("Completed", "Failed"))

    def read(self, *pictures: bytes, **other: Any) -> Item:
        """A job on pictures, once it has ended."""
        return self.ended(self.post(self.files(*pictures), **other))


@pytest.fixture
def vision(server: LocalServer) -> Vision:
    """The server, which loses nothing."""
    server.read_as(**{name.replace("-", "_"): each.harshest for name, each in READINGS.items()} | AT_ONCE)
    server.read_as(vision_lost_file="never")
    server.admin("jobs", {"nextVision": "succeed"})
    return Vision(server, server.client("tests"))


def ids(items: list[Item]) -> list[int]:
    return [each["fileId"] for each in items]


def failed(job: Item) -> list[int]:
    return [file for batch in job.get("failedItems", ()) for file in ids(batch["items"])]


# By the SDK


def extract(vision: Vision, files: list[int]) -> VisionExtractJob:
    """Start a job by the SDK, which warns that Vision goes away."""
    with pytest.warns(UserWarning, match="deprecated"):
        return vision.client.vision.extract(TEXTS, file_ids=files, parameters=None)


def wait(job: VisionExtractJob) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        job.wait_for_completion(interval=1, timeout=30)


def test_the_sdk_reads_pictures(vision: Vision) -> None:
    files = vision.files(picture(PUMP), picture())
    job = extract(vision, files)
    assert job.status == "Queued"
    wait(job)
    assert job.status == "Completed"
    assert job.items is not None
    first, second = job.items
    assert [first.file_id, second.file_id] == files
    (text,) = first.predictions.text_predictions
    assert (text.text, text.confidence) == ("21-P-1001", 0.9)
    assert text.text_region.dump(camel_case=True) == BOX
    assert not second.predictions.text_predictions


def test_a_job_without_failed_files_has_no_failed_items_or_empty_ones(vision: Vision) -> None:
    job = vision.read(picture())
    assert "failedItems" not in job
    vision.server.read_as(vision_failed_items="empty")
    assert vision.get(job) == job | {"failedItems": []}


def test_the_sdk_says_when_all_has_failed(vision: Vision) -> None:
    job = extract(vision, vision.files(unreadable("cut")))
    with pytest.raises(CogniteModelFailedError, match="cut"):
        wait(job)


def test_an_answer_that_is_lost_makes_the_sdk_start_the_job_twice(
    vision: Vision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_config, "max_retries", 5)
    client = vision.server.client("twice")
    fault = {"kind": "503", "path": PATH, "when": "after", "times": 1}
    vision.server.admin("faults", {"items": [fault]})
    with pytest.warns(UserWarning, match="deprecated"):
        client.vision.extract(TEXTS, file_ids=vision.files(picture()))
    assert [each["status"] for each in vision.server.requests_by("twice") if each["path"].endswith(PATH)] == [
        503,
        200,
    ]


# What is asked


def test_a_job_is_answered_with_what_was_asked(vision: Vision) -> None:
    files = vision.files(picture())
    made = vision.post(files)
    assert made["createdTime"] == made["startTime"] == made["statusTime"]
    assert made == {
        "jobId": made["jobId"],
        "status": "Queued",
        "createdTime": made["createdTime"],
        "startTime": made["createdTime"],
        "statusTime": made["createdTime"],
        "items": [{"fileId": files[0]}],
        "features": ["TextDetection"],
        "parameters": ALL,
    }
    assert vision.ended(made)["parameters"] == ALL


def test_a_file_is_named_in_three_ways(vision: Vision) -> None:
    name = f"f{next(NUMBERS)}"
    by_id = vision.file(picture(PUMP))
    vision.client.files.upload_bytes(picture(PUMP), name="b.png", mime_type="image/png", external_id=name)
    vision.client.data_modeling.instances.apply(
        CogniteFileApply("pictures", name, name="c.jpeg", mime_type="image/jpeg")
    )
    vision.client.files.upload_content_bytes(picture(PUMP), instance_id=NodeId("pictures", name))
    named = [
        {"fileId": by_id},
        {"fileExternalId": name},
        {"fileInstanceId": {"space": "pictures", "externalId": name}},
    ]
    made = vision.post(items=named)
    assert [each.items() >= given.items() for each, given in zip(made["items"], named, strict=True)] == [
        True
    ] * 3
    assert all(each["fileId"] for each in made["items"])
    done = vision.ended(made)
    assert [{key: each[key] for key in each if key != "predictions"} for each in done["items"]] == made[
        "items"
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"items": []},
        {"items": [{}]},
        {"items": [{"fileId": 1, "fileExternalId": "a"}]},
        {"items": [{"fileId": None}]},
        {"items": [{"fileInstanceId": {"space": "s", "externalId": "not-by-the-pattern"}}]},
        {"features": []},
        {"features": ["TextDetection", "TextDetection"]},
        {"features": ["MindReading"]},
        {"features": ["TextDetection", "PeopleDetection", "AssetTagDetection", "ValveDetection"]},
        {"parameters": {"textDetectionParameters": {"threshold": 1.1}}},
        {"parameters": {"textDetectionParameters": {"threshold": -0.1}}},
        {"parameters": {"surprise": {}}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_request_that_cannot_be_is_refused(vision: Vision, asked: Item) -> None:
    vision.refused(**({"files": [1]} | asked))


def test_a_job_has_up_to_a_hundred_files(vision: Vision) -> None:
    files = vision.files(*[picture()] * 100)
    assert len(vision.ended(vision.post(files))["items"]) == 100
    assert "at most 100 items" in vision.refused(files=[*files, 1]).message


@pytest.mark.parametrize("feature", ["ValveDetection", "IndustrialObjectDetection"])
def test_features_in_beta_need_the_header(vision: Vision, feature: str) -> None:
    files = vision.files(picture())
    assert "cdf-version: beta" in vision.refused(files=files, features=[feature]).message
    assert "not served" in vision.refused(files=files, features=[feature], beta=True).message


@pytest.mark.parametrize("feature", ["AssetTagDetection", "PeopleDetection"])
def test_what_is_not_served_is_refused_not_ignored(vision: Vision, feature: str) -> None:
    assert (
        "not served"
        in vision.refused(files=vision.files(picture()), features=["TextDetection", feature]).message
    )


def test_an_unknown_file_is_missing_and_one_named_twice_refused(vision: Vision) -> None:
    (file,) = vision.files(picture())
    assert vision.refused(files=[file, 7]).missing == [{"id": 7}]
    assert "twice" in vision.refused(files=[file, file]).message


UNFIT = [
    (picture(), "a.gif", "image/jpeg", "extension"),
    (picture(), "jpg", "image/jpeg", "extension"),
    (picture(), "a.JPG", "image/jpeg", "extension"),
    (picture(), "a.jpg", "image/gif", "mimeType"),
    (picture(), "a.jpg", None, "mimeType"),
    (None, "a.jpg", "image/jpeg", "not uploaded"),
]


@pytest.mark.parametrize(("content", "name", "mime_type", "said"), UNFIT, ids=[each[3] for each in UNFIT])
def test_a_file_that_is_no_picture_is_refused_or_fails(
    vision: Vision, content: bytes | None, name: str, mime_type: str | None, said: str
) -> None:
    files = [vision.file(content, name, mime_type), vision.file(picture(PUMP))]
    assert said in vision.refused(files=files).message
    vision.server.read_as(vision_unfit_file="failed-items")
    job = vision.ended(vision.post(files))
    assert (job["status"], job["items"], failed(job)) == ("Failed", [], files)
    assert said in job["failedItems"][0]["errorMessage"]


def test_twenty_jobs_are_under_way_at_most(vision: Vision, tmp_path: Path) -> None:
    go = tmp_path / "go"
    files = vision.files(picture(PUMP, wait=str(go)))
    jobs = [vision.post(files) for _ in range(20)]
    for code in (400, 429):
        vision.server.read_as(vision_too_many_jobs=str(code))
        assert "20" in vision.refused(code, files=files).message
    go.touch()
    for job in jobs:
        vision.ended(job)
    vision.ended(vision.post(files))


@pytest.mark.parametrize("job", ["1", "0", "-1", "x", "9" * 30])
def test_an_unknown_job_is_refused(vision: Vision, job: str) -> None:
    for code in (404, 400):
        vision.server.read_as(unknown_id_in_path=str(code))
        with pytest.raises(CogniteAPIError) as refusal:
            vision.get({"jobId": job})
        assert refusal.value.code == code


# What is found


def texts(job: Item) -> list[Item]:
    return [text for item in job["items"] for text in item["predictions"].get("textPredictions", ())]


def test_texts_have_the_upright_box_about_what_was_read(vision: Vision) -> None:
    outside = region("half outside", (-0.1, 0.5), (0.1, 0.5), (0.1, 0.6))
    gone = region("outside", (1.1, 0.5), (1.3, 0.5), (1.3, 0.6))
    flat = region("a line", (0.1, 0.5), (0.3, 0.5), (0.2, 0.5))
    long, none = region("x" * 200, *PUMP["polygon"]), region("", *PUMP["polygon"])
    found = texts(vision.read(picture(PUMP, outside, gone, flat, long, none)))
    assert [each["text"] for each in found] == ["21-P-1001", "half outside", "x" * 128]
    assert found[0] == {"text": "21-P-1001", "confidence": 0.9, "textRegion": BOX}
    assert found[1]["textRegion"] == {"xMin": 0, "xMax": 0.1, "yMin": 0.5, "yMax": 0.6}
    vision.server.read_as(vision_long_text="left-out")
    exact = region("y" * 128, *PUMP["polygon"])
    assert [each["text"] for each in texts(vision.read(picture(long, exact, PUMP)))] == [
        "y" * 128,
        "21-P-1001",
    ]


def test_a_picture_without_text_has_no_predictions_or_empty_ones(vision: Vision) -> None:
    assert vision.read(picture())["items"][0]["predictions"] == {}
    vision.server.read_as(vision_no_text="empty")
    assert vision.read(picture())["items"][0]["predictions"] == {"textPredictions": []}


def test_an_extension_in_upper_case_is_refused_or_not(vision: Vision) -> None:
    file = vision.file(picture(PUMP), "a.JPEG")
    assert "extension" in vision.refused(files=[file]).message
    vision.server.read_as(vision_suffix="any-case")
    assert len(texts(vision.ended(vision.post([file])))) == 1


SURE, FAIR, POOR = (
    region(name, *PUMP["polygon"], confidence=value)
    for name, value in (("sure", 0.8), ("fair", 0.4), ("poor", 0.1))
)


@pytest.mark.parametrize(
    ("asked", "reading", "found"),
    [
        (0.8, "0.4", ["sure"]),
        (0.4, "0.8", ["sure", "fair"]),
        (0, "0.8", ["sure", "fair", "poor"]),
        (None, "0.8", ["sure"]),
        (None, "0.4", ["sure", "fair"]),
    ],
)
def test_texts_below_the_threshold_are_left_out(
    vision: Vision, asked: float | None, reading: str, found: list[str]
) -> None:
    vision.server.read_as(vision_threshold=reading)
    parameters = {} if asked is None else {"textDetectionParameters": {"threshold": asked}}
    job = vision.read(picture(SURE, FAIR, POOR), parameters=parameters)
    assert [each["text"] for each in texts(job)] == found


# Batches


def test_finished_batches_show_while_the_job_runs(vision: Vision, tmp_path: Path) -> None:
    go, note = tmp_path / "go", tmp_path / "note"
    files = vision.files(*[picture(PUMP)] * 10, picture(wait=str(go), note=str(note)))
    job = vision.post(files)
    until(lambda: notes(note))
    running = until(lambda: vision.get(job), lambda now: now["items"])
    assert (running["status"], ids(running["items"])) == ("Running", files[:10])
    assert running["statusTime"] >= running["startTime"] >= running["createdTime"]
    waiting = vision.post(files)
    assert vision.get(waiting)["status"] == "Queued"
    go.touch()
    done = vision.ended(job)
    assert (done["status"], ids(done["items"])) == ("Completed", files)
    assert vision.ended(waiting)["status"] == "Completed"


def test_a_batch_fails_with_one_of_its_files_and_the_others_are_done(vision: Vision) -> None:
    files = vision.files(*[picture(PUMP)] * 10, picture(PUMP), unreadable("cut"))
    job = vision.ended(vision.post(files))
    assert (job["status"], ids(job["items"]), failed(job)) == ("Completed", files[:10], files[10:])
    assert job["failedItems"][0]["errorMessage"] == "cut"
    assert "errorMessage" not in job


def test_a_job_has_failed_when_all_its_batches_have(vision: Vision) -> None:
    files = vision.files(*[unreadable("cut")] * 11)
    job = vision.ended(vision.post(files))
    assert (job["status"], job["items"], len(job["failedItems"])) == ("Failed", [], 2)
    assert job["errorMessage"] == "cut"


def test_a_file_may_be_a_batch_of_its_own(vision: Vision) -> None:
    vision.server.read_as(vision_batch="1")
    files = vision.files(picture(PUMP), unreadable("cut"), picture(PUMP))
    job = vision.ended(vision.post(files))
    vision.server.read_as(vision_batch="10")
    assert vision.get(job) == job  # as it was made
    assert (ids(job["items"]), failed(job)) == ([files[0], files[2]], [files[1]])


def test_what_the_detector_did_not_come_to_fails(vision: Vision) -> None:
    files = vision.files(*[picture(PUMP)] * 10, json.dumps({"exit": 1}).encode())
    job = vision.ended(vision.post(files))
    assert (job["status"], ids(job["items"]), failed(job)) == ("Completed", files[:10], files[10:])


def test_the_same_picture_is_read_once(vision: Vision, tmp_path: Path) -> None:
    note = tmp_path / "note"
    content = picture(PUMP, note=str(note))
    assert len(texts(vision.read(content, content))) == 2
    assert len(texts(vision.read(content))) == 1
    assert len(notes(note)) == 1


# What goes wrong, by a reading and on command


def test_the_last_of_several_files_is_lost_once_unless_read_otherwise(vision: Vision) -> None:
    vision.server.read_as(vision_lost_file="happens")
    files = vision.files(*[picture(PUMP)] * 3)
    job = vision.ended(vision.post(files))
    assert (job["status"], ids(job["items"]), failed(job)) == ("Completed", files[:2], [])
    assert ids(vision.ended(vision.post(files[2:]))["items"]) == files[2:]
    assert ids(vision.ended(vision.post(files))["items"]) == files
    others = vision.files(*[picture(PUMP)] * 2)
    vision.server.read_as(vision_lost_file="never")
    assert ids(vision.ended(vision.post(others))["items"]) == others


def test_a_file_is_lost_on_command(vision: Vision) -> None:
    files = vision.files(*[picture(PUMP)] * 2)
    vision.server.admin("jobs", {"nextVision": "lose-file"})
    assert ids(vision.ended(vision.post(files))["items"]) == files[:1]
    assert ids(vision.ended(vision.post(files))["items"]) == files


def test_a_batch_fails_on_command(vision: Vision) -> None:
    files = vision.files(*[picture(PUMP)] * 11)
    vision.server.admin("jobs", {"nextVision": "fail-batch"})
    job = vision.ended(vision.post(files))
    assert (job["status"], failed(job), ids(job["items"])) == ("Completed", files[:10], files[10:])
    assert ids(vision.ended(vision.post(files))["items"]) == files


def test_a_job_fails_on_command(vision: Vision) -> None:
    files = vision.files(*[picture(PUMP)] * 2)
    vision.server.admin("jobs", {"nextVision": "fail"})
    job = vision.ended(vision.post(files))
    assert (job["status"], failed(job), job["items"]) == ("Failed", files, [])


def test_a_job_hangs_on_command_and_has_failed_after_a_new_start(tmp_path: Path) -> None:
    with local_cdf(tmp_path / "data", options=["--detector", FAKE]) as running:
        running.read_as(**AT_ONCE)
        running.admin("jobs", {"nextVision": "hang"})
        other = Vision(running, running.client("tests"))
        files = other.files(picture(PUMP))
        job = other.post(files)
        until(lambda: other.get(job)["status"], lambda now: now == "Running")
        assert other.ended(other.post(files))["status"] == "Completed"
        assert other.get(job)["status"] == "Running"
    with local_cdf(tmp_path / "data") as running:
        assert Vision(running, running.client("tests")).get(job)["status"] == "Failed"


def test_the_pictures_of_a_folder_that_is_named_relatively_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with local_cdf(Path("data"), options=["--detector", FAKE]) as running:
        running.read_as(**AT_ONCE, vision_lost_file="never")
        other = Vision(running, running.client("tests"))
        assert other.read(picture(PUMP))["status"] == "Completed"


@pytest.mark.parametrize(("read", "status"), [(10, "Completed"), (0, "Failed")])
def test_what_a_stopped_server_has_read_is_kept_and_the_rest_has_failed(
    tmp_path: Path, read: int, status: str
) -> None:
    note, slow = tmp_path / "note", {"wait": str(tmp_path / "never")}
    with local_cdf(tmp_path / "data", options=["--detector", FAKE]) as running:
        running.read_as(**AT_ONCE, vision_lost_file="never")
        other = Vision(running, running.client("tests"))
        files = other.files(*[picture(PUMP)] * read, picture(**slow, note=str(note)))
        job, waiting = other.post(files), other.post(files[-1:])
        (noted,) = until(lambda: notes(note))
        until(lambda: len(other.get(job)["items"]) == read)
    assert not is_alive(noted["pid"])
    with local_cdf(tmp_path / "data") as running:
        other = Vision(running, running.client("tests"))
        found = other.get(job)
        assert (found["status"], ids(found["items"]), failed(found)) == (status, files[:read], files[read:])
        assert ("errorMessage" in found) == (status == "Failed")
        assert (other.get(waiting)["status"], failed(other.get(waiting))) == ("Failed", files[-1:])


def test_a_detector_that_is_killed_fails_what_it_has_not_read(vision: Vision, tmp_path: Path) -> None:
    note = tmp_path / "note"
    files = vision.files(*[picture(PUMP)] * 10, picture(wait=str(tmp_path / "never"), note=str(note)))
    job = vision.post(files)
    (noted,) = until(lambda: notes(note))
    os.kill(noted["pid"], signal.SIGKILL)
    done = vision.ended(job)
    assert (done["status"], ids(done["items"]), failed(done)) == ("Completed", files[:10], files[10:])
    until(lambda: children(vision.server.process.pid) == [])


def test_a_job_fails_without_a_detector(local_cdf: LocalServer) -> None:
    local_cdf.read_as(upload_noticed_after="0")
    other = Vision(local_cdf, local_cdf.client("tests"))
    files = other.files(picture(PUMP))
    job = other.ended(other.post(files))
    assert (job["status"], failed(job)) == ("Failed", files)
