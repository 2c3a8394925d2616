"""Structured logs by print, one JSON object a line.

CDF shows what a function prints; the logging module can hide lines there (known issue of Functions).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from image360.conceal import NO_SECRETS, Concealer


@dataclass(frozen=True)
class Log:
    """Prints events of one run."""

    run: str
    step: str
    conceal: Concealer = NO_SECRETS

    def __call__(self, event: str, **fields: object) -> None:
        """Print one event with its fields."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "run": self.run,
            "step": self.step,
        }
        said = self.conceal.within({**line, "event": event, **fields})
        print(json.dumps(said, ensure_ascii=False), flush=True)
