"""How content comes in: links for one PUT, or for one PUT per part and a call that joins the parts."""

import secrets
import shutil
from typing import Any

from localcdf import data_modeling
from localcdf.agenda import Task
from localcdf.content.links import UPLOAD_LIFE, make_link
from localcdf.content.table import set_content
from localcdf.datasets import DATA_SET_LOOKED_UP, check_data_set, refuse_write_protected
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import files_to_fill
from localcdf.files.models import (
    CompleteUpload,
    CreatePartsQuery,
    CreateQuery,
    File,
    FileToUpload,
    PartsQuery,
)
from localcdf.files.table import FILES, add_file
from localcdf.project import BLOCKED, require_asset_centric
from localcdf.readings import Reading
from localcdf.records import TAKEN, UNKNOWN_IDS, Record
from localcdf.rights import WRITE_FILES, in_data_set, require

MIN_PART_BYTES = 5 * 2**20  # every part but the last is larger

NOTICED = Reading(
    "upload-noticed-after",
    {
        "500": "a file has its new content, and uploaded is true, half a second after the upload",
        "0": "a file has its new content, and uploaded is true, as soon as the upload is done",
    },
)
SMALL_PART = Reading(
    "small-part-refused",
    {
        "at-completion": "a part that is too small is a 400 when the upload is completed",
        "at-its-put": "a part that is too small is a 400 at its PUT",
    },
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    parts INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS upload_parts (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    blob TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (upload, part)
);
"""


def create(call: Call) -> dict[str, Any]:
    """Store a file's metadata and return it with a link to put its content to."""
    return _with_link(call, _create(call))


def create_in_parts(call: Call) -> dict[str, Any]:
    """Store a file's metadata and return it with a link for each part."""
    return _with_part_links(call, _create(call))


def link(call: Call) -> dict[str, Any]:
    """Return a link to put content to a file that is there."""
    return {"items": [_with_link(call, file) for file in files_to_fill(call, call.body.items)]}


def link_in_parts(call: Call) -> dict[str, Any]:
    """Return links for the parts of the content of a file that is there."""
    return {"items": [_with_part_links(call, file) for file in files_to_fill(call, call.body.items)]}


def complete(call: Call) -> dict[str, Any]:
    """Join the parts: from now on they are the file's content."""
    (file,) = files_to_fill(call, [call.body])
    upload_id = call.body.upload_id
    upload = call.db.execute(
        "SELECT parts FROM uploads WHERE id = ? AND file = ?", (upload_id, file["id"])
    ).fetchone()
    if upload is None:
        raise CdfError(400, f"The file {file['id']} has no open upload {upload_id}")
    parts = call.db.execute(
        "SELECT blob, bytes FROM upload_parts WHERE upload = ? ORDER BY part", (upload_id,)
    ).fetchall()
    if len(parts) < upload["parts"]:
        raise CdfError(400, f"{len(parts)} of {upload['parts']} parts are uploaded: upload the others first")
    if any(part["bytes"] <= MIN_PART_BYTES for part in parts[:-1]):
        raise CdfError(400, f"Every part but the last must be larger than {MIN_PART_BYTES} bytes")
    finish_upload(call, file, _join(call, [part["blob"] for part in parts]))
    call.db.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))
    return {}


def finish_upload(call: Call, file: Record, blob: str) -> None:
    """Make ``blob`` the file's content once the platform notices it."""
    NOTICE.after(call, call.delay(NOTICED), file=file["id"], blob=blob)


def _notice(call: Call, upload: dict[str, Any]) -> None:
    """Make what was uploaded the file's content, and tell the node that the file belongs to, if any."""
    file = FILES.find(call.db, {"id": upload["file"]})
    if file is None:  # deleted since
        return
    set_content(call, file, upload["blob"])
    if "instanceId" in file:
        instance = file["instanceId"]
        data_modeling.set_file_uploaded(call, instance["space"], instance["externalId"], call.now)


def _create(call: Call) -> Record:
    document = call.body.model_dump(by_alias=True, exclude_none=True)
    if "assetIds" in document:
        require_asset_centric(call, "files with assetIds", named=False)
    require(call, "filesAcl", "WRITE", **in_data_set(document))
    check_data_set(call, document)
    external_id = document.get("externalId")
    there = FILES.find(call.db, {"externalId": external_id}) if external_id is not None else None
    if there is None or not call.params.overwrite:
        return add_file(call, document)
    if "instanceId" in there:
        raise CdfError(400, f"The file {external_id} belongs to a node and cannot be overwritten here")
    require(call, "filesAcl", "WRITE", **in_data_set(there))
    refuse_write_protected(call, there)
    return FILES.replace(call, there | document)


def _with_link(call: Call, file: Record) -> dict[str, Any]:
    return file | {"uploadUrl": make_link(call, "upload", UPLOAD_LIFE, {"file": file["id"]})}


def _with_part_links(call: Call, file: Record) -> dict[str, Any]:
    upload_id = secrets.token_hex(16)
    call.db.execute("INSERT INTO uploads VALUES (?, ?, ?)", (upload_id, file["id"], call.params.parts))
    urls = [
        make_link(call, "upload", UPLOAD_LIFE, {"file": file["id"], "upload": upload_id, "part": part})
        for part in range(call.params.parts)
    ]
    return file | {"uploadId": upload_id, "uploadUrls": urls}


def _join(call: Call, blobs: list[str]) -> str:
    if len(blobs) == 1:
        return blobs[0]
    joined = secrets.token_hex(16)
    with (call.blobs / joined).open("wb") as target:
        for blob in blobs:
            with (call.blobs / blob).open("rb") as part:
                shutil.copyfileobj(part, target, 2**20)
    return joined


NOTICE = Task("upload-noticed", _notice)
TASKS = (NOTICE,)

UNCHECKED = "nobody looks whether assetIds, labels and securityCategories exist"
LINK = (UNKNOWN_IDS, NOTICED)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/files",
        create,
        File,
        CreateQuery,
        status=201,
        writes=True,
        rights=("filesAcl:WRITE",),
        assumed=(TAKEN, DATA_SET_LOOKED_UP, BLOCKED, NOTICED),
        unserved=(UNCHECKED, "a file without content is not deleted after a week"),
    ),
    Endpoint(
        "POST",
        "/files/initmultipartupload",
        create_in_parts,
        File,
        CreatePartsQuery,
        status=201,
        writes=True,
        rights=("filesAcl:WRITE",),
        assumed=(TAKEN, DATA_SET_LOOKED_UP, BLOCKED, SMALL_PART),
        unserved=(UNCHECKED,),
    ),
    Endpoint(
        "POST",
        "/files/uploadlink",
        link,
        FileToUpload,
        status=201,
        rights=(WRITE_FILES,),
        assumed=LINK,
    ),
    Endpoint(
        "POST",
        "/files/multiuploadlink",
        link_in_parts,
        FileToUpload,
        PartsQuery,
        status=201,
        writes=True,
        rights=(WRITE_FILES,),
        assumed=(UNKNOWN_IDS, SMALL_PART),
    ),
    Endpoint(
        "POST",
        "/files/completemultipartupload",
        complete,
        CompleteUpload,
        writes=True,
        rights=(WRITE_FILES,),
        assumed=(*LINK, SMALL_PART),
    ),
]
