"""Virtual environments for functions: what the zip's requirements.txt names, installed apart from all else.

Functions with the same requirements share one. It is made under another name:
one that is there is whole.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from zipfile import ZipFile

REQUIREMENTS = "requirements.txt"
CLIENT = "cognite-sdk"  # which CDF installs whether it is named or not
PART = ".part"  # ends the name of one that is being made
MOST_TOLD = 2_000  # characters of what the installer says
FOLDER = "environments"


class InstallError(Exception):
    """The requirements cannot be installed; the message says why."""


@dataclass(frozen=True)
class Wanted:
    """What an environment is made of."""

    requirements: str  # the content of requirements.txt; empty without one
    indexes: tuple[str, ...] = ()  # package indexes, the main one first; the environment's own without

    @property
    def digest(self) -> str:
        """What tells it apart from others."""
        content = "\n".join([sys.version, *self.indexes, self.requirements])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def wanted_by(archive: Path, indexes: Sequence[str]) -> Wanted:
    """Return what a function's zip asks for."""
    with ZipFile(archive) as opened:
        named = REQUIREMENTS in opened.namelist()
        requirements = opened.read(REQUIREMENTS).decode(errors="replace") if named else ""
    return Wanted(requirements, tuple(indexes))


def python_of(place: Path, wanted: Wanted) -> Path:
    """Return the Python of an environment below ``place``, there or not."""
    return place / wanted.digest / "bin" / "python"


class Environments:
    """The environments below one folder, made one at a time beside the requests."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for left in place.glob(f"*{PART}"):  # by a server that was killed; its installer may still be at it
            shutil.rmtree(left, ignore_errors=True)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="installer")
        self._lock = Lock()
        self._alive: subprocess.Popen[str] | None = None
        self._closed = False

    def make(self, wanted: Wanted, record: Callable[[str | None], object]) -> None:
        """Make an environment if it is not there; hand over None, or why it could not be made."""
        self._pool.submit(self._make, wanted, record)

    def close(self) -> None:
        """Stop what is being installed."""
        with self._lock:
            self._closed = True
            if self._alive is not None:
                self._alive.kill()
        self._pool.shutdown(cancel_futures=True)

    def _make(self, wanted: Wanted, record: Callable[[str | None], object]) -> None:
        try:
            self._install(wanted)
            reason = None
        except InstallError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 whatever it is, the deployment must end
            traceback.print_exc(file=sys.stderr)
            reason = f"the local CDF could not install the requirements: {error}"
        if not self._closed:
            record(reason)

    def _install(self, wanted: Wanted) -> None:
        if (folder := self.place / wanted.digest).exists():
            return
        self.place.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{wanted.digest}-", suffix=PART, dir=self.place))
        requirements = part / REQUIREMENTS
        requirements.write_text(wanted.requirements, "utf-8")
        made = part / "made"
        try:
            self._run(["venv", "--relocatable", "--python", sys.executable, str(made)], wanted)
            self._run(["pip", "install", "--python", str(made), "-r", str(requirements), CLIENT], wanted)
            made.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _run(self, command: Sequence[str], wanted: Wanted) -> None:
        with self._lock:
            if self._closed:
                raise InstallError("the local CDF was stopped")
            process = self._alive = subprocess.Popen(  # noqa: S603 our own installer
                [sys.executable, "-m", "uv", "--quiet", *command],
                env={**os.environ, **_indexes(wanted)},
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        said, _ = process.communicate()
        if process.returncode:
            raise InstallError(f"{REQUIREMENTS} cannot be installed: {said.strip()[-MOST_TOLD:]}")


def _indexes(wanted: Wanted) -> dict[str, str]:
    """Return the settings that name the indexes; no command line shows what credentials they hold."""
    if not wanted.indexes:
        return {}
    main, *further = wanted.indexes
    return ({"UV_DEFAULT_INDEX": main} if main else {}) | {"UV_INDEX": " ".join(further)}
