"""What files look like on the wire."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from localcdf.datasets import DataSetReferences
from localcdf.endpoint import Body
from localcdf.fields import (
    ExternalId,
    FileReference,
    InstanceId,
    InternalId,
    Metadata,
    PartitionedQuery,
    Reference,
    TimeRange,
    Timestamp,
)
from localcdf.geo import GeoLocation
from localcdf.labels import Label, LabelFilter, Labels
from localcdf.patches import ChangeList, ChangeMap, SetOrClear
from localcdf.plain import IGNORE_UNKNOWN, items_of

Name = Annotated[str, Field(max_length=256)]
Directory = Annotated[str, Field(max_length=512, pattern="^/")]
Source = Annotated[str, Field(max_length=128)]
MimeType = Annotated[str, Field(max_length=256)]


AssetIds = Annotated[list[InternalId], Field(min_length=1, max_length=1000)]
SecurityCategories = Annotated[list[InternalId], Field(max_length=100)]


class File(Body):
    """A file's metadata as created."""

    external_id: ExternalId | None = None
    name: Name
    directory: Directory | None = None
    source: Source | None = None
    mime_type: MimeType | None = None
    metadata: Metadata | None = None
    asset_ids: AssetIds | None = None
    data_set_id: InternalId | None = None
    source_created_time: Timestamp | None = None
    source_modified_time: Timestamp | None = None
    security_categories: SecurityCategories | None = None
    labels: Labels | None = None
    geo_location: GeoLocation | None = None


class InstanceFileChanges(Body):
    """What may change of a file that a node made; the rest belongs to the node."""

    external_id: SetOrClear[ExternalId] | None = None
    metadata: ChangeMap[Metadata] | None = None
    asset_ids: ChangeList[InternalId] | None = None
    data_set_id: SetOrClear[InternalId] | None = None
    labels: ChangeList[Label] | None = None
    geo_location: SetOrClear[GeoLocation] | None = None


class FileChanges(InstanceFileChanges):
    """What may change of any other file."""

    directory: SetOrClear[Directory] | None = None
    source: SetOrClear[Source] | None = None
    mime_type: SetOrClear[MimeType] | None = None
    source_created_time: SetOrClear[Timestamp] | None = None
    source_modified_time: SetOrClear[Timestamp] | None = None
    security_categories: ChangeList[InternalId] | None = None


class FileChange(FileReference):
    """One file to change."""

    update: FileChanges


AssetReferences = Annotated[list[Reference], Field(min_length=1, max_length=100)]


class FileFilter(Body):
    """Which files to list."""

    name: Name | None = None
    directory_prefix: Annotated[str, Field(max_length=512)] | None = None
    mime_type: MimeType | None = None
    metadata: Metadata | None = None
    asset_ids: Annotated[list[InternalId], Field(min_length=1, max_length=100)] | None = None
    asset_external_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=100)] | None = None
    root_asset_ids: AssetReferences | None = None
    asset_subtree_ids: AssetReferences | None = None
    data_set_ids: DataSetReferences | None = None
    source: Source | None = None
    created_time: TimeRange | None = None
    last_updated_time: TimeRange | None = None
    uploaded_time: TimeRange | None = None
    source_created_time: TimeRange | None = None
    source_modified_time: TimeRange | None = None
    external_id_prefix: ExternalId | None = None
    uploaded: bool | None = None
    labels: LabelFilter | None = None
    geo_location: dict[str, Any] | None = None


class FileList(PartitionedQuery):
    """A list request."""

    filter: FileFilter | None = None


class UploadReference(Body):
    """A file that is there already, to give it content."""

    external_id: ExternalId | None = None
    instance_id: InstanceId | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "UploadReference":
        if (self.external_id is None) == (self.instance_id is None):
            raise ValueError("exactly one of externalId, instanceId is needed")
        return self

    def identifier(self) -> dict[str, Any]:
        """Return the identifier given, as the wire has it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class CompleteUpload(FileReference):
    """The end of an upload in parts."""

    upload_id: str


FilesById = items_of(FileReference, **IGNORE_UNKNOWN)
FilesToDelete = items_of(Reference, **IGNORE_UNKNOWN)
FilesToChange = items_of(FileChange)
FilesToLink = items_of(FileReference, most=100)
FileToUpload = items_of(UploadReference, most=1)


class CreateQuery(Body):
    """Query parameters of a create."""

    overwrite: bool = False


class PartsQuery(Body):
    """Query parameters of an upload in parts to a file that is there."""

    parts: Annotated[int, Field(ge=1, le=250)]


class CreatePartsQuery(PartsQuery):
    """Query parameters of a create with an upload in parts."""

    overwrite: bool = False


class DownloadQuery(Body):
    """Query parameters of download links."""

    extended_expiration: bool = False


class IconQuery(Body):
    """Which file to show."""

    id: InternalId | None = None
    external_id: ExternalId | None = None
    space: str | None = None
    instance_external_id: str | None = None
