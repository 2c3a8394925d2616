"""Extraction pipelines with their runs and config, through the real SDK."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetWrite,
    ExtractionPipeline,
    ExtractionPipelineConfigWrite,
    ExtractionPipelineContact,
    ExtractionPipelineRunWrite,
    ExtractionPipelineUpdate,
    ExtractionPipelineWrite,
)
from cognite.client.data_classes.extractionpipelines import ExtractionPipelineNotificationConfiguration
from cognite.client.exceptions import CogniteDuplicatedError, CogniteNotFoundError

Refused = Callable[..., Any]


def unique() -> str:
    """An external id that no other test has."""
    return f"ep-{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def data_set(client: CogniteClient) -> int:
    """A data set for the pipelines."""
    return client.data_sets.create(DataSetWrite(unique())).id


@pytest.fixture
def pipeline(client: CogniteClient, data_set: int) -> ExtractionPipeline:
    """A pipeline that has said nothing yet."""
    return client.extraction_pipelines.create(ExtractionPipelineWrite(unique(), "A pipeline", data_set))


def test_a_pipeline_is_read_back_as_it_was_created(client: CogniteClient, data_set: int) -> None:
    written = ExtractionPipelineWrite(
        unique(),
        "Tags on images",
        data_set,
        description="d",
        raw_tables=[{"dbName": "a", "tableName": "b"}],
        schedule="Continuous",
        contacts=[ExtractionPipelineContact("Kim", "kim@example.com", "owner", send_notification=True)],
        metadata={"a": "b"},
        source="images",
        documentation="# long",
        notification_config=ExtractionPipelineNotificationConfiguration(60),
        created_by="kim",
    )
    created = client.extraction_pipelines.create(written)
    assert created.as_write().dump() == written.dump()
    assert client.extraction_pipelines.retrieve(id=created.id).dump() == created.dump()
    assert client.extraction_pipelines.retrieve(external_id=written.external_id).dump() == created.dump()


def test_a_pipeline_needs_a_data_set_that_exists(client: CogniteClient, refused: Refused) -> None:
    with pytest.raises(CogniteNotFoundError, match="dataSetId 5"):
        client.extraction_pipelines.create(ExtractionPipelineWrite(unique(), "x", 5))
    refused("/extpipes", {"items": [{"externalId": unique(), "name": "x"}]}, "dataSetId: Field required")


def test_a_taken_external_id_is_a_409(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    with pytest.raises(CogniteDuplicatedError) as refusal:
        client.extraction_pipelines.create(pipeline.as_write())
    assert refusal.value.duplicated == [{"externalId": pipeline.external_id}]


def test_update_changes_what_it_names(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    update = ExtractionPipelineUpdate(id=pipeline.id)
    update.name.set("new").description.set("d").metadata.add({"a": "b"})
    update.raw_tables.add([{"dbName": "a", "tableName": "b"}])
    update.contacts.add([{"name": "Kim"}, {"name": "Lee"}])
    changed = client.extraction_pipelines.update(update)
    assert (changed.name, changed.description, changed.metadata) == ("new", "d", {"a": "b"})
    assert [contact.name for contact in changed.contacts] == ["Kim", "Lee"]
    less = client.extraction_pipelines.update(
        ExtractionPipelineUpdate(id=pipeline.id).contacts.remove([{"name": "Kim"}])
    )
    assert [contact.name for contact in less.contacts] == ["Lee"]
    assert less.data_set_id == pipeline.data_set_id


def test_an_update_to_null_takes_a_value_away(post: Any, pipeline: ExtractionPipeline) -> None:
    def update(**change: Any) -> dict[str, Any]:
        return post("/extpipes/update", {"items": [{"id": pipeline.id, "update": change}]})["items"][0]

    assert update(description={"set": "d"})["description"] == "d"
    assert "description" not in update(description={"set": None})


def test_a_list_goes_on_over_pages(client: CogniteClient, data_set: int) -> None:
    names = {unique() for _ in range(23)}
    client.extraction_pipelines.create([ExtractionPipelineWrite(name, "x", data_set) for name in names])
    params: dict[str, Any] = {"limit": 10}
    pages: list[list[str]] = []
    while True:
        page = client.get("/api/v1/projects/local/extpipes", params=params).json()
        pages.append([item["externalId"] for item in page["items"]])
        if "nextCursor" not in page:
            break
        params["cursor"] = page["nextCursor"]
    seen = [name for page in pages for name in page]
    assert len(pages) >= 3
    assert {len(page) for page in pages[:-1]} == {10}
    assert len(set(seen)) == len(seen)
    assert names <= set(seen)
    assert {each.external_id for each in client.extraction_pipelines.list(limit=None)} == set(seen)


def test_the_filter_of_a_list_by_post_is_obeyed(
    post: Any, refused: Refused, pipeline: ExtractionPipeline, data_set: int
) -> None:
    def found(**wanted: Any) -> bool:
        page = post("/extpipes/list", {"filter": wanted, "limit": 1000})
        return pipeline.id in [item["id"] for item in page["items"]]

    assert found(externalIdPrefix=pipeline.external_id)
    assert found(dataSetIds=[{"id": data_set}], name="A pipeline")
    assert found(createdTime={"min": pipeline.created_time, "max": pipeline.created_time})
    assert not found(name="a pipeline")
    assert not found(contacts=[{"name": "Kim"}])
    assert not found(metadata={"a": "b"})
    refused("/extpipes/list", {"filter": {"dataSetIds": [{"externalId": "no-such"}]}}, "not found")


def test_a_deleted_pipeline_is_gone_with_its_runs_and_config(
    client: CogniteClient, data_set: int, pipeline: ExtractionPipeline
) -> None:
    name = pipeline.external_id
    client.extraction_pipelines.runs.create(ExtractionPipelineRunWrite(name, "seen"))
    client.extraction_pipelines.config.create(ExtractionPipelineConfigWrite(name, "a: 1"))
    client.extraction_pipelines.delete(external_id=name)
    assert client.extraction_pipelines.retrieve(external_id=name) is None
    with pytest.raises(CogniteNotFoundError):
        client.extraction_pipelines.delete(external_id=name)
    client.extraction_pipelines.create(ExtractionPipelineWrite(name, "again", data_set))
    assert client.extraction_pipelines.runs.list(name) == []
    assert client.extraction_pipelines.config.list(name) == []


# --- runs --------------------------------------------------------------------------------------------------


def test_runs_come_newest_first_and_over_pages(
    client: CogniteClient, post: Any, pipeline: ExtractionPipeline
) -> None:
    name = pipeline.external_id
    for n in range(8):
        run = ExtractionPipelineRunWrite(name, "success", message=f"run {n}", created_time=1000 + n // 2)
        client.extraction_pipelines.runs.create(run)
    listed = client.extraction_pipelines.runs.list(name, limit=None)
    assert [run.created_time for run in listed] == [1003, 1003, 1002, 1002, 1001, 1001, 1000, 1000]
    query: dict[str, Any] = {"filter": {"externalId": name}, "limit": 3}
    pages = [post("/extpipes/runs/list", query)]
    while cursor := pages[-1].get("nextCursor"):
        pages.append(post("/extpipes/runs/list", {**query, "cursor": cursor}))
    assert [len(page["items"]) for page in pages] == [3, 3, 2]
    assert [item["id"] for page in pages for item in page["items"]] == [run.id for run in listed]


def test_runs_are_filtered_by_status_text_and_time(
    client: CogniteClient, pipeline: ExtractionPipeline
) -> None:
    name = pipeline.external_id
    for number, status in enumerate(["success", "failure", "seen", "failure"]):
        client.extraction_pipelines.runs.create(
            ExtractionPipelineRunWrite(name, status, message=f"Run {number}", created_time=number)
        )

    def messages(**wanted: Any) -> list[str]:
        return [run.message for run in client.extraction_pipelines.runs.list(name, limit=None, **wanted)]

    assert messages(statuses="failure") == ["Run 3", "Run 1"]
    assert messages(statuses=["seen", "success"]) == ["Run 2", "Run 0"]
    assert messages(message_substring="rUN 2") == ["Run 2"]
    assert messages(created_time={"min": 1, "max": 2}) == ["Run 2", "Run 1"]


def test_runs_show_on_their_pipeline(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    name = pipeline.external_id
    for status, time, message in [("success", 10, None), ("failure", 20, "broke"), ("seen", 30, "fine")]:
        client.extraction_pipelines.runs.create(
            ExtractionPipelineRunWrite(name, status, message=message, created_time=time)
        )
    shown = client.extraction_pipelines.retrieve(external_id=name)
    assert (shown.last_success, shown.last_failure, shown.last_seen) == (10, 20, 30)
    assert shown.last_message == "broke"
    assert shown.last_updated_time == pipeline.last_updated_time


def test_a_run_has_a_known_status_a_known_pipeline_and_at_most_a_thousand_characters(
    post: Any, refused: Refused, pipeline: ExtractionPipeline
) -> None:
    def run(**fields: Any) -> dict[str, Any]:
        return {"items": [{"externalId": pipeline.external_id, "status": "seen", **fields}]}

    assert post("/extpipes/runs", run(message="é" * 1000))["items"][0]["message"] == "é" * 1000
    refused("/extpipes/runs", run(message="é" * 1001), "at most 1000")
    refused("/extpipes/runs", run(status="done"), "status")
    refused("/extpipes/runs", run(externalId="no-such"), "no extraction pipeline")
    refused("/extpipes/runs", {"items": run()["items"] * 2}, "at most 1")
    refused("/extpipes/runs/list", {"filter": {"externalId": "no-such"}}, "no extraction pipeline")


# --- config ------------------------------------------------------------------------------------------------


def test_a_pipeline_without_config_answers_404(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    for name in (pipeline.external_id, "no-such"):
        with pytest.raises(CogniteNotFoundError) as refusal:
            client.extraction_pipelines.config.retrieve(name)
        assert refusal.value.code == 404


def test_every_config_is_a_revision_and_the_newest_is_read(
    client: CogniteClient, pipeline: ExtractionPipeline
) -> None:
    name = pipeline.external_id
    config = client.extraction_pipelines.config
    for number in (1, 2, 3):
        written = config.create(ExtractionPipelineConfigWrite(name, f"a: {number}", f"rev {number}"))
        assert written.revision == number
    assert config.retrieve(name).config == "a: 3"
    assert config.retrieve(name, revision=2).config == "a: 2"
    assert [(each.revision, each.description) for each in config.list(name)] == [
        (3, "rev 3"),
        (2, "rev 2"),
        (1, "rev 1"),
    ]
    reverted = config.revert(name, 1)
    assert (reverted.revision, reverted.config) == (4, "a: 1")
    with pytest.raises(CogniteNotFoundError):
        config.retrieve(name, revision=9)
    with pytest.raises(CogniteNotFoundError):
        config.revert(name, 9)


def test_config_is_read_as_it_was_at_a_time(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    name = pipeline.external_id
    config = client.extraction_pipelines.config
    first = config.create(ExtractionPipelineConfigWrite(name, "a: 1"))
    assert config.retrieve(name, active_at_time=first.created_time).revision == 1
    with pytest.raises(CogniteNotFoundError):
        config.retrieve(name, active_at_time=first.created_time - 1)


def test_revisions_go_on_over_pages(client: CogniteClient, pipeline: ExtractionPipeline) -> None:
    for number in range(5):
        client.extraction_pipelines.config.create(
            ExtractionPipelineConfigWrite(pipeline.external_id, f"a: {number}")
        )
    params: dict[str, Any] = {"externalId": pipeline.external_id, "limit": 2}
    pages = []
    while True:
        page = client.get("/api/v1/projects/local/extpipes/config/revisions", params=params).json()
        pages.append([item["revision"] for item in page["items"]])
        if "nextCursor" not in page:
            break
        params["cursor"] = page["nextCursor"]
    assert pages == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize(
    ("field", "at_limit", "above"),
    [
        ("externalId", lambda: unique().ljust(255, "x"), lambda: "x" * 256),
        ("externalId", unique, lambda: ""),
        ("name", lambda: "x" * 140, lambda: "x" * 141),
        ("name", lambda: "x", lambda: ""),
        ("description", lambda: "x" * 500, lambda: "x" * 501),
        ("source", lambda: "x" * 255, lambda: "x" * 256),
        ("documentation", lambda: "x" * 10_000, lambda: "x" * 10_001),
        ("schedule", lambda: "*/5 * * * *", lambda: "often"),
        ("contacts", lambda: [{"email": "a@b"}], lambda: [{"email": "nobody"}]),
        ("metadata", lambda: {"k" * 128: ""}, lambda: {"k" * 129: ""}),
    ],
)
def test_each_limit_holds_at_and_above(
    post: Any, refused: Refused, data_set: int, field: str, at_limit: Any, above: Any
) -> None:
    def item(value: Any) -> dict[str, Any]:
        return {"items": [{"externalId": unique(), "name": "x", "dataSetId": data_set, field: value}]}

    assert post("/extpipes", item(at_limit()))["items"][0]["id"]
    refused("/extpipes", item(above()), field)
