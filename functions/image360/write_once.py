"""Writes that CDF does not recognise when they come twice: each is sent once, and what became of it is said.

The SDK resends a request by itself, after a lost connection too (measured on cognite-sdk 8.22: any POST after
a network error, most of them after a timeout or a 5xx). For annotations and contextualizations, which take no
id of ours, a second arrival is a second link.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from cognite.client import CogniteClient, global_config
from cognite.client.exceptions import CogniteAPIError, CogniteConnectionRefused, CogniteRequestError

BUSY_WAITS = (1.0, 4.0, 10.0)  # seconds before another try when CDF answers 429: it has done nothing
REFUSED = (400, 404, 409, 413, 422)  # for the sake of an item; other refusals are of the request as a whole
MOST_REFUSED = 16  # requests: enough to find the one bad item of a thousand, or two of a hundred
NONE_GOOD = 5  # items that are refused one by one, and none that is taken: it is not the items

Item = TypeVar("Item")


@dataclass
class Sent(Generic[Item]):
    """What became of items; all others were taken.

    `unclear`: nobody knows, or not sent again since too much was refused. `refused`: with what CDF says.
    """

    unclear: list[Item] = field(default_factory=list[Item])
    refused: list[tuple[Item, str]] = field(default_factory=list[tuple[Item, str]])


def send_in_halves(
    items: Sequence[Item],
    send: Callable[[Sequence[Item]], bool],
    missing: Callable[[Sequence[Item]], Sequence[Item]],
    most_refused: int = MOST_REFUSED,
) -> Sent[Item]:
    """Send items in one request; one that is refused is halved until the bad item stands alone.

    Args:
        items: What is to be sent.
        send: Sends items as `write_once` does.
        missing: Returns those of the items that CDF does not hold. It is asked before anything is sent
            again: a refused request may have been carried out in part.
        most_refused: Requests that may be refused before the rest is left unsent.

    Raises:
        CogniteAPIError: CDF refuses the request as a whole, or each of its items.
    """
    sent, waiting, refusals = Sent[Item](), [items] if items else [], 0
    while waiting:
        batch = waiting.pop()
        if refusals == most_refused:
            sent.unclear += batch
            continue
        try:
            if not send(batch):
                sent.unclear += batch
        except CogniteAPIError as error:
            if error.code not in REFUSED:
                raise
            refusals += 1
            left = missing(batch)
            if len(batch) > 1:
                waiting += [half for half in _halves(left) if half]
            elif left:
                sent.refused.append((batch[0], f"{error.code}: {error.message}"))
            if len(sent.refused) == len(items) >= NONE_GOOD:
                raise
    return sent


def _halves(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    middle = len(items) // 2
    return items[middle:], items[:middle]


def write_once(
    client: CogniteClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> bool:
    """Post `body` below the project; return whether CDF said that it is done, False when nobody knows.

    Raises:
        CogniteAPIError: CDF refused the request (4xx): nothing was written.
        CogniteConnectionRefused: CDF could not be reached: nothing was written.
    """
    return answer_once(client, path, body, headers) is not None


def answer_once(
    client: CogniteClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> bytes | None:
    """Post `body` as `write_once` does; return CDF's answer, None when nobody knows."""
    waits = iter(BUSY_WAITS)
    while True:
        try:
            return post_once(client, path, body, headers)
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
        with without_retries():
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
def without_retries() -> Generator[None]:
    """Switch the SDK's own retries off; it reads these settings at each request."""
    kept = global_config.max_retries, global_config.max_retries_connect
    global_config.max_retries = global_config.max_retries_connect = 0
    try:
        yield
    finally:
        global_config.max_retries, global_config.max_retries_connect = kept
