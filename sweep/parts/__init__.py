"""The parts of the sweep: what goes wrong in each, and which cases there are."""

from sweep.parts import deadline, faults, kills, plan_mode, together
from sweep.parts.part import Part

__all__ = ["PARTS", "Part"]

PARTS = {
    part.name: part for part in (faults.PART, kills.PART, *together.PARTS, plan_mode.PART, deadline.PART)
}
