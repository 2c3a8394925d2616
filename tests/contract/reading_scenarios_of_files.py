"""Scenarios of the readings of files, their content and their annotations."""

from typing import Any

from reading_lab import Lab, Scenario, unique

SPACE = "reading_files"
SMALL = b"x"
LARGE = bytes(5 * 2**20 + 1)
BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.15}
CREATE = {
    "annotatedResourceType": "file",
    "annotationType": "images.TextRegion",
    "creatingApp": "app",
    "creatingAppVersion": "1.0.0",
    "creatingUser": None,
    "status": "approved",
    "data": {"text": "x", "textRegion": BOX},
}


def new_file(lab: Lab) -> dict[str, Any]:
    """Return a file without content, with its upload link."""
    return lab.get("/files", {"name": "a.bin", "externalId": unique()})


def file_node(lab: Lab) -> dict[str, str]:
    """Return the instance id of a new CogniteFile node."""
    lab.get("/models/spaces", {"items": [{"space": SPACE}]})
    view = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteFile", "version": "v1"}
    name = unique()
    source = {"source": view, "properties": {"name": "a.bin"}}
    node = {"instanceType": "node", "space": SPACE, "externalId": name, "sources": [source]}
    lab.get("/models/instances", {"items": [node]})
    return {"space": SPACE, "externalId": name}


def file_of(lab: Lab, instance: dict[str, str]) -> dict[str, Any]:
    """Return the file of a node."""
    return lab.items("/files/byids", {"items": [{"instanceId": instance}]})[0]


def external_id_of_node(lab: Lab) -> bool:
    """Look whether the file of a node has its external id."""
    instance = file_node(lab)
    return file_of(lab, instance).get("externalId") == instance["externalId"]


def change_by_id(lab: Lab) -> int:
    """Change what belongs to a node by the internal id of its file."""
    file = file_of(lab, file_node(lab))
    change = {"id": file["id"], "update": {"mimeType": {"set": "image/png"}}}
    return lab.status("/files/update", {"items": [change]})


def delete_by_id(lab: Lab) -> tuple[int, int]:
    """Delete the file of a node by its internal id, and look for the node."""
    instance = file_node(lab)
    status = lab.status("/files/delete", {"items": [{"id": file_of(lab, instance)["id"]}]})
    node = {"instanceType": "node", **instance}
    return status, len(lab.items("/models/instances/byids", {"items": [node]}))


def notice(lab: Lab) -> list[Any]:
    """Upload to a node's file; look at it and its content at once, and half a second later."""
    instance = file_node(lab)
    link = lab.items("/files/uploadlink", {"items": [{"instanceId": instance}]})[0]["uploadUrl"]
    lab.put(link, b"content")
    seen = [_uploaded(lab, instance)]
    lab.wait(0.5)
    return [*seen, _uploaded(lab, instance)]


def _uploaded(lab: Lab, instance: dict[str, str]) -> tuple[bool, bool, int]:
    view = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteFile", "version": "v1"}
    body = {"items": [{"instanceType": "node", **instance}], "sources": [{"source": view}]}
    (node,) = lab.items("/models/instances/byids", body)
    properties = node["properties"]["cdf_cdm"]["CogniteFile/v1"]
    file = file_of(lab, instance)
    (link,) = lab.items("/files/downloadlink", {"items": [{"instanceId": instance}]})
    return file["uploaded"], properties.get("isUploaded", False), lab.status(link["downloadUrl"])


def without_content(lab: Lab) -> list[int]:
    """Ask for a download link of a file without content, and follow it."""
    answer = lab.answer("/files/downloadlink", {"items": [{"id": new_file(lab)["id"]}]})
    links = answer.json().get("items", ())
    return [answer.status_code, *(lab.status(each["downloadUrl"]) for each in links)]


def small_part(lab: Lab) -> list[int]:
    """Upload two parts of which the first is too small."""
    body = {"name": "a.bin", "externalId": unique()}
    file = lab.get("/files/initmultipartupload?parts=2", body)
    statuses = [lab.put(url, SMALL) for url in file["uploadUrls"]]
    end = {"id": file["id"], "uploadId": file["uploadId"]}
    statuses.append(lab.status("/files/completemultipartupload", end))
    assert lab.put(file["uploadUrls"][0], LARGE) == 200
    assert lab.status("/files/completemultipartupload", end) == 200
    return statuses


def create(lab: Lab, file: int, **changes: Any) -> int:
    """Create an annotation; return the status."""
    item = {**CREATE, "annotatedResourceId": file, **changes}
    return lab.status("/annotations", {"items": [item]})


def repeats(lab: Lab) -> int:
    """Create the same annotation twice, and another; count what is there."""
    file = new_file(lab)["id"]
    for status in ("approved", "approved", "rejected"):
        assert create(lab, file, status=status) == 201
    where = {"annotatedResourceType": "file", "annotatedResourceIds": [{"id": file}]}
    return len(lab.items("/annotations/list", {"filter": where}))


def version(lab: Lab) -> int:
    """Create an annotation with a version that is no semantic one."""
    return create(lab, new_file(lab)["id"], creatingAppVersion="1.0")


def unknown_instance(lab: Lab) -> int:
    """Link to an instance that does not exist."""
    instance = {"instanceType": "node", "space": SPACE, "externalId": unique(), "sources": []}
    data = {**CREATE["data"], "instanceRef": instance}
    return create(lab, new_file(lab)["id"], annotationType="images.InstanceLink", data=data)


def unknown_in_path(lab: Lab) -> list[int]:
    """Get an annotation and a function that do not exist."""
    return [lab.status("/annotations/1"), lab.status("/functions/1")]


SCENARIOS = {
    "file-of-node-external-id": Scenario(external_id_of_node, {"none": False, "same": True}),
    "node-file-update-by-id": Scenario(change_by_id, {"400": 400, "accepted": 200}),
    "node-file-delete-by-id": Scenario(delete_by_id, {"400": (400, 1), "deleted": (200, 1)}),
    "upload-noticed-after": Scenario(
        notice,
        {
            "500": [(False, False, 404), (True, True, 200)],
            "0": [(True, True, 200), (True, True, 200)],
        },
    ),
    "download-without-content": Scenario(without_content, {"dead-link": [200, 404], "400": [400]}),
    "small-part-refused": Scenario(
        small_part, {"at-completion": [200, 200, 400], "at-its-put": [400, 200, 400]}
    ),
    "annotations-repeats": Scenario(repeats, {"kept": 3, "dropped": 2}),
    "creating-app-version": Scenario(version, {"semver": 400, "any": 201}),
    "annotation-instance-looked-up": Scenario(unknown_instance, {"yes": 400, "no": 201}),
    "unknown-id-in-path": Scenario(unknown_in_path, {"404": [404, 404], "400": [400, 400]}),
}
