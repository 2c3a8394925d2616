"""The stock `cdf` of cognite-toolkit, on what the modules and a config make.

It stops where `cdf` would go on: when CDF_PROJECT is not the project of the config, and when a variable that
the modules name as ${VARIABLE} is not set; a variable that is set to nothing counts as not set. No .env file
is read, so what the CI sets is what counts.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")  # with a dot in it: a reference of a workflow
NOT_REPLACED = "*.Config.yaml"  # the toolkit hands the config of a pipeline over as it is
# Read in place of any .env in the folder or above it.
ENV_FILE = "SENTRY_ENABLED=false\n"


class StopError(Exception):
    """It must not go on; the message says why and what to do."""


@dataclass(frozen=True)
class Toolkit:
    """What the modules and a config make, in a folder that goes when the work is done."""

    project: str
    environment: Mapping[str, str]
    scratch: Path

    @property
    def build(self) -> Path:
        """Where the built files are."""
        return self.scratch / "build"

    def on_project(self, command: str, *options: str) -> None:
        """Run a command of `cdf` that has to do with the project.

        Raises:
            StopError: It has failed.
        """
        # What the toolkit logs of a failure holds request bodies: it goes with the scratch folder.
        logs = ["--log-dir", str(self.scratch / "logs")]
        self.run(command, str(self.build), "--cdf-project", self.project, *logs, *options)

    def run(self, *arguments: str) -> None:
        """Run `cdf`; raise StopError when it fails."""
        options = ["--no-override-env", "--env-path", str(self.scratch / "env")]
        command = [_program(), *options, *arguments]
        if subprocess.run(command, cwd=ROOT, env=self.environment, check=False).returncode:
            raise StopError(f"`cdf {arguments[0]}` has failed, see above")


@contextmanager
def built(config: Path) -> Iterator[Toolkit]:
    """Build the modules that the config selects, for the project that the environment variables name.

    Raises:
        StopError: They name another project, or the build finds fault with anything (cdf.toml).
    """
    environment = {name: value for name, value in os.environ.items() if value}
    project = require_project(ROOT / config, environment)
    with tempfile.TemporaryDirectory(prefix="image360-deploy-") as scratch:
        toolkit = Toolkit(project, environment, Path(scratch))
        (toolkit.scratch / "env").write_text(ENV_FILE, "utf-8")
        toolkit.run("build", "--config-yaml", str(config), "--build-dir", str(toolkit.build))
        yield toolkit


def require_project(config: Path, environment: Mapping[str, str]) -> str:
    """Return the project of the config; raise StopError unless the environment names the same."""
    if not config.is_file():
        raise StopError(f"{config} is not there: name a config file, as config.dev.yaml")
    project = (yaml.safe_load(config.read_text("utf-8")) or {}).get("environment", {}).get("project")
    if not project:
        raise StopError(f"{config.name} names no environment.project: add it")
    if environment.get("CDF_PROJECT") != project:
        raise StopError(
            f"{config.name} is for the project '{project}', but CDF_PROJECT is "
            f"'{environment.get('CDF_PROJECT', '')}': correct one of them"
        )
    return project


def require_variables(toolkit: Toolkit) -> None:
    """Raise StopError when a variable that the built files name is not set: `cdf` would deploy its name."""
    missing: dict[str, str] = {}
    for file in sorted(toolkit.build.rglob("*.yaml")):
        if not file.match(NOT_REPLACED):
            named = VARIABLE.findall(file.read_text("utf-8"))
            missing.update({name: file.name for name in named if name not in toolkit.environment})
    if missing:
        named = ", ".join(f"{name} ({file})" for name, file in sorted(missing.items()))
        raise StopError(f"not set: {named}. Set each as a variable or secret of the CI")


def _program() -> str:
    """Return where `cdf` is: beside this Python, or on the path."""
    found = shutil.which("cdf", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise StopError("there is no `cdf`: pip install --require-hashes -r requirements/deploy.txt")
    return found
