"""Use case: say what a run has come to, once all of its calls have ended."""

from datetime import UTC, datetime

from image360.assets import list_assets
from image360.call import Context, Summary
from image360.errors import NothingDoneError
from image360.listed import failures, images_of, listing
from image360.match_keys import match_keys
from image360.state.runs import runs_of, total

DONE = ("detected", "matched", "failed")
WRITTEN = ("approved_now", "links_written", "taken_back")  # counted by each call, since CDF holds the sum


def report(context: Context) -> Summary:
    """Count what the run has done, as its work items tell, and what is left of the images it was given.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Text detection failed on every image of the run.
    """
    config, call = context.config, context.call
    catalog = images_of(context)
    items = context.work_items().of(catalog.images)
    ours = [item for item in items if item.run == call.run and item.state in DONE]
    failed = [item for item in ours if item.state == "failed"]
    if ours and len(failed) == len(ours):
        raise NothingDoneError(
            f"text detection failed on all {len(failed)} images of this run; first: "
            f"{failed[0].image.external_id}: {failed[0].last_error}"
        )
    matched = [item for item in ours if item.state == "matched"]
    now = datetime.now(UTC)
    keys = match_keys(context.client, config, list_assets(context.client, config))
    calls = runs_of(context.client, config.state.space, call.run)
    return {
        "worked_on": len(ours),
        "matched": len(matched),
        "approved": sum(item.approved for item in matched),
        "suggested": sum(item.suggested for item in matched),
        "held": sum(item.held for item in matched),
        **{name: total((each for each in calls if each.step == "match"), name) for name in WRITTEN},
        "calls": len(calls),
        "call_seconds": round(sum(each.seconds for each in calls), 1),
        "failed": len(failed),
        "running": sum(item.job is not None for item in items),
        "given_up": sum(item.given_up(now) for item in items),
        "left_to_detect": sum(item.to_detect(now) for item in items),
        "left_to_match": sum(item.to_match(keys.of(item), now) for item in items),
        **listing(catalog),
        "failed_images": failures(failed),
        "changed": bool(ours),
    }
