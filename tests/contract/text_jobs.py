"""Collections of 360° images, and text detection jobs on them."""

import io
import zipfile
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply
from cognite.client.exceptions import CogniteAPIError
from PIL import Image as Picture

from demo.localserver import AT_ONCE, LocalServer
from image360.geometry import face_uv_to_direction
from localcdf.app import ENDPOINTS
from tests.contract.detecting import API, until

SPACE, RESULTS = "views", "results"
FACES = ("front", "back", "left", "right", "top", "bottom")
BARE = {face: f"bare_{face}" for face in FACES}
NUMBERS = count()
CHAIN = "def handle(client):\n    return client.iam.sessions.create(session_type='TOKEN_EXCHANGE').nonce\n"
DEFAULTS = {
    reading.name.replace("-", "_"): reading.harshest
    for endpoint in ENDPOINTS
    if endpoint.path.startswith("/3d/job")
    for reading in endpoint.readings
} | AT_ONCE
Item = dict[str, Any]


def region(text: str, *corners: tuple[str, float, float], confidence: float = 0.9) -> Item:
    """A text on a 360° image."""
    polygon = [list(map(float, face_uv_to_direction(*corner))) for corner in corners]
    return {"text": text, "confidence": confidence, "polygon": polygon}


PUMP = region(
    "21-P-1001", ("front", 0.2, 0.3), ("front", 0.4, 0.3), ("front", 0.4, 0.35), ("front", 0.2, 0.35)
)
VALVE = region("21-V-7", ("top", 0.45, 0.5), ("top", 0.55, 0.5), ("top", 0.5, 0.6), confidence=0.25)


@dataclass(frozen=True)
class Jobs:
    """Collections, and jobs on them."""

    server: LocalServer
    client: CogniteClient

    def collection(self, *pictures: bytes | None) -> str:
        """A collection with an image for each picture, its front; None is a front without content."""
        name = f"c{next(NUMBERS):04}"  # in the order of their making also when sorted
        instances = self.client.data_modeling.instances
        instances.apply(node("Cognite360ImageCollection", name, name=name, type="Image360"))
        for number, content in enumerate(pictures):
            file = f"{name}_{number}_face"
            instances.apply(CogniteFileApply(SPACE, file, name=f"{file}.jpg", mime_type="image/jpeg"))
            if content is not None:
                self.client.files.upload_content_bytes(content, instance_id=NodeId(SPACE, file))
            instances.apply(image(f"{name}_{number}", name, {**BARE, "front": file}))
        return name

    def add_bare_faces(self) -> None:
        """Load the faces on which there is nothing: every image has them, beside its front."""
        for file in BARE.values():
            self.client.data_modeling.instances.apply(
                CogniteFileApply(SPACE, file, name=f"{file}.png", mime_type="image/png")
            )
            self.client.files.upload_content_bytes(blank_png(), instance_id=NodeId(SPACE, file))

    def nonce(self) -> str:
        """The nonce of a new session."""
        return self.client.iam.sessions.create(session_type="TOKEN_EXCHANGE").nonce

    def item(self, collection: str, **other: Any) -> Item:
        """A job to run."""
        name = f"j{next(NUMBERS)}"
        given = {
            "space": RESULTS,
            "externalId": name,
            "name": name,
            "type": "ImageTextDetection",
            "source": source(collection),
            "configuration": {},
            "nonce": other.pop("nonce", None) or self.nonce(),
        }
        return {key: each for key, each in (given | other).items() if each is not None}

    def post(self, path: str, body: Any) -> Any:
        """Post below the project."""
        return self.client.post(f"{API}/3d/{path}", json=body).json()

    def start(self, collection: str, **other: Any) -> Item:
        """Start a job; what is answered."""
        answer = self.client.post(f"{API}/3d/jobs", json={"items": [self.item(collection, **other)]})
        assert answer.status_code == 201
        (made,) = answer.json()["items"]
        return made

    def refused(self, item: Item, code: int = 400) -> CogniteAPIError:
        """Start a job that must be refused."""
        return self.refuses("jobs", {"items": [item]}, code)

    def refuses(self, path: str, body: Any, code: int = 400) -> CogniteAPIError:
        """Post what must be refused."""
        with pytest.raises(CogniteAPIError) as refusal:
            self.post(path, body)
        assert refusal.value.code == code, refusal.value
        return refusal.value

    def listed(self, path: str = "jobs/list", **asked: Any) -> list[Item]:
        """Everything in a list, over all its pages."""
        items, cursor = [], None
        while cursor or not items:
            answer = self.post(path, asked | ({"cursor": cursor} if cursor else {}))
            items += answer["items"]
            cursor = answer.get("nextCursor")
            if not cursor:
                break
        return items

    def status(self, job: Item) -> str:
        """The status of a job."""
        (found,) = [each for each in self.listed() if each["externalId"] == job["externalId"]]
        return found["status"]

    def becomes(self, job: Item, status: str) -> None:
        """Wait until a job has this status."""
        until(lambda: self.status(job), lambda now: now == status)

    def ended(self, collection: str, status: str = "Succeeded") -> Item:
        """Run a job to its end."""
        job = self.start(collection)
        until(lambda: self.status(job), lambda now: now not in ("Scheduled", "Started"))
        assert self.status(job) == status
        return job

    def results(self, job: Item) -> list[Item]:
        """The results of a job."""
        return self.listed("job/results/list", job=id_of(job))

    def files(self, job: Item) -> list[bytes]:
        """The content of its result files."""
        nodes = [node_id(each) for each in self.results(job)]
        return [self.client.files.download_bytes(instance_id=each) for each in nodes]


def blank_png() -> bytes:
    """A small grey picture."""
    content = io.BytesIO()
    Picture.new("RGB", (64, 64), "grey").save(content, "PNG")
    return content.getvalue()


def node_id(result: Item) -> NodeId:
    """The node of a result."""
    return NodeId(result["instanceId"]["space"], result["instanceId"]["externalId"])


def id_of(job: Item) -> Item:
    """A job as requests name it."""
    return {"space": job["space"], "externalId": job["externalId"]}


def source(collection: str) -> Item:
    """A collection as a job names it."""
    instance = {"space": SPACE, "externalId": collection}
    return {"type": "Cognite360ImageCollection", "instanceId": instance}


def node(view: str, external_id: str, **properties: Any) -> NodeApply:
    """A node of the core data model."""
    data = NodeOrEdgeData(ViewId("cdf_cdm", view, "v1"), properties)
    return NodeApply(SPACE, external_id, sources=[data])


def image(external_id: str, collection: str, faces: dict[str, str]) -> NodeApply:
    """A 360° image."""
    related = {"collection360": collection, **faces}
    links = {name: {"space": SPACE, "externalId": each} for name, each in related.items()}
    return node("Cognite360Image", external_id, **links)


def chained_nonce(jobs: Jobs) -> str:
    """The nonce of a session that is made with the token of another: by a function, for itself."""
    jobs.server.read_as(function_deployment="0")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", CHAIN)
    file = jobs.client.files.upload_bytes(content.getvalue(), name="code.zip")
    function = jobs.client.functions.create("chain", file_id=file.id)
    nonce = function.call(wait=True).get_response()
    jobs.server.read_as(function_deployment="180")
    assert isinstance(nonce, str)
    return nonce


def jobs_of(server: LocalServer) -> Jobs:
    """Jobs in a local CDF that is new, where nothing comes late."""
    client = server.client("tests")
    server.read_as(**AT_ONCE)
    client.data_modeling.spaces.apply([SpaceApply(SPACE), SpaceApply(RESULTS)])
    jobs = Jobs(server, client)
    jobs.add_bare_faces()
    return jobs
