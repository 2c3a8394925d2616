"""What reads the text: whether it is there, and may be used."""

from collections.abc import Mapping

from cognite.client import CogniteClient

from image360.check.findings import Findings
from image360.config import AnyConfig, DataModelingConfig
from image360.detection.jobs_3d import CLIENT_ID, CLIENT_SECRET
from image360.errors import Image360Error


def check_engine(
    client: CogniteClient,
    config: AnyConfig,
    sessions: bool | None,
    secrets: Mapping[str, str] | None,
    findings: Findings,
) -> None:
    """Look whether the engine of the config can be used; `sessions`: whether the token may make some."""
    by_jobs = isinstance(config, DataModelingConfig) and config.engine != "ocr"
    if by_jobs:
        _check_jobs(client, config, sessions, secrets, findings)
    if config.engine in ("auto", "ocr") and (reason := _own_ocr_lacks()):
        fix = "deploy the variant of the functions that has it, or choose another engine in the config"
        lines = findings.warnings if by_jobs else findings.missing
        beside = "; 3D jobs have nothing beside them then" if by_jobs else ""
        lines.append(f"own OCR cannot be loaded here: {reason}{beside}: {fix}")


def _check_jobs(
    client: CogniteClient,
    config: AnyConfig,
    sessions: bool | None,
    secrets: Mapping[str, str] | None,
    findings: Findings,
) -> None:
    needed = config.engine == "jobs_3d"
    lines = findings.missing if needed else findings.warnings
    given = [name for name in (CLIENT_ID, CLIENT_SECRET) if (secrets or {}).get(name)]
    if len(given) == 1:
        findings.missing.append(
            f"of the function's secrets '{CLIENT_ID}' and '{CLIENT_SECRET}' only '{given[0]}' is given: give "
            "both, or none"
        )
    elif not given and sessions is False:
        lines.append(
            "right sessionsAcl:CREATE is missing altogether, so no 3D job can be started: add it to the "
            f"group of the functions, or give the detect function the secrets '{CLIENT_ID}' and "
            f"'{CLIENT_SECRET}'"
        )
    url = f"/api/v1/projects/{client.config.project}/3d/jobs/list"
    findings.look(
        "3D jobs",
        "dataModelsAcl:READ and dataModelInstancesAcl:READ on the state space, or set engine: ocr",
        lambda: client.post(url, json={}),
        needed=needed,
    )


def _own_ocr_lacks() -> str | None:
    """Load own OCR, as a run would; return what keeps it from working."""
    try:
        from image360.detection.ocr import engine_named

        engine_named("ocr")
    except (ImportError, Image360Error, OSError) as error:
        return str(error)
    return None
