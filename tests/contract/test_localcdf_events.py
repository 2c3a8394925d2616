"""Events: as Cognite's viewer and the SDK use them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import AssetWrite, EventUpdate, EventWrite
from cognite.client.data_classes.events import EndTimeFilter
from cognite.client.exceptions import CogniteAPIError, CogniteDuplicatedError, CogniteNotFoundError

from demo.localserver import local_cdf
from tests.contract.test_localcdf_rights import UserOf, capabilities, forbidden

Refused = Callable[..., CogniteAPIError]


@pytest.fixture
def site(client: CogniteClient) -> str:
    """Twelve events of a site, as they describe the stations of 360° images; return the site's id."""
    site_id = uuid4().hex
    client.events.create(
        [
            EventWrite(
                external_id=f"{site_id}_{each}",
                type="scan",
                start_time=1000 * each,
                end_time=None if each % 2 else 1000 * each + 500,
                metadata={"site_id": site_id, "station_id": str(each), "translation": "1,2,3"},
            )
            for each in range(12)
        ]
    )
    return site_id


def test_the_viewer_finds_the_events_of_a_site_in_ten_partitions(post: Any, site: str) -> None:
    stations = []
    for share in range(1, 11):
        wanted = {"metadata": {"site_id": site}}
        body = {"sort": [], "filter": wanted, "limit": 1000, "partition": f"{share}/10"}
        stations += [each["metadata"]["station_id"] for each in post("/events/list", body)["items"]]
    assert sorted(map(int, stations)) == list(range(12))


def test_an_event_is_read_as_it_was_created(client: CogniteClient, site: str) -> None:
    event = client.events.retrieve(external_id=f"{site}_2")
    assert event
    assert (event.type, event.start_time, event.end_time) == ("scan", 2000, 2500)
    assert event.metadata
    assert event.metadata["translation"] == "1,2,3"
    assert event.created_time
    assert event.last_updated_time


def test_create_answers_201(client: CogniteClient) -> None:
    answer = client.post("/api/v1/projects/local/events", json={"items": [{}]})
    assert answer.status_code == 201
    assert answer.json()["items"][0].keys() == {"id", "createdTime", "lastUpdatedTime"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"start_time": {"min": 9000}}, [9, 10, 11]),
        ({"end_time": {"max": 2500}}, [0, 2]),
        ({"end_time": EndTimeFilter(is_null=True)}, [1, 3, 5, 7, 9, 11]),
        ({"end_time": EndTimeFilter(is_null=False)}, [0, 2, 4, 6, 8, 10]),
        ({"active_at_time": {"min": 4200, "max": 4900}}, [1, 3, 4]),
        ({"active_at_time": {"max": 1000}}, [0, 1]),
        ({"type": "walk"}, []),
        ({"created_time": {"max": 1}}, []),
    ],
)
def test_lists_are_filtered(
    client: CogniteClient, site: str, wanted: dict[str, Any], found: list[int]
) -> None:
    listed = client.events.list(metadata={"site_id": site}, **wanted, limit=None)
    assert sorted(int(each.metadata["station_id"]) for each in listed) == found


def test_events_are_found_by_their_assets(client: CogniteClient) -> None:
    key = uuid4().hex[:12]
    top, pump = client.assets.create(
        [
            AssetWrite(name="top", external_id=key),
            AssetWrite(name="pump", external_id=f"{key}p", parent_external_id=key),
        ]
    )
    made = client.events.create([EventWrite(asset_ids=[top.id]), EventWrite(asset_ids=[pump.id])])

    def found(**wanted: Any) -> list[bool]:
        ids = {each.id for each in client.events.list(**wanted, limit=None)}
        return [each.id in ids for each in made]

    assert found(asset_ids=[pump.id]) == [False, True]
    assert found(asset_external_ids=[key, "nowhere"]) == [True, False]
    assert found(asset_subtree_external_ids=[key]) == [True, True]
    assert found(asset_subtree_ids=[pump.id]) == [False, True]


def test_updates_and_deletes(client: CogniteClient, site: str) -> None:
    changed = client.events.update(EventUpdate(external_id=f"{site}_1").end_time.set(1700).subtype.set("x"))
    assert (changed.end_time, changed.subtype) == (1700, "x")
    client.events.delete(external_id=[f"{site}_1", f"{site}_2"])
    assert len(client.events.list(metadata={"site_id": site}, limit=None)) == 10
    with pytest.raises(CogniteNotFoundError):
        client.events.delete(external_id=f"{site}_1")
    client.events.delete(external_id=f"{site}_1", ignore_unknown_ids=True)
    with pytest.raises(CogniteDuplicatedError):
        client.events.create(EventWrite(external_id=f"{site}_3"))


@pytest.mark.parametrize(
    ("field", "longest", "too_long"),
    [
        ("type", "t" * 64, "t" * 65),
        ("subtype", "t" * 64, "t" * 65),
        ("description", "d" * 500, "d" * 501),
        ("source", "s" * 128, "s" * 129),
        ("metadata", {"k": "v" * 128_000}, {"k": "v" * 128_001}),
        ("metadata", {"k": "v" * 128_000, "l": "v" * 71_998}, {"k": "v" * 128_000, "l": "v" * 71_999}),
        ("assetIds", list(range(1, 10_001)), list(range(1, 10_002))),
        ("startTime", 0, -1),
    ],
)
def test_fields_have_their_documented_limits(
    post: Any, refused: Refused, field: str, longest: Any, too_long: Any
) -> None:
    assert post("/events", {"items": [{field: longest}]})["items"][0][field] == longest
    refused("/events", {"items": [{field: too_long}]}, rf"items\[0\].{field}")


def test_an_event_ends_when_it_starts_or_later(post: Any, refused: Refused) -> None:
    made = post("/events", {"items": [{"startTime": 5, "endTime": 5}, {"endTime": 1}]})["items"]
    refused("/events", {"items": [{"startTime": 5, "endTime": 4}]}, "before startTime")
    change = {"id": made[0]["id"], "update": {"startTime": {"set": 6}}}
    refused("/events/update", {"items": [change]}, "before startTime")


def test_a_request_has_a_thousand_items_at_most(post: Any, refused: Refused) -> None:
    refused("/events", {"items": [{}] * 1001}, "items")
    refused("/events", {"items": []}, "items")
    made = post("/events", {"items": [{}] * 1000})["items"]
    post("/events/delete", {"items": [{"id": each["id"]} for each in made]})


def test_what_is_not_served_is_refused(refused: Refused) -> None:
    for name in ("advancedFilter", "sort"):
        refused("/events/list", {name: {}}, name)
    refused("/events/list", {"sort": [{"property": ["startTime"]}]}, "not sorted by the local CDF")
    refused("/events/list", {"filter": {"endTime": {"isNull": True, "min": 1}}}, "isNull")
    refused("/events/list", {"filter": {"assetIds": [1, 1]}}, "twice")


def test_rights_go_as_far_as_their_data_sets(client: CogniteClient, user_of: UserOf, post: Any) -> None:
    ours, others = (
        each["id"] for each in post("/datasets", {"items": [{"name": "a"}, {"name": "b"}]})["items"]
    )
    mine, theirs = client.events.create([EventWrite(data_set_id=ours), EventWrite(data_set_id=others)])
    scope = {"datasetScope": {"ids": [ours]}}
    user = user_of(capabilities("eventsAcl:READ", "eventsAcl:WRITE", scope=scope))
    assert [each.id for each in user.events.list(limit=None)] == [mine.id]
    forbidden(lambda: user.events.retrieve(id=theirs.id), "eventsAcl:READ")
    forbidden(lambda: user.events.delete(id=theirs.id), "eventsAcl:WRITE")
    user.events.delete(id=mine.id)


@pytest.mark.parametrize(("blocks", "code"), [("more", 403), ("named", None)])
def test_projects_of_data_modeling_alone_block_events_and_links_of_files_or_not(
    tmp_path: Path, blocks: str, code: int | None
) -> None:
    with local_cdf(tmp_path / "cdf", project_status="DATA_MODELING_ONLY") as server:
        client = server.client("tests")
        server.read_as(data_modeling_only_blocks=blocks)
        plain = client.post("/api/v1/projects/local/files", json={"name": "plain"}).json()
        writes = {
            "/events": {"items": [{}]},
            "/files": {"name": "x", "assetIds": [1]},
            "/files/initmultipartupload?parts=1": {"name": "x", "assetIds": [1]},
            "/files/update": {"items": [{"id": plain["id"], "update": {"assetIds": {"add": [1]}}}]},
        }
        for path, body in writes.items():
            if code is None:
                client.post(f"/api/v1/projects/local{path}", json=body)
                continue
            with pytest.raises(CogniteAPIError, match="DATA_MODELING_ONLY") as refusal:
                client.post(f"/api/v1/projects/local{path}", json=body)
            assert refusal.value.code == code
