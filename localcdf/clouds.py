"""What a function may use: the clouds that CDF runs on differ in it."""

from dataclasses import dataclass

RUNTIMES = ("py310", "py311", "py312", "py313")
RUNNING_PER_FUNCTION = 100
RUNNING_PER_PROJECT = 250
FUNCTIONS_PER_PROJECT = 100
SCHEDULES_PER_PROJECT = 1000
SCHEDULES_PER_FUNCTION = 100


@dataclass(frozen=True)
class Cloud:
    """The limits of one function call."""

    timeout_minutes: int
    input_bytes: int  # of ``data``, as JSON
    cpu_default: float = 1.0  # cores; the least as well
    cpu_max: float = 1.0
    memory_default: float = 1.5  # GB; the least as well
    memory_max: float = 1.5
    response_mb: int = 1

    def limits(self) -> dict[str, object]:
        """Return them as CDF answers them."""
        return {
            "timeoutMinutes": self.timeout_minutes,
            "cpuCores": {"min": self.cpu_default, "max": self.cpu_max, "default": self.cpu_default},
            "memoryGb": {"min": self.memory_default, "max": self.memory_max, "default": self.memory_default},
            "runtimes": list(RUNTIMES),
            "responseSizeMb": self.response_mb,
        }


GCP = Cloud(timeout_minutes=9, input_bytes=9_000_000, cpu_max=3.0, memory_max=5.0)
AZURE = Cloud(timeout_minutes=10, input_bytes=36_000, memory_default=2.0, memory_max=2.0)
AWS = Cloud(timeout_minutes=10, input_bytes=240_000)
TIGHTEST = Cloud(timeout_minutes=9, input_bytes=36_000)  # in each respect that of the cloud with the least
CLOUDS = {"tightest": TIGHTEST, "gcp": GCP, "azure": AZURE, "aws": AWS}
