"""The five figures of a case: what its store holds against what it holds where nothing went wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

from sweep.content import Content


@dataclass(frozen=True)
class Figures:
    """How often something happened that must not."""

    duplicates: int = 0
    lost: int = 0
    overwritten_decisions: int = 0
    writes_outside_plan: int = 0
    diverged: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __add__(self, other: Self) -> "Figures":
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in FIGURES})


FIGURES = tuple(each.name for each in fields(Figures))


@dataclass(frozen=True)
class Verdict:
    """The figures of a case, and what they count, each with a few words."""

    figures: Figures
    said: Sequence[str]

    @classmethod
    def of(cls, findings: Iterable[tuple[str, str]]) -> Self:
        """Count findings: the figure that each belongs to, and what it is."""
        found = list(findings)
        return cls(
            Figures(**Counter(figure for figure, _ in found)), [f"{figure}: {said}" for figure, said in found]
        )

    def __add__(self, other: Self) -> "Verdict":
        return Verdict(self.figures + other.figures, [*self.said, *other.said])


GOOD = Verdict(Figures(), ())


def compared(found: Content, wanted: Content, theirs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a store; `theirs` is what others have said and linked, as it was before."""
    yield from _links(found, wanted)
    yield from _states("work item", found.items, wanted.items)
    yield from _states("proposal", found.proposals, wanted.proposals)
    for name in sorted((found.holds - wanted.holds) + (wanted.holds - found.holds)):
        yield "diverged", f"hold {name}"
    for name, was in theirs.items():
        if found.others.get(name) != was:
            yield "overwritten_decisions", f"{name}: {was} is {found.others.get(name)}"
    for pair in sorted(found.rejected & (found.linked | found.proposed)):
        yield "overwritten_decisions", f"rejected, and linked or proposed: {pair}"
    for pair in sorted(found.linked - found.audited):
        yield "lost", f"no audit row tells of the link {pair}"


def _links(found: Content, wanted: Content) -> Iterator[tuple[str, str]]:
    for (place, said), times in sorted((found.links - wanted.links).items()):
        yield from [("diverged", f"more than wanted: link {place} {said}")] * times
    for (place, said), times in sorted((wanted.links - found.links).items()):
        yield from [("diverged", f"lacks link {place} {said}")] * times
    there, right = (Counter(place for place, _ in each.links.elements()) for each in (found, wanted))
    for place in sorted({*there, *right}):
        yield from [("duplicates", f"link {place}")] * (there[place] - max(1, right[place]))
        yield from [("lost", f"link {place}")] * (right[place] - there[place])


def _states(
    what: str, found: Mapping[str, Sequence[str]], wanted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    for name in sorted({*found, *wanted}):
        there, right = found.get(name, ()), wanted.get(name, ())
        for _ in range(len(there) - max(1, len(right))):
            yield "duplicates", f"{what} {name}"
        if len(there) < len(right):
            yield "lost", f"{what} {name}"
        if there != right:
            yield "diverged", f"{what} {name}: {there}, not {right}"
