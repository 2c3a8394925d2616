"""The detector as a process: told all images at once, it answers line by line, and ends with the server."""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread, Timer

from pydantic import ValidationError

from localcdf.detection.pictures import Answer, Picture

KEEPER = Path(__file__).with_name("keeper.py")
MOST_SHOWN = 200  # characters of a line in a message
LONGEST = 2**24  # bytes of a line
PATIENCE = 15 * 60.0  # seconds for the next answer; a 360° image takes seconds


class JobError(Exception):
    """The job cannot go on; the message says why, to whoever looks after the server."""


def command_of(text: str) -> list[str]:
    """Split a command line, and find its program now: later it will not have this process's PATH."""
    try:
        name, *arguments = shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no command") from error
    program = shutil.which(name)
    if program is None:
        raise argparse.ArgumentTypeError(f"there is no program {name}: give its path")
    return [str(Path(program).absolute()), *arguments]


class Program:
    """One run of the detector."""

    def __init__(
        self, command: Sequence[str], pictures: Sequence[Picture], scratch: Path, patience: float
    ) -> None:
        """Start it in the folder ``scratch``, to which its home and its temporary files go.

        It is ended when the next answer takes longer than ``patience``, in seconds.
        """
        self._pictures = pictures
        self._patience = patience
        self._is_late = False
        self._lock = Lock()
        watched, self._lifeline = os.pipe()
        environment = {"PATH": os.defpath, "HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}
        with tempfile.TemporaryFile() as told:
            told.writelines(json.dumps(each.asked()).encode() + b"\n" for each in pictures)
            told.seek(0)
            self._process = subprocess.Popen(  # noqa: S603 whoever starts the server names the program
                [sys.executable, "-I", "-B", str(KEEPER), str(watched), *command],
                env=environment,
                cwd=scratch,
                stdin=told,
                stdout=subprocess.PIPE,
                pass_fds=[watched],
                start_new_session=True,
            )
        os.close(watched)
        # What the program has started may outlive it and keep its output open: nobody would see it end.
        self._burial = Thread(target=self._bury, daemon=True)
        self._burial.start()

    def answers(self) -> Iterator[Answer]:
        """Yield the answers in the order of the pictures; raise ``JobError`` for a line that is none."""
        assert self._process.stdout is not None
        for picture in self._pictures:
            watch = Timer(self._patience, self._give_up)
            watch.start()
            line = self._process.stdout.readline(LONGEST)
            watch.cancel()
            if self._is_late:
                raise JobError(f"no answer came for {picture.image} in {self._patience:g} s")
            if not line:
                self._process.wait()
                raise JobError(
                    f"the detector ended before it answered for {picture.image}"
                    f" (exit code {self._process.returncode})"
                )
            yield _answer(line, picture)

    def _give_up(self) -> None:
        self._is_late = True
        self.let_go()

    def let_go(self) -> None:
        """Close the lifeline: the program is ended."""
        with self._lock:
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1

    def end(self) -> None:
        """End it, and see to it that nothing of it is left."""
        self.let_go()
        self._kill()
        self._burial.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _bury(self) -> None:
        self._process.wait()
        self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
            os.killpg(self._process.pid, signal.SIGKILL)


def _answer(line: bytes, picture: Picture) -> Answer:
    shown = line[:MOST_SHOWN].decode(errors="replace").strip()
    try:
        answer = Answer.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise JobError(f"the detector's answer is wrong ({where}: {first['msg']}): {shown}") from error
    if answer.image != picture.image:
        raise JobError(f"the detector was to answer for {picture.image} next, not: {shown}")
    points = (point for region in answer.regions or () for point in region.polygon)
    if any(len(point) != picture.numbers for point in points):
        raise JobError(f"the detector's points must have {picture.numbers} numbers here: {shown}")
    return answer
