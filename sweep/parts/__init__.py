"""The parts of the sweep: what goes wrong in each, and which cases there are."""

from sweep.parts import faults, kills, together
from sweep.parts.part import Part

__all__ = ["PARTS", "Part"]

PARTS = {part.name: part for part in (faults.PART, kills.PART, *together.PARTS)}
