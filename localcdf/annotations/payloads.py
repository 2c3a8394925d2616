"""The ``data`` of annotations: one model per annotation type of images, as strict as the reference."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from localcdf.endpoint import Body
from localcdf.fields import Space

Confidence = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]  # of the width or height of the image; origin at its top left
Text = Annotated[str, Field(min_length=1, max_length=128)]
Description = Annotated[str, Field(max_length=500)]


class Payload(Body):
    """Data of an annotation or a part of it."""


class BoundingBox(Payload):
    """A box with an area."""

    x_min: Share
    x_max: Share
    y_min: Share
    y_max: Share
    confidence: Confidence | None = None

    @model_validator(mode="after")
    def _has_an_area(self) -> "BoundingBox":
        if self.x_min >= self.x_max:
            raise ValueError("xMin must be less than xMax")
        if self.y_min >= self.y_max:
            raise ValueError("yMin must be less than yMax")
        return self


class Point(Payload):
    """A point of the image."""

    x: Share
    y: Share
    confidence: Confidence | None = None


class Polygon(Payload):
    """A closed line; its last vertex is joined to its first."""

    vertices: Annotated[list[Point], Field(min_length=3, max_length=1000)]
    confidence: Confidence | None = None


class Polyline(Payload):
    """An open line."""

    vertices: Annotated[list[Point], Field(min_length=2, max_length=1000)]
    confidence: Confidence | None = None


class Geometry(Payload):
    """One shape."""

    bounding_box: BoundingBox | None = None
    polygon: Polygon | None = None
    polyline: Polyline | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> "Geometry":
        if sum(shape is not None for shape in (self.bounding_box, self.polygon, self.polyline)) != 1:
            raise ValueError("exactly one of boundingBox, polygon, polyline is needed")
        return self


class AssetRef(Payload):
    """A classic asset."""

    id: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    external_id: Annotated[str, Field(max_length=256)] | None = None

    @model_validator(mode="after")
    def _one_identifier(self) -> "AssetRef":
        if (self.id is None) == (self.external_id is None):
            raise ValueError("exactly one of id, externalId is needed")
        return self


class View(Payload):
    """A view through which an instance is meant."""

    type: Literal["view"]
    space: Space
    external_id: Annotated[str, Field(pattern=r"^[a-zA-Z]([a-zA-Z0-9_]{0,253}[a-zA-Z0-9])?$")]
    version: Annotated[str, Field(pattern=r"^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,41}[a-zA-Z0-9])?$")]


class InstanceRef(Payload):
    """An instance."""

    sources: Annotated[list[View], Field(max_length=10)]
    instance_type: Literal["node", "edge"]
    space: Space
    external_id: Annotated[str, Field(pattern=r"^[^\x00]{1,255}$")]


class Truth(Payload):
    """An attribute that is true or false."""

    type: Literal["boolean"]
    value: bool
    description: Description | None = None


class Number(Payload):
    """An attribute that is a number."""

    type: Literal["numerical"]
    value: float
    description: Description | None = None


Attributes = dict[str, Annotated[Truth | Number, Field(discriminator="type")]]


class Keypoint(Payload):
    """A point with a meaning."""

    point: Point
    confidence: Confidence | None = None
    attributes: Attributes | None = None


class TextRegion(Payload):
    """``images.TextRegion``: text on an image."""

    text: Text
    text_region: BoundingBox
    confidence: Confidence | None = None


class AssetLink(TextRegion):
    """``images.AssetLink``: text that names a classic asset."""

    asset_ref: AssetRef
    object_region: Geometry | None = None


class InstanceLink(TextRegion):
    """``images.InstanceLink``: text that names an instance."""

    instance_ref: InstanceRef
    object_region: Geometry | None = None


class Classification(Payload):
    """``images.Classification``: what the whole image shows."""

    label: Text
    confidence: Confidence | None = None


class ObjectDetection(Geometry):
    """``images.ObjectDetection``: something seen on an image."""

    label: Text
    confidence: Confidence | None = None
    attributes: Attributes | None = None


class KeypointCollection(Payload):
    """``images.KeypointCollection``: points that belong together."""

    label: Text
    keypoints: dict[str, Keypoint]
    confidence: Confidence | None = None
    attributes: Attributes | None = None


PAYLOADS: dict[str, type[Payload]] = {
    "images.AssetLink": AssetLink,
    "images.InstanceLink": InstanceLink,
    "images.TextRegion": TextRegion,
    "images.ObjectDetection": ObjectDetection,
    "images.Classification": Classification,
    "images.KeypointCollection": KeypointCollection,
}
