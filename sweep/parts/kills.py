"""The process of a function is killed: before and after each of its requests, and at any moment."""

from dataclasses import dataclass

from sweep.calls import Call, Said, made, said_by, start
from sweep.figures import Verdict
from sweep.lab import HARSHEST, Lab
from sweep.parts.part import Fields, Part
from sweep.scenes import PROJECT_TYPES, ROUNDS
from sweep.server import Server
from sweep.wire import Trouble, When

SCENE = "first"
OTHER_SCENES = ("later", "undone", "released")
RANDOM_MOMENTS = 204  # all project types together
LONGEST = 0.35  # seconds: what a call takes at most, undisturbed


@dataclass(frozen=True)
class KilledAt:
    """A kill at a request."""

    call: int
    at: int
    when: When

    def __call__(self, server: Server, number: int, call: Call) -> Said:
        """Make a call, and kill it if it is the one."""
        if number != self.call:
            return made(server, call)
        said = made(server, call.bearing(Trouble(kill_at=self.at, when=self.when)))
        assert said == Said(), f"{self} has killed nothing: {said}"
        return said


@dataclass(frozen=True)
class KilledAfter:
    """A kill after a while."""

    call: int
    seconds: float

    def __call__(self, server: Server, number: int, call: Call) -> Said:
        """Make a call, and kill it if it is the one and still at work."""
        if number != self.call:
            return made(server, call)
        child = start(server, call)
        child.kill_after(self.seconds)
        return said_by(child)


def _cases(lab: Lab) -> list[Fields]:
    found: list[Fields] = []
    for project_type in lab.project_types:
        for scene in (SCENE, *OTHER_SCENES):
            requests = lab.reference(project_type, scene, HARSHEST).requests
            found += [
                (project_type, f"kill:{when}", scene, f"{call}.{number}")
                for call, of_call in enumerate(requests)
                for number in range(1, len(of_call) + 1)
                for when in ("before", "after")
            ]
        found += [
            (project_type, "kill:anywhen", SCENE, str(number))
            for number in range(RANDOM_MOMENTS // len(PROJECT_TYPES))
        ]
    return found


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type, kind, scene, place = fields
    case, when = "/".join(fields), kind.partition(":")[2]
    if when == "anywhen":
        dice = lab.dice(f"moment {case}")
        kill = KilledAfter(dice.randrange(len(ROUNDS[scene])), dice.uniform(0, LONGEST))
        return lab.case(case, project_type, scene, kill)
    call, number = map(int, place.split("."))
    return lab.case(
        case, project_type, scene, KilledAt(call, number, "before" if when == "before" else "after")
    )


PART = Part(
    "kills",
    _cases,
    _run,
    [(kind, scene, HARSHEST) for kind in PROJECT_TYPES for scene in (SCENE, *OTHER_SCENES)],
)
