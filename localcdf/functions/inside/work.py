"""The function call itself: the ``handle`` of the zip, run within its limits."""

import importlib
import inspect
import json
import os
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from confinement import write_only_below  # next to this file

MOST_OF_A_MESSAGE, MOST_OF_A_TRACE = 2_000, 20_000  # characters


def work(job: dict[str, Any], outcome: int) -> NoReturn:
    """Call the function, write how it ended, and end the process, whatever threads it leaves behind."""
    process = os.getpid()
    try:
        _confine(job)
        result = {"response": _response(job)}
    except BaseException as error:  # noqa: BLE001 whatever ends a function is its error
        result = {"error": _described(error)}
    if os.getpid() == process:  # and not a fork of the function that has come back here
        with suppress(Exception):  # the function may have put anything in its place
            sys.stdout.flush()
        with os.fdopen(outcome, "w") as file:
            json.dump(result, file)
    os._exit(0)


def _confine(job: dict[str, Any]) -> None:
    """Leave the function what CDF would: its code, the packages installed, its memory and a folder."""
    installed = (Path(sys.prefix), Path(sys.base_prefix))
    sys.path[:] = [job["code"], *(path for path in sys.path[1:] if {*Path(path).parents} & {*installed})]
    for ours in ("work", "confinement"):  # the function may have modules of these names
        del sys.modules[ours]
    # Data, not address space: what programs map and never touch costs nothing in CDF either.
    resource.setrlimit(resource.RLIMIT_DATA, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write_only_below(job["scratch"])


def _response(job: dict[str, Any]) -> Any:
    """Return what the function returns, if CDF can answer it."""
    handle = _handle(job["function_path"])
    wanted = inspect.signature(handle).parameters
    given = {name: job[name] for name in ("data", "secrets", "function_call_info") if name in wanted}
    if "client" in wanted:
        given["client"] = _client(**job["client"])
    response = handle(**given)
    size = len(json.dumps(response, allow_nan=False, ensure_ascii=False).encode())
    if size > job["response_bytes"]:
        raise ValueError(f"The response is {size} bytes of JSON, more than {job['response_bytes']}")
    return response


def _handle(function_path: str) -> Any:
    module = ".".join(PurePosixPath(function_path).with_suffix("").parts)
    return importlib.import_module(module).handle


def _client(name: str, project: str, base_url: str, token: str) -> Any:
    """Return the client that CDF hands over: with the token of the session that was given with the call."""
    from cognite.client import ClientConfig, CogniteClient, global_config
    from cognite.client.credentials import Token

    global_config.disable_pypi_version_check = True
    return CogniteClient(ClientConfig(name, project, Token(token), base_url=base_url))


def _described(error: BaseException) -> dict[str, str]:
    message = str(error) or type(error).__name__
    trace = "".join(traceback.format_exception(error))
    return {"message": message[:MOST_OF_A_MESSAGE], "trace": trace[-MOST_OF_A_TRACE:]}
