"""A bug of the local CDF itself: what the client sees of it, and what the person who mends it sees."""

import asyncio

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localcdf.edge import Edge, logged_path
from localcdf.logs import Logs


async def broken(_request: Request) -> Response:
    """An endpoint with a bug."""
    raise ZeroDivisionError("secret detail")


def test_a_bug_is_a_500_without_details_and_a_trace_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = Logs()
    edge = Edge(Router([Route("/broken", broken)]), "token", logs)

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=edge)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/broken", headers={"Authorization": "Bearer token"})

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.json()["error"].keys() == {"code", "message"}
    assert "secret detail" not in answer.text
    assert answer.headers["x-request-id"]
    assert "ZeroDivisionError: secret detail" in capsys.readouterr().err
    assert [entry.status for entry in logs.requests.entries] == [500]
    assert not logs.writes.entries


def test_the_log_names_a_link_without_its_secret() -> None:
    assert logged_path("/_localcdf/blob/upload/abc") == "/_localcdf/blob/upload"
    assert logged_path("/_localcdf/blob/download/abc/def") == "/_localcdf/blob/download"
    assert logged_path("/api/v1/token/inspect") == "/api/v1/token/inspect"
