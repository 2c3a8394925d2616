"""Progress of a run on the console: one bar for each step; one line for each where there is no terminal."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

SECONDS_BETWEEN_NOTES = 30.0


class Steps:
    """Shows the steps of a run, one after the other."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._current: TaskID | None = None
        self._note, self._noted_at = "", 0.0

    def __enter__(self) -> "Steps":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._progress.stop()

    def begin(self, name: str, total: int = 1) -> None:
        """Begin the step `name`, which ends the one before; it takes `total` pieces of work."""
        self._finish()
        self._note, self._noted_at = "", 0.0
        self._current = self._progress.add_task(name, total=total, note="")
        if not self._console.is_terminal:
            self._console.print(f"{name} ...", highlight=False)

    def advance(self, pieces: int = 1) -> None:
        """Count pieces of the present step as done."""
        if self._current is not None:
            self._progress.advance(self._current, pieces)

    def reach(self, pieces: int) -> None:
        """Set how many pieces of the present step are done, all of them at most."""
        if self._current is not None:
            total = self._progress.tasks[self._current].total or 0
            self._progress.update(self._current, completed=min(pieces, total))

    def note(self, text: str) -> None:
        """Say what the present step waits for; without a terminal now and then, and when it changes."""
        if self._current is None:
            return
        self._progress.update(self._current, note=text)
        is_due = text != self._note or time.monotonic() - self._noted_at > SECONDS_BETWEEN_NOTES
        if text and is_due and not self._console.is_terminal:
            self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
            self._noted_at = time.monotonic()
        self._note = text

    def _finish(self) -> None:
        if self._current is not None:
            task = self._progress.tasks[self._current]
            self._progress.update(self._current, completed=task.total, note="")
