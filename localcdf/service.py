"""One running local CDF: what every part of the server shares."""

import time
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from localcdf.endpoint import Call
from localcdf.logs import Logs, Trail
from localcdf.store import Store


@dataclass(frozen=True)
class Service:
    """The store, the name of its project, the token that opens it, and the logs."""

    store: Store
    project: str
    admin_token: str
    logs: Logs = field(default_factory=Logs)

    def now(self) -> int:
        """Return the time on the local CDF's clock, in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def call(self, request: Request, **further: Any) -> Call:
        """Return ``request`` as a handler sees it."""
        return Call(
            db=self.store.db,
            blobs=self.store.blobs,
            project=self.project,
            caller=request.headers.get("x-cdp-app", ""),
            now=self.now(),
            base_url=f"http://{request.headers['host']}",
            path={name: value for name, value in request.path_params.items() if name != "project"},
            **further,
        )


def trail_of(request: Request) -> Trail:
    """Return what this request leaves for the log."""
    return request.scope["localcdf.trail"]
