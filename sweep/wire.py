"""Between the SDK and the network of a function: where its process is killed, and its time is cut short."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx2

from sweep.ahead import AHEAD

When = Literal["before", "after"]


@dataclass
class Trouble:
    """What happens to the requests of this process, which are numbered from 1.

    Args:
        kill_at: The request at which it is killed: `before` it is sent, or `after` CDF has answered it.
        patience: Seconds that it waits for an answer at most.
        change: Changes an answer: its number, the request, and the content.
        delay: Returns how many seconds a request takes by the process's clock, by its number. One that takes
            longer than the SDK waits is given up.
        begin: Done in the process before all else.
    """

    kill_at: int | None = None
    when: When = "before"
    patience: float | None = None
    change: Callable[[int, httpx2.Request, bytes], bytes] | None = None
    delay: Callable[[int], float] | None = None
    begin: Callable[[], None] | None = None
    sent: int = field(default=0, init=False)


TROUBLE = Trouble()


class Wire(httpx2.AsyncBaseTransport):
    """Carries requests on, with the trouble that this process has."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        TROUBLE.sent += 1
        number, is_last = TROUBLE.sent, TROUBLE.sent == TROUBLE.kill_at
        if is_last and TROUBLE.when == "before":
            _die()
        if TROUBLE.patience is not None:
            request.extensions["timeout"] = dict.fromkeys(
                ("connect", "read", "write", "pool"), TROUBLE.patience
            )
        response = await self._inner.handle_async_request(request)
        if is_last:
            _die()
        if TROUBLE.delay is not None:
            _let_pass(TROUBLE.delay(number), request)
        if TROUBLE.change is None:
            return response
        return await self._changed(response, request, number)

    async def _changed(
        self, response: httpx2.Response, request: httpx2.Request, number: int
    ) -> httpx2.Response:
        assert TROUBLE.change is not None
        content = TROUBLE.change(number, request, await response.aread())
        headers = [each for each in response.headers.raw if each[0].lower() not in DROPPED]
        return httpx2.Response(response.status_code, headers=headers, content=content)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def _let_pass(seconds: float, request: httpx2.Request) -> None:
    """Let a request take its time, as long as the SDK waits for it."""
    longest = request.extensions["timeout"]["read"]
    AHEAD.let_pass(min(seconds, longest))
    if seconds > longest:
        raise httpx2.ReadTimeout("the answer takes too long", request=request)


DROPPED = (b"content-length", b"content-encoding", b"transfer-encoding")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
