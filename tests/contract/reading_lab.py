"""A local CDF on which readings are tried, one at a time, while its clock stands still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from demo.localserver import LocalServer

API = "/api/v1/projects/local"


@dataclass(frozen=True)
class Lab:
    """The local CDF, and a plain HTTP client for it."""

    server: LocalServer
    http: httpx2.Client

    def status(self, path: str, body: Any = None, **further: Any) -> int:
        """Return the status of the answer to a POST, or without a body a GET."""
        return self.answer(path, body, **further).status_code

    def get(self, path: str, body: Any = None, **further: Any) -> Any:
        """Return the JSON of an answer that must be good."""
        answer = self.answer(path, body, **further)
        assert answer.is_success, answer.text
        return answer.json()

    def items(self, path: str, body: Any) -> list[dict[str, Any]]:
        """Return the items of an answer that must be good."""
        return self.get(path, body)["items"]

    def answer(self, path: str, body: Any = None, **further: Any) -> httpx2.Response:
        """Return the answer to a POST, or without a body a GET; ``path`` is below the project, or a link."""
        url = path if path.startswith("http") else self.server.url + API + path
        return self.http.request("GET" if body is None else "POST", url, json=body, **further)

    def put(self, url: str, content: bytes) -> int:
        """Put content to a link; return the status."""
        return self.http.put(url, content=content).status_code

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.server.admin("clock", {"advance": seconds})


@dataclass(frozen=True)
class Scenario:
    """What to do, and what comes of it under each option of a reading."""

    play: Callable[[Lab], Any]
    outcome: Mapping[str, Any]  # by option


def unique() -> str:
    """An external id that nothing else has."""
    return f"reading_{uuid4().hex[:12]}"
