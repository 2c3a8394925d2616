"""Spaces, containers and views."""

from smoke import model
from smoke.probe import Probe, Told, expect, probe
from smoke.scratch import Scratch


@probe("POST /models/spaces", "POST /models/spaces/byids")
def space(scratch: Scratch) -> Told:
    """Make the scratch space, and read it."""
    (found,) = scratch.get("/models/spaces/byids", {"items": [{"space": scratch.space}]})["items"]
    expect(not found["isGlobal"], "it belongs to everybody")
    return Told(f"{scratch.space}")


@probe(
    "POST /models/containers",
    "POST /models/containers/byids",
    "POST /models/views",
    "POST /models/views/byids",
)
def containers_and_views(scratch: Scratch) -> Told:
    """Make containers and views as the toolkit deploys those of image360, and read them."""
    ids = [{key: each[key] for key in ("space", "externalId")} for each in (scratch.thing, scratch.extra)]
    containers = scratch.get("/models/containers/byids", {"items": ids})["items"]
    views = scratch.get("/models/views/byids", {"items": [each | {"version": "v1"} for each in ids]})["items"]
    expect(len(containers) == len(views) == 2, f"{len(containers)} containers and {len(views)} views of two")
    return Told("two containers, two views")


@probe("POST /models/containers/delete", "POST /models/views/delete", "POST /models/spaces/delete")
def schema_and_back(scratch: Scratch) -> Told:
    """Make a space with a container and a view, and delete them one after the other."""
    space = scratch.new_space(f"{scratch.name}-2")
    (container, view) = (each(space)[-1] for each in (model.containers, model.views))
    scratch.get("/models/containers", {"items": [container]})
    scratch.get("/models/views", {"items": [view]})
    for kind, made in (("views", view), ("containers", container), ("spaces", {"space": space})):
        item = {key: made[key] for key in ("space", "externalId", "version") if key in made}
        (deleted,) = scratch.get(f"/models/{kind}/delete", {"items": [item]})["items"]
        expect(deleted["space"] == space, f"{deleted} was deleted instead of {item}")
        left = scratch.get(f"/models/{kind}/byids", {"items": [item]})["items"]
        expect(not left, f"one of the {kind} is there after it was deleted")
    return Told("made and deleted")


@probe("POST /models/views/delete", settles=("system-space-write",))
def delete_in_a_system_space(scratch: Scratch) -> Told:
    """Delete a view that is not there: from the own space, and from a system space."""
    item = {"externalId": scratch.external_id().replace("-", "_"), "version": "v1"}
    scratch.get("/models/views/delete", {"items": [item | {"space": scratch.space}]})
    body = {"items": [item | {"space": "cdf_cdm"}]}
    answer = scratch.ask("/models/views/delete", body, refusals=(400, 403))
    return Told(f"{answer}", {"system-space-write": str(answer.status)})


@probe("POST /models/views", settles=("view-source-looked-up",))
def view_with_an_unknown_source(scratch: Scratch) -> Told:
    """Make a view with a relation to a view that does not exist."""
    peer = model.mapped(scratch.space, model.THING, "peer")
    relation = peer | {"source": model.view(scratch.space, "Nowhere")}
    scratch.thing  # noqa: B018 whose container is mapped
    wanted = {"space": scratch.space, "externalId": "Sourced", "version": "v1"}
    answer = scratch.ask("/models/views", {"items": [wanted | {"properties": {"peer": relation}}]})
    option = {400: "yes", 200: "no", 201: "no"}.get(answer.status, str(answer.status))
    return Told(f"{answer}", {"view-source-looked-up": option})


PROBES: tuple[Probe, ...] = (
    space,
    containers_and_views,
    schema_and_back,
    delete_in_a_system_space,
    view_with_an_unknown_source,
)
