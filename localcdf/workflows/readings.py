"""What the documentation of workflows leaves open."""

from localcdf.readings import Reading

REFERENCES_CHECKED = Reading(
    "workflow-references-checked",
    {
        "at-creation": "a version whose tasks refer to tasks that are not done before them is refused",
        "when-run": "what a task refers to is looked up when it runs",
    },
)
UNRESOLVED = Reading(
    "unresolved-reference",
    {
        "fails": "a task with a reference that leads to nothing fails",
        "null": "a reference that leads to nothing is null",
    },
)
INSIDE_TEXT = Reading(
    "reference-inside-text",
    {
        "kept": "a reference stands for a whole value; inside a longer text it stays as it is",
        "replaced": "references are replaced inside longer texts too",
    },
)
RETRY_DELAY = Reading(
    "workflow-retry-delay",
    {
        "60": "a task is tried again after a minute",
        "0": "a task is tried again at once",
    },
)
TASK_SESSION = Reading(
    "workflow-task-session",
    {
        "chained": "functions run by a workflow have chained sessions, which can make no further ones",
        "root": "functions run by a workflow have the session that the execution was started with",
    },
)
TOO_MANY = Reading(
    "too-many-executions",
    {
        "429": "one execution more than may run at once is a 429",
        "400": "one execution more than may run at once is a 400",
    },
)
MISSING_VERSION = Reading(
    "trigger-of-missing-version",
    {
        "400": "a trigger for a version that does not exist is a 400",
        "taken": "a trigger for a version that does not exist is taken; its runs fail",
    },
)
POLLED = Reading(
    "trigger-polled-every",
    {
        "60": "a data modeling trigger looks for changes once a minute",
        "1": "a data modeling trigger looks for changes each second",
    },
)
REFUSED_BATCH = Reading(
    "trigger-refused-batch",
    {
        "lost": "instances whose execution cannot be started are not handed over again",
        "kept": "instances whose execution cannot be started wait for the next look",
    },
)
