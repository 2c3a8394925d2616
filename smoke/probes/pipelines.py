"""The data set and the extraction pipeline."""

from cognite.client.data_classes import (
    DataSetUpdate,
    DataSetWrite,
    ExtractionPipelineConfigWrite,
    ExtractionPipelineRunWrite,
    ExtractionPipelineUpdate,
    ExtractionPipelineWrite,
)

from smoke.probes.probe import Probe, Settled
from smoke.scratch import DATA_SET, Scratch


def data_set(scratch: Scratch) -> Settled:
    """The data set of these runs is there; CDF has no way to delete one, so there is one for all runs."""
    data_sets = scratch.client.data_sets
    found = data_sets.retrieve(external_id=DATA_SET)
    if found is None:
        found = data_sets.create(DataSetWrite(DATA_SET, name=DATA_SET, description="Made by make smoke"))
    scratch.data_set = found.id
    data_sets.update(DataSetUpdate(id=found.id).description.set("Used by make smoke"))
    data_sets.list(metadata={"made-by": scratch.name}, limit=5)
    taken = scratch.refusal("/datasets", {"items": [{"externalId": DATA_SET}]})
    assert taken is not None, f"a second data set {DATA_SET} was made: archive it by hand"
    unknown = scratch.refusal("/datasets/byids", {"items": [{"externalId": scratch.name}]})
    return {"taken-external-id": str(taken), "unknown-ids": str(unknown)}


def pipeline(scratch: Scratch) -> Settled:
    """A pipeline is made, found, changed and reported to."""
    pipelines = scratch.client.extraction_pipelines
    scratch.later_remove(
        f"extraction pipeline {scratch.name}", lambda: pipelines.delete(external_id=scratch.name)
    )
    pipelines.create(ExtractionPipelineWrite(scratch.name, scratch.name, scratch.data_set))
    pipelines.update(ExtractionPipelineUpdate(external_id=scratch.name).description.set("d"))
    assert pipelines.retrieve(external_id=scratch.name)
    pipelines.list(limit=5)
    for status in ("success", "failure", "seen"):
        pipelines.runs.create(ExtractionPipelineRunWrite(scratch.name, status, "made by make smoke"))
    scratch.seconds_until(lambda: len(pipelines.runs.list(scratch.name)) == 3)
    page = scratch.post("/extpipes/runs/list", {"filter": {"externalId": scratch.name}, "limit": 3})
    return {"full-page-cursor": "given" if page.get("nextCursor") else "none"}


def pipeline_config(scratch: Scratch) -> Settled:
    """A config has revisions."""
    configs = scratch.client.extraction_pipelines.config
    for text in ("a: 1", "a: 2"):
        configs.create(ExtractionPipelineConfigWrite(scratch.name, text))
    assert configs.retrieve(scratch.name).config == "a: 2"
    revisions = [each.revision for each in configs.list(scratch.name)]
    return {"revision-order": "newest-first" if revisions[0] > revisions[-1] else "oldest-first"}


def unknown_data_set(scratch: Scratch) -> Settled:
    """Whether a data set is looked up."""
    name = f"{scratch.name}_lost"
    item = {"externalId": name, "name": name, "dataSetId": 1}
    pipelines = scratch.client.extraction_pipelines
    scratch.later_remove(f"extraction pipeline {name}", lambda: pipelines.delete(external_id=name))
    refused = scratch.refusal("/extpipes", {"items": [item]})
    return {"data-set-looked-up": "no" if refused is None else "yes"}


PROBES = [
    Probe(
        "data set",
        ("POST /datasets", "POST /datasets/byids", "POST /datasets/list", "POST /datasets/update"),
        data_set,
    ),
    Probe(
        "extraction pipeline",
        (
            "POST /extpipes",
            "POST /extpipes/byids",
            "GET /extpipes",
            "POST /extpipes/update",
            "POST /extpipes/runs",
            "POST /extpipes/runs/list",
            "POST /extpipes/delete",
        ),
        pipeline,
    ),
    Probe(
        "pipeline config",
        ("POST /extpipes/config", "GET /extpipes/config", "GET /extpipes/config/revisions"),
        pipeline_config,
    ),
    Probe("unknown data set", ("POST /extpipes",), unknown_data_set),
]
