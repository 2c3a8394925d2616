"""What the functions' work took on the local CDF: seconds of each image, requests to each endpoint."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.deployment import FUNCTIONS
from demo.functions import CALLER
from demo.localserver import PROJECT, LocalServer
from demo.readback import site_image

BELOW = f"/api/v1/projects/{PROJECT}"
NUMBER = re.compile(r"/\d+(?=/|$)")


def costs_of(server: LocalServer, log: Path) -> Mapping[str, Any]:
    """Return the fields `images` and `requests` of the report's costs.

    Args:
        server: Whose requests are counted, those of the functions.
        log: What the functions have printed.
    """
    asked = [entry for caller in (CALLER, *FUNCTIONS) for entry in server.requests_by(caller)]
    counted = Counter(endpoint_of(entry["method"], entry["path"]) for entry in asked)
    return {"images": seconds_in(log), "requests": dict(counted.most_common())}


def endpoint_of(method: str, path: str) -> str:
    """An endpoint as people know it: below the project, `{id}` for a number, one name for all contents."""
    if not path.startswith(BELOW):
        return f"{method} content of files"
    return f"{method} {NUMBER.sub('/{id}', path.removeprefix(BELOW))}"


def seconds_in(log: Path) -> dict[str, float]:
    """How long each image took to be read, by the site's name; nothing where jobs of CDF have read it."""
    found: dict[str, float] = {}
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "image" and "seconds" in event:
            name = site_image(event["image"])
            found[name] = found.get(name, 0.0) + event["seconds"]
    return found
