"""The heartbeat: what is due is done in time, whether anybody asks or not."""

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
            service.worker.submit(lambda: service.do_due(service.clock.now())).result()

    thread = Thread(target=beat, name="heart", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
