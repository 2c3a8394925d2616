"""Approvals of the core data model through CDF's service, whatever it does where the reference is silent."""

import random
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, SpaceApply, ViewId
from plants import API, Plant, Read

from demo.deploy import deploy
from demo.localserver import LocalServer, local_cdf
from image360.approval import contextualization
from image360.approval.contextualization import BETA, PATH
from image360.approval.edges import Edge
from image360.approval.places import SpherePlace, at_one_place
from image360.errors import ConfigError, SetupError
from image360.geometry import direction_to_phi_theta
from image360.state import work_items
from image360.state.proposals import HELD
from localcdf.contextualization import readings

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
TWICE = (Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1001", 0.3, 0.7, confidence=0.97))
SEAM = Read("21-PT-1002", 0.96, 0.5)
DOUBTFUL = Read("21 PT 1003", 0.3, 0.9)  # another level than the config approves
IMAGES = {"a": (*TWICE, SEAM, DOUBTFUL), "b": (Read("21-PT-1001", 0.5, 0.5), Read("21-PT-1002", 0.5, 0.7))}
SILENT = [
    each
    for each in vars(readings).values()
    if isinstance(each, readings.Reading) and each is not readings.CONFIG_FORM
]
HARSHEST = {each.name.replace("-", "_"): each.harshest for each in SILENT}
ONE_OTHER = [(each.name, option) for each in SILENT for option in list(each.options)[1:]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project of the core data model, with what `cdf deploy` puts into it."""
    with local_cdf(tmp_path_factory.mktemp("only"), project_status="DATA_MODELING_ONLY") as running:
        client = running.client("onlooker")
        deploy(client, Plant(running, "data_modeling", client, client).config())
        yield running


@pytest.fixture
def plant(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant under the harshest readings; the local CDF's clock does the waiting, leases end at once."""
    server.read_as(**HARSHEST)
    waiting = SimpleNamespace(sleep=lambda seconds: server.admin("clock", {"advance": seconds}))
    monkeypatch.setattr(contextualization, "time", waiting)
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    made = Plant(server, "data_modeling", server.client("onlooker"), server.client("functions"))
    yield made
    made.strike()
    made.remove()


def shown(edges: list[Edge]) -> list[tuple[str, str, int]]:
    """Image, asset and number of polygons of each edge."""
    return sorted((edge.image[1], edge.asset[1] if edge.asset else "", len(edge.polygons)) for edge in edges)


def doubles(edges: list[Edge]) -> list[tuple[Edge, Edge]]:
    """Edges of one asset at one place."""
    return [
        (one, other)
        for number, one in enumerate(edges)
        for other in edges[:number]
        if one.asset == other.asset
        and at_one_place(SpherePlace(one.image, one.polygons[0]), SpherePlace(other.image, other.polygons[0]))
    ]


def held(plant: Plant) -> list[tuple[str, str, str]]:
    """Text, decision and reason of the proposals on hold."""
    return [
        (each.properties["text"], each.properties["decision"], each.properties["reason"])
        for each in plant.proposals()
        if each.properties["held"]
    ]


def link_by_hand(plant: Plant, asset: str, image: str, read: Read) -> None:
    """What another app links through the service."""
    phi, theta = direction_to_phi_theta(read.region.polygon)
    angles = [float(angle) for corner in zip(phi, theta, strict=True) for angle in corner]
    place = {"space": plant.name}
    item = {
        "asset": {"instanceId": {**place, "externalId": asset}},
        "image360": {"instanceId": {**place, "externalId": image}},
        "polygon": {"version": "2.0.0", "data": [len(phi), *angles]},
    }
    config = {
        "object3DSpace": f"{plant.name}_objects",
        "contextualizationSpace": f"{plant.name}_edges",
        "revision": {"instanceId": {**place, "externalId": "site"}},
    }
    body = {"items": [item], "dmsContextualizationConfig": config}
    plant.client.post(API + PATH, json=body, headers=BETA)
    plant.pass_time()


def wanted(pair: str) -> list[tuple[str, str, int]]:
    """What a viewer is to find of the images."""
    twice = 2 if pair == "edges" else 1
    return sorted(
        [("a", "21-pt-1001", 1)] * twice
        + [("a", "21-pt-1002", 1), ("b", "21-pt-1001", 1), ("b", "21-pt-1002", 1)]
    )


# Every reading of what the reference does not say


def matches_once_and_for_all(plant: Plant, pair: str) -> None:
    """A first run writes each approval once, a second one nothing."""
    plant.load(ASSETS, IMAGES)
    summary = plant.match()
    expected = wanted(pair)
    assert shown(plant.edges()) == expected
    assert (summary["approved_now"], summary["unsettled"]) == (len(expected), 0)
    assert summary["orphans"] == []
    assert held(plant) == ([] if pair == "edges" else [("21-PT-1001", "suggest", HELD)])
    before = plant.edges()
    again: list[dict[str, Any]] = []
    assert plant.writes(lambda: again.append(plant.match_anew()), PATH) == []
    assert (again[0]["matched"], again[0]["links_written"]) == (2, 0)
    assert again[0]["approved"] == summary["approved"]
    assert plant.edges() == before


def test_under_the_harshest_readings_each_approval_is_written_once(plant: Plant) -> None:
    matches_once_and_for_all(plant, HARSHEST["image360_pair"])


@pytest.mark.parametrize(("reading", "option"), ONE_OTHER)
def test_under_every_other_reading_each_approval_is_written_once(
    plant: Plant, reading: str, option: str
) -> None:
    plant.server.read_as(**{reading.replace("-", "_"): option})
    matches_once_and_for_all(plant, option if reading == readings.PAIR.name else "one-edge")


@pytest.mark.parametrize("seed", range(8))
def test_under_mixed_readings_each_approval_is_written_once(plant: Plant, seed: int) -> None:
    chance = random.Random(seed)
    mix = {each.name.replace("-", "_"): chance.choice(list(each.options)) for each in SILENT}
    plant.server.read_as(**mix)
    matches_once_and_for_all(plant, mix["image360_pair"])


def test_of_two_in_one_edge_the_surer_one_stays(plant: Plant) -> None:
    plant.load(ASSETS, {"a": TWICE[::-1]})
    plant.match()
    (edge,) = plant.edges()
    assert at_one_place(
        SpherePlace(edge.image, edge.polygons[0]), SpherePlace(edge.image, polygon_of(TWICE[0]))
    )


def polygon_of(read: Read) -> Any:
    """The corners of a text as an edge has them."""
    return tuple(tuple(corner) for corner in read.region.polygon.tolist())


def test_what_is_held_stays_held_when_its_pair_is_free_again(plant: Plant) -> None:
    plant.load(ASSETS, {"a": TWICE})
    plant.match(run=plant.name)
    plant.client.data_modeling.instances.delete(edges=[edge.id for edge in plant.edges()])
    plant.server.read_as(image360_pair="edges")
    assert plant.match_anew()["approved_now"] == 0  # somebody has deleted it
    plant.match(step="release", run=plant.name)
    assert plant.match()["approved_now"] == 1
    assert shown(plant.edges()) == [("a", "21-pt-1001", 1)]
    assert len(held(plant)) == 1


def test_a_plan_writes_nothing(plant: Plant) -> None:
    plant.load(ASSETS, IMAGES)
    assert plant.writes(lambda: plant.match(mode="plan"), "/") == []
    assert plant.edges() == []


# What others made


@pytest.mark.parametrize("pair", list(readings.PAIR.options))
def test_what_others_linked_at_the_place_is_not_linked_again(plant: Plant, pair: str) -> None:
    plant.server.read_as(image360_pair=pair)
    plant.load(ASSETS, {"a": TWICE[:1]})
    link_by_hand(plant, "21-pt-1001", "a", Read("", 0.305, 0.301))
    before = plant.edges()
    assert plant.writes(plant.match, PATH) == []
    assert plant.edges() == before


@pytest.mark.parametrize("pair", list(readings.PAIR.options))
def test_what_others_linked_elsewhere_on_the_image_is_never_touched(plant: Plant, pair: str) -> None:
    plant.server.read_as(image360_pair=pair)
    plant.load(ASSETS, {"a": (*TWICE, SEAM)})
    link_by_hand(plant, "21-pt-1001", "a", Read("", 0.6, 0.1))
    (before,) = plant.edges()
    assert plant.match()["held"] == 2
    assert before in plant.edges()
    assert shown(plant.edges()) == [("a", "21-pt-1001", 1), ("a", "21-pt-1002", 1)]


def test_an_edge_into_which_others_write_meanwhile_is_left_and_told(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.load(ASSETS, {"a": TWICE[:1]})
    write_once = contextualization.write_once

    def interrupted(*args: Any) -> bool:
        link_by_hand(plant, "21-pt-1001", "a", Read("", 0.6, 0.1))
        return write_once(*args)

    monkeypatch.setattr(contextualization, "write_once", interrupted)
    plant.match()
    assert shown(plant.edges()) == [("a", "21-pt-1001", 2)]
    assert [each["link"] for each in plant.logs if each["event"] == "shared_edge"] == ["21-pt-1001 on a"]


def test_an_object_that_two_assets_share_is_no_reason_to_link_again(plant: Plant) -> None:
    plant.load(ASSETS, {"a": TWICE[:1]})
    plant.match()
    object3d = plant.edges()[0].object3d
    point_to(plant.client, plant.name, "21-pt-1002", object3d)
    assert plant.match_anew()["links_written"] == 0
    assert shown(plant.edges()) == [("a", "21-pt-1001", 1), ("a", "21-pt-1002", 1)]


# Orphans


def point_to(client: CogniteClient, space: str, asset: str, object3d: tuple[str, str] | None) -> None:
    """Let an asset point to an object, or to none."""
    value = {"space": object3d[0], "externalId": object3d[1]} if object3d else None
    source = NodeOrEdgeData(ViewId("cdf_cdm", "CogniteVisualizable", "v1"), {"object3D": value})
    client.data_modeling.instances.apply(NodeApply(space, asset, sources=[source]))


def test_an_orphan_of_the_run_is_told_by_name_and_taken_back(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.server.read_as(image360_effect="at-once")
    plant.load(ASSETS, {"a": (TWICE[0], SEAM)})
    write_once = contextualization.write_once

    def losing(*args: Any) -> bool:
        written = write_once(*args)
        point_to(plant.client, plant.name, "21-pt-1001", None)
        return written

    with monkeypatch.context() as patched:
        patched.setattr(contextualization, "write_once", losing)
        summary = plant.match()
    assert (summary["orphans"], summary["unsettled"]) == (["21-pt-1001 on a"], 1)
    assert shown(plant.edges()) == [("a", "21-pt-1002", 1)]
    assert plant.match()["links_written"] == 1
    assert shown(plant.edges()) == [("a", "21-pt-1001", 1), ("a", "21-pt-1002", 1)]


def test_an_asset_that_lost_its_object_is_linked_anew_and_its_orphan_goes(plant: Plant) -> None:
    plant.load(ASSETS, {"a": TWICE[:1]})
    plant.match()
    point_to(plant.client, plant.name, "21-pt-1001", None)
    assert shown(plant.edges()) == [("a", "", 1)]
    assert plant.match_anew()["orphans"] == ["21-pt-1001 on a"]
    assert shown(plant.edges()) == [("a", "21-pt-1001", 1)]


def test_an_orphan_of_others_is_left_and_named_with_the_image_that_it_hides(plant: Plant) -> None:
    plant.load(ASSETS, {"a": TWICE[:1]})
    link_by_hand(plant, "21-pt-1003", "a", Read("", 0.6, 0.1))
    point_to(plant.client, plant.name, "21-pt-1003", None)
    (orphan,) = plant.edges()
    summary = plant.match()
    assert summary["orphans"] == []
    assert summary["hidden"] == [f"a, for edge '{orphan.id[1]}' in space '{orphan.id[0]}'"]
    assert shown(plant.edges()) == [("a", "", 1), ("a", "21-pt-1001", 1)]


# Setup


@pytest.mark.parametrize("key", ["object3d_space", "space"])
def test_a_space_that_is_not_there_is_named_before_anything_is_written(plant: Plant, key: str) -> None:
    places = {"object3d_space": f"{plant.name}_objects", "space": f"{plant.name}_edges"}
    plant.load(ASSETS, IMAGES, contextualization={**places, key: "nowhere"})
    with pytest.raises(SetupError, match=rf"contextualization\.{key}: space 'nowhere' is not in project"):
        plant.match()
    assert plant.edges() == []
    plant.client.data_modeling.spaces.apply(SpaceApply("nowhere"))
    try:
        assert plant.match()["matched"] == 2  # and no lease was left to wait for
    finally:
        plant.client.data_modeling.instances.delete(edges=[e.id for e in plant.edges() if key == "space"])
        objects = plant.client.data_modeling.instances.list("node", space="nowhere", limit=None)
        plant.client.data_modeling.instances.delete([each.as_id() for each in objects])
        plant.client.data_modeling.spaces.delete("nowhere")


def test_spaces_are_looked_up_once_and_only_where_something_is_to_be_written(plant: Plant) -> None:
    plant.load(ASSETS, IMAGES)
    asked = "/models/spaces/byids"
    plant.functions = plant.server.client(f"{plant.name}-functions")
    plant.match(mode="plan")
    log = plant.server.requests_by(f"{plant.name}-functions")
    assert not any(each["path"].endswith(asked) for each in log)
    plant.match()
    plant.match_anew()
    log = plant.server.requests_by(f"{plant.name}-functions")
    assert sum(each["path"].endswith(asked) for each in log) == 1


def test_suggestions_cannot_be_written_here(plant: Plant) -> None:
    plant.load(ASSETS, IMAGES)
    plant.configure(approval={"write_suggestions": True})
    with pytest.raises(ConfigError, match=r"'approval': write_suggestions.*stay in proposals"):
        plant.match()


# Lost answers and killed calls


FAULTS = [
    {"kind": kind, "when": when, "path": f"^{PATH}{end}$", "at": at}
    for kind in ("reset", "503")
    for when in ("before", "after")
    for end, at in (("", 1), ("", 2), ("/delete", 1))
]


@pytest.mark.parametrize("pair", ["one-edge", "edges"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: "-".join(str(part) for part in each.values()))
def test_a_lost_answer_leaves_no_double_and_nothing_missing(
    plant: Plant, fault: dict[str, Any], pair: str
) -> None:
    plant.server.read_as(image360_pair=pair)
    plant.load(ASSETS, IMAGES)
    plant.strike(fault)
    plant.match_until_done()
    assert plant.struck() == (pair == "one-edge" or (fault["path"] == f"^{PATH}$" and fault["at"] == 1))
    plant.strike()
    assert doubles(plant.edges()) == []
    assert shown(plant.edges()) == wanted(pair)
    assert plant.writes(plant.match_anew, PATH) == []


@pytest.mark.parametrize("number", range(1, 26))
def test_a_call_that_fails_at_any_request_leaves_no_double_and_nothing_missing(
    plant: Plant, number: int
) -> None:
    plant.load(ASSETS, IMAGES)
    plant.pass_time()
    struck = {"kind": "reset", "when": "after", "caller": "functions", "at": number}
    plant.strike(struck)
    plant.match_until_done()
    assert plant.struck()
    plant.strike()
    assert shown(plant.edges()) == wanted("one-edge")
    assert len(held(plant)) == 1
