"""`python -m smoke` finds out how a local CDF reads the silences of the reference, whichever way that is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from smoke_lab import LOOKING, SETTLEABLE, with_rights

from demo.localserver import AT_ONCE, PROJECT, TRAFFIC, LocalServer
from demo.localserver import local_cdf as running
from image360.environment import project_of
from smoke.probe import BY_NAME, READINGS, run
from smoke.probes import NOT_SETTLED, PROBES
from smoke.project import CLIENT_NAME
from smoke.scratch import Scratch

OPTIONS = [(name, option) for name in SETTLEABLE for option in READINGS[name].options]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A local CDF on which readings are turned."""
    with pytest.MonkeyPatch.context() as patch:
        # Some options are not what Cognite's document says: their traffic is not held against it.
        patch.setenv(TRAFFIC, str(tmp_path_factory.mktemp("traffic")))
        with running(tmp_path_factory.mktemp("smoke")) as server:
            server.read_as(**AT_ONCE)
            yield server


def scratch_of(server: LocalServer) -> Scratch:
    return Scratch(server.client(CLIENT_NAME))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_turned_reading_is_told(lab: LocalServer, name: str, option: str) -> None:
    scratch = scratch_of(lab)
    lab.read_as(**{name: option})
    try:
        results = [run(each, scratch) for each in PROBES if name in each.readings]
        assert scratch.remove() == []
    finally:
        lab.read_as(**{name: READINGS[name].harshest, **AT_ONCE})
    assert {each.settled.get(name, each.outcome) for each in results} == {option}
    assert all(each.passed for each in results)


def test_all_readings_turned_at_once_are_told_and_everything_goes(lab: LocalServer) -> None:
    turned = {name: list(READINGS[name].options)[1] for name in SETTLEABLE}
    lab.read_as(**turned)
    scratch = scratch_of(lab)
    try:
        results = [run(each, scratch) for each in PROBES]
        assert [each.outcome for each in results if not each.passed] == []
        assert {name: option for each in results for name, option in each.settled.items()} == turned
        assert scratch.remove() == []
    finally:
        lab.read_as(**{name: READINGS[name].harshest for name in SETTLEABLE} | AT_ONCE)


@pytest.mark.parametrize("option", READINGS[LOOKING].options)
def test_who_lacks_the_right_tells_if_looking_at_oneself_takes_it(
    fresh_cdf: LocalServer, option: str
) -> None:
    credentials = with_rights(fresh_cdf, "a-secret-of-tests", "filesAcl:READ")
    fresh_cdf.read_as(**{LOOKING: option})
    caller = project_of({"CDF_PROJECT": PROJECT, "CDF_URL": fresh_cdf.url} | credentials).client(CLIENT_NAME)
    told = [run(each, Scratch(caller)) for each in PROBES if LOOKING in each.readings]
    assert [each.settled for each in told] == [{LOOKING: option}] * 2


def test_a_probe_settles_readings_of_its_first_endpoint() -> None:
    for each in PROBES:
        known = {reading.name for reading in BY_NAME[each.endpoints[0]].readings}
        assert set(each.readings) <= known, each.name


def test_every_reading_is_settled_or_has_a_reason_why_not() -> None:
    settled = {name for each in PROBES for name in each.readings}
    assert settled | NOT_SETTLED.keys() == READINGS.keys()
    assert not settled & NOT_SETTLED.keys()


def test_every_probe_calls_the_endpoints_that_it_names(lab: LocalServer) -> None:
    for each in PROBES:
        before, scratch = len(lab.requests_by(CLIENT_NAME)), scratch_of(lab)
        assert run(each, scratch).passed
        called = {_endpoint(entry) for entry in lab.requests_by(CLIENT_NAME)[before:]}
        assert set(each.endpoints) <= called, each.name
        assert scratch.remove() == []


def _endpoint(entry: dict[str, Any]) -> str:
    path = entry["path"].removeprefix(f"/api/v1/projects/{PROJECT}").removeprefix("/api/v1").rstrip("/")
    for name, inner in (("/annotations", "{id}"), ("/context/vision/extract", "{jobId}")):
        path = re.sub(rf"^{name}/[0-9]+$", f"{name}/{inner}", path)
    return f"{entry['method']} {path}"
