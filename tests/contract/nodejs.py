"""Node.js programs of the folder npm, with the packages that its lock file pins by their hashes."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "npm"


def needs(*programs: str) -> Any:
    """Skip a module's tests where a program is missing; in CI a browser must not be."""
    missing = [each for each in programs if shutil.which(each) is None]
    if "chromium" in missing and os.environ.get("IMAGE360_BROWSER") == "required":
        raise RuntimeError("there is no chromium, and IMAGE360_BROWSER says that its tests have to run")
    return pytest.mark.skipif(bool(missing), reason=f"not on this machine: {', '.join(missing)}")


def install() -> None:
    """Install the packages once; another worker that is at it is waited for."""
    with (FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = FOLDER / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < Path(lock.name).stat().st_mtime:
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True)


def node(program: str, *options: str, given: Any = None) -> Any:
    """Run a program; return the JSON it printed."""
    run = subprocess.run(
        ["node", program, *options],
        cwd=FOLDER,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
