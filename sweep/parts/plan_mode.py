"""A plan writes nothing: every step in every scene, before, amid and after the work, and where it was cut."""

from collections.abc import Iterator, Sequence

from sweep.calls import Call, made
from sweep.figures import Verdict
from sweep.lab import HARSHEST, MINUTE, READINGS, Lab
from sweep.parts.part import Fields, Part
from sweep.scenes import PROJECT_TYPES, ROUNDS
from sweep.server import Server
from sweep.wire import Trouble

STEPS = (
    *(Call(step) for step in ("detect", "match", "shard", "check")),
    *(Call(step, {"run": "earlier"}) for step in ("report", "undo", "release")),
)
STATES = ("before", "between", "after", "cut")
MIXES = (HARSHEST, *READINGS[:2])


def _cases(_lab: Lab) -> list[Fields]:
    return [
        (project_type, state, scene, f"readings{readings}")
        for project_type in PROJECT_TYPES
        for state in STATES
        for scene in ROUNDS
        for readings in MIXES
    ]


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type, state, name, readings = fields
    scene = lab.scene(project_type, name)
    with lab.opened(scene, int(readings.removeprefix("readings"))) as server:
        dice = lab.dice("/".join(fields))
        for call in _work(state, scene.rounds, dice.randint(1, 30)):
            server.advance(MINUTE)
            made(server, call)
        server.advance(dice.choice((1.0, MINUTE)))
        return Verdict.of(_written(server))


def _work(state: str, rounds: Sequence[Call], at: int) -> Sequence[Call]:
    """Return what is called before the plan is made."""
    if state == "cut":
        return (*rounds[:-1], rounds[-1].bearing(Trouble(kill_at=at, when="after")))
    return rounds[: STATES.index(state)]


def _written(server: Server) -> Iterator[tuple[str, str]]:
    """Yield what plans have written."""
    before = len(server.written())
    for step in STEPS:
        made(server, Call(step.step, {**step.data, "mode": "plan"}))
        written = server.written()
        for each in written[before:]:
            yield "writes_outside_plan", f"{step.step}: {each['method']} {each['path']}"
        before = len(written)


PART = Part("plans", _cases, _run, [(kind, scene, HARSHEST) for kind in PROJECT_TYPES for scene in ROUNDS])
