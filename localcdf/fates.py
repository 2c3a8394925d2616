"""What becomes of the next job, when it is told: jobs that fail, hang or lose something, on command."""

from dataclasses import dataclass
from typing import Any, Literal

from localcdf.endpoint import Body

JobFate = Literal["succeed", "fail", "hang", "cancel"]
VisionFate = Literal["succeed", "fail", "fail-batch", "lose-file", "hang"]


class FateChange(Body):
    """What is to become of the next job of a kind."""

    next: JobFate | None = None  # of the next 3D job
    next_vision: VisionFate | None = None


@dataclass
class Fates:
    """What is to become of the next job of each kind; of those after it nothing is said."""

    job: JobFate = "succeed"
    vision: VisionFate = "succeed"

    def change(self, change: FateChange) -> None:
        """Decide over the next jobs."""
        self.job = change.next or self.job
        self.vision = change.next_vision or self.vision

    def as_item(self) -> dict[str, Any]:
        """Return them as the admin page answers."""
        return {"next": self.job, "nextVision": self.vision}

    def of_job(self) -> JobFate:
        """Return what becomes of a 3D job that starts now."""
        fate, self.job = self.job, "succeed"
        return fate

    def of_vision(self) -> VisionFate:
        """Return what becomes of a Vision job that starts now."""
        fate, self.vision = self.vision, "succeed"
        return fate
