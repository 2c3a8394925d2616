"""The local CDF as a process of its own, and clients that talk to it."""

import json
import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cognite.client import ClientConfig, CogniteClient, global_config
from cognite.client.credentials import Token

import image360

PROJECT = "local"
# The environment variable that names a folder to record requests and answers in, a file for each start.
TRAFFIC = "LOCALCDF_TRAFFIC"
START_SECONDS = 30
# What reads text for the jobs of a local CDF; it is handed no environment, so it is told where the code is.
READER = shlex.join(
    ["env", f"PYTHONPATH={Path(image360.__file__).parents[1]}", sys.executable, "-m", "image360", "read"]
)
# The readings under which nothing comes late, for who writes and reads at once.
AT_ONCE = {
    "list_lag": "0",
    "upload_noticed_after": "0",
    "asset_path_after": "0",
    "image360_effect": "at-once",
}


@dataclass(frozen=True)
class LocalServer:
    """Where a local CDF listens, and the token it asks for."""

    url: str
    token: str
    process: "subprocess.Popen[str]"

    def wait(self) -> None:
        """Wait until the process ends."""
        self.process.wait()

    def client(self, name: str) -> CogniteClient:
        """Return a client of the real SDK; `name` shows up as the caller in the request log."""
        global_config.disable_pypi_version_check = True
        return CogniteClient(
            ClientConfig(client_name=name, project=PROJECT, base_url=self.url, credentials=Token(self.token))
        )

    def admin(self, page: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post to a page of the local CDF's own, such as `clock`, `readings` or `faults`."""
        return self.client("admin").post(f"{self.url}/_localcdf/{page}", json=body).json()

    def read_as(self, **readings: str) -> None:
        """Turn on options of readings, by name with `_` for `-`."""
        items = [{"name": name.replace("_", "-"), "option": each} for name, each in readings.items()]
        self.admin("readings", {"items": items})

    def requests_by(self, name: str) -> list[dict[str, Any]]:
        """Return the log entries of the requests that the client `name` made."""
        return self._logged("log", name)

    def writes_by(self, name: str) -> list[dict[str, Any]]:
        """Return those of them that changed the store, extraction-pipeline runs apart."""
        return [each for each in self._logged("writes", name) if not each["path"].endswith("/extpipes/runs")]

    def _logged(self, page: str, name: str) -> list[dict[str, Any]]:
        answer = self.client("demo").get(f"{self.url}/_localcdf/{page}")
        return [entry for entry in answer.json()["items"] if entry["caller"] == name]


@contextmanager
def local_cdf(
    folder: Path,
    port: int = 0,
    project_status: str = "HYBRID",
    options: Sequence[str] = (),
    errors: IO[Any] | None = None,
) -> Iterator[LocalServer]:
    """Start a local CDF that keeps its state in `folder`; it ends with the block.

    `project_status` is DATA_MODELING_ONLY, DATA_MODELING_FIRST or HYBRID.
    `options` are further ones of its command line, `errors` is where its standard error goes.
    """
    command = [
        sys.executable,
        "-m",
        "localcdf",
        "--port",
        str(port),
        "--data",
        str(folder),
        "--project",
        PROJECT,
        "--project-status",
        project_status,
        *_traffic(),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the local CDF did not start (exit code {process.wait(START_SECONDS)})")
            started = json.loads(line)
            yield LocalServer(started["url"], started["admin_token"], process)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _traffic() -> list[str]:
    folder = os.environ.get(TRAFFIC)
    if not folder:
        return []
    Path(folder).mkdir(parents=True, exist_ok=True)
    return ["--traffic", str(Path(folder, f"{uuid.uuid4()}.jsonl"))]
