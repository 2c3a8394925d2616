"""The main job under every reading of what the reference does not say: approved once, and then left alone.

The text was read by the real engine once, and is answered from the recording (stations).
"""

import random
import re
from collections.abc import Callable, Mapping

import pytest

from localcdf.app import APIS
from localcdf.endpoint import Endpoint
from localcdf.readings import Reading
from stations.site import AS_IT_IS_TO_BE
from stations.work import JOBS, Stations

COMMON = (
    *("GET /extpipes/config", "POST /extpipes/byids", "POST /extpipes/runs", "GET /functions/limits"),
    *("POST /files/byids", "POST /files/downloadlink", "POST /files/uploadlink"),
    *("POST /models/instances", "POST /models/instances/byids", "POST /models/instances/list"),
)
VISION = ("POST /context/vision/extract", "GET /context/vision/extract/{jobId}")
ANNOTATIONS = ("POST /annotations", "POST /annotations/list")
# What the functions call; a test below sees to it that nothing is missing.
CALLED: Mapping[str, tuple[str, ...]] = {
    "data_modeling": (
        *COMMON,
        *("POST /3d/contextualization/image360", "POST /3d/contextualization/image360/delete"),
        *("POST /3d/jobs", "POST /3d/jobs/list", "POST /sessions"),
        *("POST /3d/job/results/list", "POST /3d/job/result/rejections/list"),
        *("POST /models/instances/query", "POST /models/spaces/byids", "POST /models/views/byids"),
    ),
    "hybrid": (*COMMON, *VISION, *ANNOTATIONS, "POST /models/views/byids"),
    "asset_centric": (*COMMON, *VISION, *ANNOTATIONS, "POST /assets/list", "POST /files/list"),
}
ENDPOINTS = [each for api in APIS for each in api.ENDPOINTS]
MIXES = 7  # for each project type
NewSite = Callable[[str], Stations]


def readings_of(project_type: str) -> list[Reading]:
    """The readings on which the answers to the functions depend."""
    called = [each for each in ENDPOINTS if _name(each) in CALLED[project_type]]
    return list({reading.name: reading for each in called for reading in each.readings}.values())


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


# Readings of the services on which links and text depend are each also turned alone; the others are mixed.
BY_ITSELF = re.compile(r"image360|3d-job|result-file|vision")
ALONE = {
    (reading.name, option): project_type
    for project_type in JOBS
    for reading in readings_of(project_type)
    for option in reading.options
    if option != reading.harshest and BY_ITSELF.match(reading.name)
}


def mix(project_type: str, number: int) -> dict[str, str]:
    """One of MIXES choices of an option for each reading, in which every option comes up."""
    chosen: dict[str, str] = {}
    for reading in readings_of(project_type):
        options = (list(reading.options) * MIXES)[:MIXES]
        random.Random(f"{project_type} {reading.name}").shuffle(options)
        chosen[reading.name] = options[number]
    return chosen


def check(site: Stations, seed: str) -> None:
    """All is approved, once, and a second run writes nothing."""
    choose = random.Random(seed)
    site.pause = lambda: choose.choice((0.0, 0.0, 0.6, 60.0))
    site.until_done()
    assert site.verdict() == AS_IT_IS_TO_BE
    assert site.second_run() == []


@pytest.mark.parametrize("project_type", JOBS)
def test_the_endpoints_that_are_called_are_known_here(new_stations: NewSite, project_type: str) -> None:
    site = new_stations(project_type)
    check(site, "harshest")
    called = {(each["method"], each["path"]) for each in site.requests("/api/")}
    for method, path in called:
        assert any(_is(name, method, path) for name in CALLED[project_type]), (method, path)


def _is(name: str, method: str, path: str) -> bool:
    asked, template = name.split()
    pattern = re.sub(r"\{\w+\}", "[^/]+", template)
    return asked == method and re.fullmatch(rf"/api/v1/projects/[^/]+{pattern}/?", path) is not None


@pytest.mark.parametrize(
    ("project_type", "reading", "option"), [(kind, *turned) for turned, kind in ALONE.items()]
)
def test_all_is_approved_once_under_one_other_reading(
    new_stations: NewSite, project_type: str, reading: str, option: str
) -> None:
    site = new_stations(project_type)
    site.server.read_as(**{reading: option})
    check(site, option)


@pytest.mark.parametrize("project_type", JOBS)
@pytest.mark.parametrize("seed", range(MIXES))
def test_all_is_approved_once_under_any_mix_of_readings(
    new_stations: NewSite, project_type: str, seed: int
) -> None:
    site = new_stations(project_type)
    site.server.read_as(**mix(project_type, seed))
    check(site, str(seed))


@pytest.mark.parametrize("project_type", JOBS)
def test_every_option_of_every_reading_is_in_a_mix(project_type: str) -> None:
    mixes = [mix(project_type, number) for number in range(MIXES)]
    for reading in readings_of(project_type):
        assert {each[reading.name] for each in mixes} == set(reading.options)
