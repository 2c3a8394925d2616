"""Writes that CDF does not recognise when they come twice: each is sent once, and what became of it is said.

The SDK resends a request by itself, after a lost connection too (measured on cognite-sdk 8.22: any POST after
a network error, most of them after a timeout or a 5xx). For annotations and contextualizations, which take no
id of ours, a second arrival is a second link.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from cognite.client import CogniteClient, global_config
from cognite.client.exceptions import CogniteAPIError, CogniteConnectionRefused, CogniteRequestError

BUSY_WAITS = (1.0, 4.0, 10.0)  # seconds before another try when CDF answers 429: it has done nothing


def write_once(
    client: CogniteClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> bool:
    """Post `body` below the project; return whether CDF said that it is done, False when nobody knows.

    Raises:
        CogniteAPIError: CDF refused the request (4xx): nothing was written.
        CogniteConnectionRefused: CDF could not be reached: nothing was written.
    """
    waits = iter(BUSY_WAITS)
    while True:
        try:
            return post_once(client, path, body, headers) is not None
        except CogniteAPIError as error:
            wait = next(waits, None)
            if error.code != 429 or wait is None:
                raise
            time.sleep(wait)


def post_once(
    client: CogniteClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> bytes | None:
    """Post `body` below the project, a single time; return CDF's answer, None when nobody knows.

    Raises:
        CogniteAPIError: CDF refused the request (4xx): nothing was written.
        CogniteConnectionRefused: CDF could not be reached: nothing was written.
    """
    url = f"/api/v1/projects/{client.config.project}{path}"
    try:
        with _without_retries():
            return client.post(url, json=dict(body), headers=dict(headers) if headers else None).content
    except CogniteAPIError as error:
        if error.code >= 500 or error.code == 408:
            return None
        raise
    except CogniteConnectionRefused:
        raise
    except CogniteRequestError:
        return None


@contextmanager
def _without_retries() -> Generator[None]:
    """Switch the SDK's own retries off; it reads these settings at each request."""
    kept = global_config.max_retries, global_config.max_retries_connect
    global_config.max_retries = global_config.max_retries_connect = 0
    try:
        yield
    finally:
        global_config.max_retries, global_config.max_retries_connect = kept
