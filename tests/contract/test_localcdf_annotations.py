"""Annotations, through the real SDK."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    Annotation,
    AnnotationFilter,
    AnnotationReverseLookupFilter,
    AnnotationUpdate,
    AnnotationWrite,
    FileMetadataWrite,
)
from cognite.client.data_classes.data_modeling import EdgeApply, NodeApply, SpaceApply
from cognite.client.exceptions import CogniteAPIError, CogniteNotFoundError
from cognite.client.utils._experimental import FeaturePreviewWarning

Refused = Callable[..., Any]
BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.15}
TRIANGLE = [{"x": 0.1, "y": 0.1}, {"x": 0.2, "y": 0.1}, {"x": 0.2, "y": 0.15}]
VIEW = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
INSTANCE = {"instanceType": "node", "space": "assets", "externalId": "pump 1", "sources": [VIEW]}
LONGEST_SPACE, LONGEST_ID = "x" * 43, "x" * 255
INSTANCE_LINK = {
    "text": "21-PT-1019",
    "textRegion": BOX,
    "instanceRef": INSTANCE,
    "confidence": 0.9,
    "objectRegion": {"polygon": {"vertices": TRIANGLE}},
}
NUMBER = {"type": "numerical", "value": 5, "description": "bar"}
DATA: dict[str, dict[str, Any]] = {
    "images.InstanceLink": INSTANCE_LINK,
    "images.AssetLink": {"text": "21-PT-1019", "textRegion": BOX, "assetRef": {"id": 123}},
    "images.TextRegion": {"text": "21-PT-1019", "textRegion": BOX, "confidence": 1},
    "images.ObjectDetection": {
        "label": "gauge",
        "boundingBox": BOX,
        "attributes": {"reading": NUMBER, "on": {"type": "boolean", "value": True}},
    },
    "images.Classification": {"label": "pump room", "confidence": 0},
    "images.KeypointCollection": {
        "label": "gauge",
        "keypoints": {"center": {"point": {"x": 0, "y": 1}, "confidence": 0.5}},
        "attributes": {"reading": NUMBER},
    },
}


@pytest.fixture(scope="module", autouse=True)
def _instances(client: CogniteClient) -> None:
    """The instances that annotations here name: without them they would be refused."""
    for space in ("assets", LONGEST_SPACE):
        client.data_modeling.spaces.apply(SpaceApply(space))
        client.data_modeling.instances.apply([NodeApply(space, "pump 1"), NodeApply(space, "pump 2")])
    pump = ("assets", "pump 1")
    client.data_modeling.instances.apply(edges=EdgeApply("assets", LONGEST_ID, pump, pump, pump))


@pytest.fixture(scope="module")
def file_id(client: CogniteClient) -> int:
    """A file to annotate."""
    return client.files.create(FileMetadataWrite("face.jpg", mime_type="image/jpeg"))[0].id


@pytest.fixture
def own_file_id(client: CogniteClient) -> int:
    """A file whose annotations no other test makes."""
    return client.files.create(FileMetadataWrite("face.jpg", external_id=uuid4().hex))[0].id


def body(file_id: int, **changes: Any) -> dict[str, Any]:
    """An annotation that can be created, with changes; ``...`` leaves a field out."""
    whole = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file_id,
        "annotationType": "images.InstanceLink",
        "creatingApp": "image360",
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "status": "approved",
        "data": INSTANCE_LINK,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def annotation(file_id: int, **changes: Any) -> AnnotationWrite:
    """The same, typed."""
    return AnnotationWrite._load(body(file_id, **changes))


@pytest.mark.parametrize("kind", DATA)
def test_every_kind_for_images_is_read_back_as_it_was_created(
    client: CogniteClient, file_id: int, kind: str
) -> None:
    created = client.annotations.create(annotation(file_id, annotationType=kind, data=DATA[kind]))
    assert created.data == DATA[kind]
    assert created.as_write().dump() == annotation(file_id, annotationType=kind, data=DATA[kind]).dump()
    assert client.annotations.retrieve(created.id).dump() == created.dump()
    one = client.get(f"/api/v1/projects/local/annotations/{created.id}").json()
    assert Annotation._load(one).dump() == created.dump()
    assert "creatingUser" in one


def test_create_answers_201_with_the_slash_and_without(client: CogniteClient, file_id: int) -> None:
    for path in ("annotations", "annotations/"):
        answer = client.post(f"/api/v1/projects/local/{path}", json={"items": [body(file_id)]})
        assert answer.status_code == 201


def test_suggest_makes_suggestions(client: CogniteClient, post: Any, refused: Refused, file_id: int) -> None:
    suggested = client.annotations.suggest(annotation(file_id, status="suggested"))
    assert suggested.status == "suggested"
    assert (
        post("/annotations/suggest", {"items": [body(file_id, status=...)]})["items"][0]["status"]
        == "suggested"
    )
    refused("/annotations/suggest", {"items": [body(file_id)]}, r"items\[0\].status: Unknown field")


def test_equal_annotations_are_all_kept(client: CogniteClient, own_file_id: int) -> None:
    made = client.annotations.create([annotation(own_file_id)] * 3)
    assert len({each.id for each in made}) == 3


def test_a_request_is_carried_out_whole_or_not_at_all(
    client: CogniteClient, refused: Refused, own_file_id: int
) -> None:
    good, bad = body(own_file_id), body(own_file_id, data={**INSTANCE_LINK, "text": ""})
    refused("/annotations", {"items": [good, bad]}, r"items\[1\].*text")
    refused("/annotations", {"items": [good, body(1)]}, "not found")
    made = client.annotations.create(annotation(own_file_id))
    refused("/annotations/delete", {"items": [{"id": made.id}, {"id": 1}]}, "not found")
    update = {"status": {"set": "rejected"}}
    refused(
        "/annotations/update", {"items": [{"id": made.id, "update": update}, {"id": 1, "update": update}]}
    )
    (left,) = client.annotations.list(AnnotationFilter("file", [{"id": own_file_id}]), limit=None)
    assert left.dump() == made.dump()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotatedResourceType": "asset"}, "annotatedResourceType"),
        ({"annotatedResourceType": "threedmodel"}, "threedmodel is not served"),
        ({"annotatedResourceId": 1}, "not found"),
        ({"annotatedResourceId": 0}, "annotatedResourceId"),
        ({"annotatedResourceId": "1"}, "annotatedResourceId"),
        ({"annotationType": "images.Tag"}, "annotationType"),
        ({"annotationType": "images.AssetLink"}, "does not fit images.AssetLink: assetRef: Field required"),
        ({"creatingApp": ""}, "creatingApp"),
        ({"creatingApp": "x" * 256}, "creatingApp"),
        ({"creatingAppVersion": "1.0"}, "creatingAppVersion"),
        ({"creatingAppVersion": "v1.0.0"}, "creatingAppVersion"),
        ({"creatingUser": ""}, "creatingUser"),
        ({"creatingUser": ...}, "creatingUser: Field required"),
        ({"creatingUser": "x" * 256}, "creatingUser"),
        ({"status": "done"}, "status"),
        ({"status": ...}, "status: Field required"),
        ({"data": []}, "data"),
        ({"linkedResourceId": 1}, "linkedResourceId: Unknown field"),
        ({"id": 1}, "id: Unknown field"),
    ],
)
def test_a_wrong_field_is_refused_and_named(
    refused: Refused, file_id: int, changes: dict[str, Any], message: str
) -> None:
    refused("/annotations", {"items": [body(file_id, **changes)]}, message)


@pytest.mark.parametrize(
    "kind",
    [
        "diagrams.AssetLink",
        "diagrams.FileLink",
        "diagrams.InstanceLink",
        "diagrams.Junction",
        "diagrams.Line",
        "diagrams.UnhandledSymbolObject",
        "diagrams.UnhandledTextObject",
        "documents.ExtractedText",
        "forms.Detection",
        "isoplan.IsoPlanAnnotation",
        "pointcloud.BoundingVolume",
    ],
)
def test_kinds_for_other_things_than_images_are_refused_clearly(
    refused: Refused, file_id: int, kind: str
) -> None:
    refused("/annotations", {"items": [body(file_id, annotationType=kind)]}, f"{kind} is not served")


def polygon(vertices: int) -> dict[str, Any]:
    """An object region of so many vertices."""
    return {"polygon": {"vertices": [{"x": n / 2000, "y": 0.5} for n in range(vertices)]}}


def polyline(vertices: int) -> dict[str, Any]:
    """An open line of so many vertices."""
    return {"polyline": polygon(vertices)["polygon"]}


def box(**changes: float) -> dict[str, Any]:
    """A text region with other sides."""
    return {**BOX, **changes}


@pytest.mark.parametrize(
    ("field", "accepted", "refused_values"),
    [
        ("text", ["x", "é" * 128], ["", "é" * 129, 5, None]),
        ("confidence", [0, 1, 0.5], [-0.001, 1.001, "0.5", None]),
        ("textRegion", [box(xMin=0, xMax=1, yMin=0, yMax=1)], [box(xMax=1.001), box(yMin=-0.001)]),
        ("textRegion", [box(xMin=0.19999)], [box(xMin=0.2), box(xMin=0.3), box(yMax=0.1), box(yMax=0.05)]),
        ("textRegion", [box(confidence=1)], [box(width=1), box(confidence=2), {"xMin": 0, "xMax": 1}, None]),
        ("objectRegion", [polygon(3), polygon(1000)], [polygon(2), polygon(1001)]),
        ("objectRegion", [polyline(2), polyline(1000)], [polyline(1), polyline(1001)]),
        ("objectRegion", [{"boundingBox": BOX}], [{}, {**polygon(3), "boundingBox": BOX}, {"circle": {}}]),
        (
            "objectRegion",
            [{"polygon": {"vertices": TRIANGLE, "confidence": 1}}],
            [
                {"polygon": {"vertices": [*TRIANGLE, {"x": 1.1, "y": 0}]}},
                {"polygon": {"vertices": [*TRIANGLE, {"x": 1, "y": 0, "z": 0}]}},
                {"polygon": {"vertices": [*TRIANGLE, {"x": 1}]}},
                {"polygon": {"vertices": TRIANGLE, "closed": True}},
            ],
        ),
        ("instanceRef", [{**INSTANCE, "sources": []}], [{**INSTANCE, "sources": None}, {**INSTANCE, "x": 1}]),
        ("instanceRef", [{**INSTANCE, "sources": [VIEW] * 10}], [{**INSTANCE, "sources": [VIEW] * 11}]),
        (
            "instanceRef",
            [{**INSTANCE, "externalId": LONGEST_ID, "instanceType": "edge"}],
            [
                {**INSTANCE, "externalId": "x" * 256},
                {**INSTANCE, "externalId": ""},
                {**INSTANCE, "externalId": "\0"},
            ],
        ),
        (
            "instanceRef",
            [{**INSTANCE, "space": LONGEST_SPACE}],
            [
                {**INSTANCE, "space": "x" * 44},
                {**INSTANCE, "space": "1x"},
                {**INSTANCE, "instanceType": "asset"},
            ],
        ),
        (
            "instanceRef",
            [{**INSTANCE, "sources": [{**VIEW, "version": "1_a-b"}]}],
            [
                {**INSTANCE, "sources": [{**VIEW, "type": "container"}]},
                {**INSTANCE, "sources": [{**VIEW, "version": ""}]},
                {**INSTANCE, "sources": [{"type": "view", "space": "a", "externalId": "b"}]},
                {**INSTANCE, "sources": [{**VIEW, "externalId": "a-b"}]},
            ],
        ),
    ],
)
def test_data_of_an_instance_link_holds_to_the_schema(
    post: Any, refused: Refused, file_id: int, field: str, accepted: list[Any], refused_values: list[Any]
) -> None:
    for value in accepted:
        made = post("/annotations", {"items": [body(file_id, data={**INSTANCE_LINK, field: value})]})
        assert made["items"][0]["data"][field] == value
    for value in refused_values:
        refused("/annotations", {"items": [body(file_id, data={**INSTANCE_LINK, field: value})]}, field)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (
            "images.InstanceLink",
            {name: value for name, value in INSTANCE_LINK.items() if name != "instanceRef"},
        ),
        (
            "images.InstanceLink",
            {name: value for name, value in INSTANCE_LINK.items() if name != "textRegion"},
        ),
        ("images.InstanceLink", {name: value for name, value in INSTANCE_LINK.items() if name != "text"}),
        ("images.InstanceLink", {**INSTANCE_LINK, "assetRef": {"id": 1}}),
        ("images.InstanceLink", {**INSTANCE_LINK, "text_region": BOX}),
        ("images.AssetLink", {**DATA["images.AssetLink"], "assetRef": {}}),
        ("images.AssetLink", {**DATA["images.AssetLink"], "assetRef": {"id": 1, "externalId": "a"}}),
        ("images.AssetLink", {**DATA["images.AssetLink"], "assetRef": {"externalId": "x" * 257}}),
        ("images.AssetLink", {**DATA["images.AssetLink"], "assetRef": {"id": "1"}}),
        ("images.AssetLink", {"text": "a", "textRegion": BOX}),
        ("images.TextRegion", {**DATA["images.TextRegion"], "objectRegion": polygon(3)}),
        ("images.ObjectDetection", {"label": "gauge"}),
        ("images.ObjectDetection", {**DATA["images.ObjectDetection"], **polygon(3)}),
        ("images.ObjectDetection", {"label": "", "boundingBox": BOX}),
        ("images.ObjectDetection", {"label": "a", "boundingBox": BOX, "attributes": {"a": {"type": "text"}}}),
        (
            "images.ObjectDetection",
            {"label": "a", "boundingBox": BOX, "attributes": {"a": {**NUMBER, "value": "5"}}},
        ),
        ("images.Classification", {"label": "x" * 129}),
        ("images.Classification", {"label": "x", "textRegion": BOX}),
        ("images.KeypointCollection", {"label": "a"}),
        ("images.KeypointCollection", {"label": "a", "keypoints": {"a": {"x": 0, "y": 0}}}),
    ],
)
def test_data_that_does_not_fit_its_kind_is_refused(
    refused: Refused, file_id: int, kind: str, data: dict[str, Any]
) -> None:
    refused(
        "/annotations", {"items": [body(file_id, annotationType=kind, data=data)]}, f"does not fit {kind}"
    )


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/annotations/byids", lambda n: {"id": n}),
        ("/annotations/delete", lambda n: {"id": n}),
        ("/annotations/update", lambda n: {"id": n, "update": {}}),
    ],
)
def test_a_thousand_items_at_most(refused: Refused, path: str, item: Callable[[int], Any]) -> None:
    items = [item(n) for n in range(1, 1002)]
    refused(path, {"items": items[:1000]}, "not found")
    refused(path, {"items": items}, "at most 1000")
    refused(path, {"items": []}, "at least 1")


def test_a_thousand_annotations_at_most_are_created_at_once(
    client: CogniteClient, post: Any, refused: Refused, own_file_id: int
) -> None:
    items = [body(own_file_id)] * 1001
    for path, each in [
        ("/annotations", items),
        ("/annotations/suggest", [body(own_file_id, status=...)] * 1001),
    ]:
        assert len(post(path, {"items": each[:1000]})["items"]) == 1000
        refused(path, {"items": each}, "at most 1000")
    listed = client.annotations.list(AnnotationFilter("file", [{"id": own_file_id}]), limit=None)
    assert len(listed) == 2000


# --- reading -----------------------------------------------------------------------------------------------


def test_a_list_goes_on_over_pages(client: CogniteClient, post: Any, own_file_id: int) -> None:
    made = client.annotations.create([annotation(own_file_id)] * 65)
    query: dict[str, Any] = {
        "filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": own_file_id}]}
    }
    pages = [post("/annotations/list", query)]
    while cursor := pages[-1].get("nextCursor"):
        pages.append(post("/annotations/list", {**query, "cursor": cursor}))
    assert [len(page["items"]) for page in pages] == [25, 25, 15]
    assert {item["id"] for page in pages for item in page["items"]} == {each.id for each in made}


def test_each_filter_leaves_out_what_does_not_match(client: CogniteClient, own_file_id: int) -> None:
    made = client.annotations.create(annotation(own_file_id, creatingUser="kim"))
    client.annotations.create(
        annotation(own_file_id, annotationType="images.Classification", data={"label": "a"})
    )

    def found(**wanted: Any) -> bool:
        query = AnnotationFilter("file", [{"id": own_file_id}], **wanted)
        return made.id in [each.id for each in client.annotations.list(query, limit=None)]

    for wanted in (
        {},
        {"annotation_type": "images.InstanceLink"},
        {"creating_app": "image360"},
        {"creating_app_version": "1.0.0"},
        {"creating_user": "kim"},
        {"status": "approved"},
        {"data": {}},
        {"data": {"text": "21-PT-1019"}},
        {"data": {"instanceRef": {"space": "assets", "externalId": "pump 1"}}},
        {"data": {"textRegion": BOX, "confidence": 0.9}},
        {"data": {"instanceRef": {"sources": [VIEW]}}},
    ):
        assert found(**wanted), wanted
    for wanted in (
        {"annotation_type": "images.AssetLink"},
        {"creating_app": "image"},
        {"creating_app_version": "1.0.1"},
        {"creating_user": None},
        {"creating_user": "lee"},
        {"status": "suggested"},
        {"data": {"text": "21-pt-1019"}},
        {"data": {"instanceRef": {"space": "assets", "externalId": "pump 2"}}},
        {"data": {"instanceRef": {"sources": []}}},
        {"data": {"nothing": 1}},
        {"data": {"confidence": "0.9"}},
    ):
        assert not found(**wanted), wanted


def test_files_are_named_by_either_identifier(client: CogniteClient, own_file_id: int) -> None:
    made = client.annotations.create(annotation(own_file_id))
    name = client.files.retrieve(id=own_file_id).external_id
    (listed,) = client.annotations.list(AnnotationFilter("file", [{"externalId": name}]))
    assert listed.id == made.id


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "filter: Field required"),
        ({"filter": {"annotatedResourceType": "file"}}, "annotatedResourceIds: Field required"),
        ({"filter": {"annotatedResourceIds": [{"id": 1}]}}, "annotatedResourceType: Field required"),
        ({"filter": {"annotatedResourceType": "file", "annotatedResourceIds": []}}, "at least 1"),
        ({"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": 1}]}}, "not found"),
        ({"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{}]}}, "exactly one of"),
        (
            {"filter": {"annotatedResourceType": "threedmodel", "annotatedResourceIds": [{"id": 1}]}},
            "not served",
        ),
        (
            {
                "filter": {
                    "annotatedResourceType": "file",
                    "annotatedResourceIds": [{"id": n + 1} for n in range(1001)],
                }
            },
            "at most 1000",
        ),
        (
            {"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": 1}]}, "limit": 1001},
            "limit",
        ),
        (
            {"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": 1}]}, "limit": 0},
            "limit",
        ),
    ],
)
def test_a_list_names_existing_files(refused: Refused, query: dict[str, Any], message: str) -> None:
    refused("/annotations/list", query, message)


def test_reverse_lookup_finds_files_over_pages(client: CogniteClient, post: Any) -> None:
    app = uuid4().hex
    files = [client.files.create(FileMetadataWrite("x"))[0].id for _ in range(7)]
    client.annotations.create([annotation(file, creatingApp=app) for file in files * 2])
    query: dict[str, Any] = {"filter": {"annotatedResourceType": "file", "creatingApp": app}, "limit": 3}
    beta = {"cdf-version": "beta"}
    pages = [post("/annotations/reverselookup", query, headers=beta)]
    while cursor := pages[-1].get("nextCursor"):
        pages.append(post("/annotations/reverselookup", {**query, "cursor": cursor}, headers=beta))
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert sorted(item["id"] for page in pages for item in page["items"]) == sorted(files)
    assert {page["annotatedResourceType"] for page in pages} == {"file"}
    wanted = AnnotationReverseLookupFilter("file", creating_app=app, status="approved")
    with pytest.warns(FeaturePreviewWarning):
        found = client.annotations.reverse_lookup(wanted, limit=None)
    assert sorted(each.id for each in found) == sorted(files)


def test_reverse_lookup_needs_the_beta_header(refused: Refused) -> None:
    refused("/annotations/reverselookup", {"filter": {"annotatedResourceType": "file"}}, "beta", code=404)


def test_retrieve_keeps_the_order_and_names_what_is_missing(client: CogniteClient, file_id: int) -> None:
    ids = [each.id for each in client.annotations.create([annotation(file_id)] * 4)]
    asked = [ids[2], ids[0], ids[3]]
    assert [each.id for each in client.annotations.retrieve_multiple(asked)] == asked
    assert client.annotations.retrieve(1) is None
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.annotations.retrieve_multiple([ids[0], 1])
    assert refusal.value.missing == [{"id": 1}]


@pytest.mark.parametrize(
    ("given", "code"), [("1", 404), ("0", 400), ("x", 400), ("-1", 400), ("9" * 30, 400), ("٣", 400)]
)
def test_an_annotation_that_is_not_there_is_said_so(client: CogniteClient, given: str, code: int) -> None:
    with pytest.raises(CogniteAPIError) as refusal:
        client.get(f"/api/v1/projects/local/annotations/{given}")
    assert refusal.value.code == code


# --- changing ----------------------------------------------------------------------------------------------


def test_update_changes_what_it_names(client: CogniteClient, file_id: int) -> None:
    made = client.annotations.create(annotation(file_id, status="suggested"))
    changed = client.annotations.update(AnnotationUpdate(made.id).status.set("approved"))
    assert changed.status == "approved"
    assert changed.data == made.data
    assert changed.created_time == made.created_time <= changed.last_updated_time
    link = DATA["images.AssetLink"]
    both = AnnotationUpdate(made.id).annotation_type.set("images.AssetLink").data.set(link)
    assert client.annotations.update(both).data == link
    assert client.annotations.retrieve(made.id).annotation_type == "images.AssetLink"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"set": {"text": "x"}}}, "does not fit images.InstanceLink"),
        ({"annotationType": {"set": "images.AssetLink"}}, "does not fit images.AssetLink"),
        ({"annotationType": {"set": "diagrams.Line"}}, "not served"),
        ({"status": {"set": "done"}}, "status"),
        ({"status": "approved"}, "status"),
        ({"status": {"setNull": True}}, "setNull: Unknown field"),
        ({"creatingApp": {"set": "x"}}, "creatingApp: Unknown field"),
    ],
)
def test_an_update_that_cannot_be_is_refused(
    client: CogniteClient, refused: Refused, file_id: int, change: dict[str, Any], message: str
) -> None:
    made = client.annotations.create(annotation(file_id))
    refused("/annotations/update", {"items": [{"id": made.id, "update": change}]}, message)
    assert client.annotations.retrieve(made.id).dump() == made.dump()


def test_delete_removes(client: CogniteClient, file_id: int) -> None:
    made = client.annotations.create([annotation(file_id)] * 2)
    client.annotations.delete([each.id for each in made])
    assert client.annotations.retrieve(made[0].id) is None


def test_the_annotations_of_a_file_are_deleted_with_it(client: CogniteClient, own_file_id: int) -> None:
    made = client.annotations.create(annotation(own_file_id))
    client.files.delete(id=own_file_id)
    assert client.annotations.retrieve(made.id) is None
