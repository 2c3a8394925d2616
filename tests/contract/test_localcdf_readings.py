"""Readings: each has a scenario that shows what every option of it means."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import reading_scenarios_of_contextualization
import reading_scenarios_of_definitions
import reading_scenarios_of_files
import reading_scenarios_of_instances
import reading_scenarios_of_projects
import reading_scenarios_of_queries
import reading_scenarios_of_records
import reading_scenarios_of_text_detection as text_detection
import reading_scenarios_of_workflows
from reading_lab import Lab, Scenario

from demo.localserver import AT_ONCE, LocalServer
from demo.localserver import local_cdf as running
from localcdf.app import ENDPOINTS
from localcdf.readings import Reading
from tests.contract.detecting import FAKE

SCENARIOS: dict[str, Scenario] = {
    **reading_scenarios_of_records.SCENARIOS,
    **reading_scenarios_of_files.SCENARIOS,
    **reading_scenarios_of_projects.SCENARIOS,
    **reading_scenarios_of_definitions.SCENARIOS,
    **reading_scenarios_of_instances.SCENARIOS,
    **reading_scenarios_of_queries.SCENARIOS,
    **reading_scenarios_of_contextualization.SCENARIOS,
    **text_detection.SCENARIOS_OF_JOBS,
    **text_detection.SCENARIOS_OF_VISION,
    **reading_scenarios_of_workflows.SCENARIOS,
}
MODELING = reading_scenarios_of_contextualization.SCENARIOS | text_detection.SCENARIOS_OF_JOBS
DETECTOR = ["--detector", FAKE]
READINGS: dict[str, Reading] = {each.name: each for endpoint in ENDPOINTS for each in endpoint.readings}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A local CDF whose clock stands, on which nothing comes late unless a test says so."""
    with running(tmp_path_factory.mktemp("lab"), options=DETECTOR) as server:
        yield from opened(server)


@pytest.fixture(scope="module")
def modeling_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The same in a project of status DATA_MODELING_ONLY."""
    folder = tmp_path_factory.mktemp("modeling")
    with running(folder, project_status="DATA_MODELING_ONLY", options=DETECTOR) as server:
        yield from opened(server)


def opened(server: LocalServer) -> Iterator[Lab]:
    server.read_as(**AT_ONCE)
    server.admin("clock", {"run": False})
    with httpx2.Client(headers={"Authorization": f"Bearer {server.token}"}) as http:
        yield Lab(server, http)


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, each in SCENARIOS.items() for option in each.outcome]
)
def test_each_option_of_a_reading_means_what_it_says(
    lab: Lab, modeling_lab: Lab, name: str, option: str
) -> None:
    if name in MODELING:
        lab = modeling_lab
    lab.server.read_as(**{name: option})
    try:
        assert SCENARIOS[name].play(lab) == SCENARIOS[name].outcome[option]
    finally:
        lab.server.read_as(**{name: READINGS[name].harshest, **AT_ONCE})


def test_every_option_of_every_reading_has_a_scenario() -> None:
    told = {name: set(each.outcome) for name, each in SCENARIOS.items()}
    assert told == {name: set(each.options) for name, each in READINGS.items()}


def test_two_readings_never_share_a_name() -> None:
    readings = [each for endpoint in ENDPOINTS for each in endpoint.readings]
    assert all(each is READINGS[each.name] for each in readings)


def test_what_was_chosen_outlives_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path) as server:
            page = f"{server.url}/_localcdf/readings"
            items = server.client("tests").get(page).json()["items"]
            options = {each["name"]: each["option"] for each in items}
            server.read_as(annotations_repeats="dropped")
    assert options == {each.name: each.harshest for each in READINGS.values()} | {
        "annotations-repeats": "dropped"
    }
