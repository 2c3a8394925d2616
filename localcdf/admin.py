"""The pages under ``/_localcdf/``, which CDF has not: logs, clock, faults, jobs, readings, fidelity."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcdf.answer import json_answer
from localcdf.endpoint import Body, Endpoint
from localcdf.errors import CdfError
from localcdf.fates import FateChange
from localcdf.faults.kinds import KINDS
from localcdf.faults.rules import Rule
from localcdf.fidelity import rows
from localcdf.logs import Log
from localcdf.openapi import document
from localcdf.service import Service
from localcdf.wire import parse_body, read_json_body

LATEST = 253_402_300_799_999  # the end of the year 9999, in epoch milliseconds


class ClockChange(Body):
    """What to do with the clock: exactly one."""

    advance: Annotated[float, Field(ge=0, le=LATEST / 1000)] | None = None  # seconds
    set: Annotated[int, Field(ge=0, le=LATEST)] | None = None  # epoch milliseconds
    run: bool | None = None


class Choice(Body):
    """An option of a reading."""

    name: str
    option: str


class Choices(Body):
    """Options to turn on."""

    items: Annotated[list[Choice], Field(min_length=1, max_length=1000)]


class FaultRules(Body):
    """Faults to set, in the place of those that are."""

    items: Annotated[list[Rule], Field(min_length=1, max_length=1000)]


def routes(service: Service, endpoints: Sequence[Endpoint]) -> list[Route]:
    """Return the admin routes."""

    async def fidelity(_: Request) -> Response:
        return json_answer({"items": list(rows(endpoints, service.readings))})

    async def openapi(_: Request) -> Response:
        return json_answer(document(endpoints, service.project))

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            change = parse_body(ClockChange, await read_json_body(request))
            await service.work(lambda: _change_clock(service, change))
        return json_answer({"now": service.clock.now(), "running": service.clock.is_running})

    async def readings(request: Request) -> Response:
        if request.method == "POST":
            choices = parse_body(Choices, await read_json_body(request))
            chosen = {each.name: each.option for each in choices.items}
            await service.work(lambda: service.readings.choose(chosen))
        return json_answer({"items": service.readings.as_items()})

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            service.faults.set(parse_body(FaultRules, await read_json_body(request)).items)
        elif request.method == "DELETE":
            service.faults.set([])
        items = [each.as_item() for each in service.faults.armed]
        kinds = [{"kind": each.name, "when": each.when, "sees": each.sees} for each in KINDS.values()]
        return json_answer({"items": items, "kinds": kinds})

    return [
        Route("/_localcdf/log", _log(service.logs.requests), methods=["GET", "DELETE"]),
        Route("/_localcdf/writes", _log(service.logs.writes), methods=["GET", "DELETE"]),
        Route("/_localcdf/fidelity", fidelity, methods=["GET"]),
        Route("/_localcdf/openapi.json", openapi, methods=["GET"]),
        Route("/_localcdf/clock", clock, methods=["GET", "POST"]),
        Route("/_localcdf/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_localcdf/jobs", _jobs(service), methods=["GET", "POST"]),
        Route("/_localcdf/readings", readings, methods=["GET", "POST"]),
    ]


def _log(log: Log) -> Any:
    async def answer(request: Request) -> Response:
        if request.method == "DELETE":
            log.entries.clear()
            return json_answer({})
        return json_answer(log.as_items())

    return answer


def _jobs(service: Service) -> Any:
    async def answer(request: Request) -> Response:
        if request.method == "POST":
            service.fates.change(parse_body(FateChange, await read_json_body(request)))
        return json_answer(service.fates.as_item())

    return answer


def _change_clock(service: Service, change: ClockChange) -> None:
    """Move the clock, and do what is due by then."""
    clock = service.clock
    wanted = change.model_dump(exclude_none=True)
    if len(wanted) != 1:
        raise CdfError(400, "Name one of advance (seconds), set (epoch milliseconds), run (true or false)")
    if change.advance is not None:
        clock.set(min(clock.now() + round(change.advance * 1000), LATEST))
    elif change.set is not None:
        clock.set(change.set)
    else:
        clock.run(bool(change.run))
    service.do_due(clock.now())
