"""Use case: divide what is due among function calls that a workflow makes side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from image360.assets import list_assets
from image360.call import Context, Summary
from image360.catalog.selection import key_of
from image360.detection.engines import job_engine_of
from image360.listed import images_of, listing
from image360.state.work_items import WorkItem
from image360.tasks import Demand, Tasks, tasks_of_all, tasks_of_named

OCR_IMAGES = 40  # that own OCR reads in the eight minutes of a call
MATCHED_IMAGES = 400  # that a call matches in that time


def shard(context: Context) -> Summary:
    """Return the tasks of a workflow's execution, both lists empty when nothing is due.

    Own OCR reads shards side by side. A job reads more than a shard (a 3D job its collection, whole), so one
    call starts jobs and takes in what earlier ones have read; a job that is not ready is left to the next
    run. Under `engine: auto` own OCR reads in shards what jobs could not.

    Raises:
        SetupError: CDF lacks something the config names.
    """
    catalog = images_of(context)
    work_items = context.work_items()
    items = work_items.of(catalog.images)
    due = _due(context, items)
    tasks = due.tasks(context)
    return {
        **listing(catalog),
        "due": len(due.by_job) + len(due.here) + len(due.beyond_cap),
        "running": len(due.running),
        "to_match": len(due.to_match),
        "beyond_cap": len(due.beyond_cap),
        "detect_tasks": tasks.detect,
        "match_tasks": tasks.match,
        "changed": False,
    }


@dataclass(frozen=True)
class _Due:
    """External ids of images, by what is to be done with them."""

    here: Sequence[str]  # own OCR reads them
    beyond_cap: Sequence[str]  # own OCR reads them in a later run
    by_job: Sequence[str]  # a job is to be started for them
    running: Sequence[str]  # a job reads them
    to_match: Sequence[str]

    def tasks(self, context: Context) -> Tasks:
        end = key_of(self.beyond_cap[0]) if self.beyond_cap else ""
        detect = Demand(self.here, OCR_IMAGES, end)
        match = Demand({*self.here, *self.running, *self.to_match}, MATCHED_IMAGES)
        jobs = [*self.running, *self.by_job]
        if context.call.items or context.call.images:
            return tasks_of_named(context.call, detect, match, jobs)
        return tasks_of_all(context.call, detect, match, jobs=bool(jobs))


def _due(context: Context, items: Sequence[WorkItem]) -> _Due:
    now = datetime.now(UTC)
    to_detect = [item for item in items if item.to_detect(now)]
    running = [item for item in items if item.job is not None and not item.leased(now)]
    may_read_here = context.config.engine == "auto"
    here = [item for item in to_detect if may_read_here and item.last_error is not None]
    by_job = [item for item in to_detect if item not in here]
    if job_engine_of(context) is None:  # nobody looks after the jobs of an engine that was configured before
        here, by_job, running = [*to_detect, *running], [], []
    ordered = sorted(_names(here), key=key_of)
    cap = context.config.limits.max_images_per_run
    return _Due(ordered[:cap], ordered[cap:], _names(by_job), _names(running), _to_match(context, items, now))


def _to_match(context: Context, items: Sequence[WorkItem], now: datetime) -> list[str]:
    from image360.match_keys import match_keys

    if not any(item.state in ("detected", "matched") for item in items):
        return []
    client, config = context.client, context.config
    keys = match_keys(client, config, list_assets(client, config))
    return _names([item for item in items if item.to_match(keys.of(item), now)])


def _names(items: Sequence[WorkItem]) -> list[str]:
    return [item.image.external_id for item in items]
