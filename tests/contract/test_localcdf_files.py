"""Files without their content, through the real SDK."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetWrite,
    FileMetadata,
    FileMetadataUpdate,
    FileMetadataWrite,
    GeoLocation,
    Geometry,
    Label,
    LabelFilter,
    TimestampRange,
)
from cognite.client.exceptions import CogniteDuplicatedError, CogniteNotFoundError

Refused = Callable[..., Any]


def unique(start: str = "file") -> str:
    """An external id that no other test has."""
    return f"{start}-{uuid4().hex[:12]}"


def create(client: CogniteClient, **fields: Any) -> FileMetadata:
    """A file without content."""
    return client.files.create(FileMetadataWrite(**{"name": "a.jpg", **fields}))[0]


def test_a_file_is_read_back_as_it_was_created(client: CogniteClient) -> None:
    data_set = client.data_sets.create(DataSetWrite(name="x")).id
    written = FileMetadataWrite(
        name="st01_front.jpg",
        external_id=unique(),
        source="camera",
        mime_type="image/jpeg",
        metadata={"site_id": "plant", "face": "front"},
        directory="/plant/st01",
        asset_ids=[1, 2],
        data_set_id=data_set,
        labels=[Label("checked")],
        geo_location=GeoLocation("Feature", Geometry("Point", [10.5, 59.9]), {"hall": 3}),
        source_created_time=1,
        source_modified_time=2,
        security_categories=[7],
    )
    created, url = client.files.create(written)
    assert created.as_write().dump() == written.dump()
    assert created.uploaded is False
    assert created.uploaded_time is None
    assert url.startswith("http://127.0.0.1:")
    assert client.files.retrieve(id=created.id).dump() == created.dump()
    assert client.files.retrieve(external_id=written.external_id).dump() == created.dump()


def test_create_answers_201(client: CogniteClient) -> None:
    answer = client.post("/api/v1/projects/local/files", json={"name": "x"})
    assert answer.status_code == 201


def test_names_may_repeat_but_external_ids_may_not(client: CogniteClient) -> None:
    first = create(client, external_id=unique())
    second = create(client)
    assert first.name == second.name
    with pytest.raises(CogniteDuplicatedError) as refusal:
        create(client, external_id=first.external_id)
    assert refusal.value.duplicated == [{"externalId": first.external_id}]


def test_overwrite_replaces_what_is_given_and_keeps_the_rest(client: CogniteClient) -> None:
    name = unique()
    first = create(client, external_id=name, metadata={"a": "1", "b": "2"}, source="camera")
    again, _ = client.files.create(
        FileMetadataWrite("new.jpg", external_id=name, metadata={"c": "3"}), overwrite=True
    )
    assert again.id == first.id
    assert (again.name, again.metadata, again.source) == ("new.jpg", {"c": "3"}, "camera")
    assert (
        client.files.create(FileMetadataWrite("n.jpg", external_id=unique()), overwrite=True)[0].id
        != first.id
    )


def test_a_data_set_must_exist(client: CogniteClient) -> None:
    with pytest.raises(CogniteNotFoundError, match="dataSetId 5"):
        create(client, data_set_id=5)


def test_retrieve_keeps_the_order_and_may_ignore_what_is_unknown(client: CogniteClient) -> None:
    names = [unique() for _ in range(4)]
    for name in names:
        create(client, external_id=name)
    asked = [names[2], names[0], names[3]]
    assert [file.external_id for file in client.files.retrieve_multiple(external_ids=asked)] == asked
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.files.retrieve_multiple(external_ids=["no-such", *asked])
    assert refusal.value.missing == [{"externalId": "no-such"}]
    found = client.files.retrieve_multiple(external_ids=["no-such", *asked], ignore_unknown_ids=True)
    assert [file.external_id for file in found] == asked
    assert client.files.retrieve(id=1) is None


def test_update_sets_clears_adds_and_removes(client: CogniteClient) -> None:
    file = create(client, metadata={"a": "1", "b": "2"}, source="camera", asset_ids=[1], labels=[Label("a")])
    update = FileMetadataUpdate(id=file.id).external_id.set(unique()).directory.set("/x").source.set(None)
    update.metadata.add({"c": "3"}).metadata.remove(["a"]).mime_type.set("image/png")
    update.asset_ids.add([2]).asset_ids.remove([1]).labels.add(["b"]).labels.remove(["a"])
    update.source_created_time.set(5).security_categories.set([1])
    changed = client.files.update(update)
    assert (changed.directory, changed.source, changed.mime_type) == ("/x", None, "image/png")
    assert changed.metadata == {"b": "2", "c": "3"}
    assert (changed.asset_ids, changed.labels) == ([2], [Label("b")])
    assert client.files.retrieve(external_id=changed.external_id).dump() == changed.dump()
    bare = client.files.update(FileMetadataUpdate(id=file.id).asset_ids.set([]).metadata.set({}))
    assert (bare.asset_ids, bare.metadata) == (None, {})


def test_an_update_is_carried_out_for_all_items_or_for_none(client: CogniteClient, refused: Refused) -> None:
    file = create(client)
    good = {"id": file.id, "update": {"source": {"set": "new"}}}
    for bad in (
        {"externalId": "no-such", "update": {}},
        {"id": file.id, "update": {"source": {"set": "other"}}},
    ):
        refused("/files/update", {"items": [good, bad]})
    assert client.files.retrieve(id=file.id).dump() == file.dump()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": {"set": "x"}}, "name: Unknown field"),
        ({"source": {}}, "either set or setNull"),
        ({"source": {"set": "a", "setNull": True}}, "either set or setNull"),
        ({"source": {"setNull": False}}, "either set or setNull"),
        ({"metadata": {"set": {}, "remove": ["a"]}}, "either set, or add"),
        ({"labels": {"add": [{"externalId": f"{n}"} for n in range(11)]}}, "labels"),
        ({"directory": {"set": "relative"}}, "directory"),
        ({"dataSetId": {"set": 5}}, "dataSetId 5"),
    ],
)
def test_an_update_that_cannot_be_is_refused(
    client: CogniteClient, refused: Refused, change: dict[str, Any], message: str
) -> None:
    refused("/files/update", {"items": [{"id": create(client).id, "update": change}]}, message)


def test_delete_removes_and_names_what_is_missing(client: CogniteClient) -> None:
    file = create(client)
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.files.delete(id=[file.id, 1])
    assert refusal.value.missing == [{"id": 1}]
    assert client.files.retrieve(id=file.id)
    client.files.delete(id=[file.id, 1], ignore_unknown_ids=True)
    assert client.files.retrieve(id=file.id) is None


def test_a_file_is_not_deleted_by_instance(refused: Refused) -> None:
    item = {"instanceId": {"space": "s", "externalId": "x"}}
    refused("/files/delete", {"items": [item]}, "instanceId: Unknown field")


# --- lists -------------------------------------------------------------------------------------------------


def test_a_list_goes_on_over_pages(client: CogniteClient, post: Any) -> None:
    mark = {"mark": unique()}
    ids = {create(client, metadata=mark).id for _ in range(22)}
    query: dict[str, Any] = {"filter": {"metadata": mark}, "limit": 10}
    pages = [post("/files/list", query)]
    while cursor := pages[-1].get("nextCursor"):
        pages.append(post("/files/list", {**query, "cursor": cursor}))
    assert [len(page["items"]) for page in pages] == [10, 10, 2]
    assert {item["id"] for page in pages for item in page["items"]} == ids
    assert {file.id for file in client.files.list(metadata=mark, limit=None)} == ids


@pytest.mark.parametrize("shares", [1, 3, 10])
def test_partitions_share_a_list_out(client: CogniteClient, post: Any, shares: int) -> None:
    mark = {"mark": unique()}
    ids = sorted(create(client, metadata=mark).id for _ in range(12))
    found = []
    for share in range(1, shares + 1):
        query: dict[str, Any] = {"filter": {"metadata": mark}, "partition": f"{share}/{shares}", "limit": 2}
        while True:
            page = post("/files/list", query)
            found += [item["id"] for item in page["items"]]
            if "nextCursor" not in page:
                break
            query["cursor"] = page["nextCursor"]
    assert sorted(found) == ids
    assert sorted(file.id for file in client.files.list(metadata=mark, limit=None, partitions=shares)) == ids


@pytest.mark.parametrize("partition", ["11/11", "1/12", "0/3", "4/3", "1", "a/b", "1/3/5", "-1/3", "01/3"])
def test_no_more_than_ten_partitions_and_no_nonsense(refused: Refused, partition: str) -> None:
    refused("/files/list", {"partition": partition}, "partition")


def test_every_filter_leaves_out_what_does_not_match(client: CogniteClient) -> None:
    mark = unique()
    data_set = client.data_sets.create(DataSetWrite(unique(), name="x"))
    file = create(
        client,
        name="face.jpg",
        external_id=f"{mark}-1",
        metadata={"mark": mark, "face": "front"},
        directory="/plant/st01",
        mime_type="image/jpeg",
        source="camera",
        asset_ids=[10, 11],
        data_set_id=data_set.id,
        labels=[Label("a"), Label("b")],
        source_created_time=100,
        source_modified_time=200,
    )
    client.files.upload_content_bytes(b"x", external_id=file.external_id)
    create(client, name="other.txt", metadata={"mark": mark})
    file = client.files.retrieve(id=file.id)
    at = {name: TimestampRange(getattr(file, name), getattr(file, name)) for name in TIMES}
    matching: dict[str, Any] = {
        "name": "face.jpg",
        "directory_prefix": "/plant",
        "mime_type": "image/jpeg",
        "metadata": {"mark": mark, "face": "front"},
        "source": "camera",
        "asset_ids": [11, 99],
        "data_set_ids": data_set.id,
        "data_set_external_ids": data_set.external_id,
        "external_id_prefix": mark,
        "uploaded": True,
        "labels": LabelFilter(contains_all=["a", "b"]),
        **at,
    }
    for name, value in matching.items():
        wanted = {"metadata": {"mark": mark}, name: value}
        found = client.files.list(**wanted, limit=None)
        assert file.id in [each.id for each in found], name
    for name, value in {
        "name": "face.JPG",
        "directory_prefix": "plant",
        "mime_type": "image",
        "metadata": {"mark": mark, "face": "back"},
        "source": "Camera",
        "asset_ids": [99],
        "external_id_prefix": mark.upper(),
        "labels": LabelFilter(contains_all=["a", "c"]),
        **{name: TimestampRange(min=getattr(file, name) + 1) for name in TIMES},
        **{f"{name} ": TimestampRange(max=getattr(file, name) - 1) for name in TIMES},
    }.items():
        wanted = {"metadata": {"mark": mark}, name.strip(): value}
        found = client.files.list(**wanted, limit=None)
        assert file.id not in [each.id for each in found], name
    by_label = client.files.list(metadata={"mark": mark}, labels=LabelFilter(contains_any=["c", "b"]))
    assert [each.id for each in by_label] == [file.id]


TIMES = ("created_time", "last_updated_time", "uploaded_time", "source_created_time", "source_modified_time")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"geoLocation": {"relation": "WITHIN"}}, "geoLocation is not served"),
        ({"assetSubtreeIds": [{"id": 1}]}, "Assets not found"),
        ({"rootAssetIds": [{"id": 1}]}, "Assets not found"),
        ({"dataSetIds": [{"externalId": "no-such"}]}, "not found"),
        ({"dataSetIds": []}, "dataSetIds"),
        ({"labels": {}}, "exactly one of containsAny, containsAll"),
        ({"createdTime": {"min": -1}}, "createdTime.min"),
        ({"createdTime": {"from": 1}}, "createdTime.from: Unknown field"),
        ({"size": 1}, "size: Unknown field"),
    ],
)
def test_a_filter_that_cannot_be_obeyed_is_refused(refused: Refused, wanted: Any, message: str) -> None:
    refused("/files/list", {"filter": wanted}, message)


# --- limits ------------------------------------------------------------------------------------------------


def ring(corners: int) -> list[list[float]]:
    """A closed line in GeoJSON."""
    return [[float(n), 0.0] for n in range(corners)]


@pytest.mark.parametrize(
    ("field", "at_limit", "above"),
    [
        ("name", "x" * 256, "x" * 257),
        ("directory", "/".ljust(512, "x"), "/".ljust(513, "x")),
        ("source", "x" * 128, "x" * 129),
        ("mimeType", "x" * 256, "x" * 257),
        ("metadata", {f"{n}": "" for n in range(256)}, {f"{n}": "" for n in range(257)}),
        ("metadata", {"k" * 128: ""}, {"k" * 129: ""}),
        ("metadata", {"": "v" * 10_240}, {"": "v" * 10_241}),
        ("metadata", {"a": "v" * 10_239}, {"a": "v" * 10_240}),
        ("assetIds", list(range(1, 1001)), list(range(1, 1002))),
        ("assetIds", [1], []),
        ("assetIds", [2**53 - 1], [2**53]),
        ("labels", [{"externalId": f"{n}"} for n in range(10)], [{"externalId": f"{n}"} for n in range(11)]),
        ("labels", [{"externalId": "a"}, {"externalId": "b"}], [{"externalId": "a"}] * 2),
        ("securityCategories", list(range(1, 101)), list(range(1, 102))),
        ("sourceCreatedTime", 0, -1),
        (
            "geoLocation.geometry",
            {"type": "Point", "coordinates": [1, 2]},
            {"type": "Point", "coordinates": [1]},
        ),
        (
            "geoLocation.geometry",
            {"type": "LineString", "coordinates": ring(2)},
            {"type": "LineString", "coordinates": ring(1)},
        ),
        (
            "geoLocation.geometry",
            {"type": "MultiPolygon", "coordinates": [[ring(4), ring(4)]]},
            {"type": "Circle", "coordinates": [1, 2]},
        ),
    ],
)
def test_each_limit_holds_at_and_above(
    post: Any, refused: Refused, field: str, at_limit: Any, above: Any
) -> None:
    outer, _, inner = field.partition(".")

    def body(value: Any) -> dict[str, Any]:
        return {"name": "x", outer: {"type": "Feature", inner: value} if inner else value}

    assert post("/files", body(at_limit))["id"]
    refused("/files", body(above), field)


def test_an_external_id_has_at_most_255_characters(post: Any, refused: Refused) -> None:
    assert post("/files", {"name": "x", "externalId": unique().ljust(255, "é")})["id"]
    refused("/files", {"name": "x", "externalId": "é" * 256}, "externalId")


@pytest.mark.parametrize(
    ("path", "most", "extra"),
    [
        ("/files/byids", 1000, {"ignoreUnknownIds": True}),
        ("/files/delete", 1000, {"ignoreUnknownIds": True}),
        ("/files/update", 1000, None),
        ("/files/downloadlink", 100, None),
        ("/files/uploadlink", 1, None),
        ("/files/multiuploadlink?parts=1", 1, None),
    ],
)
def test_each_request_takes_so_many_items_and_no_more(
    refused: Refused, post: Any, path: str, most: int, extra: dict[str, Any] | None
) -> None:
    update = {"update": {}} if path.endswith("update") else {}
    items = [{"externalId": f"no-such-{n}", **update} for n in range(most + 1)]
    if extra:
        post(path, {"items": items[:most], **extra})
    else:
        refused(path, {"items": items[:most]}, "not found")
    refused(path, {"items": items}, f"at most {most}")
    refused(path, {"items": []}, "at least 1")


def test_a_file_has_a_name_and_nothing_unknown(refused: Refused) -> None:
    refused("/files", {"externalId": unique()}, "name: Field required")
    refused("/files", {"name": "x", "uploaded": True}, "uploaded: Unknown field")
    refused("/files", {"name": "x", "instanceId": {"space": "s", "externalId": "x"}}, "instanceId: Unknown")
