"""Which writes the plan of a run allows: those of the run without faults, to the same things.

What a call writes for itself (its run node, its audit rows) has ids of its own; what it takes back is the
functions' own.
"""

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcdf.app import ENDPOINTS
from sweep.content import Names
from sweep.server import API

Json = dict[str, Any]
OWN_ID = {"Run", "AuditRow"}  # views whose nodes every call has for itself
WRITING = [
    (each.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path))) for each in ENDPOINTS if each.writes
]
REMOVAL = "remove "
REPORT = "report"
DIGITS = 6


@dataclass(frozen=True)
class Plan:
    """What may be written, and what belongs to others."""

    targets: frozenset[str]
    theirs: Container[str]

    def outside(self, traffic: Iterable[Json], names: Names) -> list[str]:
        """Return the writes that it does not allow."""
        targets = (target for entry in traffic for target in targets_of(entry, names))
        return [target for target in targets if not self._allows(target)]

    def _allows(self, target: str) -> bool:
        if target.startswith(REMOVAL):
            return target.removeprefix(REMOVAL) not in self.theirs
        return target in self.targets


def is_write(method: str, path: str) -> bool:
    """Say whether a request changes what CDF holds."""
    below = path.removeprefix(API).rstrip("/")
    return any(method == wanted and pattern.fullmatch(below) for wanted, pattern in WRITING)


def targets_of(entry: Json, names: Names) -> Iterator[str]:
    """Yield what a request would write, delete or start, whatever became of it."""
    if not is_write(entry["method"], entry["path"]):
        return
    path = entry["path"].removeprefix(API).rstrip("/")
    sent = entry["sent"] or {}
    if path == "/extpipes/runs":
        yield REPORT
    elif path in TARGETS:
        # What a fault hit before its body was read has written nothing.
        yield from (TARGETS[path](item, names) for item in sent.get("items", ()))
    else:
        yield f"{entry['method']} {path} {_rounded(sent)}"


def allowed(traffic: Iterable[Json], names: Names) -> frozenset[str]:
    """Return what a run without faults has written, and what may come of it when one is in the way.

    Proposals may be deleted where they would be, and a link that was made for nothing may be taken back.
    """
    found = {target for entry in traffic for target in targets_of(entry, names)}
    state = {target.split()[1] for target in found if target.startswith("node ")}
    more = {f"delete node {space} {kind}" for space in state for kind in ("pr_", "ho_")}
    pairs = {" ".join(target.split()[1:3]) for target in found if target.startswith("link ")}
    return frozenset(found | more | {f"take back {pair}" for pair in pairs} | {REPORT})


def _instance(item: Json, _names: Names) -> str:
    views = sorted(each["source"]["externalId"] for each in item.get("sources", ()))
    kind, space, name = item["instanceType"], item["space"], item["externalId"]
    if not views:
        return f"{kind} {space} {name} bare"
    view = "+".join(views)
    if kind == "edge":
        return f"{REMOVAL}link {space}/{name}"  # a part of it
    return f"{kind} {space} {view} {'' if view in OWN_ID else name}"


def _annotation(item: Json, names: Names) -> str:
    data = item["data"]
    said = {name: value for name, value in data.items() if name != "confidence"}
    file = names.files[str(item["annotatedResourceId"])]
    return f"annotation {file} {item['annotationType']} {item['creatingApp']} {_rounded(said)}"


def _pair(item: Json) -> str:
    image, asset = (item[name]["instanceId"]["externalId"] for name in ("image360", "asset"))
    return f"{image} {asset}"


def _deleted(item: Json, _names: Names) -> str:
    space, name = item["space"], item["externalId"]
    is_link = item["instanceType"] == "edge"
    return f"{REMOVAL}link {space}/{name}" if is_link else f"delete node {space} {name[:3]}"


def _rounded(value: Any) -> str:
    rounded = json.loads(json.dumps(value), parse_float=lambda each: round(float(each), DIGITS))
    return json.dumps(rounded, sort_keys=True)


TARGETS: Mapping[str, Callable[[Json, Names], str]] = {
    "/models/instances": _instance,
    "/models/instances/delete": _deleted,
    "/annotations": _annotation,
    "/annotations/delete": lambda item, _: f"{REMOVAL}link {item['id']}",
    "/annotations/update": lambda item, _: f"{REMOVAL}link {item['id']}",
    "/3d/contextualization/image360": lambda item, _: f"link {_pair(item)} {_rounded(item['polygon'])}",
    "/3d/contextualization/image360/delete": lambda item, _: f"take back {_pair(item)}",
    "/files/uploadlink": lambda item, _: f"content of {_rounded(item)}",
}
"""What an item of a request names, by the path of the request."""
