"""3D jobs: text detection on a collection of 360° images, its result files, and what is rejected of them."""

import json
from functools import partial
from typing import Any

from localcdf.data_modeling.references import NodeReference
from localcdf.data_modeling.schema import definitions
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.jobs3d import table
from localcdf.jobs3d.images import is_collection
from localcdf.jobs3d.models import JobIds, JobList, NewJob, NewJobs, Rejection, RejectionList, ResultList
from localcdf.jobs3d.readings import ABSENT, CHAINED, DUPLICATE, INCOMPLETE, PARTIAL, SHAPE, SOURCE
from localcdf.jobs3d.work import launch, name_of
from localcdf.paging import decode_cursor, page
from localcdf.project import REFUSAL, require_data_modeling_only
from localcdf.rights import allowed, require
from localcdf.sessions import spend

SCHEMA = table.SCHEMA
JOBS_ON_A_PAGE = 25
RESULTS_ON_A_PAGE = 10
REJECTIONS_ON_A_PAGE = 100
MODEL_SPACES = ("cdf_cdm", "cdf_cdm_3d")


def create(call: Call) -> dict[str, Any]:
    """Start a job."""
    require_data_modeling_only(call)
    (wanted,) = call.body.items
    _check_rights(call)
    require(call, "dataModelInstancesAcl", "WRITE", space=wanted.space)
    if definitions.find(call.db, "space", (wanted.space, "", "")) is None:
        raise CdfError(400, f"Space {wanted.space} not found", missing=[{"space": wanted.space}])
    _refuse_duplicate(call, wanted)
    source = wanted.source.instance_id
    if call.reads(SOURCE, "refused") and not is_collection(call, source.space, source.external_id):
        missing = source.model_dump(by_alias=True)
        raise CdfError(400, f"The collection {source.external_id} was not found", missing=[missing])
    session = spend(call, wanted.nonce, root_only=call.reads(CHAINED, "refused"))
    document = wanted.model_dump(by_alias=True, exclude={"nonce"})
    job = table.add(call, wanted.space, wanted.external_id, document)
    call.afterwards.append(partial(launch, job, session.principal))
    return {"items": [table.shown(table.by_id(call.db, job))]}


def _refuse_duplicate(call: Call, wanted: NewJob) -> None:
    if table.find(call.db, wanted.space, wanted.external_id) is None:
        return
    message = f"A job {wanted.external_id} exists already in space {wanted.space}"
    if call.reads(DUPLICATE, "400"):
        raise CdfError(400, message)
    raise CdfError(409, message, duplicated=[_named(wanted)])


def list_jobs(call: Call) -> dict[str, Any]:
    """Return one page of the jobs in the spaces that the caller may read."""
    require_data_modeling_only(call)
    _check_rights(call)
    reach = allowed(call, "dataModelInstancesAcl", "READ")
    (after,) = decode_cursor(call.body, call.body.cursor)
    rows = call.db.execute("SELECT * FROM jobs_3d WHERE id > ? ORDER BY id", (after,))
    answer = page(call, (row for row in rows if reach.covers(space=row["space"])), JOBS_ON_A_PAGE, call.body)
    return answer | {"items": [table.shown(row) for row in answer["items"]]}


def delete(call: Call) -> dict[str, Any]:
    """Delete jobs, and end those under way; what they found stays."""
    require_data_modeling_only(call)
    _check_rights(call)
    wanted = list(dict.fromkeys(call.body.items))
    for each in wanted:
        require(call, "dataModelInstancesAcl", "WRITE", space=each.space)
    found = {each: table.find(call.db, each.space, each.external_id) for each in wanted}
    missing = [_named(each) for each, row in found.items() if row is None]
    if missing and call.reads(ABSENT, "refused"):
        raise CdfError(400, "Jobs not found", missing=missing)
    for row in filter(None, found.values()):
        call.db.execute("DELETE FROM jobs_3d WHERE id = ?", (row["id"],))
        call.afterwards.append(lambda service, job=row["id"]: service.detector.stop(name_of(job)))
    return {}


def list_results(call: Call) -> dict[str, Any]:
    """Return one page of the results of a job."""
    job = _job(call, "READ")
    (after,) = decode_cursor(call.body, call.body.cursor)
    rows = call.db.execute("SELECT * FROM job_3d_results WHERE job = ? AND id > ? ORDER BY id", (job, after))
    answer = page(call, rows, RESULTS_ON_A_PAGE, call.body)
    items = [
        {
            "type": "CogniteFile",
            "instanceId": {"space": row["space"], "externalId": row["external_id"]},
        }
        for row in answer["items"]
    ]
    return answer | {"items": items}


def change_rejections(call: Call) -> dict[str, Any]:
    """Reject keys of a result, or take rejections back."""
    result = _result(call, "WRITE")
    if call.body.add is not None:
        call.db.executemany(
            "INSERT OR IGNORE INTO job_3d_rejections (result, key) VALUES (?, ?)",
            [(result, key) for key in call.body.add],
        )
    else:
        call.db.execute(
            "DELETE FROM job_3d_rejections WHERE result = ? AND key IN (SELECT value FROM json_each(?))",
            (result, json.dumps(call.body.remove)),
        )
    return {}


def list_rejections(call: Call) -> dict[str, Any]:
    """Return one page of what is rejected of a result."""
    result = _result(call, "READ")
    (after,) = decode_cursor(call.body, call.body.cursor)
    rows = call.db.execute(
        "SELECT id, key FROM job_3d_rejections WHERE result = ? AND id > ? ORDER BY id", (result, after)
    )
    answer = page(call, rows, REJECTIONS_ON_A_PAGE, call.body)
    return answer | {"items": [{"rejectedKey": row["key"]} for row in answer["items"]]}


def _check_rights(call: Call) -> None:
    for space in MODEL_SPACES:
        require(call, "dataModelsAcl", "READ", space=space)


def _job(call: Call, action: str) -> int:
    """Return the id of the job that a request is about."""
    require_data_modeling_only(call)
    wanted = call.body.job
    require(call, "dataModelInstancesAcl", action, space=wanted.space)
    row = table.find(call.db, wanted.space, wanted.external_id)
    if row is None:
        raise CdfError(400, f"The job {wanted.external_id} was not found", missing=[_named(wanted)])
    return row["id"]


def _result(call: Call, action: str) -> int:
    """Return the id of the result that a request is about."""
    job, named = _job(call, action), call.body.result.instance_id
    result = table.find_result(call.db, job, named.space, named.external_id)
    if result is None:
        missing = [{"instanceId": named.model_dump(by_alias=True)}]
        raise CdfError(400, f"The job has no result {named.external_id}", missing=missing)
    return result


def _named(job: NodeReference) -> dict[str, str]:
    return {"space": job.space, "externalId": job.external_id}


READS = ("dataModelsAcl:READ", "dataModelInstancesAcl:READ")
WRITES = ("dataModelsAcl:READ", "dataModelInstancesAcl:WRITE")
UNKNOWN_JOB = "a job or result that is not there is a 400 with missing"
ITS_SPACE = "the right on instances goes by the space of the job; results need the right on it, too"
OLDEST_FIRST = "the oldest come first"
ENDPOINTS = [
    Endpoint(
        "POST",
        "/3d/jobs",
        create,
        NewJobs,
        status=201,
        writes=True,
        rights=WRITES,
        assumed=(
            DUPLICATE,
            CHAINED,
            SOURCE,
            INCOMPLETE,
            PARTIAL,
            SHAPE,
            REFUSAL,
            ITS_SPACE,
            "the nonce is spent by a job that is made; the job may read and write what its session may",
            "a space that does not exist is a 400",
            "configuration is empty: a field in it is a 400",
            "a result file is named by chance, and is a node in the space of the job",
            "createdAt is in milliseconds",
            "a job without images succeeds without results, one without an image that can be read fails",
            "what is under way when the server stops has failed",
        ),
        unserved=("job types other than ImageTextDetection, which the beta has, are a 400",),
    ),
    Endpoint(
        "POST",
        "/3d/jobs/list",
        list_jobs,
        JobList,
        rights=READS,
        lags=True,
        assumed=(REFUSAL, ITS_SPACE, OLDEST_FIRST, f"a page has {JOBS_ON_A_PAGE} jobs"),
    ),
    Endpoint(
        "POST",
        "/3d/jobs/delete",
        delete,
        JobIds,
        writes=True,
        rights=WRITES,
        assumed=(
            ABSENT,
            REFUSAL,
            ITS_SPACE,
            "a job under way is ended by it",
            "a request has up to 1000 jobs, and one named twice counts once",
        ),
    ),
    Endpoint(
        "POST",
        "/3d/job/results/list",
        list_results,
        ResultList,
        rights=READS,
        lags=True,
        assumed=(
            REFUSAL,
            ITS_SPACE,
            UNKNOWN_JOB,
            OLDEST_FIRST,
            f"a page has {RESULTS_ON_A_PAGE} results",
        ),
    ),
    Endpoint(
        "POST",
        "/3d/job/result/rejections",
        change_rejections,
        Rejection,
        writes=True,
        rights=WRITES,
        assumed=(
            REFUSAL,
            ITS_SPACE,
            UNKNOWN_JOB,
            "keys are taken as they are; to reject one twice, or take back what is not there, is no error",
        ),
    ),
    Endpoint(
        "POST",
        "/3d/job/result/rejections/list",
        list_rejections,
        RejectionList,
        rights=READS,
        lags=True,
        assumed=(
            REFUSAL,
            ITS_SPACE,
            UNKNOWN_JOB,
            OLDEST_FIRST,
            f"a page has {REJECTIONS_ON_A_PAGE} keys",
        ),
    ),
]
