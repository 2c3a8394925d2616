"""A local CDF, forked from the warm process, on a copy of a store; over real HTTP like any."""

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import httpx2

import localcdf.__main__ as localcdf
from demo.localserver import PROJECT
from sweep.ahead import AHEAD
from sweep.forks import Child, forked

API = f"/api/v1/projects/{PROJECT}"
TOKEN = "the sweep's own"  # noqa: S105 of a server that nobody else reaches
FUNCTIONS = "functions"  # the name of their client in the log
ONLOOKER = "onlooker"
PATIENCE = 10.0  # seconds
Json = dict[str, Any]


@cache
def _http() -> httpx2.Client:
    headers = {"Authorization": f"Bearer {TOKEN}", "x-cdp-app": ONLOOKER}
    return httpx2.Client(headers=headers, verify=False, timeout=60)


def _asked(method: str, url: str, **further: Any) -> Json:
    """Return the answer to a request of the onlooker, who waits while a fault refuses all connections."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return _http().request(method, url, **further).raise_for_status().json()
        except httpx2.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


@dataclass(frozen=True)
class Server:
    """A local CDF at work, as an onlooker sees it."""

    url: str
    folder: Path
    child: Child
    _read: list[int] = field(default_factory=lambda: [0])

    def get(self, path: str) -> Json:
        """Return the answer to a GET."""
        return _asked("GET", self.url + path)

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Json:
        """Return the answer to a POST below the project."""
        return _asked("POST", self.url + API + path, json=body, headers=headers)

    def admin(self, page: str, body: Mapping[str, Any]) -> Json:
        """Post to a page of the local CDF's own."""
        return _asked("POST", f"{self.url}/_localcdf/{page}", json=body)

    def advance(self, seconds: float) -> None:
        """Let time pass, for the functions too."""
        now = self.admin("clock", {"advance": seconds})["now"]
        AHEAD.seconds = now / 1000 - time.time()

    def strike(self, rule: Mapping[str, Any]) -> None:
        """Let a fault strike the functions."""
        self.admin("faults", {"items": [{**rule, "caller": FUNCTIONS}]})

    def heal(self) -> int:
        """Let no fault strike any more; return how often one did."""
        items = self.get("/_localcdf/faults")["items"]
        _asked("DELETE", f"{self.url}/_localcdf/faults")
        return sum(each["hits"] for each in items)

    def written(self) -> list[Json]:
        """Return what the functions have written so far, of the server's write log."""
        return [each for each in self.get("/_localcdf/writes")["items"] if each["caller"] == FUNCTIONS]

    def asked(self) -> list[Json]:
        """Return the requests of the functions, of the server's log."""
        return [each for each in self.get("/_localcdf/log")["items"] if each["caller"] == FUNCTIONS]

    def traffic(self, *, everybody: bool = False) -> Iterator[Json]:
        """Yield the API requests of the functions, or of everybody, with their answers."""
        wanted = "" if everybody else f'"caller":"{FUNCTIONS}"'
        with _traffic_of(self.folder).open(encoding="utf-8") as file:
            for line in file:
                if wanted in line and line.endswith("\n"):
                    yield json.loads(line)


def advance_by(url: str, seconds: float) -> None:
    """Let time pass for CDF alone; for a process that has no connection to it yet."""
    headers = {"Authorization": f"Bearer {TOKEN}", "x-cdp-app": ONLOOKER, "Content-Type": "application/json"}
    body = json.dumps({"advance": seconds}).encode()
    urlopen(Request(f"{url}/_localcdf/clock", body, headers)).close()  # noqa: S310 our own


@contextmanager
def serving(
    store: Path, folder: Path, status: str, cloud: str = "tightest", *, keep: bool = False
) -> Iterator[Server]:
    """A local CDF on a copy of `store`, made in `folder`; `keep` leaves the copy, whole, when it ends."""
    shutil.copytree(store, folder) if store.exists() else folder.mkdir(parents=True)
    child = forked(lambda: _serve(folder, status, cloud))
    try:
        said = json.loads(child.line())
        server = Server(said["url"], folder, child)
        server.advance(0)
        yield server
    finally:
        child.end() if keep else child.kill()
        _traffic_of(folder).unlink()
        if not keep:
            shutil.rmtree(folder)


def _traffic_of(folder: Path) -> Path:
    return folder.with_suffix(".jsonl")


def _serve(folder: Path, status: str, cloud: str) -> None:
    options = {"port": 0, "data": folder, "project": PROJECT, "project-status": status, "admin-token": TOKEN}
    options |= {"traffic": _traffic_of(folder), "cloud": cloud}
    sys.argv = ["localcdf", *(f"--{name}={value}" for name, value in options.items())]
    localcdf.main()
