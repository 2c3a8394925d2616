"""How function calls are run: limits in time, how many at once, and what happens to those that wait."""

import os
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from localcdf.functions import runner
from localcdf.functions.runner import Ending, Job, Runner

NOW = 1_700_000_000_000
PATIENCE = 30  # seconds


def stopped_clock() -> int:
    return NOW


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[Runner]:
    """A runner whose clock stands."""
    made = Runner(tmp_path / "calls", stopped_clock)
    yield made
    made.close()


MakeJob = Callable[..., Job]


@pytest.fixture
def job(tmp_path: Path) -> MakeJob:
    """Make the job of a function with this handler."""

    def make(call: int, handler: str, seconds: float = PATIENCE) -> Job:
        archive = tmp_path / f"{call}.zip"
        with zipfile.ZipFile(archive, "w") as content:
            content.writestr("handler.py", handler)
        told = {"function_path": "handler.py", "data": {}, "secrets": {}, "function_call_info": {}}
        return Job(call, archive, sys.executable, {}, seconds, 1000, 10**9, log_errors=False, told=told)

    return make


def run(calls: Runner, job: Job) -> Ending:
    endings: Queue[Ending] = Queue()
    calls.start(job, endings.put)
    return endings.get(timeout=PATIENCE)


def test_a_call_ends_in_time_by_the_machines_clock_though_the_local_one_stands(
    calls: Runner, job: MakeJob
) -> None:
    ending = run(calls, job(1, "def handle():\n  print('begun', flush=True)\n  while True: pass", seconds=1))
    assert (ending.status, ending.response) == ("Timeout", None)
    assert "more than 1 seconds" in ending.error["message"]
    assert [(line.at, line.message) for line in ending.log] == [(NOW, "begun")]


def test_a_function_that_kills_what_watches_it_fails(calls: Runner, job: MakeJob) -> None:
    ending = run(
        calls, job(1, "import os, time\ndef handle():\n  os.kill(os.getppid(), 9)\n  time.sleep(999)")
    )
    assert (ending.status, ending.error["message"]) == ("Failed", "The process of the function was killed")


def test_a_zip_that_has_become_bad_fails_the_call(
    calls: Runner, job: MakeJob, capfd: pytest.CaptureFixture[str]
) -> None:
    damaged = job(1, "def handle(): pass")
    damaged.archive.write_bytes(b"no zip")
    ending = run(calls, damaged)
    assert (ending.status, "standard error has the trace" in ending.error["message"]) == ("Failed", True)
    assert "no sound zip archive" in capfd.readouterr().err


def test_calls_beyond_those_at_once_wait_and_their_time_does_not_run(
    tmp_path: Path, job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 1)
    clock = [NOW]
    calls = Runner(tmp_path / "calls", lambda: clock[0])
    endings: Queue[tuple[int, str]] = Queue()
    flag = tmp_path / "flag"
    os.mkfifo(flag)
    calls.start(
        job(1, f"def handle(): open({str(flag)!r}).read()", seconds=10**6),
        lambda ending: endings.put((1, ending.status)),
    )
    calls.start(job(2, "def handle(): pass"), lambda ending: endings.put((2, ending.status)))
    clock[0] += 1000 * (PATIENCE + 1)
    flag.write_text("the first one runs, and may end")
    assert [endings.get(timeout=PATIENCE) for _ in range(2)] == [(1, "Completed"), (2, "Completed")]
    calls.close()


def test_a_stopped_call_is_not_recorded_whether_it_waits_or_runs(
    tmp_path: Path, job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 1)
    calls = Runner(tmp_path / "calls", stopped_clock)
    endings: Queue[int] = Queue()
    flag = tmp_path / "flag"
    os.mkfifo(flag)
    for call, handler in (
        (1, f"import time\ndef handle():\n  open({str(flag)!r}).read()\n  time.sleep(999)"),
        (2, "def handle(): pass"),
        (3, "def handle(): pass"),
    ):
        calls.start(job(call, handler), lambda _, call=call: endings.put(call))
    flag.write_text("the first one runs")
    calls.stop([1, 2, 99])
    assert endings.get(timeout=PATIENCE) == 3
    calls.close()
    assert endings.empty()
    assert list((tmp_path / "calls").iterdir()) == []


def test_closing_ends_the_calls_that_run_and_those_that_wait(
    tmp_path: Path, job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 2)
    calls = Runner(tmp_path / "calls", stopped_clock)
    recorded = threading.Event()
    for call in range(5):
        calls.start(job(call, "import time\ndef handle(): time.sleep(999)"), lambda _: recorded.set())
    calls.close()
    assert not recorded.is_set()
    assert list((tmp_path / "calls").glob("*")) == []


def test_what_a_killed_server_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "calls" / "17" / "code"
    left.mkdir(parents=True)
    (left / "handler.py").write_text("x")
    left.chmod(0o555)
    Runner(tmp_path / "calls", stopped_clock).close()
    assert not (tmp_path / "calls").exists()
