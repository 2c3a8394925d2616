"""The modules on the local CDF, by the stock `cdf` command: what a user's CI does on a project."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cognite.client.data_classes.data_modeling import SpaceApply

from demo.localserver import PROJECT, LocalServer
from demo.projects import PROJECTS
from demo.projects.loading import COLLECTION

ROOT = Path(__file__).resolve().parent.parent
DETECT, MATCH, WORKFLOW = "fn_image360_detect", "fn_image360_match", "wf_image360"
FUNCTIONS = (DETECT, MATCH)
SECRETS = {
    "RUNNER_CLIENT_ID": "image360-runner",
    "RUNNER_CLIENT_SECRET": "secret-of-the-runner",
    "JOBS_CLIENT_ID": "image360-jobs",
    "JOBS_CLIENT_SECRET": "secret-of-the-jobs",
}
DEPLOYER = ("image360-deployer", "secret-of-the-deployer")
DRY_RUN = ("image360-dry-run", "secret-of-the-dry-run")
READY_AFTER = 300  # seconds, in which CDF makes a function of the code


class DeploymentError(Exception):
    """The stock command has refused or failed."""


@dataclass(frozen=True)
class Choice:
    """The modules that are selected: one of each row of docs/deploy.md."""

    project_type: str
    detect: str  # ocr, ocr_tiny, auto, jobs_3d or vision
    chain: str = "workflow"  # or schedules

    @classmethod
    def of_engine(cls, project_type: str, engine: str, chain: str = "workflow") -> "Choice":
        """Return the modules for an engine of the config."""
        is_job_first = project_type == "data_modeling"
        return cls(project_type, "ocr" if engine == "auto" and not is_job_first else engine, chain)

    def modules(self) -> list[str]:
        """Return their names, triggers on nodes with the workflow wherever images are nodes."""
        triggers = f"image360_{self.chain}_{self.project_type}"
        has_triggers = (ROOT / "modules" / triggers).is_dir()
        names = ["image360", *(f"image360_{name}" for name in (self.project_type, self.detect, self.chain))]
        return [*names, *([triggers] if has_triggers else []), "image360_review"]


def write_config(path: Path, choice: Choice, **values: Any) -> Path:
    """Write config.dev.yaml for the local CDF, with the modules of the choice and other values."""
    config = yaml.safe_load((ROOT / "config.dev.yaml").read_text("utf-8"))
    config["environment"] |= {
        "project": PROJECT,
        "selected": [f"modules/{each}" for each in choice.modules()],
    }
    variables = config["variables"]["modules"]
    if choice.project_type == "data_modeling":
        variables |= {"codeIn": "space", "codeHome": "sp_image360_code"}
    variables["image360_asset_centric"]["sites"] = [COLLECTION]
    variables |= values
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def prepare(server: LocalServer, project_type: str) -> None:
    """Make what is there before anything is deployed: the spaces of the site, and who signs in."""
    client = server.client("demo")
    for space in PROJECTS[project_type].spaces:
        client.data_modeling.spaces.apply(SpaceApply(space))
    variables = yaml.safe_load((ROOT / "config.dev.yaml").read_text("utf-8"))["variables"]["modules"]
    runner = (SECRETS["RUNNER_CLIENT_ID"], SECRETS["RUNNER_CLIENT_SECRET"])
    jobs = (SECRETS["JOBS_CLIENT_ID"], SECRETS["JOBS_CLIENT_SECRET"])
    groups = {
        DEPLOYER: variables["deployerSourceId"],
        DRY_RUN: variables["dryRunSourceId"],
        runner: variables["runnerSourceId"],
        jobs: variables["runnerSourceId"],
    }
    items = [
        {"name": name, "clientId": name, "clientSecret": secret, "groups": [group]}
        for (name, secret), group in groups.items()
    ]
    server.admin("identities", {"items": items})


def variables_of(server: LocalServer, who: tuple[str, str] | None = None) -> dict[str, str]:
    """Return what a CI sets to deploy there: as the administrator, or with client id and secret."""
    signing_in = {"LOGIN_FLOW": "token", "CDF_TOKEN": server.token}
    if who is not None:
        token_url = {"PROVIDER": "other", "IDP_TOKEN_URL": f"{server.url}/oauth2/token"}
        asked = {"IDP_AUDIENCE": server.url, "IDP_SCOPES": f"{server.url}/.default"}
        signing_in = {**token_url, **asked, "IDP_CLIENT_ID": who[0], "IDP_CLIENT_SECRET": who[1]}
    return {"CDF_CLUSTER": "local", "CDF_PROJECT": PROJECT, "CDF_URL": server.url, **SECRETS, **signing_in}


def deploy_modules(
    config: Path, variables: Mapping[str, str], options: Sequence[str] = (), checkout: Path = ROOT
) -> str:
    """Run `python -m deploy` in a checkout; return what it said.

    Raises:
        DeploymentError: It has stopped; with what it said.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    # Where nobody can be reached, the command's tracking holds it up for minutes; in tests it tracks nothing.
    quiet = {"PYTEST_CURRENT_TEST": "image360", "COLUMNS": "120", "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-m", "deploy", str(config), *options],
        cwd=checkout,
        env={**inherited, **quiet, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentError(f"`python -m deploy` has stopped:\n{done.stdout}")
    return done.stdout


def wait_until_ready(server: LocalServer) -> None:
    """Let the time pass in which CDF makes the functions, by the local CDF's clock.

    Raises:
        DeploymentError: A function has failed to become one.
    """
    server.admin("clock", {"advance": READY_AFTER})
    for function in server.client("demo").functions.retrieve_multiple(external_ids=list(FUNCTIONS)):
        if function.status != "Ready":
            raise DeploymentError(
                f"the function {function.external_id} is {function.status}: {function.error}"
            )
