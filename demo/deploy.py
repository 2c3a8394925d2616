"""What `cdf deploy` would put into the project for the short demo: schema, data set, pipeline and config."""

from pathlib import Path
from typing import Any

import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetWrite,
    ExtractionPipelineConfigWrite,
    ExtractionPipelineWrite,
)

PIPELINE = "ep_image360"
STATE_SPACE = "sp_image360_state"
MODELS = Path(__file__).parent.parent / "modules" / "image360" / "data_modeling"


def deploy(client: CogniteClient, config: dict[str, Any]) -> None:
    """Create the state's schema from the toolkit module, and the extraction pipeline with its config.

    The state space is the module's, whatever the config says of it otherwise.
    """
    config = {**config, "state": {"space": STATE_SPACE}}
    # Posted as the YAML has them, as the toolkit does: the SDK's own classes want defaults spelled out.
    for kind, path in (("Space", "spaces"), ("Container", "containers"), ("View", "views")):
        url = f"/api/v1/projects/{client.config.project}/models/{path}"
        client.post(url, json={"items": resources(kind)})
    data_set = client.data_sets.create(DataSetWrite(external_id="ds_image360", name="image360"))
    client.extraction_pipelines.create(
        ExtractionPipelineWrite(external_id=PIPELINE, name="image360", data_set_id=data_set.id)
    )
    client.extraction_pipelines.config.create(
        ExtractionPipelineConfigWrite(external_id=PIPELINE, config=yaml.safe_dump(config, sort_keys=False))
    )


def resources(kind: str) -> list[dict[str, Any]]:
    """Read the module's resources of one kind, with the toolkit's variables filled in."""
    found: list[dict[str, Any]] = []
    for path in sorted(MODELS.glob(f"*.{kind}.yaml")):
        content = yaml.safe_load(path.read_text("utf-8").replace("{{ stateSpace }}", STATE_SPACE))
        found += content if isinstance(content, list) else [content]
    return found
