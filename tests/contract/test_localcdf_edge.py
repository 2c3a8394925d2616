"""What the local CDF refuses before it looks at the meaning of a request, and how it says so."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteNotFoundError, CogniteProjectAccessError

from demo.localserver import LocalServer
from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint
from localcdf.wire import MAX_BODY_BYTES

API = "/api/v1/projects/local"
LIST = f"{API}/datasets/list"


@pytest.fixture(scope="module")
def http(local_cdf: LocalServer) -> Iterator[httpx2.Client]:
    """A bare HTTP client with the token, for what the SDK would never send."""
    headers = {"Authorization": f"Bearer {local_cdf.token}"}
    with httpx2.Client(base_url=local_cdf.url, headers=headers) as client:
        yield client


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """The error in CDF's envelope, which every refusal must be."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert error["code"] == response.status_code
    assert isinstance(error["message"], str)
    assert error["message"]
    assert "Traceback" not in response.text
    return error


def test_the_token_says_who_it_is_and_what_it_may_do(client: CogniteClient) -> None:
    answer = client.iam.token.inspect()
    assert [project.url_name for project in answer.projects] == ["local"]
    assert "filesAcl" in {next(iter(each.capability.dump())) for each in answer.capabilities}


@pytest.mark.parametrize("path", ["/api/v1/token/inspect", LIST, "/nowhere", "/_localcdf/log"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic abc", "Bearer"])
def test_nothing_is_answered_without_the_token(
    local_cdf: LocalServer, path: str, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = httpx2.get(local_cdf.url + path, headers=headers)
    assert answer.status_code == 401
    assert "Unauthorized" in error_of(answer)["message"]


def test_the_sdk_reports_a_wrong_token_as_no_access_to_the_project(local_cdf: LocalServer) -> None:
    with pytest.raises(CogniteProjectAccessError):
        replace(local_cdf, token="wrong").client("tests").data_sets.list()


@pytest.mark.parametrize("host", ["example.com", "example.com:8000", "127.0.0.1.example.com", "", "[::2]:80"])
def test_a_foreign_host_header_is_refused_even_with_the_token(http: httpx2.Client, host: str) -> None:
    answer = http.get("/api/v1/token/inspect", headers={"Host": host})
    assert answer.status_code == 403
    assert "loopback" in error_of(answer)["message"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "LOCALHOST", "[::1]:8000"])
def test_loopback_names_are_let_in(http: httpx2.Client, host: str) -> None:
    assert http.get("/api/v1/token/inspect", headers={"Host": host}).status_code == 200


def test_no_answer_opens_the_server_to_web_pages_of_other_origins(http: httpx2.Client) -> None:
    answers = [
        http.options(LIST, headers={"Origin": "http://example.com"}),
        http.post(LIST, json={}, headers={"Origin": "http://example.com"}),
    ]
    assert [answer.status_code for answer in answers] == [405, 200]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_another_project_is_no_project_here(http: httpx2.Client) -> None:
    answer = http.post("/api/v1/projects/other/datasets/list", json={})
    assert answer.status_code == 401
    assert "local" in error_of(answer)["message"]


@pytest.mark.parametrize(
    "path", ["/", "/api", f"{API}/nothing", f"{API}/files//", f"{API}//files", "/_localcdf/x"]
)
def test_an_unknown_path_is_a_404(http: httpx2.Client, path: str) -> None:
    assert error_of(http.get(path))["code"] == 404


def test_the_sdk_reports_an_unknown_path_as_not_found(client: CogniteClient) -> None:
    with pytest.raises(CogniteNotFoundError, match="/nothing") as refusal:
        client.post(f"{API}/nothing", json={})
    assert refusal.value.x_request_id


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_answers_a_wrong_method_with_405(http: httpx2.Client, endpoint: Endpoint) -> None:
    below = API if endpoint.in_project else "/api/v1"
    path = below + endpoint.path.replace("{id}", "1")
    for method in ("DELETE", "PATCH", "HEAD"):
        answer = http.request(method, path)
        assert answer.status_code == 405
        if method != "HEAD":
            error_of(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_refuses_a_query_parameter_it_does_not_know(
    http: httpx2.Client, endpoint: Endpoint
) -> None:
    below = API if endpoint.in_project else "/api/v1"
    path = below + endpoint.path.replace("{id}", "1")
    answer = http.request(
        endpoint.method, path, params={"surprise": "1"}, json={}, headers={"cdf-version": "beta"}
    )
    assert answer.status_code == 400
    assert "surprise" in error_of(answer)["message"]


def test_a_query_parameter_given_twice_is_refused(http: httpx2.Client) -> None:
    answer = http.post(f"{API}/files?overwrite=true&overwrite=false", json={"name": "x"})
    assert "given twice" in error_of(answer)["message"]


@pytest.mark.parametrize("version", ["20230101", "beta", "alpha", "20230101-beta", "20230101-alpha"])
def test_documented_versions_are_accepted(http: httpx2.Client, version: str) -> None:
    assert http.post(LIST, json={}, headers={"cdf-version": version}).status_code == 200


@pytest.mark.parametrize("version", ["20220101", "gamma", "", "20230101-gamma"])
def test_other_versions_are_refused(http: httpx2.Client, version: str) -> None:
    answer = http.post(LIST, json={}, headers={"cdf-version": version})
    assert answer.status_code == 400
    assert "cdf-version" in error_of(answer)["message"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_refuses_a_header_that_no_client_sends(
    http: httpx2.Client, endpoint: Endpoint
) -> None:
    below = API if endpoint.in_project else "/api/v1"
    path = below + endpoint.path.replace("{id}", "1")
    answer = http.request(endpoint.method, path, json={}, headers={"cdf-feature": "more"})
    assert answer.status_code == 400
    assert "Unknown header cdf-feature" in error_of(answer)["message"]


# --- bodies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"{",
        b"[]",
        b"5",
        b'"text"',
        b"null",
        b'{"limit": NaN}',
        b'{"filter": {"metadata": {"a": Infinity}}}',
        b"\xff\xfe{}",
        b'{"cursor": "\\ud800"}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 100_000 + b"}",
        b'{"limit": 1e999}',
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_json_object_of_the_endpoint_is_a_400(http: httpx2.Client, content: bytes) -> None:
    assert error_of(http.post(LIST, content=content))["code"] == 400


def test_a_refusal_names_the_place_and_the_reason(client: CogniteClient) -> None:
    body = {"items": [{"name": "a"}, {"name": 5, "colour": "red"}]}
    with pytest.raises(CogniteAPIError) as refusal:
        client.post(f"{API}/datasets", json=body)
    assert "items[1].name: Input should be a valid string" in refusal.value.message
    assert "items[1].colour: Unknown field" in refusal.value.message


def test_values_are_not_converted(http: httpx2.Client) -> None:
    for value in ("10", 10.0, True, None):
        assert error_of(http.post(LIST, json={"limit": value}))["code"] == 400


def test_the_sdk_sends_gzip_and_is_understood(client: CogniteClient) -> None:
    response = client.post(LIST, json={})
    assert response.status_code == 200


def test_a_get_may_carry_a_gzip_body(http: httpx2.Client) -> None:
    content = gzip.compress(b"{}", mtime=0)
    answer = http.request("GET", f"{API}/extpipes", content=content, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "not valid gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "cut"),
        (gzip.compress(b"{}", mtime=0)[:5], "cut"),
        (gzip.compress(b"{}", mtime=0) + b"more", "after its end"),
        (gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0), "after its end"),
    ],
)
def test_broken_gzip_is_a_400(http: httpx2.Client, content: bytes, message: str) -> None:
    answer = http.post(LIST, content=content, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert message in error_of(answer)["message"]


def test_an_unknown_encoding_is_a_415(http: httpx2.Client) -> None:
    answer = http.post(LIST, content=b"{}", headers={"Content-Encoding": "br"})
    assert error_of(answer)["code"] == 415


def padded(size: int) -> bytes:
    """A valid body of ``size`` bytes."""
    return b"{}".ljust(size)


@pytest.mark.parametrize("encode", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_body_at_the_limit_is_read_and_one_above_is_not(http: httpx2.Client, encode: Any) -> None:
    headers = {"Content-Encoding": "gzip"} if encode is gzip.compress else {}
    at_limit = http.post(LIST, content=encode(padded(MAX_BODY_BYTES)), headers=headers)
    above = http.post(LIST, content=encode(padded(MAX_BODY_BYTES + 1)), headers=headers)
    assert (at_limit.status_code, above.status_code) == (200, 413)
    assert str(MAX_BODY_BYTES) in error_of(above)["message"]


def test_a_gzip_bomb_is_refused_unpacked_no_further_than_the_limit(http: httpx2.Client) -> None:
    bomb = gzip.compress(b" " * (3 * MAX_BODY_BYTES), compresslevel=1)
    answer = http.post(LIST, content=bomb, headers={"Content-Encoding": "gzip"})
    assert error_of(answer)["code"] == 413
