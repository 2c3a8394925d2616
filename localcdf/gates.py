"""How many requests of a kind CDF works on at once; one more is refused with 429, and comes back later."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from localcdf.errors import CdfError


@dataclass(frozen=True)
class Gate:
    """A kind of request, and how many of it may be in flight in a project."""

    name: str
    most: int


@dataclass(frozen=True)
class Gates:
    """How many are in flight."""

    busy: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def inside(self, gate: Gate | None) -> Iterator[None]:
        """Hold a place behind the gate; 429 where all are taken."""
        if gate is None:
            yield
            return
        if self.busy[gate.name] >= gate.most:
            raise CdfError(
                429,
                f"Too many concurrent requests: this project may have {gate.most} of {gate.name} at once",
            )
        self.busy[gate.name] += 1
        try:
            yield
        finally:
            self.busy[gate.name] -= 1
