"""``python -m sweep``: what can go wrong, goes wrong; 0 only if nothing is lost, twice or overruled by it."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from sweep.figures import FIGURES
from sweep.lab import READINGS, Lab
from sweep.parts import PARTS
from sweep.running import Result, Runner, cases_of, prepared, references_of, results
from sweep.scenes import PROJECT_TYPES
from sweep.summary import Summary
from sweep.warm import warm_up

QUICK = Path("/dev/shm")  # noqa: S108 memory, where there is such a place; a folder of our own in it
NOTES_EVERY = 60.0  # seconds, where there is no terminal


def main() -> int:
    """Run the sweep, or one case of it."""
    options = _options()
    console = Console()
    warm_up()
    with tempfile.TemporaryDirectory(prefix="sweep-", dir=QUICK if QUICK.is_dir() else None) as folder:
        types, mixes = tuple(options.project_types), READINGS[: options.mixes]
        lab = Lab(Path(folder), options.seed, types, mixes)
        if options.case:
            return _one(console, Runner(lab).run(options.case))
        return _all(console, lab, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sweep", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time (default 2)")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS, help="(default all)")
    parser.add_argument(
        "--project-types", nargs="+", default=PROJECT_TYPES, choices=PROJECT_TYPES, help="(default all)"
    )
    parser.add_argument(
        "--mixes", type=int, default=len(READINGS), help="mixes of readings beside the harshest (default all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (default 1)")
    parser.add_argument("--sample", type=int, metavar="N", help="as many cases, of each part in turn")
    parser.add_argument("--case", metavar="ID", help="one case alone, as the report names it")
    parser.add_argument("--out", type=Path, default=Path("out/sweep"), metavar="DIR")
    return parser.parse_args()


def _one(console: Console, result: Result) -> int:
    for said in result.said:
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    if result.error:
        console.print(result.error, highlight=False, markup=False)
    console.print(f"{result.case}: {'good' if result.is_good else 'failed'}, {result.seconds:.1f} s")
    return 0 if result.is_good else 1


def _all(console: Console, lab: Lab, options: argparse.Namespace) -> int:
    began = written = time.monotonic()
    summary = Summary(options.seed)
    with _progress(console) as advance:
        wanted = references_of(lab, options.parts)
        for _ in prepared(lab, wanted, options.jobs):
            advance("scenes", len(wanted), "")
        cases = cases_of(lab, options.parts, options.sample)
        for result in results(lab, cases, options.jobs):
            summary.add(result)
            advance("cases", len(cases), f"{len(summary.failed)} failed")
            if not result.is_good:
                _tell(console, result)
            if time.monotonic() - written > NOTES_EVERY:  # a sweep that is stopped has told what it has found
                written = time.monotonic()
                summary.write(options.out, written - began)
    seconds = time.monotonic() - began
    summary.write(options.out, seconds)
    console.print(_table(summary))
    console.print(f"{seconds:.0f} s, {summary.total.cpu_seconds:.0f} s of CPU; {options.out / 'report.html'}")
    return 0 if summary.is_good else 1


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int, str], None]]:
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}
        done: Counter[str] = Counter()
        noted = time.monotonic()

        def advance(what: str, total: int, note: str) -> None:
            nonlocal noted
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total, note="")
            done[what] += 1
            progress.update(tasks[what], advance=1, note=note)
            if not console.is_terminal and (time.monotonic() - noted > NOTES_EVERY or done[what] == total):
                noted = time.monotonic()
                console.print(f"{done[what]} of {total} {what} {note}", highlight=False)

        yield advance


def _tell(console: Console, result: Result) -> None:
    said = [*result.said, *([result.error.splitlines()[-1]] if result.error else [])]
    console.print(f"[red]failed[/red] {escape(result.case)}", highlight=False, soft_wrap=True)
    console.print(f"  {escape(said[0][:300])}", highlight=False, soft_wrap=True)


def _table(summary: Summary) -> Table:
    table = Table(title="sweep")
    for column in ("part", "cases", *FIGURES, "not run"):
        table.add_column(column.replace("_", " "))
    for name, row in [*sorted(summary.parts.items()), ("all", summary.total)]:
        table.add_row(name, *map(str, (row.cases, *vars(row.figures).values(), row.not_run)))
    return table


if __name__ == "__main__":
    sys.exit(main())
