"""What a part is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweep.figures import Verdict
from sweep.lab import Lab

Fields = Sequence[str]


@dataclass(frozen=True)
class Part:
    """A part of the sweep.

    Args:
        name: The first field of the id of each of its cases, `name/project type/kind/...`.
        cases: Returns the further fields of every case.
        run: Runs the case of these fields.
        references: What its cases are held against: project type, scene and mix of readings of each.
    """

    name: str
    cases: Callable[[Lab], Sequence[Fields]]
    run: Callable[[Lab, Fields], Verdict]
    references: Sequence[tuple[str, str, int]] = ()
