"""What the functions approve is seen in Cognite's viewer: over its text, on its image, with its asset.

Texts are put by hand on faces of images that are moved and turned, also over seams and a corner of the cube.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from plants import Plant

from demo.deploy import STATE_SPACE, deploy
from demo.localserver import AT_ONCE, local_cdf
from demo.projects import PROJECTS
from demo.projects.loading import ASSET_SPACE, COLLECTION, IMAGE_SPACE
from demo.site import Site, SiteAsset, SiteImage
from demo.unseen import look
from demo.viewer import VERSIONS, Version
from demo.viewer.classic import ClassicSite
from demo.viewer.core import CoreCollection
from demo.viewer.drawn import Drawn, ImageSet, Seen
from demo.viewer.face_annotations import on_face
from demo.viewer.hybrid import HybridCollection
from demo.viewer.look import look_at
from demo.viewer.service import Service
from image360.geometry import FACES
from image360.matching import TextRegion
from report.tangent import TangentPlane

VECTORS = Path(__file__).parents[3] / "shared" / "facts" / "image360-vectors.json"
Corners = tuple[tuple[float, float], ...]


def box(left: float, right: float, top: float, bottom: float) -> Corners:
    """Corners on the plane of a face; beyond 0 to 1 they are on the faces beside it."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


SMALL, WIDE = box(0.45, 0.56, 0.47, 0.52), box(0.2, 0.6, 0.3, 0.38)
SLANTED = ((0.01, 0.9), (0.2, 0.88), (0.21, 0.95), (0.02, 0.98))


@dataclass(frozen=True)
class Text:
    """A tag on an image, and on how many faces it is."""

    tag: str
    face: str
    corners: Corners
    faces: int = 1

    @property
    def region(self) -> TextRegion:
        """What an engine would hand over."""
        return TextRegion(self.tag, on_face(self.face, np.array(self.corners)), 0.99)


TEXTS = {
    "st01": (
        Text("21-PT-1001", "front", SMALL),
        Text("21-PT-1002", "left", SLANTED),
        Text("21-PT-1003", "bottom", WIDE),
        Text("21-PT-1004", "right", box(0.9, 1.15, 0.4, 0.43), 2),
        Text("21-PT-1005", "top", box(0.4, 0.6, 0.975, 1.025), 2),
        Text("21-PT-1006", "front", box(0.9, 1.1, -0.04, 0.03), 3),
    ),
    "st02": (
        Text("21-PT-1001", "back", SLANTED),
        Text("21-PT-1003", "top", WIDE),
        Text("21-PT-1002", "back", box(0.9, 1.05, 0.3, 0.33), 2),
    ),
    "st03": (Text("21-PT-1006", "right", SMALL), Text("21-PT-1004", "front", box(-0.1, 0.1, 0.3, 0.34), 2)),
}
# Two of the poses with which the viewer was measured; st02 and st03 are of one station, one after the other.
POSES = {
    "st01": ("south", (1.5, -2.25, 3.0), (0.3, -0.7, 1.9)),
    "st02": ("north", (-20.0, 4.5, 1.75), (-2.8, 1.1, 0.4)),
    "st03": ("north", (-20.0, 4.5, 1.75), (-2.8, 1.1, 0.4)),
}
ACCURACY = 1e-6  # radians: CDF may keep angles as 32-bit numbers
ASSETS = tuple(SiteAsset(f"21-PT-10{number:02}", f"asset-10{number:02}") for number in range(12))
EXPECTED = {(image, "asset" + each.tag[5:]): each for image, texts in TEXTS.items() for each in texts}


@dataclass(frozen=True)
class World:
    """A project with the images in it, after the functions have run."""

    kind: str
    plant: Plant
    colours: dict[tuple[str, str], tuple[int, int, int]]

    def images(self, version: Version) -> ImageSet:
        """The images, added to the viewer."""
        service, collection = Service(self.plant.client), (IMAGE_SPACE, COLLECTION)
        match self.kind:
            case "data_modeling":
                return CoreCollection(service, version, collection)
            case "hybrid":
                return HybridCollection(service, version, collection)
            case _:
                return ClassicSite(service, version, COLLECTION)

    def seen(self, version: Version) -> Seen:
        """What is seen when every image is entered."""
        return look_at(self.images(version), COLLECTION)

    def drawn(self, version: Version) -> dict[tuple[str, str], list[Drawn]]:
        """What is drawn, by image and external id of the asset."""
        names = PROJECTS[self.kind].asset_ids(self.plant.client)
        found: dict[tuple[str, str], list[Drawn]] = {}
        for each in self.seen(version).drawn:
            found.setdefault((each.image, external_id(each.asset, names)), []).append(each)
        return found


def external_id(asset: Any, names: Any) -> str:
    """The name of an asset in the site."""
    return asset[1] if isinstance(asset, tuple) else names[asset]


@pytest.fixture(scope="module", params=list(PROJECTS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The images in a project of each type, read by hand and matched by the product."""
    kind, folder = request.param, tmp_path_factory.mktemp("world")
    project, colours = PROJECTS[kind], {}
    site = Site("site", tuple(images_in(folder, colours)), ASSETS, None)
    with local_cdf(folder / "cdf", project_status=project.status) as server:
        server.read_as(**AT_ONCE)
        client, config = server.client("onlooker"), project.config("ocr")
        deploy(client, config)
        project.upload_assets(client, site, lambda _count: None)
        project.upload_images(client, site, lambda _count: None)
        settings = {**config, "state": {"space": STATE_SPACE}}
        plant = Plant(server, kind, client, server.client("functions"), COLLECTION, settings=settings)
        plant.pass_time()
        plant.read(TEXTS)
        plant.match()
        plant.pass_time()
        yield World(kind, plant, colours)


def images_in(folder: Path, colours: dict[tuple[str, str], tuple[int, int, int]]) -> Iterator[SiteImage]:
    """Draw faces, each of a colour of its own."""
    for name, (station, translation, euler) in POSES.items():
        (folder / name).mkdir()
        faces = {face: folder / name / f"{face}.png" for face in FACES}
        for face, path in faces.items():
            colours[name, face] = (10 * len(colours), 255 - 10 * len(colours), 7)
            Image.new("RGB", (16, 16), colours[name, face]).save(path)
        yield SiteImage(name, faces, None, station, name, None, translation, euler)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_approval_is_drawn_over_its_text_on_its_image_and_faces(world: World, version: Version) -> None:
    drawn = world.drawn(version)
    assert drawn.keys() == EXPECTED.keys()
    for key, shown in drawn.items():
        wanted = EXPECTED[key]
        plane = TangentPlane.at(wanted.region.polygon)
        text, polygons = plane.shape([wanted.region.polygon]), plane.shape(each.polygon for each in shown)
        assert polygons.symmetric_difference(text).area < ACCURACY * text.length, key
        parts = [each.face for each in shown]
        assert len(parts) == (1 if world.kind == "data_modeling" else wanted.faces), key
        for each in shown:
            assert each.face is None or is_on(each.face, each.polygon), key


def is_on(face: str, polygon: Any) -> bool:
    """Whether directions go through a face: none of them is more than 45 degrees off it, by either axis."""
    depth = polygon @ on_face(face, np.array([(0.5, 0.5)]))[0]
    return bool((np.abs(polygon).max(axis=1) <= depth + 1e-9).all())


@pytest.mark.parametrize("version", VERSIONS)
def test_an_asset_leads_to_its_images(world: World, version: Version) -> None:
    names = PROJECTS[world.kind].asset_ids(world.plant.client)
    found = {external_id(asset, names): images for asset, images in world.seen(version).images_of.items()}
    assert found == {asset: {image for image, other in EXPECTED if other == asset} for _, asset in EXPECTED}
    classic = {name: number for number, name in names.items()}
    unlinked: Any = classic.get("asset-1011", (ASSET_SPACE, "asset-1011"))
    assert world.images(version).images_of(unlinked) == frozenset()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_stands_and_is_turned_as_it_was_taken(world: World, version: Version) -> None:
    images = world.images(version).images
    assert images.keys() == POSES.keys()
    for name, image in images.items():
        _, translation, euler = POSES[name]
        np.testing.assert_allclose(image.pose.translation, translation, atol=1e-9)
        np.testing.assert_allclose(image.pose.rotation, turned(*euler), atol=1e-9)


def turned(x: float, y: float, z: float) -> Any:
    """What turns an image around Y, then Z, then X, written out."""
    around_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    around_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    around_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    return np.array(around_x) @ np.array(around_z) @ np.array(around_y)


@pytest.mark.skipif(not VECTORS.exists(), reason="the measured vectors are not beside the repository")
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_drawn_points_into_the_world_where_the_viewer_was_measured_to_show_it(
    world: World, version: Version
) -> None:
    images, drawn, held = world.images(version).images, world.drawn(version), 0
    for measured in json.loads(VECTORS.read_text())["polygons"]:
        place = (measured["face"], tuple(map(tuple, measured["uv"])), tuple(measured["euler"]))
        for (image, asset), text in EXPECTED.items():
            if (text.face, text.corners, POSES[image][2]) == place:
                (shown,) = drawn[image, asset]
                world_directions = images[image].pose.world(shown.polygon)
                np.testing.assert_allclose(
                    world_directions, measured["reveal_world_direction_cdf"], atol=ACCURACY
                )
                held += 1
    assert held == 5


@pytest.mark.parametrize("version", VERSIONS)
def test_each_face_has_the_picture_of_its_image(world: World, version: Version, tmp_path: Path) -> None:
    images = world.images(version)
    for name, image in images.images.items():
        links = images.download_links(image)
        for face, link in links.items():
            (tmp_path / "face.png").write_bytes(world.plant.client.get(link).content)
            assert Image.open(tmp_path / "face.png").getpixel((8, 8)) == world.colours[name, face]
        assert links.keys() == set(FACES)


@pytest.mark.parametrize("world", ["data_modeling"], indirect=True, scope="module")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_collection_asked_for_at_once_shows_the_same(world: World, version: Version) -> None:
    images = world.images(version)
    assert isinstance(images, CoreCollection)
    at_once, entered = images.annotations(), look_at(images, COLLECTION)
    assert at_once.hidden == entered.hidden == ()
    assert sorted(map(told, at_once.drawn)) == sorted(map(told, entered.drawn))


def told(drawn: Drawn) -> tuple[str, str, Any]:
    """What is drawn, in words and numbers."""
    return drawn.image, str(drawn.asset), drawn.polygon.tolist()


def test_the_demo_sees_what_there_is(world: World) -> None:
    project = PROJECTS[world.kind]
    sight = look(world.plant.client, project, project.links(world.plant.client))
    assert sight.unseen == ()
    assert all(link.is_seen for link in sight.links)
    assert {(link.image, link.asset) for link in sight.links} == EXPECTED.keys()
