"""How a function becomes ready: Queued, then Deploying, then Ready, or Failed with the reason."""

import tempfile
from pathlib import Path
from typing import Any

from localcdf.agenda import Task
from localcdf.content.table import content_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.files.table import FILES
from localcdf.functions.archives import ArchiveError, remove, unpack
from localcdf.functions.handlers import DEFAULT_PATH, HandlerError, check_handler
from localcdf.functions.table import FUNCTIONS, keep_code
from localcdf.readings import Reading
from localcdf.records import Record

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
        reason = {"message": f"Function deployment failed: {error}", "trace": None}
        FUNCTIONS.replace(call, function | {"status": "Failed", "error": reason})
        return
    keep_code(call, function, blob)
    FUNCTIONS.replace(call, function | {"status": "Ready"})


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
