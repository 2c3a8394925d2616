"""Runs a program, and ends it with its whole group when the server lets go of it, or is gone itself.

Started with the descriptor of a pipe, whose other end the server holds, and the command.
"""

import os
import signal
import subprocess
import sys
from threading import Thread


def main() -> int:
    """Return the program's exit code, as a shell would."""
    Thread(target=_watch, args=(int(sys.argv[1]),), daemon=True).start()
    code = subprocess.call(sys.argv[2:])  # noqa: S603 whoever starts the server names the program
    return 128 - code if code < 0 else code


def _watch(lifeline: int) -> None:
    os.read(lifeline, 1)  # nothing is ever written: it returns when the other end is closed
    os.killpg(0, signal.SIGKILL)


sys.exit(main())
