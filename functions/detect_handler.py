"""CDF Function: trigger text detection on the 360° images that are due."""

from typing import Any

from cognite.client import CogniteClient

from image360.call import Summary, run_step

STEPS = {
    "detect": "image360.detect:detect",
    "shard": "image360.shard:shard",
    "check": "image360.check:check",
}


def handle(
    client: CogniteClient, data: dict[str, Any] | None = None, secrets: dict[str, str] | None = None
) -> Summary:
    """Run a step of text detection: `detect` (default), `shard` or `check`.

    Args:
        client: The pre-authenticated client that CDF hands over.
        data: What `image360.call.FunctionCall` describes; `extraction_pipeline` is enough.
        secrets: The secrets of the function, see docs/operations.md.

    Returns:
        Counts of the run, JSON under 36 kB; with the tasks of `shard` under 100 kB. A failure raises.
    """
    return run_step(client, data, secrets, STEPS)
