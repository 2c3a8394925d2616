"""Web pages: only those of an origin named at the start may read an answer, or send the token at all."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from demo.localserver import LocalServer
from demo.localserver import local_cdf as running

LIST = "/api/v1/projects/local/datasets/list"
OURS = "http://localhost:3000"
FOREIGN = (
    "http://example.com",
    "https://localhost:3000",
    "http://localhost:3001",
    "http://localhost:3000.example.com",
    "null",
)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a local CDF that is open to one origin."""
    folder = tmp_path_factory.mktemp("origins")
    with running(folder, options=("--allow-origin", OURS)) as server, client_of(server) as client:
        yield client


def client_of(server: LocalServer) -> httpx2.Client:
    """A bare HTTP client with the token."""
    return httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"})


def preflight(http: httpx2.Client, origin: str) -> Any:
    """What a browser asks, without a token, before it lets a page send one."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-cdp-app",
    }
    return httpx2.options(str(http.base_url.join(LIST)), headers=headers)


def opened(answer: Any) -> dict[str, str]:
    """The headers by which an answer opens itself to a page."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}


def test_a_page_of_an_allowed_origin_may_send_the_token_and_read_the_answer(http: httpx2.Client) -> None:
    asked = preflight(http, OURS)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == OURS
    assert {"authorization", "content-type", "x-cdp-app"} <= set(
        asked.headers["access-control-allow-headers"].replace(" ", "").lower().split(",")
    )
    answer = http.post(LIST, json={}, headers={"Origin": OURS})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OURS
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
    assert "Origin" in answer.headers["vary"]


def test_a_page_of_an_allowed_origin_can_read_why_it_is_refused(http: httpx2.Client) -> None:
    answer = http.post(LIST, json={}, headers={"Origin": OURS, "Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == OURS


@pytest.mark.parametrize("origin", FOREIGN)
def test_to_a_page_of_another_origin_nothing_is_opened(http: httpx2.Client, origin: str) -> None:
    asked = preflight(http, origin)
    assert asked.status_code == 401
    assert opened(asked) == {}
    assert opened(http.post(LIST, json={}, headers={"Origin": origin})) == {}


def test_without_the_option_no_origin_is_allowed(local_cdf: LocalServer) -> None:
    with client_of(local_cdf) as http:
        assert opened(preflight(http, OURS)) == {}
        assert opened(http.post(LIST, json={}, headers={"Origin": OURS})) == {}


@pytest.mark.parametrize("given", ["*", "localhost:3000", "http://localhost:3000/", "ftp://a", "http://"])
def test_what_is_no_origin_is_refused_at_the_start(given: str, tmp_path: Any) -> None:
    with (
        pytest.raises(RuntimeError, match="did not start"),
        running(tmp_path, options=("--allow-origin", given)),
    ):
        pass
