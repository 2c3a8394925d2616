"""Several calls share the work: caps, claims, lost answers, ended leases."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cognite.client.exceptions import CogniteReadTimeout
from conftest import CONFIG, encoded, face, write_image

import detect_handler
import match_handler
from demo.deploy import PIPELINE
from image360.approval import annotations
from image360.approval.annotations import Annotations
from image360.approval.places import FacePlace
from image360.approval.plan import Changes, Link, Outcome
from image360.catalog.hybrid import list_images
from image360.config import AssetView, CollectionImages
from image360.errors import SetupError
from image360.state import work_items
from image360.state.work_items import LEASE, WorkItems


@pytest.fixture
def job(new_job, tmp_path):
    return new_job([write_image(tmp_path / "site" / f"img{n}", {}) for n in range(3)])


def pending(job, run: str) -> tuple[WorkItems, list]:
    work_items = WorkItems(job.functions, CONFIG["state"]["space"], run)
    catalog = list_images(job.functions, CollectionImages.model_validate(CONFIG["images"]))
    return work_items, work_items.of(catalog.images)


def test_of_two_calls_that_claim_an_item_one_gets_it(job):
    first, items = pending(job, "first")
    second, same_items = pending(job, "second")
    assert len(first.claim(items, "detecting")) == 3
    assert second.claim(same_items, "detecting") == []


def test_calls_that_claim_at_the_same_moment_share_without_overlap(job):
    claimed: list[str] = []
    ready = threading.Barrier(4)

    def claim(run: str) -> None:
        work_items, items = pending(job, run)
        ready.wait(10)
        claimed.extend(item.external_id for item in work_items.claim(items, "detecting"))

    threads = [threading.Thread(target=claim, args=(f"run{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 3


def test_a_lease_that_has_ended_is_free_again(job):
    work_items, items = pending(job, "killed")
    work_items.claim(items, "detecting")
    _, held = pending(job, "next")
    assert not any(item.to_detect(datetime.now(UTC)) for item in held)
    assert all(item.to_detect(datetime.now(UTC) + LEASE + timedelta(seconds=1)) for item in held)


def test_a_worker_that_lost_its_lease_changes_nothing(job):
    slow, items = pending(job, "slow")
    (mine, *_) = slow.claim(items, "detecting")
    taker, seen = pending(job, "taker")
    taker.claim([replace(seen[0], lease_until=None)], "detecting")
    assert slow.finish([replace(mine, state="failed", last_error="too late")]) != []
    _, now = pending(job, "reader")
    assert (now[0].state, now[0].lease_owner) == ("detecting", "taker")


def test_a_cap_on_images_leaves_the_rest_for_the_next_call(job):
    job.configure(limits={"max_images_per_run": 2})
    planned = job.call("detect", mode="plan")
    assert (planned["would_detect"], planned["remaining"]) == (2, 3)


@pytest.mark.ocr
def test_a_cap_on_approvals_stops_before_the_image_that_exceeds_it(new_job, tmp_path):
    site = tmp_path / "site"
    images = [
        write_image(site / "img1", {"front": encoded(face(["21-PT-1001", "21-PT-1002"]))}),
        write_image(site / "img2", {"front": encoded(face(["21-PT-1003"]))}),
    ]
    job = new_job(images)
    job.call("detect")
    job.configure(limits={"max_approvals_per_run": 2})
    first = job.call("match")
    assert (first["approved_now"], first["matched"], first["remaining"]) == (2, 1, 1)
    second = job.call("match")
    assert (second["approved_now"], second["remaining"]) == (1, 0)
    job.configure(limits={"max_approvals_per_run": 1}, approval={"levels": ["exact"]})
    assert job.call("match")["matched"] == 2  # nothing new to approve: the cap is not reached


@pytest.mark.ocr
def test_a_cap_below_one_image_is_named(new_job, tmp_path):
    tags = encoded(face(["21-PT-1001", "21-PT-1002"]))
    job = new_job([write_image(tmp_path / "site" / "img1", {"front": tags})])
    job.call("detect")
    job.configure(limits={"max_approvals_per_run": 1})
    with pytest.raises(SetupError, match="max_approvals_per_run"):
        job.call("match")
    assert job.links() == []


@pytest.fixture
def lose_one_answer(monkeypatch):
    """Let the answer to the next POST of annotations get lost; what was lost is in the list."""

    def lose(client) -> list:
        post, lost = client.post, []

        def losing(url, **keywords):
            answer = post(url, **keywords)
            if url.endswith("/annotations") and not lost:
                lost.append(answer)
                raise CogniteReadTimeout()
            return answer

        monkeypatch.setattr(client, "post", losing)
        return lost

    return lose


def links_on(job) -> tuple[Link, ...]:
    file = job.functions.files.retrieve(external_id="img0_front")
    corners = ((0.1, 0.1), (0.2, 0.1), (0.2, 0.12), (0.1, 0.12))
    return (Link(("sp_site_assets", "asset-1001"), FacePlace(file.id, corners), "21-PT-1001", 0.9),)


def test_a_lost_answer_leads_to_a_read_and_not_to_a_second_link(job, lose_one_answer):
    lost = lose_one_answer(job.functions)
    outcome = Annotations(job.functions, AssetView()).write(Changes(links_on(job)))
    assert [link for link, _ in outcome.written] == list(links_on(job))
    assert replace(outcome, written=()) == Outcome()
    assert lost
    assert len(job.links()) == 1


def test_a_link_that_no_list_shows_yet_is_not_written_again(job, lose_one_answer, monkeypatch):
    monkeypatch.setattr(annotations, "READ_BACK_AFTER", (0.0, 0.1))
    lose_one_answer(job.functions)
    job.server.admin("clock", {"run": False})
    links = links_on(job)
    assert Annotations(job.functions, AssetView()).write(Changes(links)) == Outcome(unsettled=links)
    assert len(job.links()) == 1


@pytest.mark.ocr
def test_an_image_with_a_link_of_unknown_fate_is_left_alone_until_its_lease_ends(
    new_job, tmp_path, lose_one_answer, monkeypatch
):
    monkeypatch.setattr(annotations, "READ_BACK_AFTER", (0.0,))
    tags = encoded(face(["21-PT-1001"]))
    job = new_job([write_image(tmp_path / "site" / "img1", {"front": tags})])
    job.call("detect")
    job.server.admin("clock", {"run": False})
    lost = lose_one_answer(job.functions)
    monkeypatch.setattr(work_items, "LEASE", timedelta(seconds=2))
    first = job.call("match")
    assert lost
    assert (first["unsettled"], first["matched"], first["remaining"]) == (1, 0, 1)
    assert job.call("match")["matched"] == 0
    time.sleep(2)
    assert job.call("match")["links_written"] == 0
    assert len(job.links()) == 1


@pytest.mark.ocr
def test_a_region_file_that_cdf_has_not_noticed_yet_is_waited_for(new_job, tmp_path):
    tags = encoded(face(["21-PT-1001"]))
    job = new_job([write_image(tmp_path / "site" / "img1", {"front": tags})])
    job.pass_time()
    job.server.admin("clock", {"run": False})
    detect_handler.handle(client=job.functions, data={"extraction_pipeline": PIPELINE})
    early = match_handler.handle(client=job.functions, data={"extraction_pipeline": PIPELINE})
    assert (early["waiting"], early["unreadable"], early["remaining"]) == (1, 0, 1)
    assert job.call("match")["matched"] == 1
