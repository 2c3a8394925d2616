"""The HTTP/1.1 protocol, with CDF's envelope for what is not even HTTP."""

import asyncio
import socket
import struct
import uuid

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from localcdf.answer import json_answer
from localcdf.errors import CdfError


class EnvelopeProtocol(H11Protocol):
    """uvicorn's protocol, which answers garbage in plain text.

    Requests find their connection as ``request.state.connection``.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._lost = asyncio.Event()
        self.app_state = {**self.app_state, "connection": self}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lost.set()

    async def reset(self) -> None:
        """Drop the connection with RST: nothing more is sent, and the client is told of no orderly end."""
        linger_not = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self.transport.abort()
        await self._lost.wait()

    async def end(self) -> None:
        """Close the connection in order, wherever the answer is."""
        self.transport.close()
        await self._lost.wait()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as a request, and close the connection."""
        answer = json_answer(CdfError(400, msg).envelope(), 400)
        headers = [
            *answer.raw_headers,
            (b"x-request-id", str(uuid.uuid4()).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
