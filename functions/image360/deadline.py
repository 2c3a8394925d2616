"""The time a function call has left: it stops by itself before CDF stops it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

# The tightest cloud gives a call 9 minutes (Functions product page); one is kept for the end of the run.
CALL_SECONDS = 9 * 60 - 60


@dataclass
class Deadline:
    """Counts down from the start of a call."""

    ends: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float = CALL_SECONDS, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Return a deadline that ends `seconds` from now."""
        return cls(clock() + seconds, clock)

    def left(self) -> float:
        """Return the seconds left, 0 when the time is up."""
        return max(0.0, self.ends - self.clock())

    def allows(self, seconds: float) -> bool:
        """Tell whether a piece of work of `seconds` still fits."""
        return self.left() > seconds
