"""CDF Function: match the detected texts to assets and approve the safe ones."""

from typing import Any

from cognite.client import CogniteClient

from image360.call import Summary, run_step

STEPS = {
    "match": "image360.match:match",
    "report": "image360.report:report",
    "undo": "image360.undo:undo",
    "release": "image360.release:release",
}


def handle(
    client: CogniteClient, data: dict[str, Any] | None = None, secrets: dict[str, str] | None = None
) -> Summary:
    """Run a step of matching: `match` (default), `report`, `undo` or `release`.

    Args:
        client: The pre-authenticated client that CDF hands over.
        data: What `image360.call.FunctionCall` describes; `extraction_pipeline` is enough.
        secrets: The secrets of the function, see docs/operations.md.

    Returns:
        Counts of the run, JSON under 36 kB. A failure raises.
    """
    return run_step(client, data, secrets, STEPS)
