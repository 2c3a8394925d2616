"""What the process of a function call runs. It knows nothing of the local CDF and imports none of it.

Standard input has the job, one line of JSON, and stays open for as long as the server lives. The outcome, as
JSON, goes to the file whose number is the first argument.
"""

import importlib
import inspect
import json
import os
import resource
import signal
import sys
import threading
import traceback
from pathlib import PurePosixPath
from typing import Any, TextIO

from confinement import write_only_below  # next to this file

MOST_OF_A_MESSAGE, MOST_OF_A_TRACE = 2_000, 20_000  # characters


def main() -> None:
    """Do the job and end, whatever threads and processes it leaves behind."""
    with os.fdopen(int(sys.argv[1]), "w") as outcome:
        job = json.loads(sys.stdin.buffer.readline())
        _live_as_long_as_the_server()
        _bound(job)
        sys.path[0] = job["code"]
        _do(job, outcome)


def _live_as_long_as_the_server() -> None:
    """Make standard input empty, and kill the whole group when the server lets go of the real one."""
    lifeline = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 a device
        os.dup2(nothing.fileno(), 0)

    def watch() -> None:
        os.read(lifeline, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _bound(job: dict[str, Any]) -> None:
    # Data, not address space: what programs map and never touch costs nothing in CDF either.
    resource.setrlimit(resource.RLIMIT_DATA, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write_only_below(job["scratch"])


def _do(job: dict[str, Any], outcome: TextIO) -> None:
    process = os.getpid()
    try:
        result = {"response": _response(job)}
    except BaseException as error:  # noqa: BLE001 whatever ends a function is its error
        result = {"error": _described(error)}
    if os.getpid() != process:
        os._exit(0)  # a fork of the function has come back here: the call is not its own
    sys.stdout.flush()
    sys.stderr.flush()
    outcome.write(json.dumps(result))
    outcome.flush()
    os._exit(0)


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


main()
