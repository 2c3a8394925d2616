"""Who may do what: a right that lacks is a 403 that names it, and a scope goes as far as it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError

from localcdf.acls import ACLS
from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint
from tests.conftest import UserOf, capabilities, forbidden

API = "/api/v1/projects/local"


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
    user_of: UserOf, endpoint: Endpoint, right: str
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
    user_of: UserOf,
) -> None:
    user = user_of(everything())
    assert not {status(user, endpoint) for endpoint in ENDPOINTS} & {401, 403}


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: f"{each.method} {each.path}")
def test_who_is_in_no_group_may_do_nothing(user_of: UserOf, endpoint: Endpoint) -> None:
    nobody = user_of([])
    forbidden(lambda: send(nobody, endpoint), endpoint.rights[0])


# Cognite's own document


DOCUMENT = Path(__file__).parents[3] / "shared" / "reference" / "cdf-openapi-20230101.json"
INSTANCES = "/models/instances"
# Where the document names another right than is asked for here, and why.
ANOTHER = {
    ("GET", "/token/inspect"): "its text says that it is for any token: looking-at-oneself",
    ("GET", "/groups"): "its text says that one's own groups need none: looking-at-oneself",
    ("POST", INSTANCES): "it names dataModelsAcl for instances, which have dataModelInstancesAcl",
    ("POST", f"{INSTANCES}/delete"): "as above",
    ("POST", f"{INSTANCES}/search"): "it names datamodels, which is no capability",
    ("POST", "/3d/jobs"): "it names datamodels and datamodelinstances, which are none, either",
    ("POST", "/3d/jobs/list"): "as above",
    ("POST", "/3d/jobs/delete"): "as above",
}


def named_by(document: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """The rights that the document names, in lower case, by method and path without the names in it."""
    found = {}
    for path, operations in document["paths"].items():
        for method in operations.keys() & {"get", "post", "put"}:
            rights = operations[method].get("x-capability") or []
            listed = [rights] if isinstance(rights, str) else rights
            found[method.upper(), without_names(path)] = {
                each.lower() for each in listed if isinstance(each, str)
            }
    return found


def without_names(path: str) -> str:
    """A path with the names of its parameters left out."""
    return re.sub(r"{\w+}", "{}", path.removesuffix("/"))


@pytest.mark.skipif(not DOCUMENT.exists(), reason="Cognite's OpenAPI document is not beside the repository")
def test_the_rights_that_the_reference_names_are_asked_for() -> None:
    named = named_by(json.loads(DOCUMENT.read_text("utf-8")))
    lacking = {
        (each.method, each.path)
        for each in ENDPOINTS
        if not named.get((each.method, without_names(each.path)), set())
        <= {part.lower() for right in each.rights for part in right.split(" or ")}
    }
    assert lacking == ANOTHER.keys()
