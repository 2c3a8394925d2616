"""The heartbeat: what is due is done in time, whether anybody asks or not."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from localcdf.service import Service

BEAT = 0.1  # seconds


@contextmanager
def beating(service: Service) -> Iterator[None]:
    """Let the local CDF do what is due by its clock, several times a second, as long as the block lasts."""
    stopped = Event()

    def beat() -> None:
        while not stopped.wait(BEAT):
            try:
                service.worker.submit(lambda: service.do_due(service.clock.now())).result()
            except Exception:  # noqa: BLE001 a bug of ours must not stop all that comes later
                traceback.print_exc(file=sys.stderr)

    thread = Thread(target=beat, name="heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
