"""How much one request may ask for: at the documented number it is looked at, one above it is refused.

The numbers are Cognite's, written down here once more, endpoint by endpoint. The limits of single fields are
tested with their APIs; ``refusals.yaml`` says where.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from demo.localserver import LocalServer, local_cdf
from localcdf.app import ENDPOINTS

API = "/api/v1/projects/local"
Make = Callable[[int], Any]


def by_id(number: int) -> Any:
    return {"id": number + 1}


def by_external_id(number: int) -> Any:
    return {"externalId": f"no-such-{number}"}


def change(number: int) -> Any:
    return {"id": number + 1, "update": {}}


def named(number: int) -> Any:
    return {"name": f"n{number}"}


def space(number: int) -> Any:
    return {"space": f"none{number}"}


def in_space(number: int) -> Any:
    return {"space": "none", "externalId": f"N{number}"}


def versioned(number: int) -> Any:
    return in_space(number) | {"version": "1"}


def node(number: int) -> Any:
    return in_space(number) | {"instanceType": "node"}


def container(number: int) -> Any:
    return in_space(number) | {"properties": {"p": {"type": {"type": "text"}}}}


def named_part(number: int) -> Any:
    return {"space": "none", "containerExternalId": "C", "identifier": f"i{number}"}


def suggestion(number: int) -> Any:
    region = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
    return {
        "annotatedResourceType": "file",
        "annotatedResourceId": number + 1,
        "annotationType": "images.TextRegion",
        "creatingApp": "tests",
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "data": {"text": "a", "textRegion": region},
    }


def annotation(number: int) -> Any:
    return suggestion(number) | {"status": "approved"}


def pair(number: int) -> Any:
    return {"asset": {"instanceId": in_space(number)}, "image360": {"instanceId": in_space(number)}}


def link(number: int) -> Any:
    return pair(number) | {"polygon": {"version": "2.0.0", "data": [3, 1, 1, 1, 2, 2, 2]}}


def job(number: int) -> Any:
    return in_space(number) | {
        "name": "n",
        "type": "ImageTextDetection",
        "source": {"type": "Cognite360ImageCollection", "instanceId": in_space(0)},
        "configuration": {},
        "nonce": "n",
    }


def schedule(number: int) -> Any:
    return named(number) | {"cronExpression": "0 5 * * *", "functionId": 1, "nonce": "n"}


def version(number: int) -> Any:
    return {"workflowExternalId": f"no-such-{number}", "version": "1"}


def trigger(number: int) -> Any:
    return by_external_id(number) | {
        "triggerRule": {"triggerType": "schedule", "cronExpression": "0 5 * * *"},
        "workflowExternalId": "none",
        "workflowVersion": "1",
        "authentication": {"nonce": "n"},
    }


# The most items of a request. None of these things exist, so that at most one request has an effect.
ITEMS: dict[str, tuple[int, Make]] = {
    "POST /groups": (1000, lambda n: named(n) | {"capabilities": []}),
    "POST /sessions": (1, lambda _: {"tokenExchange": True}),
    "POST /sessions/byids": (1000, by_id),
    "POST /sessions/revoke": (1000, by_id),
    "POST /datasets": (10, by_external_id),
    "POST /datasets/byids": (1000, by_id),
    "POST /datasets/update": (1000, change),
    "POST /extpipes": (1000, lambda n: named(n) | by_external_id(n) | {"dataSetId": 1}),
    "POST /extpipes/byids": (1000, by_id),
    "POST /extpipes/update": (1000, change),
    "POST /extpipes/delete": (1000, by_id),
    "POST /extpipes/runs": (1, lambda n: by_external_id(n) | {"status": "seen"}),
    "POST /assets": (1000, lambda n: named(n) | {"parentId": 1}),
    "POST /assets/byids": (1000, by_id),
    "POST /assets/update": (1000, change),
    "POST /assets/delete": (1000, by_id),
    "POST /events": (1000, lambda n: by_external_id(n) | {"dataSetId": 1}),
    "POST /events/byids": (1000, by_id),
    "POST /events/update": (1000, change),
    "POST /events/delete": (1000, by_id),
    "POST /3d/contextualization/image360": (100, link),
    "POST /3d/contextualization/image360/delete": (100, pair),
    "POST /files/byids": (1000, by_id),
    "POST /files/update": (1000, change),
    "POST /files/delete": (1000, by_id),
    "POST /files/uploadlink": (1, by_external_id),
    "POST /files/multiuploadlink": (1, by_external_id),
    "POST /files/downloadlink": (100, by_id),
    "POST /annotations": (1000, annotation),
    "POST /annotations/suggest": (1000, suggestion),
    "POST /annotations/byids": (1000, by_id),
    "POST /annotations/update": (1000, change),
    "POST /annotations/delete": (1000, by_id),
    "POST /models/spaces": (100, space),
    "POST /models/spaces/byids": (100, space),
    "POST /models/spaces/delete": (100, space),
    "POST /models/containers": (100, container),
    "POST /models/containers/byids": (100, in_space),
    "POST /models/containers/delete": (100, in_space),
    "POST /models/containers/constraints/delete": (10, named_part),
    "POST /models/containers/indexes/delete": (10, named_part),
    "POST /models/views": (100, versioned),
    "POST /models/views/byids": (100, versioned),
    "POST /models/views/delete": (100, versioned),
    "POST /models/datamodels": (100, versioned),
    "POST /models/datamodels/byids": (100, versioned),
    "POST /models/datamodels/delete": (100, versioned),
    "POST /models/instances": (1000, node),
    "POST /models/instances/delete": (1000, node),
    "POST /models/instances/byids": (1000, node),
    "POST /3d/jobs": (1, job),
    "POST /3d/jobs/delete": (1000, in_space),
    "POST /context/vision/extract": (100, lambda n: {"fileId": n + 1}),
    "POST /functions": (1, lambda n: named(n) | {"fileId": 1}),
    "POST /functions/byids": (10, by_id),
    "POST /functions/delete": (10, by_id),
    "POST /functions/{functionId}/calls/byids": (10_000, by_id),
    "POST /functions/schedules": (1, schedule),
    "POST /functions/schedules/byids": (10_000, by_id),
    "POST /functions/schedules/delete": (10_000, by_id),
    "POST /raw/dbs": (1000, named),
    "POST /raw/dbs/delete": (1000, named),
    "POST /raw/dbs/{dbName}/tables": (1000, named),
    "POST /raw/dbs/{dbName}/tables/delete": (1000, named),
    "POST /raw/dbs/{dbName}/tables/{tableName}/rows": (10_000, lambda n: {"key": f"n{n}", "columns": {}}),
    "POST /raw/dbs/{dbName}/tables/{tableName}/rows/delete": (1000, lambda n: {"key": f"n{n}"}),
    "POST /models/containers/inspect": (10, in_space),
    "POST /models/statistics/spaces/byids": (100, space),
    "POST /workflows": (1, by_external_id),
    "POST /workflows/delete": (100, by_external_id),
    "POST /workflows/versions": (1, lambda n: version(n) | {"workflowDefinition": {"tasks": []}}),
    "POST /workflows/versions/delete": (100, version),
    "POST /workflows/triggers": (1, trigger),
    "POST /workflows/triggers/delete": (1, by_external_id),
}
# What else the request must have.
BESIDES = {"POST /models/containers/inspect": {"inspectionOperations": {}}}
OF_PIPELINE = {"externalId": "none"}
OF_FILES = {"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": 1}]}}
VIEW = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
# The most that one page may hold, and what else the list must be asked.
PAGES: dict[str, tuple[int, dict[str, Any]]] = {
    "GET /sessions": (1000, {}),
    "POST /datasets/list": (1000, {}),
    "POST /extpipes/list": (1000, {}),
    "GET /extpipes": (1000, {}),
    "POST /extpipes/runs/list": (1000, {"filter": OF_PIPELINE}),
    "GET /extpipes/runs": (1000, OF_PIPELINE),
    "GET /extpipes/config/revisions": (1000, OF_PIPELINE),
    "POST /assets/list": (1000, {}),
    "POST /assets/search": (1000, {}),
    "POST /events/list": (1000, {}),
    "POST /files/list": (1000, {}),
    "POST /annotations/list": (1000, OF_FILES),
    "POST /annotations/reverselookup": (1000, {"filter": {"annotatedResourceType": "file"}}),
    "GET /models/spaces": (1000, {}),
    "GET /models/containers": (1000, {}),
    "GET /models/views": (1000, {}),
    "GET /models/datamodels": (1000, {}),
    "POST /models/instances/list": (1000, {}),
    "POST /models/instances/search": (1000, {"view": VIEW, "query": "a"}),
    "POST /models/instances/aggregate": (1000, {"view": VIEW, "aggregates": [{"count": {}}]}),
    "GET /functions": (2**31 - 1, {}),
    "POST /functions/list": (2**31 - 1, {}),
    "GET /functions/{functionId}/calls": (2**31 - 1, {}),
    "POST /functions/{functionId}/calls/list": (2**31 - 1, {}),
    "GET /functions/schedules": (2**31 - 1, {}),
    "POST /functions/schedules/list": (2**31 - 1, {}),
    "GET /raw/dbs": (1000, {}),
    "GET /raw/dbs/{dbName}/tables": (1000, {}),
    "GET /raw/dbs/{dbName}/tables/{tableName}/rows": (10_000, {}),
    "GET /workflows": (1000, {}),
    "POST /workflows/versions/list": (1000, {}),
    "POST /workflows/executions/list": (1000, {}),
    "GET /workflows/triggers": (1000, {}),
    "GET /workflows/triggers/{triggerExternalId}/history": (1000, {}),
}
# What each set of a query or sync may be limited to, and how many sets there may be.
SETS = {"POST /models/instances/query": 10_000, "POST /models/instances/sync": 2_000}
MOST_SETS = 50


def endpoints_with(field: str) -> set[str]:
    return {
        f"{each.method} {each.path}"
        for each in ENDPOINTS
        for asked in (each.body, each.params)
        if asked and field in asked.model_fields
    }


def test_every_endpoint_with_items_or_pages_has_its_number_here() -> None:
    assert endpoints_with("items") - {"POST /groups/delete"} == ITEMS.keys()  # which has plain ids as items
    assert endpoints_with("limit") == PAGES.keys()
    assert endpoints_with("with_") == SETS.keys()


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a local CDF with nothing in it."""
    with local_cdf(tmp_path_factory.mktemp("limits")) as server, bare(server) as client:
        yield client


def bare(server: LocalServer) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {server.token}", "cdf-version": "beta"}
    return httpx2.Client(base_url=server.url + API, headers=headers)


def said(http: httpx2.Client, name: str, asked: dict[str, Any]) -> str:
    """The message of the refusal; nothing when the request was carried out."""
    method, path = name.split(" ")
    path = re.sub(r"\{\w+\}", "1", path)
    if path == "/files/multiuploadlink":
        path += "?parts=1"
    sent = {"params": asked} if method == "GET" else {"json": asked}
    answer = http.request(method, path, **sent)
    if answer.is_success:
        return ""
    assert answer.status_code < 500, answer.text
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return f"{error['code']} {error['message']}"


@pytest.mark.parametrize("name", ITEMS)
def test_a_request_has_so_many_items_and_no_more(http: httpx2.Client, name: str) -> None:
    most, make = ITEMS[name]
    items, besides = [make(number) for number in range(most + 1)], BESIDES.get(name, {})
    too_many = said(http, name, besides | {"items": items})
    assert too_many.startswith(f"400 items: List should have at most {most} item")
    if name != "POST /models/instances":  # it may delete only
        none = said(http, name, besides | {"items": []})
        assert none.startswith("400 items: List should have at least 1 item")
    looked_at = said(http, name, besides | {"items": items[:-1]})
    assert "items: List should" not in looked_at
    assert not looked_at.startswith("400 items["), (
        looked_at
    )  # the form of each was right, so all were looked at


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_so_many_items_and_no_more(http: httpx2.Client, name: str) -> None:
    most, asked = PAGES[name]
    assert "limit" not in said(http, name, asked | {"limit": most})
    assert "limit" not in said(http, name, asked | {"limit": 1})
    for wrong in (0, -1, most + 1, "many"):
        assert "limit: Input should be" in said(http, name, asked | {"limit": wrong})


@pytest.mark.parametrize("name", SETS)
def test_a_result_set_has_so_many_items_and_no_more(http: httpx2.Client, name: str) -> None:
    def ask(limit: int, number: int = 1) -> str:
        names = [f"s{n}" for n in range(number)]
        sets = {each: {"nodes": {}, "limit": limit} for each in names}
        return said(http, name, {"with": sets, "select": {names[0]: {}} if names else {}})

    assert ask(SETS[name]) == ""
    assert ask(1, MOST_SETS) == ""
    for limit in (0, SETS[name] + 1):
        assert "limit: Input should be" in ask(limit)
    assert f"at most {MOST_SETS}" in ask(1, MOST_SETS + 1)


# What answers 201, and 202; all else that succeeds answers 200.
CREATED = {
    "POST /3d/jobs",
    "POST /annotations",
    "POST /annotations/suggest",
    "POST /assets",
    "POST /events",
    "POST /files",
    "POST /files/initmultipartupload",
    "POST /files/multiuploadlink",
    "POST /files/uploadlink",
    "POST /functions",
    "POST /functions/{functionId}/call",
    "POST /functions/schedules",
    "POST /groups",
    "POST /raw/dbs",
    "POST /raw/dbs/{dbName}/tables",
}
ACCEPTED = {"POST /functions/status", "POST /workflows/{workflowExternalId}/versions/{version}/run"}


def test_success_has_the_documented_code() -> None:
    other = {f"{each.method} {each.path}": each.status for each in ENDPOINTS if each.status != 200}
    assert other == dict.fromkeys(CREATED, 201) | dict.fromkeys(ACCEPTED, 202)


# ---- where the refusals of the checklist are tested ----

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "refusals.yaml").read_text("utf-8"))


def names_in(file: str) -> set[str]:
    tree = ast.parse((Path(__file__).parents[1] / file).read_text("utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["refusal"])
def test_each_refusal_names_tests_that_there_are_or_what_it_waits_for(row: dict[str, Any]) -> None:
    assert set(row) in ({"refusal", "tests"}, {"refusal", "later"})
    for each in row.get("tests", ()):
        file, _, name = each.partition("::")
        assert name in names_in(file), f"{each} is no test"


def test_no_refusal_waits_for_an_api_that_is_served() -> None:
    """So that a row is filled in with its API."""
    served = {each.path for each in ENDPOINTS}
    for row in TABLE:
        if prefix := row.get("later"):
            assert not any(path.startswith(prefix) for path in served), row["refusal"]
