"""Where cases are run: scenes, what comes of each undisturbed, and calls until nothing is left to do."""

import pickle
import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from image360.state.work_items import LEASE
from stations.readings import MIXES, mix
from sweep.calls import Call, Said, made
from sweep.content import Content, content_of
from sweep.figures import Verdict, compared
from sweep.plan import Plan, allowed
from sweep.scenes import PROJECT_TYPES, Scene, scene_in
from sweep.server import Json, Server, serving

MOST_ROUNDS = 8
MINUTE, LEASE_ENDED = 60.0, LEASE.total_seconds() + 1
HARSHEST = 0  # the mix in which every reading is the one that hurts most
READINGS = tuple(range(1, MIXES + 1))


@dataclass(frozen=True)
class Reference:
    """What comes of a scene where nothing goes wrong.

    `requests` are those of the first round, by the number of the call.
    """

    content: Content
    theirs: Mapping[str, str]
    allowed: frozenset[str]
    requests: Sequence[Sequence[Json]]


class Calls(Protocol):
    """Makes the calls of the first round: the number of each, and what it is."""

    def __call__(self, server: Server, number: int, call: Call) -> Said: ...


def undisturbed(server: Server, _number: int, call: Call) -> Said:
    """Make a call with which nothing goes wrong."""
    return made(server, call)


@dataclass(frozen=True)
class Lab:
    """A folder with the scenes and references of a sweep; its `seed` decides what is left to chance.

    Args:
        mixes: Those of the mixes of readings under which there are cases.
    """

    folder: Path
    seed: int
    project_types: tuple[str, ...] = PROJECT_TYPES
    mixes: tuple[int, ...] = READINGS

    def dice(self, case: str) -> random.Random:
        """Return the chance of a case."""
        return random.Random(f"{self.seed} {case}")  # noqa: S311 no secret

    def scene(self, project_type: str, name: str) -> Scene:
        """Return a scene."""
        return scene_in(self.folder, project_type, name)

    def reference(self, project_type: str, name: str, readings: int = HARSHEST) -> Reference:
        """Return what comes of a scene under a mix of readings."""
        return _reference(self, project_type, name, readings)

    @contextmanager
    def opened(self, scene: Scene, readings: int = HARSHEST, cloud: str = "tightest") -> Iterator[Server]:
        """Restore the store of a scene, under a mix of readings, on a cloud with its limits."""
        place = Path(tempfile.mkdtemp(dir=self.folder, prefix="case-"))
        try:
            with serving(scene.store, place / "store", scene.status, cloud) as server:
                if readings != HARSHEST:
                    chosen = mix(scene.project_type, readings - 1).items()
                    items = [{"name": name, "option": option} for name, option in chosen]
                    server.admin("readings", {"items": items})
                yield server
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def case(
        self,
        case: str,
        project_type: str,
        name: str,
        calls: Calls,
        readings: int = HARSHEST,
        cloud: str = "tightest",
        *,
        is_proven: bool = True,
    ) -> Verdict:
        """Let the first round of a scene be disturbed, call on until idle, and judge what the store holds."""
        scene = self.scene(project_type, name)
        with self.opened(scene, readings, cloud) as server:
            left = until_idle(server, scene, self.dice(case), calls, is_proven=is_proven)
            return self.judged(server, scene, self.reference(project_type, name, readings), left)

    def judged(self, server: Server, scene: Scene, reference: Reference, left: Sequence[str] = ()) -> Verdict:
        """Hold what a store holds against what it should; what is `left` to do was never done."""
        server.advance(MINUTE)
        found = content_of(server, scene.project_type, scene.names, scene.theirs)
        outside = Plan(reference.allowed, frozenset(scene.theirs)).outside(server.traffic(), scene.names)
        return Verdict.of(
            [
                *compared(found, reference.content, reference.theirs),
                *(("writes_outside_plan", each) for each in outside),
                *(("lost", each) for each in left),
            ]
        )


@cache
def _reference(lab: Lab, project_type: str, name: str, readings: int) -> Reference:
    file = lab.folder / f"{name}_{project_type}_{readings}.pickle"
    if not file.exists():
        part = file.with_suffix(f".{random.randrange(10**9)}")  # noqa: S311 two may make one at once
        part.write_bytes(pickle.dumps(_without_faults(lab, project_type, name, readings)))
        part.rename(file)
    return pickle.loads(file.read_bytes())  # noqa: S301 our own


def _without_faults(lab: Lab, project_type: str, name: str, readings: int) -> Reference:
    scene, requests = lab.scene(project_type, name), []
    with lab.opened(scene, readings) as server:
        server.advance(MINUTE)
        theirs = content_of(server, project_type, scene.names, scene.theirs).others

        def noted(server: Server, _number: int, call: Call) -> Said:
            before = len(server.asked())
            said = made(server, call)
            requests.append(server.asked()[before:])
            return said

        left = until_idle(server, scene, random.Random(0), noted)  # noqa: S311 no secret
        assert not left, f"{name} in {project_type} does not come to an end without faults: {left}"
        server.advance(MINUTE)
        content = content_of(server, project_type, scene.names, scene.theirs)
        return Reference(content, theirs, allowed(server.traffic(), scene.names), requests)


def until_idle(
    server: Server,
    scene: Scene,
    dice: random.Random,
    calls: Calls = undisturbed,
    *,
    is_proven: bool = True,
) -> list[str]:
    """Call round by round, the first one by `calls`, until nothing is left to do; return what is, then.

    That is when every call says so, and if it is to be proven, when a round has written nothing besides.
    """
    said: list[Said] = []
    for number in range(MOST_ROUNDS):
        before, said = _work_of(server), []
        for place, call in enumerate(scene.rounds):
            # The next call comes soon, in a minute, or once the leases of the last ones have ended.
            pauses = (1.0, MINUTE, LEASE_ENDED) if number < 2 else (LEASE_ENDED,)
            server.advance(dice.choice(pauses) if number or place else MINUTE)
            said.append(calls(server, place, call) if number == 0 else made(server, call))
        is_idle = not is_proven or _work_of(server) == before
        if number and is_idle and all(each.is_done for each in said):
            return []
    return [f"not idle after {MOST_ROUNDS} rounds: {each}" for each in said if not each.is_done] or [
        f"still writing after {MOST_ROUNDS} rounds"
    ]


def _work_of(server: Server) -> int:
    """Return how often the functions have written, reports of the extraction pipeline apart."""
    return sum(not each["path"].endswith("/extpipes/runs") for each in server.written())
