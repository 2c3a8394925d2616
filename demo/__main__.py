"""``python -m demo``: 360° images in, approved annotations out, on a laptop."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.deployment import DeploymentError
from demo.floors import floors
from demo.functions import StandstillError
from demo.job import Job, Result, run_job
from demo.progress import Steps
from demo.projects import PROJECTS
from demo.tables import SiteError
from image360.errors import Image360Error


def main() -> int:
    """Run the main job; 0 only if every floor holds."""
    job = _parse_job()
    console = Console(file=sys.stdout)  # the real one: what the functions print is kept apart
    try:
        with Steps(console) as steps:
            result = run_job(job, steps)
    except (SiteError, DeploymentError, StandstillError, Image360Error) as error:
        console.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False, soft_wrap=True)
        return 1
    console.print(_table(result))
    for note in result.summary["engine_notes"]:
        console.print(f"[yellow]note[/yellow] {escape(note)}", highlight=False)
    missed = floors(result.summary) if result.score else []
    for floor in missed:
        console.print(f"[red]missed[/red] {floor}", highlight=False)
    console.print(f"Open {job.out / 'report.html'}", highlight=False)
    return 1 if missed else 0


def _parse_job() -> Job:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--project-type", default="hybrid", choices=PROJECTS, help="(default hybrid)")
    engines = sorted({engine for project in PROJECTS.values() for engine in project.engines})
    parser.add_argument("--engine", default="auto", choices=["auto", *engines], help="(default auto)")
    parser.add_argument("--seed", type=int, default=1, help="of the plant site that is drawn (default 1)")
    parser.add_argument("--site", type=Path, metavar="DIR", help="your own images and asset list instead")
    parser.add_argument(
        "--deploy",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="deploy with the stock `cdf` command, or call the handlers from here, which is shorter",
    )
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    job = Job(**vars(parser.parse_args()))
    known = ["auto", *PROJECTS[job.project_type].engines]
    if job.engine not in known:
        parser.error(f"--engine {job.engine}: a {job.project_type} project has {', '.join(known)}")
    return job


def _table(result: Result) -> Table:
    table = Table(title="image360", show_header=False)
    for key, value in result.summary.items():
        if key not in ("per_style", "engine_notes"):
            table.add_row(key, f"{value:.3f}" if isinstance(value, float) else str(value))
    for style, counts in result.summary.get("per_style", {}).items():
        table.add_row(f"  {style}", f"{counts['approved']} of {counts['total']} approved")
    return table


if __name__ == "__main__":
    sys.exit(main())
