"""One time for CDF and the functions: both are moved at once, and what would sleep moves them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

from demo.localserver import LocalServer

DATED = ("image360.detect", "image360.match", "image360.state.work_items")
TIMED = (
    "image360.approval.annotations",
    "image360.approval.contextualization",
    "image360.detection.jobs_3d",
    "image360.detection.vision",
    "image360.state.region_files",
    "image360.write_once",
)


@dataclass
class Clock:
    """How far both are ahead of the machine's time, in seconds."""

    server: LocalServer
    ahead: float = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead += seconds
        if seconds:
            self.server.admin("clock", {"advance": seconds})

    def is_the_functions(self, patch: Callable[[str, Any], object]) -> None:
        """Let the functions go by this clock."""
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.now(tz) + timedelta(seconds=clock.ahead)

        moved = SimpleNamespace(
            time=lambda: time.time() + self.ahead, sleep=self.advance, monotonic=time.monotonic
        )
        for module in DATED:
            patch(f"{module}.datetime", Moved)
        for module in TIMED:
            patch(f"{module}.time", moved)
