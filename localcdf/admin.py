"""The local CDF's own pages under ``/_localcdf/``: logs and the fidelity table. CDF has nothing of this."""

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcdf.answer import json_answer
from localcdf.endpoint import Endpoint
from localcdf.logs import Log, Logs


def routes(logs: Logs, endpoints: Sequence[Endpoint]) -> list[Route]:
    """Return the admin routes."""
    table = {"items": list(_fidelity(endpoints))}

    async def fidelity(_: Request) -> Response:
        return json_answer(table)

    return [
        Route("/_localcdf/log", _log(logs.requests), methods=["GET", "DELETE"]),
        Route("/_localcdf/writes", _log(logs.writes), methods=["GET", "DELETE"]),
        Route("/_localcdf/fidelity", fidelity, methods=["GET"]),
    ]


def _log(log: Log) -> Any:
    async def answer(request: Request) -> Response:
        if request.method == "DELETE":
            log.entries.clear()
            return json_answer({})
        return json_answer(log.as_items())

    return answer


def _fidelity(endpoints: Sequence[Endpoint]) -> Iterator[dict[str, Any]]:
    """Say of each endpoint what is documented and what is assumed; none was held against a real CDF."""
    for endpoint in endpoints:
        row = {"endpoint": f"{endpoint.method} {endpoint.path}", "validated on CDF": "never"}
        yield row | {"status": "documented", "reading": "the public API reference"}
        for reading in endpoint.assumed:
            yield row | {"status": "assumed", "reading": reading}
        for reading in endpoint.unserved:
            yield row | {"status": "not served", "reading": reading}
