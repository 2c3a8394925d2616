"""Undo takes back what one run wrote, and nothing else; its pairs wait until somebody lets them go on."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from cognite.client.exceptions import CogniteAPIError, CogniteRequestError

from demo.deploy import PIPELINE, STATE_SPACE
from image360 import undo
from image360.catalog import list_images
from image360.config import parse_config
from image360.errors import RequestError
from image360.state import work_items
from image360.state.holds import Holds
from image360.state.work_items import WorkItem, WorkItems
from tests.contract.people import Shown, audit, calls, decide, delete, edit, holds, links, pairs, writes
from tests.contract.plants import FUNCTIONS, STATUS, Plant, Read
from tests.contract.test_approval_contextualization import link_by_hand

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
SAFE, SEAM = Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1002", 0.96, 0.5)
BOLD = Read("21 PT 1003", 0.3, 0.9)  # of a level that only the bolder config approves
IMAGES = {"a": (SAFE, SEAM, BOLD), "b": (Read("21-PT-1001", 0.5, 0.5),)}
FIRST = [("a", "21-pt-1001"), ("a", "21-pt-1002"), ("b", "21-pt-1001")]
SECOND = [("a", "21-pt-1003")]
BOLDER = {"levels": ["exact", "normalised"]}


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant with two images; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    monkeypatch.setattr(undo, "LEASE", timedelta(0))
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    yield made
    made.strike()
    made.remove()


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
data_modeling = pytest.mark.parametrize("project", ["data_modeling"], indirect=True)
by_annotations = pytest.mark.parametrize("project", ["hybrid", "asset_centric"], indirect=True)


def the(plant: Plant, run: str) -> str:
    """The id of a run: there is none like it in another plant."""
    return f"{plant.name}-{run}"


def two_runs(plant: Plant) -> None:
    """A careful run, and a bolder one after it."""
    plant.match(run=the(plant, "first"))
    plant.configure(approval=BOLDER)
    plant.match(run=the(plant, "second"))
    assert pairs(plant) == sorted(FIRST + SECOND)


def undone(plant: Plant, run: str) -> dict[str, Any]:
    return plant.match(step="undo", run=the(plant, run))


def items(plant: Plant) -> list[WorkItem]:
    """The work items of the plant's images."""
    stored = plant.client.extraction_pipelines.config.retrieve(PIPELINE)
    images = list_images(plant.client, parse_config(stored.config or "", PIPELINE)).images
    return WorkItems(plant.client, STATE_SPACE, "onlooker").of(images)


def sweeps(plant: Plant, times: int = 2) -> list[str]:
    """What further runs write."""
    return [path for _ in range(times) for path in writes(plant, plant.match)]


def proposals(plant: Plant) -> list[tuple[str, str, bool]]:
    return sorted(
        (each.properties["text"], each.properties["decision"], each.properties["held"])
        for each in plant.proposals()
    )


@every_kind
def test_undo_of_the_second_of_two_runs_leaves_what_the_first_has_left(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    after_first = links(plant)
    plant.configure(approval=BOLDER)
    plant.match(run=the(plant, "second"))
    summary = undone(plant, "second")
    assert links(plant) == after_first
    assert (summary["taken_back"], summary["held_now"], summary["remaining"]) == (1, 1, 0)
    assert sweeps(plant) == []


@every_kind
def test_undo_of_the_first_of_two_runs_leaves_what_the_second_has_written(plant: Plant) -> None:
    two_runs(plant)
    before = links(plant)
    summary = undone(plant, "first")
    assert links(plant) == [each for each in before if (each.image, each.asset) in SECOND]
    assert summary["held_now"] == 3
    assert sweeps(plant) == []
    assert sorted(each for each in proposals(plant) if each[2]) == [
        ("21-PT-1001", "suggest", True),
        ("21-PT-1001", "suggest", True),
        ("21-PT-1002", "suggest", True),
    ]


@every_kind
def test_no_later_run_approves_what_was_undone(plant: Plant) -> None:
    two_runs(plant)
    undone(plant, "first")
    plant.match_anew()
    plant.configure(approval=BOLDER)
    again = {
        name: [Read(each.text, each.u + 0.001, each.v) for each in texts] for name, texts in IMAGES.items()
    }
    plant.read(again)
    summary = plant.match()
    assert pairs(plant) == SECOND
    assert summary["held"] == 3


@every_kind
def test_a_second_undo_finds_nothing_to_do_and_writes_nothing(plant: Plant) -> None:
    two_runs(plant)
    undone(plant, "first")
    before = links(plant)
    said: list[dict[str, Any]] = []
    assert writes(plant, lambda: said.append(undone(plant, "first"))) == []
    assert (said[0]["changed"], said[0]["taken_back"], said[0]["remaining"]) == (False, 0, 0)
    assert links(plant) == before


@every_kind
def test_a_plan_says_what_undo_and_release_would_do_and_writes_nothing(plant: Plant) -> None:
    two_runs(plant)
    before = links(plant)
    said: list[dict[str, Any]] = []

    def plan(step: str) -> None:
        said.append(plant.match(step=step, run=the(plant, "first"), mode="plan"))

    assert plant.writes(lambda: plan("undo"), "") == []
    assert links(plant) == before
    undone(plant, "first")
    assert plant.writes(lambda: plan("release"), "") == []
    assert [each["changed"] for each in said] == [False, False]
    assert (said[0]["held_now"], said[1]["released"]) == (3, 3)
    assert len(holds(plant)) == 3


@every_kind
def test_what_a_person_has_changed_since_stays_and_is_named(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    ours = next(each for each in links(plant) if (each.image, each.asset) == FIRST[0])
    edit(plant, ours)
    edited = [each for each in links(plant) if each.id == ours.id]
    summary = undone(plant, "first")
    assert links(plant) == edited
    assert len(summary["kept"]) == 1
    assert summary["held_now"] == 2


@every_kind
def test_a_released_pair_is_approved_by_the_next_run(plant: Plant) -> None:
    two_runs(plant)
    undone(plant, "first")
    summary = plant.match(step="release", run=the(plant, "first"))
    assert (summary["released"], summary["remaining"]) == (3, 0)
    assert holds(plant) == []
    plant.match()
    assert pairs(plant) == sorted(FIRST + SECOND)
    assert sweeps(plant) == []


@every_kind
def test_a_match_for_which_the_list_of_holds_lags_behind_a_release_is_found_out(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_runs(plant)
    undone(plant, "first")
    before = Holds(plant.client, STATE_SPACE).listed()
    plant.match(step="release", run=the(plant, "first"))
    with monkeypatch.context() as lagging:
        lagging.setattr(Holds, "listed", lambda _: before)
        plant.match()
    assert pairs(plant) == SECOND
    plant.match()
    assert pairs(plant) == sorted(FIRST + SECOND)
    assert sweeps(plant) == []


@every_kind
def test_release_lets_go_only_of_what_its_own_run_holds(plant: Plant) -> None:
    two_runs(plant)
    undone(plant, "first")
    undone(plant, "second")
    plant.match(step="release", run=the(plant, "second"))
    plant.match()
    assert pairs(plant) == SECOND


@every_kind
def test_a_person_lets_a_held_pair_be_approved_again(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    undone(plant, "first")
    decide(plant, "a", "21-PT-1001", "approve", at=SAFE)
    plant.match(run=the(plant, "after"))
    assert pairs(plant) == FIRST[:1]
    assert sweeps(plant) == []
    undone(plant, "after")
    assert pairs(plant) == []
    assert sweeps(plant) == []
    decide(plant, "a", "21-PT-1001", "approve", at=SAFE, note="yes, really")
    plant.match()
    assert pairs(plant) == FIRST[:1]


@every_kind
def test_what_was_undone_can_be_read_in_the_audit_and_the_calls(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    undone(plant, "first")
    rows = audit(plant, run=the(plant, "first"))
    assert [row["action"] for row in rows if row["action"] == "approve"] == ["approve"] * 3
    taken = [row for row in rows if row["action"] == "take_back"]
    written = {name for row in rows if row["action"] == "approve" for name in row["linkIds"]}
    assert {name for row in taken for name in row["linkIds"]} == written
    assert {row["reason"] for row in taken} == {f"run {the(plant, 'first')} was undone"}
    found = calls(plant, the(plant, "first"))
    assert [(each["step"], each["status"]) for each in found] == [("match", "done"), ("undo", "done")]
    assert found[0]["counts"]["approved_now"] == 3
    assert found[1]["counts"]["held_now"] == 3


@data_modeling
def test_undo_and_release_work_while_all_else_is_paused(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    plant.configure(paused=True)
    summary = undone(plant, "first")
    assert (summary["taken_back"], summary["remaining"], pairs(plant)) == (3, 0, [])
    assert plant.match(step="release", run=the(plant, "first"))["released"] == 3
    assert writes(plant, plant.match) == []
    plant.configure()
    plant.match()
    assert pairs(plant) == sorted(FIRST)


@data_modeling
@pytest.mark.parametrize("step", ["undo", "release"])
def test_a_run_of_which_nothing_is_known_is_refused_by_name(plant: Plant, step: str) -> None:
    with pytest.raises(RequestError, match="'run': nothing is known of run 'nobody'"):
        plant.match(step=step, run="nobody")


@every_kind
def test_a_run_that_may_still_be_at_work_is_not_undone(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "LEASE", timedelta(minutes=10))
    plant.match(run=the(plant, "first"))
    with monkeypatch.context() as cut_off:
        cut_off.setattr("image360.state.runs.CallRecord.end", lambda *_: None)
        plant.add_assets("99-ZZ-9999")
        plant.match(run=the(plant, "first"))
    with pytest.raises(RequestError, match="may still be at work: try again when it has ended"):
        undone(plant, "first")


@pytest.mark.slow
@every_kind
def test_ten_sweeps_after_an_undo_write_nothing(plant: Plant) -> None:
    two_runs(plant)
    undone(plant, "first")
    assert sweeps(plant, 10) == []
    undone(plant, "second")
    assert sweeps(plant, 10) == []


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_that_is_cut_off_at_any_request_is_made_good_by_the_next(plant: Plant, when: str) -> None:
    two_runs(plant)
    for number in range(1, 60):
        plant.pass_time()
        plant.strike({"kind": "reset", "when": when, "caller": FUNCTIONS, "at": number})
        with suppress(CogniteAPIError, CogniteRequestError):
            undone(plant, "first")
        is_struck = plant.struck()
        plant.strike()
        assert undone(plant, "first")["remaining"] == 0
        assert pairs(plant) == SECOND
        assert writes(plant, lambda: undone(plant, "first")) == []
        assert sweeps(plant, 1) == []
        if not is_struck:
            return
        plant.match(step="release", run=the(plant, "first"))
        plant.match(run=the(plant, "first"))
        assert pairs(plant) == sorted(FIRST + SECOND)
    raise AssertionError("the undo makes ever more requests")


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_was_cut_off_at_any_request_can_be_undone(plant: Plant, when: str) -> None:
    for number in range(1, 60):
        plant.pass_time()
        plant.strike({"kind": "reset", "when": when, "caller": FUNCTIONS, "at": number})
        run = f"cut{number}"
        with suppress(CogniteAPIError, CogniteRequestError):
            plant.match(run=the(plant, run))
        is_struck = plant.struck()
        plant.strike()
        if audit(plant, run=the(plant, run)):
            assert undone(plant, run)["remaining"] == 0
        assert links(plant) == []
        if not is_struck:
            return
        if holds(plant):
            plant.match(step="release", run=the(plant, run))
        plant.add_assets(f"98-ZZ-{number:04}")
    raise AssertionError("the run makes ever more requests")


@data_modeling
@pytest.mark.parametrize("reading", ["one-edge", "edges"])
def test_another_polygon_of_the_same_pair_survives(plant: Plant, reading: str) -> None:
    plant.server.read_as(image360_pair=reading)
    plant.match(run=the(plant, "first"))
    ours = links(plant)
    link_by_hand(plant, "21-pt-1001", "a", Read("", 0.6, 0.1))
    (theirs,) = [each for each in links(plant) if each.content not in {one.content for one in ours}]
    undone(plant, "first")
    assert links(plant) == [theirs]
    plant.server.read_as(image360_pair="one-edge")


@every_kind
def test_an_image_on_which_another_call_works_is_left_to_a_later_undo(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.match(run=the(plant, "first"))
    monkeypatch.setattr(work_items, "LEASE", timedelta(minutes=10))
    stored = plant.client.extraction_pipelines.config.retrieve(PIPELINE)
    images = list_images(plant.client, parse_config(stored.config or "", PIPELINE)).images
    other = WorkItems(plant.client, STATE_SPACE, "other")
    held = other.claim([item for item in other.of(images) if item.image.external_id == plant.image("b")])
    summary = undone(plant, "first")
    assert (summary["images"], summary["remaining"]) == (1, 1)
    assert pairs(plant) == [("b", "21-pt-1001")]
    assert other.finish(held) == []
    assert undone(plant, "first")["remaining"] == 0
    assert pairs(plant) == []


@every_kind
def test_an_undo_that_is_cut_off_before_it_tells_the_counts_is_made_good_by_the_next(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_runs(plant)
    with monkeypatch.context() as cut_off:
        cut_off.setattr(WorkItems, "finish", lambda *_: [])
        undone(plant, "first")
    assert undone(plant, "first")["taken_back"] == 0
    counts = {item.image.external_id: (item.approved, item.held) for item in items(plant)}
    assert counts == {plant.image("a"): (1, 2), plant.image("b"): (0, 1)}
    assert writes(plant, lambda: undone(plant, "first")) == []


@every_kind
def test_what_is_gone_from_the_project_stops_no_undo(plant: Plant) -> None:
    plant.match(run=the(plant, "first"))
    if plant.is_classic():
        plant.client.assets.delete(external_id=f"{plant.name}-21-pt-1001")
    else:
        plant.client.data_modeling.instances.delete((plant.name, "21-pt-1001"))
    plant.pass_time()
    assert undone(plant, "first")["remaining"] == 0
    assert [each for each in pairs(plant) if each[1]] == []
    assert undone(plant, "first")["changed"] is False


@every_kind
def test_an_undo_that_loses_an_answer_is_made_good_by_the_next(plant: Plant) -> None:
    two_runs(plant)
    plant.strike({"kind": "reset", "when": "after", "path": "delete$", "caller": FUNCTIONS})
    with suppress(CogniteAPIError, CogniteRequestError):
        undone(plant, "first")
    assert plant.struck()
    plant.strike()
    assert undone(plant, "first")["remaining"] == 0
    assert pairs(plant) == SECOND
    assert sweeps(plant) == []


@by_annotations
def test_another_place_of_the_same_pair_that_another_run_wrote_survives(plant: Plant) -> None:
    plant.read({"b": (Read("21-PT-1001", 0.5, 0.5), Read("21 PT 1001", 0.2, 0.2))})
    two_runs(plant)
    before = links(plant)
    undone(plant, "second")
    gone = [each for each in before if each not in links(plant)]
    assert sorted((each.image, each.asset) for each in gone) == [*SECOND, ("b", "21-pt-1001")]
    assert [each for each in links(plant) if each.image == "b"]
    assert sweeps(plant) == []


@by_annotations
def test_a_place_that_a_person_has_deleted_before_the_undo_stays_empty_while_another_is_linked(
    plant: Plant,
) -> None:
    plant.read({"b": (Read("21-PT-1001", 0.5, 0.5), Read("21 PT 1001", 0.2, 0.2))})
    plant.match(run=the(plant, "first"))
    before = links(plant)
    plant.configure(approval=BOLDER)
    plant.match(run=the(plant, "second"))
    (second,) = [each for each in links(plant) if each not in before and each.image == "b"]
    delete(plant, second)
    undone(plant, "second")
    plant.match_anew()
    assert links(plant) == before


@by_annotations
def test_a_promotion_is_undone_to_the_suggestion_that_it_was(plant: Plant) -> None:
    plant.configure(approval={"levels": ["exact"], "write_suggestions": True})
    plant.match(run=the(plant, "first"))
    before = links(plant)
    plant.configure(approval={**BOLDER, "write_suggestions": True})
    plant.match(run=the(plant, "second"))
    assert links(plant) != before
    undone(plant, "second")
    assert links(plant) == before
    assert sweeps(plant) == []
    undone(plant, "first")
    assert links(plant) == []
    assert sweeps(plant) == []


QUICK = {("data_modeling", 1), ("hybrid", 2)}
HISTORIES = [
    pytest.param(kind, seed, marks=() if (kind, seed) in QUICK else pytest.mark.slow)
    for kind in sorted(STATUS)
    for seed in (1, 2, 3)
]
TAGS = [f"21-PT-10{number:02}" for number in range(1, 7)]


@pytest.mark.parametrize(("project", "seed"), HISTORIES, indirect=["project"])
def test_whatever_happened_an_undo_takes_back_its_run_and_nothing_else(plant: Plant, seed: int) -> None:
    """Runs on new readings, edits by people and undo, in any order; what each run wrote is kept beside it."""
    chance = random.Random(seed)
    plant.add_assets(*TAGS[3:])
    wrote: dict[str, set[Shown]] = {}
    edited: set[str] = set()
    for number in range(8):
        before = set(links(plant))
        act = chance.choice(["run", "run", "edit", "undo"]) if number > 1 else "run"
        if act == "run":
            run = f"run{number}"
            plant.read(
                {
                    image: [
                        Read(tag, 0.1 + 0.4 * chance.randrange(2), 0.1 + 0.15 * place)
                        for place, tag in enumerate(TAGS)
                        if chance.random() < 0.5
                    ]
                    for image in IMAGES
                }
            )
            plant.match(run=the(plant, run))
            wrote[run] = set(links(plant)) - before
            assert before <= set(links(plant))
        elif act == "edit" and before:
            changed = chance.choice(sorted(before))
            edit(plant, changed)
            edited.add(changed.id)
        elif wrote:
            run = chance.choice(sorted(wrote))
            ours = {each for each in wrote.pop(run) if each.id not in edited}
            if audit(plant, run=the(plant, run)):
                undone(plant, run)
            assert set(links(plant)) == before - ours
            assert sweeps(plant) == []
