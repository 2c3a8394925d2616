"""What faults do to the connection and to the answer on its way."""

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive, Send

from localcdf.faults.hit import Hit
from localcdf.faults.sending import Kept, length_of, swallow, with_length
from localcdf.protocol import EnvelopeProtocol

PIECES = 20  # of a slow answer


async def reset(hit: Hit) -> None:
    """Reset the connection instead of an answer."""
    if hit.when == "after":
        await hit.carry_out(hit.receive, swallow)
    await _connection(hit).reset()


async def refuse(hit: Hit) -> None:
    """Be gone for a while: reset this connection, close the idle ones, refuse new ones."""
    hit.request.state.server.refuse_connections(hit.seconds)
    await _connection(hit).reset()


async def cut_json(hit: Hit) -> None:
    """Send the first half of the answer as if it were all of it."""
    answer = Kept()
    await hit.carry_out(hit.receive, answer)
    half = bytes(answer.content[: len(answer.content) // 2])
    await hit.send(with_length(answer.start, len(half)))
    await hit.send({"type": "http.response.body", "body": half})


async def cut_connection(hit: Hit) -> None:
    """Send the first half of the answer, then end the connection."""
    left = 0

    async def send_half(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.start":
            left = length_of(message) // 2
            await hit.send(message)
            return
        piece = message.get("body", b"")[:left]
        left -= len(piece)
        await hit.send({"type": "http.response.body", "body": piece, "more_body": True})

    await hit.carry_out(hit.receive, send_half)
    await _connection(hit).end()


async def slow_body(hit: Hit) -> None:
    """Send the answer in pieces, spread over the seconds."""
    total = 1

    async def send_slowly(message: Message) -> None:
        nonlocal total
        if message["type"] == "http.response.start":
            total = max(length_of(message), 1)
            await hit.send(message)
            return
        body = message.get("body", b"")
        size = max(total // PIECES, 1)
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            await asyncio.sleep(hit.seconds * len(piece) / total)
            await hit.send({"type": "http.response.body", "body": piece, "more_body": True})
        await hit.send({"type": "http.response.body", "more_body": message.get("more_body", False)})

    await hit.carry_out(hit.receive, send_slowly)


async def slow_answer(hit: Hit) -> None:
    """Let the seconds pass before the request is carried out, or after it.

    Before, it is carried out even if the client has left meanwhile, as long as it has arrived whole.
    """
    pause = Pause(hit.seconds)
    receive = pause.before_the_end_of(hit.receive) if hit.when == "before" else hit.receive
    await hit.carry_out(receive, pause.before(hit.send))


async def stale_read(hit: Hit) -> None:
    """Answer from the state before the last write."""
    hit.trail.stale = True
    await hit.carry_out(hit.receive, hit.send)


@dataclass
class Pause:
    """A pause that is made once."""

    seconds: float
    is_made: bool = False

    async def make(self) -> None:
        """Let the seconds pass, the first time."""
        if not self.is_made:
            self.is_made = True
            await asyncio.sleep(self.seconds)

    def before(self, send: Send) -> Send:
        """Return ``send``, with the pause before what is sent first."""

        async def send_late(message: Message) -> None:
            await self.make()
            await send(message)

        return send_late

    def before_the_end_of(self, receive: Receive) -> Receive:
        """Return ``receive``, with the pause before the last part of the body is handed on."""

        async def receive_late() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                await self.make()
            return message

        return receive_late


def _connection(hit: Hit) -> EnvelopeProtocol:
    return hit.request.state.connection
