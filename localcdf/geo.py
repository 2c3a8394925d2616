"""Where something is on the earth: GeoJSON."""

from typing import Annotated, Any, Literal

from pydantic import Field

from localcdf.endpoint import Body

XY = Annotated[list[float], Field(min_length=2, max_length=2)]
Line = Annotated[list[XY], Field(min_length=2)]
Rings = Annotated[list[Line], Field(min_length=2)]


class Point(Body):
    """GeoJSON."""

    type: Literal["Point"]
    coordinates: XY


class LineString(Body):
    """GeoJSON."""

    type: Literal["LineString"]
    coordinates: Line


class Polygon(Body):
    """GeoJSON."""

    type: Literal["Polygon"]
    coordinates: Rings


class MultiPoint(Body):
    """GeoJSON."""

    type: Literal["MultiPoint"]
    coordinates: list[XY]


class MultiLineString(Body):
    """GeoJSON."""

    type: Literal["MultiLineString"]
    coordinates: list[Line]


class MultiPolygon(Body):
    """GeoJSON."""

    type: Literal["MultiPolygon"]
    coordinates: list[Rings]


Geometry = Annotated[
    Point | LineString | Polygon | MultiPoint | MultiLineString | MultiPolygon, Field(discriminator="type")
]


class GeoLocation(Body):
    """A GeoJSON feature."""

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, Any] | None = None
