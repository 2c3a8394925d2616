"""A secret goes to nobody but CDF, whatever CDF says of it: every place that a person reads is searched."""

import io
import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cognite.client.data_classes import CreatedSession
from cognite.client.exceptions import CogniteAPIError

import detect_handler
import match_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import AT_ONCE
from demo.localserver import local_cdf as running
from image360.detect_here import DetectionHere
from image360.detection import ocr
from image360.detection.jobs_3d import CLIENT_ID, CLIENT_SECRET
from image360.state.work_items import WorkItem
from tests.contract.plants import FUNCTIONS, Plant

ID, SECRET = "0f6c-client-of-jobs", 'Zx8~"kß/9+sëcret'
SECRETS = {CLIENT_ID: ID, CLIENT_SECRET: SECRET, "spare": "never-used-5521"}
TAG = "21-PT-1001"


@dataclass
class Deployed:
    """A data-modeling project with one image, and all that was ever said by the functions."""

    plant: Plant
    said: list[str] = field(default_factory=list)

    def call(self, handler: Any, **data: Any) -> None:
        """Call a handler; what it prints, answers and raises is kept, as CDF would show it."""
        self.plant.pass_time()
        out = io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(out):
                answer = handler.handle(
                    client=self.plant.functions,
                    data={"extraction_pipeline": PIPELINE, **data},
                    secrets=dict(SECRETS),
                )
            self.said.append(json.dumps(answer, ensure_ascii=False))
        except Exception:  # noqa: BLE001 - whatever it is, CDF shows it
            self.said.append(traceback.format_exc())
        self.said.append(out.getvalue())

    def shown(self) -> str:
        """Everything that a person can read: what was said, run messages, and each node of the state."""
        self.plant.pass_time()
        client = self.plant.client
        runs = client.extraction_pipelines.runs.list(PIPELINE, limit=None)
        found: list[str] = [*self.said, *(str(run.message) for run in runs)]
        for view in ("WorkItem", "Proposal"):
            version = "v2" if view == "WorkItem" else "v1"
            nodes = client.data_modeling.instances.list(
                "node", sources=("sp_image360", view, version), space=STATE_SPACE, limit=None
            )
            found += [json.dumps(node.dump(), ensure_ascii=False) for node in nodes]
        return "\n".join(found)


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with running(tmp_path / "cdf", project_status="DATA_MODELING_ONLY") as server:
        server.read_as(**AT_ONCE)
        plant = Plant(server, "data_modeling", server.client("onlooker"), server.client(FUNCTIONS))
        deploy(plant.client, plant.config())
        monkeypatch.setattr(Plant, "read", lambda self, images: None)
        monkeypatch.setattr(ocr, "engine_named", lambda name: name)
        plant.load([TAG], {"a": [], "b": []})
        yield Deployed(plant)


def secrets_in(text: str, *secrets: str) -> list[str]:
    """The secrets that stand in a text, as they are or as JSON has them."""
    forms = {
        form
        for each in secrets
        for form in (each, json.dumps(each)[1:-1], json.dumps(each, ensure_ascii=False)[1:-1])
    }
    return [form for form in forms if form in text]


def echo(code: int) -> Callable[..., Any]:
    """CDF, as it refuses a session and repeats what it was given."""

    def create(*_: Any, **__: Any) -> Any:
        raise CogniteAPIError(f"invalid_client: '{ID}' with secret '{SECRET}' ({json.dumps(SECRET)})", code)

    return create


def fail(*_: Any, **__: Any) -> Any:
    """Something inside, with the secret in the cause alone."""
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise RuntimeError("no session") from error


CONCEALED = "invalid_client: '[secret]' with secret '[secret]' ("


@pytest.mark.parametrize("engine", ["jobs_3d", "auto"])
@pytest.mark.parametrize(
    ("create", "told"),
    [
        (echo(400), CONCEALED),
        (echo(403), CONCEALED),
        (echo(500), '"event": "done"'),  # CDF is busy: nothing is said of it
        (fail, "RuntimeError: no session"),
    ],
    ids=["400", "403", "500", "cause"],
)
def test_what_cdf_repeats_of_a_secret_is_shown_to_nobody(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, engine: str, create: Callable[..., Any], told: str
) -> None:
    deployed.plant.configure(engine=engine)
    monkeypatch.setattr(deployed.plant.functions.iam.sessions, "create", create)
    for step in ("detect", "shard", "check"):
        deployed.call(detect_handler, step=step)
    for step in ("match", "report"):
        deployed.call(match_handler, step=step, run="r1")
    shown = deployed.shown()
    assert told in shown
    assert secrets_in(shown, *SECRETS.values()) == []


def test_an_image_whose_error_holds_a_secret_is_stored_without_it(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: DetectionHere, item: WorkItem) -> str:
        raise OSError(f"{SECRET}: the lens was covered")

    monkeypatch.setattr("image360.detect_here.engine_named", lambda name: None)
    monkeypatch.setattr(DetectionHere, "_read", read)
    deployed.plant.configure(engine="ocr")
    deployed.call(detect_handler)
    shown = deployed.shown()
    assert shown.count("[secret]: the lens was covered") >= 4  # log, error, run, work items
    assert secrets_in(shown, *SECRETS.values()) == []


def test_the_token_of_the_functions_is_shown_to_nobody(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = deployed.plant.server.token

    def refuse(*_: Any, **__: Any) -> Any:
        raise CogniteAPIError(f"401 for Bearer {token}", 400)

    monkeypatch.setattr(deployed.plant.functions.data_modeling.instances, "retrieve_nodes", refuse)
    for handler in (detect_handler, match_handler):
        deployed.call(handler)
    deployed.call(detect_handler, step="check")
    shown = deployed.shown()
    assert "401 for Bearer [secret]" in shown
    assert token not in shown


@pytest.mark.parametrize("engine", ["jobs_3d", "auto"])
def test_a_nonce_that_cdf_repeats_is_shown_to_nobody(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    nonce = "wNc0-of-a-session_81"
    session = CreatedSession(1, "READY", nonce)

    def refuse(client: Any, path: str, body: Any, headers: Any = None) -> bool:
        raise CogniteAPIError(f"the nonce of {json.dumps(body)} is unknown or spent", 400)

    monkeypatch.setattr(deployed.plant.functions.iam.sessions, "create", lambda *_: session)
    monkeypatch.setattr("image360.detection.jobs_3d.write_once", refuse)
    deployed.plant.configure(engine=engine)
    deployed.call(detect_handler)
    shown = deployed.shown()
    assert "is unknown or spent" in shown
    assert "[secret]" in shown
    assert nonce not in shown


def test_a_secret_in_the_wrong_key_is_not_repeated(deployed: Deployed) -> None:
    deployed.call(detect_handler, secret=SECRET)
    deployed.call(detect_handler, step=SECRET)
    shown = deployed.shown()
    assert "'secret': Extra inputs are not permitted" in shown
    assert secrets_in(shown, SECRET) == []
