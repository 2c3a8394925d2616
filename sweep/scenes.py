"""Where cases begin: the stations in a project, with what people and other apps have said and linked."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationWrite, ExtractionPipelineConfigWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData

from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.projects import PROJECTS
from demo.projects.data_modeling import LINK_SPACE, OBJECT_SPACE
from demo.projects.loading import ASSET_SPACE, COLLECTION, IMAGE_SPACE
from image360.catalog import list_images
from image360.config import parse_config
from image360.geometry import direction_to_phi_theta, face_uv_to_direction
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import AssetKey, Key, Pair, named_asset
from stations.site import TEXTS, painted, site_in
from sweep.calls import Call, client_of, made
from sweep.content import Names, content_of
from sweep.forks import forked
from sweep.server import API, ONLOOKER, Server, serving

PROJECT_TYPES = tuple(PROJECTS)
Corners = np.ndarray[Any, np.dtype[np.float64]]
WORK = (Call("detect"), Call("match"))
ROUNDS: Mapping[str, Sequence[Call]] = {
    "first": WORK,
    "later": WORK,
    "undone": (Call("undo", {"run": "earlier"}), Call("match")),
    "released": (Call("release", {"run": "earlier"}), Call("match")),
}
"""What is called again and again, in this order, in each scene.

`first`: nothing has been done yet, but people and another app have been there. `later`: everything was done
once, and people have decided since. `undone`: one of two runs is to be taken back. `released`: one was, and
is let go on.
"""


@dataclass(frozen=True)
class Scene:
    """A store as it is when a case begins, and what is to be known of it."""

    name: str
    project_type: str
    store: Path
    names: Names
    theirs: Sequence[str]  # the ids of what the functions may not touch

    @property
    def rounds(self) -> Sequence[Call]:
        """What is called again and again."""
        return ROUNDS[self.name]

    @property
    def status(self) -> str:
        """The project's data modeling status."""
        return PROJECTS[self.project_type].status

    def write(self) -> None:
        """Keep what is known beside the store."""
        told = {"names": asdict(self.names), "theirs": self.theirs}
        self.store.with_suffix(".json").write_text(json.dumps(told), "utf-8")


def scene_in(folder: Path, project_type: str, name: str) -> Scene:
    """Return a scene that is kept in a folder; it is set there if it is not yet."""
    store = folder / f"{name}_{project_type}"
    if not store.with_suffix(".json").exists():
        _set(folder, project_type, name, store).write()
    told = json.loads(store.with_suffix(".json").read_text("utf-8"))
    return Scene(name, project_type, store, Names(**told["names"]), told["theirs"])


def _set(folder: Path, project_type: str, name: str, store: Path) -> Scene:
    status = PROJECTS[project_type].status
    bare = folder / f"bare_{project_type}"
    if not bare.exists():
        with serving(folder / "nothing", bare, status, keep=True) as server:
            people(server, lambda client: _load(client, project_type, folder))
            server.advance(60)
    with serving(bare, store, status, keep=True) as server:
        names = Names(**people(server, lambda client: _names(client, project_type)))
        act = Act(server, project_type)
        theirs = SETTINGS[name](act)
        server.advance(60)
    return Scene(name, project_type, store, names, theirs)


def people(server: Server, act: Callable[[CogniteClient], Any]) -> Any:
    """Let people do something through the SDK."""
    return forked(lambda: act(client_of(server.url, ONLOOKER))).answer()


def _load(client: CogniteClient, project_type: str, folder: Path) -> None:
    project, site = PROJECTS[project_type], site_in(folder / f"pictures_{project_type}")
    deploy(client, project.config("ocr"))
    project.upload_assets(client, site, lambda _count: None)
    project.upload_images(client, site, lambda _count: None)


def _names(client: CogniteClient, project_type: str) -> dict[str, Any]:
    if project_type == "data_modeling":
        return {"files": {}, "assets": {}}
    files = client.files.list(metadata={"site_id": COLLECTION}, limit=None)
    assets = PROJECTS[project_type].asset_ids(client)
    return {
        "files": {str(file.id): file.external_id for file in files},
        "assets": {str(number): name for number, name in assets.items()},
    }


@dataclass(frozen=True)
class Act:
    """What people and other apps do in a project of some type."""

    server: Server
    project_type: str

    def work(self, *calls: Call) -> None:
        """Let functions work, undisturbed."""
        for call in calls:
            self.server.advance(60)
            said = made(self.server, call)
            assert said.is_done, said
        self.server.advance(60)

    def configure(self, **changes: Any) -> None:
        """Write the config, as a new revision."""
        config = {**PROJECTS[self.project_type].config("ocr"), "state": {"space": STATE_SPACE}, **changes}
        write = ExtractionPipelineConfigWrite(PIPELINE, yaml.safe_dump(config))
        people(self.server, lambda client: _void(client.extraction_pipelines.config.create(write)))

    def decide(self, image: str, asset: str, verdict: str, **further: Any) -> None:
        """Write a decision, as the review app does; `instead` names an asset, `at` gives corners."""
        people(self.server, lambda client: self._decide(client, image, asset, verdict, **further))
        self.server.advance(60)

    def link(self, image: str, asset: str, face: str, corners: Corners) -> None:
        """Link an asset, as another app does."""
        people(self.server, lambda client: self._link(client, image, asset, face, corners))
        self.server.advance(60)

    def links(self) -> list[str]:
        """The ids of all links there are now."""
        names = Names(**people(self.server, lambda client: _names(client, self.project_type)))
        found = content_of(self.server, self.project_type, names, Everything()).others
        return [name for name in found if name.startswith("link")]

    def _decide(
        self,
        client: CogniteClient,
        image: str,
        asset: str,
        verdict: str,
        instead: str | None = None,
        at: Corners | None = None,
    ) -> None:
        pair = Pair(self._image(client, image), self._asset(client, asset))
        named = self._asset(client, instead) if instead else None
        properties = {
            **pair.properties,
            "verdict": verdict,
            **named_asset("instead", "classicInstead", named),
            "polygon": at.ravel().tolist() if at is not None else None,
            "text": asset,
            "decidedBy": "anna@plant",
            "decidedAt": "2026-01-01T00:00:00.000+00:00",
        }
        source = NodeOrEdgeData(DECISION_VIEW, properties)
        client.data_modeling.instances.apply(NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[source]))

    def _image(self, client: CogniteClient, name: str) -> Key:
        stored = client.extraction_pipelines.config.retrieve(PIPELINE)
        images = list_images(client, parse_config(stored.config or "", PIPELINE)).images
        return next(each.key for each in images if each.external_id.rpartition("/")[2] == name)

    def _asset(self, client: CogniteClient, name: str) -> AssetKey:
        if self.project_type != "asset_centric":
            return (ASSET_SPACE, name)
        asset = client.assets.retrieve(external_id=name)
        assert asset is not None
        assert asset.id is not None
        return asset.id

    def _link(self, client: CogniteClient, image: str, asset: str, face: str, corners: Corners) -> None:
        key = self._asset(client, asset)
        if self.project_type == "data_modeling":
            _contextualize(client, image, asset, directions(face, corners))
            return
        node = {"instanceType": "node", "space": ASSET_SPACE, "externalId": asset}
        kind, reference = ("images.AssetLink", {"assetRef": {"id": key}})
        if isinstance(key, tuple):
            view = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
            kind, reference = ("images.InstanceLink", {"instanceRef": {**node, "sources": [view]}})
        left, top = corners.min(axis=0)
        right, bottom = corners.max(axis=0)
        data = {
            "text": "seen by others",
            "textRegion": {"xMin": left, "xMax": right, "yMin": top, "yMax": bottom},
            "objectRegion": {"polygon": {"vertices": [{"x": u, "y": v} for u, v in corners.tolist()]}},
            **reference,
        }
        file = client.files.retrieve(external_id=f"{image}_{face}")
        assert file is not None
        client.annotations.create(
            AnnotationWrite(kind, data, "approved", "another-app", "1.0.0", "ben@plant", "file", file.id)
        )


class Everything:
    """Holds whatever it is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def _void(_: object) -> None:
    """Answer nothing."""


def _contextualize(client: CogniteClient, image: str, asset: str, polygon: Corners) -> None:
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
    body = {"items": [item], "dmsContextualizationConfig": config}
    client.post(f"{API}/3d/contextualization/image360", json=body, headers={"cdf-version": "beta"})


def corners_of(image: str, face: str, text: str) -> Corners:
    """Return where a text stands on a face: its corners, 0 to 1."""
    left, top, right, bottom = painted(TEXTS[image][face])[1][text]
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def directions(face: str, corners: Corners) -> Corners:
    """Return corners on a face as unit vectors."""
    u, v = corners.T
    return face_uv_to_direction(face, u, v)


BLANK = np.array([(0.1, 0.1), (0.2, 0.1), (0.2, 0.15), (0.1, 0.15)])  # where no station has a text


def _first(act: Act) -> list[str]:
    """A decision of each kind, and links of another app: where the functions would write, and elsewhere."""
    act.link("station2", "asset-1042", "top", corners_of("station2", "top", "21-PT-1042"))
    act.link("station1", "valve-b", "back", BLANK)
    act.decide("station1", "vessel", "reject")
    act.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    act.decide("station2", "vessel", "change", instead="valve-a")
    return act.links()


def _later(act: Act) -> list[str]:
    """What was linked at first is rejected since, or is another asset; one more is approved."""
    act.link("station1", "valve-b", "back", BLANK)
    theirs = act.links()
    act.work(Call("detect", {"run": "earlier"}), Call("match", {"run": "earlier"}))
    act.decide("station1", "vessel", "reject")
    act.decide("station2", "asset-1019", "change", instead="asset-1020")
    act.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    return theirs


def _undone(act: Act) -> list[str]:
    """Two runs: the later one has approved by a decision what the earlier one had not."""
    act.link("station1", "valve-b", "back", BLANK)
    theirs = act.links()
    act.work(Call("detect", {"run": "earlier"}), Call("match", {"run": "earlier"}))
    act.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    act.work(Call("match", {"run": "second"}))
    return theirs


def _released(act: Act) -> list[str]:
    theirs = _undone(act)
    act.work(Call("undo", {"run": "earlier"}), Call("match"))
    return theirs


SETTINGS: Mapping[str, Callable[[Act], list[str]]] = {
    "first": _first,
    "later": _later,
    "undone": _undone,
    "released": _released,
}
