"""``python -m localcdf``: start a local CDF on this machine."""

import argparse
import json
import secrets
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from localcdf import project
from localcdf.app import SCHEMAS, create_app, create_service
from localcdf.clouds import CLOUDS
from localcdf.detection import command_of
from localcdf.heart import beating
from localcdf.origins import open_to, origin
from localcdf.protocol import EnvelopeProtocol
from localcdf.serving import HOST, Server, bound
from localcdf.store import Store, StoreError, open_store
from localcdf.traffic import Recorder


def main() -> None:
    """Serve until interrupted or terminated."""
    options = _parse_options()
    signal.signal(signal.SIGTERM, _stop)  # so that what was opened is closed and temporary folders go
    with tempfile.TemporaryDirectory(prefix="localcdf-") as temporary:
        # Absolute: programs that are started, such as the detector, run elsewhere.
        store = _open((options.data or Path(temporary)).resolve())
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
        "--project-status",
        choices=project.STATUSES,
        default="HYBRID",
        help="the project's data modeling status (default HYBRID)",
    )
    parser.add_argument(
        "--cloud", choices=CLOUDS, default="tightest", help="whose limits functions have (default tightest)"
    )
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="install each function's requirements.txt into a virtual environment of its own, as CDF does",
    )
    parser.add_argument(
        "--detector",
        type=command_of,
        default=[],
        metavar="CMD",
        help="the program that reads text on pictures for 3D jobs and Vision (default: none, so they fail)",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        type=origin,
        metavar="URL",
        help="let web pages of this origin ask, such as http://localhost:3000; may be given again",
    )
    parser.add_argument("--traffic", type=Path, metavar="FILE", help="write requests and answers here")
    return parser.parse_args()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _open(folder: Path) -> Store:
    try:
        return open_store(folder, SCHEMAS)
    except (OSError, sqlite3.Error, StoreError) as error:
        sys.exit(f"Cannot open the store in {folder}: {error}")


def _recorded(app: ASGIApp, traffic: Path | None) -> ASGIApp:
    if traffic is None:
        return app
    try:
        return Recorder(app, traffic)
    except OSError as error:
        sys.exit(f"Cannot write the traffic to {traffic}: {error.strerror}. Choose another --traffic.")


def _serve(store: Store, options: argparse.Namespace) -> None:
    token = options.admin_token or secrets.token_urlsafe(24)
    try:
        listener = bound(options.port)
    except OSError as error:
        sys.exit(f"Cannot listen on {HOST}:{options.port}: {error.strerror}. Choose another --port, or 0.")
    project.set_status(store, options.project_status)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    service = create_service(
        store, options.project, token, url, CLOUDS[options.cloud], options.detector, isolated=options.isolated
    )
    config = uvicorn.Config(
        open_to(_recorded(create_app(service), options.traffic), options.allow_origin),
        http=EnvelopeProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    announcement = json.dumps({"url": url, "admin_token": token})
    try:
        with beating(service):
            Server(config, listener.getsockname()[1], announcement).run(sockets=[listener])
    finally:
        service.close()


if __name__ == "__main__":
    main()
