"""What classic assets look like on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from localcdf.endpoint import Body
from localcdf.fields import (
    ExternalId,
    InternalId,
    Metadata,
    PageLimit,
    PartitionedQuery,
    Reference,
    TimeRange,
)
from localcdf.geo import GeoLocation
from localcdf.labels import Label, LabelFilter, Labels
from localcdf.patches import ChangeList, ChangeMap, SetField, SetOrClear
from localcdf.plain import IGNORE_UNKNOWN, items_of

Name = Annotated[str, Field(min_length=1, max_length=140)]
Description = Annotated[str, Field(max_length=500)]
Source = Annotated[str, Field(max_length=128)]
Aggregate = Literal["childCount", "path", "depth"]
Aggregates = list[Aggregate] | None
References = Annotated[list[Reference], Field(min_length=1, max_length=100)]


class Asset(Body):
    """An asset as created; without a parent it is a root."""

    external_id: ExternalId | None = None
    name: Name
    parent_id: InternalId | None = None
    parent_external_id: ExternalId | None = None
    description: Description | None = None
    data_set_id: InternalId | None = None
    metadata: Metadata | None = None
    source: Source | None = None
    labels: Labels | None = None
    geo_location: GeoLocation | None = None

    @model_validator(mode="after")
    def _one_parent(self) -> "Asset":
        if self.parent_id is not None and self.parent_external_id is not None:
            raise ValueError("at most one of parentId, parentExternalId is allowed")
        return self


class AssetChanges(Body):
    """What may change."""

    external_id: SetOrClear[ExternalId] | None = None
    name: SetField[Name] | None = None
    parent_id: SetField[InternalId] | None = None
    parent_external_id: SetField[ExternalId] | None = None
    description: SetOrClear[Description] | None = None
    data_set_id: SetOrClear[InternalId] | None = None
    metadata: ChangeMap[Metadata] | None = None
    source: SetOrClear[Source] | None = None
    labels: ChangeList[Label] | None = None
    geo_location: SetOrClear[GeoLocation] | None = None


class AssetChange(Reference):
    """One asset to change."""

    update: AssetChanges


class AssetFilter(Body):
    """Which assets to list. ``rootIds`` is deprecated, and does what ``assetSubtreeIds`` does."""

    name: Name | None = None
    parent_ids: Annotated[list[InternalId], Field(min_length=1, max_length=100)] | None = None
    parent_external_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=100)] | None = None
    root_ids: References | None = None
    asset_subtree_ids: References | None = None
    data_set_ids: Annotated[list[Reference], Field(max_length=1000)] | None = None
    metadata: Metadata | None = None
    source: Source | None = None
    created_time: TimeRange | None = None
    last_updated_time: TimeRange | None = None
    root: bool | None = None
    external_id_prefix: ExternalId | None = None
    labels: LabelFilter | None = None
    geo_location: dict[str, Any] | None = None


class AssetList(PartitionedQuery):
    """A list request."""

    filter: AssetFilter | None = None
    advanced_filter: dict[str, Any] | None = None
    sort: list[dict[str, Any]] | None = None
    aggregated_properties: Aggregates = None


class SearchWords(Body):
    """What to search for: in the name, in the description, or in both."""

    name: Name | None = None
    description: Description | None = None
    query: Annotated[str, Field(min_length=1, max_length=140)] | None = None


class AssetSearch(Body):
    """A search request."""

    search: SearchWords | None = None
    filter: AssetFilter | None = None
    limit: PageLimit = 100


Assets = items_of(Asset)
AssetsById = items_of(Reference, aggregated_properties=(Aggregates, None), **IGNORE_UNKNOWN)
AssetsToChange = items_of(AssetChange)
AssetsToDelete = items_of(Reference, recursive=(bool, False), **IGNORE_UNKNOWN)
