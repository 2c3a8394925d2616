"""What requests to Vision look like on the wire."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from localcdf.data_modeling.names import SchemaId, SpaceId
from localcdf.endpoint import Body
from localcdf.fields import ExternalId, FileReference, InternalId

Feature = Literal[
    "TextDetection",
    "AssetTagDetection",
    "PeopleDetection",
    "IndustrialObjectDetection",
    "PersonalProtectiveEquipmentDetection",
    "DialGaugeDetection",
    "LevelGaugeDetection",
    "DigitalGaugeDetection",
    "ValveDetection",
]
NOT_BETA = ("TextDetection", "AssetTagDetection", "PeopleDetection")
Threshold = Annotated[float, Field(ge=0, le=1)]


class FileInstance(Body):
    """The node of a file; the reference takes fewer external ids here than instances may have."""

    space: SpaceId
    external_id: SchemaId


class Item(Body):
    """A file."""

    file_id: InternalId | None = None
    file_external_id: ExternalId | None = None
    file_instance_id: FileInstance | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Item":
        if len(self.model_fields_set) != 1 or len(self.shown()) != 1:
            raise ValueError("exactly one of fileId, fileExternalId, fileInstanceId is needed")
        return self

    def shown(self) -> dict[str, Any]:
        """Return the identifier as the wire has it."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def reference(self) -> FileReference:
        """Return the file as the files API names it."""
        instance = self.file_instance_id
        return FileReference.model_validate(
            {
                "id": self.file_id,
                "externalId": self.file_external_id,
                "instanceId": instance.model_dump(by_alias=True) if instance else None,
            }
        )


class TextParameters(Body):
    """How texts are detected."""

    threshold: Threshold | None = None


class AssetTagParameters(TextParameters):
    """How names of assets are detected."""

    partial_match: bool = False
    asset_subtree_ids: list[InternalId] | None = None


class Parameters(Body):
    """Parameters of the features."""

    text_detection_parameters: TextParameters | None = None
    asset_tag_detection_parameters: AssetTagParameters | None = None
    people_detection_parameters: TextParameters | None = None


def _check_unique(features: list[Feature]) -> list[Feature]:
    if len(features) != len(set(features)):
        raise ValueError("a feature is named twice")
    return features


class NewJob(Body):
    """What to detect on which files."""

    items: Annotated[list[Item], Field(min_length=1, max_length=100)]
    features: Annotated[list[Feature], Field(min_length=1, max_length=3), AfterValidator(_check_unique)]
    parameters: Parameters | None = None
