"""schemathesis on the local CDF's own OpenAPI document: whatever fits it is answered as it says."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from demo.localserver import LocalServer
from localcdf.app import ENDPOINTS
from localcdf.openapi import document, name_of
from localcdf.openapi.answers import ANSWERS

CASES = 14  # for each endpoint: more than a thousand in all
CHECKED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
DOCUMENT = document(ENDPOINTS, "local")


def quick_to_generate(schema: Any) -> Any:
    """The document without the pattern of cron expressions, for which texts are found too slowly.

    Answers are held to it all the same: what is stored is never generated.
    """
    if isinstance(schema, list):
        return [quick_to_generate(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if str(schema.get("pattern", "")).startswith("^(On trigger"):
        return {"enum": ["On trigger", "Continuous", "0 5 * * *"]}
    return {
        name: each if name.startswith("Stored") else quick_to_generate(each) for name, each in schema.items()
    }


SCHEMA = schemathesis.openapi.from_dict(quick_to_generate(DOCUMENT))
SCHEMA.config.phases.coverage.enabled = False  # it multiplies the cases; garbage has tests of its own
SCHEMA.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])


def hold(case: Any, server: LocalServer) -> None:
    """Send a case, and check its answer."""
    headers = {"Authorization": f"Bearer {server.token}"}
    sent = case.as_transport_kwargs(base_url=server.url, headers=headers)
    del sent["headers"]["X-Schemathesis-TestCaseId"]  # an unknown header is refused
    answer = requests.request(**sent, timeout=60)
    case.validate_response(answer, checks=CHECKED)
    assert "Unknown header" not in answer.text  # it got behind the check of the headers


@SCHEMA.parametrize()
@settings(
    max_examples=CASES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_promises(case: Any, local_cdf: LocalServer) -> None:
    hold(case, local_cdf)


def test_there_are_a_thousand_cases() -> None:
    assert len(ENDPOINTS) * CASES >= 1000


def test_every_endpoint_says_what_it_answers() -> None:
    assert {name_of(each) for each in ENDPOINTS} == set(ANSWERS)


def test_the_server_hands_out_its_document(local_cdf: LocalServer) -> None:
    handed = local_cdf.client("tests").get(f"{local_cdf.url}/_localcdf/openapi.json").json()
    assert handed["paths"].keys() == DOCUMENT["paths"].keys()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"required": ["soundness"]}, "soundness"),
        ({"type": "array"}, "array"),
    ],
    ids=["missing", "other-type"],
)
def test_an_answer_that_breaks_the_promise_is_found(
    local_cdf: LocalServer, change: dict[str, Any], named: str
) -> None:
    promised = DOCUMENT["components"]["schemas"]["Limits"] | change
    schemas = DOCUMENT["components"]["schemas"] | {"Limits": promised}
    broken = DOCUMENT | {"components": DOCUMENT["components"] | {"schemas": schemas}}
    operation = schemathesis.openapi.from_dict(broken)["/api/v1/projects/local/functions/limits"]["GET"]
    with pytest.raises((Failure, FailureGroup), match=named):
        hold(operation.Case(), local_cdf)
