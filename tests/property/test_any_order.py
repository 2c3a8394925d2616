"""Images, assets, people, faults, runs and undo in any order: see the state machine in `any_order`."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_no_order_of_events_loses_doubles_or_overrules_anything(tmp_path: Path, examples: int) -> None:
    command = [sys.executable, "-m", "tests.property.any_order", str(examples), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
