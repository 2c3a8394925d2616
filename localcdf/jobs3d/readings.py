"""What the reference does not say about 3D jobs."""

from localcdf.readings import Reading

DUPLICATE = Reading(
    "3d-job-duplicate",
    {
        "400": "a job whose id exists already is a 400, which names it in its message only",
        "409": "a job whose id exists already is a 409, which lists it under duplicated",
    },
)
CHAINED = Reading(
    "3d-job-chained-nonce",
    {
        "refused": "the nonce of a chained session, made with the token of another session, is a 403",
        "accepted": "the nonce of a chained session is as good as any other",
    },
)
SOURCE = Reading(
    "3d-job-unknown-source",
    {
        "failed": "a job on a collection that the session cannot read or that is none is made, and fails",
        "refused": "a job on something that is no collection is a 400",
    },
)
INCOMPLETE = Reading(
    "3d-job-unreadable-image",
    {
        "left-out": "an image that lacks a face, or cannot be read, is left out of the results in silence",
        "fails": "one image that lacks a face, or cannot be read, lets the whole job fail",
    },
)
PARTIAL = Reading(
    "3d-job-partial-results",
    {
        "shown": "results are listed as they come in, also of jobs that fail later",
        "at-end": "results are listed once the job has succeeded",
    },
)
SHAPE = Reading(
    "result-file-shape",
    {
        "assumed-1": "a file for a hundred images: JSON, images[].detections[] with polygons of phi, theta",
        "by-image": "a file for each image: JSON, faces.<face>[] with a box on the face in per cent",
        "by-collection": "one file: JSON lines, one for each text, with [phi, theta] pairs in degrees",
    },
)
ABSENT = Reading(
    "3d-job-delete-absent",
    {
        "refused": "deleting a job that is not there is a 400, and deletes none of the others",
        "passed-over": "deleting a job that is not there changes nothing",
    },
)
UNKNOWN_SPACE = Reading(
    "3d-job-unknown-space",
    {
        "failed": "a job in a space that does not exist is made, and fails",
        "refused": "a job in a space that does not exist is a 400",
    },
)
REFUSED_NONCE = Reading(
    "3d-job-refused-nonce",
    {
        "spent": "a job that is refused has spent its nonce all the same",
        "good": "the nonce of a job that is refused is good for another",
    },
)
NOTHING_READ = Reading(
    "3d-job-nothing-read",
    {
        "succeeded": "a job without an image that can be read succeeds without results",
        "failed": "a job without an image that can be read fails",
    },
)
SCOPE = Reading(
    "3d-job-scope",
    {
        "space": "jobs and their results take the right on instances in the space of the job",
        "any": "jobs and their results take the right on instances in some space",
    },
)
ORDER = Reading(
    "3d-job-order",
    {
        "newest-first": "jobs, results and rejections come newest first",
        "oldest-first": "jobs, results and rejections come oldest first",
    },
)
PAGE_SIZE = Reading(
    "3d-job-page",
    {
        "small": "a page has 25 jobs, 10 results or 100 rejections",
        "large": "a page has 1000 jobs, results or rejections",
    },
)
UNDER_WAY = Reading(
    "3d-job-delete-under-way",
    {
        "refused": "deleting a job that has not ended is a 400",
        "ended": "deleting a job that has not ended ends it",
    },
)
REJECTED_AGAIN = Reading(
    "3d-job-rejected-again",
    {
        "refused": "to reject a key twice, or take back a rejection that is none, is a 400",
        "passed-over": "to reject a key twice, or take back a rejection that is none, changes nothing",
    },
)
