"""Names of the state in CDF: spaces, views, and external ids derived from what they stand for."""

import hashlib

from cognite.client.data_classes.data_modeling import ViewId

# Deployed by modules/image360/data_modeling; the instances live in the space that the config names.
SCHEMA_SPACE = "sp_image360"
# What people decide is in a space of its own: the functions may only read it (docs/decisions/0013).
DECISIONS_SPACE = "sp_image360_decisions"
# A view that has been deployed is not changed: what comes to be known gets a new version, and its container
# further properties without a value for what is there already. docs/operations.md, "Upgrading the state".
WORK_ITEM_VIEW = ViewId(SCHEMA_SPACE, "WorkItem", "v2")
PROPOSAL_VIEW = ViewId(SCHEMA_SPACE, "Proposal", "v1")
DECISION_VIEW = ViewId(SCHEMA_SPACE, "Decision", "v2")
HOLD_VIEW = ViewId(SCHEMA_SPACE, "Hold", "v1")
RUN_VIEW = ViewId(SCHEMA_SPACE, "Run", "v1")
AUDIT_VIEW = ViewId(SCHEMA_SPACE, "AuditRow", "v1")
VIEWS = (WORK_ITEM_VIEW, PROPOSAL_VIEW, DECISION_VIEW, HOLD_VIEW, RUN_VIEW, AUDIT_VIEW)


def derived_id(prefix: str, *parts: object) -> str:
    """Return an external id that is the same whenever the parts are."""
    text = "\x1f".join(str(part) for part in parts)
    return f"{prefix}_{hashlib.sha256(text.encode()).hexdigest()[:32]}"
