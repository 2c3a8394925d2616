"""Which files the caller may read and write: by their data sets, and those of nodes also by the nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcdf.datasets import refuse_write_protected
from localcdf.endpoint import Call
from localcdf.fields import FileReference, Reference
from localcdf.files.table import FILES, find_file
from localcdf.records import Record, find_all
from localcdf.rights import READ_FILES, WRITE_FILES, allowed, hidden, in_data_set, lacking, require

CORE_SPACE = "cdf_cdm"  # where the view CogniteFile is


def is_readable(call: Call, file: Record) -> bool:
    """Say whether the caller may read a file."""
    return _may(call, file, "READ")


def find_readable(call: Call, identifier: Mapping[str, Any]) -> Record | None:
    """Return a file that the caller may read; None where there is none, 403 where the caller may not."""
    file = find_file(call.db, identifier)
    if file is None or is_readable(call, file):
        return file
    return hidden(call, READ_FILES, **_place(file))


def files_to_read(
    call: Call, references: Sequence[FileReference], *, ignore_unknown: bool = False
) -> list[Record]:
    """Return files in the order asked for; a 400 names what is missing."""
    identifiers = [each.identifier() for each in references]
    return find_all(
        call,
        lambda identifier: find_readable(call, identifier),
        identifiers,
        FILES.thing,
        ignore_unknown=ignore_unknown,
    )


def files_to_change(
    call: Call, references: Sequence[FileReference | Reference], *, ignore_unknown: bool = False
) -> list[Record]:
    """Return files whose metadata the caller may write; 403 where that is not so."""
    files = _find(call, references, ignore_unknown=ignore_unknown)
    for file in files:
        require(call, "filesAcl", "WRITE", **in_data_set(file))
        refuse_write_protected(call, file)
    return files


def files_to_fill(call: Call, references: Sequence[FileReference]) -> list[Record]:
    """Return files whose content the caller may write; 403 where that is not so."""
    files = _find(call, references)
    for file in files:
        if not _may(call, file, "WRITE"):
            raise lacking(WRITE_FILES, **_place(file))
        refuse_write_protected(call, file)
    return files


def _find(
    call: Call, references: Sequence[FileReference | Reference], *, ignore_unknown: bool = False
) -> list[Record]:
    identifiers = [each.identifier() for each in references]
    return find_all(
        call,
        lambda identifier: find_file(call.db, identifier),
        identifiers,
        FILES.thing,
        ignore_unknown=ignore_unknown,
    )


def _may(call: Call, file: Record, action: str) -> bool:
    if allowed(call, "filesAcl", action).covers(**in_data_set(file)):
        return True
    return (
        "instanceId" in file
        and allowed(call, "dataModelsAcl", "READ").covers(space=CORE_SPACE)
        and allowed(call, "dataModelInstancesAcl", action).covers(space=file["instanceId"]["space"])
    )


def _place(file: Record) -> dict[str, Any]:
    return {"space": file.get("instanceId", {}).get("space"), "data_set": file.get("dataSetId")}
