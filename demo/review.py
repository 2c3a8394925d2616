"""``python -m demo.review``: the review app on a local CDF with doubtful items, until it is interrupted."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

import match_handler
from demo.deploy import PIPELINE
from demo.localserver import PROJECT, LocalServer, local_cdf
from demo.progress import Steps
from demo.projects import PROJECTS
from demo.serve import load
from demo.slips import store_readings
from deploy.variants import APP, APP_ENTRY, ROOT

ENTRY = ROOT / "variants" / APP / APP_ENTRY  # what is uploaded to CDF, and nothing else, runs here too
STOP_SECONDS = 10


def main() -> None:
    """Fill a queue, and show it."""
    parser = argparse.ArgumentParser(prog="demo.review", description=__doc__)
    parser.add_argument("--port", type=int, default=8501, help="of the app (default 8501)")
    parser.add_argument("--seed", type=int, default=1, help="of the plant site that is drawn (default 1)")
    parser.add_argument("--project-type", default="hybrid", choices=PROJECTS, help="(default hybrid)")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="image360-review-") as name:
        folder = Path(name)
        project = PROJECTS[options.project_type]
        with local_cdf(folder / "cdf", project_status=project.status) as server:
            with Steps(console) as steps:
                fill(server, options.project_type, folder / "site", options.seed, steps)
            with app(server.url, server.token, options.port) as process:
                console.print(f"The queue is at http://127.0.0.1:{options.port}. Press Ctrl+C to end it.")
                try:
                    process.wait()
                except KeyboardInterrupt:
                    _apply(server, console)


def fill(server: LocalServer, project_type: str, folder: Path, seed: int, steps: Steps) -> None:
    """Put a site into a project, as if it had been read badly, and match it."""
    project = PROJECTS[project_type]
    site = load(server, project, folder, seed, steps)
    assert site.truth is not None, "a drawn site has its truth"
    client = server.client("functions")
    steps.begin("matching", 1)
    store_readings(client, site.truth)
    match_handler.handle(client=client, data={"extraction_pipeline": PIPELINE})


def _apply(server: LocalServer, console: Console) -> None:
    """Tell what the next match call makes of the decisions."""
    said = match_handler.handle(client=server.client("functions"), data={"extraction_pipeline": PIPELINE})
    told = {key: said[key] for key in ("approved_now", "taken_back", "suggested")}
    console.print(f"\nThe next match call has applied what was decided: {told}")


@contextmanager
def app(url: str, token: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the app as the holder of a token; it ends with the block. It tells nobody that it runs."""
    with subprocess.Popen(command(port), env=environment(url, token), stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def command(port: int) -> Sequence[str]:
    """Return how Streamlit is started: on this machine alone, without its telemetry."""
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "viewer",
    }
    given = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(ENTRY), *given]


def environment(url: str, token: str) -> Mapping[str, str]:
    """Return the environment of the app: the project and the way in, and nothing else of CDF."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CDF_", "IDP_", "STREAMLIT_")) and name != "PYTHONPATH"
    }
    ours = {"CDF_URL": url, "CDF_PROJECT": PROJECT, "CDF_TOKEN": token, "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **ours}


if __name__ == "__main__":
    main()
