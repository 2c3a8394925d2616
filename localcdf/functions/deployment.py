"""How a function becomes ready: Queued, then Deploying, then Ready, or Failed with the reason."""

import json
import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcdf.agenda import Task, plan
from localcdf.content.table import content_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.files.table import FILES
from localcdf.functions.archives import ArchiveError, remove, unpack
from localcdf.functions.environments import Wanted, python_of, wanted_by
from localcdf.functions.handlers import DEFAULT_PATH, HandlerError, check_handler
from localcdf.functions.table import FUNCTIONS, Code, indexes_of, keep_code
from localcdf.readings import Reading
from localcdf.records import Record

if TYPE_CHECKING:
    from localcdf.service import Service

DEPLOYMENT = Reading(
    "function-deployment",
    {
        "180": "a function is ready three minutes after its creation, one of them Queued, two Deploying",
        "0": "a function is ready at once",
    },
)


def deploy(call: Call, function: Record) -> None:
    """Take a new function on its way."""
    BEGIN.after(call, _seconds(call) * 1000 // 3, function=function["id"])


def _seconds(call: Call) -> int:
    return int(call.readings.option(DEPLOYMENT))


def _begin(call: Call, work: dict[str, Any]) -> None:
    function = FUNCTIONS.find(call.db, {"id": work["function"]})
    if function is not None:  # it may be deleted by now
        FUNCTIONS.replace(call, function | {"status": "Deploying"})
        END.after(call, _seconds(call) * 2000 // 3, function=function["id"])


def _end(call: Call, work: dict[str, Any]) -> None:
    function = FUNCTIONS.find(call.db, {"id": work["function"]})
    if function is None:
        return
    try:
        blob = _checked(call, function)
    except (ArchiveError, CdfError, HandlerError) as error:
        _fail(call, function, error)
        return
    if not call.isolated:
        _make_ready(call, function, Code(blob))
        return
    wanted = wanted_by(call.blobs / blob, indexes_of(call, function))
    call.afterwards.append(partial(_install, function["id"], blob, wanted))


def _make_ready(call: Call, function: Record, code: Code) -> None:
    keep_code(call, function, code)
    FUNCTIONS.replace(call, function | {"status": "Ready"})


def _fail(call: Call, function: Record, why: object) -> None:
    reason = {"message": f"Function deployment failed: {why}", "trace": None}
    FUNCTIONS.replace(call, function | {"status": "Failed", "error": reason})


def _install(function: int, blob: str, wanted: Wanted, service: "Service") -> None:
    """Make the function's environment beside the requests; it is ready, or has failed, when that is done."""
    environments = service.environments
    assert environments is not None
    code = Code(blob, str(python_of(environments.place, wanted)))

    def record(why_not: str | None) -> None:
        with service.own_turn() as call:
            found = FUNCTIONS.find(call.db, {"id": function})
            if found is None:
                return
            if why_not is None:
                _make_ready(call, found, code)
            else:
                _fail(call, found, why_not)

    environments.make(wanted, lambda why_not: service.worker.submit(record, why_not).result())


def resume(db: sqlite3.Connection, now: int) -> None:
    """Go on with deployments that were under way when the local CDF was last stopped."""
    planned = {
        json.loads(row["payload"])["function"]
        for row in db.execute("SELECT payload FROM agenda WHERE kind = ?", (END.kind,))
    }
    for function in FUNCTIONS.scan(db, lambda each: each["status"] == "Deploying"):
        if function["id"] not in planned:
            plan(db, now, END.kind, {"function": function["id"]})


def _checked(call: Call, function: Record) -> str:
    """Return the blob of the function's zip; raise when no function can be made of it."""
    file = FILES.find(call.db, {"id": function["fileId"]})
    if file is None:
        raise ArchiveError(f"the file {function['fileId']} is deleted")
    blob = content_of(call, file)
    with tempfile.TemporaryDirectory(prefix="localcdf-") as place:
        folder = Path(place) / "code"
        try:
            unpack(call.blobs / blob, folder)
            check_handler(folder, function.get("functionPath", DEFAULT_PATH))
        except ArchiveError as error:
            raise ArchiveError(
                f"the file {file['id']} ({file['name']}) cannot be unpacked: {error}"
            ) from error
        finally:
            remove(folder)
    return blob


BEGIN = Task("function-deploying", _begin)
END = Task("function-deployed", _end)
TASKS = (BEGIN, END)
