"""Processes that are forked from the warm one."""

import ctypes
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

PATIENCE = 60.0  # seconds: what takes longer hangs
DIE_WITH_PARENT = 1  # of prctl(2)
_LIBC = ctypes.CDLL(None)


class HangsError(Exception):
    """A process that does not come to an end."""


class FailedError(Exception):
    """A process that failed at what is not under test."""


@dataclass(frozen=True)
class Child:
    """A forked process; `answers` is the end of a pipe on which it says what it has come to."""

    pid: int
    answers: int

    def line(self) -> str:
        """Wait for a line of its standard output."""
        said = b""
        while not said.endswith(b"\n"):
            part = os.read(self.answers, 4096)
            if not part:
                raise HangsError("the process ended without a word")
            said += part
        return said.decode()

    def answer(self, patience: float = PATIENCE) -> Any:
        """Wait for its end; return what it has answered, None if it was killed before."""
        said, end = b"", time.monotonic() + patience
        while True:
            if not select.select([self.answers], [], [], max(0.0, end - time.monotonic()))[0]:
                self.kill()
                raise HangsError(f"the process had not ended after {patience:.0f} s")
            part = os.read(self.answers, 65536)
            if not part:
                break
            said += part
        status = self._reap()
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise FailedError("a process of the sweep has failed; its trace is above")
        return json.loads(said) if said else None

    def kill(self) -> None:
        """Kill it, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        self._reap()

    def kill_after(self, seconds: float) -> None:
        """Kill it after a while, if it is still at work then; its end is waited for by `answer`."""
        if not select.select([self.answers], [], [], seconds)[0]:
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """Let it come to an end by itself."""
        os.kill(self.pid, signal.SIGTERM)
        self._reap()

    def _reap(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self.answers)
        return status


def forked(work: Callable[[], Any]) -> Child:
    """Let `work` be done by a process of its own, whose answer is a JSON value."""
    parent = os.getpid()
    answers, told = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(told)
        return Child(pid, answers)
    _LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    return _work(work, told)


def _work(work: Callable[[], Any], told: int) -> NoReturn:
    """Do the work of a child and end, without the clean-up that is its parent's."""
    code = 1
    try:
        os.dup2(told, 1)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        answer = work()
        if answer is not None:
            os.write(told, json.dumps(answer).encode())
        code = 0
    except SystemExit:
        code = 0
    except BaseException:  # noqa: BLE001 nobody is left who could handle it
        traceback.print_exc()
    finally:
        os._exit(code)
