"""A process that has loaded everything once: what it forks is at work at once, on a clock that can be moved.

Nothing here may start a thread: a fork takes none along.
"""

import gc
import importlib
import pkgutil
import sys
import time
from datetime import datetime
from functools import partial
from typing import Any

import httpx2
import PIL.Image
from cognite.client import _http_client, global_config
from starlette.requests import Request
from starlette.responses import Response

import detect_handler
import image360
import image360.call
import match_handler
from image360.deadline import Deadline
from localcdf.app import ENDPOINTS, route_of
from localcdf.data_modeling import system
from stations.recording import RecordedEngine
from sweep.ahead import AHEAD, MOVED, Moved
from sweep.wire import Wire

# What is loaded with the first request otherwise.
LOADED_LATE = (
    *("localcdf.__main__", "anyio._backends._asyncio", "anyio._core._fileio"),
    *("httpcore2", "httpcore2._backends.anyio", "httpcore2._backends.sync"),
    *("uvicorn.loops.auto", "uvicorn.loops.asyncio", "uvicorn.lifespan.off"),
)
HANDLERS = {"detect": detect_handler.handle, "match": match_handler.handle}


def warm_up() -> None:
    """Load all that is going to be forked, and let it wait for nothing and read from the recording."""
    for module in pkgutil.walk_packages(image360.__path__, "image360."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LOADED_LATE:
        importlib.import_module(name)
    PIL.Image.preinit()
    system.read()
    for endpoint in ENDPOINTS:
        route_of(endpoint, _unanswered)  # its patterns are compiled for all, then
    RecordedEngine().stand_in(_patch, "image360.detect_here")
    _move_the_clock()
    _wait_for_nothing()
    gc.collect()
    gc.freeze()  # what is shared with forks stays shared


async def _unanswered(_request: Request) -> Response:
    raise NotImplementedError


def _patch(name: str, value: Any) -> None:
    module, _, attribute = name.rpartition(".")
    setattr(sys.modules[module], attribute, value)


def _move_the_clock() -> None:
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "image360":
            if getattr(module, "datetime", None) is datetime:
                _patch(f"{name}.datetime", Moved)
            if getattr(module, "time", None) is time:
                _patch(f"{name}.time", MOVED)
    _patch("image360.call.Deadline", partial(Deadline, clock=AHEAD.monotonic))


def _wait_for_nothing() -> None:
    """The SDK tries as often as ever, without a wait in between, over a wire that can be cut."""
    global_config.disable_pypi_version_check = True
    global_config.disable_ssl = True  # certificates take long to load, and the wire is local
    plain = _http_client._build_httpx_client

    def wired() -> httpx2.AsyncClient:
        client = plain()
        client._transport = Wire(client._transport)
        return client

    async def at_once(tracker: _http_client.RetryTracker) -> None:
        AHEAD.let_pass(next(tracker._backoff))

    _http_client._build_httpx_client = wired
    _http_client.RetryTracker.back_off = at_once
