"""Where files are kept: their metadata, and the nodes that made them."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from localcdf.endpoint import Call
from localcdf.readings import Reading
from localcdf.records import Record, Records

FILES = Records("files", "Files")
SCHEMA = (
    FILES.schema
    + """
CREATE TABLE IF NOT EXISTS file_instances (
    file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    space TEXT NOT NULL,
    external_id TEXT NOT NULL,
    UNIQUE (space, external_id)
);
"""
)


def find_file(db: sqlite3.Connection, identifier: Mapping[str, Any]) -> Record | None:
    """Return the file with this ``id``, ``externalId`` or ``instanceId``."""
    if "instanceId" not in identifier:
        return FILES.find(db, identifier)
    instance = identifier["instanceId"]
    row = db.execute(
        "SELECT file FROM file_instances WHERE space = ? AND external_id = ?",
        (instance["space"], instance["externalId"]),
    ).fetchone()
    return FILES.find(db, {"id": row["file"]}) if row else None


def add_file(call: Call, document: Record) -> Record:
    """Store a new file without content."""
    return FILES.insert(call, [document | {"uploaded": False}])[0]


NODE_FIELDS = ("name", "directory", "mimeType")  # of a CogniteFile node that show in its file
FILE_OF_NODE = Reading(
    "file-of-node-external-id",
    {
        "none": "the file of a CogniteFile node has no externalId",
        "same": "the file of a CogniteFile node has the node's external id, unless another file has it",
    },
)


def sync_cognite_file(call: Call, space: str, external_id: str, properties: Mapping[str, Any] | None) -> None:
    """Keep the file of a ``CogniteFile`` node in step with the node.

    ``properties`` are the node's, under their names in the view; None: the node was deleted.
    """
    instance = {"space": space, "externalId": external_id}
    file = find_file(call.db, {"instanceId": instance})
    if properties is None:
        FILES.delete(call.db, [file["id"]] if file else [])
        return
    shown = {name: properties[name] for name in NODE_FIELDS if properties.get(name) is not None}
    shown.setdefault("name", external_id)  # a file needs a name, a node does not
    if file is None:
        if call.reads(FILE_OF_NODE, "same") and find_file(call.db, {"externalId": external_id}) is None:
            shown["externalId"] = external_id
        file = add_file(call, shown | {"instanceId": instance})
        call.db.execute("INSERT INTO file_instances VALUES (?, ?, ?)", (file["id"], space, external_id))
        return
    changed = {name: value for name, value in file.items() if name not in NODE_FIELDS} | shown
    if changed != file:
        FILES.replace(call, changed)
