"""Vision (deprecated): texts on pictures, detected by jobs."""

import json
from functools import partial
from itertools import groupby
from typing import Any

from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import files_to_read
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, not_in_path
from localcdf.rights import OUT_OF_SCOPE
from localcdf.store import MAX_ID
from localcdf.vision import table
from localcdf.vision.models import NOT_BETA, NewJob
from localcdf.vision.readings import (
    BATCH,
    FAILED_ITEMS,
    LONG_TEXT,
    LOST,
    NO_TEXT,
    SUFFIX,
    THRESHOLD,
    TOO_MANY,
    UNFIT,
)
from localcdf.vision.work import launch, picture_of

SCHEMA = table.SCHEMA
AT_ONCE = 20  # jobs of a project


def create(call: Call) -> dict[str, Any]:
    """Start a job."""
    wanted: NewJob = call.body
    _check_features(call, wanted)
    files = files_to_read(call, [each.reference() for each in wanted.items])
    if call.reads(UNFIT, "refused"):
        for file in files:
            picture_of(call, file)
    if table.under_way(call.db) >= AT_ONCE:
        code = 400 if call.reads(TOO_MANY, "400") else 429
        raise CdfError(code, f"Too many concurrent jobs: a project may have {AT_ONCE} Vision jobs at once")
    items = [
        (file["id"], {"fileId": file["id"], **each.shown()})
        for file, each in zip(files, wanted.items, strict=True)
    ]
    asked = wanted.model_dump(by_alias=True, exclude_none=True, exclude={"items"})
    size = call.delay(BATCH)
    job = table.add(call, asked, size, items)
    call.afterwards.append(partial(launch, job, _threshold(call, wanted), size))
    return _shown(table.find(call.db, job)) | {"items": [item for _, item in items], **asked}


def retrieve(call: Call) -> dict[str, Any]:
    """Return how far a job is, and what it has found so far."""
    given = call.path["jobId"]
    job_id = int(given) if given.isascii() and given.isdecimal() and len(given) <= 16 else 0
    job = table.find(call.db, job_id) if 1 <= job_id <= MAX_ID else None
    if job is None:
        raise not_in_path(call, f"There is no Vision job {given}")
    rows = [row for row in table.items_of(call.db, job_id) if not row["lost"]]
    items = [
        json.loads(row["item"]) | {"predictions": json.loads(row["predictions"])}
        for row in rows
        if row["predictions"] is not None
    ]
    unread = (row for row in rows if row["error"])
    failed = groupby(unread, lambda row: (row["n"] // job["batch"], row["error"]))
    failed_batches = [
        {"errorMessage": error, "items": [json.loads(row["item"]) for row in batch]}
        for (_, error), batch in failed
    ]
    asked = {name: each for name, each in json.loads(job["asked"]).items() if name == "parameters"}
    answer = _shown(job) | {"items": items, **asked}
    if failed_batches or call.reads(FAILED_ITEMS, "empty"):
        answer["failedItems"] = failed_batches
    return answer


def _check_features(call: Call, wanted: NewJob) -> None:
    for feature in wanted.features:
        if feature not in NOT_BETA and not call.is_beta:
            raise CdfError(400, f"{feature} is in beta: send the header cdf-version: beta")
        if feature != "TextDetection":
            raise CdfError(400, f"{feature} is not served by the local CDF")


def _threshold(call: Call, wanted: NewJob) -> float:
    of_text = wanted.parameters.text_detection_parameters if wanted.parameters else None
    if of_text is not None and of_text.threshold is not None:
        return of_text.threshold
    return float(call.readings.option(THRESHOLD))


def _shown(job: Any) -> dict[str, Any]:
    shown = {
        "jobId": job["id"],
        "status": job["status"],
        "createdTime": job["created"],
        "startTime": job["started"],
        "statusTime": job["changed"],
    }
    return shown | ({"errorMessage": job["error"]} if job["error"] else {})


READ = ("filesAcl:READ",)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/context/vision/extract",
        create,
        NewJob,
        writes=True,
        rights=READ,
        assumed=(
            THRESHOLD,
            LOST,
            UNFIT,
            SUFFIX,
            TOO_MANY,
            BATCH,
            NO_TEXT,
            LONG_TEXT,
            UNKNOWN_IDS,
            OUT_OF_SCOPE,
        ),
        unserved=(
            "features other than TextDetection, and parameters of those in beta, are a 400",
            "batches are read one after the other, and jobs, too",
            "a job that has not ended when the server stops has failed",
        ),
    ),
    Endpoint(
        "GET",
        "/context/vision/extract/{jobId}",
        retrieve,
        rights=READ,
        assumed=(UNKNOWN_IN_PATH, FAILED_ITEMS),
        unserved=("results are never cleared away",),
    ),
]
