"""A link that a person deletes is not written again; one that new content does not show is taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from image360.approval.annotations import Annotations
from image360.approval.contextualization import Contextualizations
from image360.state import work_items
from tests.contract.people import (
    Shown,
    audit,
    decide,
    delete,
    edit,
    holds,
    links,
    pairs,
    replace_face,
    repoint,
    writes,
)
from tests.contract.plants import STATUS, Plant, Read

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
FIRST, SECOND = Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1002", 0.3, 0.6)
IMAGES = {"a": (FIRST, SECOND), "b": (Read("21-PT-1001", 0.5, 0.5),)}
AT_FIRST = [("a", "21-pt-1001"), ("a", "21-pt-1002"), ("b", "21-pt-1001")]


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant with two images that were matched by the run "first"; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    made.match(run=f"{made.name}-first")
    assert pairs(made) == AT_FIRST
    yield made
    made.strike()
    made.remove()


pytestmark = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)


def link_of(plant: Plant, image: str, asset: str) -> Shown:
    """The one link of a pair."""
    (found,) = [each for each in links(plant) if (each.image, each.asset) == (image, asset)]
    return found


def test_a_link_that_a_person_deletes_is_held_until_a_person_approves_it(plant: Plant) -> None:
    delete(plant, link_of(plant, *AT_FIRST[0]))
    summary = plant.match_anew()
    assert pairs(plant) == AT_FIRST[1:]
    assert len(summary["deleted"]) == 1
    assert [run for run, _ in holds(plant)] == [f"{plant.name}-first"]
    assert [row["run"] for row in audit(plant, action="gone")] != []
    (held,) = [each for each in plant.proposals() if each.properties.get("held")]
    assert "somebody has deleted what it wrote" in held.properties["reason"]
    assert plant.match_anew()["deleted"] == []
    assert writes(plant, plant.match) == []
    decide(plant, "a", "21-PT-1001", "approve")
    plant.match()
    assert pairs(plant) == AT_FIRST
    assert len(links(plant)) == len(AT_FIRST)


def test_release_lets_a_deleted_link_be_written_again_once(plant: Plant) -> None:
    delete(plant, link_of(plant, *AT_FIRST[0]))
    plant.match_anew()
    plant.match(step="release", run=f"{plant.name}-first")
    assert plant.match()["approved_now"] == 1
    assert pairs(plant) == AT_FIRST
    delete(plant, link_of(plant, *AT_FIRST[0]))
    plant.match_anew()
    assert pairs(plant) == AT_FIRST[1:]


def test_release_after_an_undo_lets_go_of_what_was_deleted_before_it_too(plant: Plant) -> None:
    run = f"{plant.name}-first"
    delete(plant, link_of(plant, *AT_FIRST[0]))
    plant.match(step="undo", run=run)
    assert pairs(plant) == []
    assert writes(plant, lambda: plant.match(step="undo", run=run)) == []
    plant.match(step="release", run=run)
    assert plant.match()["deleted"] == []
    assert pairs(plant) == AT_FIRST


def test_who_deletes_what_was_approved_before_has_the_last_word(plant: Plant) -> None:
    decide(plant, "a", "21-PT-1001", "approve")
    plant.match()
    delete(plant, link_of(plant, *AT_FIRST[0]))
    assert len(plant.match_anew()["deleted"]) == 1
    assert pairs(plant) == AT_FIRST[1:]
    decide(plant, "a", "21-PT-1001", "approve", note="after all")
    plant.match()
    assert pairs(plant) == AT_FIRST


def test_the_pair_is_held_wherever_it_is_read_next(plant: Plant) -> None:
    delete(plant, link_of(plant, *AT_FIRST[0]))
    replace_face(plant, "a")
    plant.read({"a": [Read("21-PT-1001", 0.7, 0.8), SECOND]})
    assert len(plant.match()["deleted"]) == 1
    assert ("a", "21-pt-1001") not in pairs(plant)


def test_what_a_person_has_given_to_another_asset_is_not_written_beside_it(plant: Plant) -> None:
    ours = link_of(plant, *AT_FIRST[0])
    repoint(plant, ours, "21-PT-1003", FIRST)
    assert len(plant.match_anew()["deleted"]) == 1
    assert [each for each in pairs(plant) if each[0] == "a"] == [("a", "21-pt-1002"), ("a", "21-pt-1003")]
    assert writes(plant, plant.match) == []


def test_what_went_with_its_asset_is_written_when_that_is_made_anew(plant: Plant) -> None:
    """Nobody has decided anything by that: source systems replace what they load."""
    if plant.is_classic():
        pytest.skip("a classic asset that is made anew is another one")
    for ours in [each for each in links(plant) if each.asset == "21-pt-1001"]:
        delete(plant, ours)
    plant.client.data_modeling.instances.delete((plant.name, "21-pt-1001"))
    plant.match()
    assert pairs(plant) == AT_FIRST[1:2]
    plant.add_assets("21-PT-1001")
    assert plant.match()["deleted"] == []
    assert pairs(plant) == AT_FIRST


def test_a_list_that_does_not_show_a_link_yet_is_no_deletion_and_no_reason_to_write(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for writer in (Annotations, Contextualizations):
        monkeypatch.setattr(writer, "stored", lambda *_: [])
    assert plant.match_anew()["deleted"] == []
    monkeypatch.undo()
    assert holds(plant) == []
    assert len(links(plant)) == len(AT_FIRST)


@pytest.mark.parametrize("answers", [{"unknown_ids": "400"}, {"unknown_ids": "404"}])
def test_a_deletion_is_seen_however_cdf_refuses_an_unknown_id(plant: Plant, answers: dict[str, str]) -> None:
    plant.server.read_as(**answers)
    delete(plant, link_of(plant, *AT_FIRST[0]))
    delete(plant, link_of(plant, *AT_FIRST[2]))
    try:
        assert len(plant.match_anew()["deleted"]) == 2
    finally:
        plant.server.read_as(unknown_ids="400")


def test_a_plan_names_what_was_deleted_and_writes_nothing(plant: Plant) -> None:
    delete(plant, link_of(plant, *AT_FIRST[0]))
    said = []
    plant.add_assets("99-ZZ-0001")
    assert plant.writes(lambda: said.append(plant.match(mode="plan")), "") == []
    assert len(said[0]["deleted"]) == 1
    assert (said[0]["approved_now"], said[0]["held"]) == (0, 1)


def test_who_approves_after_the_deletion_has_it_written(plant: Plant) -> None:
    delete(plant, link_of(plant, *AT_FIRST[0]))
    decide(plant, "a", "21-PT-1001", "approve")
    assert plant.match()["deleted"] == []
    assert pairs(plant) == AT_FIRST


def test_what_new_content_does_not_show_is_taken_back(plant: Plant) -> None:
    replace_face(plant, "a")
    plant.read({"a": [SECOND]})
    summary = plant.match(run=f"{plant.name}-second")
    assert summary["taken_back"] == 1
    assert ("a", "21-pt-1001") not in pairs(plant)
    assert ("a", "21-pt-1002") in pairs(plant)
    (row,) = audit(plant, action="take_back")
    assert (row["run"], row["decidedBy"]) == (f"{plant.name}-second", None)
    assert "new content" in row["reason"]
    assert holds(plant) == []
    # It may come back.
    replace_face(plant, "a")
    plant.read({"a": [FIRST, SECOND]})
    plant.match()
    assert [each for each in pairs(plant) if each[0] == "a"] == AT_FIRST[:2]


def test_what_has_moved_is_linked_where_it_is_now(plant: Plant) -> None:
    before = link_of(plant, *AT_FIRST[0])
    replace_face(plant, "a")
    plant.read({"a": [Read("21-PT-1001", 0.7, 0.8), SECOND]})
    plant.match()
    after = link_of(plant, *AT_FIRST[0])
    assert after.content != before.content
    assert writes(plant, plant.match) == []


def test_what_is_read_with_doubt_in_new_content_stays_for_a_person(plant: Plant) -> None:
    replace_face(plant, "a")
    plant.read({"a": [Read("21 PT 1001", 0.3, 0.3), SECOND]})  # of a level that the config does not approve
    summary = plant.match()
    assert summary["taken_back"] == 0
    assert ("a", "21-pt-1001") in pairs(plant)


def test_what_a_person_has_approved_without_a_place_stays_though_new_content_does_not_show_it(
    plant: Plant,
) -> None:
    decide(plant, "a", "21-PT-1001", "approve")
    replace_face(plant, "a")
    plant.read({"a": [SECOND]})
    assert plant.match()["taken_back"] == 0
    assert pairs(plant) == AT_FIRST


def test_once_new_content_was_matched_other_rules_take_nothing_of_it_back(plant: Plant) -> None:
    replace_face(plant, "a")
    plant.read({"a": [FIRST, SECOND]})
    plant.match()
    plant.configure(matching={"no_tags": ["21-PT-1001"]})
    assert plant.match()["taken_back"] == 0
    assert pairs(plant) == AT_FIRST


def test_what_a_person_has_changed_stays_whatever_the_content(plant: Plant) -> None:
    ours = link_of(plant, *AT_FIRST[0])
    edit(plant, ours)
    replace_face(plant, "a")
    plant.read({"a": [SECOND]})
    assert plant.match()["taken_back"] == 0
    assert ours.id in [each.id for each in links(plant)]
