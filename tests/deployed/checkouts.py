"""A checkout of the repository, from which a CI deploys to a local CDF."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from demo.deployment import ROOT, variables_of
from demo.localserver import LocalServer

TOOLKIT = "CDF-Toolkit:0.9.28"
CODE = ("deploy", "functions", "modules", "review", "variants")


@dataclass(frozen=True)
class Said:
    """What a command has said, and how it has ended."""

    code: int
    text: str


@dataclass(frozen=True)
class Checkout:
    """What a deployment needs of the repository, in a folder that a test may spoil."""

    server: LocalServer
    folder: Path

    @property
    def home(self) -> Path:
        """The home of whoever runs commands."""
        return self.folder.parent / "home"

    @property
    def scratch(self) -> Path:
        """Where commands put what is for a while."""
        return self.folder.parent / "tmp"

    def run(self, *command: str, **variables: str) -> Said:
        """Run `python -m` something with the variables of the CI, or others; nobody is there to answer."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.scratch),
            "PYTHONPATH": f"{self.folder}{os.pathsep}{self.folder / 'functions'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "160",
            "PIP_NO_INDEX": "1",
            # Where nobody can be reached, the tracking of `cdf` holds it up for minutes; not so in tests.
            "PYTEST_CURRENT_TEST": "image360",
            **variables_of(self.server),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout)

    def files(self) -> set[Path]:
        """Every file of the checkout and of the scratch folder; pip has files of its own in the home."""
        return {path for place in (self.folder, self.scratch) for path in place.rglob("*") if path.is_file()}


def checkout_in(folder: Path, server: LocalServer) -> Checkout:
    """Make a checkout in a folder."""
    made = Checkout(server, folder / "checkout")
    for name in CODE:
        source, target = ROOT / name, made.folder / name
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "cdf.toml", made.folder / "cdf.toml")
    made.home.mkdir()
    made.scratch.mkdir()
    return made
