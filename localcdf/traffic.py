"""``--traffic FILE``: each request to the API and its answer as a line of JSON, without what is secret.

Headers are left out, with the tokens in them; signed links lose their secrets, and so does whatever a body
holds under one of ``SECRET_FIELDS``. A body that is no JSON is null.
"""

import json
import re
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcdf.content.links import BLOB_PATH
from localcdf.wire import MAX_BODY_BYTES

API_PATH = "/api/"
SECRET_FIELDS = frozenset({"clientSecret", "nonce", "secrets"})
REDACTED = "redacted"
LINK = re.compile(rf"({re.escape(BLOB_PATH)}\w+/)[\w-]+")


class Recorder:
    """Wraps the whole server, so that it sees what the client sees.

    An exchange is written before the last part of its answer leaves: who has the answer finds it in the file.
    Raises OSError for a file that cannot be written.
    """

    def __init__(self, server: ASGIApp, file: Path) -> None:
        self._server = server
        self._file = file
        file.touch()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API_PATH):
            await self._server(scope, receive, send)
            return
        sent, answer, status, written = bytearray(), bytearray(), 0, False

        def write() -> None:
            nonlocal written
            if not written:
                written = True
                entry = _asked(scope, bytes(sent)) | {"status": status, "answer": _parsed(bytes(answer))}
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry, separators=(",", ":")) + "\n")

        async def receive_recorded() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def send_recorded(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answer.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                write()
            await send(message)

        try:
            await self._server(scope, receive_recorded, send_recorded)
        finally:
            write()


def _asked(scope: Scope, sent: bytes) -> dict[str, Any]:
    headers, trail = Headers(scope=scope), scope.get("localcdf.trail")
    if headers.get("content-encoding") == "gzip":
        sent = _unpacked(sent)
    return {
        "method": scope["method"],
        "path": scope["path"],
        "query": parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        "version": headers.get("cdf-version"),
        "caller": trail and trail.caller,
        "fault": trail and trail.fault,
        "sent": _parsed(sent),
    }


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(content, MAX_BODY_BYTES)
    except zlib.error:
        return b""


def _parsed(content: bytes) -> Any:
    try:
        return without_secrets(json.loads(content))
    except (ValueError, RecursionError):
        return None


def without_secrets(value: Any) -> Any:
    """Return a JSON value of the same form, without its secrets."""
    if isinstance(value, str):
        return LINK.sub(rf"\1{REDACTED}", value)
    if isinstance(value, list):
        return [without_secrets(each) for each in value]
    if isinstance(value, dict):
        return {
            name: _blotted(each) if name in SECRET_FIELDS else without_secrets(each)
            for name, each in value.items()
        }
    return value


def _blotted(value: Any) -> Any:
    if isinstance(value, dict):
        return dict.fromkeys(value, REDACTED)
    return REDACTED if isinstance(value, str) else value
