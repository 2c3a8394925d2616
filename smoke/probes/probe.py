"""What a probe is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smoke.scratch import Scratch

Settled = Mapping[str, str]  # the option that an answer fits, by the name of the local CDF's reading


@dataclass(frozen=True)
class Probe:
    """Calls that belong together; an exception of theirs is a failure, of this probe alone."""

    name: str
    endpoints: tuple[str, ...]
    run: Callable[[Scratch], Settled]
