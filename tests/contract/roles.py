"""The groups of the modules: what their members may do, on a local CDF."""

import re
from dataclasses import replace
from typing import Any

import yaml
from cognite.client import CogniteClient

from demo.localserver import LocalServer
from deploy.variants import ROOT

GROUPS = "/api/v1/projects/local/groups"
Capabilities = list[dict[str, Any]]


def capabilities(client: CogniteClient, project_type: str, module: str, role: str) -> Capabilities:
    """What a module gives to a role, with the values of config.dev.yaml; the data set must be there."""
    variables = yaml.safe_load((ROOT / "config.dev.yaml").read_text("utf-8"))["variables"]["modules"]
    variables |= variables.get(f"image360_{project_type}", {})
    text = (ROOT / "modules" / module / "auth" / f"{role}.Group.yaml").read_text("utf-8")
    group = yaml.safe_load(re.sub(r"{{\s*(\w+)\s*}}", lambda found: str(variables[found[1]]), text))
    data_set = client.data_sets.retrieve(external_id="ds_image360")
    assert data_set is not None
    for _, right in rights(group["capabilities"]):
        for scope in ("datasetScope", "idScope"):
            if scope in right["scope"]:
                assert right["scope"][scope] == {"ids": ["ds_image360"]}
                right["scope"][scope] = {"ids": [data_set.id]}
    return group["capabilities"]


def reviewer(client: CogniteClient, project_type: str) -> Capabilities:
    """What a reviewer may do, with the app."""
    return [
        *capabilities(client, project_type, f"image360_{project_type}", "reviewer"),
        *capabilities(client, project_type, "image360_review", "review_app"),
    ]


def rights(held: Capabilities) -> list[tuple[str, dict[str, Any]]]:
    """Each right with its actions and scope."""
    return [right for each in held for right in each.items()]


def token_of(server: LocalServer, name: str, held: Capabilities) -> str:
    """Make a member of a group with these rights and no others; return their token."""
    group = {"name": name, "sourceId": name, "capabilities": held}
    server.client("admin").post(GROUPS, json={"items": [group]})
    (made,) = server.admin("identities", {"items": [{"name": name, "groups": [name]}]})["items"]
    return made["token"]


def client_of(server: LocalServer, name: str, held: Capabilities, caller: str) -> CogniteClient:
    """Make a member of a group with these rights; return their client."""
    return replace(server, token=token_of(server, name, held)).client(caller)
