"""Which numbers a fault chooses, for any rule and any requests."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcdf.faults.hit import Asked
from localcdf.faults.patterns import is_in
from localcdf.faults.rules import Faults, Rule, drawn

rates = st.floats(0.001, 1)
seeds = st.integers(-(2**40), 2**40)


def rule(**fields: object) -> Rule:
    """A fault that any request fits."""
    return Rule.model_validate({"kind": "503", **fields})


def hit_by(number: int, *rules: Rule) -> list[int]:
    """The numbers of the requests that are hit, of so many."""
    faults = Faults()
    faults.set(rules)
    return [each for each in range(1, number + 1) if faults.choose(Asked("POST", "/files/list")) is not None]


@given(at=st.integers(1, 60), times=st.integers(1, 60), number=st.integers(0, 60))
def test_by_number_a_run_of_requests_is_hit(at: int, times: int, number: int) -> None:
    assert hit_by(number, rule(at=at, times=times)) == [*range(at, min(at + times, number + 1))]


@given(seed=seeds, rate=rates)
def test_the_same_seed_and_rate_hit_the_same_requests(seed: int, rate: float) -> None:
    assert hit_by(200, rule(seed=seed, rate=rate)) == hit_by(200, rule(seed=seed, rate=rate))


@given(seed=seeds, rate=rates, other=rates)
def test_a_higher_rate_hits_what_a_lower_one_hits_and_more(seed: int, rate: float, other: float) -> None:
    low, high = sorted((rate, other))
    assert set(hit_by(200, rule(seed=seed, rate=low))) <= set(hit_by(200, rule(seed=seed, rate=high)))


@given(seed=seeds, rate=rates)
def test_the_share_that_is_hit_is_the_rate(seed: int, rate: float) -> None:
    share = len(hit_by(1000, rule(seed=seed, rate=rate))) / 1000
    # Six standard deviations: one honest draw in 500 million is further off.
    assert abs(share - rate) <= 6 * (rate * (1 - rate) / 1000) ** 0.5 + 0.001


@given(seed=seeds)
def test_a_rate_of_one_hits_every_request(seed: int) -> None:
    assert len(hit_by(50, rule(seed=seed, rate=1))) == 50


@given(seed=seeds, number=st.integers(1, 10**9))
def test_chance_is_spread_from_zero_to_below_one(seed: int, number: int) -> None:
    assert 0 <= drawn(seed, number) < 1


@given(seed=seeds, rate=rates, times=st.integers(1, 20))
def test_times_is_the_most(seed: int, rate: float, times: int) -> None:
    free = hit_by(200, rule(seed=seed, rate=rate))
    assert hit_by(200, rule(seed=seed, rate=rate, times=times)) == free[:times]


@given(
    ats=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    times=st.integers(1, 5),
    number=st.integers(0, 40),
)
def test_a_request_is_hit_once_and_no_fault_more_often_than_it_may(
    ats: list[int], times: int, number: int
) -> None:
    faults = Faults()
    faults.set(rule(at=at, times=times) for at in ats)
    hits = sum(faults.choose(Asked("GET", "/x")) is not None for _ in range(number))
    assert hits == sum(each.hits for each in faults.armed)
    assert all(each.hits <= times and each.seen == number for each in faults.armed)


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    path=st.sampled_from(["/files", "/files/list", "/annotations/"]),
    caller=st.sampled_from(["", "one", "two"]),
)
def test_only_what_method_path_and_caller_allow_is_numbered(method: str, path: str, caller: str) -> None:
    wanted = rule(method="POST", path="^/files", caller="one")
    is_wanted = method == "POST" and path.startswith("/files") and caller == "one"
    assert wanted.matches(Asked(method, path, caller)) == is_wanted


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a|b|ab)*c"])
def test_patterns_that_explode_elsewhere_take_no_time(pattern: str) -> None:
    started = time.perf_counter()
    assert is_in(pattern, "a" * 50_000 + "!") is False
    assert time.perf_counter() - started < 1


@given(st.text(), st.text())
def test_a_pattern_without_special_characters_is_found_where_it_is(needle: str, text: str) -> None:
    escaped = "".join(f"\\x{{{ord(each):x}}}" for each in needle)
    assert is_in(escaped, text) == (needle in text)
