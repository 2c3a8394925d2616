"""The group of the reviewers: enough for all that the app does, each right of it is needed, and no more."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationWrite, AssetWrite, ExtractionPipelineConfigWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData
from cognite.client.exceptions import CogniteAPIError

from demo.deploy import PIPELINE, STATE_SPACE
from image360.config import load_config
from image360.state import work_items
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE, PROPOSAL_VIEW
from image360.state.pairs import Pair
from review.desk import Desk
from review.pictures import Photograph, PictureError
from review.quality import evidence
from review.sheet import export
from review.waiting import Wanted
from tests.contract.people import image_key, key_of
from tests.contract.plants import Plant
from tests.contract.review_plants import STATUS, decisions, deployed, matched
from tests.contract.roles import Capabilities, capabilities, client_of, reviewer
from tests.contract.test_runner_rights import each_without

# Not of the app on a laptop, but of what the same people do elsewhere.
OF_OTHERS = {
    "extractionPipelinesAcl:READ": "the page of the pipeline in CDF: what its runs have done",
    "extractionRunsAcl:READ": "the page of the pipeline in CDF: what its runs have done",
    "projectsAcl:READ": "CDF's own pages",
    "annotationsAcl:READ": "Cognite's viewer, which shows what was linked",
    "eventsAcl:READ": "Cognite's viewer, which places stations by their events",
    "dataModelsAcl:READ sp_image360_state": "CDF's own pages, which list spaces",
    "dataModelsAcl:READ sp_image360_decisions": "CDF's own pages, which list spaces",
    "dataModelsAcl:READ cdf_cdm": "where assets are classic: CDF's own pages, which list region files",
    "dataModelInstancesAcl:READ objects": "Cognite's viewer, which shows what was linked",
    "dataModelInstancesAcl:READ edges": "Cognite's viewer, which shows what was linked",
    "userProfilesAcl:READ": "who decides goes by their name; without it by what the token calls them",
    "projectsAcl:LIST": "the name in the token, for who has no user profile yet; CDF's own pages",
    "groupsAcl:LIST": "the name in the token, for who has no user profile yet; CDF's own pages",
    "filesAcl:READ": "the code of the app lies in a file of CDF, where images are nodes",
}
NEEDS_FILES = ("hybrid", "asset_centric")


@pytest.fixture(scope="module", params=sorted(STATUS))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A project of each kind."""
    with deployed(request.param, tmp_path_factory.mktemp("cdf")) as made:
        yield made


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant that was matched; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    with matched(project) as made:
        yield made


def in_spaces_of(plant: Plant, held: Capabilities) -> Capabilities:
    """The rights of config.dev.yaml, on the spaces of the plant."""
    text = json.dumps(held)
    for configured, own in {
        "sp_site_objects": f"{plant.name}_objects",
        "sp_site_links": f"{plant.name}_edges",
        "sp_site_images": plant.name,
        "sp_site_assets": plant.name,
    }.items():
        text = text.replace(configured, own)
    return json.loads(text)


def session(plant: Plant, client: CogniteClient) -> list[object]:
    """Do all that the app does, and take it back; return what was seen."""
    plant.pass_time()
    at = Desk.open(client, load_config(client, PIPELINE))
    at.count()
    seen: list[object] = [at.total, sum(at.decided.values())]
    while at.entry is not None and at.entry.shown.text != "45_VA_0012":
        at.skip()
    assert at.entry is not None, "the queue has it"
    seen += [each.name for each in at.candidates().values()]
    try:
        Photograph.find(client, at.config, at.entry.shown.pair.image[1]).faces(["front"])
    except PictureError as error:
        seen.append(str(error))  # the faces of a plant are no pictures: it is said once they are there
    seen += [each.name for each in at.assets.search("21-PT-1002").assets]
    seen.append(export(at.waiting.all(), at.assets).count(b"VA-0012"))
    seen.append(evidence(client, at.waiting.space).is_all)
    for act in (
        lambda: at.decide("approve"),
        lambda: at.decide("reject"),
        lambda: at.decide("change", key_of(plant, "21-PT-1002")),
    ):
        act()
        seen += [at.message, len(decisions(plant))]
        at.undo()
        seen += [at.message, len(decisions(plant))]
    at.look_for(Wanted(collection=plant.name if plant.kind == "asset_centric" else "site"))
    seen.append(at.entry is not None)
    return seen


def test_a_reviewer_can_do_all_of_it_and_misses_each_right(plant: Plant) -> None:
    held = in_spaces_of(plant, reviewer(plant.client, plant.kind))
    seen = session(plant, client_of(plant.server, f"reviewer-{plant.name}", held, "reviewer"))
    assert seen == session(plant, plant.client)
    useless = []
    for number, (name, left) in enumerate(each_without(held)):
        client = client_of(plant.server, f"without{number}-{plant.name}", copy.deepcopy(left), "reviewer")
        try:
            is_missed = session(plant, client) != seen
        except (CogniteAPIError, AssertionError):
            is_missed = True
        if not is_missed and not _is_of_others(name, plant):
            useless.append(name)
        for each in decisions(plant):
            plant.client.data_modeling.instances.delete(
                (DECISIONS_SPACE, Pair(_key(each["image"]), _asset(each)).decision_id)
            )
    assert useless == []


def _key(relation: dict[str, str]) -> tuple[str, str]:
    return (relation["space"], relation["externalId"])


def _asset(properties: dict[str, Any]) -> Any:
    return _key(properties["asset"]) if properties.get("asset") else properties["classicAsset"]


def _is_of_others(name: str, plant: Plant) -> bool:
    if name == "filesAcl:READ" and plant.kind in NEEDS_FILES:
        return False
    return name.replace(f"{plant.name}_", "") in OF_OTHERS


def test_a_reviewer_can_change_nothing_else(plant: Plant) -> None:
    held = in_spaces_of(plant, reviewer(plant.client, plant.kind))
    client = client_of(plant.server, f"reviewer2-{plant.name}", held, "reviewer")
    proposal = plant.proposals()[0]
    said = [NodeOrEdgeData(PROPOSAL_VIEW, {"decision": "approve"})]
    file = plant.client.files.list(limit=1)[0]
    tried: list[Callable[[], object]] = [
        lambda: client.data_modeling.instances.apply(
            NodeApply(STATE_SPACE, proposal.external_id, sources=said)
        ),
        lambda: client.data_modeling.instances.delete((STATE_SPACE, proposal.external_id)),
        lambda: client.data_modeling.instances.apply(NodeApply(plant.name, "another")),
        lambda: client.data_modeling.instances.delete(image_key(plant, "a")),
        lambda: client.extraction_pipelines.config.create(ExtractionPipelineConfigWrite(PIPELINE, "x: 1")),
        lambda: client.files.upload_bytes(b"x", name="x"),
        client.functions.list,
        client.iam.sessions.create,
    ]
    if plant.kind != "data_modeling":
        tried.append(lambda: client.assets.create(AssetWrite(name="another")))
        data = {"text": "x", "textRegion": {"xMin": 0, "xMax": 1, "yMin": 0, "yMax": 1}}
        tried.append(
            lambda: client.annotations.create(
                AnnotationWrite(
                    "diagrams.UnhandledTextObject", data, "approved", "x", "1", "x", "file", file.id
                )
            )
        )
    for act in tried:
        with pytest.raises(CogniteAPIError) as refusal:
            act()
        assert refusal.value.code == 403, refusal.value


def test_the_functions_cannot_write_what_people_decide(plant: Plant) -> None:
    runner = capabilities(plant.client, plant.kind, f"image360_{plant.kind}", "runner")
    client = client_of(plant.server, f"runner-{plant.name}", in_spaces_of(plant, runner), "runner")
    pair = Pair(image_key(plant, "a"), key_of(plant, "21-PT-1003"))
    decision = NodeOrEdgeData(DECISION_VIEW, {**pair.properties, "verdict": "approve"})
    for act in (
        lambda: client.data_modeling.instances.apply(
            NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[decision])
        ),
        lambda: client.data_modeling.instances.delete((DECISIONS_SPACE, pair.decision_id)),
    ):
        with pytest.raises(CogniteAPIError) as refusal:
            act()
        assert refusal.value.code == 403
    assert decisions(plant) == []
