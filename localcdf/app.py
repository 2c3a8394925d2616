"""The routes: every endpoint of every API module, the signed links and the admin pages."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localcdf import admin, datasets, extpipes, token
from localcdf.answer import json_answer
from localcdf.edge import Edge
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.logs import Logs
from localcdf.store import Store
from localcdf.wire import parse_body, parse_query, read_json_body

try:
    from localcdf import data_modeling
except ImportError:
    data_modeling = None

APIS: Sequence[ModuleType] = [api for api in (token, datasets, extpipes, data_modeling) if api]
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for api in APIS for endpoint in api.ENDPOINTS)
SCHEMAS: list[str] = [api.SCHEMA for api in APIS]


@dataclass(frozen=True)
class Site:
    """One running local CDF."""

    store: Store
    project: str
    admin_token: str
    logs: Logs = field(default_factory=Logs)

    def now(self) -> int:
        """Return the time on the local CDF's clock, in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def base_url(self, request: Request) -> str:
        """Return scheme, host and port under which the client reached us."""
        return f"http://{request.headers['host']}"


def create_app(site: Site) -> Edge:
    """Return the ASGI application; system spaces and views are in the store when it returns."""
    if data_modeling:
        with site.store.transaction() as db:
            data_modeling.install(db, site.now())
    routes = [_route(site, endpoint) for endpoint in ENDPOINTS]
    routes += admin.routes(site.logs, ENDPOINTS)
    return Edge(Router(routes, redirect_slashes=False), site.admin_token, site.logs)


def _route(site: Site, endpoint: Endpoint) -> Route:
    async def answer(request: Request) -> Response:
        return await _answer(site, endpoint, request)

    below = "/api/v1/projects/{project}" if endpoint.in_project else "/api/v1"
    route = Route(below + endpoint.path, answer, methods=[endpoint.method])
    route.methods.discard("HEAD")  # which starlette adds to GET
    return route


async def _answer(site: Site, endpoint: Endpoint, request: Request) -> Response:
    if request.path_params.get("project", site.project) != site.project:
        raise CdfError(401, f"Unauthorized: this local CDF has the project {site.project} only")
    content = await read_json_body(request)
    trail = request.scope["localcdf.trail"]
    trail.digest = hashlib.sha256(content).hexdigest()
    call = Call(
        db=site.store.db,
        blobs=site.store.blobs,
        project=site.project,
        caller=request.headers.get("x-cdp-app", ""),
        now=site.now(),
        base_url=site.base_url(request),
        path={name: value for name, value in request.path_params.items() if name != "project"},
        query=dict(request.query_params),
        params=parse_query(endpoint.params, request),
        body=parse_body(endpoint.body, content) if endpoint.body else None,
        raw=content,
    )
    with site.store.transaction():
        value = endpoint.handler(call)
    trail.wrote = endpoint.writes
    return value if isinstance(value, Response) else json_answer(value, endpoint.status)
