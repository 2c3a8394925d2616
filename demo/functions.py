"""The two functions, called as CDF would call them: by keyword, and with what they print as their log."""

import io
import json
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cognite.client import CogniteClient

import detect_handler
import match_handler
from demo.deploy import PIPELINE
from image360.errors import NothingDoneError

CALLER = "image360-functions"  # the client name under which the functions show up in the request log
Event = dict[str, Any]
Summary = dict[str, Any]

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0  # seconds between two calls that change nothing
# Seconds without a change after which nothing more is hoped for. An image takes a job some 10 s on a machine
# that has nothing else to do, and nobody is told of a job before its last image.
PATIENCE, PATIENCE_FOR_AN_IMAGE = 120.0, 60.0


class StandstillError(Exception):
    """Images are due, and calls of a function do nothing about them; or all of them have failed for good."""


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


@dataclass(frozen=True)
class Functions:
    """Calls the functions with a client, and what they print goes to a log."""

    client: CogniteClient
    log: FunctionLog
    notes: list[str] = field(default_factory=list[str])
    """What was said of the engine, such as a refusal or a deprecation; each once."""

    def detect(self) -> Summary:
        """Call the detection function once."""
        return self._call(detect_handler.handle)

    def match(self) -> Summary:
        """Call the matching function once."""
        return self._call(match_handler.handle)

    def _call(self, handle: Callable[..., Summary]) -> Summary:
        with redirect_stdout(self.log):
            summary = handle(client=self.client, data={"extraction_pipeline": PIPELINE})
        note = summary.get("engine_note")
        if note and note not in self.notes:
            self.notes.append(note)
        return summary


def detect_until_done(detect: Callable[[], Summary]) -> None:
    """Call the detection function until no image is due, as a schedule would.

    Raises:
        StandstillError: A job does not end; or no image could be read, for the reason that is named.
    """
    reason = ""

    def call() -> Summary | None:
        nonlocal reason
        try:
            return detect()
        except NothingDoneError as error:  # what has failed is tried again, as often as the function will
            reason = str(error)
            return None

    last = call_until_done(call)
    if last["given_up"] and last["given_up"] == last["images"]:
        raise StandstillError(f"none of {last['images']} images could be read: {reason}")


def call_until_done(
    call: Callable[[], Summary | None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Summary:
    """Call a function until no image is due; return its last summary.

    Args:
        call: Returns the summary of a call, or None of one that failed, and is to be made good by the next.
        sleep, clock: Of the real time, in which jobs run.

    Raises:
        StandstillError: Nothing has changed for longer than jobs take.
    """
    changed_at, pause = clock(), FIRST_PAUSE
    while True:
        summary = call()
        if summary is None or summary["changed"]:
            changed_at, pause = clock(), FIRST_PAUSE
        elif clock() - changed_at > PATIENCE + PATIENCE_FOR_AN_IMAGE * summary.get("running", 0):
            raise StandstillError(_standstill(summary, clock() - changed_at))
        if summary is None:
            continue
        if not summary["remaining"]:
            return summary
        if summary.get("running") or not summary["changed"]:
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _standstill(summary: Summary, seconds: float) -> str:
    running = summary.get("running", 0)
    where = f"{running} of them with jobs of {summary['engine']}" if running else "none of them with a job"
    return (
        f"{summary['remaining']} images are due, {where}, and nothing has changed for {seconds:.0f} s: "
        "see functions.log, and cdf.log for what the local CDF says of its jobs"
    )
