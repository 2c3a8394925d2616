"""The main job on a laptop: a site into a local CDF, the two functions on it, and what came out."""

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import samples
from demo.chain import Chain, keep_calls
from demo.costs import costs_of
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.deployment import (
    FUNCTIONS,
    Choice,
    deploy_modules,
    prepare,
    variables_of,
    wait_until_ready,
    write_config,
)
from demo.functions import CALLER, Event, FunctionLog, Functions, call_until_done, detect_until_done
from demo.judged import score_of, with_truth
from demo.localserver import READER, LocalServer, local_cdf
from demo.progress import Steps
from demo.projects import PROJECTS, Project
from demo.readback import Left, read_back, site_image
from demo.score import Score
from demo.site import Site, load_site
from image360.config import load_config
from image360.geometry import FACES
from image360.nodes import list_nodes
from image360.state.ids import WORK_ITEM_VIEW
from report.findings import Report
from report.run import report_of_run
from report.viewer import bundle
from report.write import write_report

FACTS = {
    "project_type": "project type",
    "engine": "engine",
    "seed": "seed",
    "seconds": "seconds",
    "faces": "faces",
    "text_regions": "text regions",
    "annotations_written": "annotations written",
    "requests": "requests of the first run",
    "second_run_writes": "writes of a second run",
}
SETTLED_AFTER = 60  # seconds: CDF's lists may lag behind writes


@dataclass(frozen=True)
class Job:
    """What to run, and where its files go."""

    project_type: str
    engine: str
    seed: int
    site: Path | None  # a folder of one's own instead of a drawn site
    out: Path
    deploy: bool = True  # by the stock `cdf` command; else the handlers are called from here


@dataclass(frozen=True)
class Calls:
    """What the functions did until all was done, and what they wrote when called once more."""

    engine_notes: tuple[str, ...]
    requests: int
    second_run_writes: int


@dataclass(frozen=True)
class Result:
    """The keys of summary.json, and the score behind them; no score for a site without a truth."""

    summary: dict[str, Any]
    score: Score | None


def run_job(job: Job, steps: Steps) -> Result:
    """Run the job and write summary.json, report.html and the logs into its folder.

    Raises:
        SiteError: The site folder breaks its format.
        Image360Error: The functions refuse the config or the site.
        StandstillError: The functions get nothing done, or no image read.
    """
    started = time.monotonic()
    shutil.rmtree(job.out, ignore_errors=True)
    job.out.mkdir(parents=True)
    site = _site(job, steps)
    project = PROJECTS[job.project_type]
    options = ["--detector", READER]
    with (
        (job.out / "cdf.log").open("w", encoding="utf-8") as errors,
        local_cdf(job.out / "cdf", project_status=project.status, options=options, errors=errors) as server,
    ):
        left, calls = _run(job, project, site, server, steps)
        score = score_of(site, left)
        summary = {**_counts(job, site, left, calls), **(score.summary() if score else {})}
        summary["seconds"] = round(time.monotonic() - started, 1)
        (job.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
        steps.begin("writing the report")
        report = _report(job, site, server, steps)
        if site.truth is not None and score is not None:
            report = with_truth(report, site.truth, score, summary)
        write_report(job.out / "report.html", _told(report, site, summary), bundle())
    return Result(summary, score)


def _report(job: Job, site: Site, server: LocalServer, steps: Steps) -> Report:
    """Return the report of all runs on the site, by the same code as that of a run in CDF."""
    client = server.client("demo")
    report = report_of_run(client, load_config(client, PIPELINE), None, len(site.images), steps.note)
    images = (replace(image, id=site_image(image.id)) for image in report.images)
    costs = replace(report.costs, **costs_of(server, job.out / "functions.log"))
    return replace(report, images=tuple(images), costs=costs)


def _told(report: Report, site: Site, summary: dict[str, Any]) -> Report:
    """Return the report with what is to be known of the demo."""
    name = f"Sample site, seed {site.truth.seed}" if site.truth else site.name
    facts = {name: str(summary[key]) for key, name in FACTS.items() if summary.get(key) is not None}
    notes = [f"On the engine: {note}" for note in summary["engine_notes"]]
    return replace(report, title=name, facts=facts, notes=(*notes, *report.notes))


def _site(job: Job, steps: Steps) -> Site:
    if job.site is not None:
        return load_site(job.site)
    folder = job.out / "site"
    steps.begin("drawing the plant site", samples.IMAGES)
    samples.generate(folder, job.seed, steps.advance)
    return load_site(folder)


def _run(job: Job, project: Project, site: Site, server: LocalServer, steps: Steps) -> tuple[Left, Calls]:
    """Have the functions work on the site, twice; return what they left, and what they did for it."""
    way = _deployed if job.deploy else _called
    calls = way(job, project, site, server, steps)
    _settle(server)
    return read_back(server.client("demo"), project), calls


def _deployed(job: Job, project: Project, site: Site, server: LocalServer, steps: Steps) -> Calls:
    """Deploy the modules, upload, and watch what CDF does by itself."""
    prepare(server, job.project_type)
    _upload_assets(project, site, server, steps)
    steps.begin("cdf build, cdf deploy")
    choice = Choice.of_engine(job.project_type, job.engine)
    config = write_config(job.out / "config.yaml", choice, engine=job.engine)
    (job.out / "deploy.log").write_text(deploy_modules(config.resolve(), variables_of(server)), "utf-8")
    wait_until_ready(server)
    _upload_images(project, site, server, steps)

    steps.begin("detecting and matching", len(site.images))
    chain = Chain(server, lambda tasks: _follow(tasks, server, steps))
    call_until_done(chain.until_swept)
    requests, writes = _counted(server, FUNCTIONS)
    steps.begin("another sweep")
    chain.until_swept()
    second = _counted(server, FUNCTIONS)[1] - writes
    notes = keep_calls(server, job.out / "functions.log")
    return Calls(notes, requests, second)


def _called(job: Job, project: Project, site: Site, server: LocalServer, steps: Steps) -> Calls:
    """Call the handlers from here, on what a deployment would have made."""
    deploy(server.client("demo"), project.config(job.engine))
    _upload_assets(project, site, server, steps)
    _upload_images(project, site, server, steps)
    _settle(server)
    log = FunctionLog(job.out / "functions.log", lambda event: _show(event, steps))
    functions = Functions(server.client(CALLER), log)
    steps.begin("detecting text", len(site.images))
    detect_until_done(functions.detect)
    steps.begin("matching and approving")
    call_until_done(functions.match)
    requests, writes = _counted(server, (CALLER,))
    steps.begin("running a second time")
    functions.detect()
    functions.match()
    return Calls(tuple(functions.notes), requests, _counted(server, (CALLER,))[1] - writes)


def _upload_assets(project: Project, site: Site, server: LocalServer, steps: Steps) -> None:
    steps.begin("uploading the asset list", len(site.assets))
    project.upload_assets(server.client("demo"), site, steps.advance)


def _upload_images(project: Project, site: Site, server: LocalServer, steps: Steps) -> None:
    steps.begin("uploading 360° images", len(site.images))
    project.upload_images(server.client("demo"), site, steps.advance)


def _counted(server: LocalServer, callers: tuple[str, ...]) -> tuple[int, int]:
    """Return how many requests these have made, and how many of them were writes."""
    return (
        sum(len(server.requests_by(each)) for each in callers),
        sum(len(server.writes_by(each)) for each in callers),
    )


def _follow(tasks: str, server: LocalServer, steps: Steps) -> None:
    """Show how far the workflow is."""
    steps.note(tasks)
    items = list_nodes(server.client("demo"), WORK_ITEM_VIEW, [STATE_SPACE])
    steps.reach(sum(item.relation("regionFile") is not None for item in items))


def _show(event: Event, steps: Steps) -> None:
    """Show what a function says of its work."""
    match event:
        case {"event": "image"}:
            steps.advance()
        case {"event": "started", "images": images} | {"event": "job", "images": images, "state": "Running"}:
            steps.note(f"images with a job: {images}")
        case {"event": "done", "step": "detect", "images": images, "remaining": remaining}:
            steps.reach(images - remaining)
        case {"event": "refused" | "not_started" | "failed"}:
            steps.note(str(event.get("reason") or event.get("error")))
        case _:
            pass


def _settle(server: LocalServer) -> None:
    """Let time pass, so that what comes next sees all that was written."""
    server.admin("clock", {"advance": SETTLED_AFTER})


def _counts(job: Job, site: Site, left: Left, calls: Calls) -> dict[str, Any]:
    return {
        "project_type": job.project_type,
        "engine": ", ".join(left.engines),  # what has read, whatever was asked for
        "seed": job.seed if job.site is None else None,
        "images": len(site.images),
        "faces": sum(len(FACES) if image.panorama else len(image.faces) for image in site.images),
        "text_regions": sum(len(regions) for regions in left.regions.values()),
        "annotations_written": len(left.links),
        **asdict(calls),
        "unseen": list(left.unseen),
    }
