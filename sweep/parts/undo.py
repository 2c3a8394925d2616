"""Histories of runs, people and other apps with undo in between: it takes back its run, and nothing else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from stations.site import TEXTS
from sweep.calls import Call, made
from sweep.content import LinkRead
from sweep.figures import Verdict
from sweep.lab import Lab
from sweep.parts.part import Fields, Part
from sweep.parts.texts import NUMBERS, asset, readings
from sweep.people import BLANK, People, directions
from sweep.scenes import PROJECT_TYPES, Scene
from sweep.server import Server

SCENE = "linked"
HISTORIES, ACTS = 200, 8
SWEEPS = 10  # after the last undo of a history
Place = tuple[str, str, str]  # of a link: its id, where it is, and what it says


def _cases(_lab: Lab) -> list[Fields]:
    return [
        (PROJECT_TYPES[number % len(PROJECT_TYPES)], "history with undo", str(number))
        for number in range(HISTORIES)
    ]


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type = fields[0]
    scene, dice = lab.scene(project_type, SCENE), lab.dice("/".join(fields))
    with lab.opened(scene) as server:
        server.advance(60)
        history = History(server, scene, People(server, project_type, scene.names), dice)
        for number in range(ACTS):
            history.act(number)
        history.undo(SWEEPS)
        return Verdict.of(history.findings)


@dataclass
class History:
    """What has happened so far: the links that each run has written, and those that somebody has changed."""

    server: Server
    scene: Scene
    people: People
    dice: Random
    wrote: dict[str, set[Place]] = field(default_factory=dict[str, set[Place]])
    edited: set[str] = field(default_factory=set[str])
    held: set[str] = field(default_factory=set[str])  # pairs that were undone
    findings: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def act(self, number: int) -> None:
        """Let something happen."""
        acts = (
            [self.run, self.run, self.edit, self.link, self.decide, self.undo] if number > 1 else [self.run]
        )
        act = self.dice.choice(acts)
        act(number) if act == self.run else act()

    def run(self, number: int) -> None:
        """Let texts be read anew, and matched: what is there stays, and nothing undone comes back."""
        before, run = self._links(), f"run{number}"
        self.people.read(number, readings(self.dice))
        self._call(Call("match", {"run": run}))
        after = self._links()
        self.wrote[run] = after - before
        for gone in sorted(before - after):
            self.findings.append(("lost", f"{run} has taken away {gone}"))
        for pair in sorted(self.held & {_pair(each) for each in self.wrote[run]}):
            self.findings.append(("overwritten_decisions", f"{run} approves {pair}, which was undone"))

    def edit(self) -> None:
        """Let a person change a link."""
        links = [each for each in self.people.links() if each.name not in self.scene.theirs]
        if links:
            chosen = self.dice.choice(sorted(links, key=lambda each: each.name))
            self.people.edit(chosen)
            self.edited.add(chosen.name)

    def link(self) -> None:
        """Let another app link something."""
        name = self.dice.choice([asset(number) for number in NUMBERS])
        place = BLANK + self.dice.choice((0.0, 0.3))
        image = self.dice.choice(sorted(TEXTS))
        before = {each.name for each in self.people.links()}
        self.people.link(image, name, "front", place)
        self.edited |= {each.name for each in self.people.links()} - before

    def decide(self) -> None:
        """Let a person approve something that no run has read there."""
        image, number = self.dice.choice(sorted(TEXTS)), self.dice.choice(list(NUMBERS))
        self.people.decide(image, asset(number), "approve", at=directions("right", BLANK))
        self.held.discard(f"{image} {asset(number)}")

    def undo(self, sweeps: int = 1) -> None:
        """Undo one of the runs; see that it has gone, that all else is as it was, and that it stays so."""
        if not self.wrote:
            return
        run = self.dice.choice(sorted(self.wrote))
        before, wrote = self._links(), self.wrote.pop(run)
        self._call(Call("undo", {"run": run}), may_be_unknown=not wrote)
        after = self._links()
        right = {each for each in before if each not in wrote or each[0] in self.edited}
        self.findings += [("lost", f"undo of {run} has taken away {each}") for each in sorted(right - after)]
        self.findings += [("diverged", f"undo of {run} has left {each}") for each in sorted(after - right)]
        self.held |= {_pair(each) for each in wrote - right}
        self._call(Call("match"))  # what people have decided since the last run
        # Another place of the same pair may be there all the time, from another run or another app.
        back = {_pair(each) for each in self._links() - after} & self.held
        self.findings += [("overwritten_decisions", f"{pair} is back") for pair in sorted(back)]
        written = len(self._writes())
        for _ in range(sweeps):
            self._call(Call("match"))
        for each in self._writes()[written:]:
            self.findings.append(("writes_outside_plan", f"a sweep after an undo: {each}"))

    def _call(self, call: Call, *, may_be_unknown: bool = False) -> None:
        self.server.advance(60)
        said = made(self.server, call)
        self.server.advance(60)
        if not said.is_done and not (may_be_unknown and "nothing is known" in (said.error or "")):
            self.findings.append(("lost", f"{call}: {said}"))

    def _links(self) -> set[Place]:
        found = Counter(place for each in self.people.links() for place in _places(each))
        self.findings += [("duplicates", f"link {place}") for place, times in found.items() if times > 1]
        return set(found)

    def _writes(self) -> list[str]:
        return [each["path"] for each in self.server.written() if not each["path"].endswith("/extpipes/runs")]


def _places(link: LinkRead) -> Iterator[Place]:
    yield from ((link.name, place, said) for place, said in link.links)


def _pair(place: Place) -> str:
    return " ".join(place[1].split()[:2])


PART = Part("undo", _cases, _run)
