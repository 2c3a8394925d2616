"""The main job under every reading of what the reference does not say: approved once, and then left alone.

The text was read by the real engine once, and is answered from the recording (stations).
"""

import random
import re
from collections.abc import Callable

import pytest

from stations.readings import CALLED, MIXES, mix, readings_of
from stations.site import AS_IT_IS_TO_BE
from stations.work import JOBS, Stations

NewSite = Callable[[str], Stations]


# Readings of the services on which links and text depend are each also turned alone; the others are mixed.
BY_ITSELF = re.compile(r"image360|3d-job|result-file|vision")
ALONE = {
    (reading.name, option): project_type
    for project_type in JOBS
    for reading in readings_of(project_type)
    for option in reading.options
    if option != reading.harshest and BY_ITSELF.match(reading.name)
}


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
