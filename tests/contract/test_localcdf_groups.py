"""Groups and identities: what a group may hold, who is in it, and what comes of it for a token."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import GroupWrite
from cognite.client.data_classes.capabilities import DataModelInstancesAcl, FilesAcl
from cognite.client.exceptions import CogniteAPIError, CogniteNotFoundError

from demo.localserver import LocalServer
from localcdf.acls import ACLS
from tests.conftest import Post, UserOf, capabilities, forbidden

API = "/api/v1/projects/local"


def test_the_sdk_makes_lists_and_deletes_groups(client: CogniteClient) -> None:
    held = [
        FilesAcl([FilesAcl.Action.Read], FilesAcl.Scope.DataSet([1, 2])),
        DataModelInstancesAcl(
            [DataModelInstancesAcl.Action.Write], DataModelInstancesAcl.Scope.SpaceID(["a-space"])
        ),
    ]
    made = client.iam.groups.create(
        GroupWrite("makers", capabilities=held, source_id="nobody's", metadata={"a": "b"})
    )
    (listed,) = [each for each in client.iam.groups.list(all=True) if each.id == made.id]
    assert listed.dump() == made.dump()
    assert listed.capabilities == held
    assert (listed.name, listed.source_id, listed.metadata, listed.is_deleted) == (
        "makers",
        "nobody's",
        {"a": "b"},
        False,
    )
    again = client.iam.groups.create(
        GroupWrite("makers", capabilities=held)
    )  # names may repeat, ids tell apart
    client.iam.groups.delete([made.id, again.id])
    assert not {made.id, again.id} & {each.id for each in client.iam.groups.list(all=True)}


def test_a_group_is_answered_as_it_was_sent(post: Post) -> None:
    """A client that compares would otherwise make it anew each time."""
    sent = {
        "name": "echo",
        "sourceId": "s",
        "capabilities": [
            *capabilities("groupsAcl:LIST", scope={"currentuserscope": {}}),
            *capabilities("rawAcl:READ", scope={"tableScope": {"dbsToTables": {"db": {"tables": []}}}}),
            *capabilities("datasetsAcl:READ", scope={"idscope": {"ids": [1]}}),
        ],
        "metadata": {"a": "b"},
    }
    (made,) = post("/groups", {"items": [sent]})["items"]
    assert made == sent | {"id": made["id"], "isDeleted": False}


@pytest.mark.parametrize(
    ("capability", "named"),
    [
        ({"fileAcl": {"actions": ["READ"], "scope": {"all": {}}}}, "unknown capability fileAcl"),
        ({"filesAcl": {"actions": ["LIST"], "scope": {"all": {}}}}, "unknown action LIST"),
        ({"filesAcl": {"actions": ["read"], "scope": {"all": {}}}}, "unknown action read"),
        ({"filesAcl": {"actions": "READ", "scope": {"all": {}}}}, "actions must be a list"),
        ({"filesAcl": {"actions": [["READ"]], "scope": {"all": {}}}}, "unknown action"),
        ({"filesAcl": {"actions": ["READ"], "scope": {"spaceIdScope": {}}}}, "unknown scope spaceIdScope"),
        ({"annotationsAcl": {"actions": ["READ"], "scope": {"datasetScope": {"ids": []}}}}, "unknown scope"),
        ({"filesAcl": {"actions": ["READ"], "scope": {"datasetScope": {"ids": ["1"]}}}}, "datasetScope.ids"),
        ({"filesAcl": {"actions": ["READ"], "scope": {"datasetScope": {}}}}, "needs ids"),
        ({"filesAcl": {"actions": ["READ"], "scope": {"all": {"a": 1}}}}, "needs no fields"),
        ({"filesAcl": {"actions": ["READ"], "scope": {}}}, "exactly one scope"),
        ({"filesAcl": {"actions": ["READ"]}}, "exactly actions and scope"),
        ({"filesAcl": None}, "exactly actions and scope"),
        ({}, "one access list"),
        (capabilities("filesAcl:READ")[0] | capabilities("rawAcl:READ")[0], "one access list"),
    ],
)
def test_a_group_with_what_there_is_not_is_refused_and_it_is_named(
    refused: Any, capability: dict[str, Any], named: str
) -> None:
    refusal = refused("/groups", {"items": [{"name": "a", "capabilities": [capability]}]})
    assert named in refusal.message


@pytest.mark.parametrize(
    "group",
    [
        {},
        {"name": "a" * 256},
        {"name": "a", "sourceId": "b", "members": ["c"]},
        {"name": "a", "members": "everybody"},
        {"name": "a", "members": ["m"] * 101},
        {"name": "a", "metadata": {"k" * 33: "v"}},
        {"name": "a", "metadata": {"k": "v" * 513}},
        {"name": "a", "metadata": {str(number): "v" for number in range(17)}},
        {"name": "a", "metadata": {f"{number:032}": "v" * 500 for number in range(8)}},
        {"name": "a", "attributes": {"token": {"appIds": ["a" * 256]}}},
        {"name": "a", "unknown": 1},
    ],
)
def test_a_group_keeps_to_its_limits(refused: Any, group: dict[str, Any]) -> None:
    refused("/groups", {"items": [group]})


def test_a_group_at_its_limits_is_taken(post: Post) -> None:
    group = {
        "name": "a" * 255,
        "members": ["m"] * 100,
        "metadata": {f"{number:032}": "v" * 480 for number in range(8)},
        "attributes": {"token": {"appIds": ["a" * 255] * 255}},
    }
    (made,) = post("/groups", {"items": [group]})["items"]
    post("/groups/delete", {"items": [made["id"]]})


def test_an_unknown_group_is_missing_and_one_named_twice_refused(client: CogniteClient, refused: Any) -> None:
    with pytest.raises(CogniteNotFoundError) as refusal:
        client.iam.groups.delete(12345)
    assert refusal.value.missing == [{"id": 12345}]
    refused("/groups/delete", {"items": [1, 1]})


# Members


def test_a_group_has_its_members_by_source_by_id_or_as_all_users(
    local_cdf: LocalServer, client: CogniteClient, user_of: UserOf
) -> None:
    user = user_of(capabilities("projectsAcl:LIST", "groupsAcl:LIST"))
    subject = user.iam.token.inspect().subject

    def groups() -> set[int]:
        (project,) = user.iam.token.inspect().projects
        assert {each.id for each in user.iam.groups.list()} == set(project.groups)
        return set(project.groups)

    before = groups()
    wanted = [GroupWrite("a", members=[subject]), GroupWrite("b", members="allUserAccounts")]
    others = [GroupWrite("c", members=["another"]), GroupWrite("d", source_id="another"), GroupWrite("e")]
    made = client.iam.groups.create([*wanted, *others])
    assert groups() - before == {each.id for each in made[:2]}
    client.iam.groups.delete([each.id for each in made])
    assert groups() == before


def test_a_service_principal_is_no_user_account(local_cdf: LocalServer, client: CogniteClient) -> None:
    client_id = uuid4().hex
    principal = {
        "name": client_id,
        "clientId": client_id,
        "clientSecret": "long-enough",
        "groups": [client_id],
    }
    local_cdf.admin("identities", {"items": [principal]})
    rights = capabilities("projectsAcl:LIST", "groupsAcl:LIST")
    mine = client.post(
        f"{API}/groups", json={"items": [{"name": "a", "sourceId": client_id, "capabilities": rights}]}
    ).json()["items"][0]["id"]
    everybody = client.iam.groups.create(GroupWrite("b", members="allUserAccounts"))
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": "long-enough"}
    token = httpx2.post(f"{local_cdf.url}/oauth2/token", data=form).json()["access_token"]
    seen = httpx2.get(
        f"{local_cdf.url}/api/v1/token/inspect", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert seen["projects"] == [{"projectUrlName": "local", "groups": [mine]}]
    client.iam.groups.delete([everybody.id, mine])


def test_a_change_of_groups_counts_from_the_next_request(client: CogniteClient, user_of: UserOf) -> None:
    user = user_of(capabilities("projectsAcl:LIST", "groupsAcl:LIST"))
    subject = user.iam.token.inspect().subject
    forbidden(user.data_sets.list, "datasetsAcl:READ")
    group = {"name": "a", "members": [subject], "capabilities": capabilities("datasetsAcl:READ")}
    made = client.post(f"{API}/groups", json={"items": [group]}).json()["items"][0]["id"]
    user.data_sets.list()
    client.iam.groups.delete(made)
    forbidden(user.data_sets.list, "datasetsAcl:READ")


# What a token says of itself


def test_the_admin_token_has_every_capability_there_is(client: CogniteClient) -> None:
    inspected = client.get("/api/v1/token/inspect").json()
    held = {name: each[name] for each in inspected["capabilities"] for name in each if name in ACLS}
    assert held == {name: {"actions": list(acl.actions), "scope": {"all": {}}} for name, acl in ACLS.items()}
    assert (
        client.iam.verify_capabilities(
            FilesAcl([FilesAcl.Action.Read, FilesAcl.Action.Write], FilesAcl.Scope.All())
        )
        == []
    )


def test_a_token_says_what_its_groups_give_and_the_sdk_finds_what_lacks(user_of: UserOf) -> None:
    rights = capabilities("projectsAcl:LIST", "groupsAcl:LIST")
    files = capabilities("filesAcl:READ", scope={"datasetScope": {"ids": [7]}})
    user = user_of(rights, files)
    inspected = user.get("/api/v1/token/inspect").json()
    scope = {"projectScope": {"projects": ["local"]}}
    assert inspected["capabilities"] == [each | scope for each in (*rights, *files)]
    reads = FilesAcl([FilesAcl.Action.Read], FilesAcl.Scope.DataSet([7]))
    writes = FilesAcl([FilesAcl.Action.Write], FilesAcl.Scope.DataSet([7]))
    assert user.iam.verify_capabilities([reads, writes]) == [writes]


def test_who_looks_at_the_own_token_needs_what_the_reference_names_unless_read_otherwise(
    local_cdf: LocalServer, user_of: UserOf
) -> None:
    user = user_of([])
    forbidden(user.iam.token.inspect, "projectsAcl:LIST")
    forbidden(user.iam.groups.list, "groupsAcl:LIST")
    local_cdf.read_as(looking_at_oneself="none")
    try:
        assert user.iam.token.inspect().capabilities.data == []
        assert len(user.iam.groups.list()) == 1
        forbidden(lambda: user.iam.groups.list(all=True), "groupsAcl:LIST")
    finally:
        local_cdf.read_as(looking_at_oneself="named")


def test_the_project_says_its_name(client: CogniteClient) -> None:
    answer = client.get(API).json()
    assert (answer["name"], answer["urlName"]) == ("local", "local")


# Identities


@pytest.mark.parametrize(
    "identity",
    [
        {},
        {"name": ""},
        {"name": "a", "clientId": "a"},
        {"name": "a", "clientSecret": "long-enough"},
        {"name": "a", "clientId": "a", "clientSecret": "short"},
        {"name": "a", "groups": [""]},
        {"name": "a", "admin": True},
    ],
)
def test_an_identity_that_makes_no_sense_is_refused(local_cdf: LocalServer, identity: dict[str, Any]) -> None:
    with pytest.raises(CogniteAPIError) as refusal:
        local_cdf.admin("identities", {"items": [identity]})
    assert refusal.value.code == 400


def test_a_client_id_belongs_to_one_identity(local_cdf: LocalServer) -> None:
    client_id = uuid4().hex
    mine = {"name": f"a{client_id}", "clientId": client_id, "clientSecret": "long-enough"}
    local_cdf.admin("identities", {"items": [mine]})
    local_cdf.admin("identities", {"items": [mine]})  # it may be given again
    with pytest.raises(CogniteAPIError, match="Another identity") as refusal:
        local_cdf.admin("identities", {"items": [mine | {"name": f"b{client_id}"}]})
    assert refusal.value.code == 409


def test_a_new_secret_makes_the_old_one_worthless(local_cdf: LocalServer) -> None:
    client_id = uuid4().hex
    form = {"grant_type": "client_credentials", "client_id": client_id}

    def status(secret: str) -> int:
        url = f"{local_cdf.url}/oauth2/token"
        return httpx2.post(url, data=form | {"client_secret": secret}).status_code

    for secret in ("first-secret", "second-secret"):
        identity = {"name": client_id, "clientId": client_id, "clientSecret": secret}
        local_cdf.admin("identities", {"items": [identity]})
    assert (status("first-secret"), status("second-secret")) == (401, 200)


def test_no_secret_is_in_an_answer_a_log_or_the_store(fresh_cdf: LocalServer, tmp_path: Path) -> None:
    secret = "S3cret-of-the-worker"
    identity = {"name": "worker", "clientId": "worker", "clientSecret": secret}
    answers = [str(fresh_cdf.admin("identities", {"items": [identity]}))]
    user = fresh_cdf.admin("identities", {"items": [{"name": "Ada"}]})["items"][0]["token"]
    form = {"grant_type": "client_credentials", "client_id": "worker", "client_secret": secret}
    token = httpx2.post(f"{fresh_cdf.url}/oauth2/token", data=form).json()["access_token"]
    admin = fresh_cdf.client("admin")
    session = admin.post(f"{API}/sessions", json={"items": [{"clientId": "worker", "clientSecret": secret}]})
    nonce = session.json()["items"][0]["nonce"]
    assert secret not in session.text
    answers += [admin.get(f"{fresh_cdf.url}/_localcdf/{page}").text for page in ("log", "identities")]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "fresh_cdf").glob("state.sqlite*"))
    for hidden in (secret, user, token, nonce, fresh_cdf.token):
        assert not any(hidden in answer for answer in answers)
        assert not re.search(re.escape(hidden.encode()), kept)
