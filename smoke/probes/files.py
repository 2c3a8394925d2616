"""Files, their content, and the files of CogniteFile nodes."""

from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.exceptions import CogniteAPIError, CogniteFileUploadError

from image360.download import download
from smoke import listing
from smoke.model import FILE
from smoke.probe import Probe, Told, expect, probe
from smoke.probes.records import unknown
from smoke.scratch import Json, Scratch

CONTENT = b"\xff\xd8 a picture, as good as any \xff\xd9"
LARGE_PART = 5 * 2**20 + 1  # bytes; smaller parts are for the end of a file only
NOTICED = "upload-noticed-after"


@probe("POST /files", "POST /files/byids", settles=(NOTICED,))
def upload(scratch: Scratch) -> Told:
    """Upload a file, and look whether CDF has noticed."""
    return _noticed(scratch, {"id": scratch.file(CONTENT).id})


@probe("POST /files/downloadlink", "POST /files")
def download_again(scratch: Scratch) -> Told:
    """Get the content of an uploaded file back, as image360 does."""
    number = scratch.file(CONTENT).id
    _noticed(scratch, {"id": number})
    (content,) = download(scratch.client, [number])
    expect(content == CONTENT, f"{len(content)} other bytes came back")
    return Told(f"{len(content)} bytes, the same")


@probe("POST /files/downloadlink", "POST /files", settles=("download-without-content",))
def download_nothing(scratch: Scratch) -> Told:
    """Ask for the content of a file that has none."""
    answer = scratch.ask("/files/downloadlink", {"items": [{"id": scratch.file().id}]})
    if answer.status != 200:
        return Told(f"{answer}", {"download-without-content": str(answer.status)})
    try:
        scratch.client.get(answer.items[0]["downloadUrl"])
    except CogniteAPIError as error:
        option = "dead-link" if error.code == 404 else f"a link that is answered {error.code}"
        return Told(f"a link, and {error.code} from it", {"download-without-content": option})
    return Told("a link with content", {"download-without-content": "a link that works"})


@probe("POST /files", settles=("taken-external-id",))
def file_again(scratch: Scratch) -> Told:
    """Create a file with the external id of another, not to overwrite it."""
    taken = scratch.file().external_id
    answer = scratch.ask("/files", {"name": "a.jpg", "externalId": taken, "dataSetId": scratch.data_set})
    expect(answer.status not in (200, 201), "a second file with the same external id")
    return Told(f"{answer}", {"taken-external-id": str(answer.status)})


@probe("POST /files/byids", settles=("unknown-ids",))
def unknown_file(scratch: Scratch) -> Told:
    """Ask for a file that does not exist."""
    return unknown(scratch.ask("/files/byids", {"items": [{"externalId": scratch.external_id()}]}))


@probe("POST /files/byids")
def unknown_file_ignored(scratch: Scratch) -> Told:
    """Ask for a file that exists and one that does not, as image360 does."""
    file = scratch.file()
    found = scratch.client.files.retrieve_multiple(
        external_ids=[str(file.external_id), scratch.external_id()], ignore_unknown_ids=True
    )
    expect([each.id for each in found] == [file.id], f"{len(found)} files for one that is there")
    return Told("left out")


@probe("POST /files/list", "POST /files", settles=(listing.LIST_LAG,))
def file_in_list(scratch: Scratch) -> Told:
    """Look for a new file in the list."""
    return listing.lag(scratch, "/files/list", _ours(scratch), scratch.file().id)


@probe("POST /files/list", "POST /files", settles=(listing.ORDER, listing.FULL_PAGE))
def files_in_list(scratch: Scratch) -> Told:
    """List files that were made one after the other."""
    metadata = {"smoke": scratch.external_id()}
    made: list[int] = []
    for _ in range(listing.MADE):
        external_id = scratch.file_id()
        body = {"externalId": external_id, "name": external_id, "dataSetId": scratch.data_set}
        made.append(scratch.get("/files", {**body, "metadata": metadata})["id"])
    return listing.pages(scratch, "/files/list", {"filter": {"metadata": metadata}}, made)


def _ours(scratch: Scratch) -> Json:
    return {"filter": {"externalIdPrefix": scratch.name}, "limit": 1000}


@probe("POST /files/delete", "POST /files/byids", settles=("unknown-ids",))
def file_deleted_twice(scratch: Scratch) -> Told:
    """Delete a file, and once more."""
    file = {"items": [{"id": scratch.file().id}]}
    scratch.get("/files/delete", file)
    left = scratch.get("/files/byids", {**file, "ignoreUnknownIds": True})["items"]
    expect(left == [], "it is still there")
    return unknown(scratch.ask("/files/delete", file))


@probe(
    "POST /files/initmultipartupload",
    "POST /files/completemultipartupload",
    settles=("small-part-refused",),
)
def small_part(scratch: Scratch) -> Told:
    """Upload a file in two parts, of which the first is too small."""
    external_id = scratch.file_id()
    session = scratch.client.files.multipart_upload_session(
        external_id, parts=2, external_id=external_id, data_set_id=scratch.data_set
    )
    refused_at = "at-its-put"
    try:
        with session:
            session.upload_part(0, b"x")
            refused_at = "at-completion"
            session.upload_part(1, b"x")
    except (CogniteAPIError, CogniteFileUploadError) as error:
        return Told(f"{error.code} {refused_at}", {"small-part-refused": refused_at})
    return Told("accepted", {"small-part-refused": "not at all"})


# --- files of CogniteFile nodes


def _node(scratch: Scratch) -> Json:
    """Return the instance id of a new CogniteFile node whose file is there."""
    instance = scratch.made(FILE, {"name": "a.jpg", "mimeType": "image/jpeg"})
    scratch.until(lambda: bool(_files_of(scratch, {"instanceId": instance})), "the file of a new node")
    return instance


def _files_of(scratch: Scratch, identifier: Json) -> list[Json]:
    return scratch.get("/files/byids", {"items": [identifier], "ignoreUnknownIds": True})["items"]


def _noticed(scratch: Scratch, identifier: Json) -> Told:
    def uploaded() -> bool:
        return all(each["uploaded"] for each in _files_of(scratch, identifier))

    if uploaded():
        return Told("uploaded at once", {NOTICED: "0"})
    return Told(f"uploaded after {scratch.until(uploaded, 'uploaded'):.1f} s", {NOTICED: "500"})


@probe("POST /files/uploadlink", "POST /files/byids", "POST /models/instances", settles=(NOTICED,))
def upload_to_node(scratch: Scratch) -> Told:
    """Upload the content of a CogniteFile node, as image360 stores text regions."""
    instance = _node(scratch)
    node = NodeId(instance["space"], instance["externalId"])
    scratch.client.files.upload_content_bytes(CONTENT, instance_id=node)
    told = _noticed(scratch, {"instanceId": instance})
    (content,) = download(scratch.client, [node])
    expect(content == CONTENT, f"{len(content)} other bytes came back")
    return told


@probe("POST /files/byids", "POST /models/instances", settles=("file-of-node-external-id",))
def external_id_of_node_file(scratch: Scratch) -> Told:
    """Look whether the file of a node has its external id."""
    instance = _node(scratch)
    (file,) = _files_of(scratch, {"instanceId": instance})
    kept = file.get("externalId")
    option = {None: "none", instance["externalId"]: "same"}.get(kept, f"the external id {kept}")
    return Told(f"{option}", {"file-of-node-external-id": option})


@probe("POST /files/update", "POST /files/byids", settles=("node-file-update-by-id",))
def update_node_file_by_id(scratch: Scratch) -> Told:
    """Change what belongs to a node by the internal id of its file."""
    (file,) = _files_of(scratch, {"instanceId": _node(scratch)})
    change = {"id": file["id"], "update": {"mimeType": {"set": "image/png"}}}
    status = scratch.ask("/files/update", {"items": [change]}).status
    return Told(f"{status}", {"node-file-update-by-id": "accepted" if status == 200 else str(status)})


@probe(
    "POST /files/delete",
    "POST /files/byids",
    "POST /models/instances/byids",
    settles=("node-file-delete-by-id",),
)
def delete_node_file_by_id(scratch: Scratch) -> Told:
    """Delete the file of a node by its internal id, and look for the node."""
    instance = _node(scratch)
    (file,) = _files_of(scratch, {"instanceId": instance})
    status = scratch.ask("/files/delete", {"items": [{"id": file["id"]}]}).status
    body = {"items": [{"instanceType": "node", **instance}]}
    stays = bool(scratch.get("/models/instances/byids", body)["items"])
    option = {200: "deleted" if stays else "deleted with its node"}.get(status, str(status))
    return Told(f"{status}, the node is {'there' if stays else 'gone'}", {"node-file-delete-by-id": option})


PROBES: tuple[Probe, ...] = (
    upload,
    download_again,
    download_nothing,
    file_again,
    unknown_file,
    unknown_file_ignored,
    file_in_list,
    files_in_list,
    file_deleted_twice,
    small_part,
    upload_to_node,
    external_id_of_node_file,
    update_node_file_by_id,
    delete_node_file_by_id,
)
