"""What requests that link assets to 360° images look like on the wire."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from localcdf.data_modeling.names import SpaceId
from localcdf.data_modeling.references import NodeReference
from localcdf.endpoint import Body
from localcdf.plain import items_of

MAX_ITEMS = 100
MAX_NUMBERS = 1000  # of all polygons of an annotation


def blocks(numbers: Sequence[float]) -> Iterator[Sequence[float]]:
    """Cut ``[n, phi, theta, ..., m, ...]`` into ``[n, phi, theta, ...]``, one for each polygon.

    Raises ``ValueError`` where the numbers cannot be read so.
    """
    start = 0
    while start < len(numbers):
        count = numbers[start]
        if count != int(count) or count < 3:
            raise ValueError(f"number {start} is {count}: a count of at least 3 vertices is needed there")
        end = start + 1 + 2 * int(count)
        if end > len(numbers):
            raise ValueError(f"a polygon of {int(count)} vertices begins at number {start} and is cut")
        yield numbers[start:end]
        start = end


def _check_blocks(numbers: list[float]) -> list[float]:
    for _ in blocks(numbers):
        pass
    return numbers


def check_angles(numbers: Sequence[float]) -> None:
    """Raise ``ValueError`` for an angle that is beyond its range."""
    for polygon in blocks(numbers):
        for place, angle in enumerate(polygon[1:]):
            name, most = ("theta", 2 * math.pi) if place % 2 else ("phi", math.pi)
            if not 0 <= angle <= most:
                raise ValueError(f"{name} is {angle}: 0 to {most} is needed")


class Polygons(Body):
    """One or more polygons on the sphere of an image."""

    version: Literal["2.0.0"]
    data: Annotated[list[float], Field(min_length=7, max_length=MAX_NUMBERS), AfterValidator(_check_blocks)]


class InstanceReference(Body):
    """An instance."""

    instance_id: NodeReference


class Pair(Body):
    """An asset and an image."""

    asset: InstanceReference
    image360: InstanceReference

    @property
    def refs(self) -> tuple[str, str]:
        """What the store writes for the asset and the image."""
        return self.asset.instance_id.ref, self.image360.instance_id.ref


class Item(Pair):
    """An asset, and where it is seen on an image."""

    polygon: Polygons


class Config(Body):
    """Where annotations are kept, and the collection of the images; its second form is deprecated."""

    object_3d_space: SpaceId = Field(alias="object3DSpace")
    contextualization_space: SpaceId
    revision: InstanceReference | None = None
    revision_instance_id: NodeReference | None = None

    @model_validator(mode="after")
    def _one_revision(self) -> "Config":
        if (self.revision is None) == (self.revision_instance_id is None):
            raise ValueError("exactly one of revision, revisionInstanceId (deprecated) is needed")
        return self

    @property
    def collection(self) -> NodeReference:
        """The node of the collection."""
        found = self.revision.instance_id if self.revision else self.revision_instance_id
        assert found is not None
        return found


CONFIG = {"dms_contextualization_config": (Config, ...)}
Contextualize = items_of(Item, MAX_ITEMS, **CONFIG)
Delete = items_of(Pair, MAX_ITEMS, **CONFIG)
