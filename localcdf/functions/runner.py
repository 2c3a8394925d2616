"""Runs function calls, each in processes of its own that end with the call, or with the server.

The pipe to a process is its lifeline: it ends, with all that it has started, when the pipe is closed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any, BinaryIO

from localcdf.functions.archives import remove, unpack

INSIDE = Path(__file__).with_name("inside")
AT_ONCE = max(4, os.cpu_count() or 1)  # processes; further calls wait, and their time starts later
GLANCE = 0.05  # seconds between two looks at the clock
GRACE = 2.0  # seconds for a process to clear up, and for the last lines of its log to come through
MAX_LINE_BYTES = 64 * 1024
MAX_LOG_BYTES = 1_000_000
MAX_DESCRIPTION_BYTES = 100_000  # of an error: more than the process itself lets through


@dataclass(frozen=True)
class Job:
    """One function call."""

    call: int  # its id
    archive: Path
    python: str  # the interpreter
    environment: dict[str, str]
    seconds: float  # that it may take
    response_bytes: int
    memory_bytes: int
    log_errors: bool  # standard error goes to the log too
    told: dict[str, Any]  # what else the process needs to know


@dataclass(frozen=True)
class LogLine:
    """A line that a function wrote, and when (epoch milliseconds)."""

    at: int
    message: str


@dataclass(frozen=True)
class Ending:
    """How a call ended."""

    status: str  # Completed, Failed or Timeout
    response: Any = None
    error: dict[str, str] | None = None
    log: tuple[LogLine, ...] = ()


@dataclass
class Log:
    """What a function prints, line by line; beyond a megabyte it is read and dropped."""

    now: Callable[[], int]
    lines: list[LogLine] = field(default_factory=list)
    left: int = MAX_LOG_BYTES

    def read(self, source: BinaryIO) -> None:
        """Read until the last writer is gone."""
        with source:
            while line := source.readline(MAX_LINE_BYTES):
                self._add(line)

    def _add(self, line: bytes) -> None:
        if self.left < 0:
            return
        self.left -= len(line)
        text = (
            line.decode(errors="replace").rstrip("\r\n")
            if self.left >= 0
            else "The log is full: the rest is cut"
        )
        self.lines.append(LogLine(self.now(), text))


class Runner:
    """The processes of the calls that run."""

    def __init__(self, place: Path, now: Callable[[], int]) -> None:
        """Use the folder ``place``, which is emptied: what a killed server left there."""
        remove(place)
        self._place = place
        self._now = now
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="call")
        self._lock = Lock()
        self._wanted: set[int] = set()  # the calls that wait or run
        self._alive: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, job: Job, record: Callable[[Ending], object]) -> None:
        """Run a call when there is room; hand over how it ended, from another thread."""
        with self._lock:
            self._wanted.add(job.call)
        self._pool.submit(self._run, job, record).add_done_callback(_report)

    def stop(self, calls: Iterable[int]) -> None:
        """End these calls; nobody wants to know how they end."""
        with self._lock:
            for call in self._wanted.intersection(calls):
                self._wanted.remove(call)
                if call in self._alive:
                    _let_go(self._alive[call])

    def close(self) -> None:
        """End all calls, and wait until their processes are gone."""
        with self._lock:
            self._wanted.clear()
            for process in self._alive.values():
                _let_go(process)
        self._pool.shutdown(cancel_futures=True)

    def _run(self, job: Job, record: Callable[[Ending], object]) -> None:
        if job.call not in self._wanted:
            return
        folder = self._place / str(job.call)
        try:
            folder.mkdir(parents=True)
            ending = self._ending(job, folder)
        except Exception:  # noqa: BLE001 whatever it is, the call must end
            traceback.print_exc(file=sys.stderr)
            ending = _failed("The local CDF could not run the call; its standard error has the trace")
        if job.call in self._wanted:
            record(ending)
            self._wanted.discard(job.call)
        remove(folder)

    def _ending(self, job: Job, folder: Path) -> Ending:
        code, scratch = folder / "code", folder / "scratch"
        unpack(job.archive, code)
        scratch.mkdir()
        told = job.told | {
            "code": str(code),
            "scratch": str(scratch),
            "memory_bytes": job.memory_bytes,
            "response_bytes": job.response_bytes,
        }
        log = Log(self._now)
        with tempfile.TemporaryFile() as outcome, self._process(job, scratch, outcome.fileno()) as process:
            reader = Thread(target=log.read, args=(process.stdout,), daemon=True)
            reader.start()
            _tell(process, told)
            in_time = self._wait(process, job.seconds)
            _end(process)
            reader.join(GRACE)
            lines = tuple(log.lines)
            if in_time:
                return _read(outcome, job, lines)
            return Ending(
                "Timeout", error=_error(f"The call took more than {job.seconds:g} seconds"), log=lines
            )

    @contextmanager
    def _process(self, job: Job, scratch: Path, outcome: int) -> Iterator[subprocess.Popen[bytes]]:
        environment = {"PATH": os.defpath, "HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}
        process = subprocess.Popen(  # noqa: S603 our own program; the function runs inside it
            [job.python, "-I", "-B", "-u", str(INSIDE), str(outcome)],
            env=environment | job.environment,
            cwd=scratch.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if job.log_errors else subprocess.DEVNULL,
            pass_fds=[outcome],
            start_new_session=True,
        )
        with self._lock:
            self._alive[job.call] = process
            if job.call not in self._wanted:
                _let_go(process)
        try:
            yield process
        finally:
            with self._lock:
                del self._alive[job.call]
            _end(process)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float) -> bool:
        """Wait for the end; say whether it came in time, by the local CDF's clock and by the machine's."""
        began, began_here = self._now(), time.monotonic()
        while True:
            try:
                process.wait(GLANCE)
                return True
            except subprocess.TimeoutExpired:
                taken = max((self._now() - began) / 1000, time.monotonic() - began_here)
                if taken > seconds:
                    return False


def _report(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()):
        traceback.print_exception(error, file=sys.stderr)


def _tell(process: subprocess.Popen[bytes], told: dict[str, Any]) -> None:
    """Hand the job over; the pipe stays open, and tells the process that the server lives."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it is gone already: its exit code says more
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close the lifeline."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process with all of its group, and wait until it is gone."""
    _let_go(process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(outcome: BinaryIO, job: Job, log: tuple[LogLine, ...]) -> Ending:
    outcome.seek(0)
    content = outcome.read(2 * job.response_bytes + MAX_DESCRIPTION_BYTES)
    try:
        result = json.loads(content)
    except ValueError:
        return _failed("The process of the function was killed", log)
    if "error" in result:
        return Ending("Failed", error=result["error"], log=log)
    return Ending("Completed", response=result["response"], log=log)


def _failed(message: str, log: tuple[LogLine, ...] = ()) -> Ending:
    return Ending("Failed", error=_error(message), log=log)


def _error(message: str) -> dict[str, str]:
    return {"message": message, "trace": ""}
