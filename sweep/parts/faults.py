"""Every fault at every request: what the network and CDF do to a client now and then."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from localcdf.content.links import BLOB_PATH
from localcdf.faults.hit import Asked
from localcdf.faults.kinds import KINDS
from sweep.calls import Call, Said, made
from sweep.figures import Verdict
from sweep.lab import HARSHEST, READINGS, Lab
from sweep.parts.part import Fields, Part
from sweep.plan import is_write
from sweep.scenes import PROJECT_TYPES
from sweep.server import API, Json, Server
from sweep.wire import Trouble

SCENE = "first"
OTHER_SCENES = ("later", "undone", "released")
SPANS = ("once", "call", "endpoint")
LASTING = 1000  # times: till the end of the call
SECONDS = {"refused": 0.1, "slow-answer": 0.5, "slow-body": 0.5}
PATIENCE = 0.25  # seconds that a function waits for an answer that comes later than that
OTHER_READINGS = 15  # cases under each mix of them
SHARE = 0.02  # of the pairs in the other scenes
PROVEN = 0.25  # of the cases go on until a round writes nothing, the others until every call says it is done
GATEWAYS = ("502", "502-html", "503", "503-html", "504", "504-html")
"""All the same to a client: chance decides which of them strikes a request."""


@dataclass(frozen=True)
class Fault:
    """A fault that begins at a request of a call.

    It strikes that request `once`, every further one of the `call` too, or those to the same `endpoint`.
    """

    kind: str
    when: str
    call: int
    at: int
    span: str
    paths: Sequence[str]  # of the requests of that call

    def __call__(self, server: Server, number: int, call: Call) -> Said:
        """Make a call, with the fault if it is the one; whatever is broken heals after it."""
        if number != self.call:
            return made(server, call)
        rule: Json = {"kind": self.kind, "when": self.when, "at": self.at}
        rule["times"] = 1 if self.span == "once" else LASTING
        if self.span == "endpoint":
            path = self.paths[self.at - 1]
            rule["path"] = f"^{re.escape(path.removeprefix(API))}$"
            rule["at"] = self.paths[: self.at].count(path)
        if self.kind in SECONDS:
            rule["seconds"] = SECONDS[self.kind]
        server.strike(rule)
        is_slow = self.kind.startswith("slow")
        said = made(server, call.bearing(Trouble(patience=PATIENCE if is_slow else None)))
        if not server.heal():
            raise NotStruckError(f"{self} has struck nothing")
        return said


class NotStruckError(Exception):
    """A case in which nothing went wrong."""


def _cases(lab: Lab) -> list[Fields]:
    found: list[Fields] = []
    for kind in lab.project_types:
        found += [_fields(lab, kind, SCENE, HARSHEST, pair) for pair in _pairs(lab, kind, SCENE, HARSHEST)]
        for readings in lab.mixes:
            pairs = list(_pairs(lab, kind, SCENE, readings))
            some = lab.dice(f"readings {kind} {readings}").sample(pairs, OTHER_READINGS)
            found += [_fields(lab, kind, SCENE, readings, pair) for pair in some]
        for scene in OTHER_SCENES:
            pairs = list(_pairs(lab, kind, scene, HARSHEST))
            some = lab.dice(f"scene {kind} {scene}").sample(pairs, round(SHARE * len(pairs)))
            found += [_fields(lab, kind, scene, HARSHEST, pair) for pair in some]
    return found


def _pairs(lab: Lab, project_type: str, scene: str, readings: int) -> Iterator[tuple[int, int, str, str]]:
    """Yield every fault that fits a request of the first round: number of the call, and of the request."""
    for call, requests in enumerate(lab.reference(project_type, scene, readings).requests):
        for number, request in enumerate(requests, 1):
            asked = _asked(request)
            gateway = lab.dice(f"gateway {project_type} {scene} {readings} {call} {number}").choice(GATEWAYS)
            for kind in KINDS.values():
                if kind.fits(asked) and (kind.name not in GATEWAYS or kind.name == gateway):
                    yield from ((call, number, kind.name, when) for when in kind.when)


def _asked(request: Json) -> Asked:
    is_transfer = request["path"].startswith(BLOB_PATH)
    return Asked(
        request["method"],
        request["path"],
        is_transfer=is_transfer,
        reads=not is_transfer and not is_write(request["method"], request["path"]),
    )


def _fields(
    lab: Lab, project_type: str, scene: str, readings: int, pair: tuple[int, int, str, str]
) -> Fields:
    call, number, kind, when = pair
    place = f"{call}.{number}"
    span = lab.dice(f"{project_type} {scene} {readings} {pair}").choice(SPANS)
    return (project_type, f"{kind}:{when}", scene, place, span, f"readings{readings}")


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type, struck, scene, place, span, readings = fields
    (kind, when), (call, number) = struck.split(":"), map(int, place.split("."))
    chosen = int(readings.removeprefix("readings"))
    paths = [each["path"] for each in lab.reference(project_type, scene, chosen).requests[call]]
    fault = Fault(kind, when, call, number, span, paths)
    case = "/".join(fields)
    is_proven = lab.dice(f"proven {case}").random() < PROVEN
    return lab.case(case, project_type, scene, fault, chosen, is_proven=is_proven)


def _references() -> Sequence[tuple[str, str, int]]:
    return [
        (project_type, scene, readings)
        for project_type in PROJECT_TYPES
        for scene, mixes in ((SCENE, (HARSHEST, *READINGS)), *((each, (HARSHEST,)) for each in OTHER_SCENES))
        for readings in mixes
    ]


PART = Part("faults", _cases, _run, _references())
