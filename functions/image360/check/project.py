"""The project as a whole: who acts, with which rights, its kind, and what `cdf deploy` puts into it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from cognite.client import CogniteClient
from cognite.client.data_classes import ExtractionPipeline
from cognite.client.data_classes.data_modeling import ViewId

from image360.catalog.hybrid import IMAGE_VIEW as HYBRID_IMAGE
from image360.check.findings import Findings
from image360.check.rights import Right, held_of, lacks, rights_for
from image360.config import AnyConfig, DataModelingConfig, HybridConfig, load_config, require_pipeline
from image360.state.ids import DECISIONS_SPACE, SCHEMA_SPACE, VIEWS

DATA_MODELING_ONLY = "DATA_MODELING_ONLY"
PIPELINE_ACLS = ("extractionPipelinesAcl", "extractionConfigsAcl", "extractionRunsAcl")
DEPLOY = "deploy the modules (cdf deploy)"

Capabilities = Sequence[Mapping[str, Any]]


def configured(client: CogniteClient, pipeline: str, findings: Findings) -> AnyConfig | None:
    """Return the config, if there is one that can be read."""
    there = findings.look(
        f"extraction pipeline '{pipeline}'",
        "extractionPipelinesAcl:READ",
        lambda: require_pipeline(client, pipeline) or True,
    )
    if not there:
        return None
    what = f"config of extraction pipeline '{pipeline}'"
    config = findings.look(what, "extractionConfigsAcl:READ", lambda: load_config(client, pipeline))
    if config is not None and config.paused:
        findings.warnings.append(f"{what}: paused: true: every call ends at once; set it to false to go on")
    return config


def capabilities_of(client: CogniteClient, findings: Findings) -> Capabilities | None:
    """Return what the token may do, if CDF lets it see that."""
    answer = findings.look(
        "the rights of the token",
        "projectsAcl:LIST and groupsAcl:LIST, or trust that the rights are there: they are not checked",
        lambda: client.get("/api/v1/token/inspect").json(),
        needed=False,
    )
    return cast("Capabilities", answer["capabilities"]) if answer else None


def check_rights(
    client: CogniteClient, config: AnyConfig, pipeline: str, capabilities: Capabilities, findings: Findings
) -> None:
    """Name each right that a run needs and the token lacks."""
    project = client.config.project
    ours = client.extraction_pipelines.retrieve(external_id=pipeline)
    for right in rights_for(config):
        held = held_of(capabilities, project, right)
        where = lacks(right, held)
        if where is None and right.acl in PIPELINE_ACLS and not held.everywhere:
            where = _lacks_pipeline(held.ids, ours)
        if where is not None:
            findings.missing.append(_lacking(right, where))


def has_sessions(client: CogniteClient, capabilities: Capabilities) -> bool:
    """Whether the token may make sessions, as 3D jobs without secrets of their own need."""
    right = Right("sessionsAcl", "CREATE")
    return lacks(right, held_of(capabilities, client.config.project, right)) is None


def check_status(client: CogniteClient, config: AnyConfig, findings: Findings) -> None:
    """Compare the kind of the project with the one that the config names."""
    answer: dict[str, Any] | None = findings.look(
        "the data modeling status of the project",
        "projectsAcl:LIST, or compare project_type with the project yourself",
        lambda: client.get("/api/v1/projects", params={"withDataModelingStatus": "true"}).json(),
        needed=False,
    )
    project = client.config.project
    listed: Sequence[Mapping[str, Any]] = answer["items"] if answer else ()
    status = next((each.get("dataModelingStatus") for each in listed if each["urlName"] == project), None)
    if status is None:
        return
    if isinstance(config, DataModelingConfig) and status != DATA_MODELING_ONLY:
        findings.missing.append(
            f"project '{project}' has status {status}, but 3D jobs and contextualization of 360° images are "
            f"for {DATA_MODELING_ONLY}: set project_type: hybrid or asset_centric in the config"
        )
    if not isinstance(config, DataModelingConfig) and status == DATA_MODELING_ONLY:
        findings.missing.append(
            f"project '{project}' has status {status}, which has no annotations on classic files: set "
            "project_type: data_modeling in the config"
        )


def check_spaces(client: CogniteClient, config: AnyConfig, findings: Findings) -> None:
    """Name the spaces that the functions write to and that are not there."""
    fixes = {
        SCHEMA_SPACE: DEPLOY,
        DECISIONS_SPACE: DEPLOY,
        config.state.space: f"{DEPLOY}, or correct state.space in the config",
    }
    if isinstance(config, DataModelingConfig):
        made = config.contextualization
        for key, space in (("object3d_space", made.object3d_space), ("space", made.space)):
            fixes[space] = f"create it, or correct contextualization.{key} in the config"
    found = findings.look(
        f"spaces {', '.join(fixes)}",
        "dataModelsAcl:READ on them",
        lambda: client.data_modeling.spaces.retrieve(list(fixes)),
    )
    if found is not None:
        there = {each.space for each in found}
        findings.missing += [
            f"space '{space}' is not there: {fix}" for space, fix in fixes.items() if space not in there
        ]


def check_views(client: CogniteClient, config: AnyConfig, findings: Findings) -> None:
    """Name the views of the state, and of images, that are not there."""
    fixes = dict.fromkeys(VIEWS, DEPLOY)
    if isinstance(config, HybridConfig):
        fixes[HYBRID_IMAGE] = (
            "upload the images with Cognite's extractor, or correct project_type in the config"
        )
    found = findings.look(
        f"views {', '.join(map(_named, fixes))}",
        "dataModelsAcl:READ on their spaces",
        lambda: client.data_modeling.views.retrieve(list(fixes), all_versions=True),
    )
    if found is not None:
        there = {each.as_id() for each in found}
        findings.missing += [
            f"view {_named(view)} is not there: {fix}" for view, fix in fixes.items() if view not in there
        ]


def _lacks_pipeline(ids: frozenset[int], pipeline: ExtractionPipeline | None) -> str | None:
    if pipeline is None or ids & {pipeline.id, pipeline.data_set_id}:
        return None
    return f"for extraction pipeline '{pipeline.external_id}' or its data set"


def _lacking(right: Right, where: str) -> str:
    return f"right {right.acl}:{right.action} is missing {where}: add it to the group of the functions"


def _named(view: ViewId) -> str:
    return f"{view.space}/{view.external_id}/{view.version}"
