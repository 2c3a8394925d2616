"""Text detection elsewhere: jobs are started, and what earlier ones have read is taken in. Nobody waits.

An image whose job runs is `detecting` without a lease, and names its job. A call that is killed between the
start of a job and the writing of its name leaves a lease that ends: then the same job is asked for again,
under the same key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cognite.client.exceptions import CogniteAPIError, CogniteRequestError

from image360.call import Context
from image360.detection.jobs import Done, Failed, JobEngine, JobState, Running
from image360.errors import EngineRefusedError
from image360.state.ids import derived_id
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItem, WorkItems

LOOK_SECONDS = 30.0  # what looking after a job, taking in a part of it, or starting one may take
TAKEN_AT_ONCE = 25  # images: a call that ends in between has saved those before


@dataclass(frozen=True)
class Outcome:
    """What a call did: images `detected` or `failed`, images given to a job, and images whose job runs on.

    `refused` says why CDF would have no more jobs: images that are named in neither way are as they were.
    `read_here` counts those of `done` that own OCR has read beside the jobs.
    """

    done: Sequence[WorkItem] = field(default_factory=list[WorkItem])
    started: Sequence[WorkItem] = field(default_factory=list[WorkItem])
    running: int = 0
    refused: str | None = None
    read_here: int = 0


class DetectionByJobs:
    """Takes in the jobs of earlier calls, then starts new ones."""

    def __init__(self, context: Context, work_items: WorkItems, engine: JobEngine) -> None:
        self._deadline = context.deadline
        self._log = context.log
        self._work_items = work_items
        self._engine = engine
        self._region_files = RegionFiles(context.client, context.config.state.space)
        self._stop = context.stop
        self._under_way = 0  # jobs that this call knows of

    def run(self, running: Sequence[WorkItem], todo: Sequence[WorkItem]) -> Outcome:
        """Look after the jobs that run, and start jobs for the images to do."""
        taken: list[WorkItem] = []
        started: list[WorkItem] = []
        failed: list[WorkItem] = []
        refused: str | None = None
        try:
            for number, (job, items) in enumerate(_by_job(running)):
                if number > 0 and self._stop.is_asked():
                    break
                taken += self._take_in(job, items)
            for number, batch in enumerate(self._batches(todo)):
                stops = (number > 0 or bool(running)) and self._stop.is_asked()
                items = self._start(batch) if self._has_room() and not stops else None
                if items is None:
                    break
                started += [item for item in items if item.job is not None]
                failed += [item for item in items if item.job is None]
        except EngineRefusedError as refusal:
            refused = str(refusal)
            self._log("refused", reason=refused)
        still = len(running) - len(taken) + len(started)
        return Outcome([*taken, *failed], started, still, refused)

    def _take_in(self, job: str, items: Sequence[WorkItem]) -> list[WorkItem]:
        """Store what a job has read, as far as time allows; nothing while it runs."""
        state = self._look(job, items) if self._in_time() else Running()
        self._log("job", job=job, state=type(state).__name__, images=len(items))
        if isinstance(state, Running):
            self._under_way += 1
            return []
        done: list[WorkItem] = []
        for start in range(0, len(items), TAKEN_AT_ONCE):
            if not self._in_time():
                break
            claimed = self._work_items.claim(items[start : start + TAKEN_AT_ONCE])
            outcomes = [self._outcome(item, state) for item in claimed]
            lost = self._work_items.finish(outcomes)
            done += [item for item in outcomes if item not in lost]
        return done

    def _look(self, job: str, items: Sequence[WorkItem]) -> JobState:
        """Ask the engine; a job that cannot be looked at for now counts as running."""
        try:
            return self._engine.look(job, [item.image for item in items])
        except CogniteAPIError as error:
            if 400 <= error.code < 500 and error.code not in (408, 429):
                return Failed(f"job '{job}' cannot be looked at ({error.code}: {error.message})")
            reason = str(error)
        except CogniteRequestError as error:
            reason = f"{type(error).__name__}: {error}"
        self._log("unclear", job=job, reason=reason)
        return Running()

    def _outcome(self, item: WorkItem, state: JobState) -> WorkItem:
        """Return the item with what the job says of its image."""
        ended = replace(item, job=None)
        image = item.image
        if isinstance(state, Done) and image.external_id in state.regions:
            engine, regions = self._engine, state.regions[image.external_id]
            origins = state.origins.get(image.external_id)
            region_file = self._region_files.save(image, engine.name, engine.settings, regions, origins)
            return replace(ended, state="detected", region_file=region_file, last_error=None)
        reason = "the job says nothing about this image"
        if isinstance(state, Failed):
            reason = state.reason
        elif isinstance(state, Done):
            reason = state.errors.get(image.external_id, reason)
        return replace(ended, state="failed", last_error=reason)

    def _start(self, items: Sequence[WorkItem]) -> list[WorkItem] | None:
        """Start a job for images of one collection; return those that it reads, or that failed without one.

        None: no further job may be started now.
        """
        if not self._in_time():
            return None
        # A call was killed that may have started their job: this is the same attempt, under the same key.
        same = [replace(item, attempts=item.attempts - 1) for item in items if item.state == "detecting"]
        claimed = self._work_items.claim(
            [*same, *(item for item in items if item.state != "detecting")], "detecting"
        )
        if not claimed:
            return []
        try:
            job = self._engine.start(
                self._key(claimed), claimed[0].image.collection, [item.image for item in claimed]
            )
        except Exception:
            self._give_back(claimed, items)
            raise
        if job is None:
            self._give_back(claimed, items)
            return None
        if isinstance(job, Failed):
            self._log("not_started", reason=job.reason, images=len(claimed))
            outcomes = [self._outcome(item, job) for item in claimed]
        else:
            self._log("started", job=job, images=len(claimed))
            self._under_way += 1
            outcomes = [replace(item, job=job) for item in claimed]
        lost = self._work_items.finish(outcomes)
        return [item for item in outcomes if item not in lost]

    def _key(self, claimed: Sequence[WorkItem]) -> str:
        """Name a job after what it reads, and for the how manieth time."""
        parts = [(each.image.external_id, each.image.content_version, each.attempts) for each in claimed]
        return derived_id("job", self._engine.name, claimed[0].image.collection, *sorted(parts))

    def _give_back(self, claimed: Sequence[WorkItem], items: Sequence[WorkItem]) -> None:
        """Let images be as they were that got no job: an attempt that did not take place does not count."""
        before = {item.external_id: item for item in items}
        self._work_items.finish(
            [
                replace(item, state=was.state, attempts=was.attempts)
                for item in claimed
                for was in [before[item.external_id]]
            ]
        )

    def _batches(self, todo: Sequence[WorkItem]) -> Iterator[Sequence[WorkItem]]:
        alike: dict[tuple[str, int], list[WorkItem]] = {}
        for item in todo:
            most = self._engine.images_per_job(item.attempts)
            alike.setdefault((item.image.collection, most), []).append(item)
        for (_, most), items in alike.items():
            for start in range(0, len(items), most):
                yield items[start : start + most]

    def _has_room(self) -> bool:
        most = self._engine.jobs_at_once
        return most is None or self._under_way < most

    def _in_time(self) -> bool:
        return self._deadline.allows(LOOK_SECONDS)


def _by_job(items: Sequence[WorkItem]) -> Iterator[tuple[str, list[WorkItem]]]:
    jobs: dict[str, list[WorkItem]] = {}
    for item in items:
        jobs.setdefault(item.job or "", []).append(item)
    yield from jobs.items()
