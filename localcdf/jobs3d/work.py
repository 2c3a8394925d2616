"""What a job does: it reads the images of a collection in the background, and keeps what it finds."""

import json
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from localcdf.content.uploads import finish_upload
from localcdf.data_modeling.instances import platform
from localcdf.data_modeling.instances.file_nodes import FILE_VIEW
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.schema import definitions
from localcdf.detection import JobError, StoppedError
from localcdf.endpoint import Call
from localcdf.files import sync_cognite_file
from localcdf.files.table import find_file
from localcdf.jobs3d import table
from localcdf.jobs3d.images import Image, images_of, is_collection
from localcdf.jobs3d.readings import INCOMPLETE, NOTHING_READ, PARTIAL, SHAPE
from localcdf.jobs3d.shapes import SHAPES, Found, Shape
from localcdf.principal import Principal
from localcdf.rights import allowed

if TYPE_CHECKING:
    from localcdf.service import Service

T = TypeVar("T")


def name_of(job: int) -> str:
    """Return how the detector and the server's log name a job."""
    return f"3D job {job}"


def launch(job: int, principal: Principal, service: "Service") -> None:
    """Let a job, which acts for ``principal``, begin when its turn comes."""
    work = Work(job, principal, service)
    fates = {
        "succeed": work.read,
        "fail": partial(work.only, "Started", "Failed"),
        "cancel": partial(work.only, "Started", "Cancelled"),
        "hang": partial(work.only, "Started"),
    }
    fail = partial(work.only, "Failed")
    service.detector.start(name_of(job), fates[service.fates.of_job()], fail)


@dataclass(frozen=True)
class Work:
    """A job under way, in a thread of the detector."""

    job: int
    principal: Principal
    service: "Service"

    def only(self, *statuses: str) -> None:
        """Go through these statuses and do nothing."""
        for status in statuses:
            self._turn(lambda call, status=status: table.set_status(call.db, self.job, status))

    def read(self) -> None:
        """Read the images of the collection, and keep what is found."""
        self.only("Started")
        images = self._turn(self._images)
        readings = self.service.readings
        shape, shows = SHAPES[readings.option(SHAPE)], readings.option(PARTIAL) == "shown"
        written: list[str] = []
        for batch in _batches(self._found(images), shape.images):
            written.append(shape.write(self.job, batch))
            if shows:
                self._turn(lambda call: self._keep(call, shape, written[-1:]))
        if not written and readings.option(NOTHING_READ) == "failed":
            raise JobError("it has no image that can be read")
        self._turn(lambda call: self._end(call, shape, [] if shows else written))

    def _images(self, call: Call) -> list[Image]:
        """Return the images, as far as the session may read them; it must be able to write results."""
        job = json.loads(table.by_id(call.db, self.job)["doc"])
        as_client = replace(call, principal=self.principal)
        source = job["source"]["instanceId"]
        collection = (source["space"], source["externalId"])
        if not is_collection(as_client, *collection):
            raise JobError(f"{':'.join(collection)} is no collection that its session may read")
        if not definitions.find(call.db, "space", (job["space"], "", "")):
            raise JobError(f"there is no space {job['space']} for its results")
        if not allowed(as_client, "dataModelInstancesAcl", "WRITE").covers(space=job["space"]):
            raise JobError(f"its session may not write results to space {job['space']}")
        return list(images_of(as_client, *collection))

    def _found(self, images: Sequence[Image]) -> Iterator[Found]:
        whole = [(image, image.picture) for image in images if image.picture is not None]
        if len(whole) < len(images):
            self._pass_over(f"{len(images) - len(whole)} of {len(images)} images lack the content of a face")
        answers = self.service.detector.read(name_of(self.job), [picture for _, picture in whole])
        for (image, _), answer in zip(whole, answers, strict=True):
            if answer.regions is None:
                self._pass_over(f"{image.space}:{image.external_id} cannot be read: {answer.error}")
            else:
                yield Found(image.space, image.external_id, answer.regions)

    def _pass_over(self, what: str) -> None:
        if self.service.readings.option(INCOMPLETE) == "fails":
            raise JobError(what)
        print(f"{name_of(self.job)}: {what}", file=sys.stderr, flush=True)

    def _keep(self, call: Call, shape: Shape, contents: Iterable[str]) -> None:
        space = table.by_id(call.db, self.job)["space"]
        table.add_results(call.db, self.job, [_add_file(call, space, shape, each) for each in contents])

    def _end(self, call: Call, shape: Shape, contents: Iterable[str]) -> None:
        self._keep(call, shape, contents)
        table.set_status(call.db, self.job, "Succeeded")

    def _turn(self, act: Callable[[Call], T]) -> T:
        """Do something with the store when its turn comes, unless the job was deleted meanwhile."""

        def acted() -> T:
            with self.service.own_turn() as call:
                if table.by_id(call.db, self.job) is None:
                    raise StoppedError
                return act(call)

        return self.service.worker.submit(acted).result()


def _batches(found: Iterator[Found], size: int | None) -> Iterator[list[Found]]:
    while batch := list(islice(found, size)):
        yield batch


def _add_file(call: Call, space: str, shape: Shape, content: str) -> tuple[str, str]:
    """Make a ``CogniteFile`` node with content, and return its space and external id."""
    external_id = str(uuid4())
    shown = {"name": f"{external_id}{shape.suffix}", "mimeType": shape.mime_type}
    platform.create(call, FILE_VIEW, [(Instance("node", space, external_id), shown)])
    sync_cognite_file(call, space, external_id, shown)
    file = find_file(call.db, {"instanceId": {"space": space, "externalId": external_id}})
    assert file is not None
    blob = secrets.token_hex(16)
    (call.blobs / blob).write_text(content, encoding="utf-8")
    finish_upload(call, file, blob)
    return space, external_id
