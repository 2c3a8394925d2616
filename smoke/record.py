"""What a real CDF has told, kept for the fidelity table of the local CDF."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from smoke.probe import Result


def keep(results: Sequence[Result], day: str, file: Path) -> None:
    """Add to the record, for that day, the endpoints that passed and the options that their answers fit."""
    record: dict[str, Any] = json.loads(file.read_text("utf-8"))
    for endpoint in (name for each in results if each.passed for name in each.probe.endpoints):
        record["endpoints"][endpoint] = day
    for name, options in told_options(results).items():
        record["readings"].pop(name, None)
        if len(options) == 1:  # else it is not one question, and no one answer can be kept
            record["readings"][name] = {"option": options.pop(), "date": day}
    new = file.with_suffix(".new")  # so that nothing that was known is lost half-way
    new.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", "utf-8")
    new.replace(file)


def told_options(results: Sequence[Result]) -> dict[str, set[str]]:
    """Return the options that answers fit, by reading."""
    found: dict[str, set[str]] = {}
    for name, option in (pair for each in results for pair in each.settled.items()):
        found.setdefault(name, set()).add(option)
    return found
