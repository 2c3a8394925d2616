"""Canned answers: what a client reads instead of the answer to its request."""

import json
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from starlette.responses import Response

from localcdf.faults.hit import Hit
from localcdf.faults.sending import swallow


@dataclass(frozen=True)
class Canned:
    """An effect: this answer, whatever the request was."""

    status: int
    content: bytes
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: bool = False  # in as many seconds as the fault has
    from_cdf: bool = True  # has a request id

    async def __call__(self, hit: Hit) -> None:
        """Answer so, once the request is carried out if that is wanted."""
        if hit.when == "after":
            await hit.carry_out(hit.receive, swallow)
        wait = {"retry-after": str(ceil(hit.seconds))} if self.retry_after else {}
        answer = Response(self.content, self.status, {**self.headers, **wait}, self.media_type)
        await answer(hit.request.scope, hit.receive, hit.send if self.from_cdf else hit.send_bare)


def refusal(status: int, message: str, **further: Any) -> Canned:
    """Return an answer in CDF's error envelope."""
    content = json.dumps({"error": {"code": status, "message": message}}).encode()
    return Canned(status, content, **further)


def gateway_page(status: int, title: str) -> Canned:
    """Return the page of a load balancer, which knows neither JSON nor request ids."""
    page = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return Canned(status, page.encode(), "text/html", from_cdf=False)


def storage_refusal(code: str, message: str) -> Canned:
    """Return the 403 of an object store, in XML."""
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    content = f'<?xml version="1.0" encoding="UTF-8"?>{error}'
    return Canned(403, content.encode(), "application/xml", from_cdf=False)
