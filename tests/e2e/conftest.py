"""A small site drawn here, a local CDF, and the two handlers called as CDF calls them."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter, ExtractionPipelineConfigWrite
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

import detect_handler
import match_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import PROJECT, LocalServer, local_cdf
from demo.projects import PROJECTS
from demo.projects.loading import COLLECTION
from demo.site import Site, SiteAsset, SiteImage
from image360.geometry import FACES

FUNCTIONS = "functions"
FACE_PX = 512
CONFIG = {**PROJECTS["hybrid"].config("auto"), "state": {"space": STATE_SPACE}}
ASSETS = (
    *(SiteAsset(f"21-PT-10{number:02}", f"asset-10{number:02}") for number in range(60)),
    SiteAsset("45-VA-0012", "vessel"),
    SiteAsset("", "nameless"),
    SiteAsset("21-HV-2034", "valve-a"),
    SiteAsset("21-HV-2034", "valve-b"),
)


def face(texts: Sequence[str] = (), mode: str = "RGB", size: int = FACE_PX) -> Image.Image:
    """A wall with plates on it, one above the other."""
    picture = Image.new("RGB", (size, size), (120, 130, 135))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size // 16)
    for row, text in enumerate(texts):
        top = size // 4 + row * size // 5
        left, _, right, bottom = draw.textbbox((size // 4, top), text, font=font)
        draw.rectangle((left - 12, top - 8, right + 12, bottom + 10), fill=(240, 240, 235))
        draw.text((left, top), text, font=font, fill=(15, 15, 20))
    return picture.convert(mode)


def encoded(picture: Image.Image, form: str = "JPEG") -> bytes:
    """The bytes of a picture."""
    content = io.BytesIO()
    picture.save(content, form, **({"quality": 95} if form == "JPEG" else {}))
    return content.getvalue()


def write_image(folder: Path, faces: Mapping[str, bytes]) -> SiteImage:
    """An image whose faces are as given, and blank where nothing is given; b"" leaves a face out."""
    folder.mkdir(parents=True)
    blank = encoded(face())
    paths: dict[str, Path] = {}
    for name in FACES:
        content = faces.get(name, blank)
        if content:
            form = "png" if content.startswith(b"\x89PNG") else "jpg"
            paths[name] = folder / f"{name}.{form}"
            paths[name].write_bytes(content)
    return SiteImage(
        folder.name, paths, None, folder.name, folder.name, None, (1.0, 2.0, 3.0), (0.1, 0.2, 0.3)
    )


@dataclass
class Job:
    """A site in a local CDF, and the functions that work on it."""

    server: LocalServer
    client: CogniteClient  # of the person who looks on
    functions: CogniteClient
    logs: list[dict[str, Any]] = field(default_factory=list)

    def pass_time(self) -> None:
        """Let a minute pass: uploads are noticed, and lists show what was written."""
        self.server.admin("clock", {"advance": 60})

    def call(self, step: str, **data: Any) -> dict[str, Any]:
        """Call the handler of a step as a schedule would; its printed lines are kept in `logs`."""
        self.pass_time()
        handle = detect_handler.handle if step == "detect" else match_handler.handle
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                return handle(client=self.functions, data={"extraction_pipeline": PIPELINE, **data})
        finally:
            self.logs += [json.loads(line) for line in printed.getvalue().splitlines()]

    def configure(self, **changes: Any) -> None:
        """Change keys of the config, as a new revision."""
        self.client.extraction_pipelines.config.create(
            ExtractionPipelineConfigWrite(PIPELINE, yaml.safe_dump({**CONFIG, **changes}))
        )

    def writes(self) -> list[dict[str, Any]]:
        """The requests of the functions that changed the store, extraction-pipeline runs apart."""
        items = self.client.get(f"{self.server.url}/_localcdf/writes").json()["items"]
        return [
            entry
            for entry in items
            if entry["caller"] == FUNCTIONS and not entry["path"].endswith("/extpipes/runs")
        ]

    def endpoints(self) -> set[str]:
        """The endpoints that the uploader and the functions have called."""
        asked = (*self.server.requests_by("uploader"), *self.server.requests_by(FUNCTIONS))
        below = f"/api/v1/projects/{PROJECT}"
        return {
            f"{entry['method']} {entry['path'].removeprefix(below)}"
            for entry in asked
            if entry["path"].startswith(below)
        }

    def links(self) -> list[Any]:
        """Every annotation on the files of the site."""
        self.pass_time()
        files = self.client.files.list(limit=None, metadata={"site_id": COLLECTION})
        return list(
            self.client.annotations.list(
                AnnotationFilter("file", [{"id": file.id} for file in files]), limit=None
            )
        )

    def runs(self) -> list[str]:
        """The statuses of the extraction pipeline's runs, oldest first."""
        self.pass_time()
        runs = self.client.extraction_pipelines.runs.list(PIPELINE, limit=None)
        return [run.status for run in sorted(runs, key=lambda run: (run.created_time, run.id))]


@pytest.fixture
def new_job(tmp_path: Path) -> Iterator[Any]:
    """Start a local CDF with a site of the given images in it."""
    with local_cdf(tmp_path / "cdf") as server:

        def start(images: Sequence[SiteImage], assets: Sequence[SiteAsset] = ASSETS) -> Job:
            client = server.client("uploader")
            deploy(client, CONFIG)
            site = Site("site", tuple(images), tuple(assets), None)
            PROJECTS["hybrid"].upload_assets(client, site, lambda _count: None)
            PROJECTS["hybrid"].upload_images(client, site, lambda _count: None)
            job = Job(server, server.client("onlooker"), server.client(FUNCTIONS))
            job.pass_time()
            return job

        yield start
