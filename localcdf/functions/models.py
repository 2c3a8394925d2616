"""Functions on the wire, with their documented limits."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from localcdf.endpoint import Body
from localcdf.fields import ExternalId, InternalId, Reference, TimeRange
from localcdf.plain import IGNORE_UNKNOWN, items_of

MAX_SECRET_BYTES = 25_000  # name and value
RESERVED_SECRETS = frozenset({"token", "indexurl", "extraindexurls"})

FunctionStatus = Literal["Queued", "Deploying", "Ready", "Failed"]
Name = Annotated[str, Field(min_length=1, max_length=140)]
Owner = Annotated[str, Field(max_length=128)]
Limit = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _check_metadata(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > 16:
        raise ValueError(f"at most 16 pairs, not {len(metadata)}")
    if any(len(key) > 32 for key in metadata):
        raise ValueError("a key is longer than 32 characters")
    if any(len(value) > 512 for value in metadata.values()):
        raise ValueError("a value is longer than 512 characters")
    if (total := sum(len(text.encode()) for pair in metadata.items() for text in pair)) > 4096:
        raise ValueError(f"keys and values are {total} bytes together, more than 4096")
    return metadata


def _check_secrets(secrets: dict[str, str]) -> dict[str, str]:
    for name, value in secrets.items():
        if not re.fullmatch(r"[a-z0-9-]{1,15}", name):
            raise ValueError(f"{name} must be 1 to 15 lower-case letters, digits or dashes")
        if name in RESERVED_SECRETS:
            raise ValueError(f"{name} is a reserved name")
        if (size := len(name.encode()) + len(value.encode())) > MAX_SECRET_BYTES:
            raise ValueError(f"{name} and its value are {size} bytes, more than {MAX_SECRET_BYTES}")
    return secrets


def _check_path(path: str) -> str:
    if "\\" in path or path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a relative POSIX path inside the zip")
    return path


Metadata = Annotated[dict[str, str], AfterValidator(_check_metadata)]
Secrets = Annotated[dict[str, str], Field(max_length=30), AfterValidator(_check_secrets)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]


class Function(Body):
    """A function as created."""

    name: Name
    file_id: InternalId
    external_id: ExternalId | None = None
    description: Annotated[str, Field(max_length=500)] | None = None
    owner: Owner | None = None
    metadata: Metadata | None = None
    function_path: Annotated[str, Field(max_length=500), AfterValidator(_check_path)] | None = None
    env_vars: Annotated[dict[Variable, str], Field(max_length=100)] | None = None
    secrets: Secrets | None = None
    cpu: float | None = None
    memory: float | None = None
    runtime: Literal["py310", "py311", "py312", "py313"] | None = None
    index_url: str | None = None
    extra_index_urls: list[str] | None = None


class FunctionFilter(Body):
    """Which functions to list."""

    name: Name | None = None
    owner: Owner | None = None
    file_id: InternalId | None = None
    status: FunctionStatus | None = None
    external_id_prefix: ExternalId | None = None
    created_time: TimeRange | None = None
    metadata: Metadata | None = None


class FunctionList(Body):
    """A list by POST; it has no pages."""

    filter: FunctionFilter | None = None
    limit: Limit = 100


class FunctionQuery(Body):
    """A list by GET; it has no pages."""

    limit: Limit = 100


NewFunctions = items_of(Function, most=1)
FunctionIds: Any = items_of(Reference, most=10, **IGNORE_UNKNOWN)
