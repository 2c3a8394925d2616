"""``GET /api/v1/token/inspect``: who the token is and what it may do."""

from typing import Any

from localcdf.acls import ACLS
from localcdf.endpoint import Call, Endpoint
from localcdf.rights import LOOKING_AT_ONESELF, check_rights


def inspect(call: Call) -> dict[str, Any]:
    """Answer with the groups and the capabilities of the caller."""
    if call.reads(LOOKING_AT_ONESELF, "named"):
        check_rights(call.principal, ["projectsAcl:LIST", "groupsAcl:LIST"])
    return {
        "subject": call.principal.subject,
        "projects": [{"projectUrlName": call.project, "groups": call.principal.groups}],
        "capabilities": [
            {**capability, "projectScope": {"projects": [call.project]}} for capability in _capabilities(call)
        ],
    }


def _capabilities(call: Call) -> list[dict[str, Any]]:
    if not call.principal.is_admin:
        return list(call.principal.capabilities)
    return [{name: {"actions": acl.actions, "scope": {"all": {}}}} for name, acl in ACLS.items()]


ENDPOINTS = [
    Endpoint("GET", "/token/inspect", inspect, in_project=False, assumed=(LOOKING_AT_ONESELF,)),
]
SCHEMA = ""
