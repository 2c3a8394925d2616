"""What a run tells of itself, and what stops it while it is at work: its cap, a pause, a bad item."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeApply

import match_handler
from demo.deploy import PIPELINE, STATE_SPACE
from image360 import __version__, match
from image360.approval import annotations, contextualization
from image360.approval.annotations import Annotations
from image360.approval.plan import Link
from image360.catalog import list_images
from image360.config import parse_config
from image360.errors import AnswerError, SetupError
from image360.matching import Asset
from image360.state import work_items
from image360.state.work_items import WorkItems
from tests.contract.people import audit, calls, links, pairs, writes
from tests.contract.plants import STATUS, Plant, Read

ASSETS = ("21-PT-1001", "21-PT-1002")
NAMES = [f"img_{number}" for number in range(6)]
IMAGES = {name: (Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1002", 0.96, 0.5)) for name in NAMES}


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant with six images, of which a call matches two at a time; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    monkeypatch.setattr(match, "BATCH", 2)
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    yield made
    made.strike()
    made.remove()


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
hybrid = pytest.mark.parametrize("project", ["hybrid"], indirect=True)


def in_shares(plant: Plant, run: str, **data: Any) -> list[dict[str, Any]]:
    """Three calls of one run, of two images each."""
    shares = [NAMES[start : start + 2] for start in (0, 2, 4)]
    return [plant.match(run=run, images=[plant.image(name) for name in share], **data) for share in shares]


@every_kind
def test_each_call_of_a_run_has_a_node_of_its_own_and_the_report_sums_up(plant: Plant) -> None:
    run = f"{plant.name}-run"
    in_shares(plant, run)
    found = calls(plant, run)
    assert [(each["step"], each["status"], each["mode"]) for each in found] == [
        ("match", "done", "apply")
    ] * 3
    assert len({each["call"] for each in found}) == 3
    assert [each["counts"]["approved_now"] for each in found] == [4, 4, 4]
    assert {each["appVersion"] for each in found} == {__version__}
    assert all(each["seconds"] > 0 and each["started"] <= each["ended"] for each in found)
    report = plant.match(step="report", run=run)
    assert (report["calls"], report["approved_now"]) == (3, 12)
    assert report["links_written"] == len(links(plant))
    assert len(calls(plant, run)) == 3


@every_kind
def test_a_call_that_fails_says_so_in_its_node(plant: Plant) -> None:
    run = f"{plant.name}-run"
    plant.configure(limits={"max_approvals_per_run": 1})
    with pytest.raises(SetupError):
        plant.match(run=run)
    (only,) = calls(plant, run)
    assert (only["status"], only["error"][:11]) == ("failed", "SetupError:")


@every_kind
def test_an_answer_that_cannot_be_read_is_named_wherever_the_failure_is_told(plant: Plant) -> None:
    run = f"{plant.name}-run"
    unread = "/models/instances/query" if plant.kind == "data_modeling" else "/annotations/list"
    plant.strike({"kind": "cut-json", "when": "after", "path": f"{unread}$"})
    with pytest.raises(AnswerError) as failure:
        plant.match(run=run)
    (only,) = calls(plant, run)
    last = plant.client.extraction_pipelines.runs.list(PIPELINE, limit=1)[0]
    for told in (str(failure.value), only["error"], last.message):
        assert f"POST {unread}: CDF's answer" in told


@every_kind
def test_a_call_without_anything_to_do_and_a_plan_leave_no_node(plant: Plant) -> None:
    assert plant.writes(lambda: plant.match(mode="plan", run="planned"), "") == []
    plant.match()
    assert writes(plant, lambda: plant.match(run="idle")) == []
    assert calls(plant, "planned") == calls(plant, "idle") == []


@every_kind
def test_each_approval_has_an_audit_row_that_names_its_links(plant: Plant) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    rows = audit(plant)
    assert len(rows) == 12
    assert {(row["run"], row["action"], row["level"]) for row in rows} == {(run, "approve", "exact")}
    assert {row["appVersion"] for row in rows} == {__version__}
    assert {row["text"] for row in rows} == set(ASSETS)
    assert all(row["score"] > 0.9 and row["reason"] and row["proposal"] and row["workItem"] for row in rows)
    told = [name.rpartition("/")[2] for row in rows for name in row["linkIds"]]
    assert sorted(told) == sorted(each.id for each in links(plant))
    plant.match_anew()
    assert len(audit(plant)) == 12


@every_kind
def test_the_cap_on_approvals_holds_for_all_calls_of_a_run_together(plant: Plant) -> None:
    plant.configure(limits={"max_approvals_per_run": 7})
    run = f"{plant.name}-run"
    in_shares(plant, run)
    assert len(pairs(plant)) == 6  # an image has two: a fourth would be beyond
    in_shares(plant, run)
    assert len(pairs(plant)) == 6
    in_shares(plant, f"{plant.name}-next")
    assert len(pairs(plant)) == 12


@hybrid
def test_calls_that_come_to_the_cap_at_the_same_moment_stay_within_it(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.configure(limits={"max_approvals_per_run": 7})
    plant.pass_time()
    meet, within_cap = threading.Barrier(3), match.within_cap
    began = threading.local()

    def at_once(*args: Any) -> Any:
        if not hasattr(began, "is_met"):
            began.is_met = meet.wait(timeout=60) is not None
        return within_cap(*args)

    monkeypatch.setattr(match, "within_cap", at_once)

    def call(share: int) -> dict[str, Any]:
        images = [plant.image(name) for name in NAMES[share : share + 2]]
        data = {"extraction_pipeline": PIPELINE, "run": f"{plant.name}-run", "images": images}
        return match_handler.handle(client=plant.functions, data=data)

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(call, (0, 2, 4)))
    assert sum(each["approved_now"] for each in told) == len(pairs(plant)) <= 7
    assert sum(each["counts"]["approved_now"] for each in calls(plant, f"{plant.name}-run")) == len(
        pairs(plant)
    )
    monkeypatch.undo()
    in_shares(plant, f"{plant.name}-next")
    in_shares(plant, f"{plant.name}-last")
    assert len(pairs(plant)) == 12


@every_kind
def test_a_pause_stops_a_call_that_is_at_work_and_leaves_no_lease(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_items, "LEASE", timedelta(minutes=10))
    batch = match._Matching._batch

    def paused_meanwhile(self: Any, *args: Any) -> bool:
        goes_on = batch(self, *args)
        plant.configure(paused=True)
        return goes_on

    with monkeypatch.context() as patched:
        patched.setattr(match._Matching, "_batch", paused_meanwhile)
        summary = plant.match()
    assert (summary["paused"], summary["matched"], summary["remaining"]) == (True, 2, 4)
    assert len(pairs(plant)) == 4
    assert writes(plant, plant.match) == []
    plant.configure()
    assert plant.match()["matched"] == 4
    assert len(pairs(plant)) == 12


@every_kind
def test_a_text_that_cdf_does_not_store_holds_nothing_else_up(plant: Plant) -> None:
    plant.read({"img_0": (*IMAGES["img_0"], Read("21-PT-1001\x00", 0.6, 0.8))})
    summary = plant.match()
    assert (summary["matched"], summary["unsettled"]) == (6, 0)
    assert summary["refused"]
    assert len(pairs(plant)) == 12
    assert len(plant.proposals()) == 12
    assert writes(plant, plant.match) == []


@every_kind
def test_a_work_item_that_cdf_does_not_store_holds_no_other_up(plant: Plant) -> None:
    stored = plant.client.extraction_pipelines.config.retrieve(PIPELINE)
    images = list_images(plant.client, parse_config(stored.config or "", PIPELINE)).images
    told: list[str] = []
    ours = WorkItems(
        plant.functions, STATE_SPACE, "ours", refused=lambda item, _: told.append(item.external_id)
    )
    items = ours.of(images)
    bad = [replace(items[2], last_error="\x00")]
    assert [each.external_id for each in ours.claim([*items[:2], *bad, *items[3:]])] == [
        each.external_id for each in (*items[:2], *items[3:])
    ]
    claimed = ours.claim(ours.of(images))
    bad = [replace(claimed[2], last_error="\x00")]
    lost = ours.finish([*claimed[:2], *bad, *claimed[3:]])
    assert [each.external_id for each in lost] == [items[2].external_id]
    assert told == [items[2].external_id] * 2
    assert [each.lease_owner for each in ours.of(images)] == [None, None, "ours", None, None, None]


@hybrid
def test_a_call_goes_on_where_cdf_does_not_tell_how_long_it_may(plant: Plant) -> None:
    plant.strike({"kind": "403", "path": "/functions/limits$", "times": 9})
    assert plant.match()["matched"] == 6
    assert plant.struck()


@every_kind
def test_a_link_that_cdf_refuses_is_left_to_a_person_and_the_others_go_through(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.read({"img_0": (*IMAGES["img_0"], Read("21-PT-7777", 0.3, 0.7))})
    for module in (annotations, contextualization):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _: None))
    if plant.kind == "data_modeling":  # a node that is no asset
        plant.client.data_modeling.instances.apply(NodeApply(plant.name, "bare"))
        listed, bare = match.list_assets, Asset((plant.name, "bare"), "21-PT-7777")
        monkeypatch.setattr(match, "list_assets", lambda *args: [*listed(*args), bare])
    else:
        item = Annotations._item
        plant.add_assets("21-PT-7777")

        def bad(self: Annotations, link: Link) -> dict[str, Any]:
            body = item(self, link)
            return {**body, "status": "doubted"} if link.text == "21-PT-7777" else body

        monkeypatch.setattr(Annotations, "_item", bad)
    summary = plant.match()
    assert (summary["matched"], summary["unsettled"], len(summary["refused"])) == (6, 0, 1)
    assert len(pairs(plant)) == 12
    (held,) = [each.properties for each in plant.proposals() if each.properties["held"]]
    assert held["text"] == "21-PT-7777"
    assert held["reason"].startswith("held: CDF refuses the link (4")
    assert writes(plant, plant.match) == []


@hybrid
def test_the_summary_of_a_call_is_told_as_json_with_its_run(plant: Plant) -> None:
    plant.match(run="told", step="match")
    plant.match(run="told", step="report")
    runs = plant.client.extraction_pipelines.runs.list("ep_image360", limit=None)
    told = [json.loads(run.message) for run in runs if run.message and '"told"' in run.message]
    assert [(each["run"], each["step"]) for each in told] == [("told", "report")]
