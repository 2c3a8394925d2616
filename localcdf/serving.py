"""The server process: where it listens, how it says so, and how it stops listening for a while."""

import asyncio
import socket

import uvicorn

HOST = "127.0.0.1"


def bound(port: int) -> socket.socket:
    """Return a socket that holds a port, any free one for 0, and does not listen; OSError if it is taken."""
    # IPPROTO_TCP spelled out: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((HOST, port))
    except OSError:
        holder.close()
        raise
    return holder


class Server(uvicorn.Server):
    """Says where it is, in one line, once it listens; requests find it as ``request.state.server``."""

    def __init__(self, config: uvicorn.Config, port: int, announcement: str) -> None:
        super().__init__(config)
        self._port = port
        self._announcement = announcement
        self._absence: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state["server"] = self
        await super().startup(sockets)
        print(self._announcement, flush=True)

    def refuse_connections(self, seconds: float) -> None:
        """Close the listening socket and every idle connection; listen again after ``seconds``."""
        if self._absence is not None and not self._absence.done():
            return
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        # Bound but not listening, the port refuses connections, and nobody else can take it.
        self._absence = asyncio.create_task(self._return(bound(self._port), seconds))

    async def _return(self, holder: socket.socket, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await super().startup([holder])
