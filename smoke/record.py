"""What was seen on a real project, kept beside the local CDF: its fidelity table shows it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parents[1] / "localcdf" / "validated.json"


def keep(endpoints: Iterable[str], settled: Mapping[str, str], record: Path = RECORD) -> None:
    """Note the date for the endpoints that answered as expected, and the options that the answers fit."""
    known: dict[str, Any] = json.loads(record.read_text("utf-8"))
    today = date.today().isoformat()
    known["endpoints"] |= dict.fromkeys(endpoints, today)
    known["readings"] |= {name: {"option": option, "date": today} for name, option in settled.items()}
    record.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
