"""The queue of the review app on a local CDF: what waits, in which order, and what a decision does."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, ViewId

from demo.deploy import STATE_SPACE
from image360.state import work_items
from review.desk import Desk
from review.pictures import Photograph, PictureError
from review.waiting import Area, Entry, Proposal, Waiting, Wanted
from tests.contract.people import decide, image_key, key_of, links, pairs
from tests.contract.plants import Plant, Read
from tests.contract.review_plants import (
    APPROVED,
    STATUS,
    WAITING,
    decisions,
    deployed,
    desk,
    matched,
    person,
    verdicts,
)


@pytest.fixture(scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A project of some kind."""
    with deployed(request.param, tmp_path_factory.mktemp("cdf")) as made:
        yield made


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant that was matched; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    with matched(project) as made:
        yield made


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
hybrid = pytest.mark.parametrize("project", ["hybrid"], indirect=True)


def texts_in_turn(at: Desk) -> list[str]:
    """What is shown, until the end of the queue, without deciding on it."""
    shown = []
    while at.entry is not None:
        shown.append(at.entry.shown.text)
        at.skip()
    return shown


@every_kind
def test_what_waits_is_what_was_suggested_the_most_doubtful_first(plant: Plant) -> None:
    waiting = list(Waiting(plant.client, STATE_SPACE).all())
    assert sorted(each.text for each in waiting) == WAITING
    assert [each.score for each in waiting] == sorted(each.score for each in waiting)
    assert all(each.reason and each.level for each in waiting)


@every_kind
def test_the_same_reading_is_one_group_and_one_key_decides_it(plant: Plant) -> None:
    at = person(plant, "anna")
    while at.entry is not None and at.entry.shown.text != "21 PT 1003":
        at.skip()
    assert at.entry is not None
    assert len(at.entry.pairs) == 3
    at.decide("approve", group=True)
    assert verdicts(plant) == [("a", "approve"), ("b", "approve"), ("c", "approve")]
    assert {each["decidedBy"] for each in decisions(plant)} == {at.verdicts.person}
    assert at.message == "Approved: '21 PT 1003' on 3 images."
    plant.match()
    found = pairs(plant)
    assert {("a", "21-pt-1003"), ("b", "21-pt-1003"), ("c", "21-pt-1003")} <= set(found)


@every_kind
def test_a_decision_on_what_is_shown_is_of_its_image_alone_and_says_where(plant: Plant) -> None:
    at = desk(plant)
    while at.entry is not None and at.entry.shown.text != "45_VA_0012":
        at.skip()
    at.decide("approve")
    (decision,) = decisions(plant)
    assert (decision["text"], decision["verdict"]) == ("45_VA_0012", "approve")
    assert len(decision["polygon"]) == 12
    plant.match()
    assert pairs(plant) == sorted([*APPROVED, ("b", "45-va-0012")])


@every_kind
def test_what_a_person_says_always_of_is_approved_on_all_images_by_the_next_run(plant: Plant) -> None:
    plant.configure(approval={"levels": ["exact", "learned"]})
    at = desk(plant)
    while at.entry is not None and at.entry.shown.text != "21 PT 1003":
        at.skip()
    at.switch_always()
    at.decide("approve")
    assert at.message == "Approved for always: '21 PT 1003'."
    assert not at.always  # it is said of one reading
    (decision,) = decisions(plant)
    assert (decision["always"], decision["level"]) == (True, "normalised")
    assert 0 < decision["score"] <= 1
    plant.match()
    found = pairs(plant)
    assert {("a", "21-pt-1003"), ("b", "21-pt-1003"), ("c", "21-pt-1003")} <= set(found)


@hybrid
def test_what_is_shown_stays_until_the_next_is_known(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(plant)
    first = at.entry
    seen = []
    look = Waiting.entry

    def look_slowly(self: Waiting, shown: Proposal) -> Entry | None:
        seen.append(at.entry)
        return look(self, shown)

    monkeypatch.setattr(Waiting, "entry", look_slowly)
    at.decide("reject")
    assert seen == [first]
    assert at.entry not in (None, first)


@hybrid
def test_always_is_not_said_of_what_is_rejected_or_shown_next(plant: Plant) -> None:
    at = desk(plant)
    at.switch_always()
    at.decide("reject")
    (decision,) = decisions(plant)
    assert decision["always"] is False
    at.switch_always()
    at.skip()
    assert not at.always


@every_kind
def test_what_was_decided_comes_back_to_nobody(plant: Plant) -> None:
    at = desk(plant)
    shown = at.entry
    assert shown is not None
    at.decide("reject")
    later = desk(plant)
    assert shown.shown.pair not in [each.pair for each in Waiting(plant.client, STATE_SPACE).all()]
    assert later.entry is not None
    plant.match()
    assert shown.shown.pair.asset not in [
        each.pair.asset for each in Waiting(plant.client, STATE_SPACE).all() if each.pair == shown.shown.pair
    ]


@every_kind
def test_a_change_to_another_asset_is_written_there(plant: Plant) -> None:
    at = desk(plant)
    while at.entry is not None and at.entry.shown.text != "45_VA_0012":
        at.skip()
    found = at.assets.search("1002")
    assert [each.name for each in found.assets] == ["21-PT-1002"]
    at.decide("change", key_of(plant, "21-PT-1002"))
    plant.match()
    assert pairs(plant) == sorted([*APPROVED, ("b", "21-pt-1002")])


@every_kind
def test_of_two_people_the_second_is_refused_and_told_by_whom(plant: Plant) -> None:
    anna, ben = person(plant, "anna"), person(plant, "ben")
    assert anna.entry is not None
    assert ben.entry is not None
    assert anna.entry.shown == ben.entry.shown
    anna.decide("reject")
    ben.decide("approve")
    (decision,) = decisions(plant)
    assert (decision["verdict"], decision["decidedBy"]) == ("reject", anna.verdicts.person)
    assert f"{anna.verdicts.person} has decided: reject" in ben.message
    assert ben.done == []
    assert ben.entry is None or ben.entry.shown != anna.entry


@hybrid
def test_of_a_group_the_others_are_decided_though_somebody_was_faster_on_one(plant: Plant) -> None:
    anna = person(plant, "anna")
    while anna.entry is not None and len(anna.entry.pairs) < 3:
        anna.skip()
    decide(plant, "b", "21-PT-1003", "reject", decidedBy="ben@plant")
    anna.decide("approve", group=True)
    assert verdicts(plant) == [("a", "approve"), ("b", "reject"), ("c", "approve")]
    assert "on 2 images" in anna.message
    assert "Not 21-pt-1003 on b: ben@plant has decided: reject" in anna.message


@every_kind
def test_the_last_step_is_taken_back_and_shown_again(plant: Plant) -> None:
    at = desk(plant)
    first = at.entry
    at.decide("approve", group=True)
    assert decisions(plant) != []
    at.undo()
    assert decisions(plant) == []
    assert at.entry is not None
    assert first is not None
    assert at.entry.shown == first.shown
    at.decide("reject")
    assert [verdict for _, verdict in verdicts(plant)] == ["reject"]
    at.undo()
    at.undo()
    assert at.message == "There is nothing to take back."


@hybrid
def test_what_somebody_has_changed_since_is_not_taken_back(plant: Plant) -> None:
    at = desk(plant)
    shown = at.entry
    assert shown is not None
    at.decide("approve")
    image = shown.shown.pair.image[1]
    decide(plant, image, "21-PT-1003" if "1003" in shown.shown.text else "45-VA-0012", "reject")
    at.undo()
    assert [verdict for _, verdict in verdicts(plant)] == ["reject"]
    assert "anna@plant has decided: reject" in at.message


@hybrid
def test_two_places_of_an_asset_on_an_image_are_decided_together_and_without_a_place(plant: Plant) -> None:
    at = desk(plant)
    while at.entry is not None and len(at.entry.pairs) < 3:
        at.skip()
    assert at.entry is not None
    texts = {pair.image[1]: sorted(each.text for each in at.entry.places(pair)) for pair in at.entry.pairs}
    assert texts == {"a": ["21 PT 1003"], "b": ["21 PT 1003"], "c": ["21 PT 1003", "21PT1003"]}
    at.decide("approve", group=True)
    placed = {each["image"]["externalId"] for each in decisions(plant) if each.get("polygon")}
    assert placed == {"a", "b"}
    plant.match()
    assert len([each for each in links(plant) if each.image == "c"]) == 2


@hybrid
def test_a_group_says_where_the_asset_is_linked_already(plant: Plant) -> None:
    plant.read({"b": [Read("21-PT-1003", 0.5, 0.5), Read("21 PT 1003", 0.1, 0.1)]})
    plant.match()
    at = desk(plant)
    while at.entry is not None and len(at.entry.pairs) < 3:
        at.skip()
    assert at.entry is not None
    assert [pair.image[1] for pair in at.entry.linked] == ["b"]


@every_kind
def test_filters_leave_what_is_asked_for(plant: Plant) -> None:
    at = desk(plant)
    collection = plant.name if plant.kind == "asset_centric" else "site"
    everything = len(texts_in_turn(at))
    for wanted, count in [
        (Wanted(collection=collection), everything),
        (Wanted(collection="another"), 0),
        (Wanted(level="fuzzy"), 0),
        (Wanted(level="normalised"), everything),
        (Wanted(most=0.01), 0),
        (Wanted(least=0.01, most=0.999), everything),
    ]:
        at.look_for(wanted)
        assert len(texts_in_turn(at)) == count, wanted


@every_kind
def test_an_area_is_an_asset_and_all_below_it(plant: Plant) -> None:
    at = desk(plant)
    if plant.is_classic():
        whole = Wanted(area=at.assets.below(f"{plant.name}-root"))
        part = Wanted(area=at.assets.below(f"{plant.name}-45-va-0012"))
        assert part.area == Area(classic=(key_of(plant, "45-VA-0012"),))  # type: ignore[arg-type]
    else:
        view = ViewId("cdf_cdm", "CogniteAsset", "v1")
        parent = {"space": plant.name, "externalId": "unit-45"}
        plant.client.data_modeling.instances.apply(
            NodeApply(plant.name, "unit-45", sources=[NodeOrEdgeData(view, {"name": "unit 45"})])
        )
        below = NodeOrEdgeData(view, {"parent": parent})
        plant.client.data_modeling.instances.apply(NodeApply(plant.name, "45-va-0012", sources=[below]))
        plant.pass_time()
        found = at.assets.below("unit-45")
        assert found == Area((plant.name, "unit-45"))
        whole, part = Wanted(), Wanted(area=found)
    at.look_for(part)
    assert texts_in_turn(at) == ["45_VA_0012"]
    at.look_for(whole)
    assert len(texts_in_turn(at)) > 1
    assert at.assets.below("nothing-of-the-kind") is None


@every_kind
def test_an_asset_that_was_deleted_meanwhile_is_named_and_nothing_is_written(plant: Plant) -> None:
    at = desk(plant)
    while at.entry is not None and at.entry.shown.text != "45_VA_0012":
        at.skip()
    key = key_of(plant, "45-VA-0012")
    if isinstance(key, int):
        plant.client.assets.delete(id=key)
    else:
        plant.client.data_modeling.instances.delete([key])
    plant.pass_time()
    assert at.entry is not None
    assert key not in at.candidates()
    at.decide("approve")
    assert "the asset is no longer in CDF" in at.message
    assert decisions(plant) == []


@hybrid
def test_an_image_that_was_deleted_meanwhile_is_named_and_nothing_is_written(plant: Plant) -> None:
    at = desk(plant)
    while at.entry is not None and at.entry.shown.text != "45_VA_0012":
        at.skip()
    plant.client.data_modeling.instances.delete([image_key(plant, "b")])
    plant.pass_time()
    with pytest.raises(PictureError, match="the image b is no longer in CDF"):
        Photograph.find(at.client, at.config, "b")
    at.decide("approve")
    assert "the image is no longer in CDF" in at.message
    assert decisions(plant) == []


@every_kind
def test_an_image_is_found_by_its_name_without_a_look_at_the_others(plant: Plant) -> None:
    at = desk(plant)
    assert at.entry is not None
    photograph = Photograph.find(at.client, at.config, at.entry.shown.pair.image[1])
    assert photograph.image.key == at.entry.shown.pair.image
    with pytest.raises(PictureError, match="is no readable picture"):  # the plant's faces are none
        photograph.faces(["front"])


@hybrid
def test_counts_tell_what_waits_and_what_was_decided(plant: Plant) -> None:
    at = desk(plant)
    assert at.waiting.count() == len(WAITING)
    at.decide("reject")
    plant.pass_time()
    assert at.waiting.decided() == {"approve": 0, "reject": 1, "change": 0}
    assert at.counts() == {"reject": 1}
    at.look_for(Wanted(collection="site"))
    assert at.waiting.count() is None
