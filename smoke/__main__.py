"""``python -m smoke``: call every endpoint in use once on the project that the ``CDF_*`` variables name."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from cognite.client import global_config
from cognite.client.exceptions import CogniteAPIError
from rich.console import Console
from rich.table import Table

from localcdf.app import ENDPOINTS
from localcdf.fidelity import all_readings
from smoke.probes import PROBES
from smoke.probes.probe import Probe
from smoke.record import RECORD, keep
from smoke.scratch import DATA_SET, Scratch
from smoke.target import Target, TargetError, find_target
from smoke.unsettled import UNSETTLED


@dataclass
class Report:
    """What the probes said."""

    passed: list[Probe] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Probe the project; 0 only if every probe passed and nothing was left behind."""
    parser = argparse.ArgumentParser(prog="smoke", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask before writing to the project")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    try:
        target = find_target()
    except TargetError as error:
        console.print(f"[red]{error}[/red]")
        return 2
    if not options.yes and not _confirmed(console, target):
        console.print("Nothing was asked, nothing was written.")
        return 2
    global_config.max_retries = 3
    report, left = _probe(console, target)
    _tell(console, report)
    for each in left:
        console.print(f"[red]left behind[/red] {each}")
    if target.is_localcdf:
        console.print("A local CDF says nothing about CDF: no date is noted.")
    else:
        keep((endpoint for probe in report.passed for endpoint in probe.endpoints), report.settled)
        console.print(f"Noted in {RECORD}: commit it.")
    return 1 if report.failed or left else 0


def _confirmed(console: Console, target: Target) -> bool:
    console.print(
        f"This writes to {target.name}: a scratch space, files, annotations and an extraction pipeline, all "
        f"removed again, and the data set {DATA_SET}, which stays."
    )
    try:
        return console.input("Type the name of the project to go on: ") == target.project
    except EOFError:
        return False


def _probe(console: Console, target: Target) -> tuple[Report, Sequence[str]]:
    """Run the probes, and clean up whatever happens."""
    scratch, report = Scratch(target.client), Report()
    try:
        for probe in PROBES:
            _run(console, probe, scratch, report)
    except KeyboardInterrupt:
        report.failed["all"] = "interrupted"
        console.print("Interrupted: cleaning up.")
    return report, scratch.clean()


def _run(console: Console, probe: Probe, scratch: Scratch, report: Report) -> None:
    try:
        report.settled |= probe.run(scratch)
    except Exception as error:  # noqa: BLE001 a probe that fails is a finding, and the others go on
        report.failed[probe.name] = _finding(error)
        console.print(f"[red]failed[/red] {probe.name}: {report.failed[probe.name]}")
    else:
        report.passed.append(probe)
        console.print(f"[green]passed[/green] {probe.name}")


def _finding(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, CogniteAPIError) and error.code in (401, 403):
        return f"{text}: give the caller this right, in all scopes, and run again"
    return text


def _tell(console: Console, report: Report) -> None:
    """Say which reading each answer settles, and whether the local CDF reads it so by default."""
    table = Table("reading", "on this project", "by default here", title="What the reference does not say")
    for reading in all_readings(ENDPOINTS):
        option = report.settled.get(reading.name)
        reason = UNSETTLED.get(reading.name, "its probe failed")
        seen = reading.options.get(option or "", option or f"not settled: {reason}")
        table.add_row(reading.name, seen, "the same" if option == reading.harshest else reading.harshest)
    console.print(table)
    console.print(f"{len(report.passed)} probes passed, {len(report.failed)} failed.")


if __name__ == "__main__":
    sys.exit(main())
