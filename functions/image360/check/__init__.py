"""Use case: find what is missing before the first run. It reads only, and goes on where it is refused."""

from collections.abc import Mapping

from cognite.client import CogniteClient

from image360.call import FunctionCall
from image360.check.chains import check_chains
from image360.check.engine import check_engine
from image360.check.findings import Findings
from image360.check.images import check_assets, check_images
from image360.check.project import (
    capabilities_of,
    check_rights,
    check_spaces,
    check_status,
    check_views,
    configured,
    has_sessions,
)


def check(client: CogniteClient, call: FunctionCall, secrets: Mapping[str, str] | None) -> Findings:
    """Return a line for each thing that is missing or odd, with its fix.

    `secrets` are those of the function; None where nobody can see them.
    """
    findings = Findings()
    config = configured(client, call.extraction_pipeline, findings)
    capabilities = capabilities_of(client, findings)
    check_chains(client, (call.detect_function, call.match_function), findings)
    if config is None:
        return findings
    sessions = None
    if capabilities is not None:
        check_rights(client, config, call.extraction_pipeline, capabilities, findings)
        sessions = has_sessions(client, capabilities)
    check_status(client, config, findings)
    check_spaces(client, config, findings)
    check_views(client, config, findings)
    check_images(client, config, findings)
    check_assets(client, config, findings)
    check_engine(client, config, sessions, secrets, findings)
    return findings
