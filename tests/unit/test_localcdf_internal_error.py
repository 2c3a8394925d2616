"""A bug of the local CDF itself: what the client sees of it, and what the person who mends it sees."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from localcdf.app import SCHEMAS, create_service
from localcdf.edge import Edge, logged_path
from localcdf.store import open_store


async def broken(_request: Request) -> Response:
    """An endpoint with a bug."""
    raise ZeroDivisionError("secret detail")


def test_a_bug_is_a_500_without_details_and_a_trace_on_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store = open_store(tmp_path, SCHEMAS)
    service = create_service(store, "local", "token", "http://127.0.0.1")
    edge = Edge(Router([Route("/broken", broken)]), service)

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
    assert [entry.status for entry in service.logs.requests.entries] == [500]
    assert not service.logs.writes.entries
    store.close()


def test_the_log_names_a_link_without_its_secret() -> None:
    assert logged_path("/_localcdf/blob/upload/abc") == "/_localcdf/blob/upload"
    assert logged_path("/_localcdf/blob/download/abc/def") == "/_localcdf/blob/download"
    assert logged_path("/api/v1/token/inspect") == "/api/v1/token/inspect"
