"""What people and other apps do in a project beside the functions."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import yaml
from cognite.client import CogniteClient

from demo.deploy import PIPELINE, STATE_SPACE
from demo.projects import PROJECTS
from demo.projects.data_modeling import LINK_SPACE, OBJECT_SPACE
from demo.projects.loading import ASSET_SPACE, COLLECTION, IMAGE_SPACE
from image360.catalog import list_images
from image360.config import parse_config
from image360.geometry import direction_to_phi_theta, face_uv_to_direction
from image360.matching import TextRegion
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import AssetKey, Key, Pair, named_asset
from image360.state.region_files import RegionFiles
from image360.state.work_items import WorkItems
from stations.site import TEXTS, painted
from sweep.calls import Call, client_of, made
from sweep.content import LinkRead, Names, links_in
from sweep.forks import forked
from sweep.server import ONLOOKER, Json, Server

Corners = np.ndarray[Any, np.dtype[np.float64]]
BLANK = np.array([(0.1, 0.1), (0.2, 0.1), (0.2, 0.15), (0.1, 0.15)])  # where no station has a text
ASSET_VIEW = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
EDGE_VIEW = {"type": "view", "space": "cdf_cdm", "externalId": "Cognite360ImageAnnotation", "version": "v1"}


def by_sdk(server: Server, act: Callable[[CogniteClient], Any]) -> Any:
    """Do something through the SDK, in a process of its own; return its answer, a JSON value."""
    return forked(lambda: act(client_of(server.url, ONLOOKER))).answer()


@dataclass(frozen=True)
class People:
    """Whoever works in a project of some type, beside the functions."""

    server: Server
    project_type: str
    names: Names

    def call(self, *calls: Call) -> None:
        """Let the functions work, undisturbed."""
        for each in calls:
            self.server.advance(60)
            said = made(self.server, each)
            assert said.is_done, said
        self.server.advance(60)

    def configure(self, **changes: Any) -> None:
        """Write the config, as a new revision."""
        config = {**PROJECTS[self.project_type].config("ocr"), "state": {"space": STATE_SPACE}, **changes}
        self.write_config(yaml.safe_dump(config))

    def write_config(self, text: str) -> None:
        """Write a text as the config."""
        self.server.post("/extpipes/config", {"externalId": PIPELINE, "config": text})
        self.server.advance(60)

    def decide(
        self,
        image: str,
        asset: str,
        verdict: str,
        instead: str | None = None,
        at: Corners | None = None,
        note: str | None = None,
    ) -> None:
        """Write a decision, as the review app does; `at` are unit vectors."""
        pair = Pair(self._image(image), self._asset(asset))
        properties = {
            **pair.properties,
            "verdict": verdict,
            **named_asset("instead", "classicInstead", self._asset(instead) if instead else None),
            "polygon": at.ravel().tolist() if at is not None else None,
            "text": asset,
            "decidedBy": "anna@plant",
            "decidedAt": "2026-01-01T00:00:00.000+00:00",
            "note": note,
        }
        node = {"instanceType": "node", "space": DECISIONS_SPACE, "externalId": pair.decision_id}
        source = {"source": DECISION_VIEW.dump(), "properties": properties}
        body = {"items": [{**node, "sources": [source]}], "autoCreateDirectRelations": True}
        self.server.post("/models/instances", body)
        self.server.advance(60)

    def link(self, image: str, asset: str, face: str, corners: Corners) -> None:
        """Link an asset at a place on a face, as another app does."""
        if self.project_type == "data_modeling":
            body = _contextualization(image, asset, directions(face, corners))
            self.server.post("/3d/contextualization/image360", body, **{"cdf-version": "beta"})
        else:
            self.server.post("/annotations", {"items": [self._annotation(image, asset, face, corners)]})
        self.server.advance(60)

    def edit(self, link: LinkRead) -> None:
        """Change something about a link that is not its place."""
        said = json.loads(link.raw)
        if self.project_type == "data_modeling":
            kept = {name: said[name] for name in ("instanceType", "space", "externalId", "type")}
            ends = {name: said[name] for name in ("startNode", "endNode")}
            source = {"source": EDGE_VIEW, "properties": {"description": "seen by anna"}}
            self.server.post("/models/instances", {"items": [{**kept, **ends, "sources": [source]}]})
        else:
            data = {**said["data"], "text": f"{said['data']['text']} (anna)"}
            update = {"id": said["id"], "update": {"data": {"set": data}}}
            self.server.post("/annotations/update", {"items": [update]})
        self.server.advance(60)

    def delete(self, link: LinkRead) -> None:
        """Delete a link."""
        said = json.loads(link.raw)
        if self.project_type == "data_modeling":
            named = {name: said[name] for name in ("instanceType", "space", "externalId")}
            self.server.post("/models/instances/delete", {"items": [named]})
        else:
            self.server.post("/annotations/delete", {"items": [{"id": said["id"]}]})
        self.server.advance(60)

    def rename(self, asset: str, name: str) -> None:
        """Give an asset another name."""
        key = self._asset(asset)
        if isinstance(key, tuple):
            node = {"instanceType": "node", "space": key[0], "externalId": key[1]}
            source = {"source": ASSET_VIEW, "properties": {"name": name}}
            self.server.post("/models/instances", {"items": [{**node, "sources": [source]}]})
        else:
            update = {"id": key, "update": {"name": {"set": name}}}
            self.server.post("/assets/update", {"items": [update]})
        self.server.advance(60)

    def links(self) -> list[LinkRead]:
        """All links there are now, whoever made them."""
        return links_in(self.server, self.project_type, self.names)

    def read(self, number: int, texts: Mapping[str, Sequence[TextRegion]]) -> None:
        """Let the text of images be read anew, by an engine with settings of this number."""
        by_sdk(self.server, lambda client: _read(client, number, texts))
        self.server.advance(60)

    def _image(self, name: str) -> Key:
        is_classic = self.project_type == "asset_centric"
        return (STATE_SPACE, f"{COLLECTION}/{name}") if is_classic else (IMAGE_SPACE, name)

    def _asset(self, name: str) -> AssetKey:
        if self.project_type != "asset_centric":
            return (ASSET_SPACE, name)
        return next(int(number) for number, each in self.names.assets.items() if each == name)

    def _annotation(self, image: str, asset: str, face: str, corners: Corners) -> Json:
        key = self._asset(asset)
        if isinstance(key, tuple):
            node = {"instanceType": "node", "space": key[0], "externalId": key[1]}
            kind, reference = "images.InstanceLink", {"instanceRef": {**node, "sources": [ASSET_VIEW]}}
        else:
            kind, reference = "images.AssetLink", {"assetRef": {"id": key}}
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        file = next(number for number, name in self.names.files.items() if name == f"{image}_{face}")
        return {
            "annotatedResourceType": "file",
            "annotatedResourceId": int(file),
            "annotationType": kind,
            "status": "approved",
            "creatingApp": "another-app",
            "creatingAppVersion": "1.0.0",
            "creatingUser": "ben@plant",
            "data": {
                "text": "seen by others",
                "textRegion": {"xMin": left, "xMax": right, "yMin": top, "yMax": bottom},
                "objectRegion": {"polygon": {"vertices": [{"x": u, "y": v} for u, v in corners.tolist()]}},
                **reference,
            },
        }


def names_in(client: CogniteClient, project_type: str) -> dict[str, Any]:
    """Read what the ids that CDF has made stand for, as the fields of `Names`."""
    if project_type == "data_modeling":
        return {"files": {}, "assets": {}}
    files = client.files.list(metadata={"site_id": COLLECTION}, limit=None)
    assets = PROJECTS[project_type].asset_ids(client)
    return {
        "files": {str(file.id): file.external_id for file in files},
        "assets": {str(number): name for number, name in assets.items()},
    }


def corners_of(image: str, face: str, text: str) -> Corners:
    """Return where a text stands on a face: its corners, 0 to 1."""
    left, top, right, bottom = painted(TEXTS[image][face])[1][text]
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def directions(face: str, corners: Corners) -> Corners:
    """Return corners on a face as unit vectors."""
    u, v = corners.T
    return face_uv_to_direction(face, u, v)


def _contextualization(image: str, asset: str, polygon: Corners) -> Json:
    phi, theta = direction_to_phi_theta(polygon)
    angles = [float(angle) for corner in zip(phi, theta, strict=True) for angle in corner]
    item = {
        "asset": {"instanceId": {"space": ASSET_SPACE, "externalId": asset}},
        "image360": {"instanceId": {"space": IMAGE_SPACE, "externalId": image}},
        "polygon": {"version": "2.0.0", "data": [len(phi), *angles]},
    }
    config = {
        "object3DSpace": OBJECT_SPACE,
        "contextualizationSpace": LINK_SPACE,
        "revision": {"instanceId": {"space": IMAGE_SPACE, "externalId": COLLECTION}},
    }
    return {"items": [item], "dmsContextualizationConfig": config}


def _read(client: CogniteClient, number: int, texts: Mapping[str, Sequence[TextRegion]]) -> None:
    stored = client.extraction_pipelines.config.retrieve(PIPELINE)
    images = list_images(client, parse_config(stored.config or "", PIPELINE)).images
    work_items, files = WorkItems(client, STATE_SPACE, "reader"), RegionFiles(client, STATE_SPACE)
    claimed = work_items.claim(work_items.of(images), "detecting")
    done = []
    for item in claimed:
        found = texts[item.image.external_id.rpartition("/")[2]]
        file = files.save(item.image, "recorded", {"number": number}, found)
        done.append(replace(item, state="detected", region_file=file))
    assert not work_items.finish(done)
