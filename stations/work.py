"""The main job on the stations: a local CDF with them in it, and the handlers called as by a schedule."""

import io
import json
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import ExtractionPipelineConfigWrite

import detect_handler
import image360
import match_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import LocalServer, local_cdf
from demo.projects import PROJECTS, Project
from image360.catalog import list_images
from image360.config import parse_config
from image360.errors import NothingDoneError
from image360.nodes import list_nodes
from image360.state.ids import PROPOSAL_VIEW
from image360.state.proposals import HELD
from image360.state.region_files import RegionFile, RegionFileError, RegionFiles
from image360.state.work_items import WorkItem, WorkItems
from stations.clock import Clock
from stations.site import Verdict, found, site_in

FUNCTIONS = "functions"
PATIENCE = 120.0  # seconds for what runs in the background
# The local CDF hands its detector no environment: it is told where the code is.
SOURCES = Path(image360.__file__).parents[1]
ROOT = Path(__file__).parents[1]
PYTHON = ["env", f"PYTHONPATH={SOURCES}:{ROOT}", sys.executable, "-m"]
READER = shlex.join([*PYTHON, "image360", "read"])
RECORDED_READER = shlex.join([*PYTHON, "stations.detector"])


# In each type of project, the engine whose jobs read elsewhere; 3D jobs with own OCR for what they fail on.
JOBS = {"data_modeling": "auto", "hybrid": "vision", "asset_centric": "vision"}


class NotDoneError(Exception):
    """Images are still due, and calls bring nothing."""


@dataclass
class Stations:
    """The stations in a project of one type, and the functions that work on them."""

    server: LocalServer
    project_type: str
    logs: list[dict[str, Any]] = field(default_factory=list)
    summaries: list[dict[str, Any]] = field(default_factory=list)
    pause: Callable[[], float] = lambda: 60.0  # seconds between two calls, by the clock
    poll: float = 0.05  # seconds between two looks at what runs in the background, which takes real time
    # What a call may fail with, to be made good by the next.
    passing: tuple[type[Exception], ...] = (NothingDoneError,)

    @cached_property
    def client(self) -> CogniteClient:
        """The client of the person who looks on."""
        return self.server.client("onlooker")

    @cached_property
    def functions(self) -> CogniteClient:
        """The client of the functions."""
        return self.server.client(FUNCTIONS)

    @cached_property
    def clock(self) -> Clock:
        """The time."""
        return Clock(self.server)

    @property
    def project(self) -> Project:
        """What is to be known of the project's type."""
        return PROJECTS[self.project_type]

    def load(self, folder: Path) -> None:
        """Put the stations into the project."""
        client, site = self.server.client("uploader"), site_in(folder)
        deploy(client, self.project.config("auto"))
        self.project.upload_assets(client, site, lambda _count: None)
        self.project.upload_images(client, site, lambda _count: None)

    def configure(self, engine: str, **changes: Any) -> None:
        """Write the config, as a new revision."""
        config = {**self.project.config(engine), "state": {"space": STATE_SPACE}, **changes}
        write = ExtractionPipelineConfigWrite(PIPELINE, yaml.safe_dump(config))
        self.client.extraction_pipelines.config.create(write)
        self.clock.advance(60)

    def call(self, step: str, **data: Any) -> dict[str, Any]:
        """Call the handler of a step; its printed lines are kept in `logs`."""
        handle = detect_handler.handle if step == "detect" else match_handler.handle
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                summary = handle(client=self.functions, data={"extraction_pipeline": PIPELINE, **data})
        finally:
            self.logs += [json.loads(line) for line in printed.getvalue().splitlines()]
        self.summaries.append(summary)
        return summary

    def until_done(self) -> None:
        """Call both steps in turn until neither has anything left: what fails is made good by later calls."""
        end = time.monotonic() + PATIENCE
        while not all([self._is_done("detect"), self._is_done("match")]):
            if time.monotonic() > end:
                raise NotDoneError(f"{self.logs[-5:]}")

    def _is_done(self, step: str) -> bool:
        self.clock.advance(self.pause())
        try:
            summary = self.call(step)
        except self.passing:
            return False
        if summary.get("running"):
            time.sleep(self.poll)
        return not summary["remaining"]

    def second_run(self) -> list[dict[str, Any]]:
        """Call both steps once more, twice; return what they wrote."""
        before = len(self.writes())
        for seconds in (0, 60):
            self.clock.advance(seconds)
            for step in ("detect", "match"):
                summary = self.call(step)
                assert summary["changed"] is False, summary
        return self.writes()[before:]

    def writes(self) -> list[dict[str, Any]]:
        """The requests of the functions that changed the store, extraction-pipeline runs apart."""
        return [each for each in self._log("writes") if not each["path"].endswith("/extpipes/runs")]

    def requests(self, path: str) -> list[dict[str, Any]]:
        """The requests of the functions to paths with this in them."""
        return [each for each in self._log("log") if path in each["path"]]

    def runs(self) -> list[str]:
        """The statuses of the extraction pipeline's runs, oldest first."""
        self.clock.advance(60)
        runs = self.client.extraction_pipelines.runs.list(PIPELINE, limit=None)
        return [run.status for run in sorted(runs, key=lambda run: (run.created_time, run.id))]

    def verdict(self) -> Verdict:
        """Judge what is in the store, once lists show it."""
        self.clock.advance(60)
        return Verdict.on(found(self.project.links(self.client)), self.held())

    def held(self) -> list[tuple[str, str]]:
        """The images and assets of the proposals that are on hold, with the reason that there is one."""
        self.clock.advance(60)
        nodes = list_nodes(self.client, PROPOSAL_VIEW, [STATE_SPACE])
        held = [node for node in nodes if node.properties.get("held")]
        assert all(node.properties["reason"] == HELD for node in held)
        return [(node.relation("image") or "", node.relation("asset") or "") for node in held]

    def items(self) -> list[WorkItem]:
        """The work items of the images."""
        stored = self.client.extraction_pipelines.config.retrieve(PIPELINE)
        images = list_images(self.client, parse_config(stored.config or "", PIPELINE)).images
        return WorkItems(self.client, STATE_SPACE, "onlooker").of(images)

    def region_files(self) -> Mapping[str, RegionFile | RegionFileError | None]:
        """What was read, by image."""
        items = self.items()
        files = RegionFiles(self.client, STATE_SPACE).load([item.region_file or "" for item in items])
        names = [item.image.external_id.rpartition("/")[2] for item in items]
        return dict(zip(names, files, strict=True))

    def _log(self, name: str) -> list[dict[str, Any]]:
        items = self.client.get(f"{self.server.url}/_localcdf/{name}").json()["items"]
        return [entry for entry in items if entry["caller"] == FUNCTIONS]


@contextmanager
def stations(folder: Path, project_type: str, detector: str = READER) -> Iterator[Stations]:
    """A local CDF whose state is in a folder: with the stations, or with what an earlier one left there."""
    is_new = not folder.exists()
    status, options = PROJECTS[project_type].status, ["--detector", detector]
    with local_cdf(folder, project_status=status, options=options) as server:
        made = Stations(server, project_type)
        if is_new:
            made.load(folder.parent / f"{folder.name}_site")
        yield made


@dataclass
class Loaded:
    """Local CDFs with the stations in them, loaded once for each type of project; each test has a copy."""

    folder: Path

    @contextmanager
    def stations(self, project_type: str, to: Path) -> Iterator[Stations]:
        """Stations read by jobs, in a local CDF of their own whose detector answers from the recording."""
        loaded = self.folder / project_type
        if not loaded.exists():
            with stations(loaded, project_type, RECORDED_READER):
                pass
        shutil.copytree(loaded, to)
        with stations(to, project_type, RECORDED_READER) as site:
            site.configure(JOBS[project_type])
            yield site
