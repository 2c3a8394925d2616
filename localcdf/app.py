"""The routes: every endpoint of every API module, the signed links and the admin pages."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from types import ModuleType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localcdf import (
    admin,
    annotations,
    assets,
    bearers,
    content,
    contextualization,
    data_modeling,
    datasets,
    events,
    extpipes,
    files,
    functions,
    groups,
    identities,
    jobs3d,
    oauth,
    profiles,
    project,
    raw,
    sessions,
    token,
    vision,
    workflows,
)
from localcdf.agenda import Task
from localcdf.answer import json_answer
from localcdf.bearers import Bearers
from localcdf.clock import Clock
from localcdf.clouds import TIGHTEST, Cloud
from localcdf.content import transfer
from localcdf.detection import Detector
from localcdf.edge import Edge
from localcdf.endpoint import BETA_HEADER, Endpoint
from localcdf.errors import CdfError
from localcdf.fidelity import all_readings
from localcdf.functions import deployment, schedules
from localcdf.functions.call_table import fail_interrupted
from localcdf.functions.environments import FOLDER, Environments
from localcdf.functions.runner import Runner
from localcdf.readings import Readings
from localcdf.rights import check_rights
from localcdf.service import Service, principal_of, trail_of, until_answered
from localcdf.store import Store
from localcdf.wire import check_headers, parse_body, parse_query, read_json_body

Answer = Callable[[Request], Awaitable[Response]]

APIS: Sequence[ModuleType] = (
    token,
    project,
    profiles,
    groups,
    sessions,
    datasets,
    extpipes,
    raw,
    assets,
    events,
    files,
    content,
    annotations,
    data_modeling,
    contextualization,
    jobs3d,
    vision,
    functions,
    workflows,
)
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for api in APIS for endpoint in api.ENDPOINTS)
SCHEMAS: list[str] = [bearers.SCHEMA, *(api.SCHEMA for api in APIS)]
TASKS: dict[str, Task] = {task.kind: task for api in APIS for task in getattr(api, "TASKS", ())}


def create_service(
    store: Store,
    project: str,
    admin_token: str,
    url: str,
    cloud: Cloud = TIGHTEST,
    detector: Sequence[str] = (),
    *,
    isolated: bool = False,
) -> Service:
    """Return a local CDF on ``store``; system spaces and views are in the store when it returns.

    ``url`` is where what it runs finds it (scheme, host and port). ``isolated`` functions
    run in virtual environments made from their requirements.
    ``detector`` is the command of the program that reads text on pictures; jobs fail without.
    """
    transfer.remove_strays(store)
    clock, readings = Clock(store.db), Readings(store.db, all_readings(ENDPOINTS))
    with store.transaction() as db:
        data_modeling.install(db, clock.now())
        fail_interrupted(db, clock.now())
        jobs3d.table.fail_interrupted(db)
        vision.table.fail_interrupted(db, clock.now())
        deployment.resume(db, clock.now())
        schedules.skip_missed(db, clock.now())
        workflows.firing.skip_missed(db, clock.now())
        workflows.executions.fail_interrupted(db, clock.now())
    return Service(
        store,
        clock,
        readings,
        TASKS,
        project,
        Bearers(store.db, admin_token),
        Runner(store.blobs.with_name("calls"), clock.now),
        Detector(detector, store.blobs.with_name("detector")),
        url,
        cloud,
        Environments(store.blobs.with_name(FOLDER)) if isolated else None,
    )


def create_app(service: Service) -> Edge:
    """Return the ASGI application."""
    api = [route_of(endpoint, _answering(service, endpoint)) for endpoint in ENDPOINTS]
    routes = [*api, *transfer.routes(service), *identities.routes(service), *oauth.routes(service)]
    routes += admin.routes(service, ENDPOINTS)
    reading = [route for route, endpoint in zip(api, ENDPOINTS, strict=True) if not endpoint.writes]
    return Edge(Router(routes, redirect_slashes=False), service, reading)


def route_of(endpoint: Endpoint, answer: Answer) -> Route:
    """Return the route of an endpoint, which `answer` answers."""
    below = "/api/v1/projects/{project}" if endpoint.in_project else "/api/v1"
    route = Route(below + endpoint.path, answer, methods=[endpoint.method])
    route.methods.discard("HEAD")  # which starlette adds to GET
    # Cognite's own clients end some paths with a slash that the reference does not have.
    route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + "/?$")
    return route


def _answering(service: Service, endpoint: Endpoint) -> Answer:
    async def answer(request: Request) -> Response:
        return await _answer(service, endpoint, request)

    return answer


async def _answer(service: Service, endpoint: Endpoint, request: Request) -> Response:
    if request.path_params.get("project", service.project) != service.project:
        raise CdfError(401, f"Unauthorized: this local CDF has the project {service.project} only")
    check_headers(request.headers)
    beta = "beta" in request.headers.get("cdf-version", "")
    if endpoint.beta and not beta and service.readings.option(BETA_HEADER) == "404":
        raise CdfError(404, f"{endpoint.path} is a beta endpoint: send the header cdf-version: beta")
    check_rights(principal_of(request), endpoint.rights)
    until_answered(request).enter_context(service.gates.inside(endpoint.gate))
    content = await read_json_body(request)
    trail_of(request).digest = hashlib.sha256(content).hexdigest()
    return await service.work(lambda: _handle(service, endpoint, request, content))


def _handle(service: Service, endpoint: Endpoint, request: Request, content: bytes) -> Response:
    params = parse_query(endpoint.params, request)
    body = parse_body(endpoint.body, content) if endpoint.body else None
    with service.turn(request, writes=endpoint.writes, lags=endpoint.lags) as call:
        value = endpoint.handler(replace(call, params=params, body=body))
    trail_of(request).wrote = endpoint.writes
    return value if isinstance(value, Response) else json_answer(value, endpoint.status)
