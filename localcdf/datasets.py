"""Data sets."""

from typing import Annotated, Any

from pydantic import Field

from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.fields import ExternalId, Metadata, Reference, TimeRange
from localcdf.filters import pairs, prefix, within
from localcdf.patches import ChangeMap, SetField, SetOrClear
from localcdf.plain import Resource
from localcdf.readings import Reading
from localcdf.records import Record, Records, find_all
from localcdf.rights import require

Name = Annotated[str, Field(min_length=1, max_length=50)]
Description = Annotated[str, Field(min_length=1, max_length=500)]


class DataSet(Body):
    """A data set as created."""

    external_id: ExternalId | None = None
    name: Name | None = None
    description: Description | None = None
    metadata: Metadata | None = None
    write_protected: bool = False


class DataSetChanges(Body):
    """What may change."""

    external_id: SetOrClear[ExternalId] | None = None
    name: SetOrClear[Name] | None = None
    description: SetOrClear[Description] | None = None
    metadata: ChangeMap[Metadata] | None = None
    write_protected: SetField[bool] | None = None


class DataSetFilter(Body):
    """Which data sets to list."""

    metadata: Metadata | None = None
    created_time: TimeRange | None = None
    last_updated_time: TimeRange | None = None
    external_id_prefix: ExternalId | None = None
    write_protected: bool | None = None


DATA_SETS = Resource(
    path="/datasets",
    records=Records("datasets", "Data sets"),
    item=DataSet,
    changes=DataSetChanges,
    filter=DataSetFilter,
    acl="datasetsAcl",
    place=lambda record: {"id": record.get("id")},
    tests={
        "metadata": pairs("metadata"),
        "createdTime": within("createdTime"),
        "lastUpdatedTime": within("lastUpdatedTime"),
        "externalIdPrefix": prefix("externalId"),
    },
    most=10,
)
ENDPOINTS = DATA_SETS.endpoints()
SCHEMA = DATA_SETS.records.schema

DataSetReferences = Annotated[list[Reference], Field(min_length=1, max_length=100)]


DATA_SET_LOOKED_UP = Reading(
    "data-set-looked-up",
    {
        "yes": "the dataSetId of an item must be the id of a data set (400)",
        "no": "the dataSetId of an item may be any id",
    },
)


def check_data_set(call: Call, record: Record) -> None:
    """Refuse a record whose data set does not exist."""
    data_set_id = record.get("dataSetId")
    if data_set_id is None or call.reads(DATA_SET_LOOKED_UP, "no"):
        return
    if DATA_SETS.records.find(call.db, {"id": data_set_id}) is None:
        raise CdfError(
            400, f"dataSetId {data_set_id} is the id of no data set", missing=[{"id": data_set_id}]
        )
    refuse_write_protected(call, record)


def refuse_write_protected(call: Call, record: Record) -> None:
    """Refuse a write to a record whose data set is protected, to all but the data set's owners."""
    data_set_id = record.get("dataSetId")
    data_set = data_set_id and DATA_SETS.records.find(call.db, {"id": data_set_id})
    if data_set and data_set["writeProtected"]:
        require(call, "datasetsAcl", "OWNER", id=data_set_id)


def resolve_data_sets(call: Call, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the filter with the references in ``dataSetIds`` replaced by internal ids."""
    if "dataSetIds" not in wanted:
        return wanted
    found = find_all(
        call,
        lambda identifier: DATA_SETS.records.find(call.db, identifier),
        wanted["dataSetIds"],
        "Data sets",
    )
    return wanted | {"dataSetIds": [record["id"] for record in found]}
