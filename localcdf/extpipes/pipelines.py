"""Extraction pipelines themselves."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from localcdf.datasets import (
    DATA_SET_LOOKED_UP,
    DataSetReferences,
    check_data_set,
    refuse_write_protected,
    resolve_data_sets,
)
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.fields import InternalId, Metadata, TimeRange
from localcdf.filters import every, one_of, pairs, prefix, within
from localcdf.patches import ChangeList, ChangeMap, SetField
from localcdf.plain import Resource
from localcdf.records import Record, Records
from localcdf.rights import finder, require

PipelineId = Annotated[str, Field(min_length=1, max_length=255)]
Name = Annotated[str, Field(min_length=1, max_length=140)]
Description = Annotated[str, Field(max_length=500)]
Source = Annotated[str, Field(max_length=255)]
Documentation = Annotated[str, Field(max_length=10_000)]
Schedule = Annotated[
    str,
    Field(
        pattern=r"^(On trigger|Continuous)|(@(annually|yearly|monthly|weekly|daily|hourly|reboot))"
        r"|(@every (\d+(ns|us|µs|ms|s|m|h))+)|((((\d+,)+\d+|(\d+([/\-])\d+)|\d+|\*(/\d+)?) ?){5,7})$"
    ),
]


class RawTable(Body):
    """A table in RAW."""

    db_name: Annotated[str, Field(min_length=1)]
    table_name: Annotated[str, Field(min_length=1)]


class Contact(Body):
    """A person to tell."""

    name: str | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    role: str | None = None
    send_notification: bool | None = None


class NotificationConfig(Body):
    """When to tell."""

    allowed_not_seen_range_in_minutes: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None


class Pipeline(Body):
    """An extraction pipeline as created."""

    external_id: PipelineId
    name: Name
    description: Description | None = None
    data_set_id: InternalId
    raw_tables: list[RawTable] | None = None
    schedule: Schedule | None = None
    contacts: list[Contact] | None = None
    metadata: Metadata | None = None
    source: Source | None = None
    documentation: Documentation | None = None
    notification_config: NotificationConfig | None = None
    created_by: Source | None = None


class PipelineChanges(Body):
    """What may change."""

    external_id: SetField[PipelineId] | None = None
    name: SetField[Name] | None = None
    description: SetField[Description | None] | None = None
    data_set_id: SetField[InternalId] | None = None
    schedule: SetField[Schedule | None] | None = None
    raw_tables: ChangeList[RawTable] | None = None
    contacts: ChangeList[Contact] | None = None
    metadata: ChangeMap[Metadata] | None = None
    source: SetField[Source | None] | None = None
    documentation: SetField[Documentation | None] | None = None
    notification_config: SetField[NotificationConfig] | None = None


class PipelineFilter(Body):
    """Which pipelines to list."""

    external_id_prefix: PipelineId | None = None
    name: Name | None = None
    description: Description | None = None
    data_set_ids: DataSetReferences | None = None
    schedule: str | None = None
    contacts: list[Contact] | None = None
    raw_tables: list[RawTable] | None = None
    metadata: Metadata | None = None
    source: Source | None = None
    documentation: Documentation | None = None
    created_by: Source | None = None
    created_time: TimeRange | None = None
    last_updated_time: TimeRange | None = None


def _place(record: Record) -> Mapping[str, Any]:
    return {"id": record.get("id"), "data_set": record.get("dataSetId")}


def _check(call: Call, record: Record) -> None:
    check_data_set(call, record)
    require(call, "datasetsAcl", "READ", id=record["dataSetId"])


PIPELINES = Resource(
    path="/extpipes",
    records=Records("extpipes", "Extraction pipelines"),
    item=Pipeline,
    changes=PipelineChanges,
    filter=PipelineFilter,
    tests={
        "externalIdPrefix": prefix("externalId"),
        "dataSetIds": one_of("dataSetId"),
        "contacts": every("contacts"),
        "rawTables": every("rawTables"),
        "metadata": pairs("metadata"),
        "createdTime": within("createdTime"),
        "lastUpdatedTime": within("lastUpdatedTime"),
    },
    acl="extractionPipelinesAcl",
    place=_place,
    further=("datasetsAcl:READ",),
    check=_check,
    assumed=(DATA_SET_LOOKED_UP,),
    resolve=resolve_data_sets,
    deletable=True,
    listed_by_get=True,
)


def pipeline_to_write(call: Call, external_id: str, acl: str) -> Record:
    """Return the pipeline with this external id, to write what ``acl`` guards; 403 where not allowed."""
    record = _found(PIPELINES.records.find(call.db, {"externalId": external_id}), external_id)
    require(call, acl, "WRITE", **_place_of_parts(record))
    refuse_write_protected(call, record)
    return record


def pipeline_to_read(call: Call, external_id: str, acl: str, code: int = 400) -> Record:
    """Return the pipeline with this external id, to read what ``acl`` guards; without one raise ``code``."""
    find = finder(call, lambda each: PIPELINES.records.find(call.db, each), acl, _place_of_parts)
    return _found(find({"externalId": external_id}), external_id, code)


def _place_of_parts(record: Record) -> Mapping[str, Any]:
    return {"pipeline": record["id"], "data_set": record["dataSetId"]}


def _found(record: Record | None, external_id: str, code: int = 400) -> Record:
    if record is None:
        raise CdfError(
            code,
            f"There is no extraction pipeline with externalId {external_id}",
            missing=[{"externalId": external_id}],
        )
    return record
