"""Every list that has pages, page by page: complete, nothing twice, also while others write."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from cognite.client import CogniteClient

from demo.localserver import LocalServer, local_cdf
from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint

API = "/api/v1/projects/local"
SPACE, HOME = "pages", "pages"
NUMBERS = count()
REGION = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
IN_SPACE = {"equals": {"property": ["node", "space"], "value": SPACE}}
FILE_LIST = {"annotatedResourceType": "file", "annotatedResourceIds": [{"externalId": HOME}]}


@dataclass(frozen=True)
class Api:
    """The local CDF by plain requests."""

    server: LocalServer
    client: CogniteClient
    function: int = 0  # whose calls are listed

    def post(self, path: str, body: Any) -> Any:
        """Post below the project; the header lets beta endpoints in, and names in the path are ``HOME``."""
        return self.client.post(self._url(path), json=body, headers={"cdf-version": "beta"}).json()

    def get(self, path: str, params: dict[str, Any]) -> Any:
        """Get below the project."""
        return self.client.get(self._url(path), params=params).json()

    def _url(self, path: str) -> str:
        named = path.replace("{functionId}", str(self.function))
        return API + re.sub(r"\{\w+\}", HOME, named)

    def create(self, path: str, item: dict[str, Any]) -> Any:
        """Create one thing."""
        (made,) = self.post(path, {"items": [item]})["items"]
        return made


Item = dict[str, Any]


def by(name: str) -> Callable[[Item], Any]:
    """Tell items apart by one field."""
    return lambda item: item[name]


@dataclass(frozen=True)
class Pages:
    """A list: how one more thing comes into it, how its items are told apart, and what else is asked."""

    add: Callable[[Api, str], Item]
    key: Callable[[Item], Any]
    asked: dict[str, Any] = field(default_factory=dict)

    def page(self, api: Api, endpoint: Endpoint, limit: int, cursor: Any) -> tuple[list[Any], Any]:
        """Return the keys on one page, and the cursor of the next, None behind the last."""
        paging = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        if endpoint.method == "GET":
            answer = api.get(endpoint.path, self.asked | paging)
        else:
            answer = api.post(endpoint.path, self.asked | paging)
        return [self.key(item) for item in answer["items"]], answer.get("nextCursor")


@dataclass(frozen=True)
class SetPages(Pages):
    """The pages of a result set; a sync always has a cursor, and is done with a page that is not full."""

    def page(self, api: Api, endpoint: Endpoint, limit: int, cursor: Any) -> tuple[list[Any], Any]:
        """As above."""
        of = {"nodes": {"filter": IN_SPACE}, "limit": limit} | self.asked
        body = {"with": {"all": of}, "select": {"all": {}}, "cursors": {"all": cursor}}
        answer = api.post(endpoint.path, body)
        keys = [self.key(item) for item in answer["items"]["all"]]
        onward = answer["nextCursor"].get("all")
        return keys, None if endpoint.path.endswith("sync") and len(keys) < limit else onward


def file_with_annotation(api: Api, name: str) -> Item:
    """A file, and one annotation of an app that all these share."""
    file = api.post("/files", {"name": name, "externalId": name})
    annotate(api, name, file["id"])
    return {"id": file["id"]}


def annotate(api: Api, name: str, file: int | None = None) -> Item:
    """An annotation, of the file that these tests share or of another."""
    if file is None:
        file = api.post("/files/byids", {"items": [{"externalId": HOME}]})["items"][0]["id"]
    item = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file,
        "annotationType": "images.TextRegion",
        "creatingApp": HOME,
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "status": "approved",
        "data": {"text": name, "textRegion": REGION},
    }
    return api.create("/annotations", item)


def pipeline(api: Api, name: str) -> Item:
    """An extraction pipeline."""
    data_set = api.post("/datasets/byids", {"items": [{"externalId": HOME}]})["items"][0]["id"]
    return api.create("/extpipes", {"externalId": name, "name": name, "dataSetId": data_set})


def run(api: Api, name: str) -> Item:
    """A run; three each have the same time."""
    when = 1000 + int(name.removeprefix("n")) // 3
    return api.create("/extpipes/runs", {"externalId": HOME, "status": "seen", "createdTime": when})


def container(api: Api, name: str) -> Item:
    """A container."""
    properties = {"text": {"type": {"type": "text"}}}
    return api.create(
        "/models/containers",
        {"space": SPACE, "externalId": name, "properties": properties, "usedFor": "node"},
    )


def view(api: Api, name: str) -> Item:
    """A view of a container of its own."""
    container(api, name)
    mapped = {"type": "container", "space": SPACE, "externalId": name}
    properties = {"text": {"container": mapped, "containerPropertyIdentifier": "text"}}
    return api.create(
        "/models/views", {"space": SPACE, "externalId": name, "version": "1", "properties": properties}
    )


def node(api: Api, name: str) -> Item:
    """A node."""
    return api.create("/models/instances", {"instanceType": "node", "space": SPACE, "externalId": name})


def data_set(api: Api, name: str) -> Item:
    """A data set."""
    return api.create("/datasets", {"externalId": name})


def function(api: Api) -> int:
    """A function that is ready."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("handler.py", "def handle(data):\n    return data\n")
    file = api.client.files.upload_bytes(archive.getvalue(), name="code.zip").id
    made = api.create("/functions", {"name": HOME, "fileId": file})["id"]
    api.server.admin("clock", {"advance": 1000})
    return made


def call(api: Api, _: str) -> Item:
    """A call of the function."""
    nonce = api.create("/sessions", {"tokenExchange": True})["nonce"]
    return api.post("/functions/{functionId}/call", {"nonce": nonce})


def nonce(api: Api) -> Item:
    """What takes the nonce of a new session."""
    return {"authentication": {"nonce": api.create("/sessions", {"tokenExchange": True})["nonce"]}}


def version(api: Api, name: str) -> Item:
    """A version of a workflow, in which nothing is done."""
    definition: Item = {"workflowExternalId": HOME, "workflowDefinition": {"tasks": []}}
    return api.create("/workflows/versions", definition | {"version": name})


def execution(api: Api, _: str) -> Item:
    """An execution of it."""
    return api.post(f"/workflows/{HOME}/versions/{HOME}/run", nonce(api))


def trigger(api: Api, name: str) -> Item:
    """A trigger that fires each hour."""
    item = {
        "externalId": name,
        "triggerRule": {"triggerType": "schedule", "cronExpression": "0 * * * *"},
        "workflowExternalId": HOME,
        "workflowVersion": HOME,
    }
    return api.create("/workflows/triggers", item | nonce(api))


def firing(api: Api, _: str) -> Item:
    """A run of the trigger that all these share."""
    api.server.admin("clock", {"advance": 3600})
    return api.get("/workflows/triggers/{triggerExternalId}/history", {"limit": 1})["items"][0]


def row(api: Api, name: str) -> Item:
    """A row of a table."""
    api.post("/raw/dbs/{dbName}/tables/{tableName}/rows", {"items": [{"key": name, "columns": {}}]})
    return {"key": name}


def created(path: str) -> Callable[[Api, str], Item]:
    """What needs no more than a name."""
    return lambda api, name: api.create(path, {"name": name})


ID, EXTERNAL_ID = by("id"), by("externalId")
RUNS, REVISIONS = Pages(run, ID, {"externalId": HOME}), by("revision")
LISTS: dict[str, Pages] = {
    "GET /sessions": Pages(lambda api, _: api.create("/sessions", {"tokenExchange": True}), ID),
    "GET /functions/{functionId}/calls": Pages(call, ID),
    "POST /functions/{functionId}/calls/list": Pages(call, ID),
    "POST /datasets/list": Pages(data_set, ID),
    "POST /extpipes/list": Pages(pipeline, ID),
    "GET /extpipes": Pages(pipeline, ID),
    "POST /extpipes/runs/list": Pages(run, ID, {"filter": {"externalId": HOME}}),
    "GET /extpipes/runs": RUNS,
    "GET /extpipes/config/revisions": Pages(
        lambda api, name: api.post("/extpipes/config", {"externalId": HOME, "config": name}),
        REVISIONS,
        {"externalId": HOME},
    ),
    "POST /assets/list": Pages(lambda api, name: api.create("/assets", {"name": name}), ID),
    "POST /events/list": Pages(lambda api, name: api.create("/events", {"externalId": name}), ID),
    "POST /files/list": Pages(lambda api, name: api.post("/files", {"name": name}), ID),
    "POST /annotations/list": Pages(annotate, ID, {"filter": FILE_LIST}),
    "POST /annotations/reverselookup": Pages(
        file_with_annotation, ID, {"filter": {"annotatedResourceType": "file", "creatingApp": HOME}}
    ),
    "GET /models/spaces": Pages(lambda api, name: api.create("/models/spaces", {"space": name}), by("space")),
    "GET /models/containers": Pages(container, EXTERNAL_ID),
    "GET /models/views": Pages(view, EXTERNAL_ID),
    "GET /models/datamodels": Pages(
        lambda api, name: api.create(
            "/models/datamodels", {"space": SPACE, "externalId": name, "version": "1", "views": []}
        ),
        EXTERNAL_ID,
    ),
    "POST /models/instances/list": Pages(node, EXTERNAL_ID, {"filter": IN_SPACE}),
    "POST /models/instances/query": SetPages(node, EXTERNAL_ID),
    "GET /raw/dbs": Pages(created("/raw/dbs"), by("name")),
    "GET /raw/dbs/{dbName}/tables": Pages(created("/raw/dbs/{dbName}/tables"), by("name")),
    "GET /raw/dbs/{dbName}/tables/{tableName}/rows": Pages(row, by("key")),
    "GET /workflows": Pages(lambda api, name: api.create("/workflows", {"externalId": name}), EXTERNAL_ID),
    "POST /workflows/versions/list": Pages(version, by("version")),
    "POST /workflows/executions/list": Pages(execution, ID),
    "GET /workflows/triggers": Pages(trigger, EXTERNAL_ID),
    "GET /workflows/triggers/{triggerExternalId}/history": Pages(firing, by("workflowExecutionId")),
    "POST /models/instances/sync": SetPages(node, EXTERNAL_ID, {"mode": "twoPhase"}),
}
PAGED = {
    f"{endpoint.method} {endpoint.path}": endpoint
    for endpoint in ENDPOINTS
    for asked in (endpoint.body, endpoint.params)
    # Lists whose pages nobody can make smaller are tested with their API.
    if asked
    and asked.model_fields.keys() & {"limit", "with_"}
    and asked.model_fields.keys() & {"cursor", "cursors"}
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A local CDF in its harshest readings for lists, with what the lists need."""
    with local_cdf(tmp_path_factory.mktemp("pages")) as server:
        server.read_as(upload_noticed_after="0")
        made = Api(server, server.client("pages"))
        made.create("/models/spaces", {"space": SPACE})
        data_set(made, HOME)
        pipeline(made, HOME)
        made.post("/files", {"name": HOME, "externalId": HOME})
        made.create("/workflows", {"externalId": HOME})
        version(made, HOME)
        trigger(made, HOME)
        made.create("/raw/dbs/{dbName}/tables?ensureParent=true", {"name": HOME})
        yield replace(made, function=function(made))


def test_every_list_with_pages_is_tested_here() -> None:
    assert LISTS.keys() == PAGED.keys()


def everything(api: Api, endpoint: Endpoint, pages: Pages) -> list[Any]:
    """The whole list, on one page."""
    keys, _ = pages.page(api, endpoint, 1000, None)
    assert len(keys) < 1000
    return keys


def filled(api: Api, endpoint: Endpoint, pages: Pages, number: int) -> list[Any]:
    """A list with at least so many things in it, none of which is so new that the list might lag behind."""
    made = [
        pages.key(pages.add(api, f"n{next(NUMBERS)}"))
        for _ in range(number - len(everything(api, endpoint, pages)))
    ]
    api.server.admin("clock", {"advance": 10})
    there = everything(api, endpoint, pages)
    assert set(made) <= set(there)
    assert len(there) >= number
    return there


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_complete_over_its_pages_while_others_write(api: Api, name: str, limit: int) -> None:
    endpoint, pages = PAGED[name], LISTS[name]
    there = filled(api, endpoint, pages, 7)
    seen: list[list[Any]] = []
    added: list[Any] = []
    cursor = None
    while cursor or not seen:
        keys, cursor = pages.page(api, endpoint, limit, cursor)
        seen.append(keys)
        if len(seen) < 3:
            added.append(pages.key(pages.add(api, f"n{next(NUMBERS)}")))
    keys = [key for each in seen for key in each]
    assert len(seen) >= 3
    assert max(map(len, seen)) <= limit
    assert len(keys) == len(set(keys))
    assert set(there) <= set(keys) <= {*there, *added}
    assert [key for key in keys if key in set(there)] == there  # in the order of the list


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_full_but_for_the_last(api: Api, name: str) -> None:
    endpoint, pages = PAGED[name], LISTS[name]
    there = len(filled(api, endpoint, pages, 9))
    sizes, cursor = [], None
    while cursor or not sizes:
        keys, cursor = pages.page(api, endpoint, 4, cursor)
        sizes.append(len(keys))
    assert len(sizes) >= 3
    assert set(sizes[:-1]) == {4}
    assert sum(sizes) == there
