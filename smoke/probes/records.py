"""The data set and the extraction pipelines, and the manners that all lists of records share."""

import secrets

from cognite.client.data_classes import ExtractionPipelineConfigWrite, ExtractionPipelineRunWrite
from cognite.client.exceptions import CogniteNotFoundError

from smoke.probe import Probe, Told, expect, probe
from smoke.scratch import DATA_SET, Answer, Scratch


def unknown(answer: Answer) -> Told:
    """Judge the answer to identifiers that nothing has."""
    expect(bool(answer.body.get("error", {}).get("missing")), f"{answer.status} without missing")
    return Told(f"{answer}", {"unknown-ids": str(answer.status)})


def some_id() -> int:
    """Return an internal id that nothing has, as good as certainly."""
    return secrets.randbelow(2**52) + 1


@probe("POST /datasets", "POST /datasets/byids", settles=("taken-external-id",))
def data_set_again(scratch: Scratch) -> Told:
    """Create the data set that is there."""
    expect(scratch.data_set > 0, "a data set without an id")
    answer = scratch.ask("/datasets", {"items": [{"externalId": DATA_SET, "name": DATA_SET}]})
    expect(answer.status != 200, "a second data set with the same external id")
    return Told(f"{answer}", {"taken-external-id": str(answer.status)})


@probe("POST /datasets/list")
def data_set_in_list(scratch: Scratch) -> Told:
    """Find the data set in the list."""
    number, filter_ = scratch.data_set, {"externalIdPrefix": DATA_SET}

    def listed() -> bool:
        items = scratch.get("/datasets/list", {"filter": filter_, "limit": 1000})["items"]
        return any(each["id"] == number for each in items)

    return Told(f"there after {scratch.until(listed, 'the data set in the list'):.1f} s")


@probe("POST /datasets/update")
def data_set_update(scratch: Scratch) -> Told:
    """Write the data set's own name to it."""
    change = {"id": scratch.data_set, "update": {"name": {"set": DATA_SET}}}
    (changed,) = scratch.get("/datasets/update", {"items": [change]})["items"]
    expect(changed["name"] == DATA_SET, f"it is now called {changed['name']}")
    return Told("changed")


@probe("POST /datasets/byids", settles=("unknown-ids",))
def unknown_data_set(scratch: Scratch) -> Told:
    """Ask for a data set that does not exist."""
    return unknown(scratch.ask("/datasets/byids", {"items": [{"externalId": scratch.external_id()}]}))


@probe("POST /extpipes", "POST /extpipes/byids")
def pipeline(scratch: Scratch) -> Told:
    """Create an extraction pipeline and read it, as image360 does before each step."""
    external_id = scratch.pipeline()
    found = scratch.client.extraction_pipelines.retrieve(external_id=external_id)
    expect(found is not None, "it is not there when it is asked for")
    none = scratch.client.extraction_pipelines.retrieve(external_id=scratch.external_id())
    expect(none is None, "one that was never made is there")
    return Told("created and read")


@probe("POST /extpipes", "POST /extpipes/byids", settles=("create-atomic", "taken-external-id"))
def pipelines_of_which_one_is_there(scratch: Scratch) -> Told:
    """Create a pipeline that is there, together with one that is not."""
    taken, new = scratch.pipeline(), scratch.pipeline_id()
    items = [{"externalId": each, "name": each, "dataSetId": scratch.data_set} for each in (taken, new)]
    answer = scratch.ask("/extpipes", {"items": items})
    expect(answer.status != 200, "a second pipeline with the same external id")
    found = scratch.client.extraction_pipelines.retrieve(external_id=new)
    option = "all-or-none" if found is None else "valid-ones"
    told = f"{answer.status}, the other one was {'not ' if found is None else ''}created"
    return Told(told, {"create-atomic": option, "taken-external-id": str(answer.status)})


@probe("POST /extpipes", settles=("data-set-looked-up",))
def pipeline_in_an_unknown_data_set(scratch: Scratch) -> Told:
    """Create a pipeline in a data set that does not exist."""
    name = scratch.pipeline_id()
    answer = scratch.ask("/extpipes", {"items": [{"externalId": name, "name": name, "dataSetId": some_id()}]})
    option = {400: "yes", 200: "no", 201: "no"}.get(answer.status, str(answer.status))
    return Told(f"{answer}", {"data-set-looked-up": option})


@probe("POST /extpipes/update")
def pipeline_update(scratch: Scratch) -> Told:
    """Describe a pipeline anew, as the toolkit does."""
    change = {"externalId": scratch.pipeline(), "update": {"description": {"set": "anew"}}}
    (changed,) = scratch.get("/extpipes/update", {"items": [change]})["items"]
    expect(changed["description"] == "anew", f"its description is {changed['description']!r}")
    return Told("changed")


@probe("POST /extpipes/list")
def pipeline_in_list(scratch: Scratch) -> Told:
    """Find a new pipeline in the list."""
    name = scratch.pipeline()

    def listed() -> bool:
        items = scratch.get("/extpipes/list", {"filter": {}, "limit": 1000})
        return any(each["externalId"] == name for each in items["items"]) or "nextCursor" in items

    return Told(f"there after {scratch.until(listed, 'a new pipeline in the list'):.1f} s")


@probe("GET /extpipes/config", "POST /extpipes/config")
def pipeline_config(scratch: Scratch) -> Told:
    """Read the config of a pipeline before and after there is one."""
    name, configs = scratch.pipeline(), scratch.client.extraction_pipelines.config
    try:
        configs.retrieve(name)
    except CogniteNotFoundError:
        pass  # as image360 takes it
    else:
        expect(False, "a pipeline that has no config is answered with one")
    configs.create(ExtractionPipelineConfigWrite(external_id=name, config="paused: true\n"))
    kept = configs.retrieve(name).config
    expect(kept == "paused: true\n", f"what was stored comes back as {kept!r}")
    return Told("404 before, the text as it was after")


@probe("GET /extpipes/config/revisions", "POST /extpipes/config", settles=("revision-order",))
def config_revisions(scratch: Scratch) -> Told:
    """List three revisions of a config."""
    name = scratch.pipeline()
    for number in range(3):
        scratch.get("/extpipes/config", {"externalId": name, "config": f"{number}"})
    listed = scratch.get("/extpipes/config/revisions", params={"externalId": name})["items"]
    numbers = [each["revision"] for each in listed]
    orders = {"newest-first": sorted(numbers, reverse=True), "oldest-first": sorted(numbers)}
    option = next((order for order, wanted in orders.items() if wanted == numbers), "another order")
    return Told(f"{numbers}", {"revision-order": option})


@probe("POST /extpipes/runs", "POST /extpipes/runs/list")
def pipeline_runs(scratch: Scratch) -> Told:
    """Report a run of a pipeline with the longest message, and find it."""
    name, runs = scratch.pipeline(), scratch.client.extraction_pipelines.runs
    runs.create(ExtractionPipelineRunWrite(name, "success", "x" * 1000))

    def listed() -> bool:  # until it is, the pipeline may be unknown to the list as well
        answer = scratch.ask("/extpipes/runs/list", {"filter": {"externalId": name}})
        return bool(answer.body.get("items"))

    return Told(f"there after {scratch.until(listed, 'a new run in the list'):.1f} s")


@probe("POST /extpipes/delete", settles=("unknown-ids",))
def delete_an_unknown_pipeline(scratch: Scratch) -> Told:
    """Delete a pipeline that does not exist."""
    return unknown(scratch.ask("/extpipes/delete", {"items": [{"externalId": scratch.external_id()}]}))


PROBES: tuple[Probe, ...] = (
    data_set_again,
    data_set_in_list,
    data_set_update,
    unknown_data_set,
    pipeline,
    pipelines_of_which_one_is_there,
    pipeline_in_an_unknown_data_set,
    pipeline_update,
    pipeline_in_list,
    pipeline_config,
    config_revisions,
    pipeline_runs,
    delete_an_unknown_pipeline,
)
