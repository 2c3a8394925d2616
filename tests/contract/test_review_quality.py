"""The evidence of the quality page: what people decided, set against what the machine had said then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData

from image360.state import work_items
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import Pair
from review import quality
from review.quality import Judged, evidence
from tests.contract.people import decide
from tests.contract.plants import STATUS, Plant
from tests.contract.review_plants import deployed, desk, matched


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


@every_kind
def test_what_people_decided_is_judged_by_what_was_said_then_though_its_proposal_is_gone(
    plant: Plant,
) -> None:
    at = desk(plant)
    said = []
    for verdict in ("approve", "reject"):
        assert at.entry is not None
        said.append(Judged("normalised", at.entry.shown.score, verdict == "approve"))
        at.decide(verdict)
    plant.match()
    plant.pass_time()
    found = evidence(at.client, at.waiting.space)
    assert sorted(found.judged, key=lambda each: each.is_right) == said[::-1]
    assert (found.unknown, found.is_all) == (0, True)


@every_kind
def test_a_decision_that_says_nothing_of_it_is_judged_by_the_approval_or_not_at_all(plant: Plant) -> None:
    decide(plant, "a", "21-PT-1001", "reject")  # was approved: exact
    decide(plant, "b", "45-VA-0012", "approve")  # only suggested
    found = evidence(plant.client, desk(plant).waiting.space)
    (judged,) = found.judged
    assert (judged.level, judged.is_right) == ("exact", False)
    assert judged.score > 0.9
    assert found.unknown == 1


@pytest.mark.parametrize("project", ["hybrid"], indirect=True)
def test_no_more_is_asked_for_than_the_page_says(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "MOST_DECISIONS", 120)
    monkeypatch.setattr(quality, "MOST_IMAGES", 100)
    monkeypatch.setattr(quality, "IMAGES_PER_FILTER", 50)
    nodes = []
    for number in range(150):
        pair = Pair((plant.name, f"gone-{number}"), (plant.name, "21-pt-1001"))
        source = NodeOrEdgeData(DECISION_VIEW, {**pair.properties, "verdict": "reject"})
        nodes.append(NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[source]))
    plant.client.data_modeling.instances.apply(nodes)
    plant.pass_time()
    app = plant.server.client("app")
    space = desk(plant).waiting.space
    before = len(plant.server.requests_by("app"))
    found = evidence(app, space)
    assert len(plant.server.requests_by("app")) - before == 3  # decisions, and two lists of audit rows
    assert (len(found.judged), found.unknown, found.is_all) == (0, 120, False)
