"""Text detection that runs elsewhere, as a job: what is started, and what may have become of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from image360.catalog.image import Image
from image360.matching import TextRegion


@dataclass(frozen=True)
class Running:
    """The job is not done yet."""


@dataclass(frozen=True)
class Failed:
    """The job brought nothing; its images are tried again by another one."""

    reason: str


@dataclass(frozen=True)
class Origin:
    """Where a text region comes from: the key under which it can be rejected in a result file of a job."""

    job: str
    result_space: str
    result: str
    key: str


@dataclass(frozen=True)
class Done:
    """The job is done.

    Args:
        regions: By image, polygons as unit vectors (N, 3); an image without text has an empty list.
        errors: Why images could not be read, by image.
        origins: By image, one for each of its regions; images of engines that know none are left out.

    An image that is in neither was forgotten by the engine, and is tried again.
    """

    regions: Mapping[str, Sequence[TextRegion]]
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    origins: Mapping[str, Sequence[Origin]] = field(default_factory=dict[str, Sequence[Origin]])


JobState = Running | Failed | Done


class JobEngine(Protocol):
    """An engine that reads images elsewhere."""

    @property
    def name(self) -> str:
        """The engine's name in config, region files and logs."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What changes the regions that it reads; part of the region file's id."""
        ...

    @property
    def note(self) -> str | None:
        """What a person is to know of the engine, said with every run."""
        ...

    @property
    def jobs_at_once(self) -> int | None:
        """How many jobs CDF lets be under way; None where it names no limit."""
        ...

    def images_per_job(self, attempts: int) -> int:
        """Return how many images of one collection a job takes at most, each tried so often before."""
        ...

    def start(self, key: str, collection: str, images: Sequence[Image]) -> str | Failed | None:
        """Start a job that reads the images; return the name by which `look` finds it.

        `key` is the same whenever the same images are to be read in the same attempt. Failed: there is no
        job for these images. None: no further job may be started now.
        """
        ...

    def look(self, job: str, images: Sequence[Image]) -> JobState:
        """Return what has become of a job."""
        ...
