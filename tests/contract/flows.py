"""Workflows on a local CDF: functions to run in them, executions and how they end."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import uuid4

import httpx2

from demo.localserver import AT_ONCE, LocalServer
from demo.localserver import local_cdf as running

API = "/api/v1/projects/local"
PATIENCE = 60  # seconds
SPEEDY = AT_ONCE | {
    "function_deployment": "0",
    "workflow_retry_delay": "0",
    "trigger_polled_every": "1",
}
Json = dict[str, Any]
ASSETS = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteAsset", "version": "v1"}
# What tasks call: it says what it got, answers what it is told to, or fails.
ECHO = """
    def handle(data, function_call_info):
        print(sorted(data))
        if data.get("raise"):
            raise ValueError(data["raise"])
        if "large" in data:
            return {"text": "x" * data["large"]}
        return data.get("answer", data)
"""


@dataclass(frozen=True)
class Flows:
    """A local CDF with workflows."""

    server: LocalServer
    http: httpx2.Client

    def ask(self, path: str, body: Any = None, **further: Any) -> httpx2.Response:
        """Return the answer to a POST, or without a body a GET."""
        url = self.server.url + API + path
        return self.http.request("GET" if body is None else "POST", url, json=body, **further)

    def get(self, path: str, body: Any = None, **further: Any) -> Any:
        """Return the JSON of an answer that must be good."""
        answer = self.ask(path, body, **further)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, path: str, body: Any, code: int = 400) -> str:
        """Return the message of an answer that must be a refusal."""
        answer = self.ask(path, body)
        assert answer.status_code == code, answer.text
        return answer.json()["error"]["message"]

    def one(self, path: str, item: Json) -> Json:
        """Create one thing."""
        (made,) = self.get(path, {"items": [item]})["items"]
        return made

    def nonce(self) -> str:
        """The nonce of a new session."""
        return self.one("/sessions", {"tokenExchange": True})["nonce"]

    def authentication(self) -> Json:
        """The same as the API takes it."""
        return {"authentication": {"nonce": self.nonce()}}

    def function(self, code: str = ECHO, **fields: Any) -> Json:
        """A function that is ready."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("handler.py", dedent(code))
        file = self.get("/files", {"name": "code.zip"})
        assert self.http.put(file["uploadUrl"], content=content.getvalue()).is_success
        name = f"function_{uuid4().hex[:8]}"
        made = self.one("/functions", {"name": name, "externalId": name, "fileId": file["id"]} | fields)
        return self.get(f"/functions/{made['id']}")

    def version(self, *tasks: Json, **fields: Any) -> str:
        """A workflow with a version 1; return its external id."""
        name = f"workflow_{uuid4().hex[:8]}"
        self.one("/workflows", {"externalId": name} | fields)
        self.one("/workflows/versions", version_of(name, *tasks))
        return name

    def start(self, workflow: str, given: Json | None = None) -> str:
        """Start an execution; return its id."""
        body = self.authentication() | ({} if given is None else {"input": given})
        return self.get(f"/workflows/{workflow}/versions/1/run", body)["id"]

    def execution(self, execution: str) -> Json:
        """An execution as it is now."""
        return self.get(f"/workflows/executions/{execution}")

    def until(self, execution: str, wanted: Callable[[Json], Any]) -> Json:
        """An execution once it is as wanted."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            now = self.execution(execution)
            if wanted(now):
                return now
            time.sleep(0.05)
        raise AssertionError(f"after {PATIENCE} s: {now}")

    def ended(self, execution: str) -> Json:
        """An execution once it has ended."""
        return self.until(execution, lambda now: now["status"] != "RUNNING")

    def run(self, *tasks: Json, given: Json | None = None) -> Json:
        """Run tasks to their end."""
        return self.ended(self.start(self.version(*tasks), given))

    def trigger(self, workflow: str, rule: Json, **fields: Any) -> str:
        """A trigger of version 1; return its external id."""
        name = f"trigger_{uuid4().hex[:8]}"
        self.one("/workflows/triggers", trigger_of(name, workflow, rule) | self.authentication() | fields)
        return name

    def runs(self, trigger: str) -> list[Json]:
        """What a trigger has done, the oldest first."""
        return self.get(f"/workflows/triggers/{trigger}/history?limit=1000")["items"][::-1]

    def inputs(self, trigger: str) -> list[Json]:
        """What the executions were given that a trigger has started, the oldest first."""
        return [self.execution(each["workflowExecutionId"])["input"] for each in self.runs(trigger)]

    def space(self) -> str:
        """A space."""
        return self.one("/models/spaces", {"space": f"space_{uuid4().hex[:8]}"})["space"]

    def write(self, space: str, *names: str, **properties: Any) -> None:
        """Write assets, with properties besides their names."""
        items = [
            {
                "instanceType": "node",
                "space": space,
                "externalId": name,
                "sources": [{"source": ASSETS, "properties": {"name": name} | properties}],
            }
            for name in names
        ]
        self.get("/models/instances", {"items": items})

    def now(self) -> int:
        """What time it is there, in epoch milliseconds."""
        return self.http.get(f"{self.server.url}/_localcdf/clock").json()["now"]

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.server.admin("clock", {"advance": seconds})


def version_of(workflow: str, *tasks: Json, version: str = "1") -> Json:
    """A version as it is written."""
    definition = {"tasks": list(tasks)}
    return {"workflowExternalId": workflow, "version": version, "workflowDefinition": definition}


def trigger_of(name: str, workflow: str, rule: Json, version: str = "1") -> Json:
    """A trigger as it is written, but for its session."""
    return {
        "externalId": name,
        "triggerRule": rule,
        "workflowExternalId": workflow,
        "workflowVersion": version,
    }


def by_cron(expression: str, **fields: Any) -> Json:
    """The rule of a trigger that fires at certain times."""
    return {"triggerType": "schedule", "cronExpression": expression} | fields


def by_change(space: str, size: int, timeout: int = 60, filter_: Json | None = None) -> Json:
    """The rule of a trigger that fires when assets of a space change."""
    conditions = [
        {"equals": {"property": ["node", "space"], "value": space}},
        {"hasData": [ASSETS]},
        *([filter_] if filter_ else []),
    ]
    select = {"sources": [{"source": ASSETS, "properties": ["name"]}]}
    query = {
        "with": {"assets": {"nodes": {"filter": {"and": conditions}}, "limit": size}},
        "select": {"assets": select},
    }
    return {
        "triggerType": "dataModeling",
        "dataModelingQuery": query,
        "batchSize": size,
        "batchTimeout": timeout,
    }


def task(name: str, function: Json | str, data: Any = None, after: str = "", **fields: Any) -> Json:
    """A task that calls a function, after those named with blanks between."""
    called = {"externalId": function if isinstance(function, str) else function["externalId"]}
    asynchronous = {"isAsyncComplete": True} if fields.pop("asynchronous", False) else {}
    return (
        {
            "externalId": name,
            "type": "function",
            "parameters": {"function": called | ({} if data is None else {"data": data})} | asynchronous,
        }
        | ({"dependsOn": [{"externalId": each} for each in after.split()]} if after else {})
        | fields
    )


def request(name: str, path: str, body: Json | None = None, after: str = "", **fields: Any) -> Json:
    """A task that sends a request to the project."""
    wanted = {"resourcePath": path, "method": "GET" if body is None else "POST"}
    return {
        "externalId": name,
        "type": "cdf",
        "parameters": {"cdfRequest": wanted | ({} if body is None else {"body": body})},
        "dependsOn": [{"externalId": each} for each in after.split()],
    } | fields


def dynamic(name: str, tasks: str, after: str, **fields: Any) -> Json:
    """A task that runs others, which another task has made up."""
    return {
        "externalId": name,
        "type": "dynamic",
        "parameters": {"dynamic": {"tasks": tasks}},
        "dependsOn": [{"externalId": each} for each in after.split()],
    } | fields


def subworkflow(name: str, *tasks: Json, **fields: Any) -> Json:
    """A task that runs others."""
    inner = {"tasks": list(tasks)}
    return {"externalId": name, "type": "subworkflow", "parameters": {"subworkflow": inner}} | fields


def statuses(execution: Json) -> dict[str, list[str]]:
    """The status of each attempt at each task."""
    found: dict[str, list[str]] = {}
    for each in execution["executedTasks"]:
        found.setdefault(each["externalId"], []).append(each["status"])
    return found


def outputs(execution: Json) -> dict[str, Any]:
    """What the last attempt at each task has given."""
    return {each["externalId"]: each["output"] for each in execution["executedTasks"]}


@contextmanager
def flows_on(folder: Path, *options: str, **readings: str) -> Iterator[Flows]:
    """A local CDF that nothing else uses."""
    with running(folder, options=options) as server:
        server.read_as(**(SPEEDY | readings))
        with httpx2.Client(headers={"Authorization": f"Bearer {server.token}"}, timeout=30) as http:
            yield Flows(server, http)
