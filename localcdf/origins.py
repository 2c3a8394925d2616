"""Web pages of which origins may ask: those named at the start. To a page of any other, nothing is opened."""

import argparse
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

EXPOSED = ("x-request-id", "retry-after", "cdf-is-auto-retryable", "content-disposition")


def origin(text: str) -> str:
    """Return an origin given on the command line; one that no browser would send is refused."""
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or f"{parts.scheme}://{parts.netloc}" != text
    ):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no origin: scheme, host and perhaps port are needed, as in http://localhost:3000"
        )
    return text.lower()


def open_to(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Return ``app``, open to web pages of these origins by CORS."""
    opened = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT"),
        allow_headers=("*",),  # what of them is known is looked at with the request itself
        expose_headers=EXPOSED,
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        asks = opened if Headers(scope=scope).get("origin") in origins else app
        await asks(scope, receive, send)

    return guarded
