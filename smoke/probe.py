"""A probe: one small question to a CDF, and what the answer tells about readings of the local CDF."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cognite.client.exceptions import (
    CogniteAPIError,
    CogniteAuthError,
    CogniteConnectionError,
    CogniteProjectAccessError,
    CogniteReadTimeout,
)

from localcdf.app import ENDPOINTS
from localcdf.endpoint import Endpoint
from localcdf.fidelity import all_readings
from localcdf.readings import Reading
from smoke.scratch import Interrupted, Scratch

# The local CDF's declarations, as data: no call goes through it.
BY_NAME: dict[str, Endpoint] = {f"{each.method} {each.path}": each for each in ENDPOINTS}
READINGS: dict[str, Reading] = {each.name: each for each in all_readings(ENDPOINTS)}


@dataclass(frozen=True)
class Told:
    """What a probe saw: a phrase, and the option of a reading that it fits, by the reading's name."""

    outcome: str
    settles: Mapping[str, str] = field(default_factory=dict)


class OddAnswerError(Exception):
    """An answer that is neither what the reference says nor an option of a reading."""


@dataclass(frozen=True)
class Probe:
    """A question that calls some endpoints; its readings are settled for the first of them."""

    ask: Callable[[Scratch], Told]
    endpoints: tuple[str, ...]
    readings: tuple[str, ...]  # that it may settle

    @property
    def name(self) -> str:
        """What it is called."""
        return self.ask.__name__.replace("_", " ")


@dataclass(frozen=True)
class Result:
    """What came of a probe."""

    probe: Probe
    passed: bool
    outcome: str
    settled: Mapping[str, str]
    seconds: float
    advice: str = ""  # what to do next, after a failure


def probe(*endpoints: str, settles: Sequence[str] = ()) -> Callable[[Callable[[Scratch], Told]], Probe]:
    """Make a probe of a function that asks."""
    return lambda ask: Probe(ask, endpoints, tuple(settles))


def expect(holds: bool, otherwise: str) -> None:
    """Raise OddAnswerError unless something holds."""
    if not holds:
        raise OddAnswerError(otherwise)


def run(asked: Probe, scratch: Scratch) -> Result:
    """Ask, and judge what was told; only Interrupted gets out."""
    started = time.monotonic()
    advice, settled, passed = "", {}, False
    try:
        told = asked.ask(scratch)
        _check(told)
        outcome, settled, passed = told.outcome, told.settles, True
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 one bad answer may not end the run, nor the cleaning up
        outcome, advice = _described(error), _advice(asked, error)
    return Result(asked, passed, outcome, settled, time.monotonic() - started, advice)


def _check(told: Told) -> None:
    for name, option in told.settles.items():
        options = READINGS[name].options
        expect(option in options, f"{told.outcome}; that is none of {name}'s options: {', '.join(options)}")


def _described(error: Exception) -> str:
    if isinstance(error, CogniteAPIError):
        return f"{error.code}: {error.message} (x-request-id {error.x_request_id})"
    if isinstance(error, KeyError):
        return f"the answer has no {error}"
    return f"{error}" if isinstance(error, OddAnswerError) else f"{type(error).__name__}: {error}"


def _advice(asked: Probe, error: Exception) -> str:
    if isinstance(error, CogniteAuthError | CogniteProjectAccessError):  # the SDK's words for a 401
        return "look at the credentials: CDF_TOKEN, or the IDP_ variables"
    if isinstance(error, CogniteAPIError) and error.code == 403:
        rights = {right: None for name in asked.endpoints for right in BY_NAME[name].rights}
        return f"give a group of the caller, in all scopes: {', '.join(rights)}"
    if isinstance(error, CogniteConnectionError | CogniteReadTimeout):
        return "look at CDF_CLUSTER or CDF_URL and at the way to it (proxy, firewall), and run again"
    if isinstance(error, CogniteAPIError) and error.code in (408, 429, 500, 502, 503, 504):
        return "CDF is busy or ill: run again, and show Cognite the x-request-id if it stays"
    return f"hold {asked.endpoints[0]} of localcdf against this answer: it says what CDF does not"
