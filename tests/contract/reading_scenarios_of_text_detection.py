"""Scenarios of the readings of 3D jobs and Vision."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reading_lab import Lab, Scenario, unique
from reading_scenarios_of_projects import user_with

from tests.contract.detecting import picture, unreadable, until
from tests.contract.text_jobs import PUMP, RESULTS, SPACE, Jobs, chained_nonce, id_of, jobs_of

VISION = "/context/vision/extract"


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


def in_no_space(lab: Lab) -> int:
    """Make a job in a space that does not exist."""
    jobs = jobs_of(lab.server)
    return lab.status("/3d/jobs", {"items": [jobs.item(jobs.collection(), space=unique())]})


def with_the_nonce_of_a_refused_job(lab: Lab) -> int:
    """Make a job that exists, then another with the same nonce."""
    jobs = jobs_of(lab.server)
    job = jobs.start(jobs.collection())
    item = jobs.item(jobs.collection(), externalId=job["externalId"])
    assert lab.status("/3d/jobs", {"items": [item]}) == 400
    return lab.status("/3d/jobs", {"items": [item | {"externalId": unique()}]})


def of_another_space(lab: Lab) -> int:
    """Ask for the results of a job as a caller who may read another space."""
    jobs = jobs_of(lab.server)
    job = jobs.start(jobs.collection())
    user = user_with(
        lab,
        {"dataModelsAcl": {"actions": ["READ"], "scope": {"all": {}}}},
        {
            "dataModelInstancesAcl": {
                "actions": ["READ"],
                "scope": {"spaceIdScope": {"spaceIds": [SPACE]}},
            }
        },
    )
    return lab.status("/3d/job/results/list", {"job": id_of(job)}, headers=user)


def newest_last(lab: Lab) -> bool:
    """List jobs; say whether the newest comes last."""
    jobs = jobs_of(lab.server)
    made = [jobs.start(jobs.collection())["externalId"] for _ in range(2)]
    listed = [each["externalId"] for each in jobs.listed()]
    return listed.index(made[1]) > listed.index(made[0])


def on_a_page(lab: Lab) -> int:
    """Reject 101 keys; count those on the first page."""
    jobs = jobs_of(lab.server)
    of = rejecting(lab, jobs, [str(number) for number in range(101)])
    return len(lab.items("/3d/job/result/rejections/list", of))


def rejected_again(lab: Lab) -> int:
    """Reject a key twice."""
    of = rejecting(lab, jobs_of(lab.server), ["a"])
    return lab.status("/3d/job/result/rejections", of | {"add": ["a"]})


def rejecting(lab: Lab, jobs: Jobs, keys: list[str]) -> dict[str, Any]:
    """Reject keys of the result of a new job; return what names it."""
    job = jobs.ended(jobs.collection(picture(PUMP)))
    (result,) = jobs.results(job)
    of = {"job": id_of(job), "result": {"instanceId": result["instanceId"]}}
    lab.get("/3d/job/result/rejections", of | {"add": keys})
    return of


def delete_under_way(lab: Lab) -> int:
    """Delete a job that hangs."""
    jobs = jobs_of(lab.server)
    lab.server.admin("jobs", {"next": "hang"})
    job = jobs.start(jobs.collection())
    jobs.becomes(job, "Started")
    return lab.status("/3d/jobs/delete", {"items": [id_of(job)]})


def vision(lab: Lab, *contents: bytes, **asked: Any) -> Any:
    """Run a Vision job on pictures; return it, or the status that refuses it."""
    client = lab.server.client("readings")
    files = [client.files.upload_bytes(each, name="a.jpg", mime_type="image/jpeg").id for each in contents]
    items = [{"fileId": each} for each in files] + asked.pop("more", [])
    answer = lab.answer(VISION, {"items": items, "features": ["TextDetection"]})
    if not answer.is_success:
        return answer.status_code
    path = f"{VISION}/{answer.json()['jobId']}"
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
    return len(job["items"]), len(job.get("failedItems", ()))


def too_many(lab: Lab) -> int:
    """Start 21 jobs that hang; return the status of the last answer, when they are no more."""
    file = lab.server.client("readings").files.upload_bytes(picture(), name="a.jpg", mime_type="image/jpeg")
    body = {"items": [{"fileId": file.id}], "features": ["TextDetection"]}
    with TemporaryDirectory() as folder:
        go = Path(folder) / "go"
        slow = picture(wait=str(go))
        files = lab.server.client("readings").files
        waits = files.upload_bytes(slow, name="b.jpg", mime_type="image/jpeg").id
        jobs = [lab.get(VISION, body | {"items": [{"fileId": waits}]})["jobId"] for _ in range(20)]
        status = lab.status(VISION, body)
        go.touch()
        for job in jobs:
            until(lambda job=job: lab.get(f"{VISION}/{job}")["status"] == "Completed")
    return status


def of_one_batch(lab: Lab) -> int:
    """Read a picture, and one that cannot be read; count the items."""
    return len(vision(lab, unreadable("cut"), picture(flat(0.9)), picture(flat(0.9)))["items"])


def in_upper_case(lab: Lab) -> Any:
    """Read a picture whose extension is in upper case; return the status of the answer, or of the job."""
    file = lab.server.client("readings").files.upload_bytes(picture(), name="a.JPG", mime_type="image/jpeg")
    job = vision(lab, more=[{"fileId": file.id}])
    return job if isinstance(job, int) else job["status"]


def without_text(lab: Lab) -> set[str]:
    """Read a picture without text; name what is predicted."""
    return set(vision(lab, picture())["items"][0]["predictions"])


def with_a_long_text(lab: Lab) -> list[int]:
    """Read a long text and a short one; return their lengths."""
    job = vision(lab, picture(flat(0.9) | {"text": "x" * 129}, flat(0.9) | {"text": "y"}))
    return [len(each["text"]) for each in job["items"][0]["predictions"]["textPredictions"]]


def without_failures(lab: Lab) -> bool:
    """Read a picture; say whether there are failed items."""
    return "failedItems" in vision(lab, picture())


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
    "3d-job-unknown-space": Scenario(in_no_space, {"failed": 201, "refused": 400}),
    "3d-job-refused-nonce": Scenario(with_the_nonce_of_a_refused_job, {"spent": 400, "good": 201}),
    "3d-job-nothing-read": Scenario(
        lambda lab: ended(lab, unreadable("cut"))[0], {"succeeded": "Succeeded", "failed": "Failed"}
    ),
    "3d-job-scope": Scenario(of_another_space, {"space": 403, "any": 200}),
    "3d-job-order": Scenario(newest_last, {"newest-first": False, "oldest-first": True}),
    "3d-job-page": Scenario(on_a_page, {"small": 100, "large": 101}),
    "3d-job-delete-under-way": Scenario(delete_under_way, {"refused": 400, "ended": 200}),
    "3d-job-rejected-again": Scenario(rejected_again, {"refused": 400, "passed-over": 200}),
    "3d-job-delete-absent": Scenario(delete_absent, {"refused": 400, "passed-over": 200}),
}
SCENARIOS_OF_VISION: dict[str, Scenario] = {
    "vision-threshold": Scenario(below_thresholds, {"0.8": 1, "0.4": 2}),
    "vision-lost-file": Scenario(lost, {"happens": (2, 0), "never": (3, 0)}),
    "vision-too-many-jobs": Scenario(too_many, {"400": 400, "429": 429}),
    "vision-batch": Scenario(of_one_batch, {"10": 0, "1": 1}),
    "vision-suffix": Scenario(in_upper_case, {"lower-case": 400, "any-case": "Completed"}),
    "vision-no-text": Scenario(without_text, {"absent": set(), "empty": {"textPredictions"}}),
    "vision-long-text": Scenario(with_a_long_text, {"cut": [128, 1], "left-out": [1]}),
    "vision-failed-items": Scenario(without_failures, {"absent": False, "empty": True}),
    "vision-unfit-file": Scenario(unfit, {"refused": 400, "failed-items": "Failed"}),
}
