"""One running local CDF: what every part of the server shares."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request

from localcdf import agenda
from localcdf.agenda import Task
from localcdf.bearers import Bearers
from localcdf.clock import Clock
from localcdf.clouds import TIGHTEST, Cloud
from localcdf.endpoint import LAG, Call
from localcdf.fates import Fates
from localcdf.faults.rules import Faults
from localcdf.gates import Gates
from localcdf.logs import Logs, Trail
from localcdf.principal import ADMIN, Principal
from localcdf.readings import Readings
from localcdf.store import Store

if TYPE_CHECKING:
    from localcdf.detection import Detector
    from localcdf.functions.environments import Environments
    from localcdf.functions.runner import Runner

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """The store with its clock and readings, the project's name, who holds tokens, and what is going on."""

    store: Store
    clock: Clock
    readings: Readings
    tasks: Mapping[str, Task]
    project: str
    bearers: Bearers
    runner: "Runner"
    detector: "Detector"
    url: str  # scheme, host and port under which it is reached
    cloud: Cloud = TIGHTEST
    environments: "Environments | None" = None  # None: functions run in our own Python
    fates: Fates = field(default_factory=Fates)
    logs: Logs = field(default_factory=Logs)
    gates: Gates = field(default_factory=Gates)
    faults: Faults = field(default_factory=Faults)
    # What is sent to other places, or to ourselves, and waited for.
    errands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=8))
    # One request at a time works on the store, off the event loop: that one sees who else is in flight.
    worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def close(self) -> None:
        """End what runs beside the requests."""
        self.runner.close()
        if self.environments is not None:
            self.environments.close()
        self.detector.close()
        self.errands.shutdown(wait=False, cancel_futures=True)
        self.worker.shutdown()

    async def work(self, job: Callable[[], T]) -> T:
        """Do something with the store when its turn comes."""
        return await asyncio.get_running_loop().run_in_executor(self.worker, job)

    @contextmanager
    def turn(self, request: Request, *, writes: bool = False, lags: bool = False) -> Iterator[Call]:
        """Give a request its turn: due work is done, then it is one transaction, kept if nothing raises."""
        now = self.clock.now()
        self.do_due(now)
        if writes:
            self.store.snapshots.before_write(self.store.db, now, self._lag())
        behind = self._behind(request, now, lags)
        if behind is not None:
            yield self._call(request, behind, now)
            return
        yield from self._kept(self._call(request, self.store.db, now))

    @contextmanager
    def own_turn(self) -> Iterator[Call]:
        """Give the platform itself a turn at the store, as a request has one; in the worker thread only."""
        now = self.clock.now()
        self.do_due(now)
        self.store.snapshots.before_write(self.store.db, now, self._lag())
        yield from self._kept(self.platform_call(now))

    def _kept(self, call: Call) -> Iterator[Call]:
        with self.store.transaction():
            yield call
        for act in call.afterwards:
            act(self)

    def do_due(self, now: int) -> None:
        """Do what is due by ``now``, and what becomes due by that, each at the time planned for it."""
        db = self.store.db
        while due := agenda.next_due(db, now):
            self.store.snapshots.before_write(db, due.at, self._lag())
            call = self.platform_call(due.at, late=now - due.at)
            try:
                with self.store.transaction():
                    agenda.strike(db, due)
                    due.do(call, self.tasks)
            except Exception:  # noqa: BLE001 whatever it is, it would come back with every request
                traceback.print_exc(file=sys.stderr)
                agenda.strike(db, due)
                continue
            for act in call.afterwards:
                act(self)

    def _behind(self, request: Request, now: int, lags: bool) -> Any:
        if trail_of(request).stale:
            return self.store.snapshots.before_last_write()
        return self.store.snapshots.behind(now, self._lag()) if lags else None

    def _lag(self) -> int:
        return int(self.readings.option(LAG))

    def _call(self, request: Request, db: Any, now: int) -> Call:
        return Call(
            db=db,
            blobs=self.store.blobs,
            project=self.project,
            caller=request.headers.get("x-cdp-app", ""),
            now=now,
            base_url=f"http://{request.headers['host']}",
            principal=principal_of(request),
            readings=self.readings,
            bearers=self.bearers,
            cloud=self.cloud,
            isolated=self.environments is not None,
            is_beta="beta" in request.headers.get("cdf-version", ""),
            path={name: value for name, value in request.path_params.items() if name != "project"},
        )

    def platform_call(self, now: int, late: int = 0) -> Call:
        """Return what the platform itself works with, outside any request."""
        store = self.store
        return Call(
            store.db,
            store.blobs,
            self.project,
            "",
            now,
            self.url,
            ADMIN,
            self.readings,
            self.bearers,
            self.cloud,
            isolated=self.environments is not None,
            late=late,
        )


def trail_of(request: Request) -> Trail:
    """Return what this request leaves for the log."""
    return request.scope["localcdf.trail"]


def until_answered(request: Request) -> ExitStack:
    """Return what is let go of when the answer is sent."""
    return request.scope["localcdf.until_answered"]


def principal_of(request: Request) -> Principal:
    """Return who asks."""
    return request.scope["localcdf.principal"]
