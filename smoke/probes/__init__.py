"""All probes, in the order in which they are tried; and the readings that none of them settles."""

from smoke.probe import Probe
from smoke.probes import access, annotations, classic, files, instances, queries, records, schema

PROBES: tuple[Probe, ...] = (
    *access.PROBES,
    *schema.PROBES,
    *records.PROBES,
    *classic.PROBES,
    *files.PROBES,
    *annotations.PROBES,
    *instances.PROBES,
    *queries.PROBES,
)

IMAGES = "it takes a collection of 360° images in a project of status DATA_MODELING_ONLY"
JOB = "it takes a 3D job, which only a project of status DATA_MODELING_ONLY has"
VISION = "it takes pictures that Vision has read"
FUNCTION = "it takes a deployed function, and a deployment takes minutes"
WORKFLOW = "it takes a workflow, and nobody is to find one that a probe has left"

# The readings that one caller cannot settle in a minute and without harm, and why.
NOT_SETTLED: dict[str, str] = {
    "out-of-scope": "it takes a second caller, who may see less",
    "relation-into-read-only-space": "it takes a second caller, who may only read a space",
    "views-over-containers": "it takes a second caller, who may see less",
    "function-deployment": "a deployment takes minutes: cdf deploy makes one, and Fusion shows its states",
    "function-log": f"{FUNCTION}: call one that writes to both streams, look at its log",
    "schedule-without-data": f"{FUNCTION}: make a schedule without data, look at its input_data",
    "workflow-references-checked": f"{WORKFLOW}: refer to a task without depending on it",
    "unresolved-reference": f"{WORKFLOW}: run it with a reference to an input that is not given",
    "reference-inside-text": f"{WORKFLOW}: run it with a reference inside a longer text, look at its input",
    "workflow-retry-delay": f"{WORKFLOW}: run one with a task that fails, look at the times of its attempts",
    "workflow-task-session": f"{WORKFLOW}, and a function that makes a session: call it as a task",
    "too-many-executions": f"{WORKFLOW}: start one with maxConcurrentExecutions 1 twice",
    "trigger-of-missing-version": f"{WORKFLOW}: make a trigger for a version that is not there",
    "trigger-refused-batch": f"{WORKFLOW} that may run once, and a trigger: write a node while it runs",
    "trigger-polled-every": f"{WORKFLOW} and a trigger: write a node, look at its history",
    "bad-nonce": f"{FUNCTION}: call it with a nonce made up",
    "project-status-refusal": "it takes two projects: write an asset in one, list 3D jobs in the other",
    "data-modeling-only-blocks": "it takes a project of status DATA_MODELING_ONLY: create an event there",
    "image360-repeat": f"{IMAGES}: link an asset twice by the same polygon, count the edges",
    "image360-pair": f"{IMAGES}: link an asset by two polygons at once, count the edges",
    "image360-object": f"{IMAGES}: link an asset, look at its object3D",
    "image360-edge": f"{IMAGES}: link an asset, look at the edge",
    "image360-numbers": f"{IMAGES}: link an asset, compare the edge's polygon with the one sent",
    "image360-angles": f"{IMAGES}: link an asset by a negative theta",
    "image360-items": f"{IMAGES}: link an asset, and one that is not there, in one request",
    "image360-effect": f"{IMAGES}: link an asset, look for the edge at once",
    "image360-config": f"{IMAGES}: link an asset by revisionInstanceId",
    "image360-rights": "it takes a second caller, who may see less",
    "image360-foreign-image": f"{IMAGES}, and a second one: link to an image by the other's revision",
    "image360-delete": f"{IMAGES}: delete the only link of an asset, look at the asset and its object3D",
    "image360-delete-absent": f"{IMAGES}: delete a link twice",
    "3d-job-scope": "it takes a second caller, who may see less",
    "3d-job-duplicate": f"{JOB}: make it twice",
    "3d-job-chained-nonce": f"{FUNCTION}: have it make a 3D job with a nonce of its own session",
    "3d-job-refused-nonce": f"{JOB}: send the nonce of one that was refused again",
    "3d-job-unknown-space": f"{JOB}: make it in a space that is not there",
    "3d-job-unknown-source": f"{JOB}: make it for a collection that is not there",
    "3d-job-nothing-read": f"{JOB}: make it for a collection without images",
    "3d-job-unreadable-image": f"{JOB}: make it for a collection with an image that lacks a face",
    "3d-job-partial-results": f"{JOB}: make it for a large collection, list its results while it runs",
    "result-file-shape": f"{JOB}: python -m image360 skeleton shows the shape of one of its results",
    "3d-job-order": f"{JOB}: make two, list them",
    "3d-job-page": f"{JOB}: make 26, list them",
    "3d-job-delete-absent": f"{JOB}: delete it twice",
    "3d-job-delete-under-way": f"{JOB}: delete it while it runs",
    "3d-job-rejected-again": f"{JOB}: reject a key of its result twice",
    "vision-threshold": f"{VISION}: leave the threshold out, look at the confidences",
    "vision-lost-file": f"{VISION}: count those in items and in failedItems",
    "vision-too-many-jobs": "it takes 21 Vision jobs at once, and each costs money",
    "vision-suffix": f"{VISION}: send one whose name ends with .JPG",
    "vision-batch": f"{VISION}: send a broken one with others, count the failedItems",
    "vision-no-text": f"{VISION}: send one without text",
    "vision-long-text": f"{VISION}: send one with a text of more than 128 characters",
    "vision-failed-items": f"{VISION}: look at the answer of a job without failures",
    "chained-session": f"{FUNCTION}: have it make a session of its session's session",
}
