"""The main job while answers get lost and calls are killed: nothing is done twice, and all ends approved.

The text was read by the real engine once, and is answered from the recording (stations).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from cognite.client.exceptions import CogniteAPIError, CogniteProjectAccessError, CogniteRequestError
from cognite.client.utils._concurrency import EventLoopThreadExecutor

from image360.errors import AnswerError, NothingDoneError
from image360.state.work_items import LEASE
from stations.site import AS_IT_IS_TO_BE
from stations.work import FUNCTIONS, JOBS, Stations
from tests.contract.detecting import API

NewStations = Callable[[str], Stations]
JOB, VISION, LINKS = "/3d/jobs$", "/context/vision/extract", "/3d/contextualization/image360"
PATHS = {
    "data_modeling": (JOB, "/3d/jobs/list$", "/3d/job/results/list$", f"{LINKS}$", f"{LINKS}/delete$"),
    "hybrid": (VISION, "/annotations/?$", "/annotations/list$"),
    "asset_centric": (VISION, "/annotations/?$", "/annotations/list$"),
}
# Before: nothing is done. After: it is done, and nobody hears of it.
LOST = ("408", "500", "502-html", "503", "504", "reset")
CUT = ("cut-json", "cut-connection")  # only of what is done
BUSY = ("429",)  # only of what is not
PASSING = (NothingDoneError, AnswerError, CogniteAPIError, CogniteRequestError, CogniteProjectAccessError)


def some_faults(choose: random.Random, project_type: str) -> list[dict[str, Any]]:
    """Make each path fail, one way and some times."""
    rules = []
    for path in PATHS[project_type]:
        when = choose.choice(("before", "after"))
        kind = choose.choice(LOST + (BUSY if when == "before" else CUT))
        rules.append(
            {
                "kind": kind,
                "when": when,
                "path": path,
                "at": choose.randint(1, 2),
                "times": choose.randint(1, 3),
                "caller": FUNCTIONS,
            }
        )
    return rules


def check(site: Stations) -> None:
    """All is approved, once, by one job, and a second run writes nothing."""
    assert site.verdict() == AS_IT_IS_TO_BE
    assert [item.state for item in site.items()] == ["matched", "matched"]
    if site.project_type == "data_modeling":
        jobs = site.client.post(f"{API}/3d/jobs/list", json={}).json()["items"]
        assert len(jobs) <= 1, jobs
    assert site.second_run() == []


@pytest.mark.parametrize("project_type", JOBS)
@pytest.mark.parametrize("seed", range(3))
def test_lost_answers_lead_to_nothing_twice(new_stations: NewStations, project_type: str, seed: int) -> None:
    site = new_stations(project_type)
    choose = random.Random(f"{project_type} {seed}")
    site.passing = PASSING
    site.pause = lambda: choose.choice((1.0, 60.0, 60.0, LEASE.total_seconds()))
    site.server.admin("faults", {"items": some_faults(choose, project_type)})
    site.until_done()
    check(site)


class KilledError(BaseException):
    """The end of a call, wherever it is."""


@contextmanager
def killed(patch: pytest.MonkeyPatch, at: int, is_sent: bool) -> Iterator[None]:
    """Kill what runs at its nth request, sent or not; a call that makes fewer ends as it does."""
    requests = 0
    run = EventLoopThreadExecutor.run_coro  # through which the SDK sends everything

    def counted(self: Any, coroutine: Any, timeout: float | None = None) -> Any:
        nonlocal requests
        requests += 1
        if requests != at:
            return run(self, coroutine, timeout)
        if is_sent:
            run(self, coroutine, timeout)
        else:
            coroutine.close()
        raise KilledError

    with patch.context() as patched:
        patched.setattr(EventLoopThreadExecutor, "run_coro", counted)
        with suppress(KilledError):
            yield


@pytest.mark.parametrize("project_type", JOBS)
@pytest.mark.parametrize("seed", range(3))
def test_killed_calls_lead_to_nothing_twice(
    new_stations: NewStations, project_type: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_stations(project_type)
    choose = random.Random(f"{project_type} {seed}")
    for _ in range(2):  # a third killed detection of the same images would be the last
        for step in ("detect", "match"):
            with killed(monkeypatch, choose.randint(4, 16), choose.random() < 0.5):
                site.call(step)
            # The lease of what was in work has run out; the job that was started is long done.
            site.clock.advance(LEASE.total_seconds() + 1)
    site.until_done()
    check(site)


HANGS = {"data_modeling": {"next": "hang"}, "hybrid": {"nextVision": "hang"}}
HANGS["asset_centric"] = HANGS["hybrid"]


@pytest.mark.parametrize("project_type", JOBS)
def test_a_job_that_never_ends_is_given_up_after_a_day(new_stations: NewStations, project_type: str) -> None:
    site = new_stations(project_type)
    site.server.admin("jobs", HANGS[project_type])
    site.call("detect")
    site.clock.advance(23 * 3600)
    assert site.call("detect")["running"] == 2
    site.clock.advance(3600 + 60)
    with pytest.raises(NothingDoneError, match=r"hangs: Started for 24 hours|not come to an end in 24 hours"):
        site.call("detect")
    site.until_done()
    assert site.verdict() == AS_IT_IS_TO_BE
    assert site.second_run() == []
