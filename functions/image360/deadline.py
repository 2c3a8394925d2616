"""The time a function call has left: it stops by itself before CDF stops it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from cognite.client import CogniteClient

from image360.write_once import without_retries

# The tightest cloud gives a call 9 minutes (Functions product page); no cloud gives more than 10, and the
# lease of a work item is no longer either.
TIGHTEST, LONGEST = 9 * 60.0, 10 * 60.0
MARGIN = 60.0  # seconds kept for the end of the run
LEAST = 2 * 60.0  # a limit below is none


@dataclass
class Deadline:
    """Counts down from the start of a call."""

    ends: float
    clock: Callable[[], float] = time.monotonic
    bound: Callable[[float], None] = lambda _: None
    """Told what is left whenever that is asked for, so that no request takes longer."""

    @classmethod
    def after(
        cls,
        seconds: float = TIGHTEST - MARGIN,
        clock: Callable[[], float] = time.monotonic,
        bound: Callable[[float], None] = lambda _: None,
    ) -> "Deadline":
        """Return a deadline that ends `seconds` from now."""
        return cls(clock() + seconds, clock, bound)

    def left(self) -> float:
        """Return the seconds left, 0 when the time is up."""
        return max(0.0, self.ends - self.clock())

    def allows(self, seconds: float) -> bool:
        """Tell whether a piece of work of `seconds` still fits."""
        left = self.left()
        self.bound(left)
        return left > seconds


def call_seconds(client: CogniteClient) -> float:
    """Return how long a call may work, as CDF's limits for functions say.

    Who cannot be asked, or answers nonsense, has the limit of the tightest cloud.
    """
    try:
        with without_retries():
            answer = client.get(f"/api/v1/projects/{client.config.project}/functions/limits").json()
        seconds = 60.0 * float(cast("dict[str, Any]", answer)["timeoutMinutes"])
    except Exception:  # noqa: BLE001 - whatever it is, the tightest limit holds everywhere
        seconds = TIGHTEST
    return min(seconds, LONGEST) - MARGIN if seconds >= LEAST else TIGHTEST - MARGIN
