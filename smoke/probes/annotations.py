"""Annotations on the scratch file."""

from typing import Any

from cognite.client.data_classes import AnnotationFilter, AnnotationUpdate
from cognite.client.exceptions import CogniteAPIError

from smoke.probes.probe import Probe, Settled
from smoke.scratch import Scratch

BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
VERSION = "1.0.0"
NEVER_AFTER = 5.0  # seconds: what is not listed by then was not made


def item(scratch: Scratch, text: str, **changes: Any) -> dict[str, Any]:
    """A link from the scratch file to a node of the scratch space."""
    node = {"instanceType": "node", "space": scratch.name, "externalId": "asset", "sources": []}
    made = {
        "annotatedResourceType": "file",
        "annotatedResourceId": scratch.file,
        "annotationType": "images.InstanceLink",
        "creatingApp": "image360-smoke",
        "creatingAppVersion": VERSION,
        "creatingUser": None,
        "status": "approved",
        "data": {"text": text, "textRegion": BOX, "instanceRef": node},
    }
    return {**made, **changes}


def write(scratch: Scratch, *items: dict[str, Any]) -> list[int]:
    """Create annotations that are removed at the end; return their ids."""
    ids = [each["id"] for each in scratch.post("/annotations", {"items": list(items)})["items"]]
    scratch.later_remove(f"annotations {ids}", lambda: scratch.client.annotations.delete(sorted(set(ids))))
    return ids


def links(scratch: Scratch) -> Settled:
    """Links are made, listed, read, changed and taken away."""
    annotations = scratch.client.annotations
    made = write(scratch, item(scratch, "21-PT-1019"))
    where = AnnotationFilter("file", [{"id": scratch.file}])
    seconds = scratch.seconds_until(lambda: made[0] in {each.id for each in annotations.list(where)})
    again = write(scratch, item(scratch, "21-PT-1019"))
    annotations.retrieve_multiple(made)
    annotations.update(AnnotationUpdate(made[0]).status.set("rejected"))
    return {
        "annotations-repeats": "dropped" if again == made else "kept",
        "list-lag": "0" if seconds < 0.1 else "1000",
    }


def suggestion(scratch: Scratch) -> Settled:
    """A suggestion is made, and found from its node (beta)."""
    wanted = item(scratch, "suggested")
    del wanted["status"]
    ids = [each["id"] for each in scratch.post("/annotations/suggest", {"items": [wanted]})["items"]]
    scratch.later_remove(f"annotations {ids}", lambda: scratch.client.annotations.delete(ids))
    lookup = {"filter": {"annotatedResourceType": "file", "creatingApp": "image360-smoke"}}
    scratch.post("/annotations/reverselookup", lookup, **{"cdf-version": "beta"})
    plain = scratch.refusal("/annotations/reverselookup", lookup)
    return {"beta-without-header": "served" if plain is None else str(plain)}


def refusals(scratch: Scratch) -> Settled:
    """What is refused of an annotation."""
    return {
        "creating-app-version": _strictness(scratch, ("semver", "any"), creatingAppVersion="one"),
        "annotation-instance-looked-up": _strictness(scratch, ("yes", "no"), data=_lost(scratch)),
    }


def atomicity(scratch: Scratch) -> Settled:
    """Whether one bad item keeps the others out."""
    items = [item(scratch, "good"), item(scratch, "bad", annotatedResourceId=1)]
    refused = scratch.refusal("/annotations", {"items": items})
    assert refused is not None, "an annotation on a file that does not exist was accepted"
    where = AnnotationFilter("file", [{"id": scratch.file}], data={"text": "good"})
    try:
        scratch.seconds_until(lambda: len(scratch.client.annotations.list(where)) > 0, NEVER_AFTER)
    except TimeoutError:
        return {"create-atomic": "all-or-none"}
    ids = [each.id for each in scratch.client.annotations.list(where)]
    scratch.later_remove(f"annotations {ids}", lambda: scratch.client.annotations.delete(ids))
    return {"create-atomic": "valid-ones"}


def unknown_id(scratch: Scratch) -> Settled:
    """What an unknown id in the path is."""
    try:
        scratch.client.get(f"/api/v1/projects/{scratch.client.config.project}/annotations/1")
    except CogniteAPIError as error:
        return {"unknown-id-in-path": str(error.code)}
    raise AssertionError("the annotation with the id 1 exists")


def _lost(scratch: Scratch) -> dict[str, Any]:
    """Return data that names an instance which does not exist."""
    data = item(scratch, "refused")["data"]
    return {**data, "instanceRef": {**data["instanceRef"], "externalId": "lost"}}


def _strictness(scratch: Scratch, options: tuple[str, str], **changes: Any) -> str:
    """Return the first option where CDF refuses the changed item, the second where it takes it."""
    try:
        write(scratch, item(scratch, "refused", **changes))
    except CogniteAPIError as error:
        if error.code >= 500 or error.code == 429:
            raise
        return options[0]
    return options[1]


PROBES = [
    Probe(
        "annotations",
        (
            "POST /annotations",
            "POST /annotations/list",
            "POST /annotations/byids",
            "POST /annotations/update",
            "POST /annotations/delete",
        ),
        links,
    ),
    Probe("suggestion", ("POST /annotations/suggest", "POST /annotations/reverselookup"), suggestion),
    Probe("refused annotations", ("POST /annotations",), refusals),
    Probe("a bad annotation among good ones", ("POST /annotations",), atomicity),
    Probe("unknown annotation", ("GET /annotations/{id}",), unknown_id),
]
