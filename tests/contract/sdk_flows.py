"""What the SDK's own methods do with workflows, schedules, RAW and statistics on a local CDF."""

import io
import time
import zipfile
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes import (
    Function,
    RowWrite,
    WorkflowDefinitionUpsert,
    WorkflowExecutionDetailed,
    WorkflowTask,
    WorkflowTriggerUpsert,
    WorkflowUpsert,
    WorkflowVersionUpsert,
)
from cognite.client.data_classes.data_modeling import SpaceApply, ViewId
from cognite.client.data_classes.data_modeling.query import NodeResultSetExpression, Select, SourceSelector
from cognite.client.data_classes.filters import SpaceFilter
from cognite.client.data_classes.workflows import (
    CDFTaskParameters,
    DynamicTaskParameters,
    FunctionTaskParameters,
    SubworkflowTaskParameters,
    WorkflowDataModelingTriggerRule,
    WorkflowScheduledTriggerRule,
    WorkflowTriggerDataModelingQuery,
)

PATIENCE = 60  # seconds
HANDLER = "def handle(data):\n    return data\n"


def echo(client: CogniteClient) -> Function:
    """A function that answers what it is called with."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    file = client.files.upload_bytes(content.getvalue(), name="echo.zip")
    return client.functions.create("echo", file_id=file.id, external_id="echo")


def raw(client: CogniteClient) -> None:
    """Databases, tables and rows."""
    client.raw.databases.create("db")
    client.raw.tables.create("db", "t")
    client.raw.rows.insert("db", "t", [RowWrite("a", {"x": 1}), RowWrite("b", {"x": 2})])
    assert client.raw.rows.retrieve("db", "t", "a").columns == {"x": 1}
    assert [each.columns for each in client.raw.rows.list("db", "t", columns=["x"])] == [{"x": 1}, {"x": 2}]
    assert [each.key for each in client.raw.rows("db", "t")] == ["a", "b"]
    client.raw.rows.delete("db", "t", "a")
    assert [each.name for each in (*client.raw.tables("db"), *client.raw.tables.list("db"))] == ["t"] * 2
    assert [each.name for each in (*client.raw.databases(), *client.raw.databases.list())] == ["db"] * 2
    client.raw.tables.delete("db", "t")
    client.raw.databases.delete("db")


def schedules(client: CogniteClient, function: Function) -> None:
    """Schedules of a function."""
    api = client.functions.schedules
    made = api.create("s", "0 5 * * *", function_id=function.id, data={"a": 1}, description="d")
    assert api.get_input_data(made.id) == {"a": 1}
    assert api.retrieve(made.id) == made
    assert [each.id for each in api.list(function_id=function.id)] == [made.id]
    assert [each.id for each in api(name="s")] == [made.id]
    api.delete(made.id)
    assert api.list() == []


def statistics(client: CogniteClient) -> None:
    """How much there is."""
    client.data_modeling.spaces.apply(SpaceApply("counted"))
    api = client.data_modeling.statistics
    assert api.project().spaces.count >= 1
    assert api.spaces.retrieve("counted").nodes == 0
    assert "counted" in [each.space for each in api.spaces.list()]


def definition() -> WorkflowDefinitionUpsert:
    """One task of each type that is served, and one that somebody else ends."""
    inner = WorkflowTask("inner", FunctionTaskParameters("echo", data={"y": "${workflow.input.x}"}))
    told = {"tasks": [inner.dump() | {"externalId": "made up"}]}
    return WorkflowDefinitionUpsert(
        [
            WorkflowTask("make", FunctionTaskParameters("echo", data=told)),
            WorkflowTask(
                "dynamic", DynamicTaskParameters("${make.output.response.tasks}"), depends_on=["make"]
            ),
            WorkflowTask("sub", SubworkflowTaskParameters([inner])),
            WorkflowTask("ask", CDFTaskParameters("/assets/list", "POST", body={"limit": 1})),
            WorkflowTask(
                "waits",
                FunctionTaskParameters("echo", data={}, is_async_complete=True),
                depends_on=["dynamic", "sub", "ask"],
            ),
        ]
    )


def workflows(client: CogniteClient) -> None:
    """A workflow, its version, executions to their end, and triggers."""
    api = client.workflows
    api.upsert(WorkflowUpsert("w", description="d", max_concurrent_executions=2))
    made = api.versions.upsert(WorkflowVersionUpsert("w", "1", definition()))
    assert api.versions.retrieve(("w", "1")) == made
    assert api.versions.list("w") == [made]
    assert api.retrieve("w") == api.list()[0] == next(iter(api()))
    _executions(client)
    _triggers(client)
    api.versions.delete(("w", "1"))
    api.delete("w")
    assert api.retrieve("w") is None


def _executions(client: CogniteClient) -> None:
    api = client.workflows.executions
    first = api.run("w", "1", input={"x": 5}, metadata={"a": "b"})
    client.workflows.tasks.update(_waiting(client, first.id), "completed", {"z": 6})
    done = _seen(client, first.id, "completed")
    outputs = {each.external_id: each.output for each in done.executed_tasks}
    assert outputs["inner"].response == outputs["made up"].response == {"y": 5}
    assert outputs["ask"].status_code == 200
    second = api.run("w", "1", input={"x": 5})
    _waiting(client, second.id)
    assert api.cancel(second.id, "enough").status == "terminated"
    api.retry(second.id)
    client.workflows.tasks.update(_waiting(client, second.id), "completed")
    _seen(client, second.id, "completed")
    assert {each.id for each in api.list(("w", "1"), statuses="completed")} == {first.id, second.id}


def _waiting(client: CogniteClient, execution: str) -> str:
    """The id of the task that somebody else ends."""
    now = _seen(client, execution, "running", "waits")
    return next(each.id for each in reversed(now.executed_tasks) if each.external_id == "waits")


def _seen(
    client: CogniteClient, execution: str, status: str, under_way: str | None = None
) -> WorkflowExecutionDetailed:
    """An execution once it is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = client.workflows.executions.retrieve_detailed(execution)
        assert now is not None
        going: Any = {each.external_id for each in now.executed_tasks if each.status == "in_progress"}
        if now.status == status and (under_way is None or under_way in going):
            return now
        time.sleep(0.05)
    raise AssertionError(now)


def _triggers(client: CogniteClient) -> None:
    api, view = client.workflows.triggers, ViewId("cdf_cdm", "CogniteAsset", "v1")
    query = WorkflowTriggerDataModelingQuery(
        with_={"n": NodeResultSetExpression(filter=SpaceFilter("counted"), limit=5)},
        select={"n": Select([SourceSelector(view, ["name"])])},
    )
    rules = {
        "by-change": WorkflowDataModelingTriggerRule(query, batch_size=5, batch_timeout=60),
        "by-cron": WorkflowScheduledTriggerRule("0 5 * * *"),
    }
    for name, rule in rules.items():
        made = api.upsert(WorkflowTriggerUpsert(name, rule, "w", "1", input={"a": 1}))
        assert made.trigger_rule.dump() == rule.dump()
    api.pause("by-cron")
    assert [each.is_paused for each in api.list()] == [False, True]
    api.resume("by-cron")
    assert api.list_runs("by-change") == []
    api.delete(list(rules))
    assert api.list() == []
