"""The outermost layer: who may come in, the request id, the error envelope and the log.

Everything a web page or a stranger could try is refused here, before any route is looked at.
"""

import sys
import traceback
import uuid
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcdf.admission import admit
from localcdf.answer import json_answer
from localcdf.content.links import BLOB_PATH
from localcdf.errors import CdfError
from localcdf.faults.hit import Hit
from localcdf.faults.meeting import meet
from localcdf.logs import Trail
from localcdf.service import Service, trail_of


class Edge:
    """Wraps the routes: loopback host, token, faults, ``x-request-id``, CDF's envelope for errors, logs.

    ``reading`` are the routes that answer from the store and do not change it.
    """

    def __init__(self, routes: ASGIApp, service: Service, reading: Sequence[BaseRoute] = ()) -> None:
        self._routes = routes
        self._service = service
        self._reading = reading
        self._logs = service.logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        scope["app"] = self  # starlette's router then raises 404 and 405 instead of answering
        trail = scope["localcdf.trail"] = Trail(
            logged_path(scope["path"]), request.headers.get("x-cdp-app", "")
        )
        request_id = str(uuid.uuid4()).encode()
        status = 0

        async def send_logged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send_logged(message)

        try:
            with ExitStack() as scope["localcdf.until_answered"]:
                await _enveloped(
                    request, send_marked, self._enter(request, receive, send_marked, send_logged)
                )
        except ClientDisconnect:
            pass  # the body was cut: nobody is left to answer, and nothing was changed
        finally:
            self._logs.add(request.method, status, trail)

    async def _enter(self, request: Request, receive: Receive, send: Send, send_bare: Send) -> None:
        """Let a request in, and handle it or have it hit by a fault."""
        request.scope["localcdf.principal"] = await admit(request, self._service)
        fault, body = await meet(self._service.faults, request, receive, self._reading)
        if fault is None:
            await self._routes(request.scope, body, send)
            return
        trail = trail_of(request)
        trail.fault = fault.kind.name

        async def carry_out(body: Receive, send: Send) -> None:
            await _enveloped(request, send, self._routes(request.scope, body, send))

        hit = Hit(request, trail, fault.when, fault.seconds, carry_out, body, send, send_bare)
        await fault.kind.effect(hit)


async def _enveloped(request: Request, send: Send, work: Awaitable[None]) -> None:
    """Do ``work``, which answers; what it raises instead is answered in CDF's envelope."""
    try:
        await work
        return
    except ClientDisconnect:
        raise
    except CdfError as refusal:
        error = refusal
    except HTTPException as refused:  # from the router: 404, 405
        error = CdfError(refused.status_code, f"{refused.detail}: {request.method} {request.url.path}")
    except Exception:  # noqa: BLE001 the last line of defence: no bug may reach a client as a stack trace
        traceback.print_exc(file=sys.stderr)
        error = CdfError(500, "Internal error of the local CDF; its standard error has the trace")
    await json_answer(error.envelope(), error.code)(request.scope, request.receive, send)


def logged_path(path: str) -> str:
    """Return ``path`` without the secret of a signed link."""
    if path.startswith(BLOB_PATH):
        return BLOB_PATH + path.removeprefix(BLOB_PATH).partition("/")[0]
    return path
