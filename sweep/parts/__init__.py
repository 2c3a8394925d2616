"""The parts of the sweep: what goes wrong in each, and which cases there are."""

from sweep.parts import deadline, faults, garbage, kills, plan_mode, rejections, together, undo
from sweep.parts.part import Part

__all__ = ["PARTS", "Part"]

_ALL = (
    faults.PART,
    kills.PART,
    *together.PARTS,
    rejections.PART,
    plan_mode.PART,
    undo.PART,
    deadline.PART,
    *garbage.PARTS,
)
PARTS = {part.name: part for part in _ALL}
