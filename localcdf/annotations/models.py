"""What annotations look like on the wire."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from localcdf.annotations.payloads import PAYLOADS
from localcdf.endpoint import Body
from localcdf.fields import InternalId, ListQuery, PageLimit, Reference
from localcdf.patches import SetField
from localcdf.plain import items_of
from localcdf.wire import reasons

ResourceType = Literal["file", "threedmodel"]
Status = Literal["suggested", "approved", "rejected"]
App = Annotated[str, Field(min_length=1, max_length=255)]
AppVersion = Annotated[str, Field(min_length=1, max_length=255)]
User = Annotated[str, Field(min_length=1, max_length=255)]
AnnotationType = Literal[
    "images.AssetLink",
    "images.InstanceLink",
    "images.TextRegion",
    "images.ObjectDetection",
    "images.Classification",
    "images.KeypointCollection",
    "diagrams.AssetLink",
    "diagrams.FileLink",
    "diagrams.InstanceLink",
    "diagrams.Junction",
    "diagrams.Line",
    "diagrams.UnhandledSymbolObject",
    "diagrams.UnhandledTextObject",
    "documents.ExtractedText",
    "forms.Detection",
    "isoplan.IsoPlanAnnotation",
    "pointcloud.BoundingVolume",
]


SEMVER = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", re.ASCII)


def is_semver(version: str) -> bool:
    """Say whether a version is x.y.z, perhaps with a suffix."""
    return SEMVER.fullmatch(version) is not None


def nulls(value: Any, path: str = "data") -> Iterator[str]:
    """Yield where in a JSON value there are nulls."""
    if value is None:
        yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from nulls(each, f"{path}.{name}")
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from nulls(each, f"{path}[{index}]")


def check_data(annotation_type: str, data: dict[str, Any]) -> None:
    """Refuse ``data`` that does not fit the annotation type."""
    payload = PAYLOADS.get(annotation_type)
    if payload is None:
        raise ValueError(f"annotationType {annotation_type} is not served by the local CDF, only images.*")
    try:
        payload.model_validate(data, strict=True)
    except ValidationError as error:
        raise ValueError(f"data does not fit {annotation_type}: {reasons(error, data)}") from error


class Suggestion(Body):
    """An annotation as suggested. ``creating_user`` is needed and may be null, for a service."""

    annotated_resource_type: ResourceType
    annotated_resource_id: InternalId
    annotation_type: AnnotationType
    creating_app: App
    creating_app_version: AppVersion
    creating_user: User | None
    data: dict[str, Any]

    @model_validator(mode="after")
    def _data_fits(self) -> "Suggestion":
        check_data(self.annotation_type, self.data)
        return self


class Annotation(Suggestion):
    """An annotation as created."""

    status: Status


class Changes(Body):
    """What may change."""

    status: SetField[Status] | None = None
    data: SetField[dict[str, Any]] | None = None
    annotation_type: SetField[AnnotationType] | None = None


class ById(Body):
    """An annotation by its id, the only identifier there is."""

    id: InternalId

    def identifier(self) -> dict[str, Any]:
        """Return the identifier, as the wire has it."""
        return {"id": self.id}


class Change(ById):
    """One annotation to change."""

    update: Changes


class ReverseFilter(Body):
    """Which annotations count. A ``creatingUser`` of null is a filter too: those of services."""

    annotated_resource_type: ResourceType
    annotation_type: AnnotationType | None = None
    creating_app: App | None = None
    creating_app_version: AppVersion | None = None
    creating_user: User | None = None
    status: Status | None = None
    data: dict[str, Any] | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the fields to compare, as the wire has them."""
        given = self.model_dump(by_alias=True, exclude_unset=True)
        compared = {
            name: value for name, value in given.items() if value is not None or name == "creatingUser"
        }
        compared.pop("annotatedResourceIds", None)
        return compared


class Filter(ReverseFilter):
    """Which annotations to list: always those of named resources."""

    annotated_resource_ids: Annotated[list[Reference], Field(min_length=1, max_length=1000)]


class AnnotationList(ListQuery):
    """A list request."""

    filter: Filter
    limit: PageLimit = 25


class ReverseList(ListQuery):
    """A reverse look-up."""

    filter: ReverseFilter
    limit: PageLimit = 25


Suggestions = items_of(Suggestion)
Annotations = items_of(Annotation)
ByIds = items_of(ById)
ChangeItems = items_of(Change)
