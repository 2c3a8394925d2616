"""Annotations on files, in the form in which image360 writes approvals."""

from typing import Any

from cognite.client.data_classes import AnnotationUpdate, AnnotationWrite

from smoke import listing
from smoke.model import ASSET
from smoke.probe import Probe, Told, expect, probe
from smoke.probes.records import unknown
from smoke.scratch import Answer, Json, Scratch

BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.15}
CORNERS = [{"x": 0.1, "y": 0.1}, {"x": 0.2, "y": 0.1}, {"x": 0.2, "y": 0.15}]
BETA = {"cdf-version": "beta"}


def _link(scratch: Scratch, file: int, asset: Json, **changes: Any) -> Json:
    """Return an approval as image360 writes it."""
    reference = {"instanceType": "node", **asset, "sources": [ASSET]}
    data = {
        "text": "21-PT-1019",
        "textRegion": BOX,
        "objectRegion": {"polygon": {"vertices": CORNERS}},
        "instanceRef": reference,
        "confidence": 0.9,
    }
    item = {
        "annotatedResourceType": "file",
        "annotatedResourceId": file,
        "annotationType": "images.InstanceLink",
        "status": "approved",
        "creatingApp": scratch.name[:64],
        "creatingAppVersion": "1.0.0",
        "creatingUser": None,
        "data": data,
    }
    return item | changes


def _asset(scratch: Scratch) -> Json:
    return scratch.made(ASSET, {"name": "21-PT-1019"})


def _create(scratch: Scratch, *items: Json) -> Answer:
    return scratch.annotated(scratch.ask("/annotations", {"items": list(items)}))


def _created(scratch: Scratch) -> Json:
    """Return a new annotation."""
    answer = _create(scratch, _link(scratch, scratch.file().id, _asset(scratch)))
    expect(answer.status == 201, f"{answer.status}: {answer.body}")
    return answer.items[0]


def _of(file: int) -> Json:
    return {"filter": {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": file}]}}


def _refused_or(option: str, answer: Answer) -> str:
    return option if answer.status in (200, 201) else str(answer.status)


@probe("POST /annotations", "POST /annotations/byids", settles=("annotations-repeats",))
def annotation_again(scratch: Scratch) -> Told:
    """Write an approval, and the same once more."""
    link = _link(scratch, scratch.file().id, _asset(scratch))
    first, second = (_create(scratch, link).items[0]["id"] for _ in range(2))
    found = scratch.client.annotations.retrieve_multiple(sorted({first, second}))
    option = "dropped" if first == second else "kept" if len(found) == 2 else "another"
    return Told(f"{len(found)} annotations", {"annotations-repeats": option})


@probe("POST /annotations")
def annotation_by_the_sdk(scratch: Scratch) -> Told:
    """Create an annotation with the SDK's own call."""
    link = _link(scratch, scratch.file().id, _asset(scratch))
    made = scratch.client.annotations.create(AnnotationWrite.load(link))
    scratch.annotated(Answer(201, {"items": [{"id": made.id}]}))
    expect(made.data["text"] == link["data"]["text"], f"its text is {made.data['text']!r}")
    return Told("created")


@probe("POST /annotations/suggest")
def annotation_suggested(scratch: Scratch) -> Told:
    """Suggest an annotation."""
    link = _link(scratch, scratch.file().id, _asset(scratch))
    del link["status"]
    answer = scratch.annotated(scratch.ask("/annotations/suggest", {"items": [link]}, refusals=()))
    expect(answer.items[0]["status"] == "suggested", f"its status is {answer.items[0]['status']}")
    return Told("suggested")


@probe("POST /annotations/update")
def annotation_update(scratch: Scratch) -> Told:
    """Reject an annotation."""
    number = _created(scratch)["id"]
    changed = scratch.client.annotations.update(AnnotationUpdate(id=number).status.set("rejected"))
    expect(changed.status == "rejected", f"its status is {changed.status}")
    return Told("rejected")


@probe("POST /annotations/list", "POST /annotations", settles=(listing.LIST_LAG,))
def annotation_in_list(scratch: Scratch) -> Told:
    """Look for a new annotation in the list."""
    made = _created(scratch)
    return listing.lag(scratch, "/annotations/list", _of(made["annotatedResourceId"]), made["id"])


@probe("POST /annotations/list", "POST /annotations", settles=(listing.ORDER, listing.FULL_PAGE))
def annotations_in_list(scratch: Scratch) -> Told:
    """List annotations that were made one after the other."""
    file, asset = scratch.file().id, _asset(scratch)
    made: list[int] = []
    for number in range(listing.MADE):
        link = _link(scratch, file, asset)
        link["data"]["text"] = f"text {number}"
        made.append(_create(scratch, link).items[0]["id"])
    return listing.pages(scratch, "/annotations/list", _of(file), made)


@probe("POST /annotations", settles=("creating-app-version",))
def version_of_two_numbers(scratch: Scratch) -> Told:
    """Write an annotation with a version that is no semantic one."""
    link = _link(scratch, scratch.file().id, _asset(scratch), creatingAppVersion="1.0")
    answer = _create(scratch, link)
    option = "semver" if answer.status == 400 else _refused_or("any", answer)
    return Told(f"{answer}", {"creating-app-version": option})


@probe("POST /annotations", settles=("annotation-instance-looked-up",))
def link_to_nothing(scratch: Scratch) -> Told:
    """Link to an asset that does not exist."""
    nowhere = {"space": scratch.space, "externalId": scratch.external_id()}
    answer = _create(scratch, _link(scratch, scratch.file().id, nowhere))
    option = "yes" if answer.status == 400 else _refused_or("no", answer)
    return Told(f"{answer}", {"annotation-instance-looked-up": option})


@probe("POST /annotations/byids", settles=("unknown-ids",))
def unknown_annotation(scratch: Scratch) -> Told:
    """Ask for an annotation that is gone."""
    return unknown(scratch.ask("/annotations/byids", {"items": [{"id": _gone(scratch)}]}))


@probe(
    "GET /annotations/{id}",
    "POST /annotations",
    "POST /annotations/delete",
    settles=("unknown-id-in-path",),
)
def unknown_annotation_in_path(scratch: Scratch) -> Told:
    """Get an annotation by its path, and one that is gone."""
    made = _created(scratch)
    found = scratch.client.annotations.retrieve(made["id"])
    expect(found is not None and found.id == made["id"], "it is not there")
    status = scratch.ask(f"/annotations/{_gone(scratch)}").status
    return Told(f"{status}", {"unknown-id-in-path": str(status)})


def _gone(scratch: Scratch) -> int:
    """Return the id of an annotation that was deleted."""
    number = _created(scratch)["id"]
    scratch.client.annotations.delete(number)
    return number


@probe("POST /annotations/reverselookup", settles=("beta-without-header",))
def beta_without_header(scratch: Scratch) -> Told:
    """Look up files by their annotations, with and without the header for beta endpoints."""
    body = {"filter": {"annotatedResourceType": "file", "creatingApp": scratch.name[:64]}, "limit": 1}
    scratch.get("/annotations/reverselookup", body, headers=BETA)
    status = scratch.ask("/annotations/reverselookup", body).status
    return Told(f"{status}", {"beta-without-header": "served" if status == 200 else str(status)})


PROBES: tuple[Probe, ...] = (
    annotation_again,
    annotation_by_the_sdk,
    annotation_suggested,
    annotation_update,
    annotation_in_list,
    annotations_in_list,
    version_of_two_numbers,
    link_to_nothing,
    unknown_annotation,
    unknown_annotation_in_path,
    beta_without_header,
)
