"""Files without their content: read, list, update, delete."""

from typing import Any

from localcdf.assets.linked import LINKED_TESTS, resolve_assets
from localcdf.assets.table import UNKNOWN_SUBTREE
from localcdf.datasets import DATA_SET_LOOKED_UP, check_data_set, resolve_data_sets
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import files_to_change, files_to_read
from localcdf.files.models import (
    File,
    FileChange,
    FileList,
    FilesById,
    FilesToChange,
    FilesToDelete,
    InstanceFileChanges,
)
from localcdf.files.table import FILE_OF_NODE, FILES
from localcdf.filters import matcher, one_of, pairs, prefix, wanted_fields, within
from localcdf.labels import has_labels
from localcdf.paging import PAGED
from localcdf.patches import apply_update
from localcdf.plain import check_record
from localcdf.project import BLOCKED, require_asset_centric
from localcdf.readings import Reading
from localcdf.records import TAKEN, UNKNOWN_IDS, Record
from localcdf.rights import OUT_OF_SCOPE, READ_FILES, allowed, in_data_set, require

NODE_FILE_CHANGES = Reading(
    "node-file-update-by-id",
    {
        "400": "what belongs to a CogniteFile node cannot change on its file, by whatever identifier",
        "accepted": "named by its internal id, the file of a CogniteFile node changes until the node does",
    },
)
NODE_FILE_DELETION = Reading(
    "node-file-delete-by-id",
    {
        "400": "the file of a CogniteFile node cannot be deleted by its id: it goes with its node",
        "deleted": "the file of a CogniteFile node can be deleted by its id, and the node stays",
    },
)

UNSERVED = ("geoLocation",)


TESTS = {
    "directoryPrefix": prefix("directory"),
    "metadata": pairs("metadata"),
    "dataSetIds": one_of("dataSetId"),
    "externalIdPrefix": prefix("externalId"),
    "labels": has_labels,
    **LINKED_TESTS,
} | {
    name: within(name)
    for name in (
        "createdTime",
        "lastUpdatedTime",
        "uploadedTime",
        "sourceCreatedTime",
        "sourceModifiedTime",
    )
}


def retrieve(call: Call) -> dict[str, Any]:
    """Return files by identifier, in the order asked for."""
    return {"items": files_to_read(call, call.body.items, ignore_unknown=call.body.ignore_unknown_ids)}


def list_matching(call: Call) -> dict[str, Any]:
    """Return one page of the files that match the filter."""
    query: FileList = call.body
    wanted = wanted_fields(query.filter)
    for name in UNSERVED:
        if name in wanted:
            raise CdfError(400, f"filter.{name} is not served by the local CDF")
    matches = matcher(resolve_assets(call, resolve_data_sets(call, wanted)), TESTS)
    share, shares = query.share
    reach = allowed(call, "filesAcl", "READ")

    def is_listed(record: Record) -> bool:
        in_share = record["id"] % shares == share - 1
        return in_share and reach.covers(**in_data_set(record)) and matches(record)

    return FILES.page(call, query, is_listed)


def update(call: Call) -> dict[str, Any]:
    """Change files; of one that a node made, only what is not the node's."""
    files = files_to_change(call, call.body.items)
    changed = [_changed(call, file, item) for file, item in zip(files, call.body.items, strict=True)]
    return {"items": [FILES.replace(call, file) for file in changed]}


def _changed(call: Call, file: Record, item: FileChange) -> Record:
    foreign = item.update.model_fields_set - InstanceFileChanges.model_fields.keys()
    is_open = item.instance_id is None and call.reads(NODE_FILE_CHANGES, "accepted")
    if "instanceId" in file and foreign and not is_open:
        aliases = sorted(type(item.update).model_fields[name].alias or name for name in foreign)
        raise CdfError(400, f"{', '.join(aliases)} of file {file['id']}: change this on its node")
    changed = apply_update(file, item.update)
    if not changed.get("assetIds", True):
        del changed["assetIds"]  # no asset left
    if changed.get("assetIds") != file.get("assetIds"):
        require_asset_centric(call, "assetIds of files", named=False)
    check_record(File, changed)
    require(call, "filesAcl", "WRITE", **in_data_set(changed))
    check_data_set(call, changed)
    return changed


def delete(call: Call) -> dict[str, Any]:
    """Delete files with their content and annotations: nobody may read those of a file that is gone."""
    files = files_to_change(call, call.body.items, ignore_unknown=call.body.ignore_unknown_ids)
    for file in files:
        if "instanceId" in file and call.reads(NODE_FILE_DELETION, "400"):
            raise CdfError(400, f"The file {file['id']} belongs to a node: delete the node")
    FILES.delete(call.db, [file["id"] for file in files])
    return {}


NAMED = (UNKNOWN_IDS,)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/files/byids",
        retrieve,
        FilesById,
        rights=(READ_FILES,),
        assumed=(*NAMED, OUT_OF_SCOPE, FILE_OF_NODE),
    ),
    Endpoint(
        "POST",
        "/files/list",
        list_matching,
        FileList,
        rights=("filesAcl:READ",),
        lags=True,
        assumed=(*PAGED, UNKNOWN_SUBTREE),
        unserved=tuple(f"filter.{name} is a 400" for name in UNSERVED),
    ),
    Endpoint(
        "POST",
        "/files/update",
        update,
        FilesToChange,
        writes=True,
        rights=("filesAcl:WRITE",),
        assumed=(*NAMED, TAKEN, DATA_SET_LOOKED_UP, BLOCKED, NODE_FILE_CHANGES),
    ),
    Endpoint(
        "POST",
        "/files/delete",
        delete,
        FilesToDelete,
        writes=True,
        rights=("filesAcl:WRITE",),
        assumed=(*NAMED, NODE_FILE_DELETION),
    ),
]
