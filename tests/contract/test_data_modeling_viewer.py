"""The requests that Cognite's viewer was recorded with, on a plant that has what it looks for."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationWrite, EventWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.cdm.v1 import (
    Cognite3DObjectApply,
    Cognite360ImageAnnotationApply,
    Cognite360ImageApply,
    Cognite360ImageCollectionApply,
    Cognite360ImageStationApply,
    CogniteAssetApply,
    CogniteFileApply,
)
from PIL import Image

from demo.localserver import AT_ONCE, local_cdf

FACTS = Path(__file__).parents[3] / "shared" / "facts"
RECORDED = sorted(FACTS.glob("viewer-requests-*.json"))
if not RECORDED:
    pytest.skip("the recorded viewer requests are not beside the repository", allow_module_level=True)

QUERY = "/models/instances/query"
REQUESTS = [
    pytest.param(request["step"], request["body"], id=f"{file.stem}: {request['step']}")
    for file in RECORDED
    for request in json.loads(file.read_text())
    if request["path"] == QUERY
]
LATER = {
    "/blob": "signed links of another server; those of the local CDF are followed below",
}
OTHERS = {
    (request["method"], request["path"], json.dumps(request.get("body"), separators=(",", ":")))
    for file in RECORDED
    for request in json.loads(file.read_text())
    if request["path"] != QUERY
}
LISTS = ("/files/list", "/events/list")
FACES = ("front", "back", "left", "right", "top", "bottom")
HYBRID = "cdf_360_image_schema"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CogniteClient]:
    """One collection with one image, one asset that is approved on it, and the same in the hybrid schema."""
    with local_cdf(tmp_path_factory.mktemp("plant")) as server:
        server.read_as(**AT_ONCE)
        client = server.client("tests")
        client.data_modeling.spaces.apply(SpaceApply("sp"))
        _core(client)
        _hybrid(client)
        _files(client)
        yield client


def _core(client: CogniteClient) -> None:
    apply = client.data_modeling.instances.apply
    apply([CogniteFileApply("sp", f"file_{face}", name=face, mime_type="image/jpeg") for face in FACES])
    apply(
        [
            Cognite360ImageCollectionApply(
                "sp", "col", name="col", status="Done", published=True, revision_type="Image360"
            ),
            Cognite360ImageStationApply("sp", "station", name="station", group_type="Station360"),
            Cognite3DObjectApply("sp", "object", x_min=0.0),
        ]
    )
    pose = {f"{what}_{axis}": 0.5 for what in ("translation", "euler_rotation", "scale") for axis in "xyz"}
    faces: Any = {face: ("sp", f"file_{face}") for face in FACES}
    links: Any = {"collection_360": ("sp", "col"), "station_360": ("sp", "station")}
    taken = datetime(2024, 5, 1, tzinfo=UTC)
    apply(Cognite360ImageApply("sp", "img", taken_at=taken, **pose, **faces, **links))
    apply(CogniteAssetApply("sp", "asset", name="21-PT-1019", object_3d=("sp", "object")))
    apply(
        edges=Cognite360ImageAnnotationApply(
            "sp",
            "link",
            ("cdf_cdm", "image-360-annotation"),
            start_node=("sp", "object"),
            end_node=("sp", "img"),
            name="21-PT-1019",
            source_id="s",
            status="Approved",
            confidence=1.0,
            polygon=[3.0, 1.5, 3.0, 1.5, 3.1, 1.6, 3.1],
            format_version="2.0.0",
        )
    )


def _hybrid(client: CogniteClient) -> None:
    def node(view: str, external_id: str, **properties: Any) -> NodeApply:
        return NodeApply(
            "hybrid", external_id, sources=[NodeOrEdgeData(ViewId(HYBRID, view, "v1"), properties)]
        )

    def to(external_id: str) -> dict[str, str]:
        return {"space": "hybrid", "externalId": external_id}

    client.data_modeling.spaces.apply(SpaceApply("hybrid"))
    image = node("Image360", "img", label="i", collection360=to("col"), station=to("st"), cubeMapFront="file")
    client.data_modeling.instances.apply(
        [node("Image360Collection", "col", label="c"), node("Station360", "st", label="s"), image]
    )


def _files(client: CogniteClient) -> None:
    """The faces as files: those of the core data model get content, the hybrid ones annotations too."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), (120, 130, 135)).save(picture, "JPEG")
    for face in FACES:
        client.files.upload_content_bytes(picture.getvalue(), instance_id=("sp", f"file_{face}"))
        client.files.upload_bytes(
            picture.getvalue(),
            f"{face}.jpg",
            f"ext_{face}",
            mime_type="image/jpeg",
            metadata={"site_id": "s1"},
        )
    client.events.create(EventWrite(external_id="event", metadata={"site_id": "s1"}))
    front = client.files.retrieve(external_id="ext_front").id
    box = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
    shown: Any = {"text": "21-PT-1019", "textRegion": box}
    refs: Any = {
        "images.AssetLink": {"assetRef": {"id": 5}},
        "images.InstanceLink": {
            "instanceRef": {"space": "sp", "externalId": "asset", "instanceType": "node", "sources": []}
        },
    }
    client.annotations.create(
        [
            AnnotationWrite(kind, shown | ref, "approved", "tests", "1.0.0", None, "file", front)
            for kind, ref in refs.items()
        ]
    )


EXPECTED: dict[str, dict[str, list[str]]] = {
    "cdm descriptors": {"image_collections": ["col"], "images": ["img"], "stations": ["station"]},
    "cdm annotations of one image": {
        "images": ["img"],
        "annotations": ["link"],
        "object3d": ["object"],
        "assets": ["asset"],
    },
    "cdm images of an asset": {"image_revisions": ["img"], "annotation_edges": ["link"]},
    "cdm annotations of a collection": {
        "images": ["img"],
        "annotations": ["link"],
        "object3d": ["object"],
        "assets": ["asset"],
    },
    "hybrid descriptors": {"image_collection": ["col"], "images": ["img"], "stations": ["st"]},
}


@pytest.mark.parametrize(("step", "body"), REQUESTS)
def test_the_viewer_finds_what_it_looks_for(plant: CogniteClient, step: str, body: Any) -> None:
    if step == "hybrid descriptors":
        body = body | {"parameters": {"collectionExternalId": "col", "collectionSpace": "hybrid"}}
    answer = plant.post("/api/v1/projects/local" + QUERY, json=body).json()
    assert answer["items"].keys() == body["select"].keys()
    found = {name: [each["externalId"] for each in items] for name, items in answer["items"].items()}
    assert found == {name: EXPECTED[step].get(name, found[name]) for name in found}
    assert "images" not in answer["nextCursor"]  # else the viewer would go on asking
    for name, select in body["select"].items():
        for source in select.get("sources", ()):
            view = source["source"]
            for item in answer["items"][name]:
                shown = item["properties"][view["space"]][f"{view['externalId']}/{view['version']}"]
                assert shown.keys() <= set(source["properties"])
                assert shown


def later(path: str) -> str | None:
    """The entry of the list of what is not served that a path falls under."""
    return next((each for each in LATER if path.startswith(each)), None)


def ask(client: CogniteClient, method: str, path: str, body: str) -> Any:
    """Send a recorded request as it is, but for the ids of the files: the recording had 1000 to 1005."""
    ids = [client.files.retrieve(external_id=f"ext_{face}").id for face in FACES]
    path, body = (
        re.sub(r'\bid("?[:=])100([0-5])\b', lambda hit: f"id{hit[1]}{ids[int(hit[2])]}", text)
        for text in (path, body)
    )
    url = "/api/v1/projects/local" + path
    if method == "GET":
        return client.get(url)
    return client.post(url, json=json.loads(body), headers={"cdf-version": "beta"}).json()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [each for each in sorted(OTHERS) if not later(each[1]) and each[1] not in LISTS],
)
def test_the_viewer_gets_the_faces_and_what_is_drawn_on_them(
    plant: CogniteClient, method: str, path: str, body: str
) -> None:
    answer = ask(plant, method, path, body)
    if path.startswith("/files/icon"):
        assert Image.open(io.BytesIO(answer.content)).size <= (64, 64)
    elif path == "/files/byids":
        assert [each["uploaded"] for each in answer["items"]] == [True] * 6
    elif path == "/files/downloadlink":
        links = [each["downloadUrl"] for each in answer["items"]]
        assert [plant.get(link).content[:3] for link in links] == [b"\xff\xd8\xff"] * 6
    elif path == "/annotations/reverselookup":
        assert [each["id"] for each in answer["items"]] == [plant.files.retrieve(external_id="ext_front").id]
    else:
        assert path == "/annotations/list"
        assert {each["annotationType"] for each in answer["items"]} == {
            "images.AssetLink",
            "images.InstanceLink",
        }


@pytest.mark.parametrize(
    ("path", "there"),
    [("/files/list", sorted(f"ext_{face}" for face in FACES)), ("/events/list", ["event"])],
)
def test_the_viewer_lists_files_and_events_of_a_site_in_ten_parts(
    plant: CogniteClient, path: str, there: list[str]
) -> None:
    parts = [each for each in OTHERS if each[1] == path]
    found = [item["externalId"] for each in parts for item in ask(plant, *each)["items"]]
    assert len(parts) == 10
    assert sorted(found) == there


def test_what_is_listed_as_later_is_asked_by_the_viewer() -> None:
    assert {later(path) for _, path, _ in OTHERS} - {None} == set(LATER)
