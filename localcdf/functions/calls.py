"""Calls of functions: started with a nonce, run beside the server, kept with their answer and their log."""

import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pydantic_core import to_json

from localcdf import sessions
from localcdf.clouds import RUNNING_PER_FUNCTION, RUNNING_PER_PROJECT
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.functions.call_table import BY_REQUEST, Origin, end, find, insert, shown
from localcdf.functions.handlers import DEFAULT_PATH
from localcdf.functions.resource import function_in_path
from localcdf.functions.runner import Ending, Job
from localcdf.functions.table import FUNCTIONS, code_of, secrets_of
from localcdf.readings import Reading
from localcdf.records import UNKNOWN_IN_PATH, Record

if TYPE_CHECKING:
    from localcdf.service import Service

LOG = Reading(
    "function-log",
    {
        "stdout": "the log of a call has what was printed",
        "stdout-and-stderr": "the log of a call has what was printed and what went to standard error",
    },
)


class NewCall(Body):
    """What to call a function with."""

    data: dict[str, Any] | None = None
    nonce: Annotated[str, Field(min_length=1)]


def start(call: Call) -> dict[str, Any]:
    """Start a call of a function that is ready; it runs once this request is done."""
    function = function_in_path(call)
    data = call.body.data or {}
    check_callable(call, function, data)
    session = sessions.spend(call, call.body.nonce)
    return begin(call, function, data, session.token, BY_REQUEST)


def check_callable(call: Call, function: Record, data: dict[str, Any]) -> None:
    """Refuse a call that cannot be started now."""
    if function["status"] != "Ready":
        raise CdfError(400, f"Function {function['id']} is {function['status']}: it can be called when Ready")
    check_data(call, data)
    _check_room(call, function)


def check_data(call: Call, data: dict[str, Any]) -> None:
    """Refuse data that is larger than the cloud takes."""
    if (size := len(to_json(data))) > call.cloud.input_bytes:
        raise CdfError(
            400, f"data is {size} bytes of JSON, more than the {call.cloud.input_bytes} of this cloud"
        )


def begin(call: Call, function: Record, data: dict[str, Any], token: str, origin: Origin) -> Record:
    """Start a call with a session's token, and return it; it runs once the transaction is kept."""
    made = insert(call, function, origin)
    FUNCTIONS.replace(call, function | {"lastCalled": call.now}, touch=False)
    call.afterwards.append(partial(_launch, _job(call, function, made, data, token, origin)))
    return shown(find(call.db, made))


def _check_room(call: Call, function: Record) -> None:
    rows = call.db.execute("SELECT function FROM function_calls WHERE status = 'Running'")
    running = Counter(row["function"] for row in rows)
    for named, count, most in (
        ("function", running[function["id"]], RUNNING_PER_FUNCTION),
        ("project", running.total(), RUNNING_PER_PROJECT),
    ):
        if count >= most:
            raise CdfError(429, f"Too many running calls: a {named} may have {most} at once")


def _job(call: Call, function: Record, made: int, data: dict[str, Any], token: str, origin: Origin) -> Job:
    cloud, code = call.cloud, code_of(call, function)
    info = {"function_id": str(function["id"]), "call_id": str(made)}
    if origin.schedule is not None:
        info |= {"schedule_id": str(origin.schedule), "scheduled_time": str(origin.planned)}
    return Job(
        call=made,
        archive=call.blobs / code.blob,
        python=code.python or sys.executable,
        environment=function.get("envVars", {}),
        seconds=cloud.timeout_minutes * 60,
        response_bytes=cloud.response_mb * 1_000_000,
        memory_bytes=int(function["memory"] * 1_000_000_000),
        log_errors=call.reads(LOG, "stdout-and-stderr"),
        told={
            "function_path": function.get("functionPath", DEFAULT_PATH),
            "data": data,
            "secrets": secrets_of(call, function),
            "function_call_info": info,
            "client": {
                "name": function.get("externalId") or function["name"],
                "project": call.project,
                "base_url": call.base_url,
                "token": token,
            },
        },
    )


def _launch(job: Job, service: "Service") -> None:
    service.runner.start(
        job, lambda ending: service.worker.submit(_record, service, job.call, ending).result()
    )


def _record(service: "Service", made: int, ending: Ending) -> None:
    with service.own_turn() as call:
        end(call, made, ending)


ENDPOINTS = [
    Endpoint(
        "POST",
        "/functions/{functionId}/call",
        start,
        NewCall,
        status=201,
        writes=True,
        rights=("functionsAcl:RUN or functionsAcl:WRITE",),
        assumed=(UNKNOWN_IN_PATH, sessions.BAD_NONCE),
        unserved=(
            "cpu is not limited, and memory process by process",
            "calls are not forgotten after 90 days",
        ),
    ),
]
