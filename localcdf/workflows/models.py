"""Workflows on the wire: definitions and their tasks, with the documented limits."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import to_json

from localcdf.endpoint import Body
from localcdf.fields import InternalId, PageLimit
from localcdf.plain import items_of
from localcdf.workflows.references import is_reference

MOST_TASKS = 100  # of a definition, or of one dynamic task
MOST_DATA = 100_000  # bytes of JSON of an input, of a function's data or response, of a request's body


def _check_name(name: str) -> str:
    if name != name.strip() or "\x00" in name:
        raise ValueError("it may not begin or end with white space, nor hold a null character")
    return name


def _check_task_name(name: str) -> str:
    if name == "workflow" or name.startswith("__"):
        raise ValueError(f"{name!r} is reserved: a task may not be named workflow, nor begin with __")
    return _check_name(name)


def within(most: int) -> Callable[[Any], Any]:
    """Return the check of a JSON value that has at most so many bytes."""

    def check(value: Any) -> Any:
        if (size := len(to_json(value))) > most:
            raise ValueError(f"it is {size} bytes of JSON, more than {most}")
        return value

    return check


def _check_reference(text: str) -> str:
    if not is_reference(text):
        raise ValueError(f"{text[:60]!r} is no reference such as ${{task.output.response.key}}")
    return text


WorkflowId = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_check_name)]
Version = WorkflowId
TaskId = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_check_task_name)]
Reference = Annotated[str, AfterValidator(_check_reference)]
Small = AfterValidator(within(MOST_DATA))
Data = Annotated[dict[str, Any], Small]
Text = Annotated[str, Field(max_length=255)]
MetadataKey = Annotated[str, Field(max_length=32)]
Metadata = Annotated[dict[MetadataKey, Text], Field(max_length=10)]
Description = Annotated[str, Field(max_length=500)]


class FunctionCall(Body):
    """Which function to call, and with what."""

    external_id: Text
    data: Data | Reference | None = None


class FunctionParameters(Body):
    """Call a function."""

    function: FunctionCall
    is_async_complete: bool = False


class CdfRequest(Body):
    """A request to the project itself."""

    resource_path: Annotated[str, Field(max_length=128)]
    query_parameters: (
        Annotated[dict[str, Annotated[str, Field(max_length=50)]], Field(max_length=5)] | Reference | None
    ) = None
    method: Literal["POST", "GET", "PUT"] | Reference
    body: Data | Reference | None = None
    request_timeout_in_millis: Annotated[float, Field(ge=100)] | Reference = 10_000
    cdf_version_header: Literal["alpha", "beta"] | None = None


class CdfParameters(Body):
    """Send a request to the project itself."""

    cdf_request: CdfRequest


class Dynamic(Body):
    """Where the list of tasks comes from."""

    tasks: Reference


class DynamicParameters(Body):
    """Run tasks that another task has made up."""

    dynamic: Dynamic


class ListedTasks(Body):
    """Tasks told right here."""

    tasks: Annotated[list["TaskDefinition"], Field(min_length=1, max_length=MOST_TASKS)]


class NamedVersion(Body):
    """The version of a workflow whose tasks are run."""

    workflow_external_id: WorkflowId
    version: Version


class SubworkflowParameters(Body):
    """Run other tasks as one."""

    subworkflow: ListedTasks | NamedVersion


class Dependency(Body):
    """A task that must be done before."""

    external_id: Text


PARAMETERS: dict[str, type[Body]] = {
    "function": FunctionParameters,
    "cdf": CdfParameters,
    "dynamic": DynamicParameters,
    "subworkflow": SubworkflowParameters,
}
KEYS = {"function": "function", "cdfRequest": "cdf", "dynamic": "dynamic", "subworkflow": "subworkflow"}


def _type_for(parameters: Any) -> str | None:
    """Return the type of the tasks that have such parameters."""
    if isinstance(parameters, dict):
        return next((KEYS[key] for key in parameters if key in KEYS), None)
    return next((kind for kind, model in PARAMETERS.items() if type(parameters) is model), None)


Parameters = Annotated[
    Annotated[FunctionParameters, Tag("function")]
    | Annotated[CdfParameters, Tag("cdf")]
    | Annotated[DynamicParameters, Tag("dynamic")]
    | Annotated[SubworkflowParameters, Tag("subworkflow")],
    Discriminator(_type_for),
]
TaskType = Literal["function", "cdf", "dynamic", "subworkflow"]
CONTAINERS = frozenset({"dynamic", "subworkflow"})


class TaskDefinition(Body):
    """A task."""

    external_id: TaskId
    type: TaskType
    name: Text | None = None
    description: Description | None = None
    parameters: Parameters
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    timeout: Annotated[float, Field(ge=100, le=43_200)] = 3600  # seconds
    on_failure: Literal["abortWorkflow", "skipTask"] = "abortWorkflow"
    depends_on: Annotated[list[Dependency], Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _parameters_of_its_type(self) -> "TaskDefinition":
        if not isinstance(self.parameters, PARAMETERS[self.type]):
            raise ValueError(f"the task {self.external_id} is of type {self.type}, its parameters are not")
        return self

    @property
    def before(self) -> list[str]:
        """The tasks that must be done before."""
        return [each.external_id for each in self.depends_on or ()]

    @property
    def nested(self) -> list["TaskDefinition"]:
        """The tasks told inside this one."""
        parameters = self.parameters
        if isinstance(parameters, SubworkflowParameters) and isinstance(parameters.subworkflow, ListedTasks):
            return parameters.subworkflow.tasks
        return []


class Definition(Body):
    """What a version of a workflow does."""

    description: Description | None = None
    tasks: Annotated[list[TaskDefinition], Field(max_length=MOST_TASKS)]


class Workflow(Body):
    """A workflow as written."""

    external_id: WorkflowId
    description: Description | None = None
    data_set_id: InternalId | None = None
    max_concurrent_executions: Annotated[int, Field(ge=1, le=10_000)] | None = None


class WorkflowVersion(Body):
    """A version of a workflow as written."""

    workflow_external_id: WorkflowId
    version: Version
    workflow_definition: Definition


class WorkflowKey(Body):
    """A workflow."""

    external_id: WorkflowId


class VersionKey(Body):
    """A version of a workflow."""

    workflow_external_id: WorkflowId
    version: Version


class WorkflowFilter(Body):
    """A workflow, or one version of it."""

    external_id: WorkflowId
    version: Version | None = None


class VersionFilter(Body):
    """Which versions to list."""

    workflow_filters: Annotated[list[WorkflowFilter], Field(max_length=100)] | None = None


class VersionList(Body):
    """A list of versions."""

    filter: VersionFilter | None = None
    limit: PageLimit = 100
    cursor: str | None = None


class PageQuery(Body):
    """The query parameters of a list."""

    limit: PageLimit = 100
    cursor: str | None = None


class IgnoreUnknown(Body):
    """Whether what is not there may be named."""

    ignore_unknown_ids: bool = True


class Authentication(Body):
    """The nonce of a session."""

    nonce: Annotated[str, Field(min_length=1)]


Workflows: Any = items_of(Workflow, most=1)
WorkflowKeys: Any = items_of(WorkflowKey, most=100)
WorkflowVersions: Any = items_of(WorkflowVersion, most=1)
VersionKeys: Any = items_of(VersionKey, most=100)


def matches_any(filters: list[WorkflowFilter] | None) -> Callable[[dict[str, Any]], bool]:
    """Return the test whether something belongs to one of these workflows or versions; None takes all."""
    if filters is None:
        return lambda _: True
    wanted = {(each.external_id, each.version) for each in filters}
    return lambda record: (
        (record["workflowExternalId"], None) in wanted
        or (record["workflowExternalId"], record["version"]) in wanted
    )
