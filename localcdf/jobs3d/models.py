"""What requests about 3D jobs look like on the wire."""

from typing import Literal

from pydantic import model_validator

from localcdf.data_modeling.references import NodeReference
from localcdf.endpoint import Body
from localcdf.fields import InstanceId
from localcdf.plain import items_of

MAX_DELETED = 1000  # the reference names no number


class JobId(NodeReference):
    """A job: not an instance, but named like one."""


class Source(Body):
    """What the job works on."""

    type: Literal["Cognite360ImageCollection"]
    instance_id: InstanceId


class Configuration(Body):
    """There is nothing to configure yet."""


class NewJob(JobId):
    """A job to run."""

    name: str
    type: Literal["ImageTextDetection"]
    source: Source
    configuration: Configuration
    nonce: str


class JobList(Body):
    """Which jobs to list: all."""

    cursor: str | None = None


class ResultList(Body):
    """Which results to list."""

    job: JobId
    cursor: str | None = None


class Result(Body):
    """A result of a job."""

    instance_id: InstanceId


class Rejection(Body):
    """Keys to reject, or to reject no longer."""

    job: JobId
    result: Result
    add: list[str] | None = None
    remove: list[str] | None = None

    @model_validator(mode="after")
    def _one_operation(self) -> "Rejection":
        if (self.add is None) == (self.remove is None):
            raise ValueError("exactly one of add, remove is needed")
        return self


class RejectionList(Body):
    """Which rejections to list."""

    job: JobId
    result: Result
    cursor: str | None = None


NewJobs = items_of(NewJob, 1)
JobIds = items_of(JobId, MAX_DELETED)
