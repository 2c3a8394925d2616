"""The clock of the functions: ahead of the machine's, and moved by whoever would sleep."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any


@dataclass
class Ahead:
    """How far it is ahead, in seconds.

    `passed` is what has passed in this process beside the machine's time; `move_cdf` moves CDF's clock.
    """

    seconds: float = 0.0
    passed: float = 0.0
    move_cdf: Callable[[float], object] = lambda _: None

    def sleep(self, seconds: float) -> None:
        """Let the time of a sleep pass, for CDF too."""
        self.let_pass(seconds)
        self.move_cdf(seconds)

    def let_pass(self, seconds: float) -> None:
        """Let time pass in this process."""
        self.seconds += seconds
        self.passed += seconds

    def monotonic(self) -> float:
        """Return the time as `time.monotonic` would."""
        return time.monotonic() + self.passed


AHEAD = Ahead()


class Moved(datetime):
    """The time of day on that clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(seconds=AHEAD.seconds)


MOVED = SimpleNamespace(
    time=lambda: time.time() + AHEAD.seconds, monotonic=AHEAD.monotonic, sleep=AHEAD.sleep
)
