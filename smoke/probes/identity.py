"""Tokens, groups and sessions."""

from smoke.probes.probe import Probe, Settled
from smoke.scratch import Scratch


def token(scratch: Scratch) -> Settled:
    """The token knows the project."""
    projects = {each.url_name for each in scratch.client.iam.token.inspect().projects}
    assert scratch.client.config.project in projects, (
        f"the token is for {sorted(projects)}: check CDF_PROJECT"
    )
    return {}


def groups(scratch: Scratch) -> Settled:
    """The groups of the caller can be listed."""
    scratch.client.iam.groups.list(all=False)
    return {}


def sessions(scratch: Scratch) -> Settled:
    """A session is made, found and revoked."""
    session = scratch.client.iam.sessions.create(session_type="ONESHOT_TOKEN_EXCHANGE")
    assert session.nonce
    scratch.client.iam.sessions.retrieve(session.id)
    scratch.client.iam.sessions.list(limit=5)
    scratch.client.iam.sessions.revoke(session.id)
    return {}


PROBES = [
    Probe("token", ("GET /token/inspect",), token),
    Probe("groups", ("GET /groups",), groups),
    Probe(
        "sessions",
        ("POST /sessions", "POST /sessions/byids", "GET /sessions", "POST /sessions/revoke"),
        sessions,
    ),
]
