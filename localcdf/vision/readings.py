"""What the reference does not say about Vision."""

from localcdf.readings import Reading

THRESHOLD = Reading(
    "vision-threshold",
    {
        "0.8": "texts of a confidence below 0.8 are left out unless another threshold is asked for",
        "0.4": "texts of a confidence below 0.4 are left out unless another threshold is asked for",
    },
)
LOST = Reading(
    "vision-lost-file",
    {
        "happens": "the last of several files is in neither items nor failedItems, when first asked for",
        "never": "every file is in items or failedItems in the end",
    },
)
UNFIT = Reading(
    "vision-unfit-file",
    {
        "refused": "one file that is no picture, or has no content, refuses the whole request",
        "failed-items": "a file that is no picture, or has no content, fails with its batch",
    },
)
