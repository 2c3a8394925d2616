"""What an API module hands to the server: a list of endpoints.

A handler is a plain function ``handler(call) -> JSON value``. It runs inside one SQLite transaction,
which is committed when it returns and rolled back when it raises, so a refused request changes nothing.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Body(BaseModel):
    """A request body: camelCase on the wire, unknown fields refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, extra="forbid", frozen=True)


@dataclass(frozen=True)
class Call:
    """One request, as a handler sees it."""

    db: sqlite3.Connection
    blobs: Path
    project: str
    caller: str
    now: int  # epoch milliseconds on the local CDF's clock
    base_url: str  # scheme, host and port under which the client reached us
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None  # an instance of the endpoint's body model
    content: bytes = b""  # the raw body, for uploads


@dataclass(frozen=True)
class Endpoint:
    """One path of the API below ``/api/v1/projects/{project}``."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    handler: Callable[[Call], Any]
    body: type[Body] | None = None
    status: int = 200
    writes: bool = False  # goes to the write log
    assumed: tuple[
        str, ...
    ] = ()  # what the public reference does not say and we assume; the rest is documented
