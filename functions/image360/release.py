"""Use case: let the pairs that are held for a run be approved again.

It works image by image, holding its work item. One that is cut off is made good by the next one.
"""

from dataclasses import replace

from image360.call import Context, Summary
from image360.one_run import batches, claim, items_of, require_known
from image360.state.holds import Hold, Holds
from image360.state.pairs import Key


def release(context: Context) -> Summary:
    """Let the pairs of a run that was undone be approved again, by the next run that matches their images.

    Raises:
        RequestError: Nothing is known of the run.
    """
    config, call = context.config, context.call
    stored = Holds(context.client, config.state.space)
    holds = stored.of_run(call.run)
    require_known(context, is_known=bool(holds))
    by_image: dict[Key, list[Hold]] = {}
    for hold in holds:
        by_image.setdefault(hold.pair.image, []).append(hold)
    released = 0
    work_items = context.work_items()
    items = items_of(context, by_image)
    for batch in batches(context, sorted(by_image)):
        if not context.call.applies:
            released += sum(len(by_image[image]) for image in batch)
            continue
        # Due from here on, also if this call is cut off: its lease ends.
        due = {image: replace(item, match_key=None) for image, item in items.items() if image in batch}
        claimed = claim(context, list(due.values()))
        free = [image for image in batch if image not in due or image in claimed]
        freed = [hold for image in free for hold in by_image[image]]
        context.record.begin()
        stored.delete(freed)
        work_items.finish([replace(item, run=items[image].run) for image, item in claimed.items()])
        released += len(freed)
    return {
        "held": len(holds),
        "released": released,
        "remaining": len(holds) - released,
        "changed": call.applies and released > 0,
    }
