"""``GET /api/v1/token/inspect``: who the token is and what it may do."""

from typing import Any

from localcdf.endpoint import Call, Endpoint

# The admin token may do everything; these are the rights of the APIs served.
ACTIONS = {
    "annotationsAcl": ["READ", "WRITE", "SUGGEST", "REVIEW"],
    "dataModelInstancesAcl": ["READ", "WRITE", "WRITE_PROPERTIES"],
    "dataModelsAcl": ["READ", "WRITE"],
    "datasetsAcl": ["READ", "WRITE", "OWNER"],
    "extractionConfigsAcl": ["READ", "WRITE"],
    "extractionPipelinesAcl": ["READ", "WRITE"],
    "extractionRunsAcl": ["READ", "WRITE"],
    "filesAcl": ["READ", "WRITE"],
}


def inspect(call: Call) -> dict[str, Any]:
    """Answer for the admin token, the only one there is."""
    return {
        "subject": "admin",
        "projects": [{"projectUrlName": call.project, "groups": []}],
        "capabilities": [
            {
                acl: {"actions": actions, "scope": {"all": {}}},
                "projectScope": {"projects": [call.project]},
            }
            for acl, actions in ACTIONS.items()
        ],
    }


ENDPOINTS = [Endpoint("GET", "/token/inspect", inspect, in_project=False)]
SCHEMA = ""
