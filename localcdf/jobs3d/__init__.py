"""3D jobs: text detection on a collection of 360° images, its result files, and what is rejected of them."""

import json
from functools import partial
from typing import Any

from localcdf.answer import json_answer
from localcdf.data_modeling.references import NodeReference
from localcdf.data_modeling.schema import definitions
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.jobs3d import table
from localcdf.jobs3d.images import is_collection
from localcdf.jobs3d.models import JobIds, JobList, NewJob, NewJobs, Rejection, RejectionList, ResultList
from localcdf.jobs3d.readings import (
    ABSENT,
    CHAINED,
    DUPLICATE,
    INCOMPLETE,
    NOTHING_READ,
    ORDER,
    PAGE_SIZE,
    PARTIAL,
    REFUSED_NONCE,
    REJECTED_AGAIN,
    SCOPE,
    SHAPE,
    SOURCE,
    UNDER_WAY,
    UNKNOWN_SPACE,
)
from localcdf.jobs3d.work import launch, name_of
from localcdf.paging import FULL_PAGE_CURSOR, decode_cursor, page
from localcdf.principal import Reach
from localcdf.project import REFUSAL, require_data_modeling_only
from localcdf.records import UNKNOWN_IDS, unknown
from localcdf.rights import allowed, lacking, require
from localcdf.sessions import BAD_NONCE, spend
from localcdf.sessions import CHAINED as CHAINED_CODE

SCHEMA = table.SCHEMA
JOBS_ON_A_PAGE = 25
RESULTS_ON_A_PAGE = 10
REJECTIONS_ON_A_PAGE = 100
MOST_ON_A_PAGE = 1000
LAST = 2**63 - 1
MODEL_SPACES = ("cdf_cdm", "cdf_cdm_3d")


def create(call: Call) -> Any:
    """Start a job."""
    require_data_modeling_only(call)
    (wanted,) = call.body.items
    _check_rights(call)
    _check_space(call, "WRITE", wanted.space)
    refusal = _refusal(call, wanted)
    if refusal and call.reads(REFUSED_NONCE, "good"):
        raise refusal
    session = spend(call, wanted.nonce, root_only=call.reads(CHAINED, "refused"))
    if refusal:  # answered, not raised: the nonce stays spent
        return json_answer(refusal.envelope(), refusal.code)
    document = wanted.model_dump(by_alias=True, exclude={"nonce"})
    job = table.add(call, wanted.space, wanted.external_id, document)
    call.afterwards.append(partial(launch, job, session.principal))
    return {"items": [table.shown(table.by_id(call.db, job))]}


def _refusal(call: Call, wanted: NewJob) -> CdfError | None:
    """Return why there can be no such job."""
    if call.reads(UNKNOWN_SPACE, "refused") and not definitions.find(
        call.db, "space", (wanted.space, "", "")
    ):
        return CdfError(400, f"Space {wanted.space} not found", missing=[{"space": wanted.space}])
    if table.find(call.db, wanted.space, wanted.external_id) is not None:
        message = f"A job {wanted.external_id} exists already in space {wanted.space}"
        if call.reads(DUPLICATE, "400"):
            return CdfError(400, message)
        return CdfError(409, message, duplicated=[_named(wanted)])
    source = wanted.source.instance_id
    if call.reads(SOURCE, "refused") and not is_collection(call, source.space, source.external_id):
        missing = source.model_dump(by_alias=True)
        return CdfError(400, f"The collection {source.external_id} was not found", missing=[missing])
    return None


def list_jobs(call: Call) -> dict[str, Any]:
    """Return one page of the jobs in the spaces that the caller may read."""
    require_data_modeling_only(call)
    _check_rights(call)
    answer = _page(call, "jobs_3d", JOBS_ON_A_PAGE)
    return answer | {"items": [table.shown(row) for row in answer["items"]]}


def _page(call: Call, rows_of: str, small: int, **where: int) -> dict[str, Any]:
    """Return one page of a table, of the rows with these values that the caller may read."""
    newest_first = call.reads(ORDER, "newest-first")
    (after,) = decode_cursor(call.body, call.body.cursor, (LAST if newest_first else 0,))
    order, beyond = ("id DESC", "<") if newest_first else ("id", ">")
    conditions = [f"id {beyond} ?", *(f"{column} = ?" for column in where)]
    rows = call.db.execute(
        f"SELECT * FROM {rows_of} WHERE {' AND '.join(conditions)} ORDER BY {order}",  # noqa: S608
        (after, *where.values()),
    )
    if not where:  # else it is of something that the caller may read
        rows = (row for row in rows if _covers(call, _reach(call, "READ"), row["space"]))
    limit = small if call.reads(PAGE_SIZE, "small") else MOST_ON_A_PAGE
    return page(call, rows, limit, call.body)


def delete(call: Call) -> dict[str, Any]:
    """Delete jobs, and end those under way; what they found stays."""
    require_data_modeling_only(call)
    _check_rights(call)
    wanted = list(dict.fromkeys(call.body.items))
    for each in wanted:
        _check_space(call, "WRITE", each.space)
    found = {each: table.find(call.db, each.space, each.external_id) for each in wanted}
    missing = [_named(each) for each, row in found.items() if row is None]
    if missing and call.reads(ABSENT, "refused"):
        raise unknown(call, "Jobs", missing)
    under_way = [_named(each) for each, row in found.items() if row and table.is_under_way(row)]
    if under_way and call.reads(UNDER_WAY, "refused"):
        raise CdfError(400, f"Jobs that have not ended cannot be deleted: {under_way}")
    for row in filter(None, found.values()):
        call.db.execute("DELETE FROM jobs_3d WHERE id = ?", (row["id"],))
        call.afterwards.append(lambda service, job=row["id"]: service.detector.stop(name_of(job)))
    return {}


def list_results(call: Call) -> dict[str, Any]:
    """Return one page of the results of a job."""
    job = _job(call, "READ")
    answer = _page(call, "job_3d_results", RESULTS_ON_A_PAGE, job=job)
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
    keys = dict.fromkeys(call.body.remove if call.body.add is None else call.body.add)
    among = "result = ? AND key IN (SELECT value FROM json_each(?))"
    named = (result, json.dumps(list(keys)))
    rows = call.db.execute(f"SELECT key FROM job_3d_rejections WHERE {among}", named)  # noqa: S608
    rejected = {row["key"] for row in rows}
    idle = rejected if call.body.add is not None else keys.keys() - rejected
    if idle and call.reads(REJECTED_AGAIN, "refused"):
        raise CdfError(400, f"{len(idle)} keys are as wanted already, such as {min(idle)}")
    if call.body.add is None:
        call.db.execute(f"DELETE FROM job_3d_rejections WHERE {among}", named)  # noqa: S608
    else:
        call.db.executemany(
            "INSERT INTO job_3d_rejections (result, key) VALUES (?, ?)",
            [(result, key) for key in keys if key not in rejected],
        )
    return {}


def list_rejections(call: Call) -> dict[str, Any]:
    """Return one page of what is rejected of a result."""
    result = _result(call, "READ")
    answer = _page(call, "job_3d_rejections", REJECTIONS_ON_A_PAGE, result=result)
    return answer | {"items": [{"rejectedKey": row["key"]} for row in answer["items"]]}


def _check_rights(call: Call) -> None:
    for space in MODEL_SPACES:
        require(call, "dataModelsAcl", "READ", space=space)


def _check_space(call: Call, action: str, space: str) -> None:
    if not _covers(call, _reach(call, action), space):
        raise lacking(f"dataModelInstancesAcl:{action}", space=space)


def _reach(call: Call, action: str) -> Reach:
    return allowed(call, "dataModelInstancesAcl", action)


def _covers(call: Call, reach: Reach, space: str) -> bool:
    """Say whether a right, which the caller has in some space, is enough for the jobs of a space."""
    return call.reads(SCOPE, "any") or reach.covers(space=space)


def _job(call: Call, action: str) -> int:
    """Return the id of the job that a request is about."""
    require_data_modeling_only(call)
    wanted = call.body.job
    _check_space(call, action, wanted.space)
    row = table.find(call.db, wanted.space, wanted.external_id)
    if row is None:
        raise unknown(call, "Jobs", [_named(wanted)])
    return row["id"]


def _result(call: Call, action: str) -> int:
    """Return the id of the result that a request is about."""
    job, named = _job(call, action), call.body.result.instance_id
    result = table.find_result(call.db, job, named.space, named.external_id)
    if result is None:
        raise unknown(call, "Results of the job", [{"instanceId": named.model_dump(by_alias=True)}])
    return result


def _named(job: NodeReference) -> dict[str, str]:
    return {"space": job.space, "externalId": job.external_id}


READS = ("dataModelsAcl:READ", "dataModelInstancesAcl:READ")
WRITES = ("dataModelsAcl:READ", "dataModelInstancesAcl:WRITE")
SHARED = (REFUSAL, SCOPE)
LISTED = (*SHARED, ORDER, PAGE_SIZE, FULL_PAGE_CURSOR)
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
            *SHARED,
            DUPLICATE,
            BAD_NONCE,
            CHAINED,
            CHAINED_CODE,
            REFUSED_NONCE,
            UNKNOWN_SPACE,
            SOURCE,
            NOTHING_READ,
            INCOMPLETE,
            PARTIAL,
            SHAPE,
        ),
        unserved=(
            "job types other than ImageTextDetection, which the beta has, are a 400",
            "a job that has not ended when the server stops has failed",
        ),
    ),
    Endpoint("POST", "/3d/jobs/list", list_jobs, JobList, rights=READS, lags=True, assumed=LISTED),
    Endpoint(
        "POST",
        "/3d/jobs/delete",
        delete,
        JobIds,
        writes=True,
        rights=WRITES,
        assumed=(*SHARED, ABSENT, UNKNOWN_IDS, UNDER_WAY),
        unserved=("more than 1000 jobs in a request are a 400",),
    ),
    Endpoint(
        "POST",
        "/3d/job/results/list",
        list_results,
        ResultList,
        rights=READS,
        lags=True,
        assumed=(*LISTED, UNKNOWN_IDS),
    ),
    Endpoint(
        "POST",
        "/3d/job/result/rejections",
        change_rejections,
        Rejection,
        writes=True,
        rights=WRITES,
        assumed=(*SHARED, UNKNOWN_IDS, REJECTED_AGAIN),
        unserved=("keys are not held against those in the result file",),
    ),
    Endpoint(
        "POST",
        "/3d/job/result/rejections/list",
        list_rejections,
        RejectionList,
        rights=READS,
        lags=True,
        assumed=(*LISTED, UNKNOWN_IDS),
    ),
]
