"""The clock of the local CDF: it runs, stands, and is moved by hand; a restart does not turn it back."""

import time
from pathlib import Path
from typing import Any

import pytest
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf

NEW_YEAR = 1_767_225_600_000  # 2026-01-01 in epoch milliseconds
SLACK = 60_000  # milliseconds that a slow machine may take between two looks


def now(server: LocalServer) -> int:
    """The time there."""
    return server.client("admin").get(f"{server.url}/_localcdf/clock").json()["now"]


def test_a_fresh_clock_runs_with_that_of_the_machine(fresh_cdf: LocalServer) -> None:
    assert abs(now(fresh_cdf) - time.time() * 1000) < SLACK


def test_a_clock_that_is_advanced_runs_on_from_there(fresh_cdf: LocalServer) -> None:
    before = now(fresh_cdf)
    told = fresh_cdf.admin("clock", {"advance": 3600})
    assert told["running"] is True
    assert 0 <= told["now"] - before - 3_600_000 < SLACK
    time.sleep(0.01)
    assert now(fresh_cdf) > told["now"]


def test_a_clock_that_stands_moves_only_by_hand(fresh_cdf: LocalServer) -> None:
    fresh_cdf.admin("clock", {"run": False})
    fresh_cdf.admin("clock", {"set": NEW_YEAR})
    time.sleep(0.01)
    assert now(fresh_cdf) == NEW_YEAR
    assert fresh_cdf.admin("clock", {"advance": 0.5}) == {"now": NEW_YEAR + 500, "running": False}
    assert fresh_cdf.admin("clock", {"run": True})["running"] is True
    time.sleep(0.01)
    assert NEW_YEAR + 500 < now(fresh_cdf) < NEW_YEAR + 500 + SLACK


def test_what_is_made_has_the_time_of_this_clock(fresh_cdf: LocalServer) -> None:
    fresh_cdf.admin("clock", {"run": False})
    fresh_cdf.admin("clock", {"set": NEW_YEAR})
    made = fresh_cdf.client("tests").data_sets.create({"externalId": "ds"})
    assert (made.created_time, made.last_updated_time) == (NEW_YEAR, NEW_YEAR)


@pytest.mark.parametrize("running", [True, False])
def test_a_restart_does_not_turn_the_clock_back(tmp_path: Path, running: bool) -> None:
    with local_cdf(tmp_path) as server:
        server.admin("clock", {"advance": 86_400})
        before = server.admin("clock", {"run": running})["now"]
    with local_cdf(tmp_path) as server:
        assert 0 <= now(server) - before < (SLACK if running else 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": -1},
        {"set": -1},
        {"set": 10**15},
        {"set": 1.5},
        {"run": "no"},
        {"advance": 1, "run": True},
        {"forward": 1},
    ],
)
def test_what_is_no_change_of_the_clock_is_refused_and_changes_nothing(
    fresh_cdf: LocalServer, body: dict[str, Any]
) -> None:
    before = fresh_cdf.admin("clock", {"run": False})
    with pytest.raises(CogniteAPIError) as refusal:
        fresh_cdf.admin("clock", body)
    assert refusal.value.code == 400
    assert now(fresh_cdf) == before["now"]
