"""Approvals and suggestions as annotations on face files, to asset nodes and to classic assets."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cognite.client.data_classes import Annotation, AnnotationUpdate, AnnotationWrite
from plants import API, Plant, Read

from demo.deploy import deploy
from demo.localserver import LocalServer, local_cdf
from image360.approval import annotations
from image360.state import work_items

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
SAFE = Read("21-PT-1001", 0.3, 0.3)
SEAM = Read("21-PT-1002", 0.96, 0.5)
DOUBTFUL = Read("21 PT 1003", 0.3, 0.9)  # normalised: another level than the config approves
IMAGES = {"a": (SAFE, SEAM, DOUBTFUL), "b": (Read("21-PT-1001", 0.5, 0.5),)}
SUGGESTING = {"levels": ["exact"], "write_suggestions": True}
BOLDER = {"levels": ["exact", "normalised"]}
APPROVED = [("21-PT-1001", "approved"), ("21-PT-1001", "approved"), *[("21-PT-1002", "approved")] * 2]
KINDS = {
    "nodes": ("hybrid", {}),
    "classic": ("asset_centric", {}),
    "hybrid-classic": ("hybrid", {"assets": None, "classic_assets": {}}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A project with annotations, and with what `cdf deploy` puts into it."""
    with local_cdf(tmp_path_factory.mktemp("hybrid")) as running:
        client = running.client("onlooker")
        deploy(client, Plant(running, "hybrid", client, client).config())
        yield running


@pytest.fixture(params=list(KINDS))
def plant(
    server: LocalServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Plant]:
    """A plant in each form; the local CDF's clock does the waiting, leases end at once."""
    waiting = SimpleNamespace(sleep=lambda seconds: server.admin("clock", {"advance": seconds + 5}))
    monkeypatch.setattr(annotations, "time", waiting)
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    kind, config = KINDS[request.param]
    made = Plant(server, kind, server.client("onlooker"), server.client("functions"))
    if "classic_assets" in config:
        config = {**config, "classic_assets": {"subtree": [f"{made.name}-root"]}}
    made.settings = config
    made.load(ASSETS, IMAGES)
    yield made
    made.strike()
    made.remove()


def shown(plant: Plant) -> list[tuple[str, str]]:
    """Text and status of every annotation."""
    return sorted((each.data["text"], each.status) for each in plant.annotations())


def of_text(plant: Plant, text: str) -> list[Annotation]:
    """The annotations of a text."""
    return [each for each in plant.annotations() if each.data["text"] == text]


def write_by_hand(plant: Plant, read: Read, status: str, app: str = "people", **reference: Any) -> None:
    """An annotation of somebody else, at the place of a text of image a."""
    file = plant.client.files.retrieve(external_id=f"{plant.name}_a_{read.face}")
    assert file is not None
    corners = {"xMin": read.u, "xMax": read.u + read.width, "yMin": read.v, "yMax": read.v + 0.02}
    plant.client.annotations.create(
        AnnotationWrite(
            annotation_type="images.InstanceLink" if "instanceRef" in reference else "images.AssetLink",
            data={"text": read.text, "textRegion": corners, **reference},
            status=status,  # type: ignore[arg-type]
            creating_app=app,
            creating_app_version="1.0.0",
            creating_user=None,
            annotated_resource_type="file",
            annotated_resource_id=file.id,
        )
    )


def reference_to(plant: Plant, name: str) -> dict[str, Any]:
    """What names an asset in an annotation, by external id where that can be."""
    if plant.is_classic():
        return {"assetRef": {"externalId": f"{plant.name}-{name.lower()}"}}
    node = {"instanceType": "node", "space": plant.name, "externalId": name.lower(), "sources": []}
    return {"instanceRef": node}


def annotates(plant: Plant) -> list[dict[str, Any]]:
    """The writes of annotations that a run makes with every image due."""
    return plant.writes(plant.match_anew, "/annotations")


# Approvals


def test_a_second_run_writes_nothing(plant: Plant) -> None:
    assert plant.match()["links_written"] == 4
    assert shown(plant) == APPROVED
    assert {each.annotation_type for each in plant.annotations()} == {
        "images.AssetLink" if plant.is_classic() else "images.InstanceLink"
    }
    assert annotates(plant) == []


def test_what_others_linked_by_the_name_of_the_asset_is_not_linked_again(plant: Plant) -> None:
    for status in ("approved", "rejected", "suggested"):
        write_by_hand(plant, SAFE, status, **reference_to(plant, SAFE.text))
    before = of_text(plant, SAFE.text)
    plant.match()
    assert [each for each in of_text(plant, SAFE.text) if each in before] == before
    assert len(of_text(plant, SAFE.text)) == len(before) + 1  # that of the other image


def test_what_is_written_is_found_as_a_viewer_looks_for_it(plant: Plant) -> None:
    plant.match()
    reference: dict[str, Any] = {"instanceRef": {"space": plant.name, "externalId": "21-pt-1001"}}
    if plant.is_classic():
        asset = plant.client.assets.retrieve(external_id=f"{plant.name}-21-pt-1001")
        assert asset is not None
        reference = {"assetRef": {"id": asset.id}}
    kind = "images.AssetLink" if plant.is_classic() else "images.InstanceLink"
    wanted = {"annotatedResourceType": "file", "annotationType": kind, "data": reference}
    plant.pass_time()
    answer = plant.client.post(
        f"{API}/annotations/reverselookup",
        json={"filter": wanted, "limit": 1000},
        headers={"cdf-version": "beta"},
    )
    found = {each["id"] for each in answer.json()["items"]}
    assert found == {each.annotated_resource_id for each in of_text(plant, SAFE.text)}
    assert len(found) == 2


# Suggestions


def test_suggestions_stay_in_proposals_unless_they_are_wanted(plant: Plant) -> None:
    plant.match()
    assert of_text(plant, DOUBTFUL.text) == []
    plant.configure(approval=SUGGESTING)
    assert plant.match()["links_written"] == 1
    (suggested,) = of_text(plant, DOUBTFUL.text)
    assert (suggested.status, suggested.creating_app) == ("suggested", "image360")
    assert annotates(plant) == []
    plant.configure()
    assert annotates(plant) == []
    plant.configure(approval=SUGGESTING)
    assert annotates(plant) == []
    assert shown(plant) == sorted([*APPROVED, (DOUBTFUL.text, "suggested")])


def test_suggestions_do_not_count_as_approvals(plant: Plant) -> None:
    plant.configure(approval=SUGGESTING)
    summary = plant.match()
    assert (summary["approved"], summary["approved_now"], summary["suggested"]) == (3, 3, 1)
    assert summary["links_written"] == 5


@pytest.mark.parametrize("still_suggesting", [True, False])
def test_our_suggestion_becomes_the_approval(plant: Plant, still_suggesting: bool) -> None:
    plant.configure(approval=SUGGESTING)
    plant.match()
    (before,) = of_text(plant, DOUBTFUL.text)
    plant.configure(approval={**BOLDER, "write_suggestions": still_suggesting})
    summary = plant.match()
    assert (summary["approved_now"], summary["links_written"]) == (1, 1)
    (after,) = of_text(plant, DOUBTFUL.text)
    assert (after.id, after.status, after.data) == (before.id, "approved", before.data)
    assert annotates(plant) == []


def test_a_suggestion_that_no_longer_holds_is_not_deleted(plant: Plant) -> None:
    plant.configure(approval={**BOLDER, "write_suggestions": True})
    plant.match()
    plant.configure(approval=SUGGESTING)
    plant.match()
    assert [each.status for each in of_text(plant, DOUBTFUL.text)] == ["approved"]


@pytest.mark.parametrize("verdict", ["rejected", "approved"])
def test_what_people_made_of_our_suggestion_stays(plant: Plant, verdict: Any) -> None:
    plant.configure(approval=SUGGESTING)
    plant.match()
    (ours,) = of_text(plant, DOUBTFUL.text)
    plant.client.annotations.update(AnnotationUpdate(ours.id).status.set(verdict))
    plant.configure(approval=BOLDER)
    assert annotates(plant) == []
    assert [(each.id, each.status) for each in of_text(plant, DOUBTFUL.text)] == [(ours.id, verdict)]


@pytest.mark.parametrize("verdict", ["rejected", "approved"])
def test_where_people_judged_beside_our_suggestion_it_stays_one(plant: Plant, verdict: str) -> None:
    plant.configure(approval=SUGGESTING)
    plant.match()
    write_by_hand(plant, DOUBTFUL, verdict, **reference_to(plant, "21-PT-1003"))
    plant.configure(approval=BOLDER)
    assert annotates(plant) == []
    assert sorted(each.status for each in of_text(plant, DOUBTFUL.text)) == sorted(["suggested", verdict])


def test_the_suggestion_of_another_app_stays_one_and_is_not_repeated(plant: Plant) -> None:
    write_by_hand(plant, DOUBTFUL, "suggested", app="other", **reference_to(plant, "21-PT-1003"))
    plant.configure(approval=SUGGESTING)
    plant.match()
    plant.configure(approval=BOLDER)
    assert annotates(plant) == []
    assert [(each.status, each.creating_app) for each in of_text(plant, DOUBTFUL.text)] == [
        ("suggested", "other")
    ]


def test_a_plan_writes_nothing(plant: Plant) -> None:
    plant.configure(approval=SUGGESTING)
    assert plant.writes(lambda: plant.match(mode="plan"), "/") == []
    plant.match()
    plant.configure(approval=BOLDER)
    assert plant.writes(lambda: plant.match(mode="plan"), "/") == []
    assert [each.status for each in of_text(plant, DOUBTFUL.text)] == ["suggested"]


# Lost answers


@pytest.mark.parametrize("path", ["/annotations$", "/annotations/update$"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "503"])
def test_a_lost_answer_leaves_no_double_and_nothing_missing(
    plant: Plant, kind: str, when: str, path: str
) -> None:
    if path.endswith("update$"):
        plant.configure(approval=SUGGESTING)
        plant.match()
    plant.configure(approval={**BOLDER, "write_suggestions": True})
    plant.strike({"kind": kind, "when": when, "path": f"^{path}"})
    plant.match_until_done()
    assert plant.struck()
    plant.strike()
    assert shown(plant) == sorted([*APPROVED, (DOUBTFUL.text, "approved")])
    assert annotates(plant) == []
