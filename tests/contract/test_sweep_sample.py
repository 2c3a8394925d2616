"""A seeded sample of the sweep: `make sweep` runs all of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.figures import FIGURES
from sweep.parts import PARTS

SEED = 7
OTHERS = tuple(part for part in PARTS if part != "faults")
SAMPLES = {("faults",): 60, OTHERS: 41}


@pytest.mark.parametrize("project_type", ["data_modeling", "hybrid", "asset_centric"])
@pytest.mark.parametrize("parts", SAMPLES, ids=lambda parts: parts[0])
def test_nothing_is_lost_twice_overruled_or_outside_the_plan(
    tmp_path: Path, project_type: str, parts: tuple[str, ...]
) -> None:
    number = SAMPLES[parts]
    options = ["--project-types", project_type, "--mixes", "1", "--jobs", "1", "--seed", str(SEED)]
    command = [sys.executable, "-m", "sweep", "--parts", *parts, "--sample", str(number), *options]
    command += ["--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    told = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert told["failed"] == []
    assert done.returncode == 0, done.stdout + done.stderr
    assert [told[name] for name in FIGURES] == [0] * len(FIGURES)
    assert told["cases"] == number


def test_the_sample_has_at_least_300_cases() -> None:
    assert 3 * sum(SAMPLES.values()) >= 300
