"""The probes, in the order in which they are run: later ones use what earlier ones have made."""

from smoke.probes import annotations, files, identity, instances, pipelines
from smoke.probes.probe import Probe

PROBES: list[Probe] = [
    *identity.PROBES,
    *pipelines.PROBES,
    *instances.PROBES,
    *files.PROBES,
    *annotations.PROBES,
]
