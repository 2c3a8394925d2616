"""``python -m localcdf``: start a local CDF on this machine."""

import argparse
import json
import secrets
import signal
import socket
import sqlite3
import sys
import tempfile
from pathlib import Path
from types import FrameType

import uvicorn

from localcdf.app import SCHEMAS, create_app, create_service
from localcdf.clouds import CLOUDS
from localcdf.protocol import EnvelopeProtocol
from localcdf.store import Store, StoreError, open_store


class AnnouncingServer(uvicorn.Server):
    """Says where it is, in one line of JSON, once it listens."""

    announcement = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.announcement, flush=True)


def main() -> None:
    """Serve until interrupted or terminated."""
    options = _parse_options()
    signal.signal(signal.SIGTERM, _stop)  # so that what was opened is closed and temporary folders go
    with tempfile.TemporaryDirectory(prefix="localcdf-") as temporary:
        store = _open(options.data or Path(temporary))
        try:
            _serve(store, options)
        except KeyboardInterrupt:
            pass
        finally:
            store.close()


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="localcdf", description="A local CDF over real HTTP.")
    parser.add_argument("--port", type=int, default=8000, help="0: any free port (default 8000)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the state here (default: nowhere)")
    parser.add_argument("--admin-token", metavar="T", help="the token to ask for (default: made up)")
    parser.add_argument("--project", default="local", help="the name of the project (default local)")
    parser.add_argument(
        "--cloud", choices=CLOUDS, default="tightest", help="whose limits functions have (default tightest)"
    )
    return parser.parse_args()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _open(folder: Path) -> Store:
    try:
        return open_store(folder, SCHEMAS)
    except (OSError, sqlite3.Error, StoreError) as error:
        sys.exit(f"Cannot open the store in {folder}: {error}")


def _serve(store: Store, options: argparse.Namespace) -> None:
    token = options.admin_token or secrets.token_urlsafe(24)
    # IPPROTO_TCP spelled out: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", options.port))
    except OSError as error:
        sys.exit(f"Cannot listen on 127.0.0.1:{options.port}: {error.strerror}. Choose another --port, or 0.")
    config = uvicorn.Config(
        create_app(create_service(store, options.project, token, CLOUDS[options.cloud])),
        http=EnvelopeProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    server = AnnouncingServer(config)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.announcement = json.dumps({"url": url, "admin_token": token})
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
