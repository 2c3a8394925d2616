"""3D jobs: how they are made, what becomes of them, and what their result files hold, under each reading."""

import json
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from cognite.client.data_classes.data_modeling import ViewId
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf
from image360.geometry import phi_theta_to_direction
from localcdf.app import ENDPOINTS
from tests.conftest import capabilities, forbidden
from tests.contract.detecting import API, FAKE, children, is_alive, notes, picture, unreadable, until
from tests.contract.text_jobs import (
    DEFAULTS,
    FACES,
    NUMBERS,
    PUMP,
    RESULTS,
    SPACE,
    VALVE,
    Item,
    Jobs,
    chained_nonce,
    id_of,
    image,
    jobs_of,
    node,
    node_id,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project of status DATA_MODELING_ONLY, with a detector."""
    folder = tmp_path_factory.mktemp("jobs")
    with local_cdf(folder, project_status="DATA_MODELING_ONLY", options=["--detector", FAKE]) as running:
        jobs_of(running)
        yield running


@pytest.fixture
def jobs(server: LocalServer) -> Jobs:
    """The server in its default readings, but for lists that lag, or come in an odd order."""
    server.read_as(**DEFAULTS | {"3d_job_order": "oldest-first"})
    server.admin("jobs", {"next": "succeed"})
    return Jobs(server, server.client("tests"))


# Making a job


def test_a_job_is_answered_as_it_was_sent_without_its_nonce(jobs: Jobs) -> None:
    item = jobs.item(jobs.collection())
    (made,) = jobs.post("jobs", {"items": [item]})["items"]
    del item["nonce"]
    now = jobs.server.admin("clock", {"advance": 0})["now"]
    assert made == item | {"status": "Scheduled", "createdAt": made["createdAt"]}
    assert 0 <= now - made["createdAt"] < 60_000
    jobs.becomes(made, "Succeeded")
    assert [each for each in jobs.listed() if each["externalId"] == made["externalId"]] == [
        made | {"status": "Succeeded"}
    ]


@pytest.mark.parametrize(
    "missing", ["space", "externalId", "name", "type", "source", "configuration", "nonce"]
)
def test_every_field_of_a_job_is_needed(jobs: Jobs, missing: str) -> None:
    item = jobs.item("c")
    del item[missing]
    assert missing in jobs.refused(item).message


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Optimizer"},
        {"configuration": {"language": "en"}},
        {"configuration": None, "nonce": "n"},
        {"source": {"type": "Cognite3DModel", "instanceId": {"space": SPACE, "externalId": "c"}}},
        {"source": {"type": "Cognite360ImageCollection"}},
        {"space": "no space"},
        {"externalId": "a" * 257},
        {"externalId": ""},
        {"externalId": "a\x00"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_job_that_cannot_be_is_refused(jobs: Jobs, wrong: Item) -> None:
    jobs.refused(jobs.item("c", **wrong))


@pytest.mark.parametrize("external_id", ["a", "é" * 256])
def test_the_id_of_a_job_has_1_to_256_characters(jobs: Jobs, external_id: str) -> None:
    job = jobs.start(jobs.collection(), externalId=external_id)
    assert job["externalId"] == external_id
    jobs.becomes(job, "Succeeded")
    jobs.post("jobs/delete", {"items": [id_of(job)]})


def test_one_job_is_made_at_a_time(jobs: Jobs) -> None:
    items = [jobs.item("c"), jobs.item("c")]
    assert "at most 1 item" in jobs.refuses("jobs", {"items": items}).message
    assert "at least 1 item" in jobs.refuses("jobs", {"items": []}).message


def test_a_job_in_a_space_that_is_not_there_fails_or_is_refused(jobs: Jobs) -> None:
    job = jobs.start(jobs.collection(picture(PUMP)), space="nowhere")
    jobs.becomes(job, "Failed")
    jobs.server.read_as(**{"3d_job_unknown_space": "refused"})
    assert jobs.refused(jobs.item("c", space="nowhere")).missing == [{"space": "nowhere"}]


def test_a_nonce_starts_one_job(jobs: Jobs) -> None:
    collection = jobs.collection()
    spent = jobs.item(collection)
    jobs.post("jobs", {"items": [spent]})
    again = jobs.item(collection, nonce=spent["nonce"])
    assert "spent" in jobs.refused(again).message
    assert "Unknown nonce" in jobs.refused(jobs.item(collection, nonce="none")).message


def test_a_nonce_is_good_for_a_minute(jobs: Jobs) -> None:
    item = jobs.item(jobs.collection())
    jobs.server.admin("clock", {"advance": 61})
    assert "expired" in jobs.refused(item).message


@pytest.mark.parametrize("code", [400, 409])
def test_a_job_that_exists_already_is_refused_by_either_code(jobs: Jobs, code: int) -> None:
    jobs.server.read_as(**{"3d_job_duplicate": str(code)})
    job = jobs.start(jobs.collection())
    refusal = jobs.refused(jobs.item("c", externalId=job["externalId"]), code)
    assert job["externalId"] in refusal.message
    assert refusal.duplicated == ([id_of(job)] if code == 409 else None)


@pytest.mark.parametrize("nonce", ["spent", "good"])
def test_a_refused_job_is_not_there_and_its_nonce_is_spent_or_not(jobs: Jobs, nonce: str) -> None:
    jobs.server.read_as(**{"3d_job_refused_nonce": nonce})
    job = jobs.start(jobs.collection())
    twice = jobs.item("c", externalId=job["externalId"])
    before = len(jobs.listed())
    jobs.refused(twice)
    assert len(jobs.listed()) == before
    again = jobs.item("c", nonce=twice["nonce"])
    if nonce == "good":
        jobs.post("jobs", {"items": [again]})
    else:
        assert "spent" in jobs.refused(again).message


@pytest.mark.parametrize("option", ["refused", "accepted"])
def test_the_nonce_of_a_chained_session_is_refused_or_accepted(jobs: Jobs, option: str) -> None:
    jobs.server.read_as(**{"3d_job_chained_nonce": option})
    item = jobs.item(jobs.collection(), nonce=chained_nonce(jobs))
    if option == "refused":
        assert "chained" in jobs.refused(item, 403).message
    else:
        jobs.post("jobs", {"items": [item]})


@pytest.mark.parametrize("external_id", ["no-such-collection", "a-station"])
def test_a_job_on_what_is_no_collection_fails_or_is_refused(jobs: Jobs, external_id: str) -> None:
    jobs.client.data_modeling.instances.apply(node("Cognite360ImageStation", "a-station", name="s"))
    jobs.ended(external_id, "Failed")
    jobs.server.read_as(**{"3d_job_unknown_source": "refused"})
    refusal = jobs.refused(jobs.item(external_id))
    assert refusal.missing == [{"space": SPACE, "externalId": external_id}]


@pytest.mark.parametrize("code", [403, 400])
@pytest.mark.parametrize("status", ["HYBRID", "DATA_MODELING_FIRST"])
def test_jobs_are_refused_unless_the_project_has_data_modeling_only(
    tmp_path: Path, status: str, code: int
) -> None:
    with local_cdf(tmp_path, project_status=status) as running:
        running.read_as(project_status_refusal=str(code))
        other = Jobs(running, running.client("tests"))
        job, result = {"space": "s", "externalId": "x"}, {"instanceId": {"space": "s", "externalId": "y"}}
        asked = {
            "jobs": {"items": [other.item("c")]},
            "jobs/list": {},
            "jobs/delete": {"items": [job]},
            "job/results/list": {"job": job},
            "job/result/rejections": {"job": job, "result": result, "add": []},
            "job/result/rejections/list": {"job": job, "result": result},
        }
        for path, body in asked.items():
            assert "DATA_MODELING_ONLY" in other.refuses(path, body, code).message


# What becomes of a job


def test_a_job_is_scheduled_started_and_succeeds(jobs: Jobs, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    running = jobs.start(jobs.collection(picture(wait=str(first))))
    waiting = jobs.start(jobs.collection(picture(wait=str(second))))
    assert (running["status"], waiting["status"]) == ("Scheduled", "Scheduled")
    jobs.becomes(running, "Started")
    assert jobs.status(waiting) == "Scheduled"
    first.touch()
    jobs.becomes(running, "Succeeded")
    jobs.becomes(waiting, "Started")
    second.touch()
    jobs.becomes(waiting, "Succeeded")


@pytest.mark.parametrize(
    ("fate", "status"), [("fail", "Failed"), ("cancel", "Cancelled"), ("succeed", "Succeeded")]
)
def test_the_next_job_fails_or_is_cancelled_on_command(jobs: Jobs, fate: str, status: str) -> None:
    collection = jobs.collection(picture(PUMP))
    assert jobs.server.admin("jobs", {"next": fate}) == {"next": fate, "nextVision": "succeed"}
    job = jobs.ended(collection, status)
    assert bool(jobs.results(job)) == (status == "Succeeded")
    jobs.ended(collection)


def test_a_job_hangs_on_command_until_it_is_deleted(jobs: Jobs) -> None:
    jobs.server.admin("jobs", {"next": "hang"})
    collection = jobs.collection(picture(PUMP))
    job = jobs.start(collection)
    jobs.becomes(job, "Started")
    jobs.ended(collection)
    assert jobs.status(job) == "Started"
    jobs.server.read_as(**{"3d_job_delete_under_way": "ended"})
    assert jobs.post("jobs/delete", {"items": [id_of(job)]}) == {}
    assert job["externalId"] not in [each["externalId"] for each in jobs.listed()]


def test_a_deleted_job_ends_the_detector_and_the_next_one_runs(jobs: Jobs, tmp_path: Path) -> None:
    note = tmp_path / "note"
    job = jobs.start(jobs.collection(picture(wait=str(tmp_path / "never"), note=str(note), child=True)))
    (noted,) = until(lambda: notes(note))
    assert is_alive(noted["pid"])
    assert "not ended" in jobs.refuses("jobs/delete", {"items": [id_of(job)]}).message
    assert jobs.status(job) == "Started"
    jobs.server.read_as(**{"3d_job_delete_under_way": "ended"})
    jobs.post("jobs/delete", {"items": [id_of(job)]})
    until(lambda: not is_alive(noted["pid"]) and not is_alive(noted["child"]))
    jobs.ended(jobs.collection(picture(PUMP)))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"exit": 3}).encode(),
        json.dumps({"print": "no JSON"}).encode(),
        json.dumps({"print": json.dumps({"image": "another", "regions": []})}).encode(),
        picture(PUMP | {"polygon": PUMP["polygon"][:2]}),
        picture(PUMP | {"polygon": [[0.1, 0.2]] * 4}),
        picture(PUMP | {"polygon": [[3, 4, 0]] * 4}),
        picture(PUMP | {"confidence": 2}),
        picture({"text": "x"}),
        json.dumps({"print": "\x00\x01\ufffd" * 1000}).encode(),
        json.dumps({"print": " "}).encode(),
        json.dumps({"answer": {"regions": [], "error": "both"}}).encode(),
        b"not even JSON for the detector",
    ],
    ids=[
        "exit",
        "line",
        "image",
        "corners",
        "flat",
        "length",
        "confidence",
        "fields",
        "garbage",
        "blank",
        "both",
        "crash",
    ],
)
def test_a_job_fails_where_the_detector_does_not_answer_as_it_must(jobs: Jobs, content: bytes) -> None:
    job = jobs.ended(jobs.collection(content), "Failed")
    assert jobs.results(job) == []


@pytest.mark.parametrize("pictures", [(), (None,), (unreadable("cut"),)], ids=["none", "no face", "cut"])
def test_a_job_that_reads_no_image_succeeds_without_results_or_fails(
    jobs: Jobs, pictures: Sequence[bytes | None]
) -> None:
    collection = jobs.collection(*pictures)
    assert jobs.results(jobs.ended(collection)) == []
    jobs.server.read_as(**{"3d_job_nothing_read": "failed"})
    jobs.ended(collection, "Failed")


def test_a_job_fails_without_a_detector_and_the_log_says_why(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b") as log:
        with local_cdf(tmp_path / "data", project_status="DATA_MODELING_ONLY", errors=log) as running:
            other = jobs_of(running)
            other.ended(other.collection(picture(PUMP)), "Failed")
        log.seek(0)
        assert "--detector" in log.read().decode()


def test_a_job_under_way_when_the_server_stops_has_failed(tmp_path: Path) -> None:
    options, never, note = ["--detector", FAKE], tmp_path / "never", tmp_path / "note"
    with local_cdf(tmp_path / "data", project_status="DATA_MODELING_ONLY", options=options) as running:
        other = jobs_of(running)
        job = other.start(other.collection(picture(wait=str(never), note=str(note), child=True)))
        waiting = other.start(other.collection(picture(PUMP)))
        (noted,) = until(lambda: notes(note))
    assert not is_alive(noted["pid"])
    with local_cdf(tmp_path / "data", project_status="DATA_MODELING_ONLY", options=options) as running:
        again = Jobs(running, running.client("tests"))
        assert [again.status(each) for each in (job, waiting)] == ["Failed", "Failed"]
        assert children(running.process.pid) == []
    until(lambda: not is_alive(noted["child"]))


def test_nothing_of_the_detector_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    never, note = tmp_path / "never", tmp_path / "note"
    options = ["--detector", FAKE]
    with local_cdf(tmp_path / "data", project_status="DATA_MODELING_ONLY", options=options) as running:
        other = jobs_of(running)
        other.start(other.collection(picture(wait=str(never), note=str(note), child=True)))
        (noted,) = until(lambda: notes(note))
        running.process.send_signal(signal.SIGKILL)
    until(lambda: not is_alive(noted["pid"]) and not is_alive(noted["child"]))


def test_a_detector_that_is_killed_fails_its_job_and_leaves_nothing(jobs: Jobs, tmp_path: Path) -> None:
    note = tmp_path / "note"
    slow = picture(wait=str(tmp_path / "never"), note=str(note), child=True)
    job, next_ = jobs.start(jobs.collection(slow)), jobs.start(jobs.collection(picture(PUMP)))
    (noted,) = until(lambda: notes(note))
    os.kill(noted["pid"], signal.SIGKILL)
    jobs.becomes(job, "Failed")
    jobs.becomes(next_, "Succeeded")
    assert not is_alive(noted["child"])
    until(lambda: children(jobs.server.process.pid) == [])


def test_a_job_that_is_deleted_before_its_turn_never_runs(jobs: Jobs, tmp_path: Path) -> None:
    go, note, never = tmp_path / "go", tmp_path / "note", tmp_path / "never"
    first = jobs.start(jobs.collection(picture(wait=str(go), note=str(note))))
    waiting = jobs.start(jobs.collection(picture(note=str(never))))
    until(lambda: notes(note))
    jobs.server.read_as(**{"3d_job_delete_under_way": "ended"})
    jobs.post("jobs/delete", {"items": [id_of(waiting)]})
    go.touch()
    jobs.becomes(first, "Succeeded")
    jobs.ended(jobs.collection(picture(PUMP)))
    assert notes(never) == []


def test_the_detector_has_an_environment_of_its_own(jobs: Jobs, tmp_path: Path) -> None:
    note = tmp_path / "note"
    jobs.ended(jobs.collection(picture(note=str(note))))
    (noted,) = notes(note)
    assert noted["environment"].keys() - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG"}


def test_a_detector_that_is_no_program_is_said_at_the_start() -> None:
    command = [sys.executable, "-m", "localcdf", "--port", "0", "--detector", "no-such-program read"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert "no-such-program" in result.stderr


def test_the_same_pixels_are_read_once(jobs: Jobs, tmp_path: Path) -> None:
    note = tmp_path / "note"
    content = picture(PUMP, note=str(note))
    first = jobs.ended(jobs.collection(content, content))
    second = jobs.ended(jobs.collection(content))
    assert len(notes(note)) == 1
    texts = [
        [[each["text"] for each in image["detections"]] for image in json.loads(file)["images"]]
        for job in (first, second)
        for file in jobs.files(job)
    ]
    assert texts == [[["21-P-1001"], ["21-P-1001"]], [["21-P-1001"]]]


# Results


def test_the_default_file_has_polygons_of_phi_and_theta(jobs: Jobs) -> None:
    collection = jobs.collection(picture(PUMP, VALVE), picture())
    (content,) = jobs.files(jobs.ended(collection))
    read = json.loads(content)
    assert read["version"] == "1.0.0"
    with_texts, without = read["images"]
    assert with_texts["instanceId"] == {"space": SPACE, "externalId": f"{collection}_0"}
    assert without == {"instanceId": {"space": SPACE, "externalId": f"{collection}_1"}, "detections": []}
    for found, true in zip(with_texts["detections"], (PUMP, VALVE), strict=True):
        assert found.keys() == {"key", "text", "confidence", "polygon"}
        assert (found["text"], found["confidence"]) == (true["text"], true["confidence"])
        number, *angles = found["polygon"]["data"]
        assert (found["polygon"]["version"], number) == ("2.0.0", len(true["polygon"]))
        corners = phi_theta_to_direction(angles[::2], angles[1::2])
        assert corners == pytest.approx(np.array(true["polygon"]))
        assert all(0 <= theta < 2 * math.pi for theta in angles[1::2])


def test_a_hundred_images_go_into_one_file(jobs: Jobs) -> None:
    name = jobs.collection(picture(PUMP))
    faces = dict.fromkeys(FACES, f"{name}_0_face")
    jobs.client.data_modeling.instances.apply([image(f"{name}_{n}", name, faces) for n in range(1, 101)])
    files = jobs.files(jobs.ended(name))
    assert [len(json.loads(file)["images"]) for file in files] == [100, 1]
    keys = [
        each["key"] for file in files for image in json.loads(file)["images"] for each in image["detections"]
    ]
    assert len(set(keys)) == 101


def test_the_other_shapes_say_the_same_in_other_words(jobs: Jobs) -> None:
    collection = jobs.collection(picture(PUMP, VALVE), picture())
    jobs.server.read_as(result_file_shape="by-image")
    first, second = map(json.loads, jobs.files(jobs.ended(collection)))
    assert first["source"] == {"image360": f"{SPACE}/{collection}_0"}
    (pump,), (valve,) = first["faces"].pop("front"), first["faces"].pop("top")
    assert (pump["value"], pump["score"], valve["value"]) == ("21-P-1001", 0.9, "21-V-7")
    assert pump["boundingBox"] == pytest.approx({"left": 20, "top": 30, "width": 20, "height": 5})
    assert valve["boundingBox"] == pytest.approx({"left": 45, "top": 50, "width": 10, "height": 10})
    assert not any(first["faces"].values())
    assert not any(second["faces"].values())
    jobs.server.read_as(result_file_shape="by-collection")
    (content,) = jobs.files(jobs.ended(collection))
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["ocr"] for line in lines] == [
        {"string": each["text"], "probability": each["confidence"]} for each in (PUMP, VALVE)
    ]
    assert {tuple(line["image"]) for line in lines} == {(SPACE, f"{collection}_0")}
    phi, theta = zip(*([math.radians(each) for each in pair] for pair in lines[0]["outline"]), strict=True)
    assert phi_theta_to_direction(phi, theta) == pytest.approx(np.array(PUMP["polygon"]))


def test_a_result_is_a_file_node_in_the_space_of_the_job(jobs: Jobs) -> None:
    (result,) = jobs.results(jobs.ended(jobs.collection(picture(PUMP))))
    assert result["type"] == "CogniteFile"
    assert result["instanceId"]["space"] == RESULTS
    named = node_id(result)
    file = jobs.client.files.retrieve(instance_id=named)
    assert file is not None
    assert (file.uploaded, file.mime_type) == (True, "application/json")
    (found,) = jobs.client.data_modeling.instances.retrieve(
        named, sources=ViewId("cdf_cdm", "CogniteFile", "v1")
    ).nodes
    assert found["isUploaded"] is True


@pytest.mark.parametrize("option", ["shown", "at-end"])
def test_results_show_as_they_come_or_at_the_end(jobs: Jobs, tmp_path: Path, option: str) -> None:
    jobs.server.read_as(**{"3d_job_partial_results": option}, result_file_shape="by-image")
    go, note = tmp_path / "go", tmp_path / "note"
    job = jobs.start(jobs.collection(picture(PUMP), picture(VALVE, wait=str(go), note=str(note))))
    until(lambda: notes(note))
    if option == "shown":
        until(lambda: len(jobs.results(job)) == 1)
    assert len(jobs.results(job)) == (1 if option == "shown" else 0)
    assert jobs.status(job) == "Started"
    go.touch()
    jobs.becomes(job, "Succeeded")
    assert len(jobs.results(job)) == 2


@pytest.mark.parametrize("odd", [None, unreadable("a cut file")], ids=["no face", "no picture"])
def test_an_image_that_cannot_be_read_is_left_out_or_fails_the_job(jobs: Jobs, odd: bytes | None) -> None:
    collection = jobs.collection(picture(PUMP), odd)
    (content,) = jobs.files(jobs.ended(collection))
    named = [each["instanceId"]["externalId"] for each in json.loads(content)["images"]]
    assert named == [f"{collection}_0"]
    jobs.server.read_as(**{"3d_job_unreadable_image": "fails"})
    jobs.ended(collection, "Failed")


def test_results_have_pages(jobs: Jobs) -> None:
    jobs.server.read_as(result_file_shape="by-image")
    job = jobs.ended(jobs.collection(*(picture(PUMP) for _ in range(11))))
    first = jobs.post("job/results/list", {"job": id_of(job)})
    assert len(first["items"]) == 10
    last = jobs.post("job/results/list", {"job": id_of(job), "cursor": first["nextCursor"]})
    assert (len(last["items"]), "nextCursor" in last) == (1, False)
    assert len({each["instanceId"]["externalId"] for each in jobs.results(job)}) == 11


def test_jobs_have_pages_and_the_oldest_or_the_newest_comes_first(jobs: Jobs) -> None:
    collection = jobs.collection()
    made = [jobs.start(collection)["externalId"] for _ in range(26)]
    first = jobs.post("jobs/list", {})
    assert len(first["items"]) == 25
    assert "nextCursor" in first
    assert [each["externalId"] for each in jobs.listed()][-26:] == made
    jobs.server.read_as(**{"3d_job_order": "newest-first"})
    assert [each["externalId"] for each in jobs.listed()][:26] == made[::-1]
    jobs.server.read_as(**{"3d_job_page": "large"})
    assert len(jobs.post("jobs/list", {})["items"]) >= 26


def test_a_list_lags_behind(jobs: Jobs) -> None:
    jobs.server.read_as(list_lag="1000")
    jobs.server.admin("clock", {"run": False})
    job = jobs.start(jobs.collection())
    assert job["externalId"] not in [each["externalId"] for each in jobs.listed()]
    jobs.server.admin("clock", {"run": True})
    jobs.server.admin("clock", {"advance": 5})
    jobs.becomes(job, "Succeeded")


def test_a_job_that_is_not_there_has_no_results(jobs: Jobs) -> None:
    absent = {"space": RESULTS, "externalId": "absent"}
    assert jobs.refuses("job/results/list", {"job": absent}).missing == [absent]


def texts_in(content: bytes) -> set[str]:
    """The texts in a result file of any shape."""

    def inside(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (value[name] for name in ("text", "value", "string") if name in value)
            value = list(value.values())
        for each in value if isinstance(value, list) else ():
            yield from inside(each)

    lines = content.splitlines()  # of JSON; the other shapes have one
    return {text for line in lines for text in inside(json.loads(line))}


@pytest.mark.parametrize("seed", range(12))
def test_a_job_finds_the_same_under_any_mix_of_readings(jobs: Jobs, seed: int) -> None:
    choose = random.Random(seed)
    mixed = {
        reading.name.replace("-", "_"): choose.choice(list(reading.options))
        for endpoint in ENDPOINTS
        if endpoint.path.startswith("/3d/job")
        for reading in endpoint.assumed
    }
    jobs.server.read_as(**mixed)
    job = jobs.ended(jobs.collection(picture(PUMP), picture(VALVE), picture()))
    assert set().union(*map(texts_in, jobs.files(job))) == {"21-P-1001", "21-V-7"}
    jobs.refused(jobs.item("c", externalId=job["externalId"]), int(mixed["3d_job_duplicate"]))
    jobs.post("jobs/delete", {"items": [id_of(job)]})


# Deleting


def test_results_outlive_their_job(jobs: Jobs) -> None:
    job = jobs.ended(jobs.collection(picture(PUMP)))
    (result,) = jobs.results(job)
    jobs.post("jobs/delete", {"items": [id_of(job), id_of(job)]})
    jobs.refuses("job/results/list", {"job": id_of(job)})
    jobs.server.read_as(unknown_ids="404")
    jobs.refuses("job/results/list", {"job": id_of(job)}, 404)
    assert jobs.client.files.download_bytes(instance_id=node_id(result))


def test_a_job_can_be_made_again_once_it_is_deleted(jobs: Jobs) -> None:
    collection = jobs.collection(picture(PUMP))
    job = jobs.ended(collection)
    jobs.post("jobs/delete", {"items": [id_of(job)]})
    again = jobs.start(collection, externalId=job["externalId"])
    jobs.becomes(again, "Succeeded")
    assert len(jobs.results(again)) == 1


def test_deleting_what_is_not_there_is_refused_or_passed_over(jobs: Jobs) -> None:
    job, absent = jobs.ended(jobs.collection()), {"space": RESULTS, "externalId": "absent"}
    both = {"items": [id_of(job), absent]}
    assert jobs.refuses("jobs/delete", both).missing == [absent]
    assert jobs.status(job) == "Succeeded"
    jobs.server.read_as(**{"3d_job_delete_absent": "passed-over"})
    assert jobs.post("jobs/delete", both) == {}
    assert job["externalId"] not in [each["externalId"] for each in jobs.listed()]


# Rejections


@dataclass(frozen=True)
class Rejections:
    """What is rejected of the one result of a job."""

    jobs: Jobs
    of: Item

    def change(self, **operation: Sequence[str]) -> None:
        """Reject, or take back."""
        assert self.jobs.post("job/result/rejections", self.of | operation) == {}

    def listed(self) -> list[str]:
        """The keys that are rejected."""
        return [each["rejectedKey"] for each in self.jobs.listed("job/result/rejections/list", **self.of)]


@pytest.fixture
def rejections(jobs: Jobs) -> Rejections:
    """A result of which nothing is rejected yet."""
    job = jobs.ended(jobs.collection(picture(PUMP, VALVE)))
    (result,) = jobs.results(job)
    return Rejections(jobs, {"job": id_of(job), "result": {"instanceId": result["instanceId"]}})


def test_keys_are_rejected_and_taken_back(rejections: Rejections) -> None:
    rejections.change(add=["a", "b", "b"])
    rejections.change(add=["c"])
    assert rejections.listed() == ["a", "b", "c"]
    rejections.change(remove=["b"])
    assert rejections.listed() == ["a", "c"]


def test_a_key_that_is_as_wanted_is_refused_or_passed_over(rejections: Rejections) -> None:
    rejections.change(add=["a", "b"])
    for operation in ({"add": ["b", "c"]}, {"remove": ["b", "unknown"]}):
        rejections.jobs.refuses("job/result/rejections", rejections.of | operation)
    assert rejections.listed() == ["a", "b"]
    rejections.jobs.server.read_as(**{"3d_job_rejected_again": "passed-over"})
    rejections.change(add=["b", "c"])
    rejections.change(remove=["b", "unknown"])
    assert rejections.listed() == ["a", "c"]


def test_rejections_have_pages(rejections: Rejections) -> None:
    keys = [f"k{number}" for number in range(101)]
    rejections.change(add=keys)
    first = rejections.jobs.post("job/result/rejections/list", rejections.of)
    assert len(first["items"]) == 100
    assert rejections.listed() == keys


@pytest.mark.parametrize(
    "operation", [{}, {"add": ["a"], "remove": ["b"]}, {"add": [1]}, {"add": None}], ids=str
)
def test_one_operation_is_needed(rejections: Rejections, operation: Item) -> None:
    rejections.jobs.refuses("job/result/rejections", rejections.of | operation)


def test_rejections_are_of_a_result_that_the_job_has(rejections: Rejections) -> None:
    jobs, absent = rejections.jobs, {"instanceId": {"space": RESULTS, "externalId": "absent"}}
    for path, more in (("job/result/rejections", {"add": ["a"]}), ("job/result/rejections/list", {})):
        assert jobs.refuses(path, rejections.of | {"result": absent} | more).missing == [absent]
        unknown = {"space": RESULTS, "externalId": "absent"}
        assert jobs.refuses(path, rejections.of | {"job": unknown} | more).missing == [unknown]


# Rights


Principal = Callable[..., Jobs]


@pytest.fixture
def principal(jobs: Jobs) -> Principal:
    """Make someone with capabilities, and return their jobs."""

    def make(*held: list[Item]) -> Jobs:
        name = f"user{next(NUMBERS)}"
        group = {"name": name, "sourceId": name, "capabilities": [each for part in held for each in part]}
        jobs.client.post(f"{API}/groups", json={"items": [group]})
        (made,) = jobs.server.admin("identities", {"items": [{"name": name, "groups": [name]}]})["items"]
        return replace(jobs, client=replace(jobs.server, token=made["token"]).client(name))

    return make


def in_spaces(*spaces: str) -> Item:
    return {"spaceIdScope": {"spaceIds": list(spaces)}}


MODELS = capabilities("dataModelsAcl:READ", scope=in_spaces("cdf_cdm", "cdf_cdm_3d"))
SESSIONS = capabilities("sessionsAcl:CREATE")
READ, WRITE = "dataModelInstancesAcl:READ", "dataModelInstancesAcl:WRITE"


def test_a_job_needs_no_more_rights_than_documented(jobs: Jobs, principal: Principal) -> None:
    collection = jobs.collection(picture(PUMP))
    user = principal(
        MODELS,
        SESSIONS,
        capabilities(READ, scope=in_spaces(SPACE, RESULTS)),
        capabilities(WRITE, scope=in_spaces(RESULTS)),
    )
    job = user.ended(collection)
    assert len(user.results(job)) == 1
    user.post("jobs/delete", {"items": [id_of(job)]})


def test_a_job_is_made_and_deleted_by_who_may_write_to_its_space(jobs: Jobs, principal: Principal) -> None:
    collection = jobs.collection()
    user = principal(MODELS, SESSIONS, capabilities(READ, WRITE, scope=in_spaces(SPACE)))
    forbidden(lambda: user.start(collection), WRITE, RESULTS)
    job = jobs.ended(collection)
    forbidden(lambda: user.post("jobs/delete", {"items": [id_of(job)]}), WRITE, RESULTS)
    assert user.listed() == []
    forbidden(lambda: user.results(job), READ, RESULTS)


def test_both_spaces_of_the_model_must_be_readable(jobs: Jobs, principal: Principal) -> None:
    half = capabilities("dataModelsAcl:READ", scope=in_spaces("cdf_cdm"))
    user = principal(half, SESSIONS, capabilities(READ, WRITE, scope=in_spaces(SPACE, RESULTS)))
    forbidden(lambda: user.start("c"), "dataModelsAcl:READ", "cdf_cdm_3d")
    forbidden(user.listed, "dataModelsAcl:READ", "cdf_cdm_3d")


@pytest.mark.parametrize("lacking", ["the images", "the results"])
def test_a_job_fails_where_its_session_may_not_go(jobs: Jobs, principal: Principal, lacking: str) -> None:
    reads = SPACE if lacking == "the results" else RESULTS
    writes = RESULTS if lacking == "the images" else SPACE
    weak = principal(
        MODELS,
        SESSIONS,
        capabilities(READ, scope=in_spaces(reads)),
        capabilities(WRITE, scope=in_spaces(writes)),
    )
    job = jobs.start(jobs.collection(picture(PUMP)), nonce=weak.nonce())
    jobs.becomes(job, "Failed")


# The admin page


def test_the_page_of_jobs_knows_its_words(server: LocalServer) -> None:
    for wrong in ({"next": "explode"}, {"nextVision": "cancel"}, {"surprise": 1}):
        with pytest.raises(CogniteAPIError) as refusal:
            server.admin("jobs", wrong)
        assert refusal.value.code == 400
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = httpx2.get(f"{server.url}/_localcdf/jobs", headers=headers)
    assert answer.json() == {"next": "succeed", "nextVision": "succeed"}
