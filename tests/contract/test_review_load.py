"""A queue of thousands: what is asked of CDF does not grow with it, and a decision is answered at once."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import SpaceApply
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteAssetApply

from demo.deploy import PIPELINE, deploy
from demo.localserver import AT_ONCE, LocalServer, local_cdf
from demo.projects import PROJECTS
from demo.projects.loading import ASSET_SPACE, IMAGE_SPACE
from image360.config import load_config
from review.desk import Desk
from review.waiting import PER_PAGE, Page, Waiting
from tests.contract.review_lab import write_proposals

APP = "app"
ANSWER = 0.5  # seconds, for a decision


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A hybrid project with an empty queue."""
    with local_cdf(tmp_path_factory.mktemp("cdf"), project_status="HYBRID") as made:
        made.read_as(**AT_ONCE)
        client = made.client("onlooker")
        deploy(client, PROJECTS["hybrid"].config("ocr"))
        client.data_modeling.spaces.apply([SpaceApply(IMAGE_SPACE), SpaceApply(ASSET_SPACE)])
        yield made


def fill(client: CogniteClient, count: int, start: int) -> None:
    """Let so many more proposals wait, each for an asset of its own, five on an image."""
    rows = [
        {"asset": f"a{n}", "image": f"i{n // 5}", "text": f"T-{n}", "score": 0.1 + n / 10**6}
        for n in range(start, start + count)
    ]
    assets = [CogniteAssetApply(ASSET_SPACE, row["asset"], name=row["text"]) for row in rows]
    for first in range(0, count, 1000):
        client.data_modeling.instances.apply(assets[first : first + 1000])
    write_proposals(client, rows)


@pytest.mark.slow
def test_a_decision_in_a_queue_of_5000_is_answered_at_once_by_a_few_requests(server: LocalServer) -> None:
    fill(server.client("onlooker"), 5000, 0)
    server.admin("clock", {"advance": 60})
    app = server.client(APP)
    desk = Desk.open(app, load_config(app, PIPELINE))
    desk.count()
    assert desk.total == 5000
    before = len(server.requests_by(APP))
    answers = []
    for verdict in ("approve", "reject") * 10:
        begun = time.perf_counter()
        desk.decide(verdict)
        desk.candidates()
        answers.append(time.perf_counter() - begun)
    asked = (len(server.requests_by(APP)) - before) / len(answers)
    said = f"{statistics.median(answers):.3f} s, at most {max(answers):.3f} s; {asked:.1f} requests for each"
    print(f"answers: {said}")
    assert statistics.median(answers) < ANSWER, said
    assert asked <= 8  # whatever waits
    assert len(desk.done) == 20


@pytest.mark.slow
def test_only_what_is_shown_is_fetched(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    app = server.client(APP)
    fetched: list[int] = []
    page = Waiting.page

    def counted(self: Waiting, *given: Any) -> Page:
        found = page(self, *given)
        fetched.append(len(found.proposals))
        return found

    monkeypatch.setattr(Waiting, "page", counted)
    desk = Desk.open(app, load_config(app, PIPELINE))
    for shown in range(1, 2 * PER_PAGE):
        assert sum(fetched) - shown < PER_PAGE
        desk.skip()
    assert len(fetched) == 3


@pytest.mark.slow
def test_what_cdf_counts_and_does_not_list_is_said(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Waiting.page
    monkeypatch.setattr(Waiting, "page", lambda self, *given: replace(page(self, *given), cursor=None))
    app = server.client(APP)
    desk = Desk.open(app, load_config(app, PIPELINE))
    desk.count()
    assert desk.unlisted == (desk.total or 0) - PER_PAGE > 0


def test_500_on_one_reading_are_one_step(server: LocalServer) -> None:
    client = server.client("onlooker")
    rows = [{"asset": "many", "image": f"m{n}", "text": "M-500", "score": 0.01} for n in range(500)]
    client.data_modeling.instances.apply(CogniteAssetApply(ASSET_SPACE, "many", name="M-500"))
    write_proposals(client, rows)
    server.admin("clock", {"advance": 60})
    app = server.client(APP)
    desk = Desk.open(app, load_config(app, PIPELINE))
    assert desk.entry is not None
    assert len(desk.entry.pairs) == 500
    before = len(server.requests_by(APP))
    desk.decide("approve", group=True)
    assert desk.message == "Approved: 'M-500' on 500 images."
    assert len(server.requests_by(APP)) - before <= 15
    desk.undo()
    assert desk.message == "Taken back: 500."


def test_500_assets_that_fit_a_search_are_said_and_not_all_shown(server: LocalServer) -> None:
    client = server.client("onlooker")
    assets = [CogniteAssetApply(ASSET_SPACE, f"valve{n}", name=f"VALVE {n}") for n in range(500)]
    client.data_modeling.instances.apply(assets)
    server.admin("clock", {"advance": 60})
    app = server.client(APP)
    found = Desk.open(app, load_config(app, PIPELINE)).assets.search("VALVE")
    assert len(found.assets) == 20
    assert found.more
