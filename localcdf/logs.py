"""What was asked and what was written, since the start or since the log was emptied."""

from collections import deque
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

KEPT = 200_000  # entries per log; the oldest fall out


@dataclass(frozen=True)
class Entry:
    """One request: ``digest`` is the SHA-256 of its body, decompressed; ``status`` 0 means no answer."""

    n: int
    method: str
    path: str
    status: int
    digest: str
    caller: str
    fault: str | None = None

    def as_item(self) -> dict[str, Any]:
        """Return the entry as the admin API answers it: with a fault only if one hit the request."""
        item = asdict(self)
        return item if self.fault else {key: value for key, value in item.items() if key != "fault"}


@dataclass
class Trail:
    """What the handling of one request leaves for the log."""

    path: str
    caller: str  # the x-cdp-app header; of a transfer, the one who asked for its link
    digest: str = ""
    wrote: bool = False  # a state-changing request was carried out
    fault: str | None = None  # the kind of fault that hit it
    stale: bool = False  # a fault: it is to be answered from the state before the last write


@dataclass(frozen=True)
class Log:
    """One log: all requests, or only those that wrote."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))

    def as_items(self) -> dict[str, Any]:
        """Return the log as the admin API answers it."""
        return {"items": [entry.as_item() for entry in self.entries]}


@dataclass(frozen=True)
class Logs:
    """The two logs; an entry has the same number in both."""

    requests: Log = field(default_factory=Log)
    writes: Log = field(default_factory=Log)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def add(self, method: str, status: int, trail: Trail) -> None:
        """Log one request, whether or not its answer reached the client."""
        entry = Entry(next(self.numbers), method, trail.path, status, trail.digest, trail.caller, trail.fault)
        self.requests.entries.append(entry)
        if trail.wrote:
            self.writes.entries.append(entry)
