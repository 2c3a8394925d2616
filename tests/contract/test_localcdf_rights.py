"""Who may do what: a right that lacks is a 403 that names it, and a scope goes as far as it says."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import ClientConfig, CogniteClient
from cognite.client.credentials import Token
from cognite.client.exceptions import CogniteAPIError

from demo.localserver import LocalServer
from localcdf.acls import ACLS
from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint

API = "/api/v1/projects/local"
ALL = {"all": {}}


def capabilities(*rights: str, scope: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Capabilities for rights such as ``filesAcl:READ``, in one scope."""
    pairs = [right.split(":") for right in rights]
    return [{acl: {"actions": [action], "scope": scope or ALL}} for acl, action in pairs]


def everything(*but: str) -> list[dict[str, Any]]:
    """All capabilities in the scope all, without the rights named."""
    return capabilities(
        *(
            right
            for acl, each in ACLS.items()
            for action in each.actions
            if (right := f"{acl}:{action}") not in but
        )
    )


@pytest.fixture(scope="session")
def user_of(local_cdf: LocalServer, client: CogniteClient) -> Callable[..., CogniteClient]:
    """Make a user with capabilities, and return the user's client."""

    def make(*held: list[dict[str, Any]]) -> CogniteClient:
        name = f"user-{uuid4().hex}"
        group = {"name": name, "sourceId": name, "capabilities": [each for part in held for each in part]}
        client.post(f"{API}/groups", json={"items": [group]})
        made = local_cdf.admin("identities", {"items": [{"name": name, "groups": [name]}]})["items"][0]
        return CogniteClient(ClientConfig(name, "local", Token(made["token"]), base_url=local_cdf.url))

    return make


def forbidden(ask: Callable[[], Any], *named: str) -> None:
    """Ask for what must be refused with a 403 that names all of this."""
    with pytest.raises(CogniteAPIError) as refusal:
        ask()
    assert refusal.value.code == 403, refusal.value
    for each in named:
        assert each in refusal.value.message


# Every endpoint


GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.rights]
RIGHTS = [(endpoint, right) for endpoint in GUARDED for right in endpoint.rights]
# Their rights hang on a reading; they have tests of their own below.
BY_READING = {("GET", "/token/inspect"), ("GET", "/groups")}


def test_every_endpoint_names_the_rights_that_it_needs() -> None:
    free = {(each.method, each.path) for each in ENDPOINTS if not each.rights}
    assert free == BY_READING


def test_the_rights_that_endpoints_name_exist() -> None:
    for _, right in RIGHTS:
        for acl, action in (each.split(":") for each in right.split(" or ")):
            assert action in ACLS[acl].actions


def send(client: CogniteClient, endpoint: Endpoint) -> Any:
    """Send a request without meaning to an endpoint."""
    path = (API if endpoint.in_project else "/api/v1") + re.sub(r"{\w+}", "1", endpoint.path)
    headers = {"cdf-version": "beta"} if endpoint.beta else None
    if endpoint.method == "GET":
        return client.get(path, headers=headers)
    send_body = {"POST": client.post, "PUT": client.put}[endpoint.method]
    return send_body(path, json={"no": "sense"}, headers=headers)


@pytest.mark.parametrize(
    ("endpoint", "right"), RIGHTS, ids=[f"{each.method} {each.path} {right}" for each, right in RIGHTS]
)
def test_an_endpoint_is_refused_to_who_has_all_rights_but_one(
    user_of: Callable[..., CogniteClient], endpoint: Endpoint, right: str
) -> None:
    user = user_of(everything(*right.split(" or ")))
    forbidden(lambda: send(user, endpoint), f"the caller lacks {right}")


def status(client: CogniteClient, endpoint: Endpoint) -> int:
    """The status that a request without meaning is answered with."""
    try:
        return send(client, endpoint).status_code
    except CogniteAPIError as refusal:
        return refusal.code


def test_who_has_all_rights_is_refused_nothing_for_want_of_rights(
    user_of: Callable[..., CogniteClient],
) -> None:
    user = user_of(everything())
    assert not {status(user, endpoint) for endpoint in ENDPOINTS} & {401, 403}


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: f"{each.method} {each.path}")
def test_who_is_in_no_group_may_do_nothing(user_of: Callable[..., CogniteClient], endpoint: Endpoint) -> None:
    nobody = user_of([])
    forbidden(lambda: send(nobody, endpoint), endpoint.rights[0])
