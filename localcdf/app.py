"""The routes: every endpoint of every API module, the signed links and the admin pages."""

import hashlib
from collections.abc import Sequence
from types import ModuleType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localcdf import admin, annotations, content, data_modeling, datasets, extpipes, files, token
from localcdf.answer import json_answer
from localcdf.content import transfer
from localcdf.edge import Edge
from localcdf.endpoint import Endpoint
from localcdf.errors import CdfError
from localcdf.service import Service, trail_of
from localcdf.wire import parse_body, parse_query, read_json_body

APIS: Sequence[ModuleType] = (token, datasets, extpipes, files, content, annotations, data_modeling)
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for api in APIS for endpoint in api.ENDPOINTS)
SCHEMAS: list[str] = [api.SCHEMA for api in APIS]


def create_app(service: Service) -> Edge:
    """Return the ASGI application; system spaces and views are in the store when it returns."""
    transfer.remove_strays(service.store)
    with service.store.transaction() as db:
        data_modeling.install(db, service.now())
    routes = [_route(service, endpoint) for endpoint in ENDPOINTS]
    routes += transfer.routes(service)
    routes += admin.routes(service.logs, ENDPOINTS)
    return Edge(Router(routes, redirect_slashes=False), service.admin_token, service.logs)


def _route(service: Service, endpoint: Endpoint) -> Route:
    async def answer(request: Request) -> Response:
        return await _answer(service, endpoint, request)

    below = "/api/v1/projects/{project}" if endpoint.in_project else "/api/v1"
    route = Route(below + endpoint.path, answer, methods=[endpoint.method])
    route.methods.discard("HEAD")  # which starlette adds to GET
    return route


async def _answer(service: Service, endpoint: Endpoint, request: Request) -> Response:
    if request.path_params.get("project", service.project) != service.project:
        raise CdfError(401, f"Unauthorized: this local CDF has the project {service.project} only")
    if endpoint.beta and "beta" not in request.headers.get("cdf-version", ""):
        raise CdfError(404, f"{endpoint.path} is a beta endpoint: send the header cdf-version: beta")
    content = await read_json_body(request)
    trail = trail_of(request)
    trail.digest = hashlib.sha256(content).hexdigest()
    call = service.call(
        request,
        params=parse_query(endpoint.params, request),
        body=parse_body(endpoint.body, content) if endpoint.body else None,
    )
    with service.store.transaction():
        value = endpoint.handler(call)
    trail.wrote = endpoint.writes
    return value if isinstance(value, Response) else json_answer(value, endpoint.status)
