"""``python -m demo``: 360° images in, approved annotations out, on a laptop."""

import argparse
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import samples
from demo.deploy import deploy, sample_config
from demo.floors import check_floors
from demo.functions import CALLER, FunctionLog, detect_until_done, match_until_done
from demo.localserver import LocalServer, local_cdf
from demo.progress import Steps
from demo.readback import Left, read_back
from demo.report import write_report
from demo.site import Site, load_site
from demo.tables import SiteError
from demo.tell import report_of, score_of
from demo.upload import upload_assets, upload_images
from image360.errors import Image360Error
from image360.geometry import FACES


@dataclass(frozen=True)
class Options:
    """What to run."""

    project_type: str
    engine: str
    seed: int
    site: Path | None
    out: Path


def main() -> int:
    """Run the main job; 0 only if every floor holds."""
    options = _parse_options()
    console = Console(file=sys.stdout)  # the real one: the functions' own output is kept apart
    started = time.monotonic()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    try:
        with Steps(console) as steps:
            site = _site(options, steps)
            with local_cdf(options.out / "cdf") as server:
                left, requests = _run(options, site, server, steps)
            summary = _summary(options, site, left, requests)
            found = score_of(site, left)
            if found is not None:
                summary |= found.summary()
            summary["seconds"] = round(time.monotonic() - started, 1)
            steps.begin("report")
            (options.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
            write_report(options.out / "report.html", report_of(site, left, found, summary))
    except (SiteError, Image360Error) as error:
        console.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False, soft_wrap=True)
        return 1
    return _tell(console, options, summary, scored=found is not None)


def _parse_options() -> Options:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--project-type", default="hybrid", help="hybrid (others are not built yet)")
    parser.add_argument("--engine", default="auto", help="auto or ocr (others are not built yet)")
    parser.add_argument("--seed", type=int, default=1, help="of the plant site that is drawn (default 1)")
    parser.add_argument("--site", type=Path, metavar="DIR", help="your own images and asset list instead")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    return Options(**vars(parser.parse_args()))


def _site(options: Options, steps: Steps) -> Site:
    folder = options.site
    if folder is None:
        folder = options.out / "site"
        steps.begin("drawing the plant site", samples.IMAGES)
        samples.generate(folder, options.seed, steps.advance)
    return load_site(folder)


def _run(options: Options, site: Site, server: LocalServer, steps: Steps) -> tuple[Left, int]:
    """Load the site and run the functions; return what they left, and the number of their requests."""
    client = server.client("demo")
    deploy(client, sample_config(options.project_type, options.engine))
    steps.begin("uploading the asset list", len(site.assets))
    upload_assets(client, site, steps.advance)
    steps.begin("uploading 360° images", len(site.images))
    upload_images(client, site, steps.advance)

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "image":
            steps.advance()

    log = FunctionLog(options.out / "functions.log", on_event)
    functions = server.client(CALLER)
    steps.begin("detecting text", len(site.images))
    detect_until_done(functions, log)
    steps.begin("matching and approving")
    match_until_done(functions, log)
    return read_back(client), len(server.requests_by(CALLER))


def _summary(options: Options, site: Site, left: Left, requests: int) -> dict[str, Any]:
    return {
        "project_type": options.project_type,
        "engine": "ocr" if options.engine == "auto" else options.engine,
        "seed": None if options.site else options.seed,
        "images": len(site.images),
        "faces": sum(len(image.faces) if image.panorama is None else len(FACES) for image in site.images),
        "text_regions": sum(len(regions) for regions in left.regions.values()),
        "annotations_written": len(left.links),
        "requests": requests,
    }


def _tell(console: Console, options: Options, summary: dict[str, Any], scored: bool) -> int:
    """Print what came out, and return the exit code."""
    table = Table(title="image360", show_header=False)
    for key, value in summary.items():
        if key != "per_style":
            table.add_row(key, f"{value:.3f}" if isinstance(value, float) else str(value))
    for style, counts in summary.get("per_style", {}).items():
        table.add_row(f"  {style}", f"{counts['approved']} of {counts['total']} approved")
    console.print(table)
    missed = [floor for floor in check_floors(summary) if not floor.holds] if scored else []
    for floor in missed:
        console.print(f"[red]missed[/red] {floor}", highlight=False)
    console.print(f"Open {options.out / 'report.html'}", highlight=False)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
