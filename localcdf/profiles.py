"""User profiles: the name under which the caller is known."""

from typing import Any

from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError


def me(call: Call) -> dict[str, Any]:
    """Return the caller's own profile; the holder of the admin token has none."""
    query = "SELECT * FROM identities WHERE id = ?"
    row = call.db.execute(query, (call.principal.subject,)).fetchone()
    if row is None:
        raise CdfError(404, "There is no user profile of the caller")
    kind = "USER" if row["client_id"] is None else "SERVICE_PRINCIPAL"
    return {
        "userIdentifier": row["id"],
        "displayName": row["name"],
        "identityType": kind,
        "lastUpdatedTime": call.now,
    }


ENDPOINTS = [
    Endpoint(
        "GET",
        "/profiles/me",
        me,
        rights=("userProfilesAcl:READ",),
        unserved=("names, e-mail and job title: an identity has one name",),
    ),
]
SCHEMA = ""
