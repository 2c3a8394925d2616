"""Scenarios of the readings of rights and functions."""

import io
import time
import zipfile
from typing import Any

from reading_lab import Lab, Scenario, unique
from reading_scenarios_of_records import data_set


def user_with(lab: Lab, *capabilities: dict[str, Any]) -> dict[str, str]:
    """Return the authorization of a new user who has just these capabilities."""
    group = unique()
    if capabilities:
        item = {"name": group, "sourceId": group, "capabilities": list(capabilities)}
        lab.get("/groups", {"items": [item]})
    user = {"name": unique(), "groups": [group] if capabilities else []}
    token = lab.server.admin("identities", {"items": [user]})["items"][0]["token"]
    return {"Authorization": f"Bearer {token}"}


def look_at_oneself(lab: Lab) -> int:
    """Inspect a token that comes with no right."""
    return lab.status(f"{lab.server.url}/api/v1/token/inspect", headers=user_with(lab))


def out_of_scope(lab: Lab) -> tuple[int, bool]:
    """Ask for a data set that is out of scope."""
    seen, hidden = data_set(lab)["id"], data_set(lab)["id"]
    scope = {"idScope": {"ids": [seen]}}
    user = user_with(lab, {"datasetsAcl": {"actions": ["READ"], "scope": scope}})
    assert lab.status("/datasets/byids", {"items": [{"id": seen}]}, headers=user) == 200
    answer = lab.answer("/datasets/byids", {"items": [{"id": hidden}]}, headers=user)
    return answer.status_code, "missing" in answer.json()["error"]


def container_of_others(lab: Lab) -> int:
    """Read through a view whose container lies where the caller may not read."""
    own, other = unique(), unique()
    lab.get("/models/spaces", {"items": [{"space": own}, {"space": other}]})
    properties = {"name": {"type": {"type": "text"}}}
    container = {"space": other, "externalId": "C", "properties": properties}
    lab.get("/models/containers", {"items": [container]})
    source = {"type": "container", "space": other, "externalId": "C"}
    mapped = {"name": {"container": source, "containerPropertyIdentifier": "name"}}
    view = {"space": own, "externalId": "V", "version": "v1", "properties": mapped}
    lab.get("/models/views", {"items": [view]})
    scope = {"spaceIdScope": {"spaceIds": [own]}}
    user = user_with(
        lab,
        {"dataModelsAcl": {"actions": ["READ"], "scope": scope}},
        {"dataModelInstancesAcl": {"actions": ["READ"], "scope": scope}},
    )
    reference = {"type": "view", "space": own, "externalId": "V", "version": "v1"}
    return lab.status("/models/instances/list", {"sources": [{"source": reference}]}, headers=user)


def new_function(lab: Lab, handler: str) -> int:
    """Return the id of a function made of a handler."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", handler)
    file = lab.get("/files", {"name": "code.zip"})
    assert lab.put(file["uploadUrl"], content.getvalue()) == 200
    return lab.items("/functions", {"items": [{"name": "f", "fileId": file["id"]}]})[0]["id"]


def wrong_credentials(lab: Lab) -> int:
    """Make a session with credentials of nobody."""
    return lab.status("/sessions", {"items": [{"clientId": "nobody", "clientSecret": "wrong"}]})


def third_level(lab: Lab) -> int:
    """Make a session with the token of a chained one, in a function called with such a session."""
    handler = (
        "def handle(client):\n    return client.iam.sessions.create(session_type='TOKEN_EXCHANGE').nonce\n"
    )
    function = new_function(lab, handler)
    again = new_function(
        lab,
        "from cognite.client.exceptions import CogniteAPIError\n"
        "def handle(client):\n"
        "    try:\n"
        "        client.iam.sessions.create(session_type='TOKEN_EXCHANGE')\n"
        "    except CogniteAPIError as refusal:\n"
        "        return refusal.code\n",
    )
    lab.wait(180)
    nonce = lab.items("/sessions", {"items": [{"tokenExchange": True}]})[0]["nonce"]
    chained = response(lab, function, nonce)
    assert isinstance(chained, str)
    return response(lab, again, chained)


def bad_nonce(lab: Lab) -> list[int]:
    """Call a function with a nonce that is unknown, one that is spent, and one that is old."""
    function = new_function(lab, "def handle():\n    return 1\n")
    lab.wait(180)
    spent, old = (lab.items("/sessions", {"items": [{"tokenExchange": True}]})[0]["nonce"] for _ in range(2))
    response(lab, function, spent)
    lab.wait(61)
    path = f"/functions/{function}/call"
    return [lab.status(path, {"data": {}, "nonce": each}) for each in ("unknown", spent, old)]


def deployment(lab: Lab) -> list[str]:
    """Create a function, and look at its status each minute."""
    function = new_function(lab, "def handle():\n    return 1\n")
    seen = []
    for _ in range(4):
        seen.append(lab.items("/functions/byids", {"items": [{"id": function}]})[0]["status"])
        lab.wait(60)
    return list(dict.fromkeys(seen))


def ended(lab: Lab, function: int, nonce: str) -> int:
    """Call a function, wait for the end, and return the id of the call."""
    made = lab.get(f"/functions/{function}/call", {"data": {}, "nonce": nonce})["id"]
    for _ in range(600):
        if lab.get(f"/functions/{function}/calls/{made}")["status"] != "Running":
            break
        time.sleep(0.05)
    return made


def response(lab: Lab, function: int, nonce: str) -> Any:
    """Call a function; return what it returns."""
    return lab.get(f"/functions/{function}/calls/{ended(lab, function, nonce)}/response").get("response")


def log(lab: Lab) -> list[str]:
    """Call a function that writes to standard output and standard error."""
    function = new_function(
        lab, "import sys\ndef handle():\n    print('out')\n    print('err', file=sys.stderr)\n"
    )
    lab.wait(180)
    nonce = lab.items("/sessions", {"items": [{"tokenExchange": True}]})[0]["nonce"]
    made = ended(lab, function, nonce)
    return sorted(each["message"] for each in lab.get(f"/functions/{function}/calls/{made}/logs")["items"])


SCENARIOS = {
    "looking-at-oneself": Scenario(look_at_oneself, {"named": 403, "none": 200}),
    "out-of-scope": Scenario(out_of_scope, {"refused": (403, False), "unknown": (400, True)}),
    "views-over-containers": Scenario(container_of_others, {"both": 403, "view": 200}),
    "wrong-session-credentials": Scenario(wrong_credentials, {"400": 400, "401": 401}),
    "chained-session": Scenario(third_level, {"403": 403, "400": 400}),
    "bad-nonce": Scenario(bad_nonce, {"400": [400, 400, 400], "403": [403, 403, 403]}),
    "function-deployment": Scenario(deployment, {"180": ["Queued", "Deploying", "Ready"], "0": ["Ready"]}),
    "function-log": Scenario(log, {"stdout": ["out"], "stdout-and-stderr": ["err", "out"]}),
}
