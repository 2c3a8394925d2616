"""What scenarios of data modeling share, and those of spaces and views."""

from typing import Any

from reading_lab import Lab, Scenario, unique

SPACE = "reading_graph"
CDM = {"type": "view", "space": "cdf_cdm", "version": "v1"}
ASSET = {**CDM, "externalId": "CogniteAsset"}


def reference(kind: str, name: str) -> dict[str, str]:
    """Return a reference to one of our own views or containers."""
    version = {"version": "v1"} if kind == "view" else {}
    return {"type": kind, "space": SPACE, "externalId": name, **version}


def define(lab: Lab, properties: dict[str, Any], **container: Any) -> str:
    """Make a container with these properties and a view of them; return the name of both."""
    name = unique()
    lab.get("/models/spaces", {"items": [{"space": SPACE}]})
    body = {"space": SPACE, "externalId": name, "usedFor": "all", "properties": properties, **container}
    lab.get("/models/containers", {"items": [body]})
    mapped = {
        each: {"container": reference("container", name), "containerPropertyIdentifier": each}
        for each in properties
    }
    view = {"space": SPACE, "externalId": name, "version": "v1", "properties": mapped}
    lab.get("/models/views", {"items": [view]})
    return name


def node(external_id: str, view: dict[str, str] | None = None, **properties: Any) -> dict[str, Any]:
    """Return a node to write."""
    sources = [{"source": view, "properties": properties}] if view else None
    made = {"instanceType": "node", "space": SPACE, "externalId": external_id}
    return made | ({"sources": sources} if sources else {})


def apply(lab: Lab, *items: dict[str, Any], **further: Any) -> Any:
    """Write instances; return the answer."""
    lab.get("/models/spaces", {"items": [{"space": SPACE}]})
    return lab.answer("/models/instances", {"items": list(items), **further})


def ref(external_id: str) -> dict[str, str]:
    """Return the value of a direct relation."""
    return {"space": SPACE, "externalId": external_id}


def system_space(lab: Lab) -> list[int]:
    """Write an instance, and a view, to a system space."""
    item = {"instanceType": "node", "space": "cdf_cdm", "externalId": unique()}
    view = {"space": "cdf_cdm", "externalId": unique(), "version": "v1"}
    return [apply(lab, item).status_code, lab.status("/models/views", {"items": [view]})]


def unknown_source(lab: Lab) -> int:
    """Make a view with a relation whose source is no view."""
    name = define(lab, {"next": {"type": {"type": "direct"}}})
    mapped = {
        "container": reference("container", name),
        "containerPropertyIdentifier": "next",
        "source": reference("view", "nothing"),
    }
    view = {"space": SPACE, "externalId": unique(), "version": "v1", "properties": {"next": mapped}}
    return lab.status("/models/views", {"items": [view]})


SCENARIOS = {
    "system-space-write": Scenario(system_space, {"403": [403, 403], "400": [400, 400]}),
    "view-source-looked-up": Scenario(unknown_source, {"yes": 400, "no": 200}),
}
