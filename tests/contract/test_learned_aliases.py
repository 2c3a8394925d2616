"""What people confirm teaches the next run, in its own collection, and for as long as nobody contradicts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, ViewId

from image360.catalog import hybrid
from image360.matching.normaliser import VERSION
from image360.state import work_items
from image360.state.ids import DECISIONS_SPACE
from image360.state.pairs import Pair
from tests.contract.people import audit, decide, image_key, key_of, links, pairs, writes
from tests.contract.plants import COLLECTION, STATUS, Plant, Read

ASSETS = ("21-PT-1001", "21-PT-1002", "45-VA-0012")
PUMP = ASSETS[0]
TEXT = "21-PT-1001-LO"  # what stands beside the tag may belong to it: a person is asked
WAITS = Read(TEXT, 0.3, 0.3)
IMAGES = {
    "a": (WAITS,),
    "b": (WAITS, Read("45-VA-0012", 0.5, 0.6)),
    "c": (Read("21_PT_1001-LO", 0.4, 0.3),),  # written otherwise, it reads the same
    "d": (Read(TEXT, 0.1, 0.7, "top"),),
    "e": (Read("21-PT-1002", 0.3, 0.3),),
}
AT_FIRST = [("b", "45-va-0012"), ("e", "21-pt-1002")]
TAUGHT = [("a", "21-pt-1001"), ("b", "21-pt-1001")]
LEARNED = [("c", "21-pt-1001"), ("d", "21-pt-1001")]


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant that was matched; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.settings = {"approval": {}}  # the levels as they are by default
    made.load(ASSETS, IMAGES)
    assert made.match()["suggested"] == 4
    yield made
    made.strike()
    forget(made)
    made.remove()


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)


def confirm(plant: Plant, image: str, **further: Any) -> None:
    """Say that what waits on an image is right, as the review app does."""
    (at,) = [each for each in IMAGES[image] if each.text.endswith("LO")]
    decide(plant, image, PUMP, "approve", at=at, text=at.text, **further)


def take_back(plant: Plant, image: str) -> None:
    """Delete a decision."""
    pair = Pair(image_key(plant, image), key_of(plant, PUMP))
    plant.client.data_modeling.instances.delete((DECISIONS_SPACE, pair.decision_id))
    plant.pass_time()


def forget(plant: Plant) -> None:
    """Delete all decisions: other plants share their space."""
    plant.pass_time()
    instances = plant.client.data_modeling.instances
    instances.delete([each.as_id() for each in instances.list("node", space=DECISIONS_SPACE, limit=None)])


def taught(plant: Plant) -> None:
    """Let people confirm the text on two images, and run."""
    confirm(plant, "a", decidedBy="anna@plant")
    confirm(plant, "b", decidedBy="ben@plant")
    plant.match(run="taught")
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT, *LEARNED])


def proposed(plant: Plant, image: str) -> list[tuple[str, str | None]]:
    """Decision and level of what is proposed on an image."""
    return [
        (each.properties["decision"], each.text("level"))
        for each in plant.proposals()
        if each.relation("image") == plant.image(image)
    ]


@every_kind
def test_what_two_decisions_confirm_is_approved_on_the_images_where_it_waits(plant: Plant) -> None:
    confirm(plant, "a", decidedBy="anna@plant")
    assert plant.match()["matched"] == 1  # one decision teaches nothing
    confirm(plant, "b", decidedBy="ben@plant")
    summary = plant.match(run="taught")
    assert summary["matched"] == 3  # b, and where the text waits; no other image is due
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT, *LEARNED])
    rows = [row for row in audit(plant, run="taught") if not row["decidedBy"]]
    assert [row["level"] for row in rows] == ["learned", "learned"]
    for row in rows:
        for told in ("anna@plant on ", "ben@plant on ", f"normaliser {VERSION}"):
            assert told in row["reason"]
    assert proposed(plant, "c") == [("approve", "learned")]
    assert writes(plant, plant.match) == []
    before = links(plant)
    plant.match_anew()
    assert links(plant) == before


@every_kind
def test_one_decision_that_says_always_is_enough(plant: Plant) -> None:
    confirm(plant, "a", always=True)
    plant.match()
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT, *LEARNED])
    assert proposed(plant, "d") == [("approve", "learned")]


@every_kind
def test_a_contradiction_takes_back_what_rested_on_the_alias_alone(plant: Plant) -> None:
    taught(plant)
    decide(plant, "d", PUMP, "reject", at=IMAGES["d"][0], text=TEXT)
    summary = plant.match(run="second")
    assert summary["taken_back"] == 2
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT])
    assert proposed(plant, "c") == [("suggest", "partial")]
    reasons = {row["reason"] for row in audit(plant, run="second", action="take_back")}
    assert reasons == {
        "rejected by anna@plant",
        "people do not say any more that the text there names the asset",
    }
    confirm(plant, "c")  # one more who says so outweighs no rejection
    plant.match()
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT, LEARNED[0]])
    assert writes(plant, plant.match) == []


@every_kind
def test_who_takes_a_decision_back_withdraws_what_it_taught_and_who_repeats_it_teaches_again(
    plant: Plant,
) -> None:
    taught(plant)
    take_back(plant, "a")
    plant.match()
    assert not set(LEARNED) & set(pairs(plant))
    assert proposed(plant, "c") == [("suggest", "partial")]
    confirm(plant, "a")
    plant.match()
    assert set(LEARNED) < set(pairs(plant))


@every_kind
def test_what_a_person_has_approved_stays_though_the_alias_goes(plant: Plant) -> None:
    taught(plant)
    confirm(plant, "c")
    plant.match()
    before = [each for each in links(plant) if each.image == "c"]
    decide(plant, "d", PUMP, "change", "21-PT-1002", at=IMAGES["d"][0], text=TEXT)
    plant.match()
    assert [each for each in links(plant) if each.image == "c"] == before
    assert ("d", "21-pt-1002") in pairs(plant)
    assert ("d", "21-pt-1001") not in pairs(plant)


@every_kind
def test_what_is_rejected_is_not_asked_on_the_other_images_until_somebody_thinks_otherwise(
    plant: Plant,
) -> None:
    decide(plant, "a", PUMP, "reject", at=WAITS, text=TEXT)
    assert plant.match()["matched"] == 4  # where it waits, and no other image
    assert proposed(plant, "c") == proposed(plant, "d") == []
    assert writes(plant, plant.match) == []
    take_back(plant, "a")
    assert plant.match()["matched"] == 4
    assert proposed(plant, "c") == [("suggest", "partial")]


@every_kind
def test_of_an_asset_that_is_deleted_nothing_is_learned(plant: Plant) -> None:
    confirm(plant, "a")
    confirm(plant, "b")
    if plant.is_classic():
        plant.client.assets.delete(external_id=f"{plant.name}-{PUMP.lower()}")
    else:
        plant.client.data_modeling.instances.delete((plant.name, PUMP.lower()))
    plant.pass_time()
    plant.match()
    assert pairs(plant) == AT_FIRST
    assert proposed(plant, "c") == []


@every_kind
def test_what_the_levels_leave_to_people_waits_for_them_and_says_what_was_confirmed(plant: Plant) -> None:
    plant.configure(approval={"levels": ["exact"]})
    confirm(plant, "a")
    confirm(plant, "b")
    plant.match()
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT])
    assert proposed(plant, "c") == [("suggest", "learned")]
    plant.configure(approval={"levels": ["exact", "learned"]})
    plant.match()
    assert set(LEARNED) < set(pairs(plant))
    for approval in ({"levels": ["exact"]}, {"levels": ["exact", "learned"], "from_score": 0.99}):
        plant.configure(approval=approval)  # no word of people: what was approved stays
        plant.match()
        assert set(LEARNED) < set(pairs(plant))


@every_kind
def test_what_was_confirmed_is_approved_where_the_levels_leave_its_own_to_people(plant: Plant) -> None:
    plant.configure(approval={"levels": ["exact", "learned"]})
    blank = {name: (Read("21 PT 1002", 0.7, 0.2),) for name in "abc"}
    plant.read(blank)
    plant.match()
    for name in "ab":
        decide(plant, name, "21-PT-1002", "approve", at=blank[name][0], text="21 PT 1002")
    plant.match()
    assert ("c", "21-pt-1002") in pairs(plant)
    (row,) = [row for row in audit(plant, level="learned") if not row["decidedBy"]]
    assert "confirmed by" in row["reason"]


@pytest.mark.parametrize("project", ["data_modeling", "hybrid"], indirect=True)
def test_another_collection_learns_nothing_and_contradicts_nothing(plant: Plant) -> None:
    schema = "cdf_cdm" if plant.kind == "data_modeling" else hybrid.IMAGE_VIEW.space
    name = "Cognite360Image" if plant.kind == "data_modeling" else "Image360"
    collection = f"{name}Collection"
    apply = plant.client.data_modeling.instances.apply
    what = {"type": "Image360"} if plant.kind == "data_modeling" else {"label": "south"}
    view = ViewId(schema, collection, "v1")
    apply(NodeApply(plant.name, "south", sources=[NodeOrEdgeData(view, what)]))
    moved = {"collection360": {"space": plant.name, "externalId": "south"}}
    apply(NodeApply(plant.name, "d", sources=[NodeOrEdgeData(ViewId(schema, name, "v1"), moved)]))
    both = {"space": plant.name, "collections": [COLLECTION, "south"]}
    plant.configure(images=both)
    confirm(plant, "a")
    confirm(plant, "b")
    plant.match()
    assert ("c", "21-pt-1001") in pairs(plant)
    assert ("d", "21-pt-1001") not in pairs(plant)
    decide(plant, "d", PUMP, "reject", at=IMAGES["d"][0], text=TEXT)
    plant.match()
    assert ("c", "21-pt-1001") in pairs(plant)


@pytest.mark.parametrize("project", ["asset_centric"], indirect=True)
def test_another_site_learns_nothing_and_contradicts_nothing(plant: Plant) -> None:
    south = Plant(plant.server, plant.kind, plant.client, plant.functions)
    assets = {"subtree": [f"{plant.name}-root"]}
    both = {"approval": {}, "images": {"sites": [plant.name, south.name]}, "classic_assets": assets}
    south.settings = both
    south.load((), {"x": (WAITS,), "y": (WAITS,)})
    confirm(plant, "a")
    confirm(plant, "b")
    plant.match()
    assert ("c", "21-pt-1001") in pairs(plant)
    assert annotated(south) == 0
    pair = Pair(image_key(south, "x"), key_of(plant, PUMP))
    reject(plant, pair)
    plant.match()
    assert ("c", "21-pt-1001") in pairs(plant)
    south.remove()


def annotated(plant: Plant) -> int:
    return len(plant.annotations())


def reject(plant: Plant, pair: Pair) -> None:
    from image360.state.ids import DECISION_VIEW

    properties = {**pair.properties, "verdict": "reject", "text": TEXT}
    node = NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[NodeOrEdgeData(DECISION_VIEW, properties)])
    plant.client.data_modeling.instances.apply(node)
    plant.pass_time()


@pytest.mark.parametrize("project", ["hybrid"], indirect=True)
def test_a_plan_says_what_was_learned_and_writes_nothing(plant: Plant) -> None:
    confirm(plant, "a")
    confirm(plant, "b")
    said: list[dict[str, Any]] = []
    assert plant.writes(lambda: said.append(plant.match(mode="plan")), "") == []
    assert said[0]["approved_now"] == 4
    assert pairs(plant) == AT_FIRST


@pytest.mark.parametrize("project", ["hybrid"], indirect=True)
def test_calls_on_parts_of_the_images_have_learned_the_same(plant: Plant) -> None:
    """What an image is matched with does not depend on which others the call works on."""
    confirm(plant, "a")
    confirm(plant, "b")
    for name in IMAGES:
        plant.match(images=[plant.image(name)])
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT, *LEARNED])
    assert writes(plant, plant.match) == []


@pytest.mark.parametrize("project", ["hybrid"], indirect=True)
def test_what_scores_less_than_the_config_wants_waits_for_a_person(plant: Plant) -> None:
    plant.configure(approval={"from_score": 0.99})
    confirm(plant, "a")
    confirm(plant, "b")
    plant.match()
    assert pairs(plant) == sorted([*AT_FIRST, *TAUGHT])
    assert proposed(plant, "c") == [("suggest", "learned")]
