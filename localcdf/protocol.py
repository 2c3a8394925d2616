"""The HTTP/1.1 protocol, with CDF's envelope for what is not even HTTP."""

import uuid

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from localcdf.answer import json_answer
from localcdf.errors import CdfError


class EnvelopeProtocol(H11Protocol):
    """uvicorn's protocol; it answers garbage in plain text."""

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
