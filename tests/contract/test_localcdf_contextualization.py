"""Assets on 360° images: what the service makes, refuses and takes back, under each of its readings."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import (
    Cognite3DObject,
    Cognite3DObjectApply,
    Cognite360ImageApply,
    Cognite360ImageCollectionApply,
    CogniteAsset,
    CogniteAssetApply,
    CogniteFileApply,
)
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf
from image360.approval.edges import Edge, list_edges
from image360.geometry import phi_theta_to_direction

API = "/api/v1/projects/local"
PATH = "/3d/contextualization/image360"
BETA = {"cdf-version": "beta"}
FACES = ("front", "back", "left", "right", "top", "bottom")
TRIANGLE = [3, 1.5, 3.0, 1.5, 3.1, 1.6, 3.1]
OTHER = [4, 0.5, 0.1, 0.5, 0.2, 0.6, 0.2, 0.6, 0.1]
POLE = [3, math.pi, 0.0, 3.0, 2 * math.pi, 0.0, 1.0]
PLAIN = {
    "image360_rights": "all-spaces",
    "image360_foreign_image": "refused",
    "image360_angles": "refused",
    "image360_edge": "named",
    "unknown_ids": "400",
    "image360_repeat": "again",
    "image360_pair": "edges",
    "image360_object": "empty",
    "image360_numbers": "float64",
    "image360_delete": "kept",
    "image360_delete_absent": "refused",
    "image360_items": "all-or-none",
    "image360_effect": "at-once",
    "image360_config": "revision",
    "project_status_refusal": "403",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project of status DATA_MODELING_ONLY."""
    with local_cdf(tmp_path_factory.mktemp("only"), project_status="DATA_MODELING_ONLY") as running:
        yield running


def id_of(space: str, external_id: str) -> dict[str, Any]:
    """An instance as the service's requests name it."""
    return {"instanceId": {"space": space, "externalId": external_id}}


@dataclass(frozen=True)
class Site:
    """A collection with images, and assets, in spaces of their own."""

    server: LocalServer
    client: CogniteClient
    name: str

    def config(self, **other: Any) -> dict[str, Any]:
        """Where annotations go."""
        given = {
            "object3DSpace": f"{self.name}_objects",
            "contextualizationSpace": f"{self.name}_edges",
            "revision": id_of(self.name, "collection"),
        }
        return {name: each for name, each in (given | other).items() if each is not None}

    def item(self, asset: str, image: str, data: Sequence[float] = TRIANGLE) -> dict[str, Any]:
        """An asset on an image."""
        return self.pair(asset, image) | {"polygon": {"version": "2.0.0", "data": list(data)}}

    def pair(self, asset: str, image: str) -> dict[str, Any]:
        """All annotations of an asset on an image."""
        return {"asset": id_of(self.name, asset), "image360": id_of(self.name, image)}

    def send(self, items: Sequence[dict[str, Any]], path: str = PATH, **config: Any) -> Any:
        """Link, or delete."""
        body = {"items": list(items), "dmsContextualizationConfig": self.config(**config)}
        return self.client.post(API + path, json=body, headers=BETA).json()

    def delete(self, *pairs: dict[str, Any]) -> Any:
        """Take pairs back."""
        return self.send(pairs, PATH + "/delete")

    def refused(self, *args: Any, code: int = 400, **config: Any) -> CogniteAPIError:
        """Send what must be refused."""
        with pytest.raises(CogniteAPIError) as refusal:
            self.send(*args, **config)
        assert refusal.value.code == code, refusal.value
        return refusal.value

    def edges(self, *images: str) -> list[Edge]:
        """The annotations as the product reads them."""
        return list_edges(self.client, [(self.name, each) for each in images or ("image",)])

    def object3d(self, asset: str) -> Any:
        """What an asset points to."""
        nodes = self.client.data_modeling.instances.retrieve_nodes((self.name, asset), node_cls=CogniteAsset)
        return nodes.object_3d  # type: ignore[union-attr]

    def objects(self) -> list[Cognite3DObject]:
        """The objects that were made."""
        return list(
            self.client.data_modeling.instances.list(
                Cognite3DObject, space=f"{self.name}_objects", limit=None
            )
        )


@pytest.fixture
def site(server: LocalServer) -> Site:
    """A site as it is at first: two images, a third one of another collection, two assets."""
    server.read_as(**PLAIN)
    made = Site(server, server.client("tests"), "site")
    space, client = made.name, made.client
    spaces = [f"{space}{part}" for part in ("", "_objects", "_edges", "_more")]
    client.data_modeling.spaces.apply([SpaceApply(each) for each in spaces])
    left = client.data_modeling.instances.list("node", space=spaces, limit=None)
    client.data_modeling.instances.delete([each.as_id() for each in left])
    apply = client.data_modeling.instances.apply
    apply([CogniteFileApply(space, face, name=face, mime_type="image/jpeg") for face in FACES])
    apply(
        [
            Cognite360ImageCollectionApply(space, each, name=each, revision_type="Image360")
            for each in ("collection", "other")
        ]
    )
    pose = {f"{what}_{axis}": 0.5 for what in ("translation", "euler_rotation", "scale") for axis in "xyz"}
    faces: Any = {face: (space, face) for face in FACES}
    images = {"image": "collection", "second": "collection", "foreign": "other"}
    apply(
        [
            Cognite360ImageApply(space, name, **pose, **faces, collection_360=(space, collection))
            for name, collection in images.items()
        ]
    )
    apply([CogniteAssetApply(space, each, name=f"21-{each}") for each in ("pump", "valve")])
    return made


def directions(data: Sequence[float]) -> list[tuple[float, ...]]:
    """The corners of one polygon on the unit sphere."""
    return [tuple(map(float, each)) for each in phi_theta_to_direction(data[1::2], data[2::2])]


# What is made


def test_an_item_becomes_an_object_of_the_asset_and_an_edge_to_the_image(site: Site) -> None:
    assert site.send([site.item("pump", "image", OTHER)]) == {}
    (edge,) = site.edges()
    assert edge.asset == (site.name, "pump")
    assert edge.image == (site.name, "image")
    assert edge.id[0] == f"{site.name}_edges"
    assert edge.object3d[0] == f"{site.name}_objects"
    assert edge.polygons == (tuple(directions(OTHER)),)


def test_an_asset_has_one_object_however_many_images_show_it(site: Site) -> None:
    site.send([site.item("pump", "image"), site.item("pump", "second")])
    site.send([site.item("pump", "image", OTHER)])
    assert len({edge.object3d for edge in site.edges("image", "second")}) == 1
    assert len(site.objects()) == 1


def test_an_object_that_the_asset_has_already_is_used(site: Site) -> None:
    own = Cognite3DObjectApply(site.name, "own", x_min=0.0)
    site.client.data_modeling.instances.apply(own)
    site.client.data_modeling.instances.apply(
        CogniteAssetApply(site.name, "pump", object_3d=(site.name, "own"))
    )
    site.send([site.item("pump", "image")])
    assert [edge.object3d for edge in site.edges()] == [(site.name, "own")]
    assert site.objects() == []


def test_an_object_that_is_gone_is_made_anew(site: Site) -> None:
    site.send([site.item("pump", "image")])
    (first,) = site.objects()
    site.client.data_modeling.instances.delete((first.space, first.external_id))
    site.send([site.item("pump", "image")])
    assert [edge.asset for edge in site.edges()] == [(site.name, "pump")]


def test_the_asset_keeps_what_else_it_has_and_its_version_moves_on(site: Site) -> None:
    retrieve = site.client.data_modeling.instances.retrieve_nodes
    before = retrieve((site.name, "pump"), node_cls=CogniteAsset)
    site.send([site.item("pump", "image")])
    after = retrieve((site.name, "pump"), node_cls=CogniteAsset)
    assert before
    assert after
    assert after.name == "21-pump"
    assert after.path == before.path
    assert after.version == before.version + 1


def test_a_hundred_items_are_carried_out_and_one_more_is_refused(site: Site) -> None:
    items = [site.item("pump", "image", [*TRIANGLE[:6], each / 100]) for each in range(101)]
    assert "items" in site.refused(items).message
    site.send(items[:100])
    assert len(site.edges()) == 100


def test_the_widest_angles_and_the_most_numbers_are_accepted(site: Site) -> None:
    site.send([site.item("pump", "image", POLE)])
    longest = [499, *(angle for each in range(499) for angle in (1.0, each / 100))]
    blocks = TRIANGLE * 142 + [3, 1.0, 1.0, 1.0, 2.0, 2.0]  # 999 numbers and one missing
    site.send([site.item("pump", "image", longest)])
    assert "cut" in site.refused([site.item("pump", "image", blocks)]).message
    site.send([site.item("pump", "image", TRIANGLE * 142)])
    assert sorted(len(edge.polygons) for edge in site.edges()) == [1, 1, 142]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ([], "at least 7"),
        ([3, 1.0, 1.0, 1.0, 2.0, 2.0], "at least 7"),
        ([2, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0], "at least 3 vertices"),
        ([4, *TRIANGLE[1:]], "cut"),
        ([3.5, *TRIANGLE[1:]], "3.5"),
        ([-3, *TRIANGLE[1:]], "-3"),
        ([*TRIANGLE, 1], "at least 3 vertices"),
        ([*TRIANGLE[:-1], -0.1], "theta is -0.1"),
        ([*TRIANGLE[:-1], 6.2832], "theta is 6.2832"),
        ([3, -0.1, *TRIANGLE[2:]], "phi is -0.1"),
        ([3, 3.1416, *TRIANGLE[2:]], "phi is 3.1416"),
        ([1e300, *TRIANGLE[1:]], "cut"),
        (TRIANGLE * 143, "at most 1000"),
        ([499, *(1.0 for _ in range(1000))], "at most 1000"),
        ([3, "1.5", *TRIANGLE[2:]], "number"),
        ([3, None, *TRIANGLE[2:]], "number"),
        ([3, True, *TRIANGLE[2:]], "number"),
    ],
)
def test_numbers_that_are_no_polygons_are_refused(site: Site, data: list[Any], why: str) -> None:
    refusal = site.refused([site.item("pump", "image", data)])
    assert "items[0].polygon" in refusal.message
    assert why in refusal.message


def test_angles_beyond_their_range_are_taken_by_one_reading(site: Site) -> None:
    beyond = [3, -0.1, 7.0, *TRIANGLE[3:]]
    site.refused([site.item("pump", "image", beyond)])
    site.server.read_as(image360_angles="taken")
    site.send([site.item("pump", "image", beyond)])
    site.refused([site.item("pump", "image", beyond[:-1])])
    assert len(site.edges()) == 1


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "2.0", "2.0.1", None])
def test_only_the_polygons_of_version_two_are_taken(site: Site, version: str | None) -> None:
    polygon = {"version": version, "data": TRIANGLE}
    site.refused([site.pair("pump", "image") | {"polygon": polygon}])


# What a request names


@pytest.mark.parametrize("space", ["object3DSpace", "contextualizationSpace"])
def test_a_space_must_be_there_and_not_the_platforms(site: Site, space: str) -> None:
    items = [site.item("pump", "image")]
    missing = site.refused(items, **{space: "nowhere"})
    assert missing.missing == [{"space": "nowhere"}]
    site.refused(items, code=403, **{space: "cdf_cdm"})
    site.refused(items, **{space: None})
    assert site.edges() == []


def test_what_is_not_there_is_a_400_or_a_404(site: Site) -> None:
    item = site.item("pump", "image")
    for code in (404, 400):
        site.server.read_as(unknown_ids=str(code))
        site.refused([site.item("nothing", "image")], code=code)
        site.refused([item], code=code, object3DSpace="nowhere")
        site.refused([item], code=code, revision=id_of(site.name, "nothing"))


def test_an_image_of_another_collection_is_taken_by_one_reading(site: Site) -> None:
    site.refused([site.item("pump", "foreign")])
    site.server.read_as(image360_foreign_image="taken")
    site.send([site.item("pump", "foreign")])
    assert len(site.edges("foreign")) == 1


@pytest.mark.parametrize("named", ["nothing", "pump", "image"])
def test_the_revision_must_be_a_collection_of_images(site: Site, named: str) -> None:
    revision = id_of(site.name, named)
    assert site.refused([site.item("pump", "image")], revision=revision).missing == [revision]


@pytest.mark.parametrize(
    ("asset", "image", "missing"),
    [
        ("nothing", "image", ["nothing"]),
        ("pump", "nothing", ["nothing"]),
        ("image", "image", ["image"]),
        ("pump", "pump", ["pump"]),
        ("pump", "foreign", ["foreign"]),
        ("none", "foreign", ["none", "foreign"]),
    ],
)
@pytest.mark.parametrize("path", [PATH, PATH + "/delete"])
def test_assets_and_images_of_the_revision_must_be_there(
    site: Site, path: str, asset: str, image: str, missing: list[str]
) -> None:
    item = site.item(asset, image) if path == PATH else site.pair(asset, image)
    refusal = site.refused([item], path)
    assert refusal.missing == [id_of(site.name, each) for each in missing]
    assert all(each in refusal.message for each in missing)


@pytest.mark.parametrize("path", [PATH, PATH + "/delete"])
def test_it_is_a_beta_endpoint(site: Site, path: str) -> None:
    pair = site.pair("pump", "image") if path != PATH else site.item("pump", "image")
    body = {"items": [pair], "dmsContextualizationConfig": site.config()}
    with pytest.raises(CogniteAPIError, match="beta") as refusal:
        site.client.post(API + path, json=body)
    assert refusal.value.code == 404
    site.send([site.item("pump", "image")])
    site.client.post(API + path, json=body, headers={"cdf-version": "20230101-beta"})


@pytest.mark.parametrize("path", [PATH, PATH + "/delete"])
def test_a_request_has_a_config_items_and_nothing_else(site: Site, path: str) -> None:
    item = site.item("pump", "image") if path == PATH else site.pair("pump", "image")
    site.refused([], path)
    site.refused([item | {"text": "x"}], path)
    site.refused([item], path, confidence=1.0)
    site.refused([item], path, revision=None)
    site.refused([item], path, revisionInstanceId={"space": site.name, "externalId": "collection"})


# Where the reference is silent


def test_a_repeated_item_is_a_further_annotation_or_nothing_new(site: Site) -> None:
    site.send([site.item("pump", "image")])
    site.send([site.item("pump", "image")] * 2)
    assert len(site.edges()) == 3
    site.server.read_as(image360_repeat="once")
    site.send([site.item("valve", "image")] * 2)
    site.send([site.item("valve", "image")])
    site.send([site.item("valve", "image", TRIANGLE + OTHER)])
    of_valve = [edge for edge in site.edges() if edge.asset == (site.name, "valve")]
    assert [len(edge.polygons) for edge in of_valve] == [1, 1]


@pytest.mark.parametrize(
    ("pair", "polygons"),
    [("edges", [1, 1, 1, 1]), ("one-edge-a-request", [2, 2]), ("one-edge", [4])],
)
def test_items_of_a_pair_are_edges_or_polygons_of_one(site: Site, pair: str, polygons: list[int]) -> None:
    site.server.read_as(image360_pair=pair)
    for _ in range(2):
        site.send(
            [site.item("pump", "image"), site.item("valve", "image"), site.item("pump", "image", OTHER)]
        )
    of_pump = [edge for edge in site.edges() if edge.asset == (site.name, "pump")]
    assert sorted(len(edge.polygons) for edge in of_pump) == polygons
    assert {polygon for edge in of_pump for polygon in edge.polygons} == {
        tuple(directions(TRIANGLE)),
        tuple(directions(OTHER)),
    }


def test_an_edge_never_holds_more_than_a_thousand_numbers(site: Site) -> None:
    site.server.read_as(image360_pair="one-edge")
    for _ in range(2):
        site.send([site.item("pump", "image", TRIANGLE * 142)])
    assert [len(edge.polygons) for edge in site.edges()] == [142, 142]
    site.send([site.item("pump", "image", TRIANGLE[:5] + TRIANGLE[5:])])
    assert sum(len(edge.polygons) for edge in site.edges()) == 285


def test_the_repeat_of_a_polygon_in_a_joined_edge_is_known(site: Site) -> None:
    site.server.read_as(image360_pair="one-edge", image360_repeat="once", image360_numbers="float32")
    for _ in range(2):
        site.send([site.item("pump", "image"), site.item("pump", "image", OTHER)])
    assert [len(edge.polygons) for edge in site.edges()] == [2]


def test_the_object_has_a_box_or_none(site: Site) -> None:
    site.send([site.item("pump", "image")])
    assert [each.x_min for each in site.objects()] == [None]
    site.server.read_as(image360_object="box")
    site.send([site.item("valve", "image")])
    assert sorted(each.x_min is None for each in site.objects()) == [False, True]


def test_angles_are_rounded_to_32_bits_or_not(site: Site) -> None:
    def stored() -> list[list[float]]:
        edges = site.client.data_modeling.instances.list(
            "edge", sources=[("cdf_cdm", "Cognite360ImageAnnotation", "v1")], space=f"{site.name}_edges"
        )
        return [next(iter(edge.properties.data.values()))["polygon"] for edge in edges]  # type: ignore[misc]

    site.send([site.item("pump", "image")])
    assert stored() == [TRIANGLE]
    site.server.read_as(image360_numbers="float32")
    site.send([site.item("valve", "image")])
    rounded = next(each for each in stored() if each != TRIANGLE)
    assert rounded == pytest.approx(TRIANGLE, abs=1e-6)


@pytest.mark.parametrize(
    ("removal", "objects", "points"), [("kept", 1, True), ("removed", 0, False), ("dangling", 0, True)]
)
def test_delete_takes_every_annotation_of_the_pair_and_perhaps_the_object(
    site: Site, removal: str, objects: int, points: bool
) -> None:
    site.server.read_as(image360_delete=removal)
    site.send([site.item("pump", "image"), site.item("pump", "image", OTHER), site.item("pump", "second")])
    site.send([site.item("valve", "image")])
    assert site.delete(site.pair("pump", "image")) == {}
    left = [(edge.asset, edge.image) for edge in site.edges("image", "second")]
    assert sorted(left) == [  # type: ignore[type-var]
        ((site.name, "pump"), (site.name, "second")),
        ((site.name, "valve"), (site.name, "image")),
    ]
    assert len(site.objects()) == 2  # the pump's is still in use
    site.delete(site.pair("pump", "second"))
    assert len(site.objects()) == 1 + objects
    assert (site.object3d("pump") is not None) == points
    site.send([site.item("pump", "image")])
    assert len(site.edges()) == 2
    assert {edge.asset for edge in site.edges()} == {(site.name, "pump"), (site.name, "valve")}


def test_delete_of_what_is_not_there_is_refused_or_passed_over(site: Site) -> None:
    site.send([site.item("pump", "image")])
    pairs = [site.pair("pump", "image"), site.pair("valve", "image")]
    assert site.refused(pairs, PATH + "/delete").missing == pairs[1:]
    assert len(site.edges()) == 1
    site.server.read_as(image360_delete_absent="passed-over")
    site.delete(*pairs)
    assert site.edges() == []


def test_delete_reaches_its_own_space_only(site: Site) -> None:
    site.send([site.item("pump", "image")])
    more = f"{site.name}_more"
    site.send([site.item("pump", "image", OTHER)], contextualizationSpace=more)
    site.send([site.pair("pump", "image")], PATH + "/delete", contextualizationSpace=more)
    assert [edge.id[0] for edge in site.edges()] == [f"{site.name}_edges"]


def test_one_wrong_item_refuses_all_or_only_itself(site: Site) -> None:
    items = [site.item("pump", "image"), site.item("nothing", "image"), site.item("valve", "foreign")]
    assert len(site.refused(items).missing or ()) == 2
    assert site.edges() == []
    site.server.read_as(image360_items="each")
    assert len(site.refused(items).missing or ()) == 2
    assert [edge.asset for edge in site.edges()] == [(site.name, "pump")]
    site.refused([site.pair("pump", "image"), site.pair("nothing", "image")], PATH + "/delete")
    assert site.edges() == []


def test_what_is_late_shows_two_seconds_after_the_answer_in_the_order_of_the_requests(site: Site) -> None:
    site.server.read_as(image360_effect="late", image360_delete_absent="passed-over")
    site.server.admin("clock", {"run": False})
    try:
        site.send([site.item("pump", "image"), site.item("valve", "image")])
        site.server.admin("clock", {"advance": 1})
        site.delete(site.pair("pump", "image"))
        assert (site.edges(), site.objects(), site.object3d("pump")) == ([], [], None)
        site.server.admin("clock", {"advance": 1})
        assert len(site.edges()) == 2
        site.server.admin("clock", {"advance": 1})
        assert [edge.asset for edge in site.edges()] == [(site.name, "valve")]
    finally:
        site.server.admin("clock", {"run": True})


def test_what_is_deleted_before_a_late_effect_is_passed_over(site: Site) -> None:
    site.server.read_as(image360_effect="late")
    site.server.admin("clock", {"run": False})
    try:
        site.send([site.item("pump", "image"), site.item("valve", "image")])
        site.client.data_modeling.instances.delete((site.name, "pump"))
        site.server.admin("clock", {"advance": 2})
        assert [edge.asset for edge in site.edges()] == [(site.name, "valve")]
    finally:
        site.server.admin("clock", {"run": True})


def test_the_deprecated_config_is_refused_or_served(site: Site) -> None:
    old = {"revision": None, "revisionInstanceId": {"space": site.name, "externalId": "collection"}}
    assert "deprecated" in site.refused([site.item("pump", "image")], **old).message
    site.server.read_as(image360_config="either")
    site.send([site.item("pump", "image")], **old)
    assert len(site.edges()) == 1


# Projects of another status


@pytest.mark.parametrize("status", ["HYBRID", "DATA_MODELING_FIRST"])
def test_only_projects_of_data_modeling_alone_have_it(tmp_path: Path, status: str) -> None:
    with local_cdf(tmp_path / "cdf", project_status=status) as server:
        site = Site(server, server.client("tests"), "site")
        for path, item in ((PATH, site.item("a", "i")), (PATH + "/delete", site.pair("a", "i"))):
            for refusal in ("403", "400"):
                server.read_as(project_status_refusal=refusal)
                assert status in site.refused([item], path, code=int(refusal)).message


# The viewer

FACTS = Path(__file__).parents[3] / "shared" / "facts"
RECORDED = sorted(FACTS.glob("viewer-requests-*.json"))
EDGE_STEPS = ("cdm annotations of one image", "cdm images of an asset", "cdm annotations of a collection")
RECORDED_QUERIES = [
    pytest.param(request["body"], id=f"{file.stem}: {request['step']}")
    for file in RECORDED
    for request in json.loads(file.read_text())
    if request["step"] in EDGE_STEPS
]


def renamed(site: Site) -> Callable[[Any], Any]:
    """Turn the names of the recorded plant into those of a site."""
    names = {"sp": site.name, "img": "image", "col": "collection", "asset": "pump"}
    named = ("space", "externalId", "value")

    def rename(value: Any, key: str = "value") -> Any:
        if isinstance(value, dict):
            return {key: rename(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [rename(each) for each in value]
        return names.get(value, value) if isinstance(value, str) and key in named else value

    return rename


@pytest.mark.skipif(not RECORDED, reason="the recorded viewer requests are not beside the repository")
@pytest.mark.parametrize("made", ["empty", "box"])
@pytest.mark.parametrize("body", RECORDED_QUERIES or [None])
def test_the_viewer_finds_what_the_service_made(site: Site, body: Any, made: str) -> None:
    site.server.read_as(image360_object=made)
    site.send([site.item("pump", "image", OTHER)])
    query = renamed(site)({name: body["with"][name] for name in body["with"]})
    answer = site.client.post(
        f"{API}/models/instances/query", json={"with": query, "select": body["select"]}
    ).json()["items"]
    edges = answer.get("annotations") or answer["annotation_edges"]
    (edge,) = edges
    assert edge["type"] == {"space": "cdf_cdm", "externalId": "image-360-annotation"}
    shown = edge["properties"]["cdf_cdm"]["Cognite360ImageAnnotation/v1"]
    assert (shown["polygon"], shown["formatVersion"]) == (OTHER, "2.0.0")
    if "assets" in answer:
        (asset,) = answer["assets"]
        assert asset["properties"]["cdf_cdm"]["CogniteAsset/v1"]["object3D"] == edge["startNode"]
        assert [each["externalId"] for each in answer["object3d"]] == [edge["startNode"]["externalId"]]
