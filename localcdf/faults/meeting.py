"""Whether a request is hit: what is known of it before it is handled, its cursor included."""

import json
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive

from localcdf.content.links import BLOB_PATH, claimed_caller
from localcdf.errors import CdfError
from localcdf.faults.hit import Asked
from localcdf.faults.rules import Armed, Faults
from localcdf.service import trail_of
from localcdf.wire import read_json_body

PROJECT = re.compile(r"/api/v1/projects/[^/]*(?=/)")
OWN_PAGES = "/_localcdf/"


@dataclass
class Reread:
    """A request's body that can be looked at before it is read."""

    receive: Receive
    kept: deque[Message] = field(default_factory=deque)

    async def look(self) -> Message:
        """Receive a part, to be received again."""
        self.kept.append(await self.receive())
        return self.kept[-1]

    async def __call__(self) -> Message:
        """Receive a part."""
        return self.kept.popleft() if self.kept else await self.receive()


async def meet(
    faults: Faults, request: Request, receive: Receive, reading: Sequence[BaseRoute]
) -> tuple[Armed | None, Receive]:
    """Return the fault that hits a request, if any, and where its body is to be read from.

    ``reading`` are the routes that answer from the store and do not change it.
    The local CDF's own pages are never hit.
    """
    path = trail_of(request).path
    is_transfer = path.startswith(BLOB_PATH)
    if not faults.armed or (path.startswith(OWN_PAGES) and not is_transfer):
        return None, receive
    body = Reread(receive)
    looks = faults.read_bodies and not is_transfer
    asked = Asked(
        method=request.method,
        path=PROJECT.sub("", path, count=1),
        caller=claimed_caller(request.url.path) if is_transfer else trail_of(request).caller,
        is_transfer=is_transfer,
        reads=any(route.matches(request.scope)[0] is Match.FULL for route in reading),
        has_cursor=looks and await _has_cursor(Request(request.scope, body.look)),
    )
    return faults.choose(asked), body


async def _has_cursor(request: Request) -> bool:
    if request.query_params.get("cursor"):
        return True
    try:
        content = json.loads(await read_json_body(request))
    except (CdfError, ValueError, RecursionError):
        return False
    if not isinstance(content, dict):
        return False
    cursors = content.get("cursors")
    return bool(content.get("cursor") or (isinstance(cursors, dict) and any(cursors.values())))
