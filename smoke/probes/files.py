"""Files: classic ones, and those of nodes."""

import httpx2
from cognite.client.data_classes import FileMetadataUpdate, FileMetadataWrite
from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply

from smoke.probes.probe import Probe, Settled
from smoke.scratch import Scratch

CONTENT = b"made by make smoke"
SMALL_PART = 1000  # bytes; all parts but the last must have more than 5 MiB


def file(scratch: Scratch) -> Settled:
    """A file is made, filled, found, changed and read."""
    files = scratch.client.files
    scratch.later_remove(f"file {scratch.name}", lambda: files.delete(external_id=scratch.name))
    made = files.upload_bytes(
        CONTENT, name="smoke.txt", external_id=scratch.name, metadata={"a": "b"}, data_set_id=scratch.data_set
    )
    scratch.file = made.id
    seconds = scratch.seconds_until(lambda: bool(files.retrieve(id=made.id).uploaded))
    files.update(FileMetadataUpdate(id=made.id).metadata.add({"c": "d"}))
    scratch.seconds_until(lambda: len(files.list(external_id_prefix=scratch.name)) == 1)
    assert files.download_bytes(id=made.id) == CONTENT
    return {"upload-noticed-after": "0" if seconds < 0.1 else "500"}


def empty_file(scratch: Scratch) -> Settled:
    """What the download link of a file without content is."""
    files = scratch.client.files
    name = f"{scratch.name}_empty"
    scratch.later_remove(f"file {name}", lambda: files.delete(external_id=name))
    made, _ = files.create(FileMetadataWrite(name, name, data_set_id=scratch.data_set))
    refused = scratch.refusal("/files/downloadlink", {"items": [{"id": made.id}]})
    return {"download-without-content": "dead-link" if refused is None else str(refused)}


def parts(scratch: Scratch) -> Settled:
    """Where a part that is too small is refused."""
    name = f"{scratch.name}_parts"
    scratch.later_remove(f"file {name}", lambda: scratch.client.files.delete(external_id=name))
    begun = scratch.post("/files/initmultipartupload?parts=2", {"name": name, "externalId": name})
    puts = [httpx2.put(url, content=b"x" * SMALL_PART).status_code for url in begun["uploadUrls"]]
    if max(puts) >= 400:
        return {"small-part-refused": "at-its-put"}
    done = scratch.refusal(
        "/files/completemultipartupload", {"externalId": name, "uploadId": begun["uploadId"]}
    )
    assert done is not None, "two parts of 1000 bytes made a file"
    return {"small-part-refused": "at-completion"}


def node_file(scratch: Scratch) -> Settled:
    """The file of a node."""
    client, node = scratch.client, NodeId(scratch.name, "file")
    client.data_modeling.instances.apply(CogniteFileApply(node.space, node.external_id, name="smoke.txt"))
    client.files.upload_content_bytes(CONTENT, instance_id=node)
    scratch.seconds_until(lambda: bool(client.files.retrieve(instance_id=node).uploaded))
    assert client.files.download_bytes(instance_id=node) == CONTENT
    found = client.files.retrieve(instance_id=node)
    change = {"items": [{"id": found.id, "update": {"source": {"set": "smoke"}}}]}
    changed = scratch.refusal("/files/update", change)
    deleted = scratch.refusal("/files/delete", {"items": [{"id": found.id}]})
    return {
        "file-of-node-external-id": "none" if found.external_id is None else "same",
        "node-file-update-by-id": "accepted" if changed is None else str(changed),
        "node-file-delete-by-id": "deleted" if deleted is None else str(deleted),
    }


PROBES = [
    Probe(
        "file",
        (
            "POST /files",
            "POST /files/byids",
            "POST /files/list",
            "POST /files/update",
            "POST /files/downloadlink",
            "POST /files/delete",
        ),
        file,
    ),
    Probe("file without content", ("POST /files/downloadlink",), empty_file),
    Probe("file in parts", ("POST /files/initmultipartupload", "POST /files/completemultipartupload"), parts),
    Probe("file of a node", ("POST /files/uploadlink",), node_file),
]
