"""Images are uploaded, in any order, and CDF does the rest: what `cdf deploy` has made runs by itself."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.data_classes.workflows import WorkflowVersionId

from demo.deployment import (
    FUNCTIONS,
    WORKFLOW,
    Choice,
    deploy_modules,
    prepare,
    variables_of,
    wait_until_ready,
    write_config,
)
from demo.localserver import LocalServer, local_cdf
from demo.projects import PROJECTS
from demo.projects.loading import IMAGE_SPACE
from demo.site import Site
from stations.site import ASSETS, LATER, TEXTS, found, painted, site_in
from stations.work import RECORDED_READER

pytestmark = pytest.mark.slow

CHOICES = {
    "data_modeling by workflow": Choice("data_modeling", "jobs_3d"),
    "hybrid by workflow": Choice("hybrid", "vision"),
    "asset_centric by workflow": Choice("asset_centric", "vision"),
    "hybrid by schedules": Choice("hybrid", "vision", "schedules"),
}
STEP = 5  # minutes by which the clock is moved
GLANCE = 0.3  # seconds of the machine, in which CDF starts what is due
HURRY = 10  # seconds by which the clock is moved at each glance at a task that only waits
WITHIN = 120  # minutes of CDF's time, a few sweeps
Pairs = set[tuple[str, str]]


@dataclass
class Plant:
    """A site whose images come one by one into a project to which image360 is deployed."""

    server: LocalServer
    project_type: str
    site: Site
    _later: list[Callable[[], Any]] = field(default_factory=list)

    def upload(self, station: str, patch: pytest.MonkeyPatch | None = None) -> None:
        """Upload a station: the faces before what refers to them; with a patch, the bytes wait."""
        client, project = self.server.client("uploader"), PROJECTS[self.project_type]
        images = tuple(image for image in self.site.images if image.id == station)
        if patch is not None:
            for name in ("upload_bytes", "upload_content_bytes"):
                uploads = partial(partial, getattr(client.files, name))
                patch.setattr(client.files, name, lambda *a, _p=uploads, **k: self._later.append(_p(*a, **k)))
            patch.setattr(f"demo.projects.{self.project_type}.wait_until_noticed", lambda _read: None)
        project.upload_images(client, replace(self.site, images=images), lambda _count: None)

    def bytes_arrive(self) -> None:
        """Upload the bytes that have waited."""
        for upload in self._later:
            upload()

    def put_up_a_plate(self) -> None:
        """Replace the face of the first station where one more tag stands now."""
        path = self.site.images[0].faces["top"]
        painted(LATER["top"])[0].save(path)
        client, name = self.server.client("uploader"), f"{self.site.images[0].id}_top"
        if self.project_type == "data_modeling":
            client.files.upload_content_bytes(path.read_bytes(), instance_id=NodeId(IMAGE_SPACE, name))
        else:
            client.files.upload_content_bytes(path.read_bytes(), external_id=name)

    def pass_time(self, until: Callable[[], bool], minutes: int = WITHIN) -> bool:
        """Let CDF work, and move the clock whenever it has nothing to do; say whether it came to that."""
        for _ in range(0, minutes, STEP):
            while self._is_at_work():
                time.sleep(GLANCE)
            if until():
                return True
            self.server.admin("clock", {"advance": 60 * STEP})
            time.sleep(GLANCE)
        return False

    def _is_at_work(self) -> bool:
        client = self.server.client("onlooker")
        version = WorkflowVersionId(WORKFLOW)
        if any(
            client.functions.calls.list(function_external_id=name, status="Running") for name in FUNCTIONS
        ):
            return True
        is_under_way = bool(client.workflows.executions.list(version, statuses=["running"], limit=None))
        if is_under_way:  # a task waits for its next try
            self.server.admin("clock", {"advance": HURRY})
        return is_under_way

    def approvals(self) -> Pairs:
        """The links that there are: image and asset."""
        links = PROJECTS[self.project_type].links(self.server.client("onlooker"))
        assert all(link.status in ("approved", "") for link in links)
        return {(link.image, link.asset) for link in links}

    def misplaced(self) -> list[Any]:
        """Links that do not lie over the text of their asset."""
        links = PROJECTS[self.project_type].links(self.server.client("onlooker"))
        return [each for each in found(links) if each.place == "no text"]

    def triggered(self) -> int:
        """How often instances have started the workflow."""
        executions = self.server.client("onlooker").workflows.executions
        runs = executions.list(WorkflowVersionId(WORKFLOW), limit=None)
        detailed = [executions.retrieve_detailed(each.id) for each in runs]
        return sum(bool(each and (each.input or {}).get("items")) for each in detailed)

    def writes(self) -> int:
        """How many requests of the functions have changed anything, runs of the pipeline apart."""
        return sum(len(self.server.writes_by(name)) for name in FUNCTIONS)


def on(station: str, texts: Any = TEXTS) -> Pairs:
    """What is to be approved on a station."""
    names = {asset.name: asset.external_id for asset in ASSETS}
    return {(station, names[text]) for on_face in texts[station].values() for text in on_face}


@pytest.fixture(params=CHOICES.values(), ids=list(CHOICES))
def choice(request: pytest.FixtureRequest) -> Choice:
    return request.param


@pytest.fixture
def plant(tmp_path: Path, choice: Choice) -> Iterator[Plant]:
    status, options = PROJECTS[choice.project_type].status, ["--detector", RECORDED_READER]
    with local_cdf(tmp_path / "cdf", project_status=status, options=options) as server:
        site = site_in(tmp_path / "site")
        prepare(server, choice.project_type)
        PROJECTS[choice.project_type].upload_assets(server.client("uploader"), site, lambda _count: None)
        config = write_config(tmp_path / "config.yaml", choice, engine=choice.detect)
        deploy_modules(config, variables_of(server))
        wait_until_ready(server)
        yield Plant(server, choice.project_type, site)


def test_from_upload_to_the_last_approval_without_a_hand_on_it(
    plant: Plant, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = on("station1"), on("station2")
    with monkeypatch.context() as patch:
        plant.upload("station1", patch)  # nodes first
        assert not plant.pass_time(lambda: bool(plant.approvals()), minutes=10)
        plant.bytes_arrive()
    assert plant.pass_time(lambda: plant.approvals() == first), plant.approvals()

    plant.upload("station2")  # bytes first
    assert plant.pass_time(lambda: plant.approvals() == first | second), plant.approvals()
    assert plant.misplaced() == []

    plant.put_up_a_plate()
    third = on("station1", {"station1": LATER})
    assert plant.pass_time(lambda: plant.approvals() == third | second), plant.approvals()

    fired, written = plant.triggered(), plant.writes()
    assert (fired > 0) == (choice.chain == "workflow" and choice.project_type != "asset_centric")
    plant.pass_time(lambda: False, minutes=30)  # two sweeps
    assert (plant.triggered(), plant.writes()) == (fired, written)
    assert plant.approvals() == third | second
