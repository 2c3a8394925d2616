"""The way of the viewer's requests to CDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cognite.client import CogniteClient

from demo.viewer.requests import Body

VERSION = {"cdf-version": "beta"}  # without it, CDF does not look up annotations by what they link to


@dataclass(frozen=True)
class Service:
    """A project of CDF, asked over plain HTTP with the client's credentials."""

    client: CogniteClient

    def ask(self, path: str, body: Body) -> dict[str, Any]:
        """Post one request; return what is answered."""
        url = f"/api/v1/projects/{self.client.config.project}{path}"
        return self.client.post(url, json=body, headers=VERSION).json()

    def pages(self, path: str, body: Body) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        cursor = None
        while True:
            answer = self.ask(path, body if cursor is None else {**body, "cursor": cursor})
            yield from answer["items"]
            cursor = answer.get("nextCursor")
            if cursor is None:
                return
