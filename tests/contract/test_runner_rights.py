"""The group under which the functions run: it can do the job, and each right that is taken away is missed."""

import copy
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stations.recording import RecordedEngine
from stations.work import FUNCTIONS, Stations
from tests.contract.roles import Capabilities, capabilities, client_of, rights

TYPES = ("data_modeling", "hybrid", "asset_centric")
PATIENCE = 40.0  # seconds
# Not of the two steps that run here.
OF_OTHERS = {
    "projectsAcl:LIST": "the check of the deployment",
    "projectsAcl:READ": "the check of the deployment",
    "groupsAcl:LIST": "the check of the deployment",
    "dataModelsAcl:READ sp_image360_state": "the check of the deployment",
    "functionsAcl:READ": "the workflow that calls the functions",
    "functionsAcl:RUN": "the workflow that calls the functions",
    "sessionsAcl:CREATE": "3D jobs; without it, `auto` goes on with own OCR",
    "dataModelsAcl:READ sp_image360_decisions": "the check of the deployment",
    "annotationsAcl:READ": "other tools list it; the reference asks for the rights on the file instead",
}
# CDF refuses nothing here: a list just lacks what the caller may not read. The images stay unsettled.
SILENT = {
    "dataModelInstancesAcl:READ sp_site_objects",
    "dataModelInstancesAcl:READ sp_site_links",
}
UNSETTLED = [f'"unsettled": {count}' for count in range(1, 10)]


def spread(held: Capabilities) -> Capabilities:
    """The same rights, one action and one space each."""
    return [
        {acl: {"actions": [action], "scope": {"spaceIdScope": {"spaceIds": [space]}} if space else scope}}
        for acl, right in rights(held)
        for scope in [right["scope"]]
        for action in right["actions"]
        for space in dict.fromkeys(scope.get("spaceIdScope", {}).get("spaceIds", [None]))
    ]


def name_of(capability: dict[str, Any]) -> str:
    ((acl, right),) = capability.items()
    spaces = right["scope"].get("spaceIdScope", {}).get("spaceIds", [])
    return " ".join([f"{acl}:{right['actions'][0]}", *spaces])


def each_without(held: Capabilities) -> Iterator[tuple[str, Capabilities]]:
    """Each right by its name, and what is left without it."""
    every = spread(held)
    for name in dict.fromkeys(name_of(each) for each in every):
        yield name, [copy.deepcopy(each) for each in every if name_of(each) != name]


def act_as(site: Stations, held: Capabilities, name: str) -> None:
    """Let the functions run on behalf of a member of a group with these rights, and no others."""
    site.__dict__["functions"] = client_of(site.server, name, held, FUNCTIONS)


def misses(site: Stations, named: list[str]) -> bool:
    """Whether the calls come to say one of these: in an error, a summary, a log line or with an image."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for step in ("detect", "match"):
            site.clock.advance(5)  # what is read elsewhere takes real time, and the token of the runner ends
            try:
                heard = json.dumps(site.call(step))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is said
                heard = str(error)
            heard += json.dumps(site.logs) + "".join(str(item.last_error) for item in site.items())
            if any(each in heard for each in named):
                return True
        time.sleep(site.poll)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("project_type", TYPES)
def test_the_runner_can_do_the_job_and_misses_each_right(
    loaded_stations, project_type, tmp_path, monkeypatch
):
    RecordedEngine().stand_in(monkeypatch.setattr, "image360.detect_here")
    with loaded_stations.stations(project_type, tmp_path / "with") as site:
        site.clock.is_the_functions(monkeypatch.setattr)
        held = capabilities(site.client, project_type, f"image360_{project_type}", "runner")
        act_as(site, held, "runner")
        site.until_done()
        verdict = site.verdict()
        assert (verdict.wrong, verdict.double, verdict.missing) == ([], [], [])

    quiet = []
    for number, (name, left) in enumerate(each_without(held)):
        if name in OF_OTHERS:
            continue
        with loaded_stations.stations(project_type, tmp_path / f"without{number}") as site:
            site.clock.is_the_functions(monkeypatch.setattr)
            act_as(site, left, "runner")
            right, _, space = name.partition(" ")
            named = [right, f"space {space}"] if space else [right]
            if not misses(site, UNSETTLED if name in SILENT else named):
                quiet.append(name)
    assert quiet == []
