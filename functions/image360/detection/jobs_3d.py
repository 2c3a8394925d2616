"""3D jobs: Cognite's own text detection, on a whole collection of the core data model.

A job goes by an id of ours, so it is made once, also when the answer to its making is lost: asked for again
it is refused as one that exists, and `look` finds it in the list of jobs. Lists may lag: a job that is not
listed counts as lost only once enough time has gone by since it was started.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes import ClientCredentials
from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.exceptions import CogniteAPIError, CogniteProjectAccessError

from image360.catalog.image import Image
from image360.conceal import Concealer
from image360.detection.jobs import Done, Failed, JobState, Origin, Running
from image360.detection.pages import pages
from image360.detection.rejections import Rejections
from image360.detection.result_files import READERS, NodeRef, read_result_file
from image360.download import LINKS_PER_REQUEST, download
from image360.errors import EngineRefusedError, ResultFileError, SetupError
from image360.log import Log
from image360.matching import TextRegion
from image360.write_once import write_once

TYPE = "ImageTextDetection"
# Secrets of the function: a service principal of its own, limited to what the job needs.
CLIENT_ID, CLIENT_SECRET = "jobs-client-id", "jobs-secret"
TRIES = 2  # to start a job, when its first answer is lost
LISTED_WITHIN = 10 * 60.0  # seconds: a job that no list shows by then is not there
UPLOADED_WITHIN = 10 * 60.0  # seconds: a result file without content by then was never finished
HANGS_AFTER = 24 * 3600.0  # seconds
LOOK_AGAIN_AFTER = (0.0, 2.0, 4.0)  # seconds waited before each look at a list that may lag

Refusal = CogniteAPIError | CogniteProjectAccessError
REFUSALS = (CogniteAPIError, CogniteProjectAccessError)  # the SDK has an error of its own for 401


@dataclass(frozen=True)
class Jobs3d:
    """Starts and follows 3D jobs; their results are kept in the space of the state."""

    client: CogniteClient
    space: str
    images_space: str
    secrets: Mapping[str, str]
    log: Log
    name: str = "jobs_3d"
    note: str | None = None
    jobs_at_once: int | None = None

    def images_per_job(self, attempts: int) -> int:  # noqa: ARG002
        """Return more than a collection has: a job reads all of it, and cannot be given less."""
        return 1_000_000

    @property
    def settings(self) -> Mapping[str, Any]:
        """How results are read; the job itself has no settings."""
        return {"type": TYPE, "readers": ", ".join(READERS)}

    def start(self, key: str, collection: str, images: Sequence[Image]) -> str | None:  # noqa: ARG002
        """Start a job on the collection, all of it, under the id `key`; None when CDF is too busy now.

        Raises:
            EngineRefusedError: CDF refuses the job or the session that it needs.
            SetupError: One of the two secrets is missing.
        """
        started = f"{key}@{time.time():.0f}"
        job = {
            "space": self.space,
            "externalId": key,
            "name": f"image360: text of {collection}"[:255],
            "type": TYPE,
            "source": {
                "type": "Cognite360ImageCollection",
                "instanceId": {"space": self.images_space, "externalId": collection},
            },
            "configuration": {},
        }
        unclear = False
        for _ in range(TRIES):
            nonce = ""
            try:
                nonce = self._nonce()
                if write_once(self.client, "/3d/jobs", {"items": [{**job, "nonce": nonce}]}):
                    return started
                unclear = True  # asked again under the same id, with a nonce of its own
            except REFUSALS as refusal:
                if self._exists(refusal, key):
                    return started
                if not unclear:
                    if _passes(refusal):
                        return None
                    raise self._refused(refusal, f"a 3D job on collection '{collection}'", nonce) from None
        self.log("job of unknown fate", job=key)
        return started

    def look(self, job: str, images: Sequence[Image]) -> JobState:
        """Return what has become of a job.

        Raises:
            EngineRefusedError: CDF refuses to list jobs or results.
        """
        key, _, started = job.rpartition("@")
        if not key or not started.isdecimal():
            return Failed(f"'{job}' is no 3D job: another engine was configured when it was started")
        age = time.time() - int(started)
        status = self._statuses.get(key)
        if status == "Succeeded":
            return self._results(key, images)
        if status in ("Failed", "Cancelled"):
            return Failed(f"3D job '{key}' in space '{self.space}': {status}; CDF gives no reason")
        if status is None:
            lost = f"3D job '{key}' is not in the list of jobs: it was deleted, or never made"
            return Running() if age < LISTED_WITHIN else Failed(lost)
        if status not in ("Scheduled", "Started"):
            self.log("job of unknown status", job=key, status=status)
        hangs = f"3D job '{key}' hangs: {status} for {age / 3600:.0f} hours"
        return Running() if age < HANGS_AFTER else Failed(hangs)

    @cached_property
    def _statuses(self) -> Mapping[str, str]:
        """The jobs of our space, as listed at the first look of this call."""
        try:
            return {job["externalId"]: job["status"] for job in self._list()}
        except REFUSALS as refusal:
            if _passes(refusal):
                raise
            raise self._refused(refusal, "the list of 3D jobs") from None

    def _list(self) -> Iterator[dict[str, Any]]:
        return (job for job in pages(self.client, "/3d/jobs/list", {}) if job["space"] == self.space)

    def _exists(self, refusal: Refusal, key: str) -> bool:
        """Tell whether a job was refused because its id exists: with 409, or with 400 like so much else."""
        if _code(refusal) != 400:
            return _code(refusal) == 409
        try:
            return any(job["externalId"] == key for job in self._list())
        except REFUSALS:
            return False

    def _nonce(self) -> str:
        """Return the nonce of a new session, good for one job and about a minute."""
        named = [name for name in (CLIENT_ID, CLIENT_SECRET) if self.secrets.get(name)]
        if len(named) == 1:
            raise SetupError(
                f"of the function's secrets '{CLIENT_ID}' and '{CLIENT_SECRET}' only '{named[0]}' is given: "
                "give both, or none"
            )
        if not named:
            return self.client.iam.sessions.create().nonce
        credentials = ClientCredentials(self.secrets[CLIENT_ID], self.secrets[CLIENT_SECRET])
        return self.client.iam.sessions.create(credentials).nonce

    def _refused(self, refusal: Refusal, what: str, nonce: str = "") -> EngineRefusedError:
        given = self.secrets.get(CLIENT_ID)
        said = Concealer.of([nonce])(_message(refusal))
        acting = f"the service principal of secret '{CLIENT_ID}'" if given else "the running session"
        return EngineRefusedError(
            f"CDF refuses {what}, asked for by {acting} ({_code(refusal)}: {said}). Two ways "
            f"out: give the function the secrets '{CLIENT_ID}' and '{CLIENT_SECRET}' of a service principal "
            f"that may read spaces cdf_cdm, cdf_cdm_3d and '{self.images_space}' and write to space "
            f"'{self.space}', or set engine: ocr in the config"
        )

    def _results(self, key: str, images: Sequence[Image]) -> JobState:
        """Read the result files, until all images are named or the lists had time to show all files."""
        taken = _Taken()
        read: set[NodeId] = set()
        for seconds in LOOK_AGAIN_AFTER:
            time.sleep(seconds)
            new = [result for result in self._result_files(key) if result not in read]
            for result, content in self._contents(new):
                if content is None:
                    return Running()  # its upload is not noticed yet
                self._take(key, result, content, taken)
            read.update(new)
            if taken.says_all_of(images):
                break
        return taken.done(images)

    def _take(self, key: str, result: NodeId, content: bytes | ResultFileError, taken: "_Taken") -> None:
        """Take in one result file, without what is rejected of it."""
        try:
            if isinstance(content, ResultFileError):
                raise content
            file = read_result_file(content, _named(result))
        except ResultFileError as error:
            taken.file_errors.append(str(error))
            return
        rejected = frozenset[str]()
        if any(file.detections.values()):
            rejected = Rejections(self.client, self.space).of(key, result)
        for image, detections in file.detections.items():
            kept = [each for each in detections if each.key not in rejected]
            origins = [Origin(key, result.space, result.external_id, each.key) for each in kept]
            taken.add(image, [each.region for each in kept], origins)
        for image, error in file.errors.items():
            taken.add(image, f"result file {_named(result)}: {error}")

    def _result_files(self, key: str) -> list[NodeId]:
        job = {"job": {"space": self.space, "externalId": key}}
        try:
            results = list(pages(self.client, "/3d/job/results/list", job))
        except REFUSALS as refusal:
            if _code(refusal) not in (401, 403):
                raise
            raise self._refused(refusal, f"the results of 3D job '{key}'") from None
        ids = [NodeId(each["instanceId"]["space"], each["instanceId"]["externalId"]) for each in results]
        return list(dict.fromkeys(ids))

    def _contents(self, results: Sequence[NodeId]) -> Iterator[tuple[NodeId, bytes | ResultFileError | None]]:
        """Yield what result files hold; None for one whose upload CDF has not noticed yet."""
        for start in range(0, len(results), LINKS_PER_REQUEST):
            batch = list(results[start : start + LINKS_PER_REQUEST])
            found = self.client.files.retrieve_multiple(instance_ids=batch, ignore_unknown_ids=True)
            files = {file.instance_id: file for file in found}
            for result in batch:
                file = files.get(result)
                if file is not None and file.uploaded:
                    yield result, self._content(result)
                elif file is None or time.time() * 1000 - file.last_updated_time > UPLOADED_WITHIN * 1000:
                    yield result, ResultFileError(f"result file {_named(result)} has no content")
                else:
                    yield result, None

    def _content(self, result: NodeId) -> bytes | ResultFileError:
        try:
            (content,) = download(self.client, [result])
        except CogniteAPIError as refusal:
            if _passes(refusal):
                raise
            return ResultFileError(f"result file {_named(result)} cannot be downloaded ({refusal.code})")
        return content


@dataclass
class _Taken:
    """What the result files of a job say, file by file."""

    regions: dict[NodeRef, Sequence[TextRegion]] = field(default_factory=dict[NodeRef, Sequence[TextRegion]])
    origins: dict[NodeRef, Sequence[Origin]] = field(default_factory=dict[NodeRef, Sequence[Origin]])
    errors: dict[NodeRef, str] = field(default_factory=dict[NodeRef, str])
    file_errors: list[str] = field(default_factory=list[str])

    def add(self, image: NodeRef, said: Sequence[TextRegion] | str, origins: Sequence[Origin] = ()) -> None:
        """Take what one file says of an image: its regions, or why they cannot be taken."""
        if image in self.regions or image in self.errors:
            self.regions.pop(image, None)
            self.errors[image] = "two result files name the image"
        elif isinstance(said, str):
            self.errors[image] = said
        else:
            self.regions[image], self.origins[image] = said, origins

    def says_all_of(self, images: Sequence[Image]) -> bool:
        """Tell whether there is no image of which nothing is known, not even in which file it would be."""
        return bool(self.file_errors) or all(_ref(image) in (self.regions | self.errors) for image in images)

    def done(self, images: Sequence[Image]) -> Done:
        """Return what is said of these images."""
        refs = {_ref(image): image.external_id for image in images}
        errors = {refs[ref]: error for ref, error in self.errors.items() if ref in refs}
        if self.file_errors:
            unnamed = [ref for ref in refs if ref not in self.regions and ref not in self.errors]
            errors |= dict.fromkeys((refs[ref] for ref in unnamed), self.file_errors[0])
        known = {ref: name for ref, name in refs.items() if ref in self.regions}
        return Done(
            {name: self.regions[ref] for ref, name in known.items()},
            errors,
            {name: self.origins[ref] for ref, name in known.items()},
        )


def _code(refusal: Refusal) -> int:
    return refusal.code if isinstance(refusal, CogniteAPIError) else 401


def _passes(refusal: Refusal) -> bool:
    """Tell whether the same may be answered otherwise a little later."""
    return _code(refusal) in (408, 429) or _code(refusal) >= 500


def _message(refusal: Refusal) -> str:
    return refusal.message if isinstance(refusal, CogniteAPIError) else "the token is not accepted"


def _ref(image: Image) -> NodeRef:
    return image.space, image.external_id


def _named(result: NodeId) -> str:
    return f"'{result.external_id}' (space '{result.space}')"
