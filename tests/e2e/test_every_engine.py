"""Each engine in each type of project, on pixels: two stations in, approvals over their texts out, once."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demo.projects import PROJECTS
from image360.detection.ocr import detect_text, engine_named
from image360.state.region_files import RegionFile
from stations.recording import RecordedEngine, pictures
from stations.site import AS_IT_IS_TO_BE, TEXTS
from stations.work import FUNCTIONS, Stations, stations

REFUSED = {"kind": "403", "path": "/3d/jobs$", "times": 1000, "caller": FUNCTIONS}
# The engine of the config, and the one that reads.
ENGINES = {
    "data_modeling": {"jobs_3d": "jobs_3d", "ocr": "ocr", "auto": "ocr"},  # where 3D jobs are refused
    "hybrid": {"ocr": "ocr", "vision": "vision", "auto": "ocr"},
    "asset_centric": {"ocr": "ocr", "vision": "vision", "auto": "ocr"},
}
# Of the links of an asset on an image, CDF keeps one: the other is left to a person.
TWICE = ("station2", "asset-1019")


def test_each_documented_engine_is_here() -> None:
    assert {name: set(engines) - {"auto"} for name, engines in ENGINES.items()} == {
        name: set(project.engines) for name, project in PROJECTS.items()
    }


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("project_type", "engine"),
    [
        pytest.param(name, engine, marks=pytest.mark.slow if engine == "auto" else ())
        for name, engines in ENGINES.items()
        for engine in engines
    ],
)
def test_the_texts_of_both_stations_are_approved_once(tmp_path: Path, project_type: str, engine: str) -> None:
    with stations(tmp_path / "cdf", project_type) as site:
        site.poll = 0.5
        site.configure(engine)
        if engine == "auto":
            site.server.admin("faults", {"items": [REFUSED]})
        planned = site.call("detect", mode="plan")
        assert (planned["would_detect"], site.writes(), site.runs()) == (2, [], [])

        site.until_done()

        _check_what_was_read(site, ENGINES[project_type][engine])
        assert site.verdict() == AS_IT_IS_TO_BE
        assert site.held() == ([TWICE] if project_type == "data_modeling" else [])
        assert (site.runs()[0], site.runs()[-1]) == ("success", "success")
        done = len(site.runs())
        assert site.second_run() == []
        assert site.runs()[done:] == ["seen"] * 4


def _check_what_was_read(site: Stations, engine: str) -> None:
    """The engine is named, and read what own OCR read when it was recorded; Vision reads face by face."""
    detected = [each for each in site.summaries if each.get("detected")]
    assert {each["engine"] for each in detected} == {engine}
    notes = {each["engine_note"] for each in detected}
    refused = any(line["event"] == "refused" for line in site.logs)
    if engine == "vision":
        assert all("deprecated" in note for note in notes)
    else:
        assert all("own OCR instead" in note for note in notes) if refused else notes == {None}
    recorded = RecordedEngine()
    for name, file in site.region_files().items():
        assert isinstance(file, RegionFile)
        if engine == "vision":
            texts = sorted(text for on_face in TEXTS[name].values() for text in on_face)
            assert sorted(region.text for region in file.regions) == texts
        else:
            _check_same(file.text_regions(), recorded.detect_text(pictures().spheres[name]))


def _check_same(read: Any, recorded: Any) -> None:
    """The same texts in the same order at the same places; computed elsewhere, the last digits may differ."""
    assert [each.text for each in read] == [each.text for each in recorded]
    assert [each.other_readings for each in read] == [each.other_readings for each in recorded]
    for one, other in zip(read, recorded, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)
        np.testing.assert_allclose(one.polygon, other.polygon, atol=1e-3)


@pytest.mark.ocr
def test_a_sampled_record_is_what_the_engine_reads_now() -> None:
    engine, recorded = engine_named("ocr"), RecordedEngine()
    assert recorded.settings == engine.settings
    image, face = pictures().spheres["station2"], pictures().flat["station1", "left"]
    _check_same(recorded.detect_text(image), detect_text(image, engine))
    for one, other in zip(recorded.read(face), engine.read(face), strict=True):
        assert (one.text, one.confidence) == (other.text, pytest.approx(other.confidence, abs=1e-3))
        np.testing.assert_allclose(one.quad, other.quad, atol=0.5)
