"""Who the caller is, and what is there before anything is made."""

import secrets
from typing import Any
from uuid import uuid4

from cognite.client.data_classes.data_modeling import ViewId

from smoke.probe import Probe, Told, expect, probe
from smoke.scratch import Scratch

NAMED = {"GET /groups": {"groupsAcl:LIST"}, "GET /token/inspect": {"groupsAcl:LIST", "projectsAcl:LIST"}}
IMAGE_VIEWS = ("Image360", "Image360Collection", "Station360")


@probe("GET /token/inspect", settles=("looking-at-oneself",))
def token(scratch: Scratch) -> Told:
    """Look at the own token."""
    answer = scratch.ask("/api/v1/token/inspect", refusals=(403,))
    return _looked(answer.status, NAMED["GET /token/inspect"], answer.body)


@probe("GET /groups", "GET /token/inspect", settles=("looking-at-oneself",))
def own_groups(scratch: Scratch) -> Told:
    """Look at the own groups."""
    token = scratch.ask("/api/v1/token/inspect", refusals=(403,))
    return _looked(scratch.ask("/groups", refusals=(403,)).status, NAMED["GET /groups"], token.body)


def _looked(status: int, named: set[str], token: dict[str, Any]) -> Told:
    """Judge by what the caller may do whether that was asked for."""
    if status == 403:
        return Told("403", {"looking-at-oneself": "named"})
    if "capabilities" not in token:
        return Told("answered, but the token says nothing of the caller's rights: this settles nothing")
    held = {
        f"{acl}:{action}"
        for each in token["capabilities"]
        for acl, content in each.items()
        if acl != "projectScope"
        for action in content["actions"]
    }
    if lacking := sorted(named - held):
        return Told(f"answered without {', '.join(lacking)}", {"looking-at-oneself": "none"})
    return Told("answered; the caller has the rights that the reference names, so this settles nothing")


@probe("GET /functions/status", "GET /functions/limits")
def functions(scratch: Scratch) -> Told:
    """Ask whether functions can be deployed, and what they may use."""
    status = scratch.get("/functions/status")["status"]
    expect(status == "activated", f"functions are {status}: POST /functions/status activates them")
    limits = scratch.get("/functions/limits")
    minutes = limits["timeoutMinutes"]
    expect(minutes >= 9, f"a call ends after {minutes} minutes; image360 counts on 9")
    return Told(f"activated, {minutes} minutes a call, {', '.join(limits['runtimes'])}")


@probe("POST /sessions", "POST /sessions/byids", "GET /sessions", "POST /sessions/revoke")
def session(scratch: Scratch) -> Told:
    """Make a session as the caller, look for it, and revoke it."""
    sessions = scratch.client.iam.sessions
    made = sessions.create()
    scratch.session(made.id)
    expect(bool(made.nonce), "a session without a nonce")
    expect(sessions.retrieve(made.id).id == made.id, "byids answers with another session")
    there = {each.id for each in sessions.list(limit=1000)}
    sessions.revoke(made.id)
    expect(made.id in there or len(there) == 1000, "the session is not in the list of sessions")
    return Told(f"{made.status.lower()}, then revoked")


@probe("POST /sessions", settles=("wrong-session-credentials",))
def session_of_nobody(scratch: Scratch) -> Told:
    """Make a session with credentials that nobody has."""
    nobody = {"clientId": str(uuid4()), "clientSecret": secrets.token_urlsafe()}
    answer = scratch.ask("/sessions", {"items": [nobody]}, refusals=(400, 401))
    return Told(f"{answer}", {"wrong-session-credentials": str(answer.status)})


@probe("POST /models/views/byids")
def views_of_images(scratch: Scratch) -> Told:
    """Look for Cognite's views of 360° images, as image360 reads them."""
    wanted = [ViewId("cdf_360_image_schema", name, "v1") for name in IMAGE_VIEWS]
    found = {each.external_id: each for each in scratch.client.data_modeling.views.retrieve(wanted)}
    missing = [name for name in IMAGE_VIEWS if name not in found]
    expect(
        not missing, f"cdf_360_image_schema has no {', '.join(missing)} v1: is this a project with images?"
    )
    faces = [name for name in found["Image360"].properties if name.startswith("cubeMap")]
    expect(len(faces) == 6, f"Image360 has the faces {', '.join(faces)}")
    return Told(f"{', '.join(IMAGE_VIEWS)}, six faces")


PROBES: tuple[Probe, ...] = (token, own_groups, functions, session, session_of_nobody, views_of_images)
