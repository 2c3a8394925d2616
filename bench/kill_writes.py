"""The requests under which the local CDF is killed, and how much of one is there afterwards."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from demo.localserver import PROJECT, LocalServer

API = f"/api/v1/projects/{PROJECT}"
HOME = "kills"  # the name of the space, pipeline, data set and file that all writes share
CODE = "code"
CONTENT_BYTES = 100_000
REGION = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}


class WrongError(Exception):
    """Something that must not be."""


@dataclass(frozen=True)
class Http:
    """A client of one run of the server."""

    client: httpx2.Client

    def post(self, path: str, body: Any) -> Any:
        """Post below the project, or to a page of the local CDF's own."""
        return self.send("POST", path if path.startswith("/_localcdf") else API + path, json=body).json()

    def send(self, method: str, url: str, **content: Any) -> httpx2.Response:
        """Send a request, also to a link that an earlier run made; what is not carried out is wrong."""
        path = httpx2.URL(url).raw_path.decode()
        answer = self.client.request(method, path, **content)
        if not answer.is_success:
            raise WrongError(f"{method} {path[:60]}: {answer.status_code} {answer.text}")
        return answer

    def by_ids(self, path: str, identifiers: list[Any]) -> list[Any]:
        """Return which of these things there are."""
        further = {} if path.startswith("/models") else {"ignoreUnknownIds": True}
        return self.post(f"{path}/byids", {"items": identifiers} | further)["items"]


@contextmanager
def http_of(server: LocalServer) -> Iterator[Http]:
    """A client with the admin token."""
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=30) as client:
        yield Http(client)


@dataclass(frozen=True)
class Kind:
    """A kind of write: the request, how many of its parts are there, and how many there must be."""

    write: Callable[
        [Http, str], str | None
    ]  # answers a signed link, where there is one to try after the kill
    found: Callable[[Http, str], int]
    whole: int = 1


def set_up(http: Http) -> None:
    """Make what all writes share. An upload is noticed at once: its answer promises the content."""
    options = {"upload-noticed-after": "0", "download-without-content": "400"}
    items = [{"name": name, "option": option} for name, option in options.items()]
    http.post("/_localcdf/readings", {"items": items})
    http.post("/models/spaces", {"items": [{"space": HOME}]})
    (data_set,) = http.post("/datasets", {"items": [{"externalId": HOME}]})["items"]
    http.post("/extpipes", {"items": [{"externalId": HOME, "name": HOME, "dataSetId": data_set["id"]}]})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("handler.py", "def handle(data):\n    return data\n")
    for name, content in {HOME: b"content", CODE: archive.getvalue()}.items():
        file = http.post("/files", {"name": f"{name}.zip", "externalId": name})
        http.send("PUT", file["uploadUrl"], content=content)


def content_of(name: str) -> bytes:
    """Return the content of a file, made from its name."""
    return random.Random(name).randbytes(CONTENT_BYTES)  # noqa: S311 no secret


def _parts(name: str, number: int) -> list[str]:
    return [f"{name}-{part}" for part in range(number)]


def _nodes(name: str) -> list[Any]:
    return [{"instanceType": "node", "space": HOME, "externalId": each} for each in _parts(name, 5)]


def _write_nodes(http: Http, name: str) -> None:
    http.post("/models/instances", {"items": _nodes(name)})


def _data_sets(name: str) -> list[Any]:
    return [{"externalId": each} for each in _parts(name, 3)]


def _write_data_sets(http: Http, name: str) -> None:
    http.post("/datasets", {"items": _data_sets(name)})


def _write_annotations(http: Http, name: str) -> None:
    (file,) = http.by_ids("/files", [{"externalId": HOME}])
    annotation = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file["id"],
        "annotationType": "images.TextRegion",
        "creatingApp": name,
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "status": "approved",
        "data": {"text": "21-PT-1019", "textRegion": REGION},
    }
    http.post("/annotations", {"items": [annotation] * 4})


def _found_annotations(http: Http, name: str) -> int:
    on = {"annotatedResourceType": "file", "annotatedResourceIds": [{"externalId": HOME}]}
    return len(http.post("/annotations/list", {"filter": on | {"creatingApp": name}})["items"])


def _write_file(http: Http, name: str) -> str:
    return http.post("/files", {"name": name, "externalId": name})["uploadUrl"]


def _write_content(http: Http, name: str) -> str:
    http.send("PUT", _write_file(http, name), content=content_of(name))
    path = "/files/downloadlink?extendedExpiration=true"
    return http.post(path, {"items": [{"externalId": name}]})["items"][0]["downloadUrl"]


def found_content(http: Http, name: str) -> int:
    """Say whether a file has content; other content than its own is wrong."""
    path = f"{API}/files/downloadlink"
    answer = http.client.post(path, json={"items": [{"externalId": name}]})
    if answer.status_code == 400:
        return 0  # no such file, or no content yet
    check_content(http, name, answer.json()["items"][0]["downloadUrl"])
    return 1


def check_content(http: Http, name: str, link: str) -> None:
    """Get what is behind a link: it must be the content of the file, to the last byte."""
    if http.send("GET", link).content != content_of(name):
        raise WrongError(f"the content of the file {name} is not what was put")


def _write_run(http: Http, name: str) -> None:
    http.post("/extpipes/runs", {"items": [{"externalId": HOME, "status": "failure", "message": name}]})


def _found_runs(http: Http, name: str) -> int:
    wanted = {"externalId": HOME, "message": {"substring": name}}
    return len(http.post("/extpipes/runs/list", {"filter": wanted})["items"])


def _write_function(http: Http, name: str) -> None:
    (code,) = http.by_ids("/files", [{"externalId": CODE}])
    http.post("/functions", {"items": [{"name": name, "externalId": name, "fileId": code["id"]}]})


def _by_ids(path: str, identifiers: Callable[[str], list[Any]]) -> Callable[[Http, str], int]:
    return lambda http, name: len(http.by_ids(path, identifiers(name)))


def _itself(name: str) -> list[Any]:
    return [{"externalId": name}]


FILES, CONTENTS, FUNCTIONS = "files", "contents", "functions"
KINDS = {
    "instances": Kind(_write_nodes, _by_ids("/models/instances", _nodes), whole=5),
    "annotations": Kind(_write_annotations, _found_annotations, whole=4),
    "data sets": Kind(_write_data_sets, _by_ids("/datasets", _data_sets), whole=3),
    FILES: Kind(_write_file, _by_ids("/files", _itself)),
    CONTENTS: Kind(_write_content, found_content),
    "pipeline runs": Kind(_write_run, _found_runs),
    FUNCTIONS: Kind(_write_function, _by_ids("/functions", _itself)),
}
