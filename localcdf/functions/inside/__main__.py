"""What the process of a function call runs. It knows nothing of the local CDF and imports none of it.

Standard input has the job, one line of JSON, and stays open for as long as the server lives and wants the
call to go on. The outcome, as JSON, goes to the file whose number is the first argument. The function itself
runs in a fork; this process only sees to it that nothing of it is left in the end.
"""

import ctypes
import json
import os
import select
import signal
import sys
from pathlib import Path

from work import work  # next to this file

GLANCE = 0.02  # seconds between two looks at the function
BECOME_SUBREAPER = 36  # an option of Linux's prctl


def main() -> None:
    """Do the job, and end all that it has started."""
    outcome = int(sys.argv[1])
    job = json.loads(sys.stdin.buffer.readline())
    lifeline = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 a device
        os.dup2(nothing.fileno(), 0)
    if sys.platform == "linux":  # what the function leaves behind becomes a child of this process
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    worker = os.fork()
    if worker == 0:
        os.close(lifeline)
        work(job, outcome)
    status = _wait(worker, lifeline)
    _kill_children()
    if status is not None and os.fstat(outcome).st_size == 0:
        code = os.waitstatus_to_exitcode(status)
        message = f"The process of the function ended without an answer (exit code {code})"
        os.write(outcome, json.dumps({"error": {"message": message, "trace": ""}}).encode())


def _wait(worker: int, lifeline: int) -> int | None:
    """Wait for the function to end and return its status; None when the server lets go first."""
    while True:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            return status
        if select.select([lifeline], [], [], GLANCE)[0]:
            os.kill(worker, signal.SIGKILL)
            return None


def _kill_children() -> None:
    """Kill what is left, children of children too; without a list of them the server kills the group."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    while listed.exists() and (children := listed.read_text().split()):
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


main()
