"""Vision: Cognite's text detection on single files, for face files that are classic files. Deprecated.

A job has no name of ours, so one whose answer is lost cannot be found again: another is started in its place
by a later call. The double costs money and harms nothing, since only a job that a work item names is read.
A text across the edge of two faces is read in two parts, one on each.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteProjectAccessError
from pydantic import BaseModel, Field, ValidationError

from image360.catalog.image import Image
from image360.detection.jobs import Failed, JobState, Running
from image360.detection.vision_answers import read_answer
from image360.errors import EngineRefusedError
from image360.geometry import FACES
from image360.log import Log
from image360.write_once import post_once

PATH = "/context/vision/extract"
FEATURE = "TextDetection"
THRESHOLD = 0.4  # the least confidence of a text that is asked for; what is approved needs more
# Images of a job, by how often each was tried before. A job takes 100 files, six to an image; one that Vision
# cannot read fails with others around it, so what has failed is tried again in ever smaller company.
IMAGES_PER_JOB = (16, 4, 1)
JOBS_AT_ONCE = 20  # of a project; how one too many is refused is not documented, so none is asked for
HANGS_AFTER = 24 * 3600.0  # seconds
NOTE = (
    "Cognite has deprecated Vision, which reads the text here, and will take it away: move the images to a "
    "data modeling project, where 3D jobs read them, or set engine: ocr in the config"
)


@dataclass(frozen=True)
class Vision:
    """Starts and follows Vision jobs."""

    client: CogniteClient
    log: Log
    name: str = "vision"
    note: str | None = NOTE
    jobs_at_once: int | None = JOBS_AT_ONCE

    @property
    def settings(self) -> Mapping[str, Any]:
        """What Vision is asked for."""
        return {"feature": FEATURE, "threshold": THRESHOLD}

    def images_per_job(self, attempts: int) -> int:
        """Return how many images that were tried so often before share a job."""
        return IMAGES_PER_JOB[min(attempts, len(IMAGES_PER_JOB) - 1)]

    def start(self, key: str, collection: str, images: Sequence[Image]) -> str | Failed | None:
        """Start a job, asked for once; None when 20 are under way already, or when its answer is lost.

        Raises:
            EngineRefusedError: CDF lets the functions start no Vision job at all.
        """
        files = dict.fromkeys(image.faces[face].id for image in images for face in FACES)
        body = {
            "items": [{"fileId": file} for file in files],
            "features": [FEATURE],
            "parameters": {"textDetectionParameters": {"threshold": THRESHOLD}},
        }
        try:
            answer = post_once(self.client, PATH, body)
        except CogniteProjectAccessError as refusal:
            raise _refused(str(refusal)) from None
        except CogniteAPIError as refusal:
            if refusal.code == 429:
                return None
            if refusal.code in (400, 422):  # for the sake of a file
                return Failed(f"Vision refuses the job ({refusal.code}: {refusal.message})")
            raise _refused(f"{refusal.code}: {refusal.message}") from None
        job = _job_id(answer)
        if job is None:
            self.log("lost", engine=self.name, collection=collection, key=key, images=len(images))
            return None
        return f"{job}@{time.time():.0f}"

    def look(self, job: str, images: Sequence[Image]) -> JobState:
        """Ask for the job, once.

        Raises:
            CogniteAPIError: CDF is out of order, and the job is young enough to be asked for later.
            EngineRefusedError: CDF does not let the functions look at it.
        """
        job_id, _, started = job.partition("@")
        url = f"/api/v1/projects/{self.client.config.project}{PATH}/{job_id}"
        hangs = time.time() - float(started) > HANGS_AFTER
        try:
            answer = self.client.get(url).json()
            state = read_answer(answer, images, THRESHOLD)
        except CogniteProjectAccessError as refusal:
            raise _refused(str(refusal)) from None
        except CogniteAPIError as refusal:
            if refusal.code in (401, 403):
                raise _refused(f"{refusal.code}: {refusal.message}") from None
            if refusal.code in (400, 404, 410):
                return Failed(f"Vision does not know the job any more ({refusal.code}: {refusal.message})")
            if not hangs:
                raise
            state = Running()
        except ValueError as error:  # no JSON: cut on its way
            self.log("unclear", job=job, reason=str(error))
            state = Running()
        if isinstance(state, Running) and hangs:
            return Failed(f"the Vision job has not come to an end in {HANGS_AFTER / 3600:.0f} hours")
        return state


class _Started(BaseModel):
    job_id: int = Field(alias="jobId", strict=True)


def _job_id(answer: bytes | None) -> int | None:
    """Return the id of a job that was started; None when nobody knows it."""
    try:
        return _Started.model_validate_json(answer or b"").job_id
    except ValidationError:
        return None


def _refused(reason: str) -> EngineRefusedError:
    return EngineRefusedError(
        f"CDF refuses Vision to the functions ({reason}): give their service principal filesAcl:READ for the "
        "face files, or set engine: ocr in the config"
    )
