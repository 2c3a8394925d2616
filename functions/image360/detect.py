"""Use case: read the text of every image whose present content has not been read yet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from image360.call import Context, Summary
from image360.detect_by_jobs import DetectionByJobs, Outcome
from image360.detection.engines import job_engine_of
from image360.detection.jobs import JobEngine
from image360.errors import EngineRefusedError, NothingDoneError
from image360.listed import LISTED, failures, images_of, listing
from image360.state.work_items import MAX_ATTEMPTS, WorkItem, WorkItems

OWN_OCR = "ocr"


def detect(context: Context) -> Summary:
    """Detect text on the images that are due, as far as the cap and the deadline allow.

    Own OCR reads them in this call. An engine that works elsewhere is given jobs, and what it has done since
    the last call is taken in: nobody waits for it. `engine: auto` leaves to own OCR what such an engine is
    refused, and images on which it has failed.

    Raises:
        EngineRefusedError: CDF refuses the jobs of the engine that the config names.
        SetupError: CDF lacks something the config names.
        NothingDoneError: Every image that was worked on failed, and no job runs that may do better.
    """
    config, call = context.config, context.call
    catalog = images_of(context)
    work_items = context.work_items()
    items = work_items.of(catalog.images)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_detect(now)]
    engine = job_engine_of(context)
    # What a job takes is not made less: a 3D job reads its collection whole, whatever is asked of it.
    todo = due[: max(config.limits.max_images_per_run, engine.images_per_job(0) if engine else 0)]
    running = [item for item in items if item.job is not None and not item.leased(now)]
    leased = sum(item.unread and item.leased(now) for item in items)  # in the hands of other calls
    remaining = len(due) + len(running) + leased
    context.log(
        "listed",
        images=len(items),
        due=len(due),
        running=len(running),
        leased=leased,
        incomplete=len(catalog.incomplete),
    )
    given_up = sum(item.given_up(now) for item in items)
    summary: Summary = {
        **listing(catalog),
        "given_up": given_up,
        "engine": engine.name if engine else OWN_OCR,
        "engine_note": engine.note if engine else None,
    }
    if not call.applies:
        return {
            **summary,
            "would_detect": len(todo),
            "would_detect_images": [item.image.external_id for item in todo[:LISTED]],
            "remaining": remaining,
            "changed": False,
        }
    outcome = _run(context, work_items, engine, running, todo)
    failed = [item for item in outcome.done if item.state == "failed"]
    again = [item for item in failed if item.attempts < MAX_ATTEMPTS]
    if failed and len(failed) == len(outcome.done) and not outcome.running:
        raise NothingDoneError(_failure(failed, outcome.refused))
    return {
        **summary,
        **_said_of(outcome),
        "detected": len(outcome.done) - len(failed),
        "running": outcome.running,
        "failed_now": len(failed),
        "failed_images": failures(failed),
        "given_up": given_up + len(failed) - len(again),
        "remaining": remaining - len(outcome.done) + len(again),
        "changed": bool(outcome.done or outcome.started),
    }


def _run(
    context: Context,
    work_items: WorkItems,
    engine: JobEngine | None,
    running: Sequence[WorkItem],
    todo: Sequence[WorkItem],
) -> Outcome:
    """Read the images here, or have them read elsewhere."""
    if engine is None:
        # Jobs of an engine that was configured before: nobody looks after them any more.
        left = [replace(item, job=None) for item in running]
        return Outcome(done=_read_here(context, work_items, [*left, *todo]))
    may_read_here = context.config.engine == "auto"
    again = [item for item in todo if may_read_here and item.last_error is not None]
    fresh = [item for item in todo if not may_read_here or item.last_error is None]
    if context.call.is_shard:
        running, fresh = (), []  # jobs have a call of their own: they read more than a shard
    outcome = DetectionByJobs(context, work_items, engine).run(running, fresh)
    if outcome.refused is not None:
        if not may_read_here:
            raise EngineRefusedError(outcome.refused)
        started = {item.external_id for item in outcome.started}
        fresh = work_items.of(item.image for item in fresh if item.external_id not in started)
        again += [item for item in fresh if item.to_detect(datetime.now(UTC))]
    read = _read_here(context, work_items, again)
    if outcome.refused is not None:
        done = {item.external_id for item in read}
        _leave(work_items, [item for item in again if item.external_id not in done], outcome.refused)
    return replace(outcome, done=[*outcome.done, *read], read_here=len(read))


def _leave(work_items: WorkItems, left: Sequence[WorkItem], refused: str) -> None:
    """Note with images why no job reads them, so that own OCR does, in shards too, and asks no more."""
    fresh = [item for item in left if item.last_error is None]
    if fresh:
        work_items.finish([replace(item, last_error=refused) for item in work_items.claim(fresh)])


def _read_here(context: Context, work_items: WorkItems, todo: Sequence[WorkItem]) -> list[WorkItem]:
    capped = todo[: context.config.limits.max_images_per_run]
    if not capped:
        return []
    from image360.detect_here import DetectionHere

    return DetectionHere(context, work_items).run(capped)


def _said_of(outcome: Outcome) -> Summary:
    """Say which engine was at work where `auto` did not get the one it takes first."""
    if outcome.refused is not None:
        return {"engine": OWN_OCR, "engine_note": f"own OCR instead: {outcome.refused}"}
    if outcome.read_here:
        return {"engine_note": f"own OCR read {outcome.read_here} images on which a job had failed"}
    return {}


def _failure(failed: Sequence[WorkItem], refused: str | None) -> str:
    """Say why every image has failed: the reason, if it is one for all, or that of the first."""
    is_one_reason = len({item.last_error for item in failed}) == 1
    said = (
        f"text detection failed on all {len(failed)} images of this call"
        f"{', for the same reason' if is_one_reason else ''}; first: "
        f"{failed[0].image.external_id}: {failed[0].last_error}"
    )
    return f"{said}. Own OCR was tried because jobs are refused: {refused}" if refused else said
