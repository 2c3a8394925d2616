"""Which requests are hit: by path, method and caller, by their number, or by chance that can be repeated."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from localcdf.endpoint import Body
from localcdf.faults.hit import Asked, When
from localcdf.faults.kinds import KINDS, Kind
from localcdf.faults.patterns import compiled, is_in

MOST_SECONDS = 600


class Rule(Body):
    """A fault, and the requests it hits.

    Those that ``method``, ``path`` and ``caller`` allow are numbered from 1. Without a rate, ``times`` of
    them (1 unless told otherwise) are hit, from the one numbered ``at`` on; with ``seed`` and ``rate`` that
    share of them is hit, at most ``times``, and the same seed always chooses the same numbers.
    """

    kind: str
    at: Annotated[int, Field(ge=1)] | None = None
    path: Annotated[str, Field(max_length=1000)] | None = None  # a pattern found in the path
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    caller: str | None = None  # the client's name
    when: When | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    rate: Annotated[float, Field(gt=0, le=1)] | None = None
    seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] | None = None

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind!r}: choose {', '.join(KINDS)}")
        return kind

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str | None) -> str | None:
        if path is not None:
            compiled(path)
        return path

    @model_validator(mode="after")
    def _agrees(self) -> "Rule":
        kind = KINDS[self.kind]
        if self.when is not None and self.when not in kind.when:
            raise ValueError(f"when: {self.kind} strikes only {kind.when[0]} the request is carried out")
        if self.seconds is not None and kind.seconds is None:
            raise ValueError(f"seconds: {self.kind} takes none")
        if (self.seed is None) != (self.rate is None):
            raise ValueError("seed and rate go together: give both or none")
        if self.rate is not None and self.at is not None:
            raise ValueError("at and rate contradict each other: choose by number or by chance")
        return self

    def matches(self, asked: Asked) -> bool:
        """Say whether a request is one of those that are numbered."""
        return (
            self.method in (None, asked.method)
            and self.caller in (None, asked.caller)
            and (self.path is None or is_in(self.path, asked.path))
        )

    def chooses(self, number: int) -> bool:
        """Say whether the request of this number may be hit."""
        if self.rate is None:
            return number >= (self.at or 1)
        return drawn(self.seed or 0, number) < self.rate


def drawn(seed: int, number: int) -> float:
    """Return what chance gives the request of this number: evenly spread over 0 up to 1."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest()[:6]) / 2**48


@dataclass
class Armed:
    """A rule at work: how many requests it has numbered, and how many it has hit."""

    rule: Rule
    seen: int = 0
    hits: int = 0

    @property
    def kind(self) -> Kind:
        """What happens."""
        return KINDS[self.rule.kind]

    @property
    def when(self) -> When:
        """Where it strikes."""
        return self.rule.when or self.kind.when[0]

    @property
    def seconds(self) -> float:
        """How long it takes; 0 where that is not asked."""
        return self.rule.seconds if self.rule.seconds is not None else self.kind.seconds or 0

    @property
    def times(self) -> int | None:
        """How often it strikes at most; None: as often as chance has it."""
        return self.rule.times or (1 if self.rule.rate is None else None)

    @property
    def is_spent(self) -> bool:
        """Whether it has struck as often as it may."""
        return self.times is not None and self.hits >= self.times

    def wants(self, asked: Asked) -> bool:
        """Number a request; say whether it is to be hit."""
        if not self.rule.matches(asked):
            return False
        self.seen += 1
        return not self.is_spent and self.rule.chooses(self.seen) and self.kind.fits(asked)

    def as_item(self) -> dict[str, Any]:
        """Return the rule as it works, with its counts."""
        item = self.rule.model_dump(exclude_none=True) | {"when": self.when, "times": self.times}
        if self.kind.seconds is not None:
            item["seconds"] = self.seconds
        return item | {"seen": self.seen, "hits": self.hits}


@dataclass
class Faults:
    """The rules that are set, in their order."""

    armed: list[Armed] = field(default_factory=list)

    def set(self, rules: Iterable[Rule]) -> None:
        """Put these in the place of those that were set; the numbering begins anew."""
        self.armed = [Armed(rule) for rule in rules]

    @property
    def read_bodies(self) -> bool:
        """Whether it takes the body of a request to know if it is hit."""
        return any(each.kind.reads_body and not each.is_spent for each in self.armed)

    def choose(self, asked: Asked) -> Armed | None:
        """Number a request under every rule; return the first that hits it."""
        wanting = [each for each in self.armed if each.wants(asked)]
        if not wanting:
            return None
        wanting[0].hits += 1
        return wanting[0]
