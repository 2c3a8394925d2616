"""``GET /api/v1/projects/{project}``: what the project is called."""

from typing import Any

from localcdf.endpoint import Call, Endpoint


def describe(call: Call) -> dict[str, Any]:
    """Answer with the names of the project."""
    return {
        "name": call.project,
        "urlName": call.project,
        "organization": call.project,
        "userProfilesConfiguration": {"enabled": False},
    }


ENDPOINTS = [
    Endpoint(
        "GET",
        "",
        describe,
        rights=("projectsAcl:READ",),
        unserved=("user profiles", "other fields than those that Cognite's toolkit reads"),
    ),
]
SCHEMA = ""
