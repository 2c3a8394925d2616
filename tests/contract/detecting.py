"""A local CDF with a detector whose pictures say themselves what is to be read on them."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

API = "/api/v1/projects/local"
FAKE = shlex.join([sys.executable, str(Path(__file__).with_name("fake_detector.py"))])
PATIENCE = 30  # seconds

T = TypeVar("T")


def picture(*regions: dict[str, Any], **further: Any) -> bytes:
    """A picture on which these regions are read."""
    return json.dumps({"answer": {"regions": regions}} | further).encode()


def unreadable(reason: str) -> bytes:
    """A picture that cannot be read."""
    return json.dumps({"answer": {"error": reason}}).encode()


def until(look: Callable[[], T], wanted: Callable[[T], bool] = bool) -> T:
    """Look again and again until it is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {PATIENCE} s"
        time.sleep(0.02)
    return found


def notes(path: Path) -> list[dict[str, Any]]:
    """What a picture noted of its readings."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def children(pid: int) -> list[int]:
    """The processes that a process has started and not collected yet, dead ones included."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in found for child in each.read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
