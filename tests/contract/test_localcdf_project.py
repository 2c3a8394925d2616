"""The project's data modeling status: where it shows, and what it rules out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer, local_cdf
from tests.conftest import UserOf, capabilities, forbidden

API = "/api/v1/projects/local"
STATUSES = ("HYBRID", "DATA_MODELING_FIRST", "DATA_MODELING_ONLY")


@pytest.fixture(params=STATUSES)
def of_status(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[LocalServer, str]]:
    """A local CDF of each status, and the status."""
    with local_cdf(tmp_path / "cdf", project_status=request.param) as server:
        yield server, request.param


def test_the_project_and_the_list_of_projects_show_the_status(of_status: tuple[LocalServer, str]) -> None:
    server, status = of_status
    client = server.client("tests")
    project = client.get(API).json()
    assert (project["name"], project["urlName"], project["dataModelingStatus"]) == ("local", "local", status)
    assert client.get("/api/v1/projects").json() == {"items": [{"urlName": "local"}]}
    shown = client.get("/api/v1/projects", params={"withDataModelingStatus": True}).json()
    assert shown == {"items": [{"urlName": "local", "dataModelingStatus": status}]}


def test_a_project_is_hybrid_unless_it_is_started_otherwise(client: CogniteClient) -> None:
    assert client.get(API).json()["dataModelingStatus"] == "HYBRID"


def test_a_started_project_may_get_another_status(tmp_path: Path) -> None:
    with local_cdf(tmp_path / "cdf") as server:
        assert server.client("tests").get(API).json()["dataModelingStatus"] == "HYBRID"
    with local_cdf(tmp_path / "cdf", project_status="DATA_MODELING_ONLY") as server:
        assert server.client("tests").get(API).json()["dataModelingStatus"] == "DATA_MODELING_ONLY"


ANNOTATION: dict[str, Any] = {
    "annotatedResourceType": "file",
    "annotationType": "images.TextRegion",
    "creatingApp": "tests",
    "creatingAppVersion": "1.0.0",
    "creatingUser": None,
    "status": "approved",
    "data": {"text": "a", "textRegion": {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}},
}


def blocked(client: CogniteClient, path: str, body: Any) -> int | None:
    """The status code with which a write is blocked; None where it is carried out."""
    try:
        client.post(API + path, json=body)
    except CogniteAPIError as refusal:
        return refusal.code if "DATA_MODELING_ONLY" in refusal.message else 0
    return None


def test_annotations_are_blocked_in_projects_of_data_modeling_alone(
    of_status: tuple[LocalServer, str],
) -> None:
    server, status = of_status
    server.read_as(list_lag="0")
    client = server.client("tests")
    file = client.post(API + "/files", json={"name": "a.jpg"}).json()
    annotation = ANNOTATION | {"annotatedResourceId": file["id"]}
    suggestion = {name: value for name, value in annotation.items() if name != "status"}
    writes: dict[str, Any] = {
        "/annotations": {"items": [annotation]},
        "/annotations/suggest": {"items": [suggestion]},
    }
    for refusal in ("403", "400"):
        server.read_as(project_status_refusal=refusal)
        expected = int(refusal) if status == "DATA_MODELING_ONLY" else None
        assert {path: blocked(client, path, body) for path, body in writes.items()} == dict.fromkeys(
            writes, expected
        )
    assert len(
        client.annotations.list(
            {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": file["id"]}]}
        )
    ) == (0 if status == "DATA_MODELING_ONLY" else 4)


def test_files_of_no_asset_are_taken_where_those_with_assets_are_blocked(
    of_status: tuple[LocalServer, str],
) -> None:
    server, status = of_status
    server.read_as(list_lag="0")
    client = server.client("tests")
    is_blocked = 403 if status == "DATA_MODELING_ONLY" else None
    assert blocked(client, "/files", {"name": "linked", "assetIds": [1]}) == is_blocked
    client.post(API + "/files", json={"name": "app", "externalId": "app"})
    for assets, expected in (([], None), ([1], is_blocked)):
        change = {"externalId": "app", "update": {"assetIds": {"set": assets}}}
        assert blocked(client, "/files/update", {"items": [change]}) == expected


def test_who_asks_is_known_by_their_name_if_they_may_ask(user_of: UserOf, client: CogniteClient) -> None:
    user = user_of(capabilities("userProfilesAcl:READ", "groupsAcl:LIST", "projectsAcl:LIST"))
    profile = user.iam.user_profiles.me()
    assert profile.display_name == user.config.client_name
    assert profile.user_identifier == user.get("/api/v1/token/inspect").json()["subject"]
    forbidden(user_of().iam.user_profiles.me, "userProfilesAcl:READ")
    with pytest.raises(CogniteAPIError, match="no user profile") as refusal:
        client.iam.user_profiles.me()
    assert refusal.value.code == 404
