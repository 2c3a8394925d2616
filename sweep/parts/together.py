"""The same work is asked for more than once: one trigger delivered again, and calls at the same time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.projects.loading import COLLECTION, IMAGE_SPACE
from stations.site import TEXTS
from sweep.calls import Call, Said, made, said_by, start
from sweep.figures import Verdict
from sweep.lab import HARSHEST, Lab
from sweep.parts.part import Fields, Part
from sweep.scenes import PROJECT_TYPES, ROUNDS
from sweep.server import Server

SCENE = "first"
OFTEN = (2, 10)  # deliveries of one trigger
AT_ONCE = (2, 4, 8)  # calls
SEEDS = 100
DELIVERIES = 10  # of each number, in each project type
LONGEST_WAIT = 0.1  # seconds between the starts of two calls
REFERENCES = [(project_type, SCENE, HARSHEST) for project_type in PROJECT_TYPES]


@dataclass(frozen=True)
class Delivered:
    """A trigger on both images that is delivered several times, at once or one after the other."""

    project_type: str
    times: int
    dice: Random

    def __call__(self, server: Server, _number: int, call: Call) -> Said:
        """Make the call of a trigger, again and again."""
        triggered = Call(call.step, _trigger(self.project_type))
        if self.dice.random() < 0.5:
            return [made(server, triggered) for _ in range(self.times)][-1]
        return _at_once(server, [triggered] * self.times, self.dice)


@dataclass(frozen=True)
class Crowded:
    """Several calls at once, of schedules, of a trigger, by hand: detection and matching at the same time."""

    project_type: str
    calls: int
    dice: Random

    def __call__(self, server: Server, _number: int, call: Call) -> Said:
        """Make the call, and others beside it."""
        data = [{}, {"run": "shared"}, _trigger(self.project_type)]
        steps = [call.step] * 3 + [each.step for each in ROUNDS[SCENE]]
        others = [Call(self.dice.choice(steps), self.dice.choice(data)) for _ in range(self.calls - 1)]
        return _at_once(server, [call, *others], self.dice)


def _at_once(server: Server, calls: list[Call], dice: Random) -> Said:
    """Start calls one shortly after the other, or at the same moment; return what the first has said."""
    longest = dice.choice((0.0, LONGEST_WAIT))
    children = []
    for call in calls:
        children.append(start(server, call))
        time.sleep(dice.uniform(0, longest))
    first, *_ = [said_by(each) for each in children]
    return first


def _trigger(project_type: str) -> Mapping[str, Any]:
    """Return what a trigger on both images hands over; face files are no nodes, and named instead."""
    if project_type == "asset_centric":
        return {"images": [f"{COLLECTION}/{name}" for name in TEXTS]}
    return {"items": [{"space": IMAGE_SPACE, "externalId": name} for name in TEXTS]}


def _delivered(_lab: Lab) -> list[Fields]:
    return [
        (project_type, f"delivered {times} times", str(seed))
        for project_type in PROJECT_TYPES
        for times in OFTEN
        for seed in range(DELIVERIES)
    ]


def _crowded(_lab: Lab) -> list[Fields]:
    return [
        (PROJECT_TYPES[seed % len(PROJECT_TYPES)], f"{calls} calls at once", str(seed))
        for calls in AT_ONCE
        for seed in range(SEEDS)
    ]


def _run_delivered(lab: Lab, fields: Fields) -> Verdict:
    project_type, kind, _ = fields
    case = "/".join(fields)
    delivered = Delivered(project_type, int(kind.split()[1]), lab.dice(f"deliveries {case}"))
    return lab.case(case, project_type, SCENE, delivered)


def _run_crowded(lab: Lab, fields: Fields) -> Verdict:
    project_type, kind, _ = fields
    case = "/".join(fields)
    crowded = Crowded(project_type, int(kind.split()[0]), lab.dice(f"calls {case}"))
    return lab.case(case, project_type, SCENE, crowded)


PARTS = (
    Part("deliveries", _delivered, _run_delivered, REFERENCES),
    Part("together", _crowded, _run_crowded, REFERENCES),
)
