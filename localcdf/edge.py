"""The outermost layer: who may come in, the request id, the error envelope and the log.

Everything a web page or a stranger could try is refused here, before any route is looked at.
"""

import sys
import traceback
import uuid

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcdf.admission import admit
from localcdf.answer import json_answer
from localcdf.content.links import BLOB_PATH
from localcdf.errors import CdfError
from localcdf.logs import Trail
from localcdf.service import Service


class Edge:
    """Wraps the routes: loopback host, token, ``x-request-id``, CDF's envelope for errors, logs."""

    def __init__(self, routes: ASGIApp, service: Service) -> None:
        self._routes = routes
        self._service = service
        self._logs = service.logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        scope["app"] = self  # starlette's router then raises 404 and 405 instead of answering
        trail = scope["localcdf.trail"] = Trail(
            logged_path(scope["path"]), request.headers.get("x-cdp-app", "")
        )
        request_id = str(uuid.uuid4()).encode()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._enter(request, receive, send_marked)
        except ClientDisconnect:
            pass  # the body was cut: nobody is left to answer, and nothing was changed
        finally:
            self._logs.add(request.method, status, trail)

    async def _enter(self, request: Request, receive: Receive, send: Send) -> None:
        try:
            request.scope["localcdf.principal"] = await admit(request, self._service)
            await self._routes(request.scope, receive, send)
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
        await json_answer(error.envelope(), error.code)(request.scope, receive, send)


def logged_path(path: str) -> str:
    """Return ``path`` without the secret of a signed link."""
    if path.startswith(BLOB_PATH):
        return BLOB_PATH + path.removeprefix(BLOB_PATH).partition("/")[0]
    return path
