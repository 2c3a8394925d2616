"""Ways to lead an answer: into nothing, into memory."""

from dataclasses import dataclass, field

from starlette.types import Message


async def swallow(_message: Message) -> None:
    """Send nothing."""


@dataclass
class Kept:
    """An answer that is kept instead of sent."""

    start: Message = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        """Keep a part of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.content += message.get("body", b"")


def length_of(start: Message) -> int:
    """Return the Content-Length that the start of an answer announces; 0 without one."""
    return int(dict(start["headers"]).get(b"content-length", 0))


def with_length(start: Message, length: int) -> Message:
    """Return the start of an answer with another Content-Length."""
    headers = [each for each in start["headers"] if each[0] != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
