"""What the endpoints answer, for the OpenAPI document: the items as created, with what the server adds."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, RootModel

from localcdf.annotations.models import Annotation
from localcdf.assets.models import Asset
from localcdf.datasets import DataSet
from localcdf.endpoint import Body
from localcdf.events import Event
from localcdf.extpipes.config import Config
from localcdf.extpipes.pipelines import Pipeline
from localcdf.fields import InstanceId, InternalId
from localcdf.files.models import File
from localcdf.functions.models import Function, FunctionStatus
from localcdf.groups import Group
from localcdf.jobs3d.models import Configuration, JobId
from localcdf.jobs3d.models import Source as JobSource
from localcdf.project import Status
from localcdf.workflows.executions import Status as ExecutionStatus
from localcdf.workflows.models import Definition as WorkflowDefinition
from localcdf.workflows.models import TaskType, Workflow
from localcdf.workflows.triggers import ByChange, ByCron

T = TypeVar("T")
Time = Annotated[int, Field(ge=0)]  # epoch milliseconds


class Nothing(Body):
    """``{}``."""


class Items(Body, Generic[T]):
    """All there is."""

    items: list[T]


class Page(Items[T], Generic[T]):
    """One page of a list."""

    next_cursor: str | None = None


class Dated(Body):
    """What every record has."""

    id: InternalId
    created_time: Time
    last_updated_time: Time


# ---- who asks ----


class TokenProject(Body):
    """A project, and the caller's groups in it."""

    project_url_name: str
    groups: list[int]


class Inspected(Body):
    """Who the token is and what it may do."""

    subject: str
    projects: list[TokenProject]
    capabilities: list[dict[str, Any]]


class Profiles(Body):
    """Whether the project has user profiles."""

    enabled: bool


class Project(Body):
    """The project."""

    name: str
    url_name: str
    organization: str
    user_profiles_configuration: Profiles
    data_modeling_status: Status


class Profile(Body):
    """A user profile."""

    user_identifier: str
    display_name: str
    identity_type: Literal["USER", "SERVICE_PRINCIPAL"]
    last_updated_time: Time


class StoredGroup(Group):
    """A group."""

    id: InternalId
    is_deleted: bool
    capabilities: list[dict[str, Any]] | None = None
    deleted_time: Time | None = None


SessionStatus = Literal["READY", "ACTIVE", "CANCELLED", "EXPIRED", "REVOKED", "ACCESS_LOST"]


class Session(Body):
    """A session."""

    id: InternalId
    type: Literal["CLIENT_CREDENTIALS", "TOKEN_EXCHANGE", "ONESHOT_TOKEN_EXCHANGE"]
    status: SessionStatus
    creation_time: Time
    expiration_time: Time
    client_id: str | None = None


class NewSession(Body):
    """A session that was just made: only now its nonce is shown."""

    id: InternalId
    type: str
    status: SessionStatus
    nonce: str
    client_id: str | None = None


# ---- records ----


class StoredDataSet(DataSet, Dated):
    """A data set."""


class StoredPipeline(Pipeline, Dated):
    """An extraction pipeline, and how it last fared."""

    last_success: Time | None = None
    last_failure: Time | None = None
    last_message: str | None = None
    last_seen: Time | None = None


class StoredRun(Body):
    """A run of an extraction pipeline."""

    id: InternalId
    status: Literal["success", "failure", "seen"]
    message: str | None = None
    created_time: Time
    external_id: str | None = None


class Revision(Config):
    """A revision of an extraction pipeline's config; a list of them leaves the config out."""

    revision: int
    created_time: Time
    config: str | None = None


class StoredFile(File, Dated):
    """A file."""

    uploaded: bool
    uploaded_time: Time | None = None
    instance_id: InstanceId | None = None


class Upload(StoredFile):
    """A file with a link to fill it."""

    upload_url: str


class UploadInParts(StoredFile):
    """A file with links to fill it, a part each."""

    upload_id: str
    upload_urls: list[str]


class Download(Body):
    """A link to the content of a file, by the identifier that was asked for."""

    id: InternalId | None = None
    external_id: str | None = None
    instance_id: InstanceId | None = None
    download_url: str


class StoredAnnotation(Annotation, Dated):
    """An annotation."""


class AnnotatedId(Body):
    """A resource that has annotations."""

    id: InternalId


class AnnotatedPage(Page[AnnotatedId]):
    """One page of such resources."""

    annotated_resource_type: str


# ---- data modeling: definitions and instances are read back through models of their own in the SDK ----


class Definition(Body):
    """What every definition has."""

    space: str
    name: str | None = None
    description: str | None = None
    created_time: Time
    last_updated_time: Time
    is_global: bool


class Space(Definition):
    """A space."""


class Container(Definition):
    """A container."""

    external_id: str
    used_for: Literal["node", "edge", "all", "record"]
    properties: dict[str, dict[str, Any]]
    constraints: dict[str, dict[str, Any]]
    indexes: dict[str, dict[str, Any]]


class View(Definition):
    """A view."""

    external_id: str
    version: str
    implements: list[dict[str, str]]
    properties: dict[str, dict[str, Any]]
    writable: bool
    queryable: bool
    used_for: Literal["node", "edge", "all"]
    mapped_containers: list[dict[str, str]]
    filter: dict[str, Any] | None = None


class DataModel(Definition):
    """A data model, with its views or the references of them."""

    external_id: str
    version: str
    views: list[dict[str, Any]]


class InspectionResults(Body):
    """The views that map a container, and how many they are."""

    involved_views: list[dict[str, str]] | None = None
    involved_view_count: int | None = None


class InspectedContainer(Body):
    """What hangs on a container."""

    space: str
    external_id: str
    inspection_results: InspectionResults


class Count(Body):
    """How many there are, and may be."""

    count: int
    limit: int


class InstanceCounts(Body):
    """How many instances there are."""

    edges: int
    soft_deleted_edges: int
    nodes: int
    soft_deleted_nodes: int


class InstanceStatistics(InstanceCounts):
    """How many instances there are, and may be."""

    instances: int
    instances_limit: int
    soft_deleted_instances: int
    soft_deleted_instances_limit: int


class ProjectStatistics(Body):
    """How much of data modeling a project uses."""

    spaces: Count
    containers: Count
    views: Count
    data_models: Count
    container_properties: Count
    instances: InstanceStatistics
    concurrent_read_limit: int
    concurrent_write_limit: int
    concurrent_delete_limit: int


class SpaceStatistics(InstanceCounts):
    """How much there is in a space."""

    space: str
    containers: int
    views: int
    data_models: int


class SpaceKey(Body):
    """A space that was deleted."""

    space: str


class ContainerKey(SpaceKey):
    """A container that was deleted."""

    external_id: str


class VersionKey(ContainerKey):
    """A view or a data model that was deleted."""

    version: str


class PartKey(SpaceKey):
    """A constraint or an index that was deleted."""

    container_external_id: str
    identifier: str


class InstanceKey(Body):
    """A node or an edge."""

    instance_type: Literal["node", "edge"]
    space: str
    external_id: str


class Written(InstanceKey):
    """What a write did to an instance."""

    version: int
    was_modified: bool
    created_time: Time
    last_updated_time: Time


class Applied(Items[Written]):
    """What a write did."""

    deleted: list[InstanceKey]


class Instance(InstanceKey):
    """A node or an edge with the properties asked for, by space and view."""

    version: int
    created_time: Time
    last_updated_time: Time
    deleted_time: Time | None = None
    type: InstanceId | None = None
    start_node: InstanceId | None = None
    end_node: InstanceId | None = None
    properties: dict[str, dict[str, dict[str, Any]]] | None = None


Typing = dict[str, Any]


class Instances(Items[Instance]):
    """Instances."""

    typing: Typing | None = None


class InstancePage(Page[Instance]):
    """One page of instances."""

    typing: Typing | None = None


class ResultSets(Body):
    """The answer of a query or a sync: each result set with its cursor."""

    items: dict[str, list[Instance]]
    next_cursor: dict[str, str | None]
    typing: Typing | None = None


class Aggregated(Body):
    """The aggregates of one group."""

    instance_type: Literal["node", "edge"]
    group: dict[str, Any] | None = None
    aggregates: list[dict[str, Any]]


class Aggregates(Items[Aggregated]):
    """Aggregates."""

    typing: Typing | None = None


# ---- functions ----


class FunctionError(Body):
    """Why a function cannot be called, or what a call failed with."""

    code: int | None = None
    message: str
    trace: str | None = None


class StoredFunction(Function):
    """A function; its secrets are hidden."""

    id: InternalId
    status: FunctionStatus
    created_time: Time
    runtime_version: str
    last_called: Time | None = None
    error: FunctionError | None = None
    metadata: dict[str, str] | None = None
    secrets: dict[str, str] | None = None


class Activation(Body):
    """Whether functions may be used."""

    status: str


class Range(Body):
    """What may be asked for."""

    min: float
    max: float
    default: float


class Limits(Body):
    """The limits of functions in this project."""

    timeout_minutes: int
    cpu_cores: Range
    memory_gb: Range
    runtimes: list[str]
    response_size_mb: Annotated[int, Field(alias="responseSizeMb")]


class FunctionCall(Body):
    """A call of a function."""

    id: InternalId
    function_id: InternalId
    status: Literal["Running", "Completed", "Failed", "Timeout"]
    start_time: Time
    end_time: Time | None = None
    error: FunctionError | None = None
    schedule_id: InternalId | None = None
    scheduled_time: Time | None = None


class StoredSchedule(Body):
    """A schedule of a function."""

    id: InternalId
    name: str
    description: str | None = None
    cron_expression: str
    when: str
    function_id: InternalId
    session_id: str
    created_time: Time


class InputData(Body):
    """What a schedule calls its function with."""

    id: InternalId
    data: dict[str, Any] | None = None


class Response(Body):
    """What a call returned."""

    function_id: InternalId
    call_id: InternalId
    response: Any = None


class LogLine(Body):
    """A line that a call printed."""

    timestamp: Time
    message: str


# ---- assets, events, and what is found on pictures ----


class ProjectListed(Body):
    """A project in the list of them."""

    url_name: str
    data_modeling_status: Status | None = None


class PathStep(Body):
    """An asset on the way from the root."""

    id: InternalId


class AssetAggregates(Body):
    """What is counted of an asset."""

    child_count: int | None = None
    depth: int | None = None
    path: list[PathStep] | None = None


class StoredAsset(Asset, Dated):
    """An asset in its tree."""

    root_id: InternalId
    aggregates: AssetAggregates | None = None


class StoredEvent(Event, Dated):
    """An event."""


class Job(JobId):
    """A 3D job."""

    name: str
    type: Literal["ImageTextDetection"]
    source: JobSource
    configuration: Configuration
    status: Literal["Scheduled", "Started", "Failed", "Succeeded", "Cancelled"]
    created_at: Time


class JobResult(Body):
    """A result of a 3D job."""

    type: Literal["CogniteFile"]
    instance_id: InstanceId


class RejectedKey(Body):
    """What is rejected of a result."""

    rejected_key: str


class VisionJob(Body):
    """A Vision job: how far it is, and what it has found so far."""

    job_id: InternalId
    status: Literal["Queued", "Running", "Completed", "Failed"]
    created_time: Time
    start_time: Time | None
    status_time: Time
    error_message: str | None = None
    items: list[dict[str, Any]]
    failed_items: list[dict[str, Any]] | None = None
    features: list[str] | None = None
    parameters: dict[str, Any] | None = None


class RawName(Body):
    """A database or a table of RAW."""

    name: str
    created_time: Time


class RawRow(Body):
    """A row of RAW."""

    key: str
    columns: dict[str, Any]
    last_updated_time: Time


# ---- workflows ----


class StoredWorkflow(Workflow):
    """A workflow."""

    created_time: Time
    last_updated_time: Time


class StoredDefinition(WorkflowDefinition):
    """What a version does."""

    hash: str


class StoredVersion(Body):
    """A version of a workflow."""

    workflow_external_id: str
    version: str
    workflow_definition: StoredDefinition
    created_time: Time
    last_updated_time: Time


class Execution(Body):
    """An execution."""

    id: Annotated[str, Field(min_length=36, max_length=36)]
    workflow_external_id: str
    version: str
    status: ExecutionStatus
    engine_execution_id: Annotated[str, Field(min_length=36, max_length=36)]
    created_time: Time
    start_time: Time | None = None
    end_time: Time | None = None
    reason_for_incompletion: str | None = None
    metadata: dict[str, str]


class TaskExecution(Body):
    """An attempt at a task."""

    id: Annotated[str, Field(min_length=36, max_length=36)]
    external_id: str
    parent_task_external_id: str | None = None
    status: Literal[
        "SCHEDULED",
        "IN_PROGRESS",
        "COMPLETED",
        "COMPLETED_WITH_ERRORS",
        "FAILED",
        "FAILED_WITH_TERMINAL_ERROR",
        "TIMED_OUT",
        "CANCELED",
        "SKIPPED",
    ]
    task_type: TaskType
    start_time: Time | None = None
    end_time: Time | None = None
    input: dict[str, Any]
    output: dict[str, Any]
    reason_for_incompletion: str | None = None


class DetailedExecution(Execution):
    """An execution with its definition and tasks."""

    workflow_definition: StoredDefinition
    input: dict[str, Any]
    executed_tasks: list[TaskExecution]


class StoredTrigger(Body):
    """A trigger."""

    external_id: str
    trigger_rule: ByCron | ByChange
    input: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    workflow_external_id: str
    workflow_version: str
    created_time: Time
    last_updated_time: Time
    is_paused: bool


class TriggerRun(Body):
    """What a trigger did once."""

    fire_time: Time
    external_id: str
    workflow_external_id: str
    workflow_version: str
    workflow_execution_id: str | None
    status: Literal["success", "failed"]
    reason_for_failure: str | None


class Bytes(RootModel[bytes]):
    """No JSON."""


def _resource(path: str, stored: Any) -> dict[str, Any]:
    one = {f"POST {path}{verb}": Items[stored] for verb in ("", "/byids", "/update")}
    return one | {f"POST {path}/list": Page[stored]}


def _definition(path: str, stored: Any, key: Any) -> dict[str, Any]:
    return {
        f"POST {path}": Items[stored],
        f"POST {path}/byids": Items[stored],
        f"GET {path}": Page[stored],
        f"POST {path}/delete": Items[key],
    }


# By method and path of the endpoint.
ANSWERS: dict[str, Any] = {
    "GET /token/inspect": Inspected,
    "GET ": Project,
    "GET /profiles/me": Profile,
    "GET /groups": Items[StoredGroup],
    "POST /groups": Items[StoredGroup],
    "POST /groups/delete": Nothing,
    "POST /sessions": Items[NewSession],
    "GET /sessions": Page[Session],
    "POST /sessions/byids": Items[Session],
    "POST /sessions/revoke": Items[Session],
    **_resource("/datasets", StoredDataSet),
    **_resource("/extpipes", StoredPipeline),
    "POST /extpipes/delete": Nothing,
    "GET /extpipes": Page[StoredPipeline],
    "POST /extpipes/runs": Items[StoredRun],
    "POST /extpipes/runs/list": Page[StoredRun],
    "GET /extpipes/runs": Page[StoredRun],
    "POST /extpipes/config": Revision,
    "POST /extpipes/config/revert": Revision,
    "GET /extpipes/config": Revision,
    "GET /extpipes/config/revisions": Page[Revision],
    **_resource("/files", StoredFile),
    "POST /files/delete": Nothing,
    "POST /files": Upload,
    "POST /files/initmultipartupload": UploadInParts,
    "POST /files/uploadlink": Items[Upload],
    "POST /files/multiuploadlink": Items[UploadInParts],
    "POST /files/completemultipartupload": Nothing,
    "POST /files/downloadlink": Items[Download],
    "GET /files/icon": Bytes,
    **_resource("/annotations", StoredAnnotation),
    "POST /annotations/delete": Nothing,
    "POST /annotations/suggest": Items[StoredAnnotation],
    "POST /annotations/reverselookup": AnnotatedPage,
    "GET /annotations/{id}": StoredAnnotation,
    **_definition("/models/spaces", Space, SpaceKey),
    **_definition("/models/containers", Container, ContainerKey),
    **_definition("/models/views", View, VersionKey),
    **_definition("/models/datamodels", DataModel, VersionKey),
    "POST /models/containers/constraints/delete": Items[PartKey],
    "POST /models/containers/indexes/delete": Items[PartKey],
    "POST /models/instances": Applied,
    "POST /models/instances/delete": Items[InstanceKey],
    "POST /models/instances/list": InstancePage,
    "POST /models/instances/byids": Instances,
    "POST /models/instances/query": ResultSets,
    "POST /models/instances/sync": ResultSets,
    "POST /models/instances/search": Instances,
    "POST /models/instances/aggregate": Aggregates,
    "POST /functions": Items[StoredFunction],
    "GET /functions": Items[StoredFunction],
    "POST /functions/list": Items[StoredFunction],
    "POST /functions/byids": Items[StoredFunction],
    "POST /functions/delete": Nothing,
    "GET /functions/status": Activation,
    "POST /functions/status": Activation,
    "GET /functions/limits": Limits,
    "GET /functions/{functionId}": StoredFunction,
    "POST /functions/{functionId}/call": FunctionCall,
    "GET /functions/{functionId}/calls": Page[FunctionCall],
    "POST /functions/{functionId}/calls/list": Page[FunctionCall],
    "POST /functions/{functionId}/calls/byids": Items[FunctionCall],
    "GET /functions/{functionId}/calls/{callId}": FunctionCall,
    "GET /functions/{functionId}/calls/{callId}/response": Response,
    "GET /functions/{functionId}/calls/{callId}/logs": Items[LogLine],
    "POST /functions/schedules": Items[StoredSchedule],
    "GET /functions/schedules": Items[StoredSchedule],
    "POST /functions/schedules/list": Items[StoredSchedule],
    "POST /functions/schedules/byids": Items[StoredSchedule],
    "POST /functions/schedules/delete": Nothing,
    "GET /functions/schedules/{scheduleId}": StoredSchedule,
    "GET /functions/schedules/{scheduleId}/input_data": InputData,
    "POST /models/containers/inspect": Items[InspectedContainer],
    "GET /models/statistics": ProjectStatistics,
    "GET /models/statistics/spaces": Items[SpaceStatistics],
    "POST /models/statistics/spaces/byids": Items[SpaceStatistics],
    "POST /raw/dbs": Items[RawName],
    "GET /raw/dbs": Page[RawName],
    "POST /raw/dbs/delete": Nothing,
    "POST /raw/dbs/{dbName}/tables": Items[RawName],
    "GET /raw/dbs/{dbName}/tables": Page[RawName],
    "POST /raw/dbs/{dbName}/tables/delete": Nothing,
    "POST /raw/dbs/{dbName}/tables/{tableName}/rows": Nothing,
    "GET /raw/dbs/{dbName}/tables/{tableName}/rows": Page[RawRow],
    "GET /raw/dbs/{dbName}/tables/{tableName}/cursors": Items[str],
    "GET /raw/dbs/{dbName}/tables/{tableName}/rows/{rowKey}": RawRow,
    "POST /raw/dbs/{dbName}/tables/{tableName}/rows/delete": Nothing,
    "POST /workflows": Items[StoredWorkflow],
    "GET /workflows": Page[StoredWorkflow],
    "POST /workflows/delete": Nothing,
    "GET /workflows/{workflowExternalId}": StoredWorkflow,
    "POST /workflows/versions": Items[StoredVersion],
    "POST /workflows/versions/list": Page[StoredVersion],
    "POST /workflows/versions/delete": Nothing,
    "GET /workflows/{workflowExternalId}/versions/{version}": StoredVersion,
    "POST /workflows/{workflowExternalId}/versions/{version}/run": Execution,
    "POST /workflows/executions/list": Page[Execution],
    "GET /workflows/executions/{executionId}": DetailedExecution,
    "POST /workflows/executions/{executionId}/cancel": Execution,
    "POST /workflows/executions/{executionId}/retry": Execution,
    "POST /workflows/tasks/{taskId}/update": TaskExecution,
    "POST /workflows/triggers": Items[StoredTrigger],
    "GET /workflows/triggers": Page[StoredTrigger],
    "POST /workflows/triggers/delete": Nothing,
    "GET /workflows/triggers/{triggerExternalId}/history": Page[TriggerRun],
    "POST /workflows/triggers/{triggerExternalId}/pause": Nothing,
    "POST /workflows/triggers/{triggerExternalId}/resume": Nothing,
    "GET /projects": Items[ProjectListed],
    **_resource("/assets", StoredAsset),
    "POST /assets/search": Items[StoredAsset],
    "POST /assets/delete": Nothing,
    **_resource("/events", StoredEvent),
    "POST /events/delete": Nothing,
    "POST /3d/contextualization/image360": Nothing,
    "POST /3d/contextualization/image360/delete": Nothing,
    "POST /3d/jobs": Items[Job],
    "POST /3d/jobs/list": Page[Job],
    "POST /3d/jobs/delete": Nothing,
    "POST /3d/job/results/list": Page[JobResult],
    "POST /3d/job/result/rejections": Nothing,
    "POST /3d/job/result/rejections/list": Page[RejectedKey],
    "POST /context/vision/extract": VisionJob,
    "GET /context/vision/extract/{jobId}": VisionJob,
}
