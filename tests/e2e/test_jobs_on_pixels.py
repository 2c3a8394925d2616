"""3D jobs read the uploaded pixels: the detector of the local CDF is `python -m image360 read`."""

import shlex
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cognite.client import CogniteClient
from conftest import ASSETS, encoded, face, write_image

import detect_handler
import image360
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import AT_ONCE, local_cdf
from demo.projects import PROJECTS
from demo.site import Site
from image360.__main__ import confidence_of
from image360.catalog.core import list_images
from image360.config import CollectionImages
from image360.detection.faces import decode_face
from image360.detection.ocr import detect_text, engine_named
from image360.geometry import FACES
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItems

PROJECT = PROJECTS["data_modeling"]
# The local CDF hands its detector no environment: it is told where this package is.
PACKAGE = Path(image360.__file__).parent.parent
READ = shlex.join(["env", f"PYTHONPATH={PACKAGE}", sys.executable, "-m", "image360", "read"])
PATIENCE = 240  # seconds


def detect(client: CogniteClient) -> dict[str, Any]:
    return detect_handler.handle(client, {"extraction_pipeline": PIPELINE})


@pytest.mark.ocr
def test_a_job_and_own_ocr_read_the_same_regions_of_the_same_pixels(tmp_path: Path) -> None:
    two_lines = {"front": encoded(face(["21-PT-1019", "45-VA-0012"])), "top": encoded(face(["21-HV-2034"]))}
    images = (
        write_image(tmp_path / "site" / "img1", two_lines),
        write_image(tmp_path / "site" / "img2", {}),
    )
    options = ["--detector", READ]
    with local_cdf(tmp_path / "cdf", project_status=PROJECT.status, options=options) as server:
        server.read_as(**AT_ONCE)
        client = server.client("functions")
        config = PROJECT.config("auto")
        deploy(client, config)
        site = Site("site", images, ASSETS, None)
        PROJECT.upload_assets(client, site, lambda _count: None)
        PROJECT.upload_images(client, site, lambda _count: None)

        first = detect(client)
        assert (first["engine"], first["running"]) == ("jobs_3d", 2)
        until = time.monotonic() + PATIENCE
        while (last := detect(client))["running"]:
            assert time.monotonic() < until, last
            time.sleep(1)

        assert (last["engine"], last["engine_note"], last["detected"]) == ("jobs_3d", None, 2)
        listed = list_images(client, CollectionImages.model_validate(config["images"]), None).images
        items = WorkItems(client, STATE_SPACE, "onlooker").of(listed)
        files = RegionFiles(client, STATE_SPACE).load([item.region_file or "" for item in items])
        by_job = {
            item.image.external_id: file.text_regions() for item, file in zip(items, files, strict=True)
        }

    engine = engine_named("ocr")
    for image in images:
        pixels = {name: decode_face(image.faces[name].read_bytes(), name) for name in FACES}
        here, there = detect_text(pixels, engine), by_job[image.id]
        assert [each.text for each in there] == [each.text for each in here]
        for one, other in zip(here, there, strict=True):
            assert np.allclose(one.polygon, other.polygon, atol=2e-6)
            assert other.confidence == pytest.approx(confidence_of(one), abs=1e-6)
    assert {each.text for each in by_job["img1"]} == {"21-PT-1019", "45-VA-0012", "21-HV-2034"}
