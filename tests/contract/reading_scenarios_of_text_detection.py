"""Scenarios of the readings of 3D jobs and Vision."""

import json
from typing import Any

from reading_lab import Lab, Scenario, unique

from tests.contract.detecting import picture, unreadable, until
from tests.contract.text_jobs import PUMP, RESULTS, chained_nonce, jobs_of


def made_twice(lab: Lab) -> int:
    """Make a job that exists."""
    jobs = jobs_of(lab.server)
    job = jobs.start(jobs.collection())
    return lab.status("/3d/jobs", {"items": [jobs.item(jobs.collection(), externalId=job["externalId"])]})


def chained(lab: Lab) -> int:
    """Make a job with the nonce that a function made."""
    jobs = jobs_of(lab.server)
    nonce = chained_nonce(jobs)
    return lab.status("/3d/jobs", {"items": [jobs.item(jobs.collection(), nonce=nonce)]})


def unknown_source(lab: Lab) -> int:
    """Make a job on a collection that does not exist."""
    return lab.status("/3d/jobs", {"items": [jobs_of(lab.server).item("nothing")]})


def one_unreadable(lab: Lab) -> str:
    """Run a job on two images, of which one cannot be read; return its status."""
    return ended(lab, picture(PUMP), unreadable("cut"))[0]


def ended(lab: Lab, *pictures: bytes) -> tuple[str, list[bytes]]:
    """Run a job on images; return its status and its files."""
    jobs = jobs_of(lab.server)
    job = jobs.start(jobs.collection(*pictures))
    status = until(lambda: jobs.status(job), lambda now: now not in ("Scheduled", "Started"))
    return status, jobs.files(job)


def failed_late(lab: Lab) -> int:
    """Run a job whose detector ends after more images than go into one file; count its results."""
    lab.server.read_as(result_file_shape="by-image")
    status, files = ended(lab, picture(PUMP), json.dumps({"exit": 1}).encode())
    assert status == "Failed"
    lab.server.read_as(result_file_shape="assumed-1")
    return len(files)


def shape(lab: Lab) -> list[set[str]]:
    """Run a job on two images; return the keys of each file."""
    _, files = ended(lab, picture(PUMP), picture())
    return [set(json.loads(file)) for file in files]


def delete_absent(lab: Lab) -> int:
    """Delete a job that is not there."""
    return lab.status("/3d/jobs/delete", {"items": [{"space": RESULTS, "externalId": unique()}]})


def vision(lab: Lab, *contents: bytes, **asked: Any) -> Any:
    """Run a Vision job on pictures; return it, or the status that refuses it."""
    client = lab.server.client("readings")
    files = [client.files.upload_bytes(each, name="a.jpg", mime_type="image/jpeg").id for each in contents]
    items = [{"fileId": each} for each in files] + asked.pop("more", [])
    answer = lab.answer("/context/vision/extract", {"items": items, "features": ["TextDetection"]})
    if not answer.is_success:
        return answer.status_code
    path = f"/context/vision/extract/{answer.json()['jobId']}"
    return until(lambda: lab.get(path), lambda now: now["status"] in ("Completed", "Failed"))


def flat(confidence: float) -> dict[str, Any]:
    """A text on a flat picture."""
    return {
        "text": unique(),
        "confidence": confidence,
        "polygon": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]],
    }


def below_thresholds(lab: Lab) -> int:
    """Read texts of three confidences without a threshold; count them."""
    lab.server.read_as(vision_lost_file="never")
    job = vision(lab, picture(flat(0.9), flat(0.6), flat(0.2)))
    lab.server.read_as(vision_lost_file="happens")
    return len(job["items"][0]["predictions"]["textPredictions"])


def lost(lab: Lab) -> tuple[int, int]:
    """Read three pictures; count the items and the batches that failed."""
    job = vision(lab, *(picture(flat(0.9)) for _ in range(3)))
    return len(job["items"]), len(job["failedItems"])


def unfit(lab: Lab) -> Any:
    """Read a file that is no picture; return the status of the answer, or of the job."""
    file = lab.server.client("readings").files.upload_bytes(b"x", name="a.txt", mime_type="text/plain")
    job = vision(lab, more=[{"fileId": file.id}])
    return job if isinstance(job, int) else job["status"]


SCENARIOS_OF_JOBS: dict[str, Scenario] = {
    "3d-job-duplicate": Scenario(made_twice, {"400": 400, "409": 409}),
    "3d-job-chained-nonce": Scenario(chained, {"refused": 403, "accepted": 201}),
    "3d-job-unknown-source": Scenario(unknown_source, {"failed": 201, "refused": 400}),
    "3d-job-unreadable-image": Scenario(one_unreadable, {"left-out": "Succeeded", "fails": "Failed"}),
    "3d-job-partial-results": Scenario(failed_late, {"shown": 1, "at-end": 0}),
    "result-file-shape": Scenario(
        shape,
        {
            "assumed-1": [{"version", "images"}],
            "by-image": [{"schema", "source", "faces"}] * 2,
            "by-collection": [{"uid", "image", "ocr", "outline"}],
        },
    ),
    "3d-job-delete-absent": Scenario(delete_absent, {"refused": 400, "passed-over": 200}),
}
SCENARIOS_OF_VISION: dict[str, Scenario] = {
    "vision-threshold": Scenario(below_thresholds, {"0.8": 1, "0.4": 2}),
    "vision-lost-file": Scenario(lost, {"happens": (2, 0), "never": (3, 0)}),
    "vision-unfit-file": Scenario(unfit, {"refused": 400, "failed-items": "Failed"}),
}
