"""The two functions, called as CDF would call them: by keyword, and with what they print as their log."""

import io
import json
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from cognite.client import CogniteClient

import detect_handler
import match_handler
from demo.deploy import PIPELINE

CALLER = "image360-functions"  # the client name under which the functions show up in the request log
Event = dict[str, Any]


class FunctionLog(io.TextIOBase):
    """Keeps what a function prints in a file, and hands each line on as an event."""

    def __init__(self, path: Path, on_event: Callable[[Event], None]) -> None:
        super().__init__()
        self._path = path
        self._on_event = on_event
        self._rest = ""

    def writable(self) -> bool:
        """Text goes in, none comes out."""
        return True

    def write(self, text: str) -> int:
        """Take a piece of text; complete lines are stored."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            if line.startswith("{"):  # libraries may print as well
                self._on_event(json.loads(line))
        return len(text)


def detect_until_done(client: CogniteClient, log: FunctionLog) -> None:
    """Call the detection function until no image is due, as a schedule would."""
    _until_done(detect_handler.handle, client, log)


def match_until_done(client: CogniteClient, log: FunctionLog) -> None:
    """Call the matching function until no image is due."""
    _until_done(match_handler.handle, client, log)


def _until_done(handle: Callable[..., dict[str, Any]], client: CogniteClient, log: FunctionLog) -> None:
    remaining = None
    while remaining != 0:
        with redirect_stdout(log):
            summary = handle(client=client, data={"extraction_pipeline": PIPELINE})
        late = summary.get("waiting", 0)
        if summary["remaining"] == remaining and not late:
            raise RuntimeError(f"{remaining} images are due, but the function gets none done: {summary}")
        if late:
            time.sleep(1)  # what a schedule does between two calls
        remaining = summary["remaining"]
