"""What a run says: a line for each probe, a table of readings, never a secret."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from smoke.probe import READINGS, Result
from smoke.probes import NOT_SETTLED

WIDTH = 180  # where there is no terminal


class Voice:
    """The console, with secrets struck out of everything."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets
        console = Console()
        self._console = console if console.is_terminal else Console(width=WIDTH)

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self._console.print(escape(self._clean(text)), highlight=False, soft_wrap=True)

    def result(self, result: Result) -> None:
        """Print what came of a probe."""
        mark = "passed" if result.passed else "FAILED"
        endpoint = result.probe.endpoints[0]
        self.say(f"{mark}  {result.probe.name:<36} {endpoint:<36} {result.outcome}")
        if result.advice:
            self.say(f"        -> {result.advice}")

    def readings(self, results: Sequence[Result]) -> None:
        """Print the readings that were settled, those that were not, and why."""
        table = Table(title="Readings", highlight=False)
        for name in ("reading", "endpoint", "probe", "option", "localcdf"):
            table.add_column(name, overflow="fold")
        for row in _rows(results):
            table.add_row(*(escape(self._clean(each)) for each in row))
        self._console.print(table)

    def summary(self, results: Sequence[Result]) -> None:
        """Print the counts."""
        failed = sum(not each.passed for each in results)
        settled = {name for each in results for name in each.settled}
        self.say(
            f"{len(results) - failed} of {len(results)} probes passed; "
            f"{len(settled)} of {len(READINGS)} readings settled."
        )

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _rows(results: Sequence[Result]) -> Iterator[tuple[str, str, str, str, str]]:
    settled = set()
    for name, reading in READINGS.items():
        for result in results:
            if (option := result.settled.get(name)) is not None:
                settled.add(name)
                agrees = "agrees" if option == reading.harshest else f"DIFFERS: {reading.harshest}"
                yield name, result.probe.endpoints[0], result.probe.name, option, agrees
    for name in READINGS:
        if name not in settled:
            yield name, "", "", "not settled", NOT_SETTLED.get(name, _open(name, results))


def _open(name: str, results: Sequence[Result]) -> str:
    """Say of a reading that a probe could have settled what that saw instead."""
    told = [each.outcome for each in results if name in each.probe.readings]
    return told[0] if told else "its probe was not tried"
