"""A deployment from its first day to its last, by the stock `cdf` command against the local CDF."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.deployment import (
    DEPLOYER,
    DRY_RUN,
    FUNCTIONS,
    Choice,
    DeploymentError,
    deploy_modules,
    prepare,
    variables_of,
    write_config,
)
from demo.localserver import LocalServer, local_cdf
from demo.projects import PROJECTS
from tests.deployed.checkouts import TOOLKIT, checkout_in

pytestmark = pytest.mark.slow

CHOICES = {
    "hybrid by schedules": Choice("hybrid", "ocr", "schedules"),
    "data_modeling by workflow": Choice("data_modeling", "auto"),
    "asset_centric by workflow": Choice("asset_centric", "vision"),
}
ROW = re.compile(r"^│\s+(?P<name>[a-z][a-z -]*[a-z]|All)\s+(?P<counts>(?:\d+\s+)+)", re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """What the toolkit says it has done: by kind of resource, or in all."""

    created: int
    updated: int
    deleted: int
    unchanged: int

    @classmethod
    def within(cls, said: str) -> dict[str, "Table"]:
        rows = {row["name"]: [int(each) for each in row["counts"].split()] for row in ROW.finditer(said)}
        return {name: cls(*counts[:4]) for name, counts in rows.items()}


@dataclass
class Project:
    """A project of the local CDF, and a checkout that is deployed to it."""

    server: LocalServer
    checkout: Path
    config: Path

    def deploy(self, who: tuple[str, str] | None = DEPLOYER, *options: str) -> dict[str, Table]:
        """Deploy as somebody; None is the administrator."""
        said = deploy_modules(self.config, variables_of(self.server, who), options, self.checkout)
        return Table.within(said)

    def writes(self) -> list[str]:
        """What the toolkit has written so far: method and path."""
        return [
            f"{each['method']} {each['path'].partition('/projects/local/')[2]}"
            for each in self.server.writes_by(TOOLKIT)
        ]

    def refused(self) -> list[str]:
        """What the toolkit was not allowed to ask."""
        return [each["path"] for each in self.server.requests_by(TOOLKIT) if each["status"] in (401, 403)]

    def ids(self) -> dict[str, Any]:
        """The numbers that CDF gave to what may be made anew: functions, schedules, groups."""
        self.server.admin("clock", {"advance": 60})  # lists lag behind writes
        client = self.server.client("onlooker")
        functions = client.functions.retrieve_multiple(external_ids=list(FUNCTIONS), ignore_unknown_ids=True)
        return {
            "functions": {each.external_id: each.id for each in functions},
            "schedules": {each.name: each.id for each in client.functions.schedules.list(limit=None)},
            "groups": {each.name: each.id for each in client.iam.groups.list(all=True)},
        }


@pytest.fixture(params=CHOICES.values(), ids=list(CHOICES))
def choice(request: pytest.FixtureRequest) -> Choice:
    return request.param


@pytest.fixture
def project(tmp_path: Path, choice: Choice) -> Iterator[Project]:
    with local_cdf(tmp_path / "cdf", project_status=PROJECTS[choice.project_type].status) as server:
        prepare(server, choice.project_type)
        checkout = checkout_in(tmp_path, server).folder
        yield Project(server, checkout, write_config(tmp_path / "config.yaml", choice))


def test_a_deployment_is_made_kept_changed_and_taken_away(project: Project, choice: Choice) -> None:
    planned = project.deploy(None, "--dry-run")
    assert planned["All"].created > 20
    assert project.writes() == []

    first = project.deploy(None)
    assert first["All"] == planned["All"]
    before = project.ids()

    made = len(project.writes())
    second = project.deploy()  # with no more rights than its group gives
    assert second["All"] == Table(0, 0, 0, first["All"].created)
    assert project.writes()[made:] == []
    assert project.deploy(DRY_RUN, "--dry-run")["All"] == second["All"]

    with (project.checkout / "functions" / "image360" / "geometry.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    changed = project.deploy()
    assert project.refused() == []
    after = project.ids()
    schedules = len(before["schedules"])
    assert schedules == (2 if choice.chain == "schedules" else 0)
    assert changed["functions"] == Table(2, 0, 2, 0)
    # The review app shares the file that has changed.
    assert changed["All"] == Table(2 + schedules, 1, 2, first["All"].created - 3 - schedules)
    assert after["groups"] == before["groups"]
    for kind in ("functions", "schedules"):
        assert after[kind].keys() == before[kind].keys()
        assert not set(after[kind].values()) & set(before[kind].values())

    _clean(project)
    left = project.ids()
    assert (left["functions"], left["schedules"]) == ({}, {})
    client = project.server.client("onlooker")
    assert list(client.workflows.list(limit=None)) == []
    assert list(client.extraction_pipelines.list(limit=None)) == []
    # Data stays: what people and functions have written is not the toolkit's to take away.
    assert {"sp_image360_state", "sp_image360_decisions"} <= {
        each.space for each in client.data_modeling.spaces.list(limit=None)
    }


def _clean(project: Project) -> None:
    """Build and clean with the stock command, as the administrator."""
    program = str(Path(sys.executable).parent / "cdf")
    quiet = {"PYTEST_CURRENT_TEST": "image360", "SENTRY_ENABLED": "false", "PATH": "/usr/bin:/bin"}
    environment = {**quiet, **variables_of(project.server)}
    for arguments in (["build", "--config-yaml", str(project.config)], ["clean", "--cdf-project", "local"]):
        done = subprocess.run(
            [program, *arguments],
            cwd=project.checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_deployment_stops_where_a_right_is_missing(project: Project) -> None:
    with pytest.raises(DeploymentError, match="has failed, see above"):
        project.deploy()  # before there is a group that gives the deployer any right
    assert project.writes() == []
