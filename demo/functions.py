"""The two functions, called as CDF would call them: by keyword, and with what they print as their log."""

import io
import json
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from cognite.client import CogniteClient

import detect_handler
import match_handler
from demo.deploy import PIPELINE
from image360.errors import NothingDoneError
from image360.state.work_items import MAX_ATTEMPTS

CALLER = "image360-functions"  # the client name under which the functions show up in the request log
ELSEWHERE = (
    "running",
    "waiting",
)  # keys of a summary: images whose job runs, or whose file is not noticed yet
POLL_SECONDS = 5.0  # between two calls: what a schedule does in minutes
PATIENCE = 900.0  # seconds without a change
Event = dict[str, Any]
Summary = dict[str, Any]


class StandstillError(Exception):
    """Images are due, and calls bring nothing."""


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
    """Call the detection function until no image is due, as a schedule would.

    Raises:
        NothingDoneError: It fails on every image, until they are given up.
        StandstillError: Images are due, and calls bring nothing.
    """
    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(NothingDoneError):
            _until_done(detect_handler.handle, client, log)
            return
    _until_done(detect_handler.handle, client, log)


def match_until_done(client: CogniteClient, log: FunctionLog) -> None:
    """Call the matching function until no image is due."""
    _until_done(match_handler.handle, client, log)


def _until_done(handle: Callable[..., Summary], client: CogniteClient, log: FunctionLog) -> None:
    """Call a function until nothing is left; what goes on elsewhere, such as a job, is waited for."""
    before: tuple[int, ...] | None = None
    moved = time.monotonic()
    while True:
        with redirect_stdout(log):
            summary = handle(client=client, data={"extraction_pipeline": PIPELINE})
        if summary["remaining"] == 0:
            return
        elsewhere = [summary.get(key, 0) for key in ELSEWHERE]
        now = (summary["remaining"], *elsewhere)
        if now != before:
            before, moved = now, time.monotonic()
        elif not any(elsewhere) or time.monotonic() - moved > PATIENCE:
            raise StandstillError(
                f"{summary['remaining']} images are due, but the function gets none done: {summary}"
            )
        if any(elsewhere):
            time.sleep(POLL_SECONDS)
