"""What `shard` makes of many images, run by the workflow that is shipped, within the limits of CDF."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from image360.call import parse_call
from image360.catalog.selection import Shard
from image360.tasks import Demand, tasks_of_all
from tests.contract.flows import Flows, Json, flows_on

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "modules/image360_workflow/workflows/image360.WorkflowVersion.yaml"
SIZE = 10  # images of a shard
DETECT, MATCH = "fn_image360_detect", "fn_image360_match"
# In place of the functions: `shard` hands out tasks, the others say what they got.
STAND_IN = """
    import json

    TASKS = json.loads({tasks!r})

    def handle(data):
        return TASKS if data["step"] == "shard" else data
"""


@pytest.fixture
def flows(tmp_path: Path) -> Iterator[Flows]:
    with flows_on(tmp_path) as made:
        yield made


def shipped() -> Json:
    """The version of the workflow as the modules deploy it."""
    text = WORKFLOW.read_text("utf-8").replace("{{ mode }}", "apply")
    return yaml.safe_load(text)


@pytest.mark.slow  # 200 processes for each number
@pytest.mark.parametrize("parts", [98, 99, 100, 101])
def test_whatever_is_due_is_done_in_one_execution(flows: Flows, parts: int) -> None:
    due = Demand([f"image_{number:06}" for number in range(parts * SIZE)], SIZE)
    call = parse_call({"extraction_pipeline": "ep_image360", "step": "shard", "run": "r1"}, {"shard": ""})
    tasks = tasks_of_all(call, due, due, jobs=False)
    answer = {"run": call.run, "detect_tasks": list(tasks.detect), "match_tasks": list(tasks.match)}
    for name in (DETECT, MATCH):
        flows.function(STAND_IN.format(tasks=json.dumps(answer)), name=name, externalId=name)
    definition = shipped()
    flows.one("/workflows", {"externalId": definition["workflowExternalId"]})
    flows.one("/workflows/versions", definition)
    path = f"/workflows/{definition['workflowExternalId']}/versions/{definition['version']}/run"
    execution = flows.get(path, flows.authentication() | {"input": {"items": []}})["id"]

    done = flows.execution(execution)
    deadline = time.monotonic() + 400
    while done["status"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(2)
        done = flows.execution(execution)
    assert done["status"] == "COMPLETED", done.get("reasonForIncompletion")
    assert {each["status"] for each in done["executedTasks"]} == {"COMPLETED"}
    for step in ("detect", "match"):
        shards = [
            Shard.parse(each["output"]["response"]["shard"])
            for each in done["executedTasks"]
            if each["taskType"] == "function" and each["output"]["response"].get("step") == step
        ]
        assert len(shards) == min(parts, 98)
        assert all(sum(name in shard for shard in shards) == 1 for name in due.names)
