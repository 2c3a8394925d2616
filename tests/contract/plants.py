"""A small plant in each kind of project whose images were read already, and the call that links assets."""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx2
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    Annotation,
    AnnotationFilter,
    AssetWrite,
    ExtractionPipelineConfigWrite,
)
from cognite.client.data_classes.data_modeling import (
    NodeApply,
    NodeId,
    NodeOrEdgeData,
    SpaceApply,
    ViewId,
)
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply, CogniteFileApply
from cognite.client.exceptions import CogniteAPIError, CogniteRequestError

import match_handler
from demo.deploy import PIPELINE, STATE_SPACE
from demo.localserver import LocalServer
from image360.approval.edges import Edge, list_edges
from image360.catalog import list_images
from image360.config import parse_config
from image360.geometry import FACES, face_uv_to_direction
from image360.matching import TextRegion
from image360.nodes import StoredNode, list_nodes
from image360.state.ids import PROPOSAL_VIEW
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItems

API = "/api/v1/projects/local"
FUNCTIONS = "functions"
COLLECTION = "site"
STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
POSE = {
    f"{what}{axis}": 0.5 for what in ("translation", "eulerRotation", "scale") for axis in ("X", "Y", "Z")
}


@dataclass(frozen=True)
class Read:
    """A text as it was read: where its upper left corner is on a face."""

    text: str
    u: float
    v: float
    face: str = "left"
    confidence: float = 0.99
    width: float = 0.08

    @property
    def region(self) -> TextRegion:
        """The region as an engine would hand it over."""
        u = [self.u, self.u + self.width, self.u + self.width, self.u]
        v = [self.v, self.v, self.v + 0.02, self.v + 0.02]
        return TextRegion(self.text, face_uv_to_direction(self.face, u, v), self.confidence)


@dataclass
class Plant:
    """A collection of images and assets in spaces of their own."""

    server: LocalServer
    kind: str
    client: CogniteClient  # of the person who looks on
    functions: CogniteClient
    name: str = field(default_factory=lambda: f"p{uuid4().hex[:8]}")
    logs: list[dict[str, Any]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)  # keys of its config, where it needs others
    extra: int = 0

    def config(self, **changes: Any) -> dict[str, Any]:
        """The config of the plant, with other values for some keys."""
        images: dict[str, Any] = {"space": self.name, "collections": [COLLECTION]}
        base: dict[str, Any] = {
            "project_type": self.kind,
            "images": {"sites": [self.name]} if self.kind == "asset_centric" else images,
            "state": {"space": STATE_SPACE},
            "approval": {"levels": ["exact"]},
        }
        if self.kind == "asset_centric":
            base["classic_assets"] = {"subtree": [f"{self.name}-root"]}
        else:
            base["assets"] = {"spaces": [self.name]}
        if self.kind == "data_modeling":
            base["contextualization"] = {
                "object3d_space": f"{self.name}_objects",
                "space": f"{self.name}_edges",
            }
        return {key: each for key, each in {**base, **self.settings, **changes}.items() if each is not None}

    def configure(self, **changes: Any) -> None:
        """Store the config as a new revision."""
        text = yaml.safe_dump(self.config(**changes))
        self.client.extraction_pipelines.config.create(ExtractionPipelineConfigWrite(PIPELINE, text))

    def load(self, names: Iterable[str], images: Mapping[str, Sequence[Read]], **config: Any) -> None:
        """Load assets and images, each with what was read on it."""
        spaces = [f"{self.name}{part}" for part in ("", "_objects", "_edges")]
        self.client.data_modeling.spaces.apply([SpaceApply(each) for each in spaces])
        self.configure(**config)
        if self.is_classic():
            self.client.assets.create(AssetWrite(name="plant", external_id=f"{self.name}-root"))
        self.add_assets(*names)
        self._load_images(images)
        self.pass_time()
        self.read(images)

    def remove(self) -> None:
        """Delete the plant's spaces, of which a project has no more than a hundred, with what is in them."""
        spaces = [f"{self.name}{part}" for part in ("", "_objects", "_edges")]
        self.pass_time()
        instances = self.client.data_modeling.instances
        instances.delete(edges=[each.as_id() for each in instances.list("edge", space=spaces, limit=None)])
        instances.delete([each.as_id() for each in instances.list("node", space=spaces, limit=None)])
        self.client.data_modeling.spaces.delete(spaces)

    def add_assets(self, *names: str) -> None:
        """Load further assets; the external id of each is the name in lower case."""
        if self.is_classic():
            self.client.assets.create(
                [
                    AssetWrite(
                        name=each,
                        external_id=f"{self.name}-{each.lower()}",
                        parent_external_id=f"{self.name}-root",
                    )
                    for each in names
                ]
            )
        else:
            nodes = [CogniteAssetApply(self.name, each.lower(), name=each) for each in names]
            self.client.data_modeling.instances.apply(nodes)

    def read(self, images: Mapping[str, Sequence[Read]]) -> None:
        """Store what was read on images, as detection would."""
        stored = self.client.extraction_pipelines.config.retrieve(PIPELINE)
        config = parse_config(stored.config or "", PIPELINE)
        catalog = list_images(self.client, config)
        assert not catalog.incomplete
        work_items = WorkItems(self.client, STATE_SPACE, "reader")
        files = RegionFiles(self.client, STATE_SPACE)
        found = {item.image.external_id: item for item in work_items.of(catalog.images)}
        done = []
        for name, texts in images.items():
            (claimed,) = work_items.claim([found[self.image(name)]], "detecting")
            regions = [each.region for each in texts]
            file = files.save(claimed.image, "recorded", {}, regions)
            done.append(replace(claimed, state="detected", region_file=file))
        assert work_items.finish(done) == []

    def image(self, name: str) -> str:
        """The external id by which an image goes."""
        return f"{self.name}/{name}" if self.kind == "asset_centric" else name

    def strike(self, *faults: Mapping[str, Any]) -> None:
        """Let these faults strike, and no others."""
        if faults:
            self.server.admin("faults", {"items": list(faults)})
        else:
            httpx2.delete(f"{self.server.url}/_localcdf/faults", headers=self._admin()).raise_for_status()

    def struck(self) -> bool:
        """Whether the faults have struck."""
        answer = self.client.get(f"{self.server.url}/_localcdf/faults", headers=self._admin())
        return all(each["hits"] for each in answer.json()["items"])

    def pass_time(self) -> None:
        """Let a minute pass: uploads are noticed, and lists show what was written."""
        self.server.admin("clock", {"advance": 60})

    def match(self, **data: Any) -> dict[str, Any]:
        """Call the handler; its printed lines are kept in `logs`."""
        self.pass_time()
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                return match_handler.handle(
                    client=self.functions, data={"extraction_pipeline": PIPELINE, **data}
                )
        finally:
            self.logs += [json.loads(line) for line in printed.getvalue().splitlines()]

    def match_anew(self, **data: Any) -> dict[str, Any]:
        """Let every image be due again, by an asset that no image shows, and match."""
        self.extra += 1
        self.add_assets(f"99-ZZ-{self.extra:04}")
        return self.match(**data)

    def match_until_done(self) -> None:
        """Call as a schedule would, until a call ends well with nothing left."""
        for _ in range(6):
            try:
                summary = self.match_anew()
            except (CogniteAPIError, CogniteRequestError):
                continue
            if not (summary["unsettled"] or summary["remaining"]):
                return
        raise AssertionError("images are left")

    def writes(self, act: Callable[[], Any], *paths: str) -> list[dict[str, Any]]:
        """The writes of the functions while `act` runs, to paths with one of these in them."""
        url = f"{self.server.url}/_localcdf/writes"
        before = len(self.client.get(url, headers=self._admin()).json()["items"])
        act()
        items = self.client.get(url, headers=self._admin()).json()["items"][before:]
        return [
            each
            for each in items
            if each["caller"] == FUNCTIONS and any(path in each["path"] for path in paths)
        ]

    def edges(self) -> list[Edge]:
        """The edges on the plant's images, as the product reads them."""
        view = ViewId("cdf_cdm", "Cognite360Image", "v1")
        self.pass_time()
        images = self.client.data_modeling.instances.list("node", sources=view, space=self.name, limit=None)
        return list_edges(self.client, [(each.space, each.external_id) for each in images])

    def annotations(self) -> list[Annotation]:
        """Every annotation on the plant's face files."""
        self.pass_time()
        files = self.client.files.list(metadata={"site_id": self.name}, limit=None)
        listed = AnnotationFilter("file", [{"id": file.id} for file in files])
        return list(self.client.annotations.list(listed, limit=None))

    def proposals(self) -> list[StoredNode]:
        """The proposals of the plant."""
        self.pass_time()
        nodes = list_nodes(self.client, PROPOSAL_VIEW, [STATE_SPACE])
        space = STATE_SPACE if self.kind == "asset_centric" else self.name
        prefix = f"{self.name}/" if self.kind == "asset_centric" else ""
        return [
            node
            for node in nodes
            if (image := node.relation_id("image")) is not None
            and image.space == space
            and image.external_id.startswith(prefix)
        ]

    def _admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.token}"}

    def is_classic(self) -> bool:
        """Whether its assets are classic ones."""
        return "classic_assets" in self.config()

    def _load_images(self, images: Iterable[str]) -> None:
        relation = {"space": self.name, "externalId": COLLECTION}
        apply = self.client.data_modeling.instances.apply
        if self.kind == "data_modeling":
            self._load_file_nodes()
            apply([self._node("cdf_cdm", "Cognite360ImageCollection", COLLECTION, {"type": "Image360"})])
            faces = {face: {"space": self.name, "externalId": face} for face in FACES}
            of_image: dict[str, Any] = {**POSE, **faces, "collection360": relation}
            apply([self._node("cdf_cdm", "Cognite360Image", each, of_image) for each in images])
            return
        for each in images:
            self._load_face_files(each)
        if self.kind == "hybrid":
            schema = "cdf_360_image_schema"
            apply([self._node(schema, "Image360Collection", COLLECTION, {"label": "site"})])
            apply(
                [
                    self._node(
                        schema,
                        "Image360",
                        each,
                        {
                            **POSE,
                            "label": each,
                            "collection360": relation,
                            **{f"cubeMap{f.capitalize()}": f"{self.name}_{each}_{f}" for f in FACES},
                        },
                    )
                    for each in images
                ]
            )

    def _load_file_nodes(self) -> None:
        for face in FACES:
            file = CogniteFileApply(self.name, face, name=f"{face}.jpg", mime_type="image/jpeg")
            self.client.data_modeling.instances.apply(file)
            self.client.files.upload_content_bytes(b"pixels", instance_id=NodeId(self.name, face))

    def _load_face_files(self, image: str) -> None:
        for face in FACES:
            self.client.files.upload_bytes(
                b"pixels",
                name=f"{image}_{face}.jpg",
                external_id=f"{self.name}_{image}_{face}",
                mime_type="image/jpeg",
                metadata={"site_id": self.name, "station_id": image, "face": face},
            )

    def _node(self, space: str, view: str, external_id: str, properties: dict[str, Any]) -> NodeApply:
        return NodeApply(
            self.name, external_id, sources=[NodeOrEdgeData(ViewId(space, view, "v1"), properties)]
        )
