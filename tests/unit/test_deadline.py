"""A call knows how much of its time is left."""

from types import SimpleNamespace

import pytest
from cognite.client import global_config

from image360.deadline import Deadline, call_seconds
from image360.retries import bounded_retries
from image360.write_once import without_retries


def test_work_fits_until_the_time_is_nearly_up():
    now = [0.0]
    deadline = Deadline.after(100, clock=lambda: now[0])
    assert deadline.allows(99)
    now[0] = 60
    assert deadline.left() == 40
    assert not deadline.allows(40)


def test_no_time_is_left_after_the_end():
    now = [0.0]
    deadline = Deadline.after(10, clock=lambda: now[0])
    now[0] = 11
    assert deadline.left() == 0
    assert not deadline.allows(0)


class Limits:
    """A client whose only answer is that of the limits of functions."""

    def __init__(self, answer):
        self.config = SimpleNamespace(project="p")
        self.answer = answer

    def get(self, url):
        assert url == "/api/v1/projects/p/functions/limits"
        if isinstance(self.answer, Exception):
            raise self.answer
        return SimpleNamespace(json=lambda: self.answer)


@pytest.mark.parametrize(("told", "seconds"), [(9, 480), (10, 540), (15, 540), (5, 240), ("10", 540)])
def test_a_call_ends_a_minute_before_cdf_ends_it_and_no_later_than_its_leases(told, seconds):
    assert call_seconds(Limits({"timeoutMinutes": told})) == seconds


NONSENSE = [None, "soon", 0, -1, float("nan")]
SILENCE = [{}, [], None, OSError("gone"), ValueError("no JSON")]


@pytest.mark.parametrize("answer", [*({"timeoutMinutes": each} for each in NONSENSE), *SILENCE])
def test_where_cdf_does_not_tell_the_tightest_cloud_counts(answer):
    assert call_seconds(Limits(answer)) == 480


@pytest.fixture
def sdk(monkeypatch):
    """A client and the SDK's settings as they come."""
    monkeypatch.setattr(global_config, "max_retries", 10)
    config = SimpleNamespace(timeout=60, file_transfer_timeout=600)
    yield SimpleNamespace(config=config)
    assert (config.timeout, config.file_transfer_timeout, global_config.max_retries) == (60, 600, 10)


@pytest.mark.parametrize("left", [0, 1, 30, 60, 100, 180, 200, 480, 540])
def test_all_tries_of_a_request_together_fit_into_what_is_left(sdk, left):
    with bounded_retries(sdk, 60) as bound:
        bound(left)
        tries = global_config.max_retries + 1
        waits = sum(0.5 * 2**number for number in range(tries - 1))
        assert tries * sdk.config.timeout + waits <= (left + 60) / 2
        assert sdk.config.file_transfer_timeout == sdk.config.timeout


def test_who_asks_for_time_bounds_the_requests_that_follow():
    told = []
    Deadline.after(100, clock=lambda: 0.0, bound=told.append).allows(10)
    assert told == [100]


def test_fewer_tries_than_the_sdk_is_told_to_make_are_not_made_more(sdk, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(global_config, "max_retries", 0)
        with bounded_retries(sdk, 60) as bound:
            bound(480)
            assert global_config.max_retries == 0


def test_what_is_sent_a_single_time_is_not_sent_more_often_for_a_bound_in_between(sdk):
    with bounded_retries(sdk, 60) as bound:
        bound(480)
        with without_retries():
            bound(400)
            assert global_config.max_retries == 0
        assert global_config.max_retries == 5
