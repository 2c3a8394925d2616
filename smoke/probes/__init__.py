"""All probes, in the order in which they are tried; and the readings that none of them settles."""

from smoke.probe import Probe
from smoke.probes import access, annotations, files, instances, queries, records, schema

PROBES: tuple[Probe, ...] = (
    *access.PROBES,
    *schema.PROBES,
    *records.PROBES,
    *files.PROBES,
    *annotations.PROBES,
    *instances.PROBES,
    *queries.PROBES,
)

# The readings that one caller cannot settle in a minute and without harm, and why.
NOT_SETTLED: dict[str, str] = {
    "out-of-scope": "it takes a second caller, who may see less",
    "views-over-containers": "it takes a second caller, who may see less",
    "function-deployment": "a deployment takes minutes: cdf deploy makes one, and Fusion shows its states",
    "function-log": "it takes a deployed function: call one that writes to both streams, look at its log",
}
