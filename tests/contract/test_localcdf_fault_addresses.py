"""Which requests a fault hits, as clients meet it; and which faults are refused."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from cognite.client.data_classes import FileMetadataWrite

from demo.localserver import LocalServer
from localcdf.faults.kinds import KINDS
from tests.conftest import Faults

API = "/api/v1/projects/local"


@pytest.fixture(scope="module")
def http(local_cdf: LocalServer) -> Iterator[httpx2.Client]:
    """A bare HTTP client, known as `bare`."""
    headers = {"Authorization": f"Bearer {local_cdf.token}", "x-cdp-app": "bare"}
    with httpx2.Client(base_url=local_cdf.url, headers=headers) as client:
        yield client


def ask(http: httpx2.Client, *paths: str, **headers: str) -> list[int]:
    """The statuses of empty POST requests to these paths below the project."""
    return [http.post(API + path, json={}, headers=headers).status_code for path in paths]


LISTS = ("/datasets/list", "/files/list", "/annotations/byids", "/datasets/list", "/files/list")


def test_by_number_among_all_requests(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "at": 4})
    assert ask(http, *LISTS) == [200, 200, 400, 503, 200]


def test_without_any_choice_the_next_request_is_hit(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503"})
    assert ask(http, *LISTS) == [503, 200, 400, 200, 200]


def test_by_path(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "^/files/list$"})
    assert ask(http, *LISTS) == [200, 503, 400, 200, 200]


def test_by_number_within_a_path(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "^/(files|datasets)/list$", "at": 3})
    assert ask(http, *LISTS) == [200, 200, 400, 503, 200]


def test_by_method(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "extpipes|files", "method": "GET"})
    assert ask(http, "/files/list") == [200]
    assert http.get(f"{API}/extpipes").status_code == 503


def test_by_caller(local_cdf: LocalServer, http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "caller": "mine", "at": 2})
    assert ask(http, "/files/list", "/files/list") == [200, 200]
    mine = {"x-cdp-app": "mine"}
    assert ask(http, "/files/list", "/files/list", "/files/list", **mine) == [200, 503, 200]


def test_as_often_as_asked(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "files", "at": 2, "times": 3})
    assert ask(http, *["/files/list"] * 6) == [200, 503, 503, 503, 200, 200]


def test_the_first_of_several_faults_strikes_and_the_others_wait(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "at": 2}, {"kind": "409"}, {"kind": "429", "path": "files", "times": 2})
    assert ask(http, *["/files/list"] * 5) == [409, 503, 429, 429, 200]
    assert faults.hits() == [1, 1, 2]
    assert [each["seen"] for each in faults.items()] == [5, 5, 5]


def test_setting_faults_anew_starts_the_numbering_anew(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "at": 2}, {"kind": "409", "at": 3})
    assert ask(http, "/files/list") == [200]
    faults.set({"kind": "503", "at": 2})
    assert ask(http, "/files/list", "/files/list", "/files/list") == [200, 503, 200]


def test_delete_removes_all_faults(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "times": 1000})
    assert ask(http, "/files/list") == [503]
    assert http.delete("/_localcdf/faults").json()["items"] == []
    assert ask(http, "/files/list") == [200]


def test_the_same_seed_hits_the_same_requests(http: httpx2.Client, faults: Faults) -> None:
    def hit(seed: int) -> list[int]:
        faults.set({"kind": "503", "path": "files", "seed": seed, "rate": 0.3})
        return ask(http, *["/files/list"] * 60)

    assert hit(1) == hit(1)
    assert hit(1) != hit(2)
    assert 5 <= hit(3).count(503) <= 32


def test_with_a_rate_times_is_the_most(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "seed": 1, "rate": 1, "times": 2})
    assert ask(http, *LISTS) == [503, 503, 400, 200, 200]


def test_paths_outside_the_project_and_unknown_ones_are_hit_too(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "^/api/v1/token/inspect$"}, {"kind": "504", "path": "^/nothing$"})
    assert http.get("/api/v1/token/inspect").status_code == 503
    assert ask(http, "/nothing") == [504]


def test_the_token_endpoint_is_hit_too(local_cdf: LocalServer, faults: Faults) -> None:
    faults.set({"kind": "503", "path": "^/oauth2/token$"})
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    answers = [httpx2.post(f"{local_cdf.url}/oauth2/token", data=form).status_code for _ in range(2)]
    assert answers == [503, 401]


def test_own_pages_are_neither_hit_nor_numbered(http: httpx2.Client, faults: Faults) -> None:
    faults.set({"kind": "503", "times": 1000})
    for page in ("log", "writes", "fidelity", "clock", "readings", "faults", "nothing"):
        assert http.get(f"/_localcdf/{page}").status_code in (200, 404)
    assert [each["seen"] for each in faults.items()] == [0]


def test_requests_without_the_token_are_neither_hit_nor_numbered(
    local_cdf: LocalServer, faults: Faults
) -> None:
    faults.set({"kind": "503"})
    assert httpx2.post(f"{local_cdf.url}{API}/files/list", json={}).status_code == 401
    assert [each["seen"] for each in faults.items()] == [0]


def test_transfers_are_addressed_by_their_path_and_by_who_asked_for_the_link(
    local_cdf: LocalServer, faults: Faults
) -> None:
    one, other = local_cdf.client("one"), local_cdf.client("other")
    _, url = one.files.create(FileMetadataWrite("a"))
    _, other_url = other.files.create(FileMetadataWrite("a"))
    faults.set({"kind": "503", "path": "^/_localcdf/blob/upload$", "caller": "one"})
    assert [httpx2.put(each, content=b"x").status_code for each in (other_url, url, url)] == [200, 503, 200]
    forged = f"{local_cdf.url}/_localcdf/blob/upload/xx"
    faults.set({"kind": "503", "caller": "one"})
    assert httpx2.put(forged, content=b"x").status_code == 403


def test_the_page_says_what_is_set_and_what_there_is(http: httpx2.Client, faults: Faults) -> None:
    faults.set(
        {"kind": "429-retry-after", "path": "files", "seconds": 3}, {"kind": "500", "seed": 1, "rate": 0.5}
    )
    page = http.get("/_localcdf/faults").json()
    counts = {"seen": 0, "hits": 0}
    assert page["items"] == [
        {"kind": "429-retry-after", "path": "files", "when": "before", "times": 1, "seconds": 3} | counts,
        {"kind": "500", "seed": 1, "rate": 0.5, "when": "before", "times": None} | counts,
    ]
    assert {each["kind"] for each in page["kinds"]} == set(KINDS)
    assert all(each["sees"] and each["when"] for each in page["kinds"])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "418"}, "items[0].kind: There is no fault '418': choose 400, "),
        ({}, "items[0].kind: Field required"),
        ({"kind": "503", "colour": "red"}, "items[0].colour: Unknown field"),
        ({"kind": "503", "at": 0}, "items[0].at: Input should be greater than or equal to 1"),
        ({"kind": "503", "at": "1"}, "items[0].at"),
        ({"kind": "503", "times": 0}, "items[0].times"),
        ({"kind": "503", "when": "during"}, "items[0].when: Input should be 'before' or 'after'"),
        ({"kind": "429", "when": "after"}, "items[0]: when: 429 strikes only before the request"),
        ({"kind": "503", "method": "PATCH"}, "items[0].method"),
        ({"kind": "503", "seconds": 1}, "items[0]: seconds: 503 takes none"),
        ({"kind": "429-retry-after", "seconds": -1}, "items[0].seconds"),
        ({"kind": "429-retry-after", "seconds": 601}, "items[0].seconds"),
        ({"kind": "503", "seed": 1}, "items[0]: seed and rate go together"),
        ({"kind": "503", "rate": 0.5}, "items[0]: seed and rate go together"),
        ({"kind": "503", "seed": 1, "rate": 0}, "items[0].rate"),
        ({"kind": "503", "seed": 1, "rate": 1.1}, "items[0].rate"),
        ({"kind": "503", "seed": 1, "rate": 0.5, "at": 1}, "items[0]: at and rate contradict each other"),
        ({"kind": "503", "path": "("}, "items[0].path: The pattern '(' cannot be used: unclosed group"),
        ({"kind": "503", "path": "(?=a)"}, "look-around"),
        ({"kind": "503", "path": r"(a)\1"}, "backreferences are not supported"),
        ({"kind": "503", "path": "(a{1000}){1000}"}, "exceeds size limit"),
        ({"kind": "503", "path": "a" * 1001}, "items[0].path"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    http: httpx2.Client, faults: Faults, fault: dict[str, Any], message: str
) -> None:
    faults.set({"kind": "503", "path": "^/kept$"})
    answer = http.post("/_localcdf/faults", json={"items": [fault]})
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert [each["path"] for each in faults.items()] == ["^/kept$"]


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": [{"kind": "503"}] * 1001}, {"item": []}])
def test_a_list_of_faults_is_needed(http: httpx2.Client, faults: Faults, body: dict[str, Any]) -> None:
    assert http.post("/_localcdf/faults", json=body).status_code == 400
