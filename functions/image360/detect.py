"""Use case: read the text of every image whose present content has not been read yet."""

from collections.abc import Sequence
from datetime import UTC, datetime

from image360.call import Context, Summary
from image360.catalog import list_images
from image360.catalog.image import Catalog
from image360.detect_by_jobs import DetectionByJobs, Outcome
from image360.detect_here import DetectionHere
from image360.detection.engines import job_engine_of
from image360.errors import NothingDoneError
from image360.state.work_items import MAX_ATTEMPTS, WorkItem, WorkItems

LISTED = 20  # images named one by one in a summary


def detect(context: Context) -> Summary:
    """Detect text on the images that are due, as far as the cap and the deadline allow.

    Own OCR reads them in this call. An engine that works elsewhere is given jobs, and what it has done since
    the last call is taken in: nobody waits for it.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Images were due and every one of them failed.
    """
    config, call = context.config, context.call
    catalog = list_images(context.client, config, call.only)
    work_items = WorkItems(context.client, config.state.space, call.run)
    items = work_items.of(catalog.images)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_detect(now)]
    todo = due[: config.limits.max_images_per_run]
    running = [item for item in items if item.job is not None and not item.leased(now)]
    context.log(
        "listed", images=len(items), due=len(due), running=len(running), incomplete=len(catalog.incomplete)
    )
    summary = _listing(catalog, items)
    if not call.applies:
        return {
            **summary,
            "would_detect": len(todo),
            "would_detect_images": [item.image.external_id for item in todo[:LISTED]],
            "remaining": len(due),
            "changed": False,
        }
    outcome = _run(context, work_items, running, todo)
    failed = [item for item in outcome.done if item.state == "failed"]
    if outcome.done and len(failed) == len(outcome.done):
        raise NothingDoneError(
            f"text detection failed on all {len(failed)} images of this call; first: "
            f"{failed[0].image.external_id}: {failed[0].last_error}"
        )
    return {
        **summary,
        "detected": len(outcome.done) - len(failed),
        "running": outcome.running,
        "failed_now": len(failed),
        "failed_images": [
            {"image": item.image.external_id, "error": item.last_error} for item in failed[:LISTED]
        ],
        "remaining": len(due) + len(running) - len(outcome.done),
        "changed": bool(outcome.done or outcome.started),
    }


def _run(
    context: Context, work_items: WorkItems, running: Sequence[WorkItem], todo: Sequence[WorkItem]
) -> Outcome:
    """Read the images here, or have them read elsewhere."""
    if not running and not todo:
        return Outcome()
    engine = job_engine_of(context)
    if engine is not None:
        return DetectionByJobs(context, work_items, engine).run(running, todo)
    return Outcome(done=DetectionHere(context, work_items).run(todo))


def _listing(catalog: Catalog, items: Sequence[WorkItem]) -> Summary:
    """Say what the catalog holds: the images, those that cannot be processed, those given up."""
    given_up = [item for item in items if item.state == "failed" and item.attempts >= MAX_ATTEMPTS]
    return {
        "images": len(items),
        "incomplete": len(catalog.incomplete),
        "incomplete_images": [
            {"image": image.external_id, "reason": image.reason} for image in catalog.incomplete[:LISTED]
        ],
        "given_up": len(given_up),
    }
