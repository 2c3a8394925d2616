"""`python -m deploy CONFIG`: build and deploy the modules, as any CI should.

Runs the stock `cdf` of cognite-toolkit, and stops where `cdf` would go on: when CDF_PROJECT is not the
project of the config, when a variable that the modules name as ${VARIABLE} is not set, when the build finds
fault with anything (cdf.toml). No .env file is read, so what the CI sets is what counts, and a variable that
is set to nothing counts as not set.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")  # with a dot in it: a reference of a workflow
NOT_REPLACED = "*.Config.yaml"  # the toolkit hands the config of a pipeline over as it is
# Read in place of any .env in the folder or above it.
ENV_FILE = "SENTRY_ENABLED=false\n"


class StopError(Exception):
    """The deployment must not go on; the message says why and what to do."""


def main() -> None:
    """Build and deploy, or stop."""
    parser = argparse.ArgumentParser(prog="deploy", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("config", type=Path, help="config.dev.yaml or config.prod.yaml")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    options = parser.parse_args()
    try:
        deploy(options.config, options.dry_run)
    except StopError as reason:
        sys.exit(f"Stopped: {reason}")


def deploy(config: Path, dry_run: bool) -> None:
    """Build the modules that the config selects, and deploy them to its project.

    Raises:
        StopError: The deployment must not go on.
    """
    environment = {name: value for name, value in os.environ.items() if value}
    project = require_project(ROOT / config, environment)
    with tempfile.TemporaryDirectory(prefix="image360-deploy-") as scratch:
        env_file, build = Path(scratch, "env"), Path(scratch, "build")
        env_file.write_text(ENV_FILE, "utf-8")

        def cdf(*arguments: str) -> None:
            command = [_program(), "--no-override-env", "--env-path", str(env_file), *arguments]
            if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
                raise StopError(f"`cdf {arguments[0]}` has failed, see above")

        cdf("build", "--config-yaml", str(config), "--build-dir", str(build))
        require_variables(build, environment)
        # What the toolkit logs of a failed deployment holds request bodies: it goes with the scratch folder.
        what = ["--dry-run"] if dry_run else []
        cdf("deploy", str(build), "--cdf-project", project, "--log-dir", str(Path(scratch, "logs")), *what)


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


def require_variables(build: Path, environment: Mapping[str, str]) -> None:
    """Raise StopError when a variable that the built files name is not set: `cdf` would deploy its name."""
    missing: dict[str, str] = {}
    for file in sorted(build.rglob("*.yaml")):
        if not file.match(NOT_REPLACED):
            named = VARIABLE.findall(file.read_text("utf-8"))
            missing.update({name: file.name for name in named if name not in environment})
    if missing:
        named = ", ".join(f"{name} ({file})" for name, file in sorted(missing.items()))
        raise StopError(f"not set: {named}. Set each as a variable or secret of the CI")


def _program() -> str:
    """Return where `cdf` is: beside this Python, or on the path."""
    found = shutil.which("cdf", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise StopError("there is no `cdf`: pip install --require-hashes -r requirements/deploy.txt")
    return found


if __name__ == "__main__":
    main()
