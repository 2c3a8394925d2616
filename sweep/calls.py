"""Calls of the functions, each in a process of its own, as a schedule or a trigger makes them."""

import io
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cognite.client import ClientConfig, CogniteClient
from cognite.client.credentials import Token

from demo.deploy import PIPELINE
from demo.localserver import PROJECT
from sweep import warm
from sweep.ahead import AHEAD
from sweep.forks import Child, forked
from sweep.server import FUNCTIONS, TOKEN, Server, advance_by
from sweep.wire import TROUBLE, Trouble

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call of a step, and what its process has to bear."""

    step: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    trouble: Trouble = field(default_factory=Trouble, compare=False)

    def bearing(self, trouble: Trouble) -> "Call":
        """Return the call with trouble."""
        return replace(self, trouble=trouble)


@dataclass(frozen=True)
class Said:
    """What a call has come to: a summary, an error, or neither if it was killed."""

    summary: Json | None = None
    error: str | None = None
    trace: str | None = None
    seconds: float = 0.0  # that it has taken, by its own clock

    @property
    def is_done(self) -> bool:
        """Whether it says that nothing is left to do."""
        return self.summary is not None and not self.summary["remaining"]


def start(server: Server, call: Call) -> Child:
    """Start a call."""
    return forked(lambda: _answer(server.url, call))


def said_by(child: Child) -> Said:
    """Wait for the end of a call."""
    return Said(**(child.answer() or {}))


def made(server: Server, call: Call) -> Said:
    """Make a call and wait for its end."""
    return said_by(start(server, call))


def client_of(url: str, name: str) -> CogniteClient:
    """Return a client of the real SDK; in a child only, since it starts a thread."""
    return CogniteClient(ClientConfig(name, PROJECT, Token(TOKEN), base_url=url))


def _answer(url: str, call: Call) -> Json:
    vars(TROUBLE).update(vars(call.trouble))
    AHEAD.move_cdf = partial(advance_by, url)
    if call.trouble.begin is not None:
        call.trouble.begin()
    began = AHEAD.monotonic()
    handle = warm.HANDLERS["detect" if call.step in ("detect", "shard") else "match"]
    data = {"extraction_pipeline": PIPELINE, "step": call.step, **call.data}
    try:
        with redirect_stdout(io.StringIO()):
            answer = {"summary": handle(client_of(url, FUNCTIONS), data)}
    except Exception as error:  # noqa: BLE001 that is the answer
        answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {**answer, "seconds": AHEAD.monotonic() - began}
