"""How far the local CDF can be trusted: endpoint by endpoint what is documented, assumed and not served.

``python -m localcdf.fidelity`` prints the table of docs/fidelity.md. What a real project was seen to do is in
validated.json, which ``make smoke`` writes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from localcdf.endpoint import Endpoint
from localcdf.readings import Reading, Readings

VALIDATED = Path(__file__).with_name("validated.json")
NEVER = "never"
PREFACE = """# How far the local CDF can be trusted

Made from the code by `python -m localcdf.fidelity`. What is not named here follows the public API reference.
Where that is silent, the local CDF takes a reading: the first one, which hurts a careless client more, unless
another is switched on. Nothing of it has been held against CDF until a date says so.
"""


def all_readings(endpoints: Iterable[Endpoint]) -> list[Reading]:
    """Return every reading once, in the order of the endpoints."""
    found = {each.name: each for endpoint in endpoints for each in endpoint.readings}
    return list(found.values())


def table(endpoints: Sequence[Endpoint]) -> str:
    """Return docs/fidelity.md: the readings with their options, then the endpoints."""
    seen = json.loads(VALIDATED.read_text("utf-8"))
    lines = [
        PREFACE,
        "## Readings",
        "",
        "| reading | by default | instead | seen on CDF |",
        "|---|---|---|---|",
    ]
    for each in all_readings(endpoints):
        first, *others = each.options.values()
        on_cdf = seen["readings"].get(each.name, {})
        lines.append(
            f"| `{each.name}` | {first} | {'; '.join(others)} | "
            f"{on_cdf['option'] + ', ' + on_cdf['date'] if on_cdf else NEVER} |"
        )
    lines += [
        "",
        "## Endpoints",
        "",
        "| endpoint | readings and gaps | validated on CDF |",
    ]
    lines.append("|---|---|---|")
    for endpoint in endpoints:
        name = f"{endpoint.method} {endpoint.path}"
        told = [
            *(f"`{each.name}`" for each in endpoint.readings),
            *(f"supposed: {each}" for each in endpoint.supposed),
            *(f"not served: {each}" for each in endpoint.unserved),
        ]
        lines.append(f"| `{name}` | {'; '.join(told)} | {seen['endpoints'].get(name, NEVER)} |")
    return "\n".join([*lines, ""])


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
        for supposed in endpoint.supposed:
            yield row | {"status": "assumed", "reading": supposed}
        for missing in endpoint.unserved:
            yield row | {"status": "not served", "reading": missing}


if __name__ == "__main__":
    from localcdf.app import ENDPOINTS

    print(table(ENDPOINTS), end="")
