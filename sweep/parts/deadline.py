"""No call goes on after its time: on a clock that is moved by every request and every image that is read.

A request takes as long as the pace of its call says, some hang until the SDK gives them up, and reading an
image takes up to the minute that the functions reckon with. Before it begins to work, a call has to wait so
long for its turn that much or little is left of its time, down to the margin itself.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import image360.detect_here
import image360.match
from image360.deadline import MARGIN
from sweep.ahead import AHEAD
from sweep.calls import Call, Said, made
from sweep.figures import Verdict
from sweep.lab import HARSHEST, Lab
from sweep.parts.part import Fields, Part
from sweep.scenes import PROJECT_TYPES
from sweep.server import Server
from sweep.wire import Trouble

SCENE = "first"
CLOUDS = {9: "tightest", 10: "azure"}
RUNS = 84  # with each limit, in each project type
PACES = (0.05, 0.5, 2.0)  # seconds for a request: with more, a batch takes longer than the functions reckon
HANGS = 0.02  # of the requests
HANG = 1000.0  # seconds
LEFT = (0, 1, 5, 30, 59, 60, 61, 65, 90, 119, 120, 121, 125, 180, 300, 480)
"""Seconds that are left before the margin when the work begins."""
STARVED_AT = 3  # the request after which the process had to wait so long for its turn


@dataclass
class Slow:
    """Calls of which each has its own slowness; remembers how long they took beyond their limit."""

    dice: random.Random
    limit: float
    beyond: list[str] = field(default_factory=list[str])

    def __call__(self, server: Server, _number: int, call: Call) -> Said:
        """Make a call that is slow."""
        pace, left = self.dice.choice(PACES), self.dice.choice(LEFT)
        slowness = _Slowness(random.Random(self.dice.random()), pace, self.limit - MARGIN - left)  # noqa: S311
        said = made(server, call.bearing(Trouble(delay=slowness.delay, begin=slowness.begin)))
        if said.seconds > self.limit:
            self.beyond.append(f"{call.step} ran {said.seconds:.0f} s of {self.limit:.0f} s ({pace}, {left})")
        return said


@dataclass
class _Slowness:
    """What makes one process slow."""

    dice: random.Random
    pace: float
    begins_after: float
    began: float = 0.0

    def begin(self) -> None:
        """Let each image be a batch of its own, and take its time to be read."""
        image360.match.BATCH = image360.detect_here.CLAIM = 1
        read = image360.detect_here.detect_text

        def slowly(faces: Any, engine: Any) -> Any:
            AHEAD.let_pass(self.dice.uniform(5, 60))
            return read(faces, engine)

        image360.detect_here.detect_text = slowly
        self.began = AHEAD.monotonic()

    def delay(self, number: int) -> float:
        """Return how long a request takes."""
        if number == STARVED_AT:
            AHEAD.let_pass(max(0.0, self.began + self.begins_after - AHEAD.monotonic()))
        return HANG if self.dice.random() < HANGS else self.dice.expovariate(1 / self.pace)


def _cases(_lab: Lab) -> list[Fields]:
    return [
        (project_type, f"{minutes} minutes", str(number))
        for project_type in PROJECT_TYPES
        for minutes in CLOUDS
        for number in range(RUNS)
    ]


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type, limit, _ = fields
    minutes = int(limit.split()[0])
    case = "/".join(fields)
    slow = Slow(lab.dice(f"slow {case}"), 60.0 * minutes)
    verdict = lab.case(case, project_type, SCENE, slow, HARSHEST, CLOUDS[minutes])
    return verdict + Verdict.of(("diverged", each) for each in slow.beyond)


PART = Part("deadlines", _cases, _run, [(project_type, SCENE, HARSHEST) for project_type in PROJECT_TYPES])
