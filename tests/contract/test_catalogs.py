"""Which 360° images exist, in each kind of project: what is complete is listed, what is not is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply

from image360.catalog import list_images
from image360.catalog.image import Catalog
from image360.catalog.selection import EVERYTHING, Selection
from image360.config import CONFIGS, AnyConfig
from image360.errors import SetupError
from image360.geometry import FACES

POSE = {f"{what}{axis}": 0.5 for what in ("translation", "eulerRotation", "scale") for axis in "XYZ"}


@dataclass(frozen=True)
class Site:
    """One space or site, which is also the name of its only collection."""

    client: CogniteClient
    kind: str
    name: str

    def catalog(self, only: Selection = EVERYTHING) -> Catalog:
        """List the images, or those that `only` names."""
        return list_images(self.client, self.config(), only)

    def config(self, **images: Any) -> AnyConfig:
        """The config, with other values for some keys of `images`."""
        named: dict[str, Any] = {"space": self.name, "collections": [self.name]}
        if self.kind == "asset_centric":
            named = {"sites": [self.name]}
        content: dict[str, Any] = {"project_type": self.kind, "images": {**named, **images}}
        if self.kind == "asset_centric":
            content["classic_assets"] = {}
        else:
            content["assets"] = {"spaces": [self.name]}
        if self.kind == "data_modeling":
            content["contextualization"] = {"object3d_space": "sp_objects", "space": "sp_links"}
        return CONFIGS[self.kind].model_validate(content)

    def listed(self, only: Selection = EVERYTHING) -> tuple[list[str], dict[str, str]]:
        """The names of the complete images, and the reasons of the others, in short names."""
        catalog = self.catalog(only)
        short = {each.external_id: each.external_id.removeprefix(f"{self.name}/") for each in catalog.images}
        reasons = {
            each.external_id.removeprefix(f"{self.name}/"): each.reason.replace(f"{self.name}_", "")
            for each in catalog.incomplete
        }
        return [short[each.external_id] for each in catalog.images], reasons

    def add(self, image: str, faces: Mapping[str, str | None], **further: Any) -> None:
        """Upload an image: the file of each face; one named `empty...` gets no content."""
        files = {face: None if file is None else f"{self.name}_{file}" for face, file in faces.items()}
        for face, file in files.items():
            if file is not None:
                self._upload(image, face, file, further)
        if self.kind == "asset_centric":
            return
        core = self.kind == "data_modeling"
        named = {face: file for face, file in files.items() if file is not None}
        relations = {
            face if core else f"cubeMap{face.capitalize()}": self._relation(file) if core else file
            for face, file in named.items()
        }
        view = ("cdf_cdm", "Cognite360Image") if core else ("cdf_360_image_schema", "Image360")
        self._apply(view, image, {**POSE, **relations, "collection360": self._relation(self.name), **further})

    def add_collection(self) -> None:
        """Make the space, and the collection where there is such a node."""
        self.client.data_modeling.spaces.apply(SpaceApply(self.name))
        if self.kind == "data_modeling":
            self._apply(
                ("cdf_cdm", "Cognite360ImageCollection"), self.name, {"name": "c", "type": "Image360"}
            )
        if self.kind == "hybrid":
            self._apply(("cdf_360_image_schema", "Image360Collection"), self.name, {"label": "c"})

    def replace(self, file: str, content: bytes) -> None:
        """Upload other content into a file that is there."""
        name = f"{self.name}_{file}"
        if self.kind == "data_modeling":
            self.client.files.upload_content_bytes(content, instance_id=NodeId(self.name, name))
        else:
            self.client.files.upload_content_bytes(content, external_id=name)

    def _upload(self, image: str, face: str, file: str, metadata: Mapping[str, str]) -> None:
        content = None if "_empty" in file else b"jpeg"
        if self.kind == "data_modeling":
            self.client.data_modeling.instances.apply(CogniteFileApply(self.name, file, name=f"{file}.jpg"))
            if content is not None:
                self.client.files.upload_content_bytes(content, instance_id=NodeId(self.name, file))
            return
        body: dict[str, Any] = {"externalId": file, "name": f"{file}.jpg"}
        if self.kind == "asset_centric":
            body["metadata"] = {"site_id": self.name, "station_id": image, "face": face, **metadata}
            body["metadata"] = {key: each for key, each in body["metadata"].items() if each}
        self.client.post(
            f"/api/v1/projects/{self.client.config.project}/files", json=body, params={"overwrite": "true"}
        )
        if content is not None:
            self.client.files.upload_content_bytes(content, external_id=file)

    def _relation(self, external_id: str) -> dict[str, str]:
        return {"space": self.name, "externalId": external_id}

    def _apply(self, view: tuple[str, str], external_id: str, properties: dict[str, Any]) -> None:
        data = NodeOrEdgeData(ViewId(*view, "v1"), properties)
        self.client.data_modeling.instances.apply(NodeApply(self.name, external_id, sources=[data]))


def faces_of(image: str, **other: str | None) -> dict[str, str | None]:
    """Six faces, each with a file of its own, but for what is named."""
    return {face: f"{image}_{face}" for face in FACES} | other


@pytest.fixture
def site(request: pytest.FixtureRequest, client: CogniteClient) -> Site:
    """A site of the kind that the test asks for, with its collection."""
    made = Site(client, request.param, f"c{uuid4().hex[:8]}")
    made.add_collection()
    return made


every = pytest.mark.parametrize("site", CONFIGS, indirect=True)
with_nodes = pytest.mark.parametrize("site", ["data_modeling", "hybrid"], indirect=True)
classic = pytest.mark.parametrize("site", ["asset_centric"], indirect=True)
core = pytest.mark.parametrize("site", ["data_modeling"], indirect=True)


@every
def test_an_image_with_six_files_is_listed_with_its_faces_and_collection(site: Site) -> None:
    site.add("b", faces_of("b"))
    site.add("a", faces_of("a"))
    first, second = site.catalog().images
    assert (first.external_id.rpartition("/")[2], second.external_id.rpartition("/")[2]) == ("a", "b")
    assert set(first.faces) == set(FACES)
    assert first.collection == site.name
    kind = NodeId if site.kind == "data_modeling" else int
    assert all(isinstance(file.id, kind) and file.uploaded_time > 0 for file in first.faces.values())


@every
def test_an_incomplete_image_is_named_with_every_reason_and_stops_no_other(site: Site) -> None:
    site.add("whole", faces_of("whole"))
    site.add("five", faces_of("five", top=None))
    site.add("late", faces_of("late", left="empty_left"))
    missing = "no file" if site.kind == "asset_centric" else "the image names no file"
    assert site.listed() == (
        ["whole"],
        {"five": f"face top: {missing}", "late": "face left: file 'empty_left' has no content yet"},
    )


@every
def test_a_face_that_is_replaced_is_a_new_content_version_and_the_same_content_is_none(site: Site) -> None:
    site.add("a", faces_of("a"))
    site.add("b", faces_of("b"))
    before = [each.content_version for each in site.catalog().images]
    assert [each.content_version for each in site.catalog().images] == before
    site.replace("a_back", b"another jpeg")
    after = [each.content_version for each in site.catalog().images]
    assert after[0] != before[0]
    assert after[1] == before[1]


@every
def test_only_the_named_images_are_listed(site: Site) -> None:
    for name in ("a", "b", "c"):
        site.add(name, faces_of(name))
    site.add("five", faces_of("five", top=None))
    prefix = f"{site.name}/" if site.kind == "asset_centric" else ""
    assert site.listed(Selection(frozenset({f"{prefix}b", "nothing"}))) == (["b"], {})


@with_nodes
def test_one_file_for_two_faces_is_told(site: Site) -> None:
    site.add("a", faces_of("a", back="a_front"))
    assert site.listed() == ([], {"a": "faces front and back are one file"})


@with_nodes
def test_a_file_that_is_not_in_cdf_is_told(site: Site) -> None:
    site.add("a", faces_of("a"))
    if site.kind == "data_modeling":
        site.client.data_modeling.instances.delete(NodeId(site.name, f"{site.name}_a_top"))
    else:
        site.client.files.delete(external_id=f"{site.name}_a_top")
    assert site.listed() == ([], {"a": "face top: file 'a_top' is not in CDF"})


@with_nodes
def test_a_collection_that_is_not_there_is_named(site: Site) -> None:
    with pytest.raises(SetupError, match=r"collection 'lost' is not in space .* images\.collections"):
        list_images(site.client, site.config(collections=["lost"]))


@with_nodes
def test_a_node_that_is_no_collection_is_named(site: Site) -> None:
    of = "Cognite3DRevision" if site.kind == "data_modeling" else "CogniteAsset"
    data = NodeOrEdgeData(
        ViewId("cdf_cdm", of, "v1"), {"type": "PointCloud"} if "3D" in of else {"name": "x"}
    )
    site.client.data_modeling.instances.apply(NodeApply(site.name, "other", sources=[data]))
    with pytest.raises(SetupError, match=r"'other' in space .* is no \w*Collection"):
        list_images(site.client, site.config(collections=["other"]))


@core
def test_an_image_without_a_pose_is_listed(site: Site) -> None:
    site.add("a", faces_of("a"), eulerRotationX=None, scaleX=None)
    assert site.listed() == (["a"], {})


@classic
def test_two_files_for_one_face_are_named(site: Site) -> None:
    site.add("a", faces_of("a"))
    site.add("a", {"left": "again_left"})
    assert site.listed() == ([], {"a": "face left: 2 files ('a_left', 'again_left'), one is expected"})


@classic
def test_each_time_at_a_station_is_an_image_of_its_own(site: Site) -> None:
    site.add("a", faces_of("first"), timestamp="1700000000000")
    site.add("a", faces_of("second", top=None), timestamp="1800000000000")
    site.add("b", faces_of("b"))
    assert site.listed() == (["a/1700000000000", "b"], {"a/1800000000000": "face top: no file"})


@classic
def test_a_file_that_lacks_its_metadata_is_named(site: Site) -> None:
    site.add("a", faces_of("a"))
    site.add("a", {"": "no_face"})
    site.add("", {"left": "no_station"})
    site.add("b", faces_of("b") | {"roof": "b_roof"})
    names, reasons = site.listed()
    assert names == []
    assert reasons == {
        "a": "file 'no_face' has no metadata key face",
        site.name: "face left: file 'no_station' has no metadata key station_id",
        "b": f"'roof' is no face: expected {', '.join(FACES)}",
    }


@classic
def test_upper_case_site_ids_are_told_since_the_viewer_shows_none_of_their_images(site: Site) -> None:
    upper = Site(site.client, site.kind, site.name.upper())
    upper.add("a", faces_of("a"))
    names, reasons = upper.listed()
    assert names == []
    assert "has upper-case letters, and Cognite's viewer shows none of its images" in reasons["a"]


@classic
def test_a_site_without_face_files_is_named(site: Site) -> None:
    with pytest.raises(SetupError, match=f"no file has the metadata site_id '{site.name}'"):
        site.catalog()


@classic
def test_events_make_no_difference(site: Site) -> None:
    site.add("a", faces_of("a"))
    before = site.catalog()
    site.client.post(
        f"/api/v1/projects/{site.client.config.project}/events",
        json={"items": [{"metadata": {"site_id": site.name, "station_id": "a", "translation": "1,2,3"}}]},
    )
    assert site.catalog() == before
