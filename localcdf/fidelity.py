"""How far the local CDF can be trusted: endpoint by endpoint what is documented, assumed and not served.

``python -m localcdf.fidelity`` prints the table of docs/fidelity.md. What a real project was seen to do is in
validated.json, which ``make smoke`` writes.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from localcdf.endpoint import Endpoint
from localcdf.readings import Reading, Readings

VALIDATED = Path(__file__).with_name("validated.json")
NEVER = "never"


def all_readings(endpoints: Iterable[Endpoint]) -> list[Reading]:
    """Return every reading once, in the order of the endpoints."""
    found = {each.name: each for endpoint in endpoints for each in endpoint.readings}
    return list(found.values())


def rows(endpoints: Iterable[Endpoint], readings: Readings) -> Iterator[dict[str, Any]]:
    """Say of each endpoint what is documented and assumed, which reading is on, and when CDF agreed."""
    seen = json.loads(VALIDATED.read_text("utf-8"))
    for endpoint in endpoints:
        name = f"{endpoint.method} {endpoint.path}"
        row = {"endpoint": name, "validated on CDF": seen["endpoints"].get(name, NEVER)}
        yield row | {"status": "documented", "reading": "the public API reference"}
        for assumed in endpoint.readings:
            option = readings.option(assumed)
            on_cdf = seen["readings"].get(assumed.name, {})
            yield row | {
                "status": "assumed",
                "reading": assumed.options[option],
                "switch": assumed.name,
                "option": option,
                "validated on CDF": on_cdf.get("date", NEVER) if on_cdf.get("option") == option else NEVER,
            }
        for told in (each for each in endpoint.assumed if isinstance(each, str)):
            yield row | {"status": "assumed", "reading": told}
        for missing in endpoint.unserved:
            yield row | {"status": "not served", "reading": missing}
