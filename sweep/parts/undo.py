"""Histories of runs, people and other apps with undo in between: it takes back its run, and nothing else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from stations.site import TEXTS
from sweep.calls import Call, made
from sweep.content import LinkRead
from sweep.figures import Verdict
from sweep.lab import HARSHEST, LEASE_ENDED, Lab
from sweep.parts.part import Fields, Part
from sweep.parts.texts import NUMBERS, asset, readings, tag
from sweep.people import BLANK, People, directions
from sweep.scenes import PROJECT_TYPES, Scene
from sweep.server import Json, Server

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
    """What has happened so far: the links that each run has written, and what people have said and done."""

    server: Server
    scene: Scene
    people: People
    dice: Random
    wrote: dict[str, set[Place]] = field(default_factory=dict[str, set[Place]])
    edited: set[str] = field(default_factory=set[str])
    linked: set[tuple[str, int, float]] = field(default_factory=set[tuple[str, int, float]])  # by another app
    undone: dict[str, set[str]] = field(default_factory=dict[str, set[str]])  # pairs, by the run that was
    rejected: set[str] = field(default_factory=set[str])  # pairs
    deleted: set[str] = field(default_factory=set[str])  # places
    approved: set[str] = field(default_factory=set[str])  # pairs, by people since the last match
    findings: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def act(self, number: int) -> None:
        """Let something happen."""
        others = (self.edit, self.link, self.approve, self.reject, self.delete, self.rename, self.undo)
        act = self.dice.choice((None, None, None, *others)) if number > 1 else None
        self.run(number) if act is None else act()

    def run(self, number: int, rule: Json | None = None) -> None:
        """Let texts be read anew, and matched, with a fault in the first call if there is a rule for one.

        What is there stays, but for what is rejected; nothing that was undone or deleted comes back.
        """
        before, run = self._links(), f"run{number}"
        self.people.read(number, readings(self.dice))
        if rule is not None:
            self.server.strike(rule)
            made(self.server, Call("match", {"run": run}))
            self.server.heal()
            self.server.advance(LEASE_ENDED)
        self._call(Call("match", {"run": run}))
        after = self._links()
        self.wrote[run] = after - before
        self._see(run, before, after)

    def _see(self, run: str, before: set[Place], after: set[Place]) -> None:
        gone = {each for each in before - after if _pair(each) not in self.rejected}
        self.findings += [("lost", f"{run} has taken away {each}") for each in sorted(gone)]
        made_now = {_pair(each) for each in after - before}
        against = (made_now & self.held) | (made_now & self.rejected)
        self.findings += [("overwritten_decisions", f"{run} approves {pair}") for pair in sorted(against)]
        back = {each[1] for each in after - before} & self.deleted
        self.findings += [("overwritten_decisions", f"{run} writes {place} again") for place in sorted(back)]
        ours = {_pair(each) for each in after if each[0] not in {*self.edited, *self.scene.theirs}}
        left = self.rejected & ours
        self.findings += [("overwritten_decisions", f"{run} leaves {pair}") for pair in sorted(left)]

    def edit(self) -> None:
        """Let a person change a link."""
        if chosen := self._some_link():
            self.people.edit(chosen)
            self.edited.add(chosen.name)

    def delete(self) -> None:
        """Let a person delete a link."""
        if chosen := self._some_link():
            self.people.delete(chosen)
            # Of what was approved just then nobody can tell what came first: it may be written again.
            if chosen.pair not in self.approved:
                self.deleted |= {place for place, _ in chosen.links}

    def link(self) -> None:
        """Let another app link something."""
        image, number = self._some_pair()
        aside = self.dice.choice((0.0, 0.3))
        if (image, number, aside) in self.linked:
            return
        self.linked.add((image, number, aside))
        before = {each.name for each in self.people.links()}
        self.people.link(image, asset(number), "front", BLANK + aside)
        self.edited |= {each.name for each in self.people.links()} - before

    def approve(self) -> None:
        """Let a person approve something that no run has read there."""
        image, number = self._some_pair()
        self.people.decide(image, asset(number), "approve", at=directions("right", BLANK))
        self.approved.add(f"{image} {asset(number)}")
        for pairs in self.undone.values():
            pairs.discard(f"{image} {asset(number)}")
        # What a person has approved since it was deleted may be written where it is read.
        self.deleted = {each for each in self.deleted if not each.startswith(f"{image} {asset(number)} ")}
        self.rejected.discard(f"{image} {asset(number)}")

    def reject(self) -> None:
        """Let a person reject something."""
        image, number = self._some_pair()
        self.people.decide(image, asset(number), "reject")
        self.rejected.add(f"{image} {asset(number)}")

    def rename(self) -> None:
        """Let an asset be called otherwise, or as before."""
        _, number = self._some_pair()
        self.people.rename(asset(number), self.dice.choice((tag(number), f"99-XX-{number}")))

    def _some_pair(self) -> tuple[str, int]:
        return self.dice.choice(sorted(TEXTS)), self.dice.choice(list(NUMBERS))

    def _some_link(self) -> LinkRead | None:
        """Return a link that the functions have made, and nobody has changed."""
        taken = {*self.edited, *self.scene.theirs}
        links = sorted((each for each in self.people.links() if each.name not in taken), key=str)
        return self.dice.choice(links) if links else None

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
        if wrote - right:
            self.undone[run] = {_pair(each) for each in wrote - right}
        self._call(Call("match"))  # what people have decided since the last run
        # Another place of the same pair may be there all the time, from another run or another app.
        back = {_pair(each) for each in self._links() - after} & self.held
        self.findings += [("overwritten_decisions", f"{pair} is back") for pair in sorted(back)]
        written = len(self._writes())
        for _ in range(sweeps):
            self._call(Call("match"))
        for each in self._writes()[written:]:
            self.findings.append(("writes_outside_plan", f"a sweep after an undo: {each}"))

    def release(self) -> None:
        """Let the pairs of a run that was undone be approved again."""
        run = self.dice.choice(sorted(self.undone))
        del self.undone[run]
        self._call(Call("release", {"run": run}))
        # What may come back now is a run's own, that nobody undoes here.
        self._call(Call("match"))

    @property
    def held(self) -> set[str]:
        """The pairs that no run may approve."""
        return set[str]().union(*self.undone.values())

    def _call(self, call: Call, *, may_be_unknown: bool = False) -> None:
        self.server.advance(60)
        said = made(self.server, call)
        self.server.advance(60)
        if call.step == "match":
            self.approved.clear()
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


PART = Part("undo", _cases, _run, [(project_type, SCENE, HARSHEST) for project_type in PROJECT_TYPES])
