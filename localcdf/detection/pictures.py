"""What the detector is asked, and what it answers."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

FACES = ("front", "back", "left", "right", "top", "bottom")


@dataclass(frozen=True)
class Picture:
    """The six faces of a 360° image, by their names, or one flat picture."""

    image: str
    content: Mapping[str, Path] | Path

    def asked(self) -> dict[str, Any]:
        """Return what the program is told of it."""
        if isinstance(self.content, Path):
            return {"image": self.image, "file": str(self.content)}
        return {"image": self.image, "faces": {face: str(self.content[face]) for face in FACES}}

    def digest(self) -> str:
        """Return what is the same for the same pixels in the same places."""
        if isinstance(self.content, Path):
            return _sha256(self.content)
        return " ".join(_sha256(self.content[face]) for face in FACES)

    @property
    def numbers(self) -> int:
        """How many numbers a point on it has."""
        return 2 if isinstance(self.content, Path) else 3


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Point = tuple[float, ...]


def _check_points(points: Sequence[Point]) -> Sequence[Point]:
    for point in points:
        if len(point) == 3 and not math.isclose(math.hypot(*point), 1, abs_tol=1e-3):
            raise ValueError(f"{list(point)} is no unit vector")
    return points


class Region(BaseModel):
    """A text, and where it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    text: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    polygon: Annotated[tuple[Point, ...], Field(min_length=3), AfterValidator(_check_points)]


class Answer(BaseModel):
    """What was read on an image, or why it could not be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    regions: tuple[Region, ...] | None = None
    error: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Answer":
        if (self.regions is None) == (self.error is None):
            raise ValueError("exactly one of regions, error is needed")
        return self
