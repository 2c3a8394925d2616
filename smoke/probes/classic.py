"""Classic assets and events, and the files that Vision takes."""

from smoke.probe import Probe, Told, expect, probe
from smoke.scratch import Scratch

EXTRACT = "/context/vision/extract"


@probe(
    "POST /assets/search",
    "POST /assets",
    "POST /assets/byids",
    "POST /assets/list",
    "POST /assets/update",
    "POST /assets/delete",
    settles=("asset-search-words",),
)
def asset(scratch: Scratch) -> Told:
    """Create an asset, find it by one word of two, change and delete it."""
    name = scratch.asset_id()
    (made,) = scratch.get("/assets", {"items": [{"externalId": name, "name": name}]})["items"]
    here = {"items": [{"externalId": name}]}
    (found,) = scratch.get("/assets/byids", here)["items"]
    expect(found["id"] == made["id"], "byids answers with another asset")
    where = {"filter": {"externalIdPrefix": name}}
    scratch.until(lambda: bool(scratch.get("/assets/list", where)["items"]), "the asset in the list")

    def searched(words: str) -> bool:
        items = scratch.get("/assets/search", {"search": {"query": words}, "limit": 1000})["items"]
        return any(each["id"] == made["id"] for each in items)

    seconds = scratch.until(lambda: searched(name), "the asset in the search")
    option = "any" if searched(f"{name} {scratch.external_id()}") else "all"
    change = {"externalId": name, "update": {"description": {"set": "changed"}}}
    (changed,) = scratch.get("/assets/update", {"items": [change]})["items"]
    expect(changed.get("description") == "changed", "the description did not change")
    scratch.get("/assets/delete", here)
    return Told(f"found after {seconds:.1f} s; by {option} of two words", {"asset-search-words": option})


@probe("POST /assets/list", settles=("unknown-subtree",))
def assets_below_nothing(scratch: Scratch) -> Told:
    """List assets below one that is not there."""
    below = {"assetSubtreeIds": [{"externalId": scratch.external_id()}]}
    answer = scratch.ask("/assets/list", {"filter": below})
    return Told(f"{answer}", {"unknown-subtree": "empty" if answer.status == 200 else "refused"})


@probe("POST /events", "POST /events/byids", "POST /events/list", "POST /events/delete")
def event(scratch: Scratch) -> Told:
    """Create an event as 360° images have them, find and delete it."""
    name = scratch.event_id()
    item = {"externalId": name, "type": "scan", "metadata": {"site_id": name}}
    (made,) = scratch.get("/events", {"items": [item]})["items"]
    (found,) = scratch.get("/events/byids", {"items": [{"externalId": name}]})["items"]
    expect(found["id"] == made["id"], "byids answers with another event")
    where = {"filter": {"metadata": {"site_id": name}}}
    seconds = scratch.until(
        lambda: bool(scratch.get("/events/list", where)["items"]), "the event in the list"
    )
    scratch.get("/events/delete", {"items": [{"externalId": name}]})
    return Told(f"there after {seconds:.1f} s")


@probe(f"POST {EXTRACT}", settles=("vision-unfit-file",))
def vision_without_content(scratch: Scratch) -> Told:
    """Have Vision read a file without content: nothing to pay for."""
    asked = {"items": [{"fileId": scratch.file().id}], "features": ["TextDetection"]}
    answer = scratch.ask(EXTRACT, asked)
    expect(answer.status in (200, 400), f"{answer}")
    return Told(f"{answer}", {"vision-unfit-file": "failed-items" if answer.status == 200 else "refused"})


@probe("GET " + EXTRACT + "/{jobId}", settles=("unknown-id-in-path",))
def unknown_vision_job(scratch: Scratch) -> Told:
    """Ask for a Vision job that is not there."""
    answer = scratch.ask(f"{EXTRACT}/1")
    return Told(f"{answer}", {"unknown-id-in-path": str(answer.status)})


PROBES: tuple[Probe, ...] = (
    asset,
    assets_below_nothing,
    event,
    vision_without_content,
    unknown_vision_job,
)
