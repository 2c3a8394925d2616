"""How far the local CDF can be trusted: endpoint by endpoint what is documented, assumed and not served.

``python -m localcdf.fidelity`` prints the table of docs/fidelity.md.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from localcdf.endpoint import Endpoint
from localcdf.readings import Reading, Readings
from localcdf.service import LAG

DOCUMENTED = "the public API reference"


def rows(endpoints: Sequence[Endpoint], readings: Readings) -> Iterator[dict[str, Any]]:
    """Say of each endpoint what is documented and what is assumed, and which reading is on."""
    for endpoint in endpoints:
        row = {"endpoint": f"{endpoint.method} {endpoint.path}", "validated on CDF": "never"}
        yield row | {"status": "documented", "reading": DOCUMENTED}
        for assumed in assumptions(endpoint):
            option = readings.option(assumed)
            yield row | {
                "status": "assumed",
                "reading": assumed.options[option],
                "switch": assumed.name,
                "option": option,
            }
        for missing in endpoint.unserved:
            yield row | {"status": "not served", "reading": missing}


def assumptions(endpoint: Endpoint) -> tuple[Reading, ...]:
    """Return the readings that an endpoint depends on."""
    return (*endpoint.assumed, *((LAG,) if endpoint.lags else ()))
