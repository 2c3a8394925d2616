"""Events."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from localcdf.assets.linked import LINKED_TESTS, resolve_assets
from localcdf.assets.table import UNKNOWN_SUBTREE
from localcdf.datasets import DATA_SET_LOOKED_UP, DataSetReferences, check_data_set, resolve_data_sets
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.fields import (
    ExternalId,
    InternalId,
    Metadata,
    PartitionedQuery,
    Reference,
    TimeRange,
    Timestamp,
    metadata_within,
)
from localcdf.filters import one_of, pairs, prefix, within
from localcdf.labels import distinct
from localcdf.patches import ChangeList, ChangeMap, SetOrClear
from localcdf.plain import Resource
from localcdf.project import BLOCKED, REFUSAL, require_asset_centric
from localcdf.records import Record, Records

Kind = Annotated[str, Field(max_length=64)]
Description = Annotated[str, Field(max_length=500)]
Source = Annotated[str, Field(max_length=128)]
LongMetadata = Annotated[dict[str, str], AfterValidator(metadata_within(value=128_000, total=200_000))]
AssetIds = Annotated[list[InternalId], Field(max_length=10_000)]
AnyAssets = Field(min_length=1, max_length=5_000)


class Event(Body):
    """An event as created."""

    external_id: ExternalId | None = None
    data_set_id: InternalId | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    type: Kind | None = None
    subtype: Kind | None = None
    description: Description | None = None
    metadata: LongMetadata | None = None
    asset_ids: AssetIds | None = None
    source: Source | None = None


class EventChanges(Body):
    """What may change."""

    external_id: SetOrClear[ExternalId] | None = None
    data_set_id: SetOrClear[InternalId] | None = None
    start_time: SetOrClear[Timestamp] | None = None
    end_time: SetOrClear[Timestamp] | None = None
    type: SetOrClear[Kind] | None = None
    subtype: SetOrClear[Kind] | None = None
    description: SetOrClear[Description] | None = None
    metadata: ChangeMap[LongMetadata] | None = None
    asset_ids: ChangeList[InternalId] | None = None
    source: SetOrClear[Source] | None = None


class EndTime(TimeRange):
    """A range, or whether there is no end."""

    is_null: bool | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "EndTime":
        if self.is_null is not None and (self.min is not None or self.max is not None):
            raise ValueError("either isNull, or min and/or max, is allowed")
        return self


def _nothing_sorted(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if fields:
        raise ValueError("events are not sorted by the local CDF; leave sort out, or empty")
    return fields


class EventFilter(Body):
    """Which events to list."""

    start_time: TimeRange | None = None
    end_time: EndTime | None = None
    active_at_time: TimeRange | None = None
    metadata: Metadata | None = None
    asset_ids: Annotated[list[InternalId], AnyAssets, AfterValidator(distinct)] | None = None
    asset_external_ids: Annotated[list[ExternalId], AnyAssets, AfterValidator(distinct)] | None = None
    asset_subtree_ids: Annotated[list[Reference], Field(min_length=1, max_length=100)] | None = None
    data_set_ids: DataSetReferences | None = None
    source: Source | None = None
    type: Kind | None = None
    subtype: Kind | None = None
    created_time: TimeRange | None = None
    last_updated_time: TimeRange | None = None
    external_id_prefix: ExternalId | None = None


class EventQuery(PartitionedQuery):
    """A list request; Cognite's viewer sends an empty `sort` with it."""

    sort: Annotated[list[dict[str, Any]], AfterValidator(_nothing_sorted)] | None = None


def _check(call: Call, event: Record) -> None:
    require_asset_centric(call, "events", named=False)
    if event.get("startTime", 0) > event.get("endTime", event.get("startTime", 0)):
        raise CdfError(400, f"endTime {event['endTime']} is before startTime {event['startTime']}")
    check_data_set(call, event)


def _resolve(call: Call, wanted: Record) -> Record:
    return resolve_assets(call, resolve_data_sets(call, wanted))


def _ends(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if "isNull" in wanted:
        return ("endTime" not in record) == wanted["isNull"]
    return within("endTime")(record, wanted)


def _is_active(record: Mapping[str, Any], wanted: Mapping[str, int]) -> bool:
    """Match an event that goes on at some time in the range; one without a start never does."""
    start, end = record.get("startTime"), record.get("endTime")
    if start is None:
        return False
    return start <= wanted.get("max", start) and (end is None or wanted.get("min", end) <= end)


EVENTS = Resource(
    path="/events",
    records=Records("events", "Events"),
    item=Event,
    changes=EventChanges,
    filter=EventFilter,
    acl="eventsAcl",
    query=EventQuery,
    created=201,
    tests={
        "startTime": within("startTime"),
        "endTime": _ends,
        "activeAtTime": _is_active,
        "metadata": pairs("metadata"),
        "dataSetIds": one_of("dataSetId"),
        "createdTime": within("createdTime"),
        "lastUpdatedTime": within("lastUpdatedTime"),
        "externalIdPrefix": prefix("externalId"),
    }
    | LINKED_TESTS,
    check=_check,
    resolve=_resolve,
    assumed=(BLOCKED, REFUSAL, DATA_SET_LOOKED_UP),
    assumed_of_lists=(UNKNOWN_SUBTREE,),
    deletable=True,
)
ENDPOINTS = EVENTS.endpoints()
SCHEMA = EVENTS.records.schema
