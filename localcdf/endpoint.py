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

from localcdf.bearers import Bearers
from localcdf.clouds import TIGHTEST, Cloud
from localcdf.gates import Gate
from localcdf.principal import Principal
from localcdf.readings import Reading, Readings


class Body(BaseModel):
    """A request body, or the query parameters: camelCase on the wire, unknown fields refused."""

    # Built at their first use: the server starts a fifth of a second earlier.
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=False,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,
    )


LAG = Reading(
    "list-lag",
    {
        "1000": "lists, searches and aggregates lag one to two seconds behind writes",
        "0": "lists, searches and aggregates show each write at once",
    },
)
BETA_HEADER = Reading(
    "beta-without-header",
    {
        "404": "without a beta cdf-version header there is no such endpoint",
        "served": "the endpoint is served without a beta cdf-version header too",
    },
)


@dataclass(frozen=True)
class Call:
    """One request, as a handler sees it."""

    db: sqlite3.Connection
    blobs: Path
    project: str
    caller: str
    now: int  # epoch milliseconds on the local CDF's clock, or for when this was planned
    base_url: str  # scheme, host and port under which the client reached us
    principal: Principal  # who asks
    readings: Readings
    bearers: Bearers
    cloud: Cloud = TIGHTEST
    isolated: bool = False  # functions run in virtual environments of their own
    late: int = 0  # milliseconds by which planned work comes after its time: the clock was moved by hand
    is_beta: bool = False  # asked with a beta ``cdf-version`` header
    # What is done with the service once the transaction is kept: what no rollback could undo.
    afterwards: list[Callable[[Any], None]] = field(default_factory=list)
    path: Mapping[str, str] = field(default_factory=dict)
    params: Any = None  # an instance of the endpoint's params model
    body: Any = None  # an instance of the endpoint's body model

    def reads(self, reading: Reading, option: str) -> bool:
        """Say whether this option of a reading is on."""
        assert option in reading.options, f"{reading.name} has no option {option}"
        return self.readings.option(reading) == option

    def delay(self, reading: Reading) -> int:
        """Return the milliseconds that the option of a reading of times stands for."""
        return int(self.readings.option(reading))


@dataclass(frozen=True)
class Endpoint:
    """One path of the API, below ``/api/v1/projects/{project}`` or, not ``in_project``, below ``/api/v1``."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    handler: Callable[[Call], Any]  # a JSON value, or a starlette Response
    body: type[Body] | None = None
    params: type[Body] | None = None  # its query parameters; without it there are none
    status: int = 200
    writes: bool = False  # goes to the write log
    in_project: bool = True
    beta: bool = False  # only with a beta ``cdf-version`` header
    # Such as "filesAcl:READ": the caller needs all of them, in some scope; of "a or b" one.
    rights: tuple[str, ...] = ()
    gate: Gate | None = None  # how many may be in flight at once
    lags: bool = False  # may answer from the state of a while ago
    # What is documented and not served here (it is refused, never ignored), and what is simpler than in CDF.
    unserved: tuple[str, ...] = ()
    assumed: tuple[Reading, ...] = ()  # what the public reference does not say; the rest is documented
    supposed: tuple[str, ...] = ()  # nor does it say this, and nothing switches it

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Every reading that its answers depend on."""
        return (*self.assumed, *((LAG,) if self.lags else ()), *((BETA_HEADER,) if self.beta else ()))
