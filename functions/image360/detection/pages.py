"""Lists for which the SDK has no method: all pages of a POST with a cursor."""

from collections.abc import Iterator, Mapping
from typing import Any

from cognite.client import CogniteClient


def pages(client: CogniteClient, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the items of every page of a list below the project."""
    url = f"/api/v1/projects/{client.config.project}{path}"
    asked = dict(body)
    while True:
        answer = client.post(url, json=asked).json()
        yield from answer["items"]
        if not answer.get("nextCursor"):
            return
        asked["cursor"] = answer["nextCursor"]
