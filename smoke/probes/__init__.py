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

FUNCTION = "it takes a deployed function, and a deployment takes minutes"

# The readings that one caller cannot settle in a minute and without harm, and why.
NOT_SETTLED: dict[str, str] = {
    "out-of-scope": "it takes a second caller, who may see less",
    "views-over-containers": "it takes a second caller, who may see less",
    "function-deployment": "a deployment takes minutes: cdf deploy makes one, and Fusion shows its states",
    "function-log": f"{FUNCTION}: call one that writes to both streams, look at its log",
    "bad-nonce": f"{FUNCTION}: call it with a nonce made up",
    "chained-session": f"{FUNCTION}: have it make a session of its session's session",
}
