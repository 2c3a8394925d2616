"""Jobs that read pictures, one after the other, in the background."""

import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from localcdf.detection.pictures import Answer, Picture
from localcdf.detection.program import PATIENCE, JobError, Program
from localcdf.functions.archives import remove

MOST_KNOWN = 10_000  # pictures whose answers are kept; the oldest are forgotten


class StoppedError(Exception):
    """Nobody wants to know any more how the job ends."""


class Detector:
    """The jobs, and what was read so far: the same pixels are read once."""

    def __init__(self, command: Sequence[str], place: Path, patience: float = PATIENCE) -> None:
        """Use the folder ``place``, which is emptied: what a killed server left there.

        A program that lets us wait for an answer longer than ``patience``, in seconds, has failed.
        """
        remove(place)
        self._command = command
        self._place = place
        self._patience = patience
        # One at a time: reading takes all the processor there is.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="detector")
        self._lock = Lock()
        self._wanted: set[str] = set()  # the jobs that wait or run
        self._running: tuple[str, Program] | None = None
        self._known: dict[str, Answer] = {}

    def start(self, job: str, work: Callable[[], None], fail: Callable[[], object]) -> None:
        """Do the work of a job when its turn comes; ``fail`` is called if it raises."""
        with self._lock:
            self._wanted.add(job)
        self._pool.submit(self._run, job, work, fail)

    def stop(self, job: str) -> None:
        """End a job; neither its work nor ``fail`` hears of it but by ``StoppedError``."""
        with self._lock:
            self._wanted.discard(job)
            if self._running and self._running[0] == job:
                self._running[1].let_go()

    def close(self) -> None:
        """End all jobs, and wait until the program is gone."""
        with self._lock:
            self._wanted.clear()
            if self._running:
                self._running[1].let_go()
        self._pool.shutdown(cancel_futures=True)

    def read(self, job: str, pictures: Sequence[Picture]) -> Iterator[Answer]:
        """Yield what is on pictures, in their order, each as soon as it is known.

        The name in an answer is that of a picture with the same pixels. Raises ``JobError`` where the
        program fails, ``StoppedError`` where the job is stopped.
        """
        keys = [each.digest() for each in pictures]
        found = {key: self._known[key] for key in keys if key in self._known}
        unread = {key: each for key, each in zip(keys, pictures, strict=True) if key not in found}
        answers = self._ask(job, list(unread.values()))
        fresh = zip(unread, answers, strict=True)
        try:
            for key in keys:
                while key not in found:
                    read, answer = next(fresh)
                    found[read] = answer
                    self._keep(read, answer)
                self._check_wanted(job)
                yield found[key]
        finally:
            answers.close()

    def _run(self, job: str, work: Callable[[], None], fail: Callable[[], object]) -> None:
        if job not in self._wanted:
            return
        try:
            work()
        except StoppedError:
            pass
        except JobError as error:
            print(f"{job}: {error}", file=sys.stderr, flush=True)
            fail()
        except Exception:  # noqa: BLE001 whatever it is, the job must end
            traceback.print_exc(file=sys.stderr)
            fail()
        with self._lock:
            self._wanted.discard(job)

    def _ask(self, job: str, pictures: Sequence[Picture]) -> Generator[Answer, None, None]:
        """Yield the program's answers."""
        if not pictures:
            return
        if not self._command:
            raise JobError("there is no detector: start the local CDF with --detector")
        program = self._started(job, pictures)
        try:
            yield from program.answers()
        except JobError:
            self._check_wanted(job)
            raise
        finally:
            with self._lock:
                self._running = None
            program.end()
            remove(self._place)

    def _started(self, job: str, pictures: Sequence[Picture]) -> Program:
        with self._lock:
            self._check_wanted(job)
            self._place.mkdir(parents=True)
            program = Program(self._command, pictures, self._place, self._patience)
            self._running = (job, program)
            return program

    def _check_wanted(self, job: str) -> None:
        if job not in self._wanted:
            raise StoppedError

    def _keep(self, key: str, answer: Answer) -> None:
        if answer.error is None:
            if len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[key] = answer
