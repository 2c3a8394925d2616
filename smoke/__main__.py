"""``python -m smoke``: each endpoint that the product uses, called once on the project of the variables.

Exit code 0: every probe passed and all that was made is gone. 1: not so. 2: nothing was tried.
130: interrupted.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

from image360.environment import Project, SettingError, project_of
from localcdf.fidelity import VALIDATED
from smoke.probe import Result, run
from smoke.probes import PROBES
from smoke.project import CLIENT_NAME, is_real
from smoke.record import keep
from smoke.scratch import FAILURES, Interrupted, Scratch
from smoke.tell import Voice

INTERRUPTED = 130


def main() -> int:
    """Confirm, probe, clean up, tell, and keep what a real CDF told."""
    parser = argparse.ArgumentParser(prog="smoke", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="write to the project without asking")
    options = parser.parse_args()
    try:
        project = project_of(os.environ)
    except SettingError as error:
        print(f"smoke: {error}", file=sys.stderr)
        return 2
    voice = Voice(project.secrets)
    voice.say(f"Project {project.name} at {project.url}: makes a scratch space, files and the like, and")
    voice.say("deletes them again; the data set image360-smoke stays.")
    if not options.yes and not _confirmed(project, voice):
        return 2
    return _smoke(project, voice)


def _confirmed(project: Project, voice: Voice) -> bool:
    if not sys.stdin.isatty():
        voice.say("Nothing was written: nobody is here to ask. Add --yes (make smoke YES=1) to go on.")
        return False
    voice.say(f"Type the name of the project to go on ({project.name}):")
    if sys.stdin.readline().strip() == project.name:
        return True
    voice.say("Nothing was written.")
    return False


def _smoke(project: Project, voice: Voice) -> int:
    client = project.client(CLIENT_NAME)
    try:
        real = is_real(client)
    except FAILURES as error:
        voice.say(f"Nothing was written: {project.url} cannot be asked: {error}")
        return 1
    with _stopping(voice) as stopped:
        scratch = Scratch(client, stopped)
        results, left = _probed(scratch, voice)
    voice.readings(results)
    if real:
        keep(results, time.strftime("%Y-%m-%d", time.gmtime()), VALIDATED)
        voice.say(f"Kept in {VALIDATED}: commit it, and docs/fidelity.md made anew.")
    else:
        voice.say("This is no real CDF but a local one: nothing is kept.")
    if stopped():
        voice.say(f"Interrupted after {len(results)} of {len(PROBES)} probes.")
        return INTERRUPTED
    voice.summary(results)
    return 0 if not left and all(each.passed for each in results) else 1


def _probed(scratch: Scratch, voice: Voice) -> tuple[list[Result], list[str]]:
    """Ask all, and clean up whatever happens; return the results, and what could not be deleted."""
    results: list[Result] = []
    left: list[str] = []
    try:
        for each in PROBES:
            scratch.go_on()
            results.append(run(each, scratch))
            voice.result(results[-1])
    except Interrupted:
        pass
    finally:
        voice.say(f"Deleting all that is named {scratch.name} ...")
        left += scratch.remove()
        for told in left:
            voice.say(f"NOT DELETED: {told}; delete it by hand")
    return results, left


@contextmanager
def _stopping(voice: Voice) -> Iterator[Callable[[], bool]]:
    """Take Ctrl-C and SIGTERM as a wish to end: no request is left half-way, and all is cleaned up."""
    stop = Event()

    def wish(_signal: int, _frame: FrameType | None) -> None:
        if not stop.is_set():
            voice.say("Ending after the present request, then cleaning up ...")
        stop.set()

    former = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop.is_set
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
