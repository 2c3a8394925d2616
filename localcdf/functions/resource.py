"""Functions themselves: created from an uploaded zip, listed, deleted; and what the project may use."""

import platform
from typing import Any

from localcdf.clouds import FUNCTIONS_PER_PROJECT
from localcdf.content.table import content_of
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import find_readable
from localcdf.filters import matcher, pairs, prefix, wanted_fields, within
from localcdf.functions.call_table import abandon
from localcdf.functions.deployment import DEPLOYMENT, deploy
from localcdf.functions.models import (
    Function,
    FunctionFilter,
    FunctionIds,
    FunctionList,
    FunctionQuery,
    NewFunctions,
)
from localcdf.functions.table import FUNCTIONS, keep_indexes, keep_secrets
from localcdf.paging import LIST_ORDER, list_order
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, Record, find_all, not_in_path
from localcdf.rights import READ_FILES

SCRAMBLED = "***"
UNSHOWN = {"secrets", "index_url", "extra_index_urls"}  # the latter two may hold credentials
TESTS = {
    "externalIdPrefix": prefix("externalId"),
    "createdTime": within("createdTime"),
    "metadata": pairs("metadata"),
}


def create(call: Call) -> dict[str, Any]:
    """Store a function and begin to deploy it."""
    (wanted,) = call.body.items
    _check_room(call)
    _check_file(call, wanted)
    _check_size(call, wanted)
    document = wanted.model_dump(by_alias=True, exclude_none=True, exclude=UNSHOWN)
    if wanted.secrets is not None:
        document["secrets"] = dict.fromkeys(wanted.secrets, SCRAMBLED)
    (function,) = FUNCTIONS.insert(call, [_defaults(call) | document | {"status": "Queued"}])
    keep_secrets(call, function, wanted.secrets or {})
    if wanted.index_url or wanted.extra_index_urls:
        keep_indexes(call, function, [wanted.index_url or "", *(wanted.extra_index_urls or ())])
    deploy(call, function)
    return {"items": [shown(function)]}


def _check_room(call: Call) -> None:
    (count,) = call.db.execute("SELECT count(*) FROM functions").fetchone()
    if count >= FUNCTIONS_PER_PROJECT:
        raise CdfError(400, f"A project has at most {FUNCTIONS_PER_PROJECT} functions: delete some first")


def _check_file(call: Call, wanted: Function) -> None:
    file = find_readable(call, {"id": wanted.file_id})
    if file is None:
        raise CdfError(400, f"fileId {wanted.file_id} is the id of no file", missing=[{"id": wanted.file_id}])
    if not file["uploaded"]:
        raise CdfError(
            400, f"The file {file['id']} ({file['name']}) is not uploaded yet: upload the zip first"
        )
    content_of(call, file)


def _check_size(call: Call, wanted: Function) -> None:
    cloud = call.cloud
    for name, asked, least, most in (
        ("cpu", wanted.cpu, cloud.cpu_default, cloud.cpu_max),
        ("memory", wanted.memory, cloud.memory_default, cloud.memory_max),
    ):
        if asked is not None and not least <= asked <= most:
            raise CdfError(400, f"{name} is {asked}, and may be {least} to {most}: see /functions/limits")


def _defaults(call: Call) -> Record:
    return {
        "cpu": call.cloud.cpu_default,
        "memory": call.cloud.memory_default,
        "runtime": "py313",
        "runtimeVersion": f"Python {platform.python_version()}",
    }


def shown(function: Record) -> Record:
    """Return a function as CDF shows it."""
    return {name: value for name, value in function.items() if name != "lastUpdatedTime"}


def list_matching(call: Call) -> dict[str, Any]:
    """Return the functions that match the filter, as many as asked for."""
    return _list(call, call.body.filter, call.body.limit)


def list_all(call: Call) -> dict[str, Any]:
    """Return the functions, as many as asked for."""
    return _list(call, None, call.params.limit)


def _list(call: Call, wanted: FunctionFilter | None, limit: int) -> dict[str, Any]:
    found = FUNCTIONS.scan(call.db, matcher(wanted_fields(wanted), TESTS), list_order(call))
    return {"items": [shown(function) for function in found][:limit]}


def retrieve(call: Call) -> dict[str, Any]:
    """Return functions by identifier, in the order asked for."""
    return {"items": [shown(function) for function in _find(call)]}


def retrieve_one(call: Call) -> dict[str, Any]:
    """Return the function that the path names."""
    return shown(function_in_path(call))


def delete(call: Call) -> dict[str, Any]:
    """Delete functions with their calls; the files that they were made from stay."""
    found = [function["id"] for function in _find(call)]
    calls = [each for function in found for each in abandon(call, function)]
    FUNCTIONS.delete(call.db, found)
    call.afterwards.append(lambda service: service.runner.stop(calls))
    return {}


def _find(call: Call) -> list[Record]:
    return find_all(
        call,
        lambda identifier: FUNCTIONS.find(call.db, identifier),
        [each.identifier() for each in call.body.items],
        FUNCTIONS.thing,
        ignore_unknown=call.body.ignore_unknown_ids,
    )


def function_in_path(call: Call) -> Record:
    """Return the function whose id is in the path."""
    function = FUNCTIONS.find(call.db, {"id": id_in_path(call, "functionId")})
    if function is None:
        raise not_in_path(call, f"There is no function {call.path['functionId']}")
    return function


def id_in_path(call: Call, name: str) -> int:
    """Return an internal id from the path; 400 for what is none."""
    text = call.path[name]
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise CdfError(400, f"{text!r} in the path is no id: {name} is a number")
    return int(text)


def status(_: Call) -> dict[str, Any]:
    """Say that functions are there to be used."""
    return {"status": "activated"}


def limits(call: Call) -> dict[str, Any]:
    """Return what one function call may use."""
    return call.cloud.limits()


READ, WRITE = ("functionsAcl:READ",), ("functionsAcl:WRITE",)
NAMED = (UNKNOWN_IDS,)
ACTIVATED = "functions are activated from the start"
ENDPOINTS = [
    Endpoint(
        "POST",
        "/functions",
        create,
        NewFunctions,
        status=201,
        writes=True,
        rights=(*WRITE, READ_FILES),
        assumed=(DEPLOYMENT,),
        unserved=(
            "requirements.txt is installed with --isolated only, else a function runs in the Python of the "
            "local CDF; whatever its runtime says it is that version of Python",
            "a zip with links, more than 10 000 entries or more than 512 MiB unpacked is refused",
        ),
    ),
    Endpoint(
        "GET", "/functions", list_all, params=FunctionQuery, rights=READ, lags=True, assumed=(LIST_ORDER,)
    ),
    Endpoint(
        "POST",
        "/functions/list",
        list_matching,
        FunctionList,
        rights=READ,
        lags=True,
        assumed=(LIST_ORDER,),
    ),
    Endpoint("POST", "/functions/byids", retrieve, FunctionIds, rights=READ, assumed=NAMED),
    Endpoint(
        "POST",
        "/functions/delete",
        delete,
        FunctionIds,
        writes=True,
        rights=WRITE,
        assumed=NAMED,
    ),
    Endpoint("GET", "/functions/status", status, rights=READ, unserved=(ACTIVATED,)),
    Endpoint("POST", "/functions/status", status, status=202, rights=WRITE, unserved=(ACTIVATED,)),
    Endpoint("GET", "/functions/limits", limits, rights=READ),
    Endpoint("GET", "/functions/{functionId}", retrieve_one, rights=READ, assumed=(UNKNOWN_IN_PATH,)),
]
