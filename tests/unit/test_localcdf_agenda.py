"""What happens later: in which order, at which time, and what one failure does to the rest."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcdf.agenda import Task
from localcdf.app import SCHEMAS, create_service
from localcdf.endpoint import Call
from localcdf.service import Service
from localcdf.store import open_store


def note(call: Call, payload: dict[str, Any]) -> None:
    """Write down what was done, and the time it was done as at; plan what is to follow."""
    call.db.execute("INSERT INTO notes VALUES (?, ?)", (call.now, payload["text"]))
    for text, delay in payload.get("then", {}).items():
        NOTE.after(call, delay, text=text)


def fail(call: Call, payload: dict[str, Any]) -> None:
    """Do half of it and fail."""
    call.db.execute("INSERT INTO notes VALUES (?, 'half')", (call.now,))
    raise ZeroDivisionError(json.dumps(payload))


NOTE, FAIL = Task("note", note), Task("fail", fail)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service with two kinds of work."""
    store = open_store(tmp_path, [*SCHEMAS, "CREATE TABLE notes (at INTEGER, text TEXT);"])
    made = create_service(store, "local", "token", "http://127.0.0.1")
    yield replace(made, tasks={"note": NOTE, "fail": FAIL})
    store.close()


def notes(service: Service) -> list[tuple[int, str]]:
    """What was done, in order."""
    return [tuple(row) for row in service.store.db.execute("SELECT at, text FROM notes ORDER BY rowid")]


def left(service: Service) -> int:
    """How much is still on the agenda."""
    return service.store.db.execute("SELECT count(*) FROM agenda").fetchone()[0]


def test_work_is_done_in_the_order_and_at_the_time_planned(service: Service) -> None:
    call = service.platform_call(100)
    for text, delay in {"late": 50, "early": 10, "second": 30, "third": 30}.items():
        NOTE.after(call, delay, text=text)
    service.do_due(109)
    assert notes(service) == []
    service.do_due(149)
    assert notes(service) == [(110, "early"), (130, "second"), (130, "third")]
    service.do_due(1000)
    assert notes(service)[-1] == (150, "late")
    assert left(service) == 0


def test_work_without_a_delay_is_part_of_the_request(service: Service) -> None:
    NOTE.after(service.platform_call(100), 0, text="now")
    assert notes(service) == [(100, "now")]
    assert left(service) == 0


def test_work_that_plans_further_work_counts_from_its_own_time(service: Service) -> None:
    NOTE.after(service.platform_call(0), 10, text="a", then={"b": 5, "c": 1000, "now": 0})
    NOTE.after(service.platform_call(0), 12, text="between")
    service.do_due(500)
    assert notes(service) == [(10, "a"), (10, "now"), (12, "between"), (15, "b")]
    service.do_due(1010)
    assert notes(service)[-1] == (1010, "c")


def test_work_that_fails_is_undone_and_dropped_and_the_rest_is_done(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    call = service.platform_call(0)
    NOTE.after(call, 1, text="before")
    FAIL.after(call, 2, cause="a bug")
    Task("of a kind that is gone", note).after(call, 3, text="never")
    NOTE.after(call, 4, text="after")
    service.do_due(10)
    assert notes(service) == [(1, "before"), (4, "after")]
    assert left(service) == 0
    assert 'ZeroDivisionError: {"cause": "a bug"}' in capsys.readouterr().err


def test_work_waits_while_the_clock_is_set_back(service: Service) -> None:
    NOTE.after(service.platform_call(1000), 10, text="a")
    service.do_due(500)
    assert notes(service) == []
    service.do_due(1010)
    assert notes(service) == [(1010, "a")]


def test_lists_lag_behind_work_as_behind_any_write(service: Service) -> None:
    snapshots = service.store.snapshots
    NOTE.after(service.platform_call(0), 5000, text="a")
    service.do_due(5500)
    past = snapshots.behind(5500, 1000)
    assert past is not None
    assert past.execute("SELECT count(*) FROM notes").fetchone()[0] == 0
    assert snapshots.behind(6000, 1000) is None
