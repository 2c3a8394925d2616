"""What a deployment tells: of a call that has failed, to those who are to know; of its secrets, nothing."""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx2
import pytest
import yaml
from cognite.client.data_classes import FunctionCall

from demo.deploy import PIPELINE, STATE_SPACE
from demo.deployment import (
    DEPLOYER,
    FUNCTIONS,
    SECRETS,
    WORKFLOW,
    Choice,
    prepare,
    variables_of,
    wait_until_ready,
    write_config,
)
from demo.localserver import AT_ONCE, TRAFFIC, local_cdf
from tests.contract.detecting import until
from tests.contract.plants import Plant
from tests.deployed.checkouts import Checkout, Said, checkout_in

pytestmark = pytest.mark.slow

CONFIG = "config.dev.yaml"


@dataclass
class Deployed:
    """A data-modeling project with 3D jobs, whose function has secrets; and all that was ever said."""

    checkout: Checkout
    errors: Path  # what the local CDF has said on its standard error
    traffic: set[Path]  # what was there before
    said: list[str] = field(default_factory=list)

    def run(self, *command: str, **variables: str) -> Said:
        """Run a command in the checkout."""
        said = self.checkout.run(*command, **variables)
        self.said.append(said.text)
        return said

    def call(self, function: str, **data: Any) -> FunctionCall:
        """Call a function, and wait until the call has ended."""
        client = self.checkout.server.client("caller")
        made = client.functions.call(
            external_id=function, data={"extraction_pipeline": PIPELINE, **data}, wait=False
        )
        ended = until(
            lambda: client.functions.calls.retrieve(made.id, function_external_id=function),
            lambda call: call.status != "Running",
        )
        self.said += [json.dumps(ended.dump()), json.dumps(ended.get_response()), str(ended.get_logs())]
        return ended

    def runs(self) -> list[tuple[str, str]]:
        """Status and message of the runs of the pipeline, oldest first."""
        found = self.checkout.server.client("caller").extraction_pipelines.runs.list(PIPELINE, limit=None)
        return [
            (run.status, run.message) for run in sorted(found, key=lambda run: (run.created_time, run.id))
        ]

    def shown(self) -> Iterator[tuple[str, str]]:
        """Everything that a person can read, and where."""
        client = self.checkout.server.client("reader")
        yield from (("said", text) for text in self.said)
        yield "runs", json.dumps(self.runs())
        for place, found in {
            "state": client.data_modeling.instances.list("node", space=STATE_SPACE, limit=None),
            "functions": client.functions.retrieve_multiple(external_ids=list(FUNCTIONS)),
            "triggers": client.workflows.triggers.list(limit=None),
            "workflows": client.workflows.versions.list(WORKFLOW, limit=None),
            "pipelines": client.extraction_pipelines.list(limit=None),
            "groups": client.iam.groups.list(all=True),
        }.items():
            assert found or place == "state", place
            yield place, json.dumps([each.dump() for each in found], default=str)
        for page in ("log", "writes"):
            answer = client.get(f"{self.checkout.server.url}/_localcdf/{page}")
            yield f"the local CDF's {page}", answer.content.decode()
        yield "the local CDF's errors", self.errors.read_text("utf-8")
        home = {path for path in self.checkout.home.rglob("*") if path.is_file()}
        for path in (*self.checkout.files(), *home, *(_traffic() - self.traffic)):
            yield str(path), path.read_bytes().decode("utf-8", "replace")
        for function in client.functions.retrieve_multiple(external_ids=list(FUNCTIONS)):
            with ZipFile(io.BytesIO(client.files.download_bytes(id=function.file_id))) as archive:
                for name in archive.namelist():
                    yield f"{function.external_id}: {name}", archive.read(name).decode("utf-8", "replace")


def _traffic() -> set[Path]:
    return set(Path(os.environ[TRAFFIC]).glob("*"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Deploy once against a CDF that refuses the functions, then for good."""
    before, errors = _traffic(), tmp_path_factory.mktemp("errors") / "stderr"
    folder, status = tmp_path_factory.mktemp("cdf"), "DATA_MODELING_ONLY"
    with errors.open("w") as file, local_cdf(folder, project_status=status, errors=file) as server:
        server.read_as(**AT_ONCE)
        prepare(server, "data_modeling")
        checkout = checkout_in(tmp_path_factory.mktemp("ci"), server)
        write_config(checkout.folder / CONFIG, Choice("data_modeling", "jobs_3d"))
        made = Deployed(checkout, errors, before)
        files = checkout.files()
        for path in ("^/functions$", "^/sessions$"):
            server.admin("faults", {"items": [{"kind": "403", "path": path, "times": 99}]})
            assert made.run("deploy", CONFIG).code == 1
        authorization = {"Authorization": f"Bearer {server.token}"}
        httpx2.delete(f"{server.url}/_localcdf/faults", headers=authorization).raise_for_status()
        assert made.run("deploy", CONFIG).code == 0, made.said[-1]
        assert made.run("deploy", CONFIG, "--dry-run", **_as_the_deployer(made)).code == 0, made.said[-1]
        assert checkout.files() == files  # no build, and no log of request bodies
        wait_until_ready(server)
        yield made


def _as_the_deployer(made: Deployed) -> dict[str, str]:
    return {
        "CDF_TOKEN": "",
        **variables_of(made.checkout.server, DEPLOYER),
        "LOGIN_FLOW": "client_credentials",
    }


def test_a_call_that_fails_is_a_failed_run_of_which_the_contacts_are_told(deployed: Deployed) -> None:
    call = deployed.call("fn_image360_detect", run="of-this-test")
    assert call.status == "Failed"
    ((status, message),) = [each for each in deployed.runs() if "of-this-test" in each[1]]
    assert status == "failure"
    assert message.startswith("detect of-this-test: SetupError: ")
    pipeline = deployed.checkout.server.client("reader").extraction_pipelines.retrieve(external_id=PIPELINE)
    assert pipeline.last_failure >= call.start_time
    # CDF mails the contacts who want it when a run fails, and when none is seen for so long.
    (contact,) = pipeline.contacts
    assert (contact.email, contact.send_notification) == ("image360-dev@example.com", True)
    assert pipeline.notification_config.allowed_not_seen_range_in_minutes == 1440


def test_no_secret_is_shown_anywhere(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    server = deployed.checkout.server
    plant = Plant(server, "data_modeling", server.client("onlooker"), server.client("functions"))
    monkeypatch.setattr(Plant, "read", lambda self, images: None)
    plant.load(["21-PT-1001"], {"a": []}, engine="jobs_3d")
    plant.pass_time()
    for step in ("check", "shard", "detect"):
        deployed.call("fn_image360_detect", step=step)
    for step in ("match", "report"):
        deployed.call("fn_image360_match", step=step)
    # The detect function has made sessions with its secrets, for jobs.
    acting = {each.client_id for each in server.client("reader").iam.sessions.list(limit=1000)}
    assert {SECRETS["JOBS_CLIENT_ID"], SECRETS["RUNNER_CLIENT_ID"]} <= acting
    secrets = {name: each for name, each in SECRETS.items() if name.endswith("SECRET")}
    secrets |= {"of the deployer": DEPLOYER[1], "of the administrator": server.token}
    shown = list(deployed.shown())
    # Where secrets would be if anybody kept them, who uses them is told.
    told = {Path(place).parent for place, text in shown if SECRETS["RUNNER_CLIENT_ID"] in text}
    assert Path(os.environ[TRAFFIC]) in told
    assert {
        (name, place) for place, text in shown for name, secret in secrets.items() if secret in text
    } == set()


def test_both_chains_at_once_are_a_warning(deployed: Deployed) -> None:
    path = deployed.checkout.folder / CONFIG
    config = yaml.safe_load(path.read_text("utf-8"))
    config["environment"]["selected"].append("modules/image360_schedules")
    path.write_text(yaml.safe_dump(config), "utf-8")
    assert deployed.run("deploy", CONFIG).code == 0, deployed.said[-1]
    wait_until_ready(deployed.checkout.server)
    warnings = deployed.call("fn_image360_detect", step="check").get_response()["warnings"]
    assert [each for each in warnings if each.startswith("both chains are deployed")]
