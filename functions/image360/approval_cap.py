"""The cap on new approvals, which all calls of a run share."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from image360.call import Context
from image360.errors import SetupError
from image360.image_plan import ImagePlan
from image360.state.runs import total

COUNT = "approved_now"


def within_cap(
    context: Context, counts: Mapping[str, int], plans: Sequence[ImagePlan]
) -> Sequence[ImagePlan]:
    """Return the first plans whose new approvals stay within the cap of the run.

    Beside other calls of the run: what this one would write is told first, and what the others have told is
    read after that. So of calls that come here at once, the last to tell sees all the others.

    Args:
        counts: What this call has done before.
    """
    done, others = counts[COUNT], 0
    wanted = sum(plan.approved_now for plan in plans)
    shares = context.call.applies and context.call.has_siblings and wanted > 0
    if shares:
        context.record.tell({**counts, COUNT: done + wanted})
        others = total(context.record.others(), COUNT)
    left = context.config.limits.max_approvals_per_run - others - done
    fitting = plans[: bisect_right(list(accumulate(plan.approved_now for plan in plans)), left)]
    kept = sum(plan.approved_now for plan in fitting)
    if shares and kept < wanted:
        context.record.tell({**counts, COUNT: done + kept})
    return fitting


def stop_at(context: Context, plan: ImagePlan) -> None:
    """Say that the cap stops a call at this image.

    Raises:
        SetupError: The image alone has more new approvals than the cap allows: no call would ever match it.
    """
    cap, name = context.config.limits.max_approvals_per_run, plan.item.image.external_id
    context.log("cap", max_approvals_per_run=cap, image=name)
    if plan.approved_now > cap:
        raise SetupError(
            f"image '{name}' alone has {plan.approved_now} new approvals, more than "
            f"limits.max_approvals_per_run ({cap}): raise it in the config"
        )
