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
TOO_MANY = Reading(
    "vision-too-many-jobs",
    {
        "429": "one job more than the 20 that a project may have at once is a 429, which the SDK repeats",
        "400": "one job more than the 20 that a project may have at once is a 400",
    },
)
BATCH = Reading(
    "vision-batch",
    {
        "10": "ten files are a batch, and fail together",
        "1": "each file is a batch of its own",
    },
)
SUFFIX = Reading(
    "vision-suffix",
    {
        "lower-case": "the extension of a file must be in lower case",
        "any-case": "the extension of a file may be in upper case",
    },
)
NO_TEXT = Reading(
    "vision-no-text",
    {
        "absent": "the predictions of a picture without text have no textPredictions",
        "empty": "the predictions of a picture without text have empty textPredictions",
    },
)
LONG_TEXT = Reading(
    "vision-long-text",
    {
        "cut": "a text longer than 128 characters is cut",
        "left-out": "a text longer than 128 characters is left out",
    },
)
FAILED_ITEMS = Reading(
    "vision-failed-items",
    {
        "absent": "a job without failed files has no failedItems",
        "empty": "a job without failed files has empty failedItems",
    },
)
