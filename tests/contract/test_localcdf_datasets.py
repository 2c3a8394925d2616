"""Data sets, through the real SDK."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import DataSetUpdate, DataSetWrite
from cognite.client.exceptions import CogniteDuplicatedError, CogniteNotFoundError

Refused = Callable[..., Any]


def unique(start: str = "ds") -> str:
    """An external id that no other test has."""
    return f"{start}-{uuid4().hex[:12]}"


def test_a_data_set_is_read_back_as_it_was_created(client: CogniteClient) -> None:
    written = DataSetWrite(unique(), name="Plant", description="d", metadata={"a": "b"}, write_protected=True)
    created = client.data_sets.create(written)
    assert created.as_write().dump() == written.dump()
    assert client.data_sets.retrieve(id=created.id).dump() == created.dump()
    assert client.data_sets.retrieve(external_id=written.external_id).dump() == created.dump()
    assert created.created_time == created.last_updated_time


def test_write_protection_is_off_unless_asked_for(client: CogniteClient) -> None:
    assert client.data_sets.create(DataSetWrite(name="x")).write_protected is False


def test_internal_ids_are_large_scattered_and_exact_in_javascript(client: CogniteClient) -> None:
    ids = [each.id for each in client.data_sets.create([DataSetWrite(name="x") for _ in range(10)])]
    assert len(set(ids)) == 10
    assert ids != sorted(ids)
    assert all(0 < each < 2**53 for each in ids)
    assert max(ids) > 2**48


def test_retrieve_keeps_the_order_asked_for(client: CogniteClient) -> None:
    names = [unique() for _ in range(5)]
    client.data_sets.create([DataSetWrite(name) for name in names])
    asked = [names[3], names[0], names[4]]
    assert [each.external_id for each in client.data_sets.retrieve_multiple(external_ids=asked)] == asked


def test_unknown_identifiers_are_named(client: CogniteClient) -> None:
    known, unknown = unique(), unique()
    client.data_sets.create(DataSetWrite(known))
    assert client.data_sets.retrieve(external_id=unknown) is None
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.data_sets.retrieve_multiple(external_ids=[known, unknown])
    assert refusal.value.missing == [{"externalId": unknown}]
    found = client.data_sets.retrieve_multiple(external_ids=[unknown, known], ignore_unknown_ids=True)
    assert [each.external_id for each in found] == [known]


def test_a_taken_external_id_is_a_409_and_nothing_of_the_request_is_kept(client: CogniteClient) -> None:
    taken, new = unique(), unique()
    client.data_sets.create(DataSetWrite(taken))
    for names in ([new, taken], [new, new]):
        with pytest.raises(CogniteDuplicatedError) as refusal:
            client.data_sets.create([DataSetWrite(name) for name in names])
        assert refusal.value.duplicated == [{"externalId": names[1]}]
        assert client.data_sets.retrieve(external_id=new) is None


def test_of_many_clients_that_create_the_same_at_once_one_succeeds(client: CogniteClient) -> None:
    name = unique()

    def create(_: int) -> bool:
        try:
            client.data_sets.create(DataSetWrite(name))
        except CogniteDuplicatedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(16))) == [False] * 15 + [True]


def test_the_same_identifier_twice_in_one_request_is_refused(refused: Refused, client: CogniteClient) -> None:
    name = unique()
    client.data_sets.create(DataSetWrite(name))
    refusal = refused("/datasets/byids", {"items": [{"externalId": name}] * 2}, "twice")
    assert refusal.duplicated == [{"externalId": name}]


def test_update_sets_clears_adds_and_removes(client: CogniteClient) -> None:
    created = client.data_sets.create(
        DataSetWrite(unique(), name="a", description="d", metadata={"a": "1", "b": "2"})
    )
    update = DataSetUpdate(id=created.id)
    update.name.set("new").description.set(None).write_protected.set(True)
    update.metadata.add({"b": "3", "c": "4"}).metadata.remove(["a"])
    changed = client.data_sets.update(update)
    assert (changed.name, changed.description, changed.write_protected) == ("new", None, True)
    assert changed.metadata == {"b": "3", "c": "4"}
    assert changed.created_time == created.created_time <= changed.last_updated_time
    replaced = client.data_sets.update(DataSetUpdate(id=created.id).metadata.set({"z": "9"}))
    assert replaced.metadata == {"z": "9"}
    assert client.data_sets.retrieve(id=created.id).dump() == replaced.dump()


def test_an_update_to_a_taken_external_id_is_a_409(client: CogniteClient) -> None:
    one, other = client.data_sets.create([DataSetWrite(unique()), DataSetWrite(unique())])
    with pytest.raises(CogniteDuplicatedError):
        client.data_sets.update(DataSetUpdate(id=one.id).external_id.set(other.external_id))
    same = client.data_sets.update(DataSetUpdate(id=one.id).external_id.set(one.external_id))
    assert same.external_id == one.external_id


def test_an_update_keeps_to_the_limits_of_a_create(client: CogniteClient, refused: Refused) -> None:
    created = client.data_sets.create(DataSetWrite(name="x", metadata={f"k{n}": "v" for n in range(200)}))
    more = {f"more{n}": "v" for n in range(57)}
    refused("/datasets/update", {"items": [{"id": created.id, "update": {"metadata": {"add": more}}}]}, "256")
    assert client.data_sets.retrieve(id=created.id).metadata == created.metadata


def test_a_list_goes_on_over_pages_and_filters(client: CogniteClient, post: Any) -> None:
    mark = {"mark": unique()}
    names = [unique("page") for _ in range(25)]
    for start in range(0, 25, 10):
        client.data_sets.create([DataSetWrite(name, metadata=mark) for name in names[start : start + 10]])
    query: dict[str, Any] = {"filter": {"metadata": mark, "externalIdPrefix": "page-"}, "limit": 7}
    pages = [post("/datasets/list", query)]
    while cursor := pages[-1].get("nextCursor"):
        pages.append(post("/datasets/list", {**query, "cursor": cursor}))
    assert [len(page["items"]) for page in pages] == [7, 7, 7, 4]
    assert sorted(item["externalId"] for page in pages for item in page["items"]) == sorted(names)


def test_filters_that_do_not_match_leave_out(client: CogniteClient) -> None:
    mark = {"mark": unique()}
    created = client.data_sets.create(DataSetWrite(unique(), metadata=mark))
    time = created.created_time

    def count(**wanted: Any) -> int:
        return len(client.data_sets.list(metadata=mark, **wanted))

    assert count() == count(created_time={"min": time, "max": time}) == count(write_protected=False) == 1
    assert count(created_time={"min": time + 1}) == count(last_updated_time={"max": time - 1}) == 0
    assert count(write_protected=True) == count(external_id_prefix="no") == 0
    assert len(client.data_sets.list(metadata={**mark, "other": "x"})) == 0


def test_a_cursor_is_only_good_for_the_list_that_gave_it_out(refused: Refused, post: Any) -> None:
    post("/datasets", {"items": [{"name": "x"}, {"name": "y"}]})
    cursor = post("/datasets/list", {"limit": 1})["nextCursor"]
    other = {"filter": {"writeProtected": False}, "limit": 1, "cursor": cursor}
    refused("/datasets/list", other, "other parameters")
    for garbage in ("", "x", "0", "YWJj", cursor[:-2], "ÿ"):
        refused("/datasets/list", {"limit": 1, "cursor": garbage}, "cursor")


@pytest.mark.parametrize(
    ("field", "at_limit", "above"),
    [
        ("externalId", lambda: unique().ljust(255, "x"), lambda: "x" * 256),
        ("name", lambda: "x" * 50, lambda: "x" * 51),
        ("description", lambda: "x" * 500, lambda: "x" * 501),
        ("name", lambda: "x", lambda: ""),
        ("metadata", lambda: {f"{n}": "" for n in range(256)}, lambda: {f"{n}": "" for n in range(257)}),
        ("metadata", lambda: {"k" * 128: ""}, lambda: {"k" * 129: ""}),
        ("metadata", lambda: {"é" * 64: ""}, lambda: {"é" * 65: ""}),
        ("metadata", lambda: {"": "v" * 10_240}, lambda: {"": "v" * 10_241}),
        ("metadata", lambda: {"a": "v" * 10_239}, lambda: {"a": "v" * 10_240}),
    ],
)
def test_each_limit_holds_at_and_above(
    post: Any, refused: Refused, field: str, at_limit: Callable[[], Any], above: Callable[[], Any]
) -> None:
    assert post("/datasets", {"items": [{field: at_limit()}]})["items"][0]["id"]
    refused("/datasets", {"items": [{field: above()}]}, rf"items\[0\].{field}")


def test_ten_data_sets_at_most_are_created_at_once(post: Any, refused: Refused) -> None:
    assert len(post("/datasets", {"items": [{"name": "x"}] * 10})["items"]) == 10
    refused("/datasets", {"items": [{"name": "x"}] * 11}, "at most 10")
    refused("/datasets", {"items": []}, "at least 1")


@pytest.mark.parametrize("limit", [0, 1001, -1])
def test_a_page_holds_one_to_a_thousand(refused: Refused, post: Any, limit: int) -> None:
    refused("/datasets/list", {"limit": limit}, "limit")
    assert "items" in post("/datasets/list", {"limit": 1000})


def test_a_thousand_identifiers_at_most_are_asked_for_at_once(post: Any, refused: Refused) -> None:
    many = [{"externalId": f"no-{n}"} for n in range(1001)]
    assert post("/datasets/byids", {"items": many[:1000], "ignoreUnknownIds": True}) == {"items": []}
    refused("/datasets/byids", {"items": many, "ignoreUnknownIds": True}, "at most 1000")
