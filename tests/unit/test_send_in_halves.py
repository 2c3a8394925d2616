"""A refused batch is halved until the bad item stands alone; the others are sent, each once."""

import pytest
from cognite.client.exceptions import CogniteAPIError
from hypothesis import given
from hypothesis import strategies as st

from image360.write_once import MOST_REFUSED, NONE_GOOD, Sent, send_in_halves


class Service:
    """Takes items one request at a time; `partly`: carries out the good ones of a request that it refuses."""

    def __init__(self, bad, *, partly=False, lost=(), code=400):
        self.bad, self.partly, self.lost, self.code = set(bad), partly, set(lost), code
        self.taken = []
        self.requests = 0

    def send(self, items):
        self.requests += 1
        refused = self.bad.intersection(items)
        if not refused or self.partly:
            self.taken += [each for each in items if each not in self.bad]
        if refused:
            raise CogniteAPIError("bad", self.code)
        return self.lost.isdisjoint(items)

    def missing(self, items):
        return [each for each in items if each not in self.taken]

    def all_of(self, items):
        return send_in_halves(items, self.send, self.missing)


@given(st.integers(0, 64), st.sets(st.integers(0, 63)), st.booleans())
def test_everything_is_taken_once_or_refused_or_said_to_be_unclear(count, bad, partly):
    service = Service(bad, partly=partly)
    items = list(range(count))
    if len(bad.intersection(items)) == count >= NONE_GOOD:
        return
    sent = service.all_of(items)
    refused = [each for each, _ in sent.refused]
    assert sorted({*service.taken, *refused, *sent.unclear}) == items
    assert len(service.taken) == len(set(service.taken))
    assert bad.issuperset(refused)
    assert bad.isdisjoint(service.taken)


@given(st.integers(1, 100), st.sets(st.integers(0, 99), max_size=2), st.booleans())
def test_two_bad_items_of_a_hundred_are_found(count, bad, partly):
    service = Service(bad, partly=partly)
    sent = service.all_of(list(range(count)))
    assert sent.unclear == []
    assert sorted(each for each, _ in sent.refused) == sorted(each for each in bad if each < count)


def test_one_bad_item_of_a_thousand_is_found_within_the_cap():
    service = Service([617])
    assert service.all_of(range(1000)).refused == [(617, "400: bad")]
    assert len(service.taken) == 999


def test_what_is_not_sent_for_too_many_refusals_is_said_to_be_unclear():
    service = Service(range(0, 1000, 2))
    sent = service.all_of(range(1000))
    assert service.requests == MOST_REFUSED + len(service.taken)
    assert sorted([*service.taken, *(each for each, _ in sent.refused), *sent.unclear]) == list(range(1000))


def test_items_that_are_all_refused_are_not_what_is_wrong():
    with pytest.raises(CogniteAPIError):
        Service(range(NONE_GOOD)).all_of(range(NONE_GOOD))
    assert len(Service([1]).all_of([1]).refused) == 1


@pytest.mark.parametrize("code", [401, 403, 429, 500])
def test_a_refusal_of_the_request_as_a_whole_is_raised_at_once(code):
    service = Service([3], code=code)
    with pytest.raises(CogniteAPIError):
        service.all_of(range(8))
    assert service.requests == 1


def test_a_lost_answer_is_unclear_and_nothing_is_sent_again():
    service = Service([], lost=[2])
    assert service.all_of(range(4)) == Sent([0, 1, 2, 3], [])
    assert service.requests == 1
