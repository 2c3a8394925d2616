"""What `undo` and `release` have in common: they work on the images of one run, holding their work items."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from image360.call import Context
from image360.catalog import list_images
from image360.catalog.selection import Selection
from image360.errors import RequestError
from image360.state.pairs import Key
from image360.state.runs import runs_of
from image360.state.work_items import WorkItem

BATCH = 50  # images
BATCH_SECONDS = 60.0  # what a batch may take


def items_of(context: Context, images: Iterable[Key]) -> dict[Key, WorkItem]:
    """Return the work items of the images that the config still names."""
    wanted = set(images)
    if not wanted:
        return {}
    named = Selection(frozenset(external_id for _, external_id in wanted))
    listed = list_images(context.client, context.config, named).images
    items = context.work_items().of(image for image in listed if image.key in wanted)
    return {item.image.key: item for item in items}


def claim(context: Context, items: Sequence[WorkItem]) -> dict[Key, WorkItem]:
    """Claim the items that no other call holds."""
    now = datetime.now(UTC)
    free = [item for item in items if not item.leased(now)]
    claimed = context.work_items().claim(free) if free else []
    return {item.image.key: item for item in claimed}


def batches(context: Context, images: Sequence[Key]) -> Iterable[Sequence[Key]]:
    """Yield images until the deadline. A pause stops neither undo nor release: who pauses may want one."""
    for start in range(0, len(images), BATCH):
        if not context.deadline.allows(BATCH_SECONDS):
            context.log("deadline", left=context.deadline.left())
            return
        yield images[start : start + BATCH]


def require_known(context: Context, *, is_known: bool) -> None:
    """Refuse a run of which there is no trace.

    Raises:
        RequestError: Nothing is known of the run of the call.
    """
    run = context.call.run
    if not (is_known or runs_of(context.client, context.config.state.space, run)):
        raise RequestError(
            f"data of the call: 'run': nothing is known of run '{run}': give the id that its summary, its "
            "audit rows and its Run nodes have"
        )
