"""What people decide binds every run after it, whatever engine, levels, content or asset list."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from image360.state import work_items
from image360.state.decisions import Decision, Decisions
from image360.state.ids import AUDIT_VIEW
from tests.contract.people import audit, decide, edit, links, nodes, pairs, replace_face, writes
from tests.contract.plants import STATUS, Plant, Read

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
SAFE, OTHER = Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1002", 0.3, 0.5)
DOUBTFUL = Read("21 PT 1003", 0.3, 0.9)  # another level than the config approves
IMAGES = {"a": (SAFE, OTHER, DOUBTFUL), "b": (Read("21-PT-1001", 0.5, 0.5),)}
AT_FIRST = [("a", "21-pt-1001"), ("a", "21-pt-1002"), ("b", "21-pt-1001")]
BOLDER = {"levels": ["exact", "normalised", "alias", "misread"]}


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant with two images; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    yield made
    made.strike()
    made.remove()


pytestmark = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)


def proposed(plant: Plant) -> list[tuple[str, str]]:
    """Text and decision of every proposal."""
    return sorted((each.properties["text"], each.properties["decision"]) for each in plant.proposals())


def everything_again(plant: Plant) -> None:
    """Run once more in every way that makes images due: other levels, assets, readings, and new content."""
    plant.match_anew()
    replace_face(plant, "a")
    plant.configure(approval=BOLDER)
    plant.match()
    again = {
        name: [Read(each.text, each.u + 0.001, each.v) for each in texts] for name, texts in IMAGES.items()
    }
    plant.read(again)
    plant.match()


def test_a_rejected_pair_is_never_proposed_and_never_approved(plant: Plant) -> None:
    decide(plant, "a", "21-PT-1001", "reject")
    decide(plant, "a", "21-PT-1003", "reject")
    summary = plant.match()
    expected = [("a", "21-pt-1002"), ("b", "21-pt-1001")]
    assert pairs(plant) == expected
    assert proposed(plant) == [("21-PT-1001", "approve"), ("21-PT-1002", "approve")]
    assert (summary["approved"], summary["suggested"]) == (2, 0)
    everything_again(plant)
    assert pairs(plant) == expected
    assert "21 PT 1003" not in [text for text, _ in proposed(plant)]


def test_what_was_proposed_of_a_former_content_goes_when_it_is_rejected(plant: Plant) -> None:
    plant.match()
    replace_face(plant, "b")
    plant.read({"b": IMAGES["b"]})
    plant.match()
    assert proposed(plant).count(("21-PT-1001", "approve")) == 3
    decide(plant, "b", "21-PT-1001", "reject")
    plant.match()
    assert proposed(plant).count(("21-PT-1001", "approve")) == 1


def test_our_approval_of_what_is_rejected_since_is_taken_back(plant: Plant) -> None:
    plant.match()
    before = links(plant)
    decide(plant, "a", "21-PT-1001", "reject")
    summary = plant.match(run="second")
    assert (summary["taken_back"], summary["matched"]) == (1, 1)
    assert pairs(plant) == AT_FIRST[1:]
    assert set(links(plant)) < set(before)
    (row,) = audit(plant, action="take_back")
    assert (row["run"], row["decidedBy"]) == ("second", "anna@plant")
    assert writes(plant, plant.match) == []
    everything_again(plant)
    assert ("a", "21-pt-1001") not in pairs(plant)


def test_what_a_person_has_changed_about_our_link_stays_though_its_pair_is_rejected(plant: Plant) -> None:
    plant.match()
    (ours,) = [each for each in links(plant) if (each.image, each.asset) == AT_FIRST[0]]
    edit(plant, ours)
    before = links(plant)
    decide(plant, "a", "21-PT-1001", "reject")
    assert plant.match()["taken_back"] == 0
    assert links(plant) == before


def test_what_a_person_approves_is_written_once_and_said_to_be_theirs(plant: Plant) -> None:
    plant.match()
    decide(plant, "a", "21-PT-1003", "approve", at=DOUBTFUL)
    summary = plant.match(run="second")
    assert (summary["approved_now"], summary["matched"]) == (1, 1)
    expected = sorted([*AT_FIRST, ("a", "21-pt-1003")])
    assert pairs(plant) == expected
    (row,) = audit(plant, run="second")
    assert (row["action"], row["level"], row["decidedBy"]) == ("approve", "normalised", "anna@plant")
    assert ("21 PT 1003", "approve") in proposed(plant)
    before = links(plant)
    assert writes(plant, plant.match) == []
    everything_again(plant)
    assert pairs(plant) == expected
    assert links(plant) == before


def test_an_approval_without_a_place_is_written_wherever_the_asset_is_read(plant: Plant) -> None:
    decide(plant, "a", "21-PT-1003", "approve")
    decide(plant, "b", "21-PT-1003", "approve")
    summary = plant.match()
    assert pairs(plant) == sorted([*AT_FIRST, ("a", "21-pt-1003")])
    assert len(summary["unplaced"]) == 1


def test_an_approval_where_nothing_was_read_is_written_at_its_polygon(plant: Plant) -> None:
    decide(plant, "b", "21-PT-1002", "approve", at=Read("", 0.7, 0.2), text="1002")
    plant.match()
    assert ("b", "21-pt-1002") in pairs(plant)
    (row,) = [each for each in audit(plant) if each["decidedBy"]]
    assert row["text"] == "1002"
    assert row["level"] is None


def test_a_change_rejects_the_one_asset_and_approves_the_other_there(plant: Plant) -> None:
    plant.match()
    decide(plant, "a", "21-PT-1001", "change", "21-PT-1003", at=SAFE)
    plant.match()
    expected = [("a", "21-pt-1002"), ("a", "21-pt-1003"), ("b", "21-pt-1001")]
    assert pairs(plant) == expected
    assert writes(plant, plant.match) == []
    everything_again(plant)
    assert pairs(plant) == expected


def test_a_change_without_a_place_stands_where_the_one_asset_was_read(plant: Plant) -> None:
    decide(plant, "b", "21-PT-1001", "change", "21-PT-1002")
    plant.match()
    assert pairs(plant) == [("a", "21-pt-1001"), ("a", "21-pt-1002"), ("b", "21-pt-1002")]


def test_a_decision_that_is_made_while_a_run_is_at_work_is_heeded(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Decisions.listed

    def decided_after(self: Decisions) -> list[Decision]:
        found = listed(self)
        decide(plant, "a", "21-PT-1001", "reject")
        return found

    monkeypatch.setattr(Decisions, "listed", decided_after)
    plant.match()
    assert pairs(plant) == AT_FIRST[1:]


def test_what_no_audit_row_tells_of_is_not_ours_though_a_person_rejects_it(plant: Plant) -> None:
    plant.match()
    before = links(plant)
    plant.client.data_modeling.instances.delete(
        [(each.space, each.external_id) for each in nodes(plant, AUDIT_VIEW)]
    )
    decide(plant, "a", "21-PT-1001", "reject")
    plant.match()
    assert links(plant) == before


def test_a_plan_says_what_it_would_do_for_decisions_and_writes_nothing(plant: Plant) -> None:
    plant.match()
    decide(plant, "a", "21-PT-1001", "change", "21-PT-1003", at=SAFE)
    said = []
    assert plant.writes(lambda: said.append(plant.match(mode="plan")), "") == []
    assert (said[0]["taken_back"], said[0]["approved_now"]) == (1, 1)
    assert pairs(plant) == AT_FIRST


def test_a_decision_makes_its_own_image_due_and_no_other(plant: Plant) -> None:
    plant.match()
    decide(plant, "b", "21-PT-1003", "reject")
    assert plant.match()["matched"] == 1
