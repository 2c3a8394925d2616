"""A sweep that never finds anything is worth nothing: each figure goes up for a defect that is planted."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

EXPECTED = {
    "sends_twice": "duplicates",
    "takes_unknown_for_done": "lost",
    "forgets_decisions": "overwritten_decisions",
    "writes_in_plans": "writes_outside_plan",
    "changes_links_of_others": "overwritten_decisions",
    "forgets_proposals": "diverged",
    "keeps_leases": "lost",
    "never_stops": "diverged",
    "holds_nothing": "overwritten_decisions",
    "fails_as_a_bug": "diverged",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the sweep says with each defect."""
    command = [sys.executable, "-m", "tests.contract.planted_defects", str(tmp_path_factory.mktemp("lab"))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("defect", EXPECTED)
def test_a_planted_defect_is_found(told: Mapping[str, Any], defect: str) -> None:
    assert told[defect]["error"] is None
    assert told[defect]["figures"].get(EXPECTED[defect], 0) > 0, told[defect]
