"""Structured logs by print, one JSON object a line.

CDF shows what a function prints; the logging module can hide lines there (known issue of Functions).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Log:
    """Prints events of one run."""

    run: str
    step: str

    def __call__(self, event: str, **fields: object) -> None:
        """Print one event with its fields."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "run": self.run,
            "step": self.step,
        }
        print(json.dumps({**line, "event": event, **fields}, ensure_ascii=False, default=str), flush=True)
