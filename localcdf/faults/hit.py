"""What a fault knows of the request that it is to hit, and what it works with once it does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.types import Receive, Send

from localcdf.logs import Trail

When = Literal["before", "after"]


@dataclass(frozen=True)
class Asked:
    """A request, as far as faults choose by it."""

    method: str
    path: str  # below the project, or as logged
    caller: str = ""
    is_transfer: bool = False  # through a signed link
    reads: bool = False  # is answered from the store and does not change it
    has_cursor: bool = False


@dataclass(frozen=True)
class Hit:
    """A request that is hit.

    ``carry_out`` handles it as if there were no fault and answers through the ``Send`` it is given; what it
    changed is committed when it returns. ``send`` adds the request id to an answer, ``send_bare`` does not.
    """

    request: Request
    trail: Trail
    when: When
    seconds: float
    carry_out: Callable[[Receive, Send], Awaitable[None]]
    receive: Receive
    send: Send
    send_bare: Send


Effect = Callable[[Hit], Awaitable[None]]
