"""What the tests of `python -m smoke` share."""

from demo.localserver import PROJECT, LocalServer
from smoke.probe import READINGS
from smoke.probes import NOT_SETTLED

LOOKING = "looking-at-oneself"  # which only a caller without the rights to it can settle
SETTLEABLE = sorted(READINGS.keys() - NOT_SETTLED.keys() - {LOOKING})


def with_rights(server: LocalServer, secret: str, *rights: str) -> dict[str, str]:
    """Make a service principal with these rights; return the variables for it."""
    pairs = [each.split(":") for right in rights for each in right.split(" or ")]
    capabilities = [{acl: {"actions": [action], "scope": {"all": {}}}} for acl, action in pairs]
    group = {"name": "smoke", "sourceId": "smoke", "capabilities": capabilities}
    path = f"{server.url}/api/v1/projects/{PROJECT}/groups"
    server.client("tests").post(path, json={"items": [group]})
    identity = {"name": "smoke", "clientId": "smoke", "clientSecret": secret, "groups": ["smoke"]}
    server.admin("identities", {"items": [identity]})
    return {
        "IDP_CLIENT_ID": "smoke",
        "IDP_CLIENT_SECRET": secret,
        "IDP_TOKEN_URL": f"{server.url}/oauth2/token",
        "IDP_SCOPES": "https://localhost/.default",
    }
